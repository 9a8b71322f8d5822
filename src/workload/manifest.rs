//! `[[manifest]]`: which manifests are written from the workload.

use super::compose::required;
use super::read::{Problems, Table};
use crate::base::{ByteRange, Spanned};

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
}

impl ManifestTarget {
    pub(super) fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<ManifestTarget> {
        let span = table.span();
        let target = required(&mut table, "target", problems);
        let out = table.get("out").and_then(|out| out.text(problems));
        let profile = table.get("profile").and_then(|name| name.text(problems));
        table.finish(problems);
        Some(ManifestTarget {
            span,
            target: target?,
            out,
            profile,
        })
    }
}
