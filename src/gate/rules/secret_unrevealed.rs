//! `secret-unrevealed`: a secret that is fetched and whose value nobody looks at.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::Subject;
use crate::gate::words::explain;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "secret-unrevealed",
    summary: "a secret that is fetched and never revealed",
    default: Level::Warn,
    page: include_str!("../../../docs/rules/secret-unrevealed.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let name = component.name();
    // One that is revealed without a name may be any.
    let secrets = &component.facts.secrets;
    if secrets
        .iter()
        .any(|s| s.key.is_none() && !s.revealed.is_empty())
    {
        return;
    }
    for secret in secrets {
        let Some(key) = secret.key.as_deref().filter(|_| secret.revealed.is_empty()) else {
            continue;
        };
        let message = format!("`{name}` fetches secret `{key}` and never reveals it");
        let subject = Subject::key("secret", key);
        let help = format!(
            "leave it out; {} shows where it is fetched",
            explain(&component.file, &format!("secret:{key}")),
        );
        let place = component.place_of_key("secret", key);
        found.push(Finding::new(&RULE, place, subject, message, help).of(name));
    }
}
