//! A report as a page: the step summary of a workflow, or a comment.

use super::lines::{place, way};
use crate::gate::{Finding, Report, Severity};
use crate::report::plain::{clean, count};

/// The summary of a run.
pub fn summary(report: &Report) -> String {
    let verdict = match report.refuses() {
        true => "the gate says no",
        false => "the gate says yes",
    };
    let mut out = format!(
        "## gusset check: {verdict}\n\n{} checked: {}, {}, {} allowed.\n",
        count(report.components, "component"),
        count(report.count(Severity::Error), "error"),
        count(report.count(Severity::Warning), "warning"),
        report.allowed.len(),
    );
    if !report.findings.is_empty() {
        out.push_str("\n| | rule | finding | where | help |\n|---|---|---|---|---|\n");
        for finding in &report.findings {
            out.push_str(&row(report, finding));
        }
    }
    if !report.allowed.is_empty() {
        out.push_str("\n<details><summary>Allowed</summary>\n\n");
        out.push_str("| rule | finding | reason | owner | until |\n|---|---|---|---|---|\n");
        for allowed in &report.allowed {
            let until = allowed.expires.map(|date| date.to_string());
            out.push_str(&format!(
                "| `{}` | {} | {} | {} | {} |\n",
                allowed.finding.rule().name,
                cell(allowed.finding.message()),
                cell(&allowed.reason),
                cell(allowed.owner.as_deref().unwrap_or("")),
                until.unwrap_or_default(),
            ));
        }
        out.push_str("\n</details>\n");
    }
    out
}

fn row(report: &Report, finding: &Finding) -> String {
    let mut what = cell(finding.message());
    if !finding.who.is_empty() {
        what.push_str(&format!("<br>in: {}", cell(&finding.who.join(", "))));
    }
    if !finding.evidence.is_empty() {
        what.push_str(&format!("<br>because: {}", cell(&way(&finding.evidence))));
    }
    format!(
        "| {} | `{}` | {what} | {} | {} |\n",
        finding.severity().as_str(),
        finding.rule().name,
        cell(&place(report, finding)),
        cell(finding.help()),
    )
}

/// Text that stays within its cell and is no markup, apart from code in backticks.
fn cell(text: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for c in clean(text).chars() {
        match c {
            '`' => {
                code = !code;
                out.push(c);
            }
            // Also within code a bar ends the cell.
            '|' => out.push_str("\\|"),
            '<' if !code => out.push_str("&lt;"),
            '>' if !code => out.push_str("&gt;"),
            '&' if !code => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '@' | '#' | '~' | '\\' | '!' if !code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // An odd backtick would take the rest of the row with it.
    if code {
        out.push('`');
    }
    out
}
