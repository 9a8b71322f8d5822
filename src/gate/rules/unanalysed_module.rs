//! `unanalysed-module`: code that runs as part of the component and is not in the file.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::gate::finding::{Location, Place, Subject};
use crate::gate::words::accept;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "unanalysed-module",
    summary: "code that runs as part of the component and is not in the file",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/unanalysed-module.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(_: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for gap in component.view.gaps {
        let name = component.name();
        let message = format!("`{name}` has code that was not looked at: {}", gap.message);
        let subject = Subject::Module(gap.instance.clone());
        let help = format!(
            "compose the missing part into the file and check that; to accept \
             it, {}",
            accept(RULE.name, &subject.to_string()),
        );
        let at = Location::Binary {
            file: component.file.clone(),
            place: Place {
                instance: gap.instance.clone(),
                function: None,
                offset: gap.offset,
                source: None,
            },
        };
        let finding = Finding::new(&RULE, at, subject, message, help);
        found.push(finding.of(name).within(vec![gap.instance.clone()]));
    }
}
