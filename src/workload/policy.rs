//! `policy.toml`, and `[policy]` in `gusset.toml`: what an organisation allows.

use super::component::pattern;
use super::compose::required;
use super::error::{Problem, TomlErrors};
use super::interface::InterfacePattern;
use super::read::{self, Problems, Table};
use crate::base::{ByteRange, Date, Glob, SourceFile, Spanned};
use std::sync::Arc;

/// What is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The file it stands in; all spans are its.
    pub source: Arc<SourceFile>,
    /// How much must be proven of every kind; decided by the gate without.
    pub require: Option<Spanned<Require>>,
    /// The level of rules, by name, in the order of the file. Whether a rule of that name
    /// exists is for the gate to say.
    pub levels: Vec<(Spanned<String>, Spanned<Level>)>,
    /// What nobody may use.
    pub deny: Vec<Denial>,
    /// Exceptions.
    pub allow: Vec<Allowance>,
}

/// What a rule does when it finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Allow,
    /// It says so.
    Warn,
    /// It says so, and the gate says no.
    Deny,
}

/// The weakest verdict that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Require {
    /// Exact keys only.
    Complete,
    /// Patterns with a literal part are good enough.
    Bounded,
}

/// `[[deny]]`: something that must not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The header of the table.
    pub span: ByteRange,
    /// What.
    pub what: Denied,
    /// Components that it is about; all without.
    pub component: Option<Spanned<Glob>>,
    /// Why.
    pub reason: Option<Spanned<String>>,
}

/// What is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// An import.
    Interface(Spanned<InterfacePattern>),
    /// A host that is called.
    Host(Spanned<Glob>),
}

/// `[[allow]]`: an exception from a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The header of the table.
    pub span: ByteRange,
    /// The rule.
    pub rule: Spanned<String>,
    /// Subjects of findings that it is about (`env:*`); all without.
    pub subject: Option<Spanned<Glob>>,
    /// Components that it is about; all without.
    pub component: Option<Spanned<Glob>>,
    /// Why.
    pub reason: Spanned<String>,
    /// The last day on which it holds; for ever without.
    pub expires: Option<Spanned<Date>>,
    /// Who answers for it.
    pub owner: Option<Spanned<String>>,
}

impl Level {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

impl Policy {
    /// Reads a `policy.toml`.
    pub fn parse(source: &Arc<SourceFile>) -> Result<Policy, TomlErrors> {
        read::document(source, |table, problems| {
            Some(Policy::read(source, table, problems))
        })
    }

    /// Reads the keys of a policy; the caller finishes the table.
    pub(super) fn read(
        source: &Arc<SourceFile>,
        table: &mut Table<'_>,
        problems: &mut Problems,
    ) -> Policy {
        let words = [
            ("complete", Require::Complete),
            ("bounded", Require::Bounded),
        ];
        let require = table.get("require");
        let require = require.and_then(|require| require.word(&words, problems));
        let mut levels = Vec::new();
        let table_of_levels = table.get("levels");
        if let Some(rules) = table_of_levels.and_then(|levels| levels.table(problems)) {
            let words = [Level::Allow, Level::Warn, Level::Deny].map(|l| (l.as_str(), l));
            for level in rules.entries() {
                let rule = level.key().clone();
                levels.extend(level.word(&words, problems).map(|level| (rule, level)));
            }
        }
        let deny = table.get("deny").map(|deny| deny.tables(problems));
        let deny = deny.unwrap_or_default().into_iter();
        let deny = deny.filter_map(|table| Denial::read(table, problems));
        let deny = deny.collect();
        let allow = table.get("allow").map(|allow| allow.tables(problems));
        let allow = allow.unwrap_or_default().into_iter();
        let allow = allow.filter_map(|table| Allowance::read(table, problems));
        Policy {
            source: Arc::clone(source),
            require,
            levels,
            deny,
            allow: allow.collect(),
        }
    }
}

impl Denial {
    fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<Denial> {
        let span = table.span();
        let interface = table.get("interface").and_then(|i| i.text(problems));
        let interface = interface.and_then(|text| pattern(&text, problems));
        let host = glob(&mut table, "host", problems);
        let component = glob(&mut table, "component", problems);
        let reason = table.get("reason").and_then(|reason| reason.text(problems));
        table.finish(problems);
        let what = match (interface, host) {
            (Some(interface), None) => Denied::Interface(interface),
            (None, Some(host)) => Denied::Host(host),
            _ => {
                let message = "`[[deny]]` says exactly one of `interface` and `host`";
                problems.push(Problem::new(span, message));
                return None;
            }
        };
        Some(Denial {
            span,
            what,
            component,
            reason,
        })
    }
}

impl Allowance {
    fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<Allowance> {
        let span = table.span();
        let rule = required(&mut table, "rule", problems);
        let subject = glob(&mut table, "subject", problems);
        let component = glob(&mut table, "component", problems);
        let reason = match table.get("reason") {
            Some(reason) => {
                let reason = reason.text(problems)?;
                if reason.value.trim().is_empty() {
                    problems.push(Problem::new(reason.span, "this reason says nothing"));
                }
                Some(reason)
            }
            None => {
                let message = "this allowance has no `reason`";
                let help = "add `reason = \"…\"`: whoever reads this later wants to know why";
                problems.push(Problem::new(span, message).help(help));
                None
            }
        };
        let expires = table.get("expires").and_then(|date| date.date(problems));
        let owner = table.get("owner").and_then(|owner| owner.text(problems));
        table.finish(problems);
        Some(Allowance {
            span,
            rule: rule?,
            subject,
            component,
            reason: reason?,
            expires,
            owner,
        })
    }
}

fn glob(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Spanned<Glob>> {
    let text = table.get(key)?.text(problems)?;
    Some(text.map(|text| Glob::new(&text)))
}
