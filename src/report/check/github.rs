//! A report as GitHub shows it beside the lines of a pull request: workflow commands on
//! standard output.

use super::lines::{marked, place, repository_path, way};
use crate::gate::{Finding, Report, Severity};
use crate::report::plain::clean;

/// One workflow command per finding. `base` is the folder that paths are relative to.
pub fn annotations(report: &Report, base: &str) -> String {
    let findings = report.findings.iter();
    findings.map(|finding| one(report, finding, base)).collect()
}

fn one(report: &Report, finding: &Finding, base: &str) -> String {
    let command = match finding.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = vec![("file", repository_path(finding.location().file(), base))];
    if let Some(at) = marked(report, finding) {
        properties.push(("line", at.start.line.to_string()));
        properties.push(("endLine", at.end.line.to_string()));
        // Columns mean something only within one line.
        if at.start.line == at.end.line {
            properties.push(("col", at.start.column.to_string()));
            properties.push(("endColumn", at.end.column.to_string()));
        }
    }
    properties.push(("title", finding.rule().name.to_string()));
    let properties: Vec<String> = properties
        .into_iter()
        .map(|(name, value)| format!("{name}={}", property(&value)))
        .collect();
    let mut message = clean(finding.message());
    if marked(report, finding).is_none() {
        message.push_str(&format!("\nin {}", place(report, finding)));
    }
    if !finding.who.is_empty() {
        message.push_str(&format!("\nin: {}", clean(&finding.who.join(", "))));
    }
    if !finding.evidence.is_empty() {
        message.push_str(&format!("\nbecause: {}", way(&finding.evidence)));
    }
    message.push_str(&format!("\nhelp: {}", clean(finding.help())));
    format!("::{command} {}::{}\n", properties.join(","), data(&message))
}

/// Escapes of the text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes of a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
