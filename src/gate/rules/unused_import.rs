//! `unused-import`: an import that nothing in the binary can call.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unused-import",
    summary: "an import that nothing in the binary can call",
    default: Level::Allow,
    page: include_str!("../../../docs/rules/unused-import.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for import in component.view.authorities().filter(|i| !i.used) {
        let name = component.name();
        let message = format!("`{name}` imports `{}`, but nothing calls it", import.name);
        let help = "build it without this import, or virtualize it away with `gusset virt`";
        let subject = Subject::Import(import.name.clone());
        let at = component.text(component.declared.path.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).label("this binary"));
    }
}
