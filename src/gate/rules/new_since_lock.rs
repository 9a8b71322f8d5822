//! `new-since-lock`: a key or import that is not in the lock.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::{Location, Step, Subject};
use crate::gate::view::Key;
use crate::lock::{Change, ComponentDiff, LockFile, What};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "new-since-lock",
    summary: "a key or import that is not in `gusset.lock`",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/new-since-lock.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

const HELP: &str = "if this is right, run `gusset check --accept` and commit `gusset.lock`";

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(file) = inputs.lock else {
        return;
    };
    let name = component.name();
    let Some(before) = file.lock.components.get(name) else {
        let message = format!("`{name}` is not in the lock");
        let subject = Subject::Component(name.to_string());
        let at = component.text(component.declared.span);
        found.push(Finding::new(&RULE, at, subject, message, HELP).of(name));
        return;
    };
    let now = component.entry();
    let diff = ComponentDiff::between(name, Some(before), Some(&now));
    found.extend(
        diff.new
            .iter()
            .filter_map(|change| finding(file, component, change)),
    );
}

/// `None` for exports and keys of a language runtime, which nobody has to provide.
fn finding(file: &LockFile, component: &Checked<'_>, change: &Change) -> Option<Finding> {
    let name = component.name();
    let kind = change.what.kind();
    if key(component, &change.what).is_some_and(|key| key.runtime) {
        return None;
    }
    let (subject, message) = match &change.what {
        What::Import(import) => (
            Subject::Import(import.name.clone()),
            format!(
                "`{name}` imports `{}`, which is not in the lock",
                import.name
            ),
        ),
        What::Key {
            kind, name: key, ..
        } => (
            Subject::key(kind, key),
            format!("`{name}` reads {kind} `{key}`, which is not in the lock"),
        ),
        What::Pattern { kind, pattern } => (
            Subject::key(kind, pattern),
            format!("`{name}` reads {kind} keys that match `{pattern}`, which are not in the lock"),
        ),
        What::Holder { kind, name: key } => {
            let instances: Vec<&str> = change.instances.iter().map(String::as_str).collect();
            let who = instances.join(", ");
            (
                Subject::key(kind, key),
                format!("{kind} `{key}` of `{name}` is read by {who}, which the lock does not say"),
            )
        }
        _ => return None,
    };
    let place = kind.and_then(|kind| file.need_place(name, kind));
    let span = place
        .or_else(|| file.component_place(name))
        .unwrap_or_default();
    let at = Location::Text {
        file: file.source.name().to_string(),
        span,
    };
    let finding = Finding::new(&RULE, at, subject, message, HELP)
        .of(name)
        .within(change.instances.iter().cloned().collect());
    Some(finding.because(evidence(component, &change.what)))
}

fn evidence(component: &Checked<'_>, what: &What) -> Vec<Step> {
    match what {
        What::Holder { .. } => Vec::new(),
        _ => key(component, what).map(Key::evidence).unwrap_or_default(),
    }
}

/// The key or pattern that changed.
fn key<'v>(component: &'v Checked<'_>, what: &What) -> Option<&'v Key<'v>> {
    let (kind, name) = match what {
        What::Key { kind, name, .. } | What::Holder { kind, name } => (kind, name),
        What::Pattern { kind, pattern } => (kind, pattern),
        _ => return None,
    };
    let need = component.view.need(kind)?;
    let mut keys = need.keys.iter().chain(&need.patterns);
    keys.find(|key| key.name == name)
}
