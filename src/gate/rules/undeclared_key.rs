//! `undeclared-key`: a key that the binary reads and the manifest does not declare.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::Glob;
use crate::base::toml_string;
use crate::gate::finding::Subject;
use crate::gate::view::{Key, Need};
use crate::gate::words::explain;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "undeclared-key",
    summary: "a key that the binary reads and the manifest does not declare",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/undeclared-key.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for need in &component.view.needs {
        for key in need.keys.iter().filter(|key| !key.runtime) {
            if !component.declares(need.kind, |glob| glob.matches(key.name)) {
                found.push(finding(
                    inputs,
                    component,
                    need,
                    key,
                    &Glob::escape(key.name),
                ));
            }
        }
        for pattern in &need.patterns {
            let glob = Glob::new(pattern.name);
            if !component.declares(need.kind, |declared| declared.covers(&glob)) {
                found.push(finding(inputs, component, need, pattern, pattern.name));
            }
        }
    }
}

/// `entry` is how the key is written in a list.
fn finding(
    inputs: &Inputs<'_>,
    component: &Checked<'_>,
    need: &Need<'_>,
    key: &Key<'_>,
    entry: &str,
) -> Finding {
    let name = component.name();
    let kind = need.kind;
    let verb = if key.exact { "needs" } else { "may need" };
    let message = format!(
        "`{name}` {verb} {kind} `{}`, which is not declared",
        key.name
    );
    let entry = toml_string(entry);
    let (label, add) = match (component.list(kind), &component.declared.needs) {
        (Some(_), _) => (
            "not in this list".into(),
            format!("add `{entry}` to this list"),
        ),
        // In a table of its own, or as `needs.env = …` in that of the component.
        (None, Some(needs)) => {
            let own = inputs.workload.source.slice(needs.span).starts_with('[');
            let prefix = if own { "" } else { "needs." };
            (
                format!("no `{kind}` list here"),
                format!("add `{prefix}{kind} = [{entry}]`"),
            )
        }
        (None, None) => (
            "no `needs` here".into(),
            format!("add `needs.{kind} = [{entry}]`"),
        ),
    };
    let explain = explain(&component.file, &format!("{kind}:{}", key.name));
    let subject = Subject::key(kind, key.name);
    let at = component.place_of_kind(kind);
    let help = format!("{add}, or run {explain} to see why it is read");
    let mut finding = Finding::new(&RULE, at, subject, message, help)
        .of(name)
        .label(label)
        .sure(key.exact)
        .within(key.instances())
        .because(key.evidence());
    finding.declaration = Some(format!("[components.{name}.needs]\n{kind} = [{entry}]\n"));
    finding
}
