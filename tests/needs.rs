//! Verdicts must not lie: programs with ground truth, and components made to mislead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{FileFacts, NeedFacts};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn needs(path: &Path) -> Vec<NeedFacts> {
    facts(path).needs
}

fn facts(path: &Path) -> FileFacts {
    let bytes = wat::parse_file(path).unwrap();
    let binary = Binary::parse(&bytes).unwrap();
    let catalogue = Catalogue::builtin().unwrap();
    FileFacts::with_needs("file", &binary, &catalogue)
}

fn closed(need: &NeedFacts) -> bool {
    matches!(&*need.verdict, "none" | "complete" | "bounded") && !need.enumerates
}

/// In each of these, code changes the key of a call in a way that a hasty analysis misses.
#[test]
fn keys_that_change_are_not_called_complete() {
    let mut seen = 0;
    for entry in std::fs::read_dir("tests/needs").unwrap() {
        let path = entry.unwrap().path();
        for need in needs(&path).iter().filter(|n| n.kind == "config") {
            assert!(!closed(need), "{}: {need:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} components say something of config");
}

/// In each of these the text changes by a store that is not noticed: the known gaps. The
/// verdict is wrong, and rests on the assumption that is printed. Once one is noticed, its
/// file belongs to `tests/needs`.
#[test]
fn known_gaps_are_covered_by_the_printed_assumption() {
    let mut seen = 0;
    for entry in std::fs::read_dir("tests/needs_assumed").unwrap() {
        let path = entry.unwrap().path();
        let facts = facts(&path);
        let assumed = |note: &String| note.starts_with("assumed: no store whose address was not");
        for need in facts.needs.iter().filter(|n| n.kind == "config") {
            let name = path.display();
            assert!(
                closed(need),
                "{name} is noticed now: move it to tests/needs"
            );
            assert!(facts.notes.iter().any(assumed), "{name}: {:?}", facts.notes);
            seen += 1;
        }
    }
    assert_eq!(seen, 23);
}

/// In each of these the keys or patterns that its first lines name are all there are.
#[test]
fn keys_that_follow_from_the_file_are_found() {
    let mut seen = 0;
    for entry in std::fs::read_dir("tests/needs_resolved").unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let said = |what: &str| -> BTreeSet<String> {
            let lines = source.lines().filter_map(|line| line.strip_prefix(what));
            let names = lines.flat_map(|names| names.split_whitespace());
            names.map(str::to_string).collect()
        };
        let (keys, patterns) = (said(";; keys: "), said(";; patterns: "));
        let found = needs(&path);
        let need = found.iter().find(|n| n.kind == "config").unwrap();
        let exact = need.keys.iter().filter(|k| k.grade == "exact");
        let exact: BTreeSet<String> = exact.map(|k| k.name.clone()).collect();
        let beginnings: BTreeSet<String> =
            need.patterns.iter().map(|p| p.pattern.clone()).collect();
        assert_eq!(
            (&exact, &beginnings),
            (&keys, &patterns),
            "{}",
            path.display()
        );
        let verdict = if patterns.is_empty() {
            "complete"
        } else {
            "bounded"
        };
        assert_eq!(need.verdict, verdict, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} components");
}

/// The keys of a component in `tests/needs_grade`, which is complete.
fn graded(name: &str) -> Vec<(String, String)> {
    let found = needs(&Path::new("tests/needs_grade").join(name));
    let config = found.iter().find(|n| n.kind == "config").unwrap();
    assert_eq!(config.verdict, "complete", "{config:?}");
    let keys = config.keys.iter();
    keys.map(|k| (k.name.clone(), k.grade.to_string()))
        .collect()
}

/// A key that only arrives if code that is not followed changed something is no exact one.
#[test]
fn a_key_on_a_doubtful_path_is_a_candidate() {
    let expected = [("APP_KEY", "exact"), ("_KEY", "candidate")];
    let expected = expected.map(|(name, grade)| (name.to_string(), grade.to_string()));
    assert_eq!(graded("doubt.wat"), expected);
}

#[test]
fn keys_move_through_vectors() {
    let expected = ["OR_KVECT____", "VECTOR_KEY_16_LG"];
    let expected = expected.map(|name| (name.to_string(), "exact".to_string()));
    assert_eq!(graded("vector.wat"), expected);
}

/// Small programs of `fixtures/programs`: an expected key is reported, or the verdict says
/// that something may be missing.
#[test]
fn no_key_is_missing_where_the_verdict_is_closed() {
    let base = Path::new("fixtures/programs");
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(base.join("truth.json")).unwrap()).unwrap();
    let mut checked = 0;
    for (name, want) in truth.as_object().unwrap() {
        let small = ["wat-", "c-", "lib-cfg_choice", "lib-kv_"];
        if !small.iter().any(|s| name.starts_with(s)) {
            continue;
        }
        let found = needs(&base.join("bin").join(name));
        let none = Value::Array(Vec::new());
        let list = |value: &Value| -> BTreeSet<String> {
            let items = value.as_array().into_iter().flatten();
            items
                .filter_map(|v| v.as_str().map(str::to_string))
                .collect()
        };
        let open = list(want.get("open").unwrap_or(&none));
        let kinds = want["keys"].as_object().unwrap();
        for kind in kinds.keys().cloned().chain(open.iter().cloned()) {
            let need = found.iter().find(|n| n.kind == kind);
            let is_closed = need.is_none_or(closed);
            let patterns = need.is_some_and(|n| n.verdict == "bounded" && !n.patterns.is_empty());
            assert!(
                !(open.contains(&kind) && is_closed && !patterns),
                "{name}: {kind} is open by its source"
            );
            let keys: BTreeSet<&str> = need
                .iter()
                .flat_map(|n| &n.keys)
                .map(|k| k.name.as_str())
                .collect();
            for key in list(kinds.get(&kind).unwrap_or(&none)) {
                let covered = need.iter().flat_map(|n| &n.patterns).any(|p| {
                    let beginning = p.pattern.strip_suffix('*');
                    beginning.is_some_and(|b| key.starts_with(b))
                });
                assert!(
                    keys.contains(key.as_str()) || covered || !is_closed,
                    "{name}: {kind} `{key}` is missing from {keys:?}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 60, "only {checked} keys were checked");
}
