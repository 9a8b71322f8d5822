//! The rules, one file each. A rule, its page in `docs/rules/` and its cases in
//! `tests/cli/rules/` have one name.

mod ambiguous_provider;
mod denied_host;
mod denied_interface;
mod enumerates;
mod expired_allowance;
mod host_cannot_provide;
mod manifest_differs;
mod manifest_host_not_allowed;
mod manifest_inline_secret;
mod manifest_missing_key;
mod manifest_stale_entry;
mod manifest_undeclared_interface;
mod manifest_wrong_version;
mod missing_required_config;
mod new_since_lock;
mod order_violated;
mod runtime_link_traps;
mod secret_as_env;
mod secret_in_config;
mod stale_allowance;
mod stale_declaration;
mod unanalysed_module;
mod undeclared_import;
mod undeclared_key;
mod unknown_key;
mod unused_import;
mod version_mismatch;
mod weaker_since_lock;

use super::allow::{Day, Use};
use super::finding::Finding;
use super::inputs::{Checked, Inputs};
use super::level::{Level, UnknownRule};
use super::manifest::Manifested;
use crate::workload::read::did_you_mean;
use std::fmt;

/// One question that the gate asks.
pub struct Rule {
    /// Its name, everywhere.
    pub name: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its level when nobody says another.
    pub default: Level,
    /// Its page, in Markdown.
    pub page: &'static str,
    /// Whether an allowance can take its findings out of the count.
    pub can_be_allowed: bool,
    /// How it looks.
    pub(super) look: Look,
}

impl Rule {
    /// Whether it looks at manifests, and its findings can be allowed: then `check`, which sees
    /// none, cannot say whether an allowance of it is needed.
    pub(super) fn is_allowed_of_manifests(&self) -> bool {
        matches!(self.look, Look::Manifest(_)) && self.can_be_allowed
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.name)
    }
}

/// What a rule looks at.
pub(super) enum Look {
    /// One component at a time.
    Component(fn(&Inputs<'_>, &Checked<'_>, &mut Vec<Finding>)),
    /// A manifest, when one is checked.
    Manifest(fn(&Manifested<'_>, &mut Vec<Finding>)),
    /// The allowances of the policy, after all other rules.
    Allowances(fn(&Day, &[Use<'_>], &mut Vec<Finding>)),
}

/// The registry.
static RULES: &[&Rule] = &[
    &undeclared_key::RULE,
    &undeclared_import::RULE,
    &unknown_key::RULE,
    &enumerates::RULE,
    &stale_declaration::RULE,
    &stale_allowance::RULE,
    &expired_allowance::RULE,
    &new_since_lock::RULE,
    &weaker_since_lock::RULE,
    &denied_interface::RULE,
    &denied_host::RULE,
    &secret_as_env::RULE,
    &secret_in_config::RULE,
    &host_cannot_provide::RULE,
    &runtime_link_traps::RULE,
    &missing_required_config::RULE,
    &unused_import::RULE,
    &unanalysed_module::RULE,
    &order_violated::RULE,
    &ambiguous_provider::RULE,
    &version_mismatch::RULE,
    &manifest_missing_key::RULE,
    &manifest_undeclared_interface::RULE,
    &manifest_wrong_version::RULE,
    &manifest_host_not_allowed::RULE,
    &manifest_stale_entry::RULE,
    &manifest_inline_secret::RULE,
    &manifest_differs::RULE,
];

/// Every rule, in the order of `gusset rules`.
pub fn rules() -> &'static [&'static Rule] {
    RULES
}

/// The rule of a name.
///
/// # Errors
/// When no rule has this name.
pub fn find(name: &str) -> Result<&'static Rule, UnknownRule> {
    let rule = rules().iter().find(|rule| rule.name == name).copied();
    rule.ok_or_else(|| UnknownRule {
        name: name.to_string(),
        closest: did_you_mean(name, rules().iter().map(|rule| rule.name)),
    })
}
