//! The machine's views of the gate and their schemas.

use crate::place::{Place, root};
use gusset::report::check::{CheckReport, RULES_SCHEMA, RulesReport, SCHEMA};
use schemars::JsonSchema;
use serde_json::{Value, json};

fn generated<T: JsonSchema>(id: &str, title: &str) -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = serde_json::to_value(schema).unwrap();
    schema["$id"] = json!(id);
    schema["title"] = json!(title);
    schema["properties"]["schema"]["const"] = json!(id);
    schema
}

fn all() -> [(&'static str, Value); 2] {
    let check = generated::<CheckReport>(SCHEMA, "gusset check --format json");
    let rules = generated::<RulesReport>(RULES_SCHEMA, "gusset rules --format json");
    [
        ("docs/schema/check-1.json", check),
        ("docs/schema/rules-1.json", rules),
    ]
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for (file, schema) in all() {
        let path = root().join(file);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "{file} is not what the types give\nhelp: `BLESS=1 cargo test --test gate` writes it"
        );
    }
}

fn complaints(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors = validator.iter_errors(document);
    errors.map(|error| error.to_string()).collect()
}

#[test]
fn output_follows_its_schema() {
    let place = Place::new();
    place.gate("config-next.wat", "api.wasm");
    place.gate("plugin.wat", "plugin.wasm");
    let workload =
        "[components.api]\npath = \"api.wasm\"\n[components.p]\npath = \"plugin.wasm\"\n";
    place.write("gusset.toml", workload);
    let policy = "[[allow]]\nrule = \"unanalysed-module\"\nreason = \"it is ours\"\n";
    place.write("policy.toml", policy);
    let [(_, check), (_, rules)] = all();
    let report = place.gusset(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(complaints(&check, &report), [""; 0]);
    assert_eq!(report["allowed"][0]["reason"], "it is ours");
    assert_eq!(report["summary"]["verdict"], "fail");
    for field in [
        "rule", "severity", "message", "file", "instance", "subject", "evidence", "help",
    ] {
        let finding = report["findings"][0].as_object().unwrap();
        assert!(finding.contains_key(field), "{field}");
        let mut bad = report.clone();
        bad["findings"][0].as_object_mut().unwrap().remove(field);
        assert!(!complaints(&check, &bad).is_empty(), "{field}");
    }
    let list = place.gusset(&["rules", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(complaints(&rules, &list), [""; 0]);
}
