//! SARIF against the schema of OASIS.

use crate::place::{Place, root};
use serde_json::Value;

/// A run with findings in text and in a binary, and one that is allowed.
fn log() -> Value {
    let place = Place::new();
    place.gate("config-next.wat", "app/my api.wasm");
    place.gate("config-open.wat", "app/open.wasm");
    place.gate("plugin.wat", "app/plugin.wasm");
    place.fixture("orders-lines.wasm", "app/orders.wasm");
    place.write(
        "gusset.toml",
        "[components.api]\npath = \"app/my api.wasm\"\nneeds.config = [\"old\", \"greeting\"]\n\
         [components.open]\npath = \"./app/open.wasm\"\n\
         [components.orders]\npath = \"app/orders.wasm\"\nneeds.config = [\"*\"]\n\
         [components.plugin]\npath = \"app/plugin.wasm\"\n",
    );
    place.write(
        "policy.toml",
        "[[allow]]\nrule = \"unknown-key\"\nreason = \"the caller knows\"\n\
         expires = \"2030-01-01\"\nowner = \"team\"\n",
    );
    let arguments = ["check", "--format", "sarif", "--today", "2026-01-01"];
    let said = place.gusset(&arguments);
    assert_eq!(said.code, 1, "{said:?}");
    let folder = place.path().to_string_lossy().into_owned();
    assert!(!said.out.contains(&folder), "an absolute path");
    serde_json::from_str(&said.out).unwrap()
}

fn complaints(document: &Value) -> Vec<String> {
    let schema = std::fs::read(root().join("tests/schemas/sarif-2.1.0.json")).unwrap();
    let mut schema: Value = serde_json::from_slice(&schema).unwrap();
    // The committee's pattern for languages has a bracket too many, which regular expressions
    // of ECMAScript take for a character and others refuse.
    for definition in ["run", "toolComponent"] {
        let pattern = format!("/definitions/{definition}/properties/language/pattern");
        let pattern = schema.pointer_mut(&pattern).unwrap();
        assert_eq!(*pattern, "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
        *pattern = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}\\]?$".into();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect()
}

#[test]
fn a_log_follows_the_schema_and_its_paths_are_relative() {
    let log = log();
    assert_eq!(complaints(&log), [""; 0]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let (mut in_text, mut in_binary, mut suppressed, mut ways) = (0, 0, 0, 0);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let location = &result["locations"][0];
        let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str();
        let uri = uri.unwrap();
        assert!(
            !uri.starts_with(['/', '.']) && !uri.contains([':', ' ', '\\']),
            "{uri}"
        );
        match location["physicalLocation"]["region"].is_object() {
            true => in_text += 1,
            false => {
                let logical = &location["logicalLocations"][0]["fullyQualifiedName"];
                assert!(logical.as_str().unwrap().contains("root"), "{result}");
                in_binary += 1;
            }
        }
        suppressed += usize::from(result["suppressions"].is_array());
        ways += usize::from(result["codeFlows"].is_array());
    }
    assert!(
        in_text > 0 && in_binary > 0 && suppressed > 0 && ways > 0,
        "{log:#}"
    );
    // Line tables lead to lines of the source.
    assert!(log.to_string().contains(".rs:"), "no line of the source");
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let log = log();
    for (pointer, value) in [
        ("/version", "2.0.0"),
        ("/runs/0/results/0/level", "fatal"),
        ("/runs/0/results/0/message", "text"),
    ] {
        let mut bad = log.clone();
        *bad.pointer_mut(pointer).unwrap() = Value::from(value);
        assert!(!complaints(&bad).is_empty(), "{pointer}");
    }
}

/// Wherever the workload is named from, its paths are those of the repository.
#[test]
fn an_absolute_workload_has_relative_paths() {
    let place = Place::new();
    place.gate("config-next.wat", "bin/api.wasm");
    place.gate("plugin.wat", "bin/plugin.wasm");
    let workload = "[components.api]\npath = \"../bin/api.wasm\"\n\
                    [components.plugin]\npath = \"../bin/plugin.wasm\"\n";
    place.write("app/gusset.toml", workload);
    // As the process sees it, without links on the way.
    let folder = place.path().canonicalize().unwrap();
    let file = folder.join("app/gusset.toml");
    let arguments = ["check", "--format", "sarif", "-w", file.to_str().unwrap()];
    let said = place.gusset(&arguments);
    let log: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(complaints(&log), [""; 0]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let uris = results.iter().map(|result| {
        let location = &result["locations"][0]["physicalLocation"];
        location["artifactLocation"]["uri"].as_str().unwrap()
    });
    let uris: std::collections::BTreeSet<&str> = uris.collect();
    let expected = ["app/gusset.toml", "bin/plugin.wasm"];
    assert_eq!(uris.into_iter().collect::<Vec<_>>(), expected);
}

/// The fingerprint of a finding does not depend on lines or on what else is found.
#[test]
fn fingerprints_are_distinct_and_outlive_lines() {
    let place = Place::new();
    place.gate("config-next.wat", "api.wasm");
    let component = "[components.api]\npath = \"api.wasm\"\n";
    let prints = |text: &str| {
        place.write("gusset.toml", text);
        let said = place.gusset(&["check", "--format", "sarif"]);
        let log: Value = serde_json::from_str(&said.out).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let prints = results.iter().map(|result| {
            let print = &result["partialFingerprints"]["gussetFinding/v1"];
            print.as_str().unwrap().to_owned()
        });
        prints.collect::<Vec<_>>()
    };
    let before = prints(component);
    assert_eq!(before.len(), 2);
    assert_ne!(before[0], before[1]);
    assert_eq!(before, prints(&format!("# a comment\n\n{component}")));
}
