//! Allowances: which findings they cover, and which of them cover nothing.

use super::finding::{Finding, Location};
use super::report::Allowed;
use super::rules;
use crate::base::{ByteRange, Date, SourceFile};
use crate::workload::{Allowance, Policy};

/// How allowances are judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    /// The day.
    pub(super) today: Date,
    /// Whether everything was looked at that allowances may be about.
    pub(super) whole: bool,
}

/// An allowance during one run.
#[derive(Clone, Debug)]
pub(super) struct Use<'a> {
    /// The allowance.
    pub(super) allowance: &'a Allowance,
    /// The policy that it stands in.
    source: &'a SourceFile,
    /// Whether its last day is over.
    pub(super) expired: bool,
    /// How many findings it matches.
    pub(super) matched: usize,
}

impl<'a> Use<'a> {
    /// The allowances of some policies, on a day: those of manifests, or all others.
    pub(super) fn all(
        policies: impl Iterator<Item = &'a Policy>,
        today: Date,
        of_manifests: bool,
    ) -> Vec<Use<'a>> {
        let about = move |allowance: &&Allowance| {
            let rule = rules::find(&allowance.rule.value);
            rule.is_ok_and(|rule| rule.is_allowed_of_manifests()) == of_manifests
        };
        let uses = policies.flat_map(|policy| {
            policy.allow.iter().filter(about).map(move |allowance| Use {
                allowance,
                source: &policy.source,
                expired: allowance.expires.as_ref().is_some_and(|e| e.value < today),
                matched: 0,
            })
        });
        uses.collect()
    }

    /// `undeclared-key/env:OLD`.
    pub(super) fn name(&self) -> String {
        let rule = &self.allowance.rule;
        let subject = self.allowance.subject.as_ref();
        match (subject, &self.allowance.component) {
            (Some(subject), _) => format!("{rule}/{subject}"),
            (None, Some(component)) => format!("{rule}/component:{component}"),
            (None, None) => rule.to_string(),
        }
    }

    /// A place in its policy.
    pub(super) fn at(&self, span: ByteRange) -> Location {
        Location::Text {
            file: self.source.name().to_string(),
            span,
        }
    }

    fn matches(&self, finding: &Finding) -> bool {
        let allowance = self.allowance;
        let subject = finding.subject().to_string();
        let component = finding.component.as_deref().unwrap_or("");
        allowance.rule.value == finding.rule().name
            && finding.rule().can_be_allowed
            && (allowance.subject.as_ref()).is_none_or(|glob| glob.value.matches(&subject))
            && (allowance.component.as_ref()).is_none_or(|glob| glob.value.matches(component))
    }
}

/// Takes the findings out that an allowance covers. Every allowance that matches is marked as
/// used, also when another one covers the finding already.
pub(super) fn apply(findings: Vec<Finding>, uses: &mut [Use<'_>]) -> (Vec<Finding>, Vec<Allowed>) {
    let mut left = Vec::new();
    let mut allowed = Vec::new();
    for finding in findings {
        let mut by: Option<&Allowance> = None;
        for used in uses.iter_mut().filter(|used| used.matches(&finding)) {
            used.matched += 1;
            if !used.expired && by.is_none() {
                by = Some(used.allowance);
            }
        }
        match by {
            None => left.push(finding),
            Some(by) => allowed.push(Allowed {
                finding,
                reason: by.reason.value.clone(),
                owner: by.owner.as_ref().map(|owner| owner.value.clone()),
                expires: by.expires.as_ref().map(|date| date.value),
            }),
        }
    }
    (left, allowed)
}
