//! What is equal is analysed once.

use crate::place::Place;
use std::fmt::Write as _;

#[test]
fn a_hundred_components_of_two_binaries_are_two_analyses() {
    let place = Place::new();
    let mut workload = String::new();
    for index in 0..100 {
        let fixture = ["config.wat", "config-next.wat"][usize::from(index % 10 == 0)];
        place.gate(fixture, &format!("c{index}.wasm"));
        writeln!(
            workload,
            "[components.c{index}]\npath = \"c{index}.wasm\"\nneeds.config = [\"*\"]"
        )
        .unwrap();
    }
    place.write("gusset.toml", &workload);
    let said = place.gusset(&["check", "--cache", "cache"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.out, "no findings in 100 components\n");
    let kept = std::fs::read_dir(place.path().join("cache")).unwrap();
    assert_eq!(kept.count(), 2, "one entry for each binary");
    // The second run takes what the first one left, and says the same.
    let again = place.gusset(&["check", "--cache", "cache"]);
    assert_eq!((again.code, again.out), (0, said.out));
}
