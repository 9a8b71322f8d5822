//! `unknown-key`: a call whose key could not be found out.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::view::Need;
use crate::gate::view::evidence;
use crate::gate::words::{accept, explain};
use crate::needs::{Verdict, phrase};
use crate::workload::Require;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unknown-key",
    summary: "a call whose key could not be found out",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/unknown-key.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let complete = inputs.require == Some(Require::Complete);
    for need in &component.view.needs {
        let message = match need.verdict {
            Verdict::Open => open(component, need),
            Verdict::Bounded if complete => bounded(component, need),
            _ => continue,
        };
        found.push(finding(component, need, message));
    }
}

fn open(component: &Checked<'_>, need: &Need) -> String {
    let (name, kind) = (component.name(), need.kind);
    let first = need.blockers.first().map(|b| phrase(b.reason));
    let reason = first.map(|r| format!(": {r}")).unwrap_or_default();
    let more = match need.blockers.len() {
        0 | 1 => String::new(),
        2 => ", and 1 more gap".to_string(),
        n => format!(", and {} more gaps", n - 1),
    };
    format!("not all {kind} keys of `{name}` could be found out{reason}{more}")
}

fn bounded(component: &Checked<'_>, need: &Need) -> String {
    let (name, kind) = (component.name(), need.kind);
    let patterns = need.patterns.iter().map(|p| format!("`{}`", p.name));
    let patterns: Vec<String> = patterns.collect();
    let patterns = patterns.join(", ");
    format!("{kind} keys of `{name}` are known only as {patterns}, and complete is required")
}

fn finding(component: &Checked<'_>, need: &Need, message: String) -> Finding {
    let kind = need.kind;
    let help = format!(
        "run {} to see the calls; to accept them, {}",
        explain(&component.file, kind),
        accept(RULE.name, kind),
    );
    let at = component.place_of_kind(kind);
    let subject = Subject::Kind(kind.to_string());
    let gaps = need.blockers.iter().map(|b| b.instance.to_string());
    let patterns = need.patterns.iter().flat_map(|p| p.instances());
    let mut instances: Vec<String> = gaps.chain(patterns).collect();
    instances.sort();
    instances.dedup();
    let way = match need.blockers.first() {
        Some(blocker) => evidence(blocker.trail),
        None => need
            .patterns
            .first()
            .map(|p| p.evidence())
            .unwrap_or_default(),
    };
    Finding::new(&RULE, at, subject, message, help)
        .of(component.name())
        .within(instances)
        .because(way)
}
