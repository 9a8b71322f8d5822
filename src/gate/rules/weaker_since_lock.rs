//! `weaker-since-lock`: less is proven than when the lock was written.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::{Location, Subject};
use crate::gate::view::evidence;
use crate::gate::words::explain;
use crate::lock::{Change, ComponentDiff, What};
use crate::needs::phrase;
use std::collections::BTreeMap;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "weaker-since-lock",
    summary: "less is proven than when `gusset.lock` was written",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/weaker-since-lock.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(file) = inputs.lock else {
        return;
    };
    let name = component.name();
    let Some(before) = file.lock.components.get(name) else {
        return;
    };
    let now = component.entry();
    let diff = ComponentDiff::between(name, Some(before), Some(&now));
    let mut by_kind: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &diff.weaker {
        if let Some(kind) = change.what.kind() {
            by_kind.entry(kind).or_default().push(change);
        }
    }
    for (kind, changes) in by_kind {
        let Some(message) = message(name, kind, &changes) else {
            continue;
        };
        let help = format!(
            "run {} to see the calls; if this is right, run `gusset check --accept` and commit \
             `gusset.lock`",
            explain(&component.file, kind)
        );
        let place = file.need_place(name, kind);
        let span = place.or_else(|| file.component_place(name));
        let at = Location::Text {
            file: file.source.name().to_string(),
            span: span.unwrap_or_default(),
        };
        let instances = changes.iter().flat_map(|c| c.instances.iter().cloned());
        let mut instances: Vec<String> = instances.collect();
        instances.sort();
        instances.dedup();
        let need = component.view.need(kind);
        let blocker = need.and_then(|need| need.blockers.first());
        let way = blocker.map(|b| evidence(b.trail)).unwrap_or_default();
        let finding = Finding::new(&RULE, at, Subject::Kind(kind.to_string()), message, help);
        found.push(finding.of(name).within(instances).because(way));
    }
}

/// The change that says most; `None` when only single keys are less sure, which changes
/// nothing about the list.
fn message(name: &str, kind: &str, changes: &[&Change]) -> Option<String> {
    let verdict = changes.iter().find_map(|change| match &change.what {
        What::Verdict { change, .. } => Some(*change),
        _ => None,
    });
    if let Some((before, after)) = verdict {
        let (before, after) = (before.as_str(), after.as_str());
        return Some(format!(
            "the list of {kind} keys of `{name}` is {after}, and it is {before} in the lock"
        ));
    }
    let enumerates = |change: &&&Change| matches!(change.what, What::Enumerates { .. });
    if changes.iter().any(|change| enumerates(&change)) {
        return Some(format!(
            "`{name}` goes through all {kind} names, and does not in the lock"
        ));
    }
    let reasons = changes.iter().filter_map(|change| match &change.what {
        What::Open { reason, .. } => Some(phrase(reason)),
        _ => None,
    });
    let reasons: Vec<&str> = reasons.collect();
    let reasons = reasons.join(", and ");
    (!reasons.is_empty()).then(|| {
        format!("{kind} keys of `{name}` are open for a reason that is not in the lock: {reasons}")
    })
}
