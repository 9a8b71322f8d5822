//! A report for people: the line of the file, what stands there, why, and what to type.

use super::lines::{in_binary, way};
use crate::gate::{Finding, Location, Report, Severity};
use crate::report::plain::{clean, count};
use crate::report::style;
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

/// The whole report; ends with a line of counts.
pub fn text(report: &Report) -> String {
    let renderer = Renderer::styled();
    let mut out = String::new();
    for alike in report.findings.chunk_by(alike) {
        if let [finding, more @ ..] = alike {
            out.push_str(&renderer.render(&[group(report, finding, more)]));
            out.push_str("\n\n");
        }
    }
    out.push_str(&totals(report));
    out
}

/// Whether two findings differ in nothing but what they are about, so that the lines of the
/// file need to be shown only once.
fn alike(a: &Finding, b: &Finding) -> bool {
    let plain = |f: &Finding| f.evidence.is_empty() && f.who.is_empty();
    plain(a)
        && plain(b)
        && a.rule().name == b.rule().name
        && a.severity() == b.severity()
        && a.location() == b.location()
        && (&a.label, &a.component, a.confidence) == (&b.label, &b.component, b.confidence)
}

/// `more` are findings like `finding`.
fn group<'a>(
    report: &'a Report,
    finding: &'a Finding,
    more: &'a [Finding],
) -> annotate_snippets::Group<'a> {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut elements: Vec<Element<'a>> = vec![place(report, finding)];
    if !finding.who.is_empty() {
        let instances = Level::NOTE.with_name("in");
        elements.push(instances.message(clean(&finding.who.join(", "))).into());
    }
    if !finding.evidence.is_empty() {
        let because = Level::NOTE.with_name("because");
        elements.push(because.message(way(&finding.evidence)).into());
    }
    if finding.confidence == crate::gate::Confidence::Possible {
        let text = "not proven: the analysis allows more than the program may do";
        elements.push(Level::NOTE.message(text).into());
    }
    if !more.is_empty() {
        let and = Level::NOTE.with_name("and");
        elements.push(and.message(lines(more.iter().map(Finding::message))).into());
    }
    let helps = std::iter::once(finding).chain(more).map(Finding::help);
    elements.push(Level::HELP.message(lines(helps)).into());
    level
        .primary_title(clean(finding.message()))
        .id(finding.rule().name)
        .elements(elements)
}

/// Messages under each other, each once.
fn lines<'a>(messages: impl Iterator<Item = &'a str>) -> String {
    let mut lines: Vec<_> = messages.map(clean).collect();
    lines.dedup();
    lines.join("\n")
}

fn place<'a>(report: &'a Report, finding: &'a Finding) -> Element<'a> {
    let file = clean(finding.location().file());
    match (finding.location(), report.source(finding.location())) {
        (Location::Text { span, .. }, Some(source)) => {
            let end = source.text().len();
            let clip = |offset: u64| usize::try_from(offset).map_or(end, |o| o.min(end));
            let span = clip(span.start)..clip(span.end);
            let mark = AnnotationKind::Primary
                .span(span)
                .label(finding.label.as_deref().map(clean));
            Snippet::source(source.text())
                .path(file)
                .annotation(mark)
                .into()
        }
        (Location::Binary { place, .. }, _) => {
            Origin::path(format!("{file}, {}", in_binary(place))).into()
        }
        (Location::Text { .. }, None) => Origin::path(file).into(),
    }
}

/// `2 findings in 3 components: 1 error, 1 warning`.
fn totals(report: &Report) -> String {
    let components = count(report.components, "component");
    let errors = report.count(Severity::Error);
    let warnings = report.count(Severity::Warning);
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(style::strong(&count(errors, "error")));
    }
    if warnings > 0 {
        parts.push(count(warnings, "warning"));
    }
    if !report.allowed.is_empty() {
        parts.push(format!("{} allowed with a reason", report.allowed.len()));
    }
    if !report.unread.is_empty() {
        parts.push(format!("{} could not be read", report.unread.len()));
    }
    let found = match report.findings.len() {
        0 => "no findings".to_string(),
        n => count(n, "finding"),
    };
    let parts = match parts.is_empty() {
        true => String::new(),
        false => format!(": {}", parts.join(", ")),
    };
    format!("{found} in {components}{parts}\n")
}

/// What to paste for each finding that is left: its declaration, and the allowance that
/// accepts it instead. The reason is left for a person to fill in.
pub fn stanzas(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        if !finding.rule().can_be_allowed {
            continue;
        }
        out.push_str(&format!("\n# {}\n", clean(finding.message())));
        if let Some(declaration) = &finding.declaration {
            out.push_str("# declare it in gusset.toml:\n");
            out.push_str(declaration);
            out.push_str("# or accept it in the policy:\n");
        }
        out.push_str("[[allow]]\n");
        out.push_str(&format!(
            "rule = {}\n",
            crate::base::toml_string(finding.rule().name)
        ));
        let subject = finding.subject().to_string();
        let subject = crate::base::Glob::escape(&subject);
        out.push_str(&format!(
            "subject = {}\n",
            crate::base::toml_string(&subject)
        ));
        if let Some(component) = &finding.component {
            out.push_str(&format!(
                "component = {}\n",
                crate::base::toml_string(component)
            ));
        }
        out.push_str("reason = \"\"  # required: why this is fine\n");
    }
    out
}
