//! Imports of the whole: joined on their version track, with their attributes.

use super::parts::*;

/// A component that imports a label of an interface and exports a function that calls it.
fn labelled(label: &str, attributes: &str) -> String {
    consumer(3, H, "a").replace(
        &format!("(import \"{H}\""),
        &format!("(import \"{label}\" {attributes}"),
    )
}

#[test]
fn imports_of_one_track_become_one_with_the_members_of_both() {
    let old = bytes(&consumer(3, "t:t/h@0.2.0", "a"));
    let new = consumer(4, "t:t/h@0.2.6", "b").replace("\"h\"", "\"g\"");
    let result = compose("", &[("old", &old), ("new", &bytes(&new))]).unwrap();
    with_wiring(&result, |wiring| {
        let names: Vec<_> = wiring.world.imports.keys().collect();
        assert_eq!(names, ["t:t/h@0.2.6"]);
        let item = format!("{:?}", wiring.world.imports["t:t/h@0.2.6"].ty);
        assert!(item.contains("\"h\"") && item.contains("\"g\""), "{item}");
    });
}

#[test]
fn labels_and_external_ids_survive() {
    let wat = labelled(
        "primary",
        "(implements \"t:t/h@0.1.0\") (external-id \"backend-7\")",
    );
    let a = bytes(&wat);
    // Somebody exports the interface, but a label asks for a backend of its own.
    let api = bytes(&provider(9, H));
    let result = compose("", &[("a", &a), ("api", &api)]).unwrap();
    with_wiring(&result, |wiring| {
        let import = &wiring.world.imports["primary"];
        assert_eq!(import.attributes.implements.as_deref(), Some("t:t/h@0.1.0"));
        assert_eq!(import.attributes.external_id.as_deref(), Some("backend-7"));
    });
    // A link connects it all the same.
    let link = "[[link]]\nconsumer = \"a\"\nimport = \"primary\"\nprovider = \"api\"\n";
    let result = compose(link, &[("a", &a), ("api", &api)]).unwrap();
    assert_eq!(run(&result, "a"), 39);
}
