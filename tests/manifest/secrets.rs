//! Values of secrets: none is written, none is shown, one that is given is refused.

use super::{MIXED, READ_BACK, SHOP, source};
use gusset::manifest::{Change, Model, ModelError, Settings, Source, Target};
use std::collections::BTreeMap;

const CANARY: &str = "hunter2-do-not-show";

fn values(kind: &str, key: &str) -> Settings {
    let of_kind = BTreeMap::from([(key.to_string(), CANARY.to_string())]);
    Settings {
        values: BTreeMap::from([(kind.to_string(), of_kind)]),
        ..Settings::default()
    }
}

#[test]
fn a_value_for_a_secret_is_refused_under_every_kind() {
    for (fixture, key) in [
        // Found: read through an interface for secrets.
        (&*SHOP, "jwt-signing-key"),
        // Declared, and read as configuration or from the environment.
        (&*SHOP, "cleanup-token"),
        (&*MIXED, "DATABASE_URL"),
    ] {
        for kind in ["env", "config", "secret", "variable"] {
            let components = fixture.workload.components.iter().zip(&fixture.facts);
            let sources = components.map(|(component, facts)| Source {
                name: &component.name.value,
                path: &component.path.value,
                facts,
                declared: Some(component),
                annotations: &[],
            });
            let sources: Vec<Source<'_>> = sources.collect();
            let error =
                Model::new(&sources, Some(&fixture.workload), values(kind, key)).unwrap_err();
            assert!(matches!(&error, ModelError::SecretValue { key: named, .. } if named == key));
            assert!(!format!("{error} {error:?}").contains(CANARY));
        }
    }
}

#[test]
fn other_values_are_written_and_secrets_are_named_without_one() {
    let manifest = SHOP.manifest_with(Target::Wasmcloud, values("config", "greeting"));
    assert!(manifest.text().contains(&format!("greeting: {CANARY}")));
    for target in Target::ALL {
        let text = SHOP.manifest(target).text().to_string();
        for key in ["jwt-signing-key", "cleanup-token"] {
            for line in text
                .lines()
                .filter(|line| line.contains(&format!("{key}:")))
            {
                assert!(line.contains(&format!("{key}: \"\"")), "{target}: {line}");
            }
        }
    }
}

#[test]
fn a_value_in_a_file_is_found_masked_and_taken_out() {
    let manifest = SHOP.manifest(Target::Wasmcloud);
    let text = manifest.text().replace(
        "            interval: \"\"",
        &format!("            cleanup-token: \"{CANARY}\"\n            interval: \"\""),
    );
    assert!(text.contains(CANARY));
    let comparison = manifest.compare(&source(&text)).unwrap();
    let [difference] = comparison.differences.as_slice() else {
        panic!("{comparison:?}");
    };
    assert!(matches!(&difference.change, Change::Secret { name, .. } if name == "cleanup-token"));
    assert!(!comparison.shown.text().contains(CANARY));
    assert_eq!(comparison.shown.text().len(), text.len());
    let updated = manifest.update(&source(&text)).unwrap();
    assert!(!updated.contains(CANARY));
    assert_eq!(updated, manifest.text());
}

#[test]
fn objects_of_the_kind_secret_are_never_shown() {
    let manifest = SHOP.manifest(Target::Configmap);
    let filled = manifest.text().replace(
        "jwt-signing-key: \"\"",
        &format!("jwt-signing-key: {CANARY}"),
    );
    let comparison = manifest.compare(&source(&filled)).unwrap();
    assert!(filled.contains(CANARY) && !comparison.shown.text().contains(CANARY));
    assert!(comparison.differences.is_empty());
}

#[test]
fn a_dotenv_file_has_no_value_of_a_secret() {
    let manifest = MIXED.manifest(Target::Dotenv);
    let filled = manifest
        .text()
        .replace("DATABASE_URL=", &format!("DATABASE_URL=\"{CANARY}\""));
    let comparison = manifest.compare(&source(&filled)).unwrap();
    assert_eq!(comparison.differences.len(), 1);
    assert!(!comparison.shown.text().contains(CANARY));
    assert!(!manifest.update(&source(&filled)).unwrap().contains(CANARY));
}

#[test]
fn nothing_is_written_twice_the_same_way_but_equal() {
    for fixture in [&*SHOP, &*MIXED] {
        for target in READ_BACK {
            assert_eq!(
                fixture.manifest(target).text(),
                fixture.manifest(target).text()
            );
        }
    }
}
