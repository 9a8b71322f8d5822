//! `ambiguous-provider`: an import that several components of the workload could provide.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::toml_string;
use crate::gate::finding::Subject;
use crate::gate::words::accept;
use crate::workload::profile::{Answer, Several};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "ambiguous-provider",
    summary: "an import that several components could provide, or an export that several offer to a host that calls one",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/ambiguous-provider.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    of_host(inputs, component, found);
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

/// An export that several binaries offer to a host that calls one of them.
fn of_host(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let (Some(profile), Some(plan)) = (inputs.profile, inputs.plan) else {
        return;
    };
    let name = component.name();
    let Some(own) = plan.groups.iter().find(|group| group.name == name) else {
        return;
    };
    for export in own.exports.iter().filter(|export| export.called_by_host) {
        let Answer::Yes(row, _) = profile.export(&export.name, None) else {
            continue;
        };
        let offers = plan.groups.iter().filter(|group| {
            let mut exports = group.exports.iter();
            exports.any(|other| other.called_by_host && other.name == export.name)
        });
        let names: Vec<&str> = offers.map(|group| group.name.as_str()).collect();
        let what = match (row.several, names.as_slice()) {
            (Several::Each, _) | (_, [] | [_]) => continue,
            (Several::First, [first, ..]) if *first == name => continue,
            (Several::First, [first, ..]) => format!("calls `{first}` alone"),
            (Several::Refused, _) => "calls one of them".to_string(),
        };
        let others: Vec<String> = names
            .iter()
            .filter(|other| **other != name)
            .map(|other| format!("`{other}`"))
            .collect();
        let message = format!(
            "`{name}` exports `{}` as {} does, and `{}` {what}",
            export.name,
            others.join(" and "),
            profile.name
        );
        let subject = Subject::Component(name.to_string());
        let help = format!(
            "put `[[route]]` into the workload, deploy them as workloads of their own, or {}",
            accept(RULE.name, &subject.to_string()),
        );
        let at = component.text(component.declared.path.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).label("this binary"));
    }
}
