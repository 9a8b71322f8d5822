//! Whose needs they are: of each instance, and of the whole only what the host must give.

use super::says::{Says, fixtures};
use std::collections::BTreeSet;

fn says(path: &str) -> Says {
    Says::of(&std::fs::read(fixtures(path)).unwrap())
}

fn set<const N: usize>(names: [&'static str; N]) -> BTreeSet<&'static str> {
    BTreeSet::from(names)
}

/// `retail` and `wholesale` are one component. The first has the host's configuration, the
/// second that of `settings` inside.
#[test]
fn one_component_with_two_providers() {
    for file in ["bin/shop.wasm", "bin/shop-stripped.wasm"] {
        let shop = says(file);
        let id = |pricing: &str| format!("root/1/{pricing}");
        let (retail, wholesale) = (id("1"), id("2"));
        assert!(shop.keys(&retail, "config").contains("currency"), "{file}");
        assert_eq!(shop.keys(&wholesale, "config"), set([]), "{file}");
        let config = shop.need("config").unwrap();
        let of = |key: &str| -> Vec<&str> {
            let key = config.keys.iter().find(|k| k.name == key).unwrap();
            key.instances.iter().map(String::as_str).collect()
        };
        assert_eq!(of("currency"), ["root/1/1"], "{file}");
        assert_eq!(of("max-quantity"), ["root/1/3"], "{file}");
        let blamed = config.blockers.iter().map(|b| b.instance.as_str());
        assert!(!blamed.into_iter().any(|i| i == "root/1/2"), "{file}");
    }
}

/// The provider inside answers `config`, so that the whole needs none; what the provider
/// itself needs remains.
#[test]
fn a_need_that_is_met_inside_is_none_of_the_whole() {
    let inside = says("programs/bin/app-config_inside-ozlto.wasm");
    let config = inside.need("config");
    let keys = config.map_or(0, |need| need.keys.len() + need.patterns.len());
    assert_eq!(keys, 0, "{config:?}");
    assert!(inside.claims_all("config"), "{config:?}");
    assert!(inside.reports("env", "PROVIDER_DEFAULT") || !inside.claims_all("env"));
}

#[test]
fn instances_do_not_share_keys() {
    let shop = says("bin/shop.wasm");
    let expected = [
        ("root/0", "LOG_LEVEL"),
        ("root/1/3", "ORDER_PREFIX"),
        ("root/2", "AUDIT_ACTOR"),
    ];
    for (instance, own) in expected {
        let keys = shop.keys(instance, "env");
        for (_, key) in expected {
            assert_eq!(keys.contains(key), key == own, "{instance}: {keys:?}");
        }
    }
    assert_eq!(
        shop.keys("root/1/3", "secret"),
        set(["receipt-signing-key"])
    );
    assert_eq!(shop.keys("root", "secret"), set([]));
}
