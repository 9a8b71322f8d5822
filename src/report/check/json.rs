//! A report as a machine reads it.

use super::SCHEMA;
use super::lines::marked;
use super::wire::{AllowedFacts, CheckReport, FindingFacts, StepFacts, SummaryFacts};
use crate::gate::{Finding, Location, Report, Severity, Step};

/// The machine's view of a report.
pub fn json(report: &Report) -> CheckReport {
    CheckReport {
        schema: SCHEMA,
        findings: report.findings.iter().map(|f| facts(report, f)).collect(),
        allowed: report
            .allowed
            .iter()
            .map(|allowed| AllowedFacts {
                finding: facts(report, &allowed.finding),
                reason: allowed.reason.clone(),
                owner: allowed.owner.clone(),
                expires: allowed.expires.map(|date| date.to_string()),
            })
            .collect(),
        unread: report.unread.clone(),
        summary: SummaryFacts {
            verdict: match report.refuses() || !report.unread.is_empty() {
                true => "fail",
                false => "pass",
            },
            components: report.components as u64,
            errors: report.count(Severity::Error) as u64,
            warnings: report.count(Severity::Warning) as u64,
            allowed: report.allowed.len() as u64,
        },
    }
}

fn facts(report: &Report, finding: &Finding) -> FindingFacts {
    let at = marked(report, finding);
    let in_binary = match finding.location() {
        Location::Binary { place, .. } => Some(place.instance.clone()),
        Location::Text { .. } => None,
    };
    FindingFacts {
        rule: finding.rule().name,
        severity: finding.severity().as_str(),
        confidence: finding.confidence.as_str(),
        message: finding.message().to_string(),
        file: finding.location().file().to_string(),
        line: at.map(|at| at.start.line),
        column: at.map(|at| at.start.column),
        end_line: at.map(|at| at.end.line),
        end_column: at.map(|at| at.end.column),
        component: finding.component.clone(),
        instance: finding.instances.first().cloned().or(in_binary),
        instances: finding.instances.clone(),
        subject: finding.subject().to_string(),
        evidence: finding.evidence.iter().map(step).collect(),
        help: finding.help().to_string(),
    }
}

fn step(step: &Step) -> StepFacts {
    let place = step.place.as_ref();
    StepFacts {
        what: step.what.clone(),
        instance: place.map(|p| p.instance.clone()),
        offset: place.and_then(|p| p.offset),
        source: place.and_then(|p| p.source.clone()),
    }
}
