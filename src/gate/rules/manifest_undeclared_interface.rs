//! `manifest-undeclared-interface`: an interface that a component uses and a manifest does not declare.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::manifest::missing;
use crate::manifest::doc::What;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-undeclared-interface",
    summary: "an interface that a component uses and a manifest does not declare",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-undeclared-interface.md"),
    can_be_allowed: true,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    missing(manifest, What::Interface, &RULE, found);
}
