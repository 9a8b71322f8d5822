//! One run of the gate.

use super::allow::{self, Day, Use};
use super::finding::{Finding, Location};
use super::inputs::Inputs;
use super::level::{Levels, UnknownRule};
use super::report::Report;
use super::rules::{self, Look};
use crate::workload::{Policy, Problem, TomlErrors};
use std::cmp::Ordering;

/// Judges.
pub fn check(inputs: &Inputs<'_>) -> Report {
    let mut found = Vec::new();
    for rule in rules::rules() {
        let Some(severity) = inputs.levels.severity(rule) else {
            continue;
        };
        let Look::Component(look) = rule.look else {
            continue;
        };
        for component in &inputs.components {
            let before = found.len();
            look(inputs, component, &mut found);
            for finding in found.iter_mut().skip(before) {
                finding.weigh(severity);
                finding.call(component.facts);
            }
        }
    }
    let mut uses = Use::all(inputs.policies(), inputs.today, false);
    let (mut findings, mut allowed) = allow::apply(found, &mut uses);
    say_once(&mut findings);
    let day = Day {
        today: inputs.today,
        whole: inputs.whole,
    };
    judge(&inputs.levels, &day, &uses, &mut findings);
    findings.sort_by(order);
    allowed.sort_by(|a, b| order(&a.finding, &b.finding));
    let policies = inputs.policies().map(|policy| &policy.source);
    let mut sources = vec![inputs.workload.source.as_ref().clone()];
    sources.extend(policies.map(|source| source.as_ref().clone()));
    sources.extend(inputs.lock.map(|lock| lock.source.as_ref().clone()));
    Report {
        findings,
        allowed,
        components: inputs.components.len(),
        unread: inputs.unread.clone(),
        fail_on: inputs.fail_on,
        sources,
    }
}

/// Findings about the allowances themselves.
pub(super) fn judge(levels: &Levels, day: &Day, uses: &[Use<'_>], findings: &mut Vec<Finding>) {
    for rule in rules::rules() {
        if let (Some(severity), Look::Allowances(look)) = (levels.severity(rule), &rule.look) {
            let before = findings.len();
            look(day, uses, findings);
            let new = findings.iter_mut().skip(before);
            new.for_each(|f| f.weigh(severity));
        }
    }
}

/// What is not declared is not in the lock either: the declaration is what to change first.
fn say_once(findings: &mut Vec<Finding>) {
    let undeclared = |f: &&Finding| matches!(f.rule().name, "undeclared-key" | "undeclared-import");
    let said: Vec<_> = findings
        .iter()
        .filter(undeclared)
        .map(|f| (f.component.clone(), f.subject().clone()))
        .collect();
    findings.retain(|f| {
        f.rule().name != "new-since-lock"
            || !said
                .iter()
                .any(|(component, subject)| *component == f.component && subject == f.subject())
    });
}

/// By file and place, then rule and subject: the order in which people go through a file.
pub(super) fn order(a: &Finding, b: &Finding) -> Ordering {
    let key = |f: &Finding| {
        let start = match f.location() {
            Location::Text { span, .. } => span.start,
            Location::Binary { .. } => 0,
        };
        (f.location().file().to_string(), start)
    };
    let place = key(a).cmp(&key(b));
    let rule = || a.rule().name.cmp(b.rule().name);
    let subject = || a.subject().cmp(b.subject());
    place
        .then_with(rule)
        .then_with(subject)
        .then_with(|| a.component.cmp(&b.component))
}

/// Whether all rules that a policy names exist.
///
/// # Errors
/// Every name that no rule has, with its place.
pub fn known_rules(policy: &Policy) -> Result<(), TomlErrors> {
    let levels = policy.levels.iter().map(|(rule, _)| rule);
    let allowances = policy.allow.iter().map(|allowance| &allowance.rule);
    let mut problems: Vec<Problem> = levels
        .chain(allowances)
        .filter_map(|rule| {
            let UnknownRule { name, closest } = rules::find(&rule.value).err()?;
            let help = match closest {
                Some(closest) => format!("did you mean `{closest}`?"),
                None => "`gusset rules` lists them".to_string(),
            };
            let message = format!("no rule is called `{name}`");
            Some(Problem::new(rule.span, message).help(help))
        })
        .collect();
    problems.sort_by_key(|problem| problem.span);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(TomlErrors {
            source: policy.source.clone(),
            problems,
        }),
    }
}
