//! What `gusset.lock` keeps does not depend on what a build leaves beside the code.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/rewrite.rs"]
mod rewrite;

use fixtures::fixture;
use gusset::base::SourceFile;
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::lock::{ComponentDiff, Entry, Facts, Lock, LockFile};
use rewrite::{Edit, Section, leb128, rewrite};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files of which other versions are made: two languages, a core module, a composition of
/// many instances, labels. `shop.wasm` and its kin are too large for a build without
/// optimisation to analyse several times.
const FILES: &[&str] = &[
    "audit.wasm",
    "c-getenv.wasm",
    "c-getenv-component.wasm",
    "labels.wasm",
    "logger.wasm",
    "nested.wasm",
    "settings.wasm",
];

fn entry(bytes: &[u8]) -> Entry {
    let binary = Binary::parse(bytes).unwrap();
    Entry::of(
        "a.wasm",
        &Facts::of(&binary, &Catalogue::builtin().unwrap()),
    )
}

fn text(entry: &Entry) -> String {
    let components = BTreeMap::from([("a".to_string(), entry.clone())]);
    Lock { components }.to_toml()
}

/// Takes every custom section away.
struct Strip;

impl Edit for Strip {
    fn section(&mut self, _unit: usize, section: &Section<'_>) -> Option<Vec<u8>> {
        (section.id != 0).then(|| section.data.to_vec())
    }
}

/// Adds a custom section at the end of every component and module, and writes lengths in five
/// bytes as linkers do.
struct Annotate;

impl Edit for Annotate {
    fn section(&mut self, _unit: usize, section: &Section<'_>) -> Option<Vec<u8>> {
        Some(section.data.to_vec())
    }

    fn append(&mut self, unit: usize, _is_component: bool) -> Vec<u8> {
        let name = b"build-note";
        let mut data = Vec::new();
        leb128(name.len(), &mut data);
        data.extend(name);
        data.extend(format!("built {unit} times").bytes());
        let mut section = vec![0];
        leb128(data.len(), &mut section);
        section.extend(data);
        section
    }

    fn length(&self, value: usize, out: &mut Vec<u8>) {
        for index in 0..5 {
            let more = if index < 4 { 0x80 } else { 0 };
            out.push((value >> (7 * index)) as u8 & 0x7f | more);
        }
    }
}

#[test]
fn stripping_and_metadata_change_nothing() {
    let (mut needs, mut shorter) = (0, 0);
    for name in FILES {
        let bytes = fixture(name);
        let whole = entry(&bytes);
        let stripped = rewrite(&bytes, &mut Strip);
        shorter += usize::from(stripped.len() < bytes.len());
        assert_eq!(text(&whole), text(&entry(&stripped)), "{name}, stripped");
        let annotated = rewrite(&bytes, &mut Annotate);
        assert_ne!(annotated, bytes, "{name}");
        assert_eq!(text(&whole), text(&entry(&annotated)), "{name}, annotated");
        needs += whole.needs.len();
    }
    assert!(needs > 3, "files that need nothing show nothing");
    assert!(shorter > 3, "files with nothing to strip show nothing");
}

/// `fixtures.rs` builds every fixture from its source and compares the bytes; here is what
/// remains: an equal build gives an equal file, and other code another digest.
#[test]
fn the_same_code_is_the_same_entry_and_other_code_is_not() {
    let logger = entry(&fixture("logger.wasm"));
    assert_eq!(text(&logger), text(&entry(&fixture("logger.wasm"))));
    let audit = entry(&fixture("audit.wasm"));
    assert_ne!(logger.digest, audit.digest);
    assert!(ComponentDiff::between("a", Some(&logger), Some(&audit)).differs());
}

#[test]
fn a_variable_more_is_new_and_one_less_is_gone() {
    let module = |names: &[&str]| {
        let calls = names.iter().enumerate();
        let calls: String = calls
            .map(|(index, name)| {
                format!(
                    "(call $open (i32.const {}) (i32.const {}) (i32.const 64))\n",
                    index * 16,
                    name.len()
                )
            })
            .collect();
        let data = names.iter().enumerate();
        let data: String = data
            .map(|(index, name)| format!("(data (i32.const {}) \"{name}\")\n", index * 16))
            .collect();
        // A bucket is opened by its name.
        wat::parse_str(format!(
            r#"(component
                (import "wasi:keyvalue/store@0.2.0-draft" (instance $store
                    (export "bucket" (type $bucket (sub resource)))
                    (type $error (variant (case "no-such-store") (case "access-denied")
                        (case "other" string)))
                    (export "error" (type $e (eq $error)))
                    (export "open" (func (param "identifier" string)
                        (result (result (own $bucket) (error $e)))))))
                (core module $libc
                    (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 256))
                (core instance $libc (instantiate $libc))
                (core func $open (canon lower (func $store "open")
                    (memory $libc "memory") (realloc (func $libc "realloc"))))
                (core module $main
                    (import "libc" "memory" (memory 1))
                    (import "store" "open" (func $open (param i32 i32 i32)))
                    {data}
                    (func (export "run") {calls}))
                (core instance $main (instantiate $main
                    (with "libc" (instance $libc))
                    (with "store" (instance (export "open" (func $open))))))
                (func (export "run") (canon lift (core func $main "run"))))"#
        ))
        .unwrap()
    };
    let old = entry(&module(&["orders", "old"]));
    let new = entry(&module(&["orders", "carts"]));
    let names: Vec<&String> = old.needs["bucket"].keys.keys().collect();
    assert_eq!(names, ["old", "orders"]);
    let diff = ComponentDiff::between("a", Some(&old), Some(&new));
    assert_eq!((diff.new.len(), diff.gone.len()), (1, 1), "{diff:?}");
    assert!(format!("{:?}", diff.new).contains("carts"));
    assert!(format!("{:?}", diff.gone).contains("old"));
    assert!(diff.stronger.is_empty() && diff.weaker.is_empty());
}

#[test]
fn what_is_written_of_fixtures_is_read() {
    for name in FILES {
        let entry = entry(&fixture(name));
        let source = Arc::new(SourceFile::new("gusset.lock", text(&entry)));
        let read = LockFile::parse(&source).unwrap();
        assert_eq!(read.lock.components["a"], entry, "{name}");
    }
}
