//! The matching of wasmCloud 2.7, one quirk in each test.

use super::components::component;
use gusset::compose::Package;
use gusset::plan::{Declared, Deployed, Matched, Refusal, match_declared};
use gusset::workload::Profile;

fn entry(
    package: &str,
    interfaces: &[&str],
    version: Option<&str>,
    name: Option<&str>,
) -> Declared {
    let (namespace, package) = package.split_once(':').unwrap();
    Declared {
        namespace: namespace.to_string(),
        package: package.to_string(),
        interfaces: interfaces.iter().map(|i| (*i).to_string()).collect(),
        version: version.map(str::to_string),
        name: name.map(str::to_string),
        config: Vec::new(),
    }
}

/// Matches components, the service last if there is one.
fn matched(components: &[(&str, &str)], service: Option<&str>, declared: &[Declared]) -> Matched {
    let profile = Profile::builtin("wasmcloud-2.7").unwrap().unwrap();
    let mut files: Vec<(&str, Vec<u8>, bool)> = Vec::new();
    for (name, world) in components {
        files.push((*name, component(world), false));
    }
    if let Some(world) = service {
        files.push(("service", component(world), true));
    }
    let packages: Vec<_> = files
        .iter()
        .map(|(name, bytes, service)| (*name, Package::parse(name, bytes).unwrap(), *service))
        .collect();
    let deployed: Vec<Deployed<'_>> = packages
        .iter()
        .map(|(name, package, service)| Deployed {
            name,
            world: &package.world,
            service: *service,
        })
        .collect();
    match_declared(&profile, &deployed, declared)
}

const STORE: &str = "import wasi:keyvalue/store@0.2.0-draft;";

#[test]
fn a_declared_interface_binds_to_its_plugin() {
    let found = matched(
        &[("a", STORE)],
        None,
        &[entry("wasi:keyvalue", &["store"], None, None)],
    );
    assert_eq!(
        found.bound,
        [("a".to_string(), 0, "wasi-keyvalue".to_string())]
    );
    assert!(
        found.refused.is_empty() && found.fails_at_link.is_empty(),
        "{found:?}"
    );
}

#[test]
fn a_stated_version_meets_as_text_and_a_missing_one_meets_everything() {
    for (version, good) in [
        (None, true),
        (Some("0.2.0-draft"), true),
        (Some("0.2.0"), false),
        (Some("0.2"), false),
    ] {
        let found = matched(
            &[("a", STORE)],
            None,
            &[entry("wasi:keyvalue", &["store"], version, None)],
        );
        assert_eq!(found.refused.is_empty(), good, "{version:?}");
    }
}

#[test]
fn a_plugin_that_states_no_version_takes_every_declared_one() {
    let profile = Profile::builtin("wasmcloud-2.7").unwrap().unwrap();
    let bytes = component("import wasi:cli/stdout@0.2.0;");
    let package = Package::parse("a", &bytes).unwrap();
    let mut world = (*package.world).clone();
    let item = world.imports.get("wasi:cli/stdout@0.2.0").unwrap().clone();
    world
        .imports
        .insert("wasi:logging/logging@0.1.0-draft".to_string(), item);
    let deployed = [Deployed {
        name: "a",
        world: &world,
        service: false,
    }];
    let declared = [entry("wasi:logging", &["logging"], Some("9.9.9"), None)];
    let found = match_declared(&profile, &deployed, &declared);
    assert_eq!(found.bound.len(), 1);
    assert!(found.refused.is_empty());
}

#[test]
fn a_declaration_that_no_component_uses_is_dropped_without_a_word() {
    let declared = [
        entry("wasi:keyvalue", &["store"], None, None),
        entry("wasi:keyvalue", &["store", "batch"], None, None),
        entry("wasi:config", &["store"], None, None),
    ];
    let found = matched(&[("a", STORE)], None, &declared);
    assert_eq!(
        found.dropped,
        [1, 2],
        "one interface too many drops the whole entry"
    );
    assert!(found.refused.is_empty());
}

#[test]
fn an_import_that_is_not_declared_passes_and_fails_when_the_component_is_linked() {
    let found = matched(&[("a", STORE)], None, &[]);
    assert!(found.refused.is_empty() && found.bound.is_empty());
    let late = (
        "a".to_string(),
        "wasi:keyvalue/store@0.2.0-draft".to_string(),
    );
    assert_eq!(found.fails_at_link, [late]);
}

#[test]
fn what_is_always_there_needs_no_declaration() {
    let found = matched(&[("a", "import wasi:cli/stdout@0.2.0;")], None, &[]);
    assert!(found.fails_at_link.is_empty(), "{found:?}");
}

#[test]
fn an_interface_that_nobody_serves_is_refused_when_declared() {
    let found = matched(
        &[("a", "import acme:audit/log@0.2.0;")],
        None,
        &[entry("acme:audit", &["log"], None, None)],
    );
    assert!(
        matches!(&found.refused[..], [Refusal::NotServed { entry: 0, .. }]),
        "{found:?}"
    );
}

#[test]
fn components_meet_by_the_exact_text_of_a_version() {
    let user = "import acme:audit/log@0.1.0;";
    let found = matched(
        &[("a", user), ("b", "export acme:audit/log@0.1.0;")],
        None,
        &[],
    );
    assert_eq!(found.linked.len(), 1);
    let found = matched(
        &[("a", user), ("b", "export acme:audit/log@0.1.1;")],
        None,
        &[],
    );
    assert!(found.linked.is_empty());
    assert_eq!(found.fails_at_link.len(), 1);
}

#[test]
fn two_exporters_are_refused_even_where_a_plugin_could_serve() {
    let exporter = "export wasi:keyvalue/store@0.2.0-draft;";
    let declared = [entry("wasi:keyvalue", &["store"], None, None)];
    let found = matched(
        &[("a", STORE), ("b", exporter), ("c", exporter)],
        None,
        &declared,
    );
    assert!(
        matches!(&found.refused[..], [Refusal::TwoExporters { exporters, .. }] if exporters.len() == 2)
    );
    // Without anybody who imports it, two are fine.
    let found = matched(&[("b", exporter), ("c", exporter)], None, &[]);
    assert!(found.refused.is_empty());
}

#[test]
fn an_exporter_takes_the_place_of_a_plugin() {
    let exporter = "export wasi:keyvalue/store@0.2.0-draft;";
    let declared = [entry("wasi:keyvalue", &["store"], None, None)];
    let found = matched(&[("a", STORE), ("b", exporter)], None, &declared);
    assert_eq!(found.linked.len(), 1);
    assert!(
        !found.bound.iter().any(|(component, ..)| component == "a"),
        "{found:?}"
    );
}

#[test]
fn a_label_never_finds_another_component() {
    let user = "import primary: wasi:keyvalue/store@0.2.0-draft;";
    let exporter = "export wasi:keyvalue/store@0.2.0-draft;";
    let found = matched(&[("a", user), ("b", exporter)], None, &[]);
    assert!(found.linked.is_empty());
    assert_eq!(
        found.fails_at_link,
        [("a".to_string(), "primary".to_string())]
    );
}

#[test]
fn an_entry_with_a_name_goes_to_a_plugin_that_takes_labels() {
    let user = "import primary: wasi:keyvalue/store@0.2.0-draft;";
    let found = matched(
        &[("a", user)],
        None,
        &[entry("wasi:keyvalue", &["store"], None, Some("primary"))],
    );
    assert_eq!(found.bound[0].2, "wasi-keyvalue-multiplexed");
    assert!(found.fails_at_link.is_empty(), "{found:?}");
    let config = matched(
        &[("a", "import settings: wasi:config/store@0.2.0-rc.1;")],
        None,
        &[entry("wasi:config", &["store"], None, Some("settings"))],
    );
    assert_eq!(config.refused.len(), 1, "its plugin takes no labels");
}

#[test]
fn a_secret_with_a_label_needs_a_key_of_that_name() {
    let user = "import db-password: wasmcloud:secrets/secret@2.1.0;";
    let mut declared = entry("wasmcloud:secrets", &["secret"], None, Some("db-password"));
    let found = matched(&[("a", user)], None, std::slice::from_ref(&declared));
    assert!(
        matches!(&found.refused[..], [Refusal::Config { key, .. }] if key == "db-password"),
        "{found:?}"
    );
    declared.config.push("db-password".to_string());
    let found = matched(&[("a", user)], None, &[declared]);
    assert!(
        found.refused.is_empty() && found.fails_at_link.is_empty(),
        "{found:?}"
    );
}

#[test]
fn what_the_service_exports_is_offered_to_nobody() {
    let user = "import acme:audit/log@0.1.0;";
    let found = matched(&[("a", user)], Some("export acme:audit/log@0.1.0;"), &[]);
    assert!(found.linked.is_empty());
    let other = matched(&[("a", "export acme:audit/log@0.1.0;")], Some(user), &[]);
    assert_eq!(
        other.linked.len(),
        1,
        "the service itself may import from components"
    );
}

#[test]
fn components_that_import_from_each_other_are_refused() {
    let a = "import acme:audit/log@0.1.0; export acme:shop/stock@0.1.0;";
    let b = "import acme:shop/stock@0.1.0; export acme:audit/log@0.1.0;";
    let found = matched(&[("a", a), ("b", b)], None, &[]);
    let cycle = found.refused.iter().find_map(|refusal| match refusal {
        Refusal::Cycle(names) => Some(names.join(" ")),
        _ => None,
    });
    assert_eq!(cycle.as_deref(), Some("a b a"));
}
