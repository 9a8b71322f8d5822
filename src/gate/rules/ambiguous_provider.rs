//! `ambiguous-provider`: an import that several components of the workload could provide.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::toml_string;
use crate::gate::finding::Subject;
use crate::gate::words::accept;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ambiguous-provider",
    summary: "an import that several components export, and nothing says which is meant",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/ambiguous-provider.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let name = component.name();
    for open in inputs.open_imports(component) {
        let providers = inputs.exporters(&open, component, |export| open.same_track(export));
        let [first, _, ..] = providers.as_slice() else {
            continue;
        };
        let import = &open.import.name;
        let names: Vec<&str> = providers.iter().map(|(name, _)| *name).collect();
        let message = format!(
            "`{name}` imports `{import}`, and {} components export it: {}",
            names.len(),
            names.join(", ")
        );
        let subject = Subject::Import(import.clone());
        let help = format!(
            "say which one: `[[link]]` with consumer = {}, import = {}, provider = {}; to accept \
             it, {}",
            toml_string(name),
            toml_string(import),
            toml_string(first.0),
            accept(RULE.name, &subject.to_string()),
        );
        let at = component.text(component.declared.path.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).label("this binary"));
    }
}
