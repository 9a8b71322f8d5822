//! `stale-allowance`: an allowance that matches nothing.

use super::{Day, Finding, Level, Look, Rule, Use};
use crate::gate::finding::Subject;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "stale-allowance",
    summary: "an allowance that matches nothing",
    default: Level::Warn,
    page: include_str!("../../../docs/rules/stale-allowance.md"),
    can_be_allowed: false,
    look: Look::Allowances(look),
};

fn look(day: &Day, uses: &[Use<'_>], found: &mut Vec<Finding>) {
    // What was not looked at may need it.
    if !day.whole {
        return;
    }
    for used in uses.iter().filter(|u| !u.expired && u.matched == 0) {
        let rule = &used.allowance.rule;
        let message = format!("this allowance of `{rule}` matches no finding");
        let subject = Subject::Allowance(used.name());
        let at = used.at(used.allowance.span);
        let help = "remove it from the policy";
        found.push(Finding::new(&RULE, at, subject, message, help));
    }
}
