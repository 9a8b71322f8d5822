//! `denied-interface`: an import that the policy forbids.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::view::remark;
use crate::workload::Denied;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "denied-interface",
    summary: "an import that the policy forbids",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/denied-interface.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let name = component.name();
    for (denial, policy) in inputs.denials(name) {
        let Denied::Interface(pattern) = &denial.what else {
            continue;
        };
        let why = denial.reason.as_ref().map(|r| format!(": {r}"));
        let why = why.unwrap_or_default();
        for import in component.view.authorities() {
            if !pattern.value.matches(&import.name) {
                continue;
            }
            let message = format!(
                "`{name}` imports `{}`{}, which the policy forbids{why}",
                import.name,
                remark(import),
            );
            let help = format!(
                "build it without this import; `{}` is denied at {}",
                pattern.value,
                policy.source.place(pattern.span),
            );
            let subject = Subject::Import(import.name.clone());
            let at = component.text(component.declared.path.span);
            let finding = Finding::new(&RULE, at, subject, message, help);
            found.push(finding.of(name).label("this binary"));
        }
    }
}
