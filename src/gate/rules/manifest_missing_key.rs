//! `manifest-missing-key`: a key that a component reads and a manifest does not have.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::manifest::missing;
use crate::manifest::doc::What;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-missing-key",
    summary: "a key that a component reads and a manifest does not have",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-missing-key.md"),
    can_be_allowed: true,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    missing(manifest, What::Key, &RULE, found);
}
