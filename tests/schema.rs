//! The machine's view and its schema.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/programs.rs"]
mod programs;

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{Failure, FileEntry, FileFacts, FileFailure, Inspection, SCHEMA};
use serde_json::{Value, json};
use std::path::Path;

const COMMITTED: &str = "docs/schema/inspect-1.json";

fn generated() -> Value {
    // As written: every field is there, `null` at least.
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings
        .into_generator()
        .into_root_schema_for::<Inspection>();
    let mut schema = serde_json::to_value(schema).unwrap();
    let object = schema.as_object_mut().unwrap();
    object.insert("$id".into(), json!("gusset.inspect/1"));
    object.insert("title".into(), json!("gusset inspect --format json"));
    object["properties"]["schema"]["const"] = json!(SCHEMA);
    schema
}

fn inspection(files: Vec<FileEntry>) -> Value {
    let inspection = Inspection {
        schema: SCHEMA,
        files,
    };
    serde_json::to_value(inspection).unwrap()
}

fn facts(name: &str, bytes: &[u8]) -> FileEntry {
    let binary = Binary::parse(bytes).unwrap();
    // Without optimisation, following values takes too long in large files.
    let facts = match bytes.len() {
        0..20_000 => FileFacts::with_needs(name, &binary, &Catalogue::builtin().unwrap()),
        _ => FileFacts::new(name, &binary),
    };
    FileEntry::Facts(Box::new(facts))
}

/// What the validator has against a document.
fn complaints(document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&generated()).unwrap();
    let errors = validator.iter_errors(document);
    errors
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect()
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let text = format!("{}\n", serde_json::to_string_pretty(&generated()).unwrap());
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{COMMITTED} is not what the types give\nhelp: `BLESS=1 cargo test --test schema` writes it"
    );
}

#[test]
fn every_fixture_follows_the_schema() {
    let files = programs::folder("fixtures/bin").unwrap();
    assert!(!files.is_empty());
    let mut needs = 0;
    for (name, path) in files {
        let document = inspection(vec![facts(&name, &std::fs::read(path).unwrap())]);
        assert_eq!(complaints(&document), [""; 0], "{name}");
        needs += document["files"][0]["needs"].as_array().unwrap().len();
    }
    assert!(needs > 0, "no fixture has needs");
}

#[test]
fn failures_follow_the_schema() {
    for (offset, help) in [(Some(7), Some("do something".to_owned())), (None, None)] {
        let failure = FileEntry::Failed(FileFailure {
            path: "bad.wasm".into(),
            error: Failure {
                message: "bad".into(),
                offset,
                help,
            },
        });
        assert_eq!(complaints(&inspection(vec![failure])), [""; 0]);
    }
}

/// A schema that accepts everything would pass the tests above.
#[test]
fn the_schema_refuses_what_is_wrong() {
    let bytes = wat::parse_str("(component (import \"f\" (func)))").unwrap();
    let good = inspection(vec![facts("a.wasm", &bytes)]);
    assert_eq!(complaints(&good), [""; 0]);
    for (pointer, value) in [
        ("/schema", json!("gusset.inspect/2")),
        ("/files", json!({})),
        ("/files/0/size", json!("12")),
        ("/files/0/size", json!(-1)),
        ("/files/0/imports/0/used", json!("yes")),
        ("/files/0/imports/0/type", Value::Null),
        ("/files/0/instances/0/children", json!(["root/0", 1])),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!complaints(&bad).is_empty(), "{pointer}");
    }
    for pointer in ["/files/0", "/files/0/imports/0", "/files/0/instances/0"] {
        let fields: Vec<String> = good
            .pointer(pointer)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        for field in fields {
            let mut bad = good.clone();
            let object = bad.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            object.remove(&field);
            assert!(!complaints(&bad).is_empty(), "{pointer}/{field}");
        }
    }
}

/// The fields that `product.md` promises: none may be renamed or removed.
#[test]
fn promised_fields_are_there() {
    let bytes = wat::parse_str("(component (import \"f\" (func)))").unwrap();
    let document = inspection(vec![facts("a.wasm", &bytes)]);
    for pointer in [
        "/schema",
        "/files/0/path",
        "/files/0/sha256",
        "/files/0/size",
        "/files/0/kind",
        "/files/0/imports/0/name",
        "/files/0/imports/0/type",
        "/files/0/imports/0/label",
        "/files/0/imports/0/implements",
        "/files/0/imports/0/used",
        "/files/0/imports/0/functions",
        "/files/0/exports",
        "/files/0/instances/0/id",
        "/files/0/instances/0/name",
        "/files/0/instances/0/component",
        "/files/0/instances/0/children",
        "/files/0/instances/0/links",
        "/files/0/instances/0/needs",
        "/files/0/needs",
        "/files/0/notes",
    ] {
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}
