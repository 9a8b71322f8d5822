//! The JSON Schemas of files that people write, against the readers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gusset::base::SourceFile;
use gusset::lock::LockFile;
use gusset::workload::{Policy, Workload};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

const FULL: &str = include_str!("workload/full.toml");
const POLICY: &str = include_str!("workload/policy.toml");
const LOCK: &str = include_str!("workload/full.lock");

/// What a reader says against a text; nothing when it takes it.
type Reader = fn(&str) -> String;

fn workload(text: &str) -> String {
    let source = Arc::new(SourceFile::new("gusset.toml", text));
    Workload::parse(&source).map_or_else(|e| e.to_string(), |_| String::new())
}

fn policy(text: &str) -> String {
    let source = Arc::new(SourceFile::new("policy.toml", text));
    Policy::parse(&source).map_or_else(|e| e.to_string(), |_| String::new())
}

fn lock(text: &str) -> String {
    let source = Arc::new(SourceFile::new("gusset.lock", text));
    LockFile::parse(&source).map_or_else(|e| e.to_string(), |_| String::new())
}

fn schema(name: &str) -> Value {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A TOML text as the JSON that editors check: dates are strings.
fn to_json(text: &str) -> Value {
    json_of(toml::Value::Table(toml::from_str(text).unwrap()))
}

fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(array) => array.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(k, v)| (k, json_of(v))).collect(),
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => Value::Bool(flag),
    }
}

#[test]
fn schemas_and_readers_take_the_same_files() {
    let component = "[components.a]\npath = \"a\"\n";
    let with = |rest: &str| format!("{component}{rest}");
    let link = |rest: &str| {
        with(&format!(
            "[[link]]\nconsumer = \"a\"\nimport = \"a:b/c\"\nprovider = \"a\"\n{rest}"
        ))
    };
    let middleware = |rest: &str| {
        with(&format!(
            "[[middleware]]\ncomponent = \"a\"\non = \"a:b/c@0.2\"\n{rest}"
        ))
    };
    let cases: [(&str, Reader, Vec<String>, Vec<String>); 3] = [
        (
            "gusset-toml",
            workload,
            vec![
                String::new(),
                FULL.to_string(),
                component.to_string(),
                with("imports = []\nneeds = {}\n"),
                with("needs.env = [\"\"]\n"),
                link("as = \"static\"\n"),
                middleware("order = [\"last\"]\nwhere = { provider = \"import\" }\n"),
                with("[virt.a]\nenv = { A = \"\" }\n"),
                with("[[route]]\nto = \"a\"\n"),
            ],
            vec![
                "more = 1".to_string(),
                "[workload]\nnme = \"a\"".to_string(),
                "[workload]\nname = \"\"".to_string(),
                "[workload]\nname = 1".to_string(),
                "[components.a]".to_string(),
                "[components.\"a b\"]\npath = \"a\"".to_string(),
                "[components.export]\npath = \"a\"".to_string(),
                with("imports = \"a:b/c\""),
                with("imports = [\"a:b/c@x\"]"),
                with("needs.Env = []"),
                with("needs.env = \"A\""),
                with("needs.env = [1]"),
                with("needs.env = [\"A\", \"A\"]"),
                with("[[link]]\nconsumer = \"a\"\nimport = \"a:b/c\""),
                link("as = \"dynamic\""),
                link("for = \"a\""),
                middleware("order = [\"before:\"]"),
                middleware("order = [\"second\"]"),
                middleware("where = { provder = \"a\" }"),
                middleware("instance = \"each\""),
                middleware("unique = \"yes\""),
                with("[[route]]\nto = \"a\"\npath = \"accounts\""),
                with("[virt.a]\nenv = { \"A=B\" = \"\" }"),
                with("[virt.a]\nenv = { A = 1 }"),
                "[[manifest]]\nout = \"a\"".to_string(),
                "link = 1".to_string(),
                "components = []".to_string(),
                "[policy]\nrequire = \"open\"".to_string(),
            ],
        ),
        (
            "policy-toml",
            policy,
            vec![
                String::new(),
                POLICY.to_string(),
                "[[allow]]\nrule = \"r\"\nreason = \"x\"\nexpires = \"2027-01-31\"".to_string(),
            ],
            vec![
                "requires = \"complete\"".to_string(),
                "[levels]\na = \"error\"".to_string(),
                "[[allow]]\nrule = \"r\"".to_string(),
                "[[allow]]\nrule = \"r\"\nreason = \"  \"".to_string(),
                "[[allow]]\nreason = \"x\"".to_string(),
                "[[allow]]\nrule = \"r\"\nreason = \"x\"\nexpires = \"soon\"".to_string(),
                "[[allow]]\nrule = \"r\"\nreason = \"x\"\nexpires = 2027".to_string(),
                "[[deny]]\nreason = \"x\"".to_string(),
                "[[deny]]\ninterface = \"a:b/c\"\nhost = \"h\"".to_string(),
                "[[deny]]\nhost = \"\"".to_string(),
            ],
        ),
        (
            "gusset-lock",
            lock,
            vec!["version = 1".to_string(), LOCK.to_string()],
            vec![
                String::new(),
                "version = 2".to_string(),
                "version = \"1\"".to_string(),
                LOCK.replace("\"exact\"", "\"certain\""),
                LOCK.replace("verdict = \"complete\"", "verdict = \"sure\""),
                LOCK.replace("digest =", "digests ="),
                LOCK.replace("grade =", "grad ="),
            ],
        ),
    ];
    for (name, reader, good, bad) in cases {
        let validator = jsonschema::validator_for(&schema(name)).unwrap();
        for text in good {
            assert_eq!(reader(&text), "", "{name}: {text}");
            let errors: Vec<String> = validator
                .iter_errors(&to_json(&text))
                .map(|e| format!("{e} at {}", e.instance_path()))
                .collect();
            assert_eq!(errors, [""; 0], "{name}: {text}");
        }
        for text in bad {
            assert_ne!(reader(&text), "", "{name} is read: {text}");
            assert!(!validator.is_valid(&to_json(&text)), "{name}: {text}");
        }
    }
}

/// The keys that a reader knows in a table, as it says them when it meets another.
fn known(reader: Reader, before: &str) -> BTreeSet<String> {
    let said = reader(&format!("{before}\nzzzzzzzzzzzzzzzzzzzz = 1\n"));
    let list = said.split("known keys: ").nth(1);
    let list = list.unwrap_or_else(|| panic!("{before}: {said}"));
    let list = list.lines().next().unwrap();
    list.split(", ")
        .map(|key| key.trim_matches('`').to_string())
        .collect()
}

#[test]
fn every_key_of_the_readers_is_in_the_schemas_and_in_the_example() {
    let tables = [
        ("gusset-toml", workload as Reader, "", ""),
        (
            "gusset-toml",
            workload,
            "[workload]",
            "/properties/workload",
        ),
        (
            "gusset-toml",
            workload,
            "[components.a]",
            "/properties/components/additionalProperties",
        ),
        (
            "gusset-toml",
            workload,
            "[[link]]",
            "/properties/link/items",
        ),
        (
            "gusset-toml",
            workload,
            "[[middleware]]",
            "/properties/middleware/items",
        ),
        (
            "gusset-toml",
            workload,
            "[[middleware]]\n[middleware.where]",
            "/properties/middleware/items/properties/where",
        ),
        (
            "gusset-toml",
            workload,
            "[[route]]",
            "/properties/route/items",
        ),
        (
            "gusset-toml",
            workload,
            "[virt.a]",
            "/properties/virt/additionalProperties",
        ),
        (
            "gusset-toml",
            workload,
            "[[manifest]]",
            "/properties/manifest/items",
        ),
        ("gusset-toml", workload, "[policy]", "/$defs/policy"),
        (
            "gusset-toml",
            workload,
            "[[policy.allow]]",
            "/$defs/allowance",
        ),
        ("gusset-toml", workload, "[[policy.deny]]", "/$defs/denial"),
        ("policy-toml", policy, "", ""),
        ("policy-toml", policy, "[[allow]]", "/$defs/allowance"),
        ("policy-toml", policy, "[[deny]]", "/$defs/denial"),
        ("gusset-lock", lock, "version = 1", ""),
        (
            "gusset-lock",
            lock,
            "version = 1\n[component.a]",
            "/properties/component/additionalProperties",
        ),
        (
            "gusset-lock",
            lock,
            "version = 1\n[component.a.needs.env]",
            "/$defs/need",
        ),
    ];
    for (name, reader, before, pointer) in tables {
        let schema = schema(name);
        let object = schema.pointer(pointer).unwrap();
        let properties = object["properties"].as_object().unwrap();
        let properties: BTreeSet<String> = properties.keys().cloned().collect();
        let known = known(reader, before);
        assert_eq!(known, properties, "{name} {before}");
        let example = match name {
            "gusset-toml" => FULL,
            "policy-toml" => POLICY,
            _ => LOCK,
        };
        for key in known {
            assert!(example.contains(&key), "no example of `{key}` in {before}");
        }
    }
}

const DIFF: &str = "docs/schema/diff-1.json";

fn diff_schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let generator = settings.into_generator();
    let schema = generator.into_root_schema_for::<gusset::report::diff::wire::Document>();
    let mut schema = serde_json::to_value(schema).unwrap();
    let object = schema.as_object_mut().unwrap();
    object.insert("$id".into(), "gusset.diff/1".into());
    object.insert("title".into(), "gusset diff --format json".into());
    object["properties"]["schema"]["const"] = gusset::report::diff::SCHEMA.into();
    schema
}

#[test]
fn the_committed_schema_of_differences_is_that_of_the_types() {
    let path = format!("{}/{DIFF}", env!("CARGO_MANIFEST_DIR"));
    let text = format!(
        "{}\n",
        serde_json::to_string_pretty(&diff_schema()).unwrap()
    );
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{DIFF} is not what the types give\nhelp: `BLESS=1 cargo test --test workload` writes it"
    );
}

#[test]
fn differences_follow_their_schema() {
    use gusset::lock::Diff;
    use gusset::report::diff::{Comparison, json};
    let source = |text: &str| Arc::new(SourceFile::new("gusset.lock", text));
    let old = LockFile::parse(&source(LOCK)).unwrap().lock;
    // Something in every section and of every sort.
    let other = LOCK
        .replace("DATABASE_URL", "DATABASE")
        .replace("APP_", "APPLICATION_")
        .replace("\"candidate\"", "\"exact\"")
        .replace("verdict = \"open\"", "verdict = \"bounded\"")
        .replace("enumerates = true", "enumerates = false")
        .replace("key-from-input", "budget")
        .replace("\"root/0\", \"root/1\"", "\"root/1\"")
        .replace("primary", "secondary")
        .replace("incoming-handler", "handler");
    let new = LockFile::parse(&source(&other)).unwrap().lock;
    let validator = jsonschema::validator_for(&diff_schema()).unwrap();
    let mut whats = BTreeSet::new();
    for (old, new) in [(&old, &new), (&new, &old), (&old, &Default::default())] {
        let comparison = Comparison {
            old: "old.lock".into(),
            new: "new.lock".into(),
            diff: Diff::between(old, new),
        };
        let document: Value = serde_json::from_str(&json(&comparison).unwrap()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);
        for section in ["new", "gone", "stronger", "weaker"] {
            let changes = document["components"][0][section].as_array().unwrap();
            whats.extend(
                changes
                    .iter()
                    .map(|c| c["what"].as_str().unwrap().to_string()),
            );
        }
        let mut bad = document.clone();
        bad["schema"] = "gusset.diff/2".into();
        assert!(!validator.is_valid(&bad));
    }
    let whats: Vec<&str> = whats.iter().map(String::as_str).collect();
    assert_eq!(
        whats,
        [
            "enumerates",
            "export",
            "grade",
            "holder",
            "import",
            "key",
            "open",
            "pattern",
            "verdict"
        ]
    );
}
