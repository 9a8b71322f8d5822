//! Which needs are meant, and what to say when there are none.

use crate::base::Glob;
use crate::catalogue::Kind;
use crate::needs::{Need, Needs};
use std::collections::BTreeSet;

/// What somebody wants explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted<'n> {
    /// A kind: its verdict, and why it is open.
    Kind,
    /// All keys of a kind.
    All,
    /// One key or pattern.
    Name(&'n str),
}

/// Why nothing can be explained: the question does not fit the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotThere {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// `kind`, `kind:*` or `kind:name`; a name may contain anything, colons included.
pub(super) fn parse(need: &str) -> (&str, Wanted<'_>) {
    match need.split_once(':') {
        None => (need, Wanted::Kind),
        Some((kind, "*")) => (kind, Wanted::All),
        Some((kind, name)) => (kind, Wanted::Name(name)),
    }
}

/// Whether a pattern, as needs write it, admits a name.
pub(super) fn admits(pattern: &str, name: &str) -> bool {
    pattern == name || Glob::from_plain(pattern).matches(name)
}

/// The kind as the needs have it, if any instance has a need of it.
pub(super) fn kind<'k>(needs: &'k Needs, name: &str) -> Result<&'k Kind, NotThere> {
    let kinds: BTreeSet<&Kind> = needs.instances.values().flat_map(|k| k.keys()).collect();
    if let Some(kind) = kinds.iter().find(|k| k.as_str() == name) {
        return Ok(kind);
    }
    let there: Vec<&str> = kinds.iter().map(|k| k.as_str()).collect();
    let help = match there.is_empty() {
        true => "no import of this file takes the name of a resource".to_string(),
        false => format!("kinds of this file: {}", there.join(", ")),
    };
    let message = match Kind::BUILTIN.contains(&name) {
        true => format!("no import of this file makes a need of kind `{name}` possible"),
        false => format!("`{name}` is no kind of resource that this file can need"),
    };
    let near = near(name, there.iter().copied());
    Err(NotThere {
        message,
        help: Some(match near.first() {
            Some(near) => format!("did you mean `{near}`? {help}"),
            None => help,
        }),
    })
}

/// Says that a name is not among the needs of a kind.
pub(super) fn no_such_name(kind: &Kind, name: &str, needs: &[&Need]) -> NotThere {
    let names: BTreeSet<&str> = needs
        .iter()
        .flat_map(|n| n.keys.keys().chain(n.patterns.keys()))
        .map(String::as_str)
        .collect();
    let open = needs.iter().any(|n| !n.blockers.is_empty());
    let mut message = format!("no key `{name}` of kind `{kind}` was found");
    if open {
        message.push_str(", and the verdict is open: more keys than were found may exist");
    }
    let near = near(name, names.iter().copied());
    let quoted: Vec<String> = near.iter().map(|n| format!("`{n}`")).collect();
    let all = match names.len() {
        0 => format!("no key of kind `{kind}` was found at all"),
        n => format!("ask for `{kind}:*` to see all {n}"),
    };
    NotThere {
        message,
        help: Some(match quoted.is_empty() {
            true => all,
            false => format!("did you mean {}? {all}", quoted.join(" or ")),
        }),
    }
}

/// Words like another one, the nearest first; at most three.
fn near<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Vec<&'w str> {
    let folded = |w: &str| w.to_lowercase().replace(['_', '.'], "-");
    let wanted = folded(word);
    let mut found: Vec<(f64, &str)> = words
        .map(|w| (strsim::jaro_winkler(&wanted, &folded(w)), w))
        .filter(|(likeness, _)| *likeness >= 0.85)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.truncate(3);
    found.into_iter().map(|(_, w)| w).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_contain_colons_and_a_kind_may_stand_alone() {
        assert_eq!(parse("env"), ("env", Wanted::Kind));
        assert_eq!(parse("env:*"), ("env", Wanted::All));
        assert_eq!(
            parse("http-host:localhost:80"),
            ("http-host", Wanted::Name("localhost:80"))
        );
        assert_eq!(parse("env:"), ("env", Wanted::Name("")));
    }

    #[test]
    fn the_nearest_words_come_first() {
        let words = ["DATABASE_URL", "DATABASE_USER", "LOG_LEVEL"];
        assert_eq!(
            near("DATABSE_URL", words.into_iter()),
            ["DATABASE_URL", "DATABASE_USER"]
        );
        assert_eq!(near("database-url", words.into_iter())[0], "DATABASE_URL");
        assert!(near("zzz", words.into_iter()).is_empty());
    }

    #[test]
    fn a_pattern_admits_what_its_star_stands_for() {
        assert!(admits("APP_*", "APP_HOST"));
        assert!(admits("APP_*", "APP_*"));
        assert!(!admits("APP_*", "XAPP_HOST"));
    }
}
