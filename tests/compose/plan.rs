//! The plan for machines and as a picture.

use super::parts::*;
use gusset::compose::{Draft, Package, Plan};
use gusset::report::compose::PlanView;
use gusset::report::picture::{Format, render};
use serde_json::{Value, json};
use std::path::Path;

const COMMITTED: &str = "docs/schema/compose-1.json";

fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<PlanView>();
    let mut schema = serde_json::to_value(schema).unwrap();
    schema["$id"] = json!("gusset.compose/1");
    schema["title"] = json!("gusset compose --dry-run --format json");
    schema["properties"]["schema"]["const"] = json!("gusset.compose/1");
    schema
}

fn view() -> PlanView {
    let (api, a) = (bytes(&provider(9, H)), bytes(&consumer(3, H, "a")));
    let (auth, open) = (
        bytes(&middleware(1)),
        bytes(&consumer(4, "t:t/other@0.1.0", "b")),
    );
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let parts: [(&str, &[u8]); 4] = [("api", &api), ("a", &a), ("auth", &auth), ("open", &open)];
    let workload = workload(toml, &["api", "a", "auth", "open"]);
    let packages =
        parts.map(|(name, bytes)| (name.to_string(), Package::parse(name, bytes).unwrap()));
    let plan = Plan::resolve(Draft {
        base: None,
        parts: packages.to_vec(),
        links: &[],
        middleware: &workload.middleware,
    });
    PlanView::of(&plan.unwrap())
}

fn complaints(document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors = validator.iter_errors(document);
    errors.map(|error| error.to_string()).collect()
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{COMMITTED} is not what the types give\nhelp: `BLESS=1 cargo test --test compose` writes it"
    );
}

#[test]
fn a_plan_follows_its_schema_and_others_do_not() {
    let good: Value = serde_json::from_str(&view().to_json().unwrap()).unwrap();
    assert_eq!(complaints(&good), [""; 0]);
    for (pointer, value) in [
        ("/schema", json!("gusset.compose/2")),
        ("/instances/0/sha256", json!(1)),
        ("/edges/0/via", json!("auth")),
        ("/notes", Value::Null),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!complaints(&bad).is_empty(), "{pointer}");
    }
    for pointer in ["", "/instances/0", "/edges/0"] {
        let object = good.pointer(pointer).unwrap().as_object().unwrap();
        for field in object.keys() {
            let mut bad = good.clone();
            bad.pointer_mut(pointer)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(field);
            assert!(!complaints(&bad).is_empty(), "{pointer}/{field}");
        }
    }
}

#[test]
fn the_picture_has_the_middleware_on_the_arrow() {
    let picture = view().picture();
    let mut arrows: Vec<String> = picture
        .links
        .iter()
        .map(|link| format!("{:?} {:?} {}", link.from, link.to, link.label))
        .collect();
    arrows.sort();
    assert_eq!(
        arrows,
        [
            "Box(BoxId(\"a\")) Box(BoxId(\"auth\")) t:t/h@0.1.0",
            "Box(BoxId(\"auth\")) Box(BoxId(\"api\")) t:t/h@0.1.0",
            "Box(BoxId(\"open\")) Import(0) t:t/other@0.1.0",
            "Export(0) Box(BoxId(\"a\")) a",
            "Export(1) Box(BoxId(\"open\")) b",
        ]
    );
    for format in [Format::Svg, Format::Dot, Format::Mermaid, Format::Html] {
        assert!(render(&picture, format).contains("auth"));
    }
}
