//! `undeclared-import`: an import that is not on the list of the component.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::toml_string;
use crate::gate::finding::Subject;
use crate::gate::view::remark;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "undeclared-import",
    summary: "an import that is not on the list of the component",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/undeclared-import.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(list) = &component.declared.imports else {
        return;
    };
    for import in component.view.authorities() {
        if list.value.iter().any(|p| p.value.matches(&import.name)) {
            continue;
        }
        let name = component.name();
        let message = format!(
            "`{name}` imports `{}`, which is not declared{}",
            import.name,
            remark(import)
        );
        let help = format!("add `{}` to this list", toml_string(&import.name));
        let subject = Subject::Import(import.name.clone());
        let at = component.text(list.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).label("not in this list"));
    }
}
