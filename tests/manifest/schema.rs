//! What is written for wasmCloud, against the schema of its API and our own reader of it; what
//! is written for Spin, against the structure of its manifest.

use super::{MIXED, SHOP, source};
use gusset::manifest::wasmcloud::schema::WorkloadDeployment;
use gusset::manifest::{Settings, Target, yaml};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

fn settings() -> [Settings; 2] {
    let maps = Settings {
        config_maps: vec!["shop-config".to_string()],
        secret: Some("vault".to_string()),
        ..Settings::default()
    };
    [Settings::default(), maps]
}

#[test]
fn deployments_have_the_fields_of_the_api() {
    for fixture in [&*SHOP, &*MIXED] {
        for settings in settings() {
            let manifest = fixture.manifest_with(Target::Wasmcloud, settings);
            let deployment: WorkloadDeployment = yaml::typed(manifest.text()).unwrap();
            let spec = deployment.spec.template.spec;
            assert_eq!(deployment.kind, "WorkloadDeployment");
            assert!(!spec.components.is_empty());
            // The rule of the API: one entry without a name for each package.
            let unnamed = spec.host_interfaces.iter().filter(|i| i.name.is_none());
            let mut packages: Vec<_> = unnamed.map(|i| (&i.namespace, &i.package)).collect();
            let all = packages.len();
            packages.sort();
            packages.dedup();
            assert_eq!(packages.len(), all);
        }
    }
}

/// The schema is no part of the project: where it is not beside it, this test says so.
#[allow(clippy::print_stderr)] // A test that is skipped says so.
#[test]
fn deployments_validate_against_the_schema_of_the_api() {
    let file = "../shared/schemas/runtime.wasmcloud.dev_workloaddeployments.yaml";
    let Ok(text) = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)) else {
        eprintln!("skipped: the schema of the API is not there");
        return;
    };
    let definition: serde_json::Value = yaml::typed(&text).unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut schema = schema.clone();
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    for fixture in [&*SHOP, &*MIXED] {
        for settings in settings() {
            let manifest = fixture.manifest_with(Target::Wasmcloud, settings);
            let value: serde_json::Value = yaml::typed(manifest.text()).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{errors:?}\n{}", manifest.text());
        }
    }
    let wrong = serde_json::json!({"apiVersion": "x", "kind": "y", "spec": {"template": {"spec": {"x": 1}}}});
    assert!(!validator.is_valid(&wrong), "the schema is closed");
}

/// Kubernetes drops fields that a schema does not have; here they are errors.
fn close(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(object) => {
            if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".to_string(), false.into());
            }
            object.values_mut().for_each(close);
        }
        serde_json::Value::Array(array) => array.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn a_field_that_the_api_does_not_have_is_named() {
    let manifest = MIXED.manifest(Target::Wasmcloud);
    let text = manifest.text().replace("allowedHosts:", "allowedHost:");
    let text = source(&text);
    let comparison = manifest.compare(&text).unwrap();
    let (span, message) = &comparison.shape[0];
    assert_eq!(text.slice(*span), "allowedHost", "{message}");
    assert!(message.contains("unknown field"), "{message}");
}

/// The structure of `spin_manifest::schema::v2`, as far as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // Read to see that it can be.
struct Spin {
    spin_manifest_version: u32,
    application: Application,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    trigger: BTreeMap<String, Vec<Trigger>>,
    component: BTreeMap<String, SpinComponent>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Application {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    #[serde(default)]
    required: bool,
    default: Option<String>,
    #[serde(default)]
    secret: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Trigger {
    component: String,
    route: Option<String>,
    channel: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct SpinComponent {
    source: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    key_value_stores: Vec<String>,
    #[serde(default)]
    sqlite_databases: Vec<String>,
    #[serde(default)]
    ai_models: Vec<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

#[test]
fn spin_manifests_have_the_structure_of_version_2() {
    for fixture in [&*SHOP, &*MIXED] {
        let manifest = fixture.manifest(Target::Spin);
        let spin: Spin =
            toml::from_str(manifest.text()).unwrap_or_else(|e| panic!("{e}\n{}", manifest.text()));
        assert_eq!(spin.spin_manifest_version, 2);
        for (name, variable) in &spin.variables {
            // Spin wants one of the two, and a secret has no default.
            assert!(variable.required != variable.default.is_some(), "{name}");
            assert!(!variable.secret || variable.default.is_none(), "{name}");
        }
        for (id, component) in &spin.component {
            for name in component.variables.keys() {
                assert!(spin.variables.contains_key(name), "{id}: {name}");
            }
        }
        let triggers = spin.trigger.values().flatten();
        assert!(
            triggers
                .into_iter()
                .all(|t| spin.component.contains_key(&t.component))
        );
    }
}
