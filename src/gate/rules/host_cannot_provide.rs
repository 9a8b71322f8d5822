//! `host-cannot-provide`: an import that nobody provides on the host.

use super::version_mismatch::on_host;
use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::words::accept;
use crate::plan::{Decision, ReasonCode};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "host-cannot-provide",
    summary: "an import that neither the host of the profile nor a component provides",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/host-cannot-provide.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(plan) = inputs.plan else {
        return;
    };
    let name = component.name();
    for edge in plan.edges.iter().filter(|edge| {
        plan.component_of(&edge.consumer) == Some(name)
            && edge.decision == Decision::Unsatisfied
            && edge.reason.code != ReasonCode::Ambiguous
            // What is there in another version is said by `version-mismatch`.
            && inputs.profile.is_none_or(|profile| on_host(profile, edge).is_none())
    }) {
        let message = format!(
            "`{name}` imports `{}`, which nobody provides on `{}`: {}",
            edge.import, plan.profile, edge.reason.text
        );
        let subject = Subject::Import(edge.import.clone());
        let help = format!(
            "add a component that exports it, or build against what the host has (`gusset \
             profile show {}`); {}",
            plan.profile,
            accept(RULE.name, &subject.to_string()),
        );
        let at = component.text(component.declared.path.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        let sure = !edge.evidence.called.is_empty();
        found.push(finding.of(name).label("this binary").sure(sure));
    }
}
