//! `expired-allowance`: an allowance past its last day.

use super::{Day, Finding, Level, Look, Rule, Use};
use crate::gate::finding::Subject;

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "expired-allowance",
    summary: "an allowance past its last day",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/expired-allowance.md"),
    can_be_allowed: false,
    look: Look::Allowances(look),
};

fn look(day: &Day, uses: &[Use<'_>], found: &mut Vec<Finding>) {
    for used in uses.iter().filter(|u| u.expired) {
        let Some(expires) = &used.allowance.expires else {
            continue;
        };
        let rule = &used.allowance.rule;
        let what = match used.matched {
            0 => "and would match nothing".to_string(),
            1 => "and the finding it covered counts again".to_string(),
            n => format!("and the {n} findings it covered count again"),
        };
        let message = format!("this allowance of `{rule}` ended on {expires}, {what}");
        let help = match used.matched {
            0 => "remove it from the policy".to_string(),
            _ => format!(
                "fix what it covered and remove it, or look again and set `expires` to {} or later",
                day.today
            ),
        };
        let subject = Subject::Allowance(used.name());
        found.push(Finding::new(
            &RULE,
            used.at(expires.span),
            subject,
            message,
            help,
        ));
    }
}
