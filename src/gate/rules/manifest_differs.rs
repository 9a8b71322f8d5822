//! `manifest-differs`: a manifest that says something else than the binaries and the workload.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::manifest::{missing, shape, wrong};
use crate::manifest::doc::What;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-differs",
    summary: "a manifest that says something else than the binaries and the workload",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-differs.md"),
    can_be_allowed: true,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    missing(manifest, What::Shape, &RULE, found);
    wrong(manifest, |what| what != What::Version, &RULE, found);
    shape(manifest, &RULE, found);
}
