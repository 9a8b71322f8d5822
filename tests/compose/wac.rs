//! WAC as an output: the tools that read it come to the same composition.

use super::parts::*;
use super::proof::graph;
use gusset::compose::{WacError, wac};
use indexmap::IndexMap;
use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;

/// What `wac` makes of the text that a composition is written as.
fn through_wac(bytes: &[u8]) -> Vec<u8> {
    with_wiring(bytes, |wiring| {
        let wac = wac(&wiring).expect("can be said");
        let document = Document::parse(&wac.text);
        let document = document.unwrap_or_else(|error| panic!("{error}\n{}", wac.text));
        let mut packages = IndexMap::new();
        for (package, name) in &wac.packages {
            let key = BorrowedPackageKey::from_name_and_version(name, None);
            packages.insert(key, wiring.packages[*package].bytes.to_vec());
        }
        let resolved = document.resolve(packages);
        let resolved = resolved.unwrap_or_else(|error| panic!("{error}\n{}", wac.text));
        resolved
            .encode(EncodeOptions::default())
            .expect("wac composes it")
    })
}

#[test]
fn wac_composes_the_same_graph() {
    let api = bytes(&provider(9, H));
    let (a, b) = (bytes(&consumer(3, H, "a")), bytes(&consumer(4, H, "b")));
    let (auth, log) = (bytes(&middleware(1)), bytes(&middleware(2)));
    let toml = "[[middleware]]\ncomponent = \"auth_1\"\non = \"t:t/h\"\norder = [\"first\"]\n\
                [[middleware]]\ncomponent = \"let\"\non = \"t:t/h\"\n\
                where = { consumer = \"a\" }\n";
    let parts: [(&str, &[u8]); 5] = [
        ("2-api", &api),
        ("a", &a),
        ("b", &b),
        ("auth_1", &auth),
        ("let", &log),
    ];
    let ours = compose(toml, &parts).unwrap();
    let theirs = through_wac(&ours);
    assert_eq!(graph(&ours), graph(&theirs));
    assert_eq!((run(&theirs, "a"), run(&theirs, "b")), (3129, 419));
}

#[test]
fn open_imports_stay_open() {
    let ours = compose("", &[("a", &bytes(&consumer(3, H, "a")))]).unwrap();
    assert_eq!(graph(&ours), graph(&through_wac(&ours)));
}

#[test]
fn fixtures_go_through_wac() {
    for name in ["checkout.wasm", "shop.wasm"] {
        let ours = super::fixtures::fixture(name);
        assert_eq!(graph(&ours), graph(&through_wac(&ours)), "{name}");
    }
}

#[test]
fn what_wac_cannot_say_is_refused() {
    let old = bytes(&consumer(3, "t:t/h@0.2.0", "a"));
    let new = bytes(&consumer(4, "t:t/h@0.2.6", "b"));
    let joined = compose("", &[("old", &old), ("new", &new)]).unwrap();
    with_wiring(&joined, |wiring| {
        assert!(matches!(wac(&wiring), Err(WacError::Joined { .. })));
    });
}
