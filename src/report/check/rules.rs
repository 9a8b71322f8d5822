//! The rules, for people and machines.

use super::wire::{RuleFacts, RulesReport};
use crate::gate;
use crate::report::plain::{cells, pad};

/// The version of the machine's view.
pub const RULES_SCHEMA: &str = "gusset.rules/1";

/// One line for each rule.
pub fn rules_text() -> String {
    let rules = gate::rules();
    let width = rules.iter().map(|rule| cells(rule.name)).max().unwrap_or(0);
    let line = |rule: &&gate::Rule| {
        let (name, level) = (pad(rule.name, width), pad(rule.default.as_str(), 5));
        format!("{name}  {level}  {}\n", rule.summary)
    };
    let lines: String = rules.iter().map(line).collect();
    format!("{lines}\nhelp: `gusset explain-rule RULE` prints the page of a rule\n")
}

/// The machine's view of the rules.
pub fn rules_json() -> RulesReport {
    let rules = gate::rules().iter().map(|rule| RuleFacts {
        name: rule.name,
        level: rule.default.as_str(),
        summary: rule.summary,
        can_be_allowed: rule.can_be_allowed,
    });
    RulesReport {
        schema: RULES_SCHEMA,
        rules: rules.collect(),
    }
}
