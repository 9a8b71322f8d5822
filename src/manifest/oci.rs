//! What a registry says of each component: annotations, and the config of the image
//! (`application/vnd.wasm.config.v0+json`, CNCF TAG Runtime, "Wasm OCI Artifact").

use super::model::{Component, Model};
use super::out::Written;
use serde::Serialize;
use std::collections::BTreeMap;

/// The document.
#[derive(Debug, Serialize)]
struct Oci<'m> {
    schema: &'static str,
    components: Vec<Artifact<'m>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact<'m> {
    name: &'m str,
    /// Where it is published, when `gusset.toml` says so.
    reference: Option<String>,
    file: &'m str,
    /// SHA-256 of the file without custom sections; not that of the layer.
    content_digest: &'m str,
    annotations: BTreeMap<String, &'m str>,
    config_media_type: &'static str,
    config: Config<'m>,
    layer_media_type: &'static str,
}

/// The config without `created` and `layerDigests`: whoever pushes knows them.
#[derive(Debug, Serialize)]
struct Config<'m> {
    architecture: &'static str,
    os: &'static str,
    component: World<'m>,
}

#[derive(Debug, Serialize)]
struct World<'m> {
    exports: Vec<&'m str>,
    imports: Vec<&'m str>,
    target: Option<String>,
}

/// The document of a workload.
pub(super) fn write(model: &Model) -> (Written, String) {
    let components = model.components.iter().map(artifact);
    let document = Oci {
        schema: "gusset.oci/1",
        components: components.collect(),
    };
    // Strings and maps of strings: nothing that could fail.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    (Written::default(), format!("{text}\n"))
}

fn artifact(component: &Component) -> Artifact<'_> {
    let mut annotations: BTreeMap<String, &str> = BTreeMap::new();
    // The sections of a published binary have the names of the annotations (wasm-metadata,
    // "OCI annotations").
    for (section, text) in &component.annotations {
        annotations.insert(format!("org.opencontainers.image.{section}"), text);
    }
    let title = "org.opencontainers.image.title".to_string();
    annotations.entry(title).or_insert(&component.name);
    Artifact {
        name: &component.name,
        reference: component.reference(),
        file: &component.path,
        content_digest: &component.digest,
        annotations,
        config_media_type: "application/vnd.wasm.config.v0+json",
        config: Config {
            architecture: "wasm",
            // Components; core modules of preview 1 have no manifest.
            os: "wasip2",
            component: World {
                exports: component.exports.iter().map(|p| p.name.as_str()).collect(),
                imports: component.imports.iter().map(|p| p.name.as_str()).collect(),
                target: None,
            },
        },
        layer_media_type: "application/wasm",
    }
}
