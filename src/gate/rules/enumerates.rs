//! `enumerates`: a program that goes through all names.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::view::evidence;
use crate::gate::words::{accept, explain};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "enumerates",
    summary: "a program that goes through all names",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/enumerates.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for need in component.view.needs.iter().filter(|n| n.enumerates) {
        let (name, kind) = (component.name(), need.kind);
        let message = format!("`{name}` goes through all {kind} names, whatever is declared");
        let help = format!(
            "read single keys instead ({} shows where); to accept it, {}",
            explain(&component.file, kind),
            accept(RULE.name, kind),
        );
        let at = component.place_of_kind(kind);
        let finding = Finding::new(&RULE, at, Subject::Kind(kind.to_string()), message, help);
        let (instances, ways): (Vec<_>, Vec<_>) = need.enumerations.iter().copied().unzip();
        let way = ways.into_iter().min_by_key(|way| way.len());
        let mut instances: Vec<String> = instances.iter().map(ToString::to_string).collect();
        instances.dedup();
        let finding = finding.of(name).within(instances);
        found.push(finding.because(evidence(way.unwrap_or_default())));
    }
}
