//! Plans as wholes: the binaries that they say, their JSON, and what changes with what.

use super::components::{Shop, planned};
use gusset::compose::{Package, Plan, build};
use gusset::plan::{FitReport, LinkPlan, PlannedEdge, SCHEMA, draft, fit, links};
use gusset::workload::Profile;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const WEB: &str = "import acme:shop/orders@0.1.0; import wasi:keyvalue/store@0.2.0-draft; \
                   export wasi:http/incoming-handler@0.2.0;";
const ORDERS: &str = "import acme:shop/stock@0.1.0; import wasi:keyvalue/store@0.2.0-draft; \
                      export acme:shop/orders@0.1.0;";
const STOCK: &str = "import wasi:cli/stdout@0.2.0; export acme:shop/stock@0.1.0;";
const AUTH: &str = "import acme:shop/orders@0.1.0; export acme:shop/orders@0.1.0;";
const RULE: &str = "[[middleware]]\ncomponent = \"auth\"\non = \"acme:shop/orders\"\n";

fn shop(profile: &str) -> Shop {
    let components = [
        ("web", WEB),
        ("orders", ORDERS),
        ("stock", STOCK),
        ("auth", AUTH),
    ];
    Shop::new(profile, &components, RULE)
}

/// Every fused binary can be built, and its world is the one of the plan.
#[test]
fn the_binaries_of_a_plan_are_what_it_says() {
    for profile in ["wasmtime-48", "wasmcloud-2.7", "wrpc-wasmtime"] {
        let shop = shop(profile);
        let plan = shop.plan();
        let mut fused = 0;
        for group in plan.groups.iter().filter(|group| group.instances.len() > 1) {
            fused += 1;
            let packages: Vec<(String, Package<'_>)> = group
                .instances
                .iter()
                .map(|instance| {
                    let file = shop
                        .files
                        .iter()
                        .find(|(name, _)| *name == instance.component);
                    let (name, bytes) = file.unwrap();
                    (instance.name.clone(), Package::parse(name, bytes).unwrap())
                })
                .collect();
            let links = links(&plan, group, &packages);
            let composed = Plan::resolve(draft(packages, &links)).unwrap();
            let bytes = build(&composed).unwrap();
            let made = Package::parse("made", &bytes).unwrap();
            let names = |names: Vec<&String>| names.into_iter().cloned().collect::<BTreeSet<_>>();
            let imports: BTreeSet<String> = group.imports.iter().map(|i| i.name.clone()).collect();
            assert_eq!(
                names(made.world.imports.keys().collect()),
                imports,
                "{profile}"
            );
            let exports: BTreeSet<String> = group.exports.iter().map(|e| e.name.clone()).collect();
            assert_eq!(
                names(made.world.exports.keys().collect()),
                exports,
                "{profile}"
            );
        }
        assert!(fused > 0, "{profile}: nothing is fused");
    }
}

fn schema<T: schemars::JsonSchema>(id: &str, title: &str) -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = serde_json::to_value(schema).unwrap();
    let object = schema.as_object_mut().unwrap();
    object.insert("$id".into(), json!(id));
    object.insert("title".into(), json!(title));
    schema["properties"]["schema"]["const"] = json!(id);
    schema
}

fn committed(file: &str, generated: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/schema")
        .join(file);
    let text = format!("{}\n", serde_json::to_string_pretty(generated).unwrap());
    if std::env::var_os("BLESS").is_some_and(|value| value != "0") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{file} is not what the types give\nhelp: `BLESS=1 cargo test --test plan` writes it"
    );
}

#[test]
fn plans_follow_the_committed_schema_and_can_be_read_again() {
    let schema = schema::<LinkPlan>(SCHEMA, "gusset plan --format json");
    committed("plan-1.json", &schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    for profile in [
        "wasmtime-48",
        "wasmcloud-2.7",
        "wrpc-wasmtime",
        "wasmcloud-1",
        "spin-4.1",
    ] {
        let plan = shop(profile).plan();
        let json = serde_json::to_value(&plan).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&json)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(wrong, [""; 0], "{profile}");
        assert_eq!(
            serde_json::from_value::<LinkPlan>(json.clone()).unwrap(),
            plan
        );
        let mut bad = json;
        bad["edges"][0]["decision"] = json!("maybe");
        assert!(!validator.is_valid(&bad));
    }
}

#[test]
fn fits_follow_the_committed_schema() {
    let schema = schema::<FitReport>("gusset.fit/1", "gusset profile check --format json");
    committed("fit-1.json", &schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let profile = Profile::builtin("wasmcloud-2.7").unwrap().unwrap();
    let shop = shop("wasmcloud-2.7");
    let files = shop.parts();
    let files = files.iter().map(|part| fit(&profile, &part.name, part));
    let report = FitReport {
        schema: "gusset.fit/1".to_string(),
        profile: "wasmcloud-2.7".to_string(),
        files: files.collect(),
    };
    assert!(!report.files[0].fits(), "`web` needs another component");
    assert!(report.files[2].fits());
    assert!(validator.is_valid(&serde_json::to_value(&report).unwrap()));
}

/// Interfaces of a chain of components: each has one, and may import those of others.
const LINKS: [&str; 4] = [
    "acme:shop/orders@0.1.0",
    "acme:shop/stock@0.1.0",
    "acme:shop/feed@0.1.0",
    "acme:audit/log@0.1.0",
];

fn world(own: usize, imports: &BTreeSet<usize>, host: bool) -> String {
    let mut text = format!("export {};", LINKS[own]);
    for import in imports.iter().filter(|import| **import > own) {
        text.push_str(&format!(" import {};", LINKS[*import]));
    }
    if host {
        text.push_str(" import wasi:keyvalue/store@0.2.0-draft;");
    }
    text
}

/// Whether a component is in the binaries of an edge, or in what these need.
fn touches(plan: &LinkPlan, edge: &PlannedEdge, name: &str) -> bool {
    let ends = [
        Some(edge.consumer.as_str()),
        edge.decision.target().map(|t| t.provider.as_str()),
    ];
    let mut seen: BTreeSet<&str> = ends.into_iter().flatten().collect();
    loop {
        let before = seen.len();
        for end in seen.clone() {
            let group = plan.group_of(end).into_iter();
            seen.extend(group.flat_map(|g| &g.instances).map(|i| i.name.as_str()));
            let edges = plan.edges.iter().filter(|edge| edge.consumer == end);
            seen.extend(
                edges
                    .filter_map(|e| e.decision.target())
                    .map(|t| t.provider.as_str()),
            );
        }
        if seen.len() == before {
            return seen.contains(name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_change_of_one_component_changes_only_what_depends_on_it(
        imports in prop::collection::vec(prop::collection::btree_set(0usize..4, 0..4), 4),
        hosts in prop::collection::vec(any::<bool>(), 4),
        profile in prop::sample::select(vec!["wasmcloud-2.7", "wrpc-wasmtime"]),
        changed in 0usize..4,
    ) {
        let names = ["a", "b", "c", "d"];
        let of = |change: bool| {
            let worlds: Vec<String> = (0..4)
                .map(|i| {
                    let mut text = world(i, &imports[i], hosts[i]);
                    if change && i == changed {
                        text.push_str(" import wasi:config/store@0.2.0-rc.1;");
                    }
                    text
                })
                .collect();
            let components: Vec<(&str, &str)> =
                names.iter().copied().zip(worlds.iter().map(String::as_str)).collect();
            planned(profile, &components, "")
        };
        let (before, again, after) = (of(false), of(false), of(true));
        prop_assert_eq!(&before, &again);
        let name = names[changed];
        for edge in &before.edges {
            if touches(&before, edge, name) || touches(&after, edge, name) {
                continue;
            }
            let same = after.edges.iter().find(|e| {
                e.consumer == edge.consumer && e.import == edge.import
            });
            prop_assert_eq!(Some(edge), same);
        }
    }
}

#[test]
fn the_property_above_looks_at_something() {
    let plan = planned(
        "wasmcloud-2.7",
        &[
            ("a", "import acme:audit/log@0.1.0;"),
            ("b", "export acme:audit/log@0.1.0;"),
            ("c", STOCK),
        ],
        "",
    );
    assert!(plan.edges.iter().any(|edge| !touches(&plan, edge, "c")));
    assert!(plan.edges.iter().any(|edge| touches(&plan, edge, "c")));
}
