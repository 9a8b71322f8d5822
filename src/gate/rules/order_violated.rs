//! `order-violated`: a path of an interface that is not in the required order.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::shell_word;
use crate::gate::finding::{Location, Place, Subject};

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "order-violated",
    summary: "a path of an interface that does not have the order that is required of it",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/order-violated.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
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
