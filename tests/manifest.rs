//! Manifests: what is written is read back, what is missing is named, and nothing that a person
//! wrote is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failed step fails the test.

#[path = "manifest/edits.rs"]
mod edits;
#[path = "manifest/round_trip.rs"]
mod round_trip;
#[path = "manifest/schema.rs"]
mod schema;
#[path = "manifest/secrets.rs"]
mod secrets;
#[path = "manifest/yaml.rs"]
mod yaml;

use gusset::base::SourceFile;
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::lock::Facts;
use gusset::manifest::{Manifest, Model, Settings, Source, Target};
use gusset::workload::{Profile, Workload};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Targets that are read back.
const READ_BACK: [Target; 6] = [
    Target::Wasmcloud,
    Target::Wash,
    Target::Spin,
    Target::Wadm,
    Target::Dotenv,
    Target::Configmap,
];

/// A workload with the facts about its components.
struct Fixture {
    workload: Workload,
    facts: Vec<Facts>,
}

/// The workload of `fixtures/manifest`: an http api, a worker and a service.
static SHOP: LazyLock<Fixture> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifest");
    let text = std::fs::read_to_string(folder.join("gusset.toml")).unwrap();
    fixture(&text, &folder)
});

/// Components of the other fixtures, which have environment, hosts, files and labels.
static MIXED: LazyLock<Fixture> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bin");
    let text = r#"
[workload]
name = "mixed"

[components.gateway]
path = "gateway.wasm"
image = "registry.example.com/gateway:1"
digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

[components.orders]
path = "orders.wasm"

[components.pricing]
path = "pricing.wasm"

[components.labels]
path = "labels.wasm"

[components.env]
path = "std-env.wasm"
needs.secret = ["DATABASE_URL"]
"#;
    fixture(text, &folder)
});

fn fixture(text: &str, folder: &Path) -> Fixture {
    let source = Arc::new(SourceFile::new("gusset.toml", text));
    let workload = Workload::parse(&source).unwrap();
    let catalogue = Catalogue::builtin().unwrap();
    let facts = workload.components.iter().map(|component| {
        let bytes = wat::parse_file(folder.join(&component.path.value)).unwrap();
        Facts::of(&Binary::parse(&bytes).unwrap(), &catalogue)
    });
    Fixture {
        facts: facts.collect(),
        workload,
    }
}

impl Fixture {
    fn model(&self, settings: Settings) -> Model {
        let components = self.workload.components.iter().zip(&self.facts);
        let sources = components.map(|(component, facts)| Source {
            name: &component.name.value,
            path: &component.path.value,
            facts,
            declared: Some(component),
            annotations: &[],
        });
        let sources: Vec<Source<'_>> = sources.collect();
        Model::new(&sources, Some(&self.workload), settings).unwrap()
    }

    fn manifest(&self, target: Target) -> Manifest {
        self.manifest_with(target, Settings::default())
    }

    fn manifest_with(&self, target: Target, settings: Settings) -> Manifest {
        let profile = Profile::builtin(target.profile()).unwrap().unwrap();
        Manifest::new(target, &self.model(settings), &profile).unwrap()
    }
}

fn source(text: &str) -> SourceFile {
    SourceFile::new("manifest", text)
}

#[test]
fn the_readme_shows_what_is_printed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let printed = read("tests/cli/manifest/readme.stdout");
    let (_, document) = printed.split_once("\n\n").unwrap();
    assert!(
        read("README.md").contains(document.trim_end()),
        "{document}"
    );
}
