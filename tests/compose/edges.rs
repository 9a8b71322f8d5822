//! Every edge gets its middleware: the cases that other tools lose in silence.

use super::parts::*;

const AUTH_FIRST: &str = r#"
[[middleware]]
component = "log"
on = "t:t/h"
[[middleware]]
component = "auth"
on = "t:t/h"
order = ["first"]
"#;

#[test]
fn the_order_of_rules_holds_whatever_the_order_of_the_file() {
    let (api, auth, log) = (
        bytes(&provider(9, H)),
        bytes(&middleware(1)),
        bytes(&middleware(2)),
    );
    let result = compose(AUTH_FIRST, &[("api", &api), ("log", &log), ("auth", &auth)]);
    assert_eq!(run(&result.unwrap(), H), 129);
    let last = AUTH_FIRST.replace("first", "last");
    let result = compose(&last, &[("api", &api), ("log", &log), ("auth", &auth)]);
    assert_eq!(run(&result.unwrap(), H), 219);
}

#[test]
fn fan_out_no_consumer_bypasses_the_middleware() {
    let api = bytes(&provider(9, H));
    let (a, b) = (bytes(&consumer(3, H, "a")), bytes(&consumer(4, H, "b")));
    let auth = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let parts: [(&str, &[u8]); 4] = [("api", &api), ("a", &a), ("b", &b), ("auth", &auth)];
    let result = compose(toml, &parts).unwrap();
    assert_eq!((run(&result, "a"), run(&result, "b")), (319, 419));
    // One shared instance, and with `per-edge` two.
    with_wiring(&result, |wiring| assert_eq!(wiring.nodes.len(), 4));
    let per_edge = format!("{toml}instance = \"per-edge\"\n");
    let result = compose(&per_edge, &parts).unwrap();
    assert_eq!((run(&result, "a"), run(&result, "b")), (319, 419));
    with_wiring(&result, |wiring| assert_eq!(wiring.nodes.len(), 5));
}

#[test]
fn edges_are_chosen_by_consumer_and_provider() {
    let api = bytes(&provider(9, H));
    let (a, b) = (bytes(&consumer(3, H, "a")), bytes(&consumer(4, H, "b")));
    let auth = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n\
                where = { consumer = \"a\", provider = \"api\" }\n";
    let parts: [(&str, &[u8]); 4] = [("api", &api), ("a", &a), ("b", &b), ("auth", &auth)];
    let result = compose(toml, &parts).unwrap();
    assert_eq!((run(&result, "a"), run(&result, "b")), (319, 49));
}

#[test]
fn one_component_twice_both_ways() {
    // Twice as consumer.
    let api = bytes(&provider(9, H));
    let twin = bytes(&consumer(3, H, "run"));
    let auth = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n\
                [[link]]\nconsumer = \"export\"\nimport = \"run\"\nprovider = \"a\"\n";
    let parts: [(&str, &[u8]); 4] = [("api", &api), ("a", &twin), ("b", &twin), ("auth", &auth)];
    let result = compose(toml, &parts).unwrap();
    assert_eq!(run(&result, "run"), 319);
    with_wiring(&result, |wiring| {
        assert_eq!(wiring.packages.len(), 3, "equal bytes are there once");
        let chains = gusset::compose::chains(&wiring, &|name| name == H).unwrap();
        assert_eq!(chains.len(), 2);
        assert!(chains.iter().all(|chain| chain.between.len() == 1));
    });
    // Twice as middleware on one path.
    let toml = "[[middleware]]\ncomponent = \"x\"\non = \"t:t/h\"\norder = [\"before:y\"]\n\
                [[middleware]]\ncomponent = \"y\"\non = \"t:t/h\"\n";
    let parts: [(&str, &[u8]); 3] = [("api", &api), ("x", &auth), ("y", &auth)];
    assert_eq!(run(&compose(toml, &parts).unwrap(), H), 119);
}

#[test]
fn an_interface_that_is_spliced_and_exported_stays_exported() {
    let api = bytes(&provider(9, H));
    let a = bytes(&consumer(3, H, "a"));
    let auth = bytes(&middleware(1));
    let export = "[[link]]\nconsumer = \"export\"\nimport = \"t:t/h@0.1.0\"\nprovider = \"api\"\n";
    let base = compose(export, &[("api", &api), ("a", &a)]).unwrap();
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let result = with_wiring(&base, |w| splice(Some(w), toml, &[("auth", &auth)])).unwrap();
    assert_eq!((run(&result, "a"), run(&result, H)), (319, 19));
}

#[test]
fn nested_compositions_and_binaries_without_names() {
    let api = bytes(&passes(9, "t:t/store@0.1.0", H));
    let store = bytes(&provider(8, "t:t/store@0.1.0"));
    let inner = compose("", &[("api", &api), ("store", &store)]).unwrap();
    let a = bytes(&consumer(3, H, "a"));
    let base = compose("", &[("inner", &inner), ("a", &a)]).unwrap();
    let between = bytes(&passes(1, "t:t/store@0.1.0", "t:t/store@0.1.0"));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/store\"\n";
    for base in [base.clone(), stripped(&base)] {
        assert_eq!(run(&base, "a"), 398);
        let parts: [(&str, &[u8]); 1] = [("auth", &between)];
        let result = with_wiring(&base, |w| splice(Some(w), toml, &parts)).unwrap();
        assert_eq!(run(&result, "a"), 3918);
    }
}

#[test]
fn versions_of_one_track_meet_and_others_do_not() {
    let a = bytes(&consumer(3, "t:t/h@0.2.0", "a"));
    let new = bytes(&provider(9, "t:t/h@0.2.6"));
    let result = compose("", &[("a", &a), ("api", &new)]).unwrap();
    assert_eq!(run(&result, "a"), 39);
    // Another track: the import stays open, and a link that insists is refused.
    let other = bytes(&provider(9, "t:t/h@0.3.0"));
    let result = compose("", &[("a", &a), ("api", &other)]).unwrap();
    with_wiring(&result, |w| {
        assert!(w.world.imports.contains_key("t:t/h@0.2.0"))
    });
    let link = "[[link]]\nconsumer = \"a\"\nimport = \"t:t/h\"\nprovider = \"api\"\n";
    let text = refusal(compose(link, &[("a", &a), ("api", &other)]));
    assert!(
        text.contains("`t:t/h@0.3.0`, which is another version track"),
        "{text}"
    );
    // Middleware of another patch version.
    let auth = bytes(&passes(1, "t:t/h@0.2.3", "t:t/h@0.2.3"));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let result = compose(toml, &[("a", &a), ("api", &new), ("auth", &auth)]).unwrap();
    assert_eq!(run(&result, "a"), 319);
}

#[test]
fn an_import_of_the_whole_is_an_edge() {
    let a = bytes(&consumer(3, H, "a"));
    let auth = bytes(&middleware(1));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n\
                where = { provider = \"import\" }\n";
    let result = compose(toml, &[("a", &a), ("auth", &auth)]).unwrap();
    let api = bytes(&provider(9, H));
    let whole = compose("", &[("api", &api), ("spliced", &result)]).unwrap();
    assert_eq!(run(&whole, "a"), 319);
}
