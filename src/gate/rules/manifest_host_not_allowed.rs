//! `manifest-host-not-allowed`: a host that a component calls and a manifest does not allow.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::manifest::missing;
use crate::manifest::doc::What;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-host-not-allowed",
    summary: "a host that a component calls and a manifest does not allow",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-host-not-allowed.md"),
    can_be_allowed: true,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    missing(manifest, What::Host, &RULE, found);
}
