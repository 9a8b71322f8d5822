//! `secret-leak`: a secret that gets to a log or a standard stream, or may.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::{Location, Place, Step, Subject};
use crate::gate::words::accept;
use crate::lock::{SecretStep, SecretWay};

/// Ways out that no secret should get to.
const DENIED: [&str; 3] = ["log", "stderr", "stdout"];

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "secret-leak",
    summary: "a secret that gets to a log or a standard stream",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/secret-leak.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for secret in &component.facts.secrets {
        let key = secret.key.as_deref().unwrap_or("*");
        for way in &secret.ways {
            if DENIED.contains(&way.class.as_str()) && way.verdict != "cannot-reach" {
                found.push(finding(component, key, way));
            }
        }
    }
}

fn finding(component: &Checked<'_>, key: &str, way: &SecretWay) -> Finding {
    let name = component.name();
    let certain = way.verdict == "reaches";
    let what = match key {
        "*" => "a secret whose name is not known".to_string(),
        key => format!("secret `{key}`"),
    };
    let message = match (certain, &way.reason) {
        (true, _) => format!("{what} of `{name}` gets to `{}`", way.class),
        (false, Some(reason)) => {
            format!("{what} of `{name}` may get to `{}`: {reason}", way.class)
        }
        (false, None) => format!("{what} of `{name}` may get to `{}`", way.class),
    };
    let last = way.path.last();
    let location = Location::Binary {
        file: component.file.clone(),
        place: match last {
            Some(step) => place(step),
            None => Place {
                instance: "root".to_string(),
                ..Place::default()
            },
        },
    };
    let subject = Subject::key(&format!("secret-leak-{}", way.class), key);
    let help = format!(
        "keep the value out of what is written there, or {}",
        accept(RULE.name, &subject.to_string())
    );
    let mut steps: Vec<Step> = way
        .path
        .iter()
        .map(|step| Step {
            what: step.function.clone(),
            place: Some(place(step)),
        })
        .collect();
    steps.extend(way.function.iter().map(|function| Step {
        what: function.clone(),
        place: None,
    }));
    let instances = last.map(|step| step.instance.clone());
    Finding::new(&RULE, location, subject, message, help)
        .of(name)
        .sure(certain)
        .within(instances.into_iter().collect())
        .because(steps)
}

fn place(step: &SecretStep) -> Place {
    Place {
        instance: step.instance.clone(),
        function: Some(step.function.clone()),
        offset: step.offset,
        source: step.source.clone(),
    }
}
