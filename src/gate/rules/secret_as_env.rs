//! `secret-as-env`: a declared secret that is read as a plain value.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::words::explain;

/// Kinds that hand out plain values.
const PLAIN: [&str; 3] = ["env", "config", "variable"];

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "secret-as-env",
    summary: "a declared secret that is read as a plain value",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/secret-as-env.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let name = component.name();
    for need in PLAIN.iter().filter_map(|kind| component.view.need(kind)) {
        let kind = need.kind;
        for key in &need.keys {
            let Some((owner, span)) = inputs.secret(key.name) else {
                continue;
            };
            let verb = if key.exact { "reads" } else { "may read" };
            let message = format!(
                "`{name}` {verb} `{}` as {kind}, and `{owner}` declares it as a secret",
                key.name
            );
            let subject = Subject::key(kind, key.name);
            let help = format!(
                "read it through a secrets interface ({} shows where it is read), or declare \
                 it as {kind}",
                explain(&component.file, &format!("{kind}:{}", key.name)),
            );
            let finding = Finding::new(&RULE, inputs.text(span), subject, message, help)
                .of(name)
                .label("declared as a secret here")
                .sure(key.exact)
                .within(key.instances())
                .because(key.evidence());
            found.push(finding);
        }
    }
}
