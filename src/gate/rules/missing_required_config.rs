//! `missing-required-config`: a key without a value.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::words::{accept, explain};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "missing-required-config",
    summary: "a key that the binary reads and the file of values does not have",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/missing-required-config.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

/// Kinds whose keys have values.
const KINDS: [&str; 3] = ["env", "config", "secret"];

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(values) = inputs.values else {
        return;
    };
    let name = component.name();
    for need in KINDS.iter().filter_map(|kind| component.view.need(kind)) {
        let kind = need.kind;
        // A key that only may be read may be none, and a runtime has its own defaults.
        for key in need.keys.iter().filter(|key| key.exact && !key.runtime) {
            if values.has(kind, key.name) {
                continue;
            }
            let subject = Subject::key(kind, key.name);
            let message = format!(
                "`{name}` reads {kind} `{}`, and `{}` has no value for it",
                key.name, values.file
            );
            let help = format!(
                "add it to `{}`; {} shows where it is read; if it may be missing, {}",
                values.file,
                explain(&component.file, &subject.to_string()),
                accept(RULE.name, &subject.to_string()),
            );
            let at = component.place_of_key(kind, key.name);
            let finding = Finding::new(&RULE, at, subject, message, help)
                .of(name)
                .within(key.instances());
            found.push(finding.because(key.evidence()));
        }
    }
}
