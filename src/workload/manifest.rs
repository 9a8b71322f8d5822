//! `[[manifest]]`: which manifests are written from the workload.

use super::compose::required;
use super::read::{Problems, Table};
use crate::base::{ByteRange, Spanned};
use std::collections::BTreeMap;

/// A manifest to write or to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestTarget {
    /// The header of the table.
    pub span: ByteRange,
    /// The kind of manifest: `wasmcloud`, `spin`. Which ones exist is for the layer that
    /// writes them to say.
    pub target: Spanned<String>,
    /// Where it is written, relative to the file; standard output without.
    pub out: Option<Spanned<String>>,
    /// The host profile it is for; that of the workload without.
    pub profile: Option<Spanned<String>>,
    /// The component that runs beside the others, where several could.
    pub service: Option<Spanned<String>>,
    /// The object that holds the secrets.
    pub secret: Option<Spanned<String>>,
    /// Objects that hold configuration; without any, values stand in the manifest.
    pub config_maps: Vec<Spanned<String>>,
    /// Where binaries are published, by name: those of a link plan, which are others than the
    /// components that they are made of.
    pub images: BTreeMap<String, Spanned<String>>,
    /// Values, by kind of resource and key. None of them is a secret, which the layer above
    /// sees to.
    pub values: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
}

impl ManifestTarget {
    pub(super) fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<ManifestTarget> {
        let span = table.span();
        let target = required(&mut table, "target", problems);
        let out = table.get("out").and_then(|out| out.text(problems));
        let profile = table.get("profile").and_then(|name| name.text(problems));
        let service = table.get("service").and_then(|name| name.text(problems));
        let secret = table.get("secret").and_then(|name| name.text(problems));
        let config_maps = table.get("config-maps");
        let config_maps = config_maps.map(|list| list.strings(problems));
        let images = table
            .get("images")
            .and_then(|images| images.table(problems));
        let images = images.map(|images| texts(&images, problems));
        let values = table.get("values").and_then(|v| v.table(problems));
        let values = values.map(|values| read_values(&values, problems));
        table.finish(problems);
        Some(ManifestTarget {
            span,
            target: target?,
            out,
            profile,
            service,
            secret,
            config_maps: config_maps.unwrap_or_default(),
            images: images.unwrap_or_default(),
            values: values.unwrap_or_default(),
        })
    }
}

/// `[manifest.values.KIND]`
fn read_values(
    table: &Table<'_>,
    problems: &mut Problems,
) -> BTreeMap<String, BTreeMap<String, Spanned<String>>> {
    let mut values = BTreeMap::new();
    for kind in table.entries() {
        let Some(of_kind) = kind.table(problems) else {
            continue;
        };
        values.insert(kind.key().value.clone(), texts(&of_kind, problems));
    }
    values
}

/// Texts by key.
fn texts(table: &Table<'_>, problems: &mut Problems) -> BTreeMap<String, Spanned<String>> {
    let entries = table.entries();
    let entries = entries.iter().filter_map(|value| {
        let text = value.string(problems)?;
        Some((value.key().value.clone(), text))
    });
    entries.collect()
}
