//! The file says what was written, refuses what was not, and differences are where they are.

#![allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.

use super::*;
use crate::base::SourceFile;
use crate::needs::{Grade, Verdict};
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn source(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile::new("gusset.lock", text))
}

fn said(text: &str) -> String {
    match LockFile::parse(&source(text)) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

/// Texts that are hard to write down.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z_]{1,8}",
        "[ -~]{1,8}",
        any::<String>().prop_filter("not empty", |s| !s.is_empty()),
    ]
}

fn ids() -> impl Strategy<Value = BTreeSet<String>> {
    btree_set("root(/[0-9]){0,2}", 0..3)
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop::sample::select(&words::VERDICTS[..])
}

fn named() -> impl Strategy<Value = Named> {
    (name(), prop::option::of(name())).prop_map(|(name, of)| Named::new(&name, of.as_deref()))
}

fn proven() -> impl Strategy<Value = Proven> {
    (verdict(), any::<bool>()).prop_map(|(verdict, enumerates)| Proven {
        verdict,
        enumerates,
    })
}

fn held() -> impl Strategy<Value = Held> {
    let grade = prop::sample::select(&words::GRADES[..]);
    (grade, any::<bool>(), ids()).prop_map(|(grade, runtime, instances)| Held {
        grade,
        runtime,
        instances,
    })
}

fn need() -> impl Strategy<Value = Need> {
    let lists = (
        btree_map("root(/[0-9]){0,2}", proven(), 0..3),
        btree_map(prop_oneof![name(), Just(String::new())], held(), 0..4),
        btree_map(name(), ids(), 0..3),
        btree_map("[a-z-]{1,9}", ids(), 0..3),
    );
    (verdict(), any::<bool>(), lists).prop_map(
        |(verdict, enumerates, (instances, keys, patterns, open))| Need {
            verdict,
            enumerates,
            instances,
            keys,
            patterns,
            open,
        },
    )
}

fn entry() -> impl Strategy<Value = Entry> {
    let names = || btree_set(named(), 0..4);
    let needs = btree_map("[a-z]{1,6}(-[a-z]{1,4})?", need(), 0..3);
    (name(), name(), names(), names(), needs).prop_map(|(path, digest, imports, exports, needs)| {
        Entry {
            path,
            digest,
            imports,
            exports,
            needs,
        }
    })
}

fn lock() -> impl Strategy<Value = Lock> {
    btree_map(name(), entry(), 0..3).prop_map(|components| Lock { components })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_and_written_again(lock in lock()) {
        let text = lock.to_toml();
        let read = LockFile::parse(&source(&text));
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
        let read = read.unwrap();
        prop_assert_eq!(&read.lock, &lock);
        prop_assert_eq!(read.lock.to_toml(), text);
        for (name, entry) in &lock.components {
            let place = read.component_place(name).unwrap();
            prop_assert!(read.source.slice(place).starts_with("[component."));
            for (kind, need) in &entry.needs {
                for key in need.keys.keys() {
                    let place = read.key_place(name, kind, key).unwrap();
                    let first = read.source.slice(place).chars().next();
                    prop_assert_eq!(first, Some('{'));
                }
            }
        }
    }

    #[test]
    fn a_lock_does_not_differ_from_itself(lock in lock()) {
        prop_assert!(!Diff::between(&lock, &lock).differs());
    }

    #[test]
    fn what_is_new_one_way_is_gone_the_other(old in entry(), new in entry()) {
        let there = ComponentDiff::between("a", Some(&old), Some(&new));
        let back = ComponentDiff::between("a", Some(&new), Some(&old));
        prop_assert_eq!(&there.new, &back.gone);
        prop_assert_eq!(&there.gone, &back.new);
        prop_assert_eq!(there.weaker.len(), back.stronger.len());
        prop_assert_eq!(there.stronger.len(), back.weaker.len());
        let same = |a: &Entry, b: &Entry| {
            (&a.imports, &a.exports, keys(a)) == (&b.imports, &b.exports, keys(b))
        };
        if !same(&old, &new) {
            prop_assert!(there.differs());
        }
    }
}

/// Everything by name, which must show in a diff.
fn keys(entry: &Entry) -> BTreeSet<(&str, &str, &BTreeSet<String>)> {
    let needs = entry.needs.iter();
    let keys = needs.flat_map(|(kind, need)| {
        let held = need.keys.iter().map(|(name, held)| (name, &held.instances));
        let patterns = need.patterns.iter();
        held.chain(patterns)
            .map(|(name, instances)| (kind.as_str(), name.as_str(), instances))
    });
    keys.collect()
}

#[test]
fn a_lock_of_another_version_is_refused_for_that_alone() {
    assert_eq!(
        said("version = 2\nthings = []\n"),
        "gusset.lock:1:11: this lock has version 2, not 1\n  help: `gusset lock` writes it again"
    );
    assert_eq!(said(""), "gusset.lock:1:1: this file has no `version`");
}

#[test]
fn a_lock_that_was_edited_badly_is_refused() {
    let text = |key: &str| {
        format!(
            "version = 1\n[component.a]\npath = \"a\"\ndigest = \"sha256:0\"\n\
             [component.a.needs.env]\nverdict = \"complete\"\nenumerates = false\n\
             keys = [{key}]\n"
        )
    };
    let good = r#"{ name = "A", grade = "exact", instances = ["root"] }"#;
    assert_eq!(said(&text(good)), "");
    for (bad, what) in [
        (
            r#"{ name = "A", grade = "sure", instances = [] }"#,
            "gusset.lock:8:31: `component.a.needs.env.keys.grade` is `sure`, must be `exact` or \
             `candidate`",
        ),
        (
            r#"{ name = "A", instances = [] }"#,
            "gusset.lock:8:9: `[[component.a.needs.env.keys]]` has no `grade`",
        ),
        (
            r#"{ name = 1, grade = "exact", instances = [] }"#,
            "gusset.lock:8:18: `component.a.needs.env.keys.name` must be a string, not a number",
        ),
        (
            "\"A\"",
            "gusset.lock:8:9: `component.a.needs.env.keys` must be a table, not a string",
        ),
    ] {
        assert_eq!(said(&text(bad)), what);
    }
    let twice = format!("{good}, {good}");
    assert!(
        said(&text(&twice)).contains("twice"),
        "{}",
        said(&text(&twice))
    );
}

fn with_keys(verdict: Verdict, keys: &[(&str, Grade, &str)], open: &[&str]) -> Entry {
    let mut need = Need::none();
    need.verdict = verdict;
    for (name, grade, instance) in keys {
        let instances = BTreeSet::from([instance.to_string()]);
        let held = Held {
            grade: *grade,
            runtime: false,
            instances,
        };
        need.keys.insert(name.to_string(), held);
    }
    for reason in open {
        let root = BTreeSet::from(["root".to_string()]);
        need.open.insert(reason.to_string(), root);
    }
    Entry {
        path: "a.wasm".to_string(),
        digest: "sha256:0".to_string(),
        imports: BTreeSet::new(),
        exports: BTreeSet::new(),
        needs: BTreeMap::from([("env".to_string(), need)]),
    }
}

#[test]
fn each_difference_is_in_its_section() {
    let old = with_keys(
        Verdict::Complete,
        &[
            ("GONE", Grade::Exact, "root"),
            ("LESS_SURE", Grade::Exact, "root"),
            ("MOVED", Grade::Exact, "root"),
        ],
        &[],
    );
    let new = with_keys(
        Verdict::Open,
        &[
            ("LESS_SURE", Grade::Candidate, "root"),
            ("MOVED", Grade::Exact, "root/0"),
            ("NEW", Grade::Exact, "root"),
        ],
        &["key-from-input"],
    );
    let diff = ComponentDiff::between("a", Some(&old), Some(&new));
    let kind = || "env".to_string();
    let key = |name: &str| What::Key {
        kind: kind(),
        name: name.to_string(),
        grade: Grade::Exact,
    };
    let moved = What::Holder {
        kind: kind(),
        name: "MOVED".to_string(),
    };
    let whats = |section: &[Change]| section.iter().map(|c| c.what.clone()).collect::<Vec<_>>();
    assert_eq!(whats(&diff.new), [key("NEW"), moved.clone()]);
    assert_eq!(whats(&diff.gone), [key("GONE"), moved]);
    assert_eq!(whats(&diff.stronger), []);
    let grade = What::Grade {
        kind: kind(),
        name: "LESS_SURE".to_string(),
        change: (Grade::Exact, Grade::Candidate),
    };
    let verdict = What::Verdict {
        kind: kind(),
        change: (Verdict::Complete, Verdict::Open),
    };
    let open = What::Open {
        kind: kind(),
        reason: "key-from-input".to_string(),
    };
    assert_eq!(whats(&diff.weaker), [grade, verdict, open]);
}

#[test]
fn a_component_that_comes_or_goes_is_a_difference_even_if_it_needs_nothing() {
    let mut entry = with_keys(Verdict::Complete, &[], &[]);
    entry.needs.clear();
    assert!(ComponentDiff::between("a", None, Some(&entry)).differs());
    assert!(ComponentDiff::between("a", Some(&entry), None).differs());
    let mut rebuilt = entry.clone();
    rebuilt.digest = "sha256:1".to_string();
    let diff = ComponentDiff::between("a", Some(&entry), Some(&rebuilt));
    assert!(!diff.differs(), "other code that needs the same");
    assert_ne!(diff.old_digest, diff.new_digest);
}
