//! Manifest → check is clean; without any one entry, check names exactly it.

use super::{Fixture, MIXED, READ_BACK, SHOP, source};
use gusset::manifest::doc::{Derived, Doc, Entry, Node};
use gusset::manifest::{Change, Manifest, ReadError, Target, render};

fn fixtures() -> [(&'static str, &'static Fixture); 2] {
    [("shop", &SHOP), ("mixed", &MIXED)]
}

#[test]
fn what_is_written_is_what_is_asked_for() {
    for (name, fixture) in fixtures() {
        for target in READ_BACK {
            let manifest = fixture.manifest(target);
            let comparison = manifest.compare(&source(manifest.text()));
            let comparison = comparison.unwrap_or_else(|e| panic!("{name} {target}: {e}"));
            assert!(
                comparison.differences.is_empty(),
                "{name} {target}: {comparison:?}"
            );
            assert!(
                comparison.shape.is_empty(),
                "{name} {target}: {:?}",
                comparison.shape
            );
        }
    }
}

/// The ways to all derived entries.
fn derived(docs: &[Doc]) -> Vec<Vec<usize>> {
    fn walk(entries: &[Entry], path: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
        for (index, entry) in entries.iter().enumerate() {
            path.push(index);
            if entry.derived.is_some() {
                found.push(path.clone());
            }
            walk(entry.node.entries(), path, found);
            path.pop();
        }
    }
    let mut found = Vec::new();
    for (index, doc) in docs.iter().enumerate() {
        walk(&doc.root.entries, &mut vec![index], &mut found);
    }
    found
}

/// Takes an entry out.
fn without(docs: &mut [Doc], path: &[usize]) -> Derived {
    let (doc, path) = path.split_first().unwrap();
    let (last, way) = path.split_last().unwrap();
    let mut entries = &mut docs[*doc].root.entries;
    for step in way {
        entries = entries[*step].node.entries_mut().unwrap();
    }
    entries.remove(*last).derived.unwrap()
}

/// `kind` and the like tell which document is meant: without them there is none.
fn selects(manifest: &Manifest, path: &[usize]) -> bool {
    let doc = &manifest.docs[path[0]];
    let key = &doc.root.entries[path[1]].key;
    path.len() == 2 && doc.select.iter().any(|(field, _)| field == key)
}

#[test]
fn without_any_one_entry_check_names_exactly_it() {
    let mut removed = 0;
    for (name, fixture) in fixtures() {
        for target in READ_BACK {
            let manifest = fixture.manifest(target);
            for path in derived(&manifest.docs) {
                if selects(&manifest, &path) {
                    continue;
                }
                let mut docs = manifest.docs.clone();
                let gone = without(&mut docs, &path);
                let text = render(target, &docs);
                let comparison = manifest.compare(&source(&text));
                let comparison =
                    comparison.unwrap_or_else(|e| panic!("{name} {target}: {e}\n{text}"));
                let mut reasons: Vec<&Derived> = Vec::new();
                for difference in &comparison.differences {
                    match &difference.change {
                        Change::Missing {
                            reasons: missing, ..
                        } => reasons.extend(missing.iter().copied()),
                        other => panic!("{name} {target}: {gone:?}: {other:?}\n{text}"),
                    }
                }
                assert_eq!(reasons, [&gone], "{name} {target}\n{text}");
                removed += 1;
                // And an update puts it back, without touching anything else.
                let updated = manifest.update(&source(&text));
                let updated =
                    updated.unwrap_or_else(|e| panic!("{name} {target}: {gone:?}: {e}\n{text}"));
                let comparison = manifest.compare(&source(&updated)).unwrap();
                assert!(
                    comparison.differences.is_empty(),
                    "{name} {target}: {gone:?}\n{updated}"
                );
                for line in text
                    .lines()
                    .filter(|line| line.trim_start().starts_with('#'))
                {
                    assert!(updated.contains(line), "{name} {target}: {line}\n{updated}");
                }
            }
        }
    }
    assert!(removed > 80, "{removed}");
}

#[test]
fn an_entry_too_many_is_named_and_removed() {
    let mut added = 0;
    for (name, fixture) in fixtures() {
        for target in READ_BACK {
            let manifest = fixture.manifest(target);
            for path in closed(&manifest.docs) {
                let mut docs = manifest.docs.clone();
                let list = add(&mut docs, &path);
                let text = render(target, &docs);
                let comparison = manifest.compare(&source(&text)).unwrap();
                let names: Vec<&str> = comparison
                    .differences
                    .iter()
                    .map(|difference| match &difference.change {
                        Change::Stale { name, .. } => name.as_str(),
                        other => panic!("{name} {target}: {other:?}\n{text}"),
                    })
                    .collect();
                assert_eq!(
                    names,
                    [if list {
                        "left-over.example"
                    } else {
                        "LEFT_OVER"
                    }],
                    "{target}\n{text}"
                );
                let updated = manifest
                    .update(&source(&text))
                    .unwrap_or_else(|e| panic!("{target}: {e}\n{text}"));
                assert!(
                    manifest
                        .compare(&source(&updated))
                        .unwrap()
                        .differences
                        .is_empty()
                );
                added += 1;
            }
        }
    }
    assert!(added > 8, "{added}");
}

/// The ways to collections that say everything.
fn closed(docs: &[Doc]) -> Vec<Vec<usize>> {
    fn walk(entries: &[Entry], path: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
        for (index, entry) in entries.iter().enumerate() {
            path.push(index);
            let of = match &entry.node {
                Node::Map(map) => map.closed.as_ref(),
                Node::List(list) => list.closed.as_ref(),
                _ => None,
            };
            let scalars = entry
                .node
                .entries()
                .iter()
                .all(|e| e.node.scalar().is_some());
            if of.is_some_and(|closed| closed.complete) && scalars {
                found.push(path.clone());
            }
            walk(entry.node.entries(), path, found);
            path.pop();
        }
    }
    let mut found = Vec::new();
    for (index, doc) in docs.iter().enumerate() {
        walk(&doc.root.entries, &mut vec![index], &mut found);
    }
    found
}

/// Adds an entry; whether it is one of a list.
fn add(docs: &mut [Doc], path: &[usize]) -> bool {
    let (doc, way) = path.split_first().unwrap();
    let mut entries = &mut docs[*doc].root.entries;
    let mut list = false;
    for step in way {
        let node = &mut entries[*step].node;
        list = matches!(node, Node::List(_));
        entries = node.entries_mut().unwrap();
    }
    entries.push(match list {
        true => Entry::item("left-over.example"),
        false => Entry::field("LEFT_OVER", "1"),
    });
    list
}

#[test]
fn what_a_person_fills_in_is_no_difference() {
    for target in READ_BACK {
        let manifest = SHOP.manifest(target);
        let mut docs = manifest.docs.clone();
        fn fill(entries: &mut [Entry]) {
            for entry in entries {
                if let Node::Fill { initial, .. } = &mut entry.node
                    && entry.key != "policy"
                {
                    *initial = "no: 12:30 # x".to_string();
                }
                if let Some(inner) = entry.node.entries_mut() {
                    fill(inner);
                }
            }
        }
        for doc in &mut docs {
            fill(&mut doc.root.entries);
        }
        let text = render(target, &docs);
        let comparison = manifest.compare(&source(&text)).unwrap();
        assert!(
            comparison.differences.is_empty(),
            "{target}: {comparison:?}\n{text}"
        );
        assert_eq!(manifest.update(&source(&text)).unwrap(), text, "{target}");
    }
}

#[test]
fn text_targets_are_compared_by_line_and_written_anew() {
    for target in Target::ALL.into_iter().filter(|t| !READ_BACK.contains(t)) {
        let manifest = SHOP.manifest(target);
        let text = manifest.text();
        let differs = |text: &str| {
            let source = source(text);
            let comparison = manifest.compare(&source).unwrap();
            !(comparison.differences.is_empty() && comparison.shape.is_empty())
        };
        assert!(!text.is_empty() && !differs(text), "{target}");
        // Each line counts, and so does one more.
        let lines: Vec<&str> = text.lines().collect();
        for gone in 0..lines.len() {
            let mut fewer = lines.clone();
            let line = fewer.remove(gone);
            let twice = gone > 0 && lines[gone - 1] == line || lines.get(gone + 1) == Some(&line);
            assert!(differs(&fewer.join("\n")) || twice, "{target}: {line}");
        }
        assert!(differs(&format!("{text}more\n")), "{target}");
        let update = manifest.update(&source(text));
        assert_eq!(update, Err(ReadError::Target(target)));
    }
}
