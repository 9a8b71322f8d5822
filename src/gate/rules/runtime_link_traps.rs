//! `runtime-link-traps`: a call over the network whose failure traps.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::words::accept;
use crate::plan::RiskCode;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "runtime-link-traps",
    summary: "a call to another binary that traps when the network fails",
    default: Level::Warn,
    page: include_str!("../../../docs/rules/runtime-link-traps.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(plan) = inputs.plan else {
        return;
    };
    let name = component.name();
    let edges = plan.edges.iter();
    for edge in edges.filter(|edge| plan.component_of(&edge.consumer) == Some(name)) {
        let Some(risk) = edge.risks.iter().find(|risk| risk.code == RiskCode::Traps) else {
            continue;
        };
        // A function that no code calls cannot trap.
        let called = risk.functions.iter();
        let called = called.filter(|function| edge.evidence.called.contains(function));
        let called: Vec<String> = called.map(|function| format!("`{function}`")).collect();
        if called.is_empty() {
            continue;
        }
        let provider = edge
            .decision
            .target()
            .map_or("?", |target| &target.provider);
        let message = format!(
            "`{name}` calls {} of `{}` in `{provider}` over `{}`, and traps when that fails",
            called.join(", "),
            edge.import,
            edge.decision.kind(),
        );
        let subject = Subject::Import(edge.import.clone());
        let help = format!(
            "return a `result` with a transport error of the host, fuse the two with `as = \
             \"static\"`, or {}",
            accept(RULE.name, &subject.to_string()),
        );
        let at = component.text(component.declared.path.span);
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).label("this binary"));
    }
}
