//! Lists of names and values: who may look into one without being a lookup.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{FileFacts, NeedFacts};
use std::path::Path;

fn env(path: &Path) -> NeedFacts {
    let bytes = wat::parse_file(path).unwrap();
    let binary = Binary::parse(&bytes).unwrap();
    let catalogue = Catalogue::builtin().unwrap();
    let facts = FileFacts::with_needs("file", &binary, &catalogue);
    let need = facts.needs.into_iter().find(|n| n.kind == "env");
    need.unwrap_or_else(|| panic!("{}: nothing about env", path.display()))
}

/// Each program looks up `ALPHA`. Those named `open_` get at the list in another way too;
/// in the others nothing but lookups does.
#[test]
fn only_lookups_leave_the_verdict_complete() {
    let mut seen = (0, 0);
    for entry in std::fs::read_dir("tests/lists").unwrap() {
        let path = entry.unwrap().path();
        let need = env(&path);
        let names: Vec<&str> = need.keys.iter().map(|k| &*k.name).collect();
        assert_eq!(names, ["ALPHA"], "{}", path.display());
        let open = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("open_"));
        match open {
            true => {
                assert_eq!(need.verdict, "open", "{}", path.display());
                let reasons: Vec<&str> = need.blockers.iter().map(|b| &*b.reason).collect();
                assert!(reasons.contains(&"reads-whole-list"), "{}", path.display());
                seen.0 += 1;
            }
            false => {
                assert_eq!(need.verdict, "complete", "{}: {need:?}", path.display());
                seen.1 += 1;
            }
        }
    }
    assert!(seen.0 >= 6 && seen.1 >= 5, "{seen:?}");
}

/// The program of `plain.wat` with another name and another entry.
fn variant(entry: &str) -> NeedFacts {
    let text = std::fs::read_to_string("tests/lists/plain.wat").unwrap();
    let text = text.replace("ALPHA", "RUST_BACKTRACE").replace(
        "(func (export \"_start\") (drop (call $getenv (i32.const 1024))))",
        entry,
    );
    let bytes = wat::parse_str(&text).unwrap();
    let binary = Binary::parse(&bytes).unwrap();
    let facts = FileFacts::with_needs("file", &binary, &Catalogue::builtin().unwrap());
    facts.needs.into_iter().find(|n| n.kind == "env").unwrap()
}

#[test]
fn a_key_is_of_the_runtime_where_only_a_panic_asks_for_it() {
    let die = "(func $die (drop (call $getenv (i32.const 1024))) (unreachable))";
    let ends = variant(&format!(
        "{die} (func (export \"_start\") (if (i32.load (i32.const 3000)) (then (call $die))))"
    ));
    let origin = |need: &NeedFacts| {
        let origins = need.keys.iter().map(|key| key.origin.as_deref());
        origins
            .map(|origin| origin.map(str::to_string))
            .collect::<Vec<_>>()
    };
    assert_eq!(origin(&ends), [Some("runtime".to_string())]);
    assert_eq!(ends.verdict, "complete");
    let both = variant(&format!(
        "{die} (func (export \"_start\") (drop (call $getenv (i32.const 1024)))
           (if (i32.load (i32.const 3000)) (then (call $die))))"
    ));
    assert_eq!(origin(&both), [None]);
    // An entry that never comes back tells nothing about what lies below it.
    let never = variant(&format!("{die} (func (export \"_start\") (call $die))"));
    assert_eq!(origin(&never), [None]);
}
