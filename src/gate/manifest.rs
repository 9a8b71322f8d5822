//! One manifest against the binaries that it is about.

use super::check::order;
use super::finding::{Finding, Location, Subject};
use super::level::{Levels, Severity};
use super::report::Report;
use super::rules::{self, Look, Rule};
use crate::base::{ByteRange, SourceFile};
use crate::manifest::doc::{About, Derived, What};
use crate::manifest::{Change, Comparison, Difference, Target};

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

/// Judges a manifest. `components` is the number of components that it is about.
pub fn check_manifest(
    target: Target,
    comparison: &Comparison<'_>,
    components: usize,
    levels: &Levels,
    fail_on: Severity,
) -> Report {
    let manifest = Manifested {
        target,
        source: &comparison.shown,
        differences: &comparison.differences,
        shape: &comparison.shape,
    };
    let mut findings = Vec::new();
    for rule in rules::rules() {
        if let (Some(severity), Look::Manifest(look)) = (levels.severity(rule), &rule.look) {
            let before = findings.len();
            look(&manifest, &mut findings);
            let new: &mut [Finding] = findings.get_mut(before..).unwrap_or_default();
            new.iter_mut().for_each(|finding| finding.weigh(severity));
        }
    }
    findings.sort_by(order);
    Report {
        findings,
        allowed: Vec::new(),
        components,
        unread: Vec::new(),
        fail_on,
        sources: vec![comparison.shown.clone()],
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
        let message = format!(
            "this is no manifest of the kind `{}`: {message}",
            manifest.target
        );
        let help = "correct the name or the value: the host drops what it does not know";
        let subject = Subject::Field(manifest.source.slice(*span).to_string());
        found.push(Finding::new(
            rule,
            manifest.at(*span),
            subject,
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
