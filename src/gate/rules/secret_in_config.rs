//! `secret-in-config`: the host shows a secret of the environment as configuration.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::Glob;
use crate::gate::finding::Subject;
use crate::gate::view::Need;
use crate::gate::words::{accept, explain};
use crate::needs::Verdict;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "secret-in-config",
    summary: "a secret among the variables, which the host shows under another kind",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/secret-in-config.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let Some(profile) = inputs.profile else {
        return;
    };
    let name = component.name();
    let Some(env) = component.view.need("env") else {
        return;
    };
    for kind in &profile.copies_env_to {
        let Some(need) = component.view.need(kind) else {
            continue;
        };
        for key in &env.keys {
            let Some((owner, _)) = inputs.secret(key.name) else {
                continue;
            };
            let Some(way) = can_read(need, key.name) else {
                continue;
            };
            let subject = Subject::key(kind, key.name);
            let message = format!(
                "`{}` is declared as a secret of `{owner}` and given to `{name}` as a variable; \
                 `{}` shows variables as {kind} too, and `{name}` {way}",
                key.name, profile.name
            );
            let help = format!(
                "read it through a secrets interface; {} shows where it is read; or {}",
                explain(&component.file, &format!("env:{}", key.name)),
                accept(RULE.name, &subject.to_string()),
            );
            let at = component.place_of_key("env", key.name);
            let finding = Finding::new(&RULE, at, subject, message, help)
                .of(name)
                .within(key.instances());
            found.push(finding.sure(key.exact).because(key.evidence()));
        }
    }
}

/// How a program can come to a key of a kind, if it can.
fn can_read(need: &Need<'_>, key: &str) -> Option<&'static str> {
    if need.enumerates {
        return Some("goes through all of it");
    }
    if need.keys.iter().any(|k| k.name == key) {
        return Some("reads it there");
    }
    let pattern = |k: &crate::gate::view::Key<'_>| Glob::new(k.name).matches(key);
    if need.patterns.iter().any(pattern) {
        return Some("reads keys of that form there");
    }
    (need.verdict == Verdict::Open).then_some("reads keys there that could not be found out")
}
