//! `manifest-inline-secret`: the value of a secret in a manifest.

use super::{Finding, Level, Look, Manifested, Rule};
use crate::gate::finding::Subject;
use crate::manifest::Change;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "manifest-inline-secret",
    summary: "the value of a secret in a manifest",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/manifest-inline-secret.md"),
    can_be_allowed: false,
    look: Look::Manifest(look),
};

fn look(manifest: &Manifested<'_>, found: &mut Vec<Finding>) {
    for difference in manifest.differences {
        let Change::Secret { name, of } = &difference.change else {
            continue;
        };
        let message = format!("the manifest has a value for `{name}`, which is a secret");
        let help = "take the value out, put it into the store of secrets, and change it: whoever \
                    has read this file knows it";
        let subject = Subject::key(&of.kind, name);
        let mut finding = Finding::new(&RULE, manifest.at(difference.span), subject, message, help);
        finding.component = of.component.clone();
        found.push(finding);
    }
}
