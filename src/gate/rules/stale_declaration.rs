//! `stale-declaration`: a declared key or import that the binary does not have.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::Glob;
use crate::gate::finding::Subject;
use crate::needs::Verdict;
use crate::workload::DeclaredKind;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "stale-declaration",
    summary: "a declared key or import that the binary does not have",
    default: Level::Warn,
    page: include_str!("../../../docs/rules/stale-declaration.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for declared in component.declared.needs.iter().flat_map(|n| &n.kinds) {
        keys(component, declared, found);
    }
    for pattern in component.declared.imports.iter().flat_map(|l| &l.value) {
        let mut imports = component.view.imports.iter();
        if imports.any(|import| pattern.value.matches(&import.name)) {
            continue;
        }
        let name = component.name();
        let message = format!("`{name}` declares the import `{pattern}`, but does not have it");
        let subject = Subject::Import(pattern.value.as_str().to_string());
        let at = component.text(pattern.span);
        let finding = Finding::new(&RULE, at, subject, message, "remove it from this list");
        found.push(finding.of(name));
    }
}

fn keys(component: &Checked<'_>, declared: &DeclaredKind, found: &mut Vec<Finding>) {
    let kind = &declared.kind.value;
    let need = component.view.need(kind);
    // Whatever was not found out may be this key.
    if need.is_some_and(|n| n.verdict == Verdict::Open || n.enumerates) {
        return;
    }
    let name = component.name();
    for key in &declared.keys {
        let read = need.is_some_and(|need| {
            let mut patterns = need.patterns.iter().map(|p| Glob::new(p.name));
            need.keys.iter().any(|k| key.value.matches(k.name))
                || patterns.any(|p| p.overlaps(&key.value))
        });
        if read {
            continue;
        }
        let verb = match key.value.as_literal() {
            Some(_) => "never reads it",
            None => "reads nothing that matches",
        };
        let message = format!("`{name}` declares {kind} `{}`, but {verb}", key.value);
        let subject = Subject::key(kind, key.value.as_str());
        let at = component.text(key.span);
        let finding = Finding::new(&RULE, at, subject, message, "remove it from this list");
        found.push(finding.of(name));
    }
}
