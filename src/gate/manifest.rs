//! One manifest against the binaries that it is about.

use super::allow::{self, Day, Use};
use super::check::{judge, order};
use super::finding::{Finding, Location, Subject};
use super::level::{Levels, Severity};
use super::report::Report;
use super::rules::{self, Look, Rule};
use crate::base::{ByteRange, Date, SourceFile};
use crate::manifest::doc::{About, Derived, What};
use crate::manifest::{Change, Comparison, Difference, Syntax, Target};
use crate::workload::Policy;

/// What rules about manifests look at.
#[derive(Clone, Copy, Debug)]
pub struct Manifested<'a> {
    /// The kind of the manifest.
    pub target: Target,
    /// The file.
    pub source: &'a SourceFile,
    /// What it says otherwise.
    pub differences: &'a [Difference<'a>],
    /// Fields that a manifest of this kind does not have, and values of another type.
    pub shape: &'a [(ByteRange, String)],
}

/// Everything that a judgement of a manifest looks at.
#[derive(Clone, Debug)]
pub struct ManifestInputs<'a> {
    /// The kind of the manifest.
    pub target: Target,
    /// What the file says otherwise.
    pub comparison: &'a Comparison<'a>,
    /// The number of components that it is about.
    pub components: usize,
    /// What is allowed.
    pub policies: Vec<&'a Policy>,
    /// How much rules count.
    pub levels: Levels,
    /// From which severity on the gate says no.
    pub fail_on: Severity,
    /// The day on which allowances are judged.
    pub today: Date,
}

/// Judges a manifest.
pub fn check_manifest(inputs: &ManifestInputs<'_>) -> Report {
    let comparison = inputs.comparison;
    let manifest = Manifested {
        target: inputs.target,
        source: &comparison.shown,
        differences: &comparison.differences,
        shape: &comparison.shape,
    };
    let mut found = Vec::new();
    for rule in rules::rules() {
        if let (Some(severity), Look::Manifest(look)) = (inputs.levels.severity(rule), &rule.look) {
            let before = found.len();
            look(&manifest, &mut found);
            let new: &mut [Finding] = found.get_mut(before..).unwrap_or_default();
            new.iter_mut().for_each(|finding| finding.weigh(severity));
        }
    }
    let policies = || inputs.policies.iter().copied();
    let mut uses = Use::all(policies(), inputs.today, true);
    let (mut findings, mut allowed) = allow::apply(found, &mut uses);
    // An allowance that this manifest does not need may be there for another one.
    let day = Day {
        today: inputs.today,
        whole: false,
    };
    judge(&inputs.levels, &day, &uses, &mut findings);
    findings.sort_by(order);
    allowed.sort_by(|a, b| order(&a.finding, &b.finding));
    let mut sources = vec![comparison.shown.clone()];
    sources.extend(policies().map(|policy| policy.source.as_ref().clone()));
    Report {
        findings,
        allowed,
        components: inputs.components,
        unread: Vec::new(),
        fail_on: inputs.fail_on,
        sources,
    }
}

impl Manifested<'_> {
    /// A place in the file.
    pub(super) fn at(&self, span: ByteRange) -> Location {
        Location::Text {
            file: self.source.name().to_string(),
            span,
        }
    }

    /// The command that writes the file, in backticks.
    fn write(&self) -> String {
        let file = crate::base::shell_word(self.source.name());
        format!("`gusset manifest --target {} -o {file}`", self.target)
    }

    /// The command that brings the file up to date, in backticks.
    pub(super) fn update(&self) -> String {
        let file = crate::base::shell_word(self.source.name());
        format!("`gusset manifest --target {} --update {file}`", self.target)
    }
}

/// Findings about entries that are missing and about something.
pub(super) fn missing(
    manifest: &Manifested<'_>,
    what: What,
    rule: &'static Rule,
    found: &mut Vec<Finding>,
) {
    for difference in manifest.differences {
        let Change::Missing { reasons, .. } = &difference.change else {
            continue;
        };
        for reason in reasons.iter().filter(|reason| reason.what == what) {
            let message = format!("{}, and the manifest does not say it", reason.because);
            let help = format!("add it, or run {}", manifest.update());
            found.push(finding(manifest, rule, difference, reason, message, help));
        }
    }
}

/// Findings about values that are others.
pub(super) fn wrong(
    manifest: &Manifested<'_>,
    about: impl Fn(What) -> bool,
    rule: &'static Rule,
    found: &mut Vec<Finding>,
) {
    for difference in manifest.differences {
        let Change::Wrong {
            node,
            reason,
            found: stands,
        } = &difference.change
        else {
            continue;
        };
        if !about(reason.what) {
            continue;
        }
        let message = match stands {
            Some(stands) => format!("{}, and the manifest says `{stands}`", reason.because),
            None => format!(
                "{}, and something of another form stands here",
                reason.because
            ),
        };
        let help = match node.scalar() {
            Some(want) => format!("write `{want}`, or run {}", manifest.update()),
            None => "write it in the form that `gusset manifest` prints".to_string(),
        };
        found.push(finding(manifest, rule, difference, reason, message, help));
    }
}

/// Findings about fields that are none.
pub(super) fn shape(manifest: &Manifested<'_>, rule: &'static Rule, found: &mut Vec<Finding>) {
    for (span, message) in manifest.shape {
        let (message, subject, help) = match manifest.target.syntax() {
            Syntax::Text => {
                let before = ByteRange::new(0, span.start);
                let line = manifest.source.slice(before).lines().count();
                (
                    message.clone(),
                    format!("line {}", line + 1),
                    format!("run {}", manifest.write()),
                )
            }
            _ => (
                format!(
                    "this is no manifest of the kind `{}`: {message}",
                    manifest.target
                ),
                manifest.source.slice(*span).to_string(),
                "correct the name or the value: the host drops what it does not know".to_string(),
            ),
        };
        let at = manifest.at(*span);
        found.push(Finding::new(
            rule,
            at,
            Subject::Field(subject),
            message,
            help,
        ));
    }
}

fn finding(
    manifest: &Manifested<'_>,
    rule: &'static Rule,
    difference: &Difference<'_>,
    reason: &Derived,
    message: String,
    help: String,
) -> Finding {
    let subject = match reason.subject.clone() {
        About::Key(kind, name) => Subject::Key { kind, name },
        About::Kind(kind) => Subject::Kind(kind),
        About::Import(name) => Subject::Import(name),
        About::Component(name) => Subject::Component(name),
        About::Field(name) => Subject::Field(name),
    };
    let at = manifest.at(difference.span);
    let mut finding = Finding::new(rule, at, subject, message, help).sure(reason.sure);
    finding.component = reason.component.clone();
    finding
}
