//! `manifest-wrong-version`: a version in a manifest that is not the one of the binary.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::manifest::{missing, wrong};
use crate::manifest::doc::What;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-wrong-version",
    summary: "a version in a manifest that is not the one of the binary",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-wrong-version.md"),
    can_be_allowed: true,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    missing(manifest, What::Version, &RULE, found);
    wrong(manifest, |what| what == What::Version, &RULE, found);
}
