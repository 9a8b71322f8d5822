//! How much a rule counts.

use super::rules::{self, Rule};
pub use crate::workload::Level;
use std::collections::BTreeMap;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The gate says no only when asked to fail on warnings.
    Warning,
    /// The gate says no.
    Error,
}

impl Severity {
    /// The word for machines and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A name that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{name}`")]
pub struct UnknownRule {
    /// The name.
    pub name: String,
    /// The closest name of a rule, when one is close.
    pub closest: Option<&'static str>,
}

/// The level of every rule in one run.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    set: BTreeMap<&'static str, Level>,
}

impl Levels {
    /// Sets the level of a rule; what is said last counts.
    ///
    /// # Errors
    /// When no rule has this name.
    pub fn set(&mut self, rule: &str, level: Level) -> Result<(), UnknownRule> {
        let rule = rules::find(rule)?;
        self.set.insert(rule.name, level);
        Ok(())
    }

    /// The level of a rule: as set, or its default.
    pub fn of(&self, rule: &Rule) -> Level {
        self.set.get(rule.name).copied().unwrap_or(rule.default)
    }

    /// The severity of what a rule finds; `None` when it is not to look.
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        match self.of(rule) {
            Level::Allow => None,
            Level::Warn => Some(Severity::Warning),
            Level::Deny => Some(Severity::Error),
        }
    }
}
