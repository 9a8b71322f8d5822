//! `order-violated`: a path of an interface that is not in the required order.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::{ByteRange, shell_word};
use crate::gate::finding::{Location, Place, Subject};
use crate::plan::{ProblemCode, ProblemPlace};
use crate::workload::Middleware;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "order-violated",
    summary: "a path of an interface that does not have the order that is required of it",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/order-violated.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    of_plan(inputs, component, found);
    let name = component.name();
    for broken in &component.unordered {
        let at = match broken.at {
            Some(span) => component.text(span),
            None => Location::Binary {
                file: component.file.clone(),
                place: Place {
                    instance: broken.instances.first().cloned().unwrap_or("root".into()),
                    ..Place::default()
                },
            },
        };
        let message = format!("`{name}`: {}", broken.message);
        let help = format!(
            "`gusset graph {}` draws who is connected to whom; `gusset splice` puts a middleware \
             in",
            shell_word(&component.file)
        );
        let subject = Subject::Order(broken.on.clone());
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).within(broken.instances.clone()));
    }
}

/// Rules of middleware that the link plan does not keep, found with the middleware.
fn of_plan(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    let name = component.name();
    let problems = inputs.plan.iter().flat_map(|plan| &plan.problems);
    for problem in problems.filter(|p| p.code == ProblemCode::OrderViolated) {
        let place = |place: &ProblemPlace| ByteRange::new(place.start, place.end);
        let places: Vec<ByteRange> = problem.places.iter().map(place).collect();
        let rules = inputs.workload.middleware.iter();
        let mut own = rules.filter(|rule| rule.component.value == name);
        let Some(rule) = own.find(|rule| says_any(rule, &places)) else {
            continue;
        };
        let at = component.text(places.first().copied().unwrap_or(rule.span));
        let help = problem.help.clone().unwrap_or_else(|| {
            let help = "`gusset plan` shows what is linked, and how";
            help.to_string()
        });
        let subject = Subject::Order(rule.on.value.to_string());
        let finding = Finding::new(&RULE, at, subject, problem.message.clone(), help);
        found.push(finding.of(name));
    }
}

/// Whether one of the places is in a rule.
fn says_any(rule: &Middleware, places: &[ByteRange]) -> bool {
    let mut own = vec![rule.span, rule.component.span];
    own.extend(rule.order.iter().map(|order| order.span));
    own.extend(
        rule.requires
            .iter()
            .chain(&rule.conflicts)
            .map(|name| name.span),
    );
    places.iter().any(|place| own.contains(place))
}
