//! Updates of files in forms that people write.

use super::{MIXED, SHOP, source};
use gusset::manifest::{Manifest, Target};

fn updated(manifest: &Manifest, text: &str) -> String {
    let updated = manifest
        .update(&source(text))
        .unwrap_or_else(|e| panic!("{e}\n{text}"));
    let comparison = manifest.compare(&source(&updated)).unwrap();
    assert!(
        comparison.differences.is_empty(),
        "{comparison:?}\n{updated}"
    );
    assert_eq!(manifest.update(&source(&updated)).unwrap(), updated);
    updated
}

#[test]
fn a_deployment_that_a_person_began_is_completed() {
    let manifest = SHOP.manifest(Target::Wasmcloud);
    let text = r#"# Ours. Ask ops before you change replicas.
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: WorkloadDeployment
metadata:
  name: our-shop   # not the name of the workload
  labels: {team: shop, "on": "yes"}
spec:
  replicas: 3
  template:
    spec:
      hostSelector: {hostgroup: default}
      components:
      # the front door
      - name: api
        poolSize: 2
        image: "registry.example.com/shop/api:1.4.0"   # pinned
        localResources:
          config: {greeting: "Hello: you", left-over: x}
      hostInterfaces: []
---
apiVersion: v1
kind: Service
metadata:
  name: our-shop
"#;
    let updated = updated(&manifest, text);
    for kept in [
        "# Ours. Ask ops before you change replicas.",
        "  name: our-shop   # not the name of the workload",
        "  labels: {team: shop, \"on\": \"yes\"}",
        "  replicas: 3",
        "      # the front door",
        "        poolSize: 2",
        "   # pinned",
        "greeting: \"Hello: you\"",
        "kind: Service",
    ] {
        assert!(updated.contains(kept), "{kept}\n{updated}");
    }
    assert!(!updated.contains("left-over"), "{updated}");
}

#[test]
fn a_spin_manifest_keeps_comments_and_order() {
    let manifest = MIXED.manifest(Target::Spin);
    let text = r#"# our application
spin_manifest_version = 2

[application]
name = "ours"
authors = ["us"]

[component.gateway]   # the front door
source = { url = "https://example.com/gateway.wasm", digest = "sha256:00" }
allowed_outbound_hosts = [
    "https://payments.example.com", # ours
    "https://old.example.com",
]

[component.gateway.build]
command = "make"
"#;
    let updated = manifest.update(&source(text));
    // `source` is a table where a path is expected: it is the person's, and nothing derived.
    let updated = updated.unwrap_or_else(|e| panic!("{e}"));
    for kept in [
        "# our application",
        "authors = [\"us\"]",
        "[component.gateway]   # the front door",
        "\"https://payments.example.com\", # ours",
        "[component.gateway.build]",
    ] {
        assert!(updated.contains(kept), "{kept}\n{updated}");
    }
    let comparison = manifest.compare(&source(&updated)).unwrap();
    assert!(
        comparison.differences.is_empty(),
        "{comparison:?}\n{updated}"
    );
}

#[test]
fn names_are_added_to_an_environment_file_and_taken_out() {
    let manifest = MIXED.manifest(Target::Dotenv);
    let text = "# ours\nexport REGION='eu 1' # where\nOLD=1\n";
    let updated = updated(&manifest, text);
    assert!(
        updated.starts_with("# ours\nexport REGION='eu 1' # where\n"),
        "{updated}"
    );
    assert!(!updated.contains("OLD"), "{updated}");
}

#[test]
fn what_cannot_be_changed_safely_is_refused() {
    let manifest = SHOP.manifest(Target::Wasmcloud);
    let text = "apiVersion: runtime.wasmcloud.dev/v1alpha1\nkind: WorkloadDeployment\nmetadata: {name: a}\nspec: text\n";
    let error = manifest.update(&source(text)).unwrap_err();
    assert!(error.to_string().contains("cannot be changed"), "{error}");
    for garbage in [
        "",
        "a",
        "[",
        "kind: Other\n",
        "\u{0}",
        "a: b: c\n",
        "- - -\n",
        "{{{{{{{",
    ] {
        assert!(manifest.update(&source(garbage)).is_err(), "{garbage:?}");
    }
}

/// A manifest cut off anywhere is an error or is completed; never a panic.
#[test]
fn truncated_manifests_never_panic() {
    for target in super::READ_BACK {
        let manifest = MIXED.manifest(target);
        let text = manifest.text();
        for end in (0..text.len())
            .step_by(37)
            .filter(|end| text.is_char_boundary(*end))
        {
            let source = source(&text[..end]);
            if manifest.compare(&source).is_ok()
                && let Ok(updated) = manifest.update(&source)
            {
                let again = super::source(&updated);
                assert!(manifest.compare(&again).unwrap().differences.is_empty());
            }
        }
    }
}
