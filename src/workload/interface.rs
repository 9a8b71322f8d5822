//! Patterns over the names of imports.

use crate::base::Glob;
use std::fmt;

/// Names of interfaces: `wasi:http/types@0.2.6`, `wasi:http/*`, `wasi:keyvalue/store@0.2`.
///
/// Before `@` stands a [`Glob`] over the name without its version. A version of fewer than
/// three numbers stands for all that begin with them, a full one for itself; without a
/// version, or with `@*`, every version is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfacePattern {
    text: String,
    name: Glob,
    version: Option<String>,
}

impl InterfacePattern {
    /// The pattern that a text says, or what is wrong with its version.
    pub fn parse(text: &str) -> Result<InterfacePattern, String> {
        let (name, version) = match text.rsplit_once('@') {
            Some((name, version)) => (name, Some(version).filter(|v| *v != "*")),
            None => (text, None),
        };
        if name.is_empty() {
            return Err(format!("`{text}` names no interface"));
        }
        if let Some(version) = version {
            let partial = version.split('.').collect::<Vec<_>>();
            let numbers = partial
                .iter()
                .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
            let good = match partial.len() {
                1 | 2 => numbers,
                _ => semver::Version::parse(version).is_ok(),
            };
            if !good {
                return Err(format!(
                    "`{version}` is not a version: expected `1`, `0.2` or `0.2.6`"
                ));
            }
        }
        Ok(InterfacePattern {
            text: text.to_string(),
            name: Glob::new(name),
            version: version.map(str::to_string),
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name of an import or export, with its version if it has one, matches.
    pub fn matches(&self, name: &str) -> bool {
        let (name, version) = match name.rsplit_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (name, None),
        };
        let fits = match (&self.version, version) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wanted), Some(version)) => {
                let rest = version.strip_prefix(wanted.as_str());
                let partial = wanted.split('.').count() < 3;
                rest.is_some_and(|rest| rest.is_empty() || (partial && rest.starts_with('.')))
            }
        };
        fits && self.name.matches(name)
    }
}

impl fmt::Display for InterfacePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.
mod tests {
    use super::*;

    #[test]
    fn versions_match_by_their_numbers() {
        let matches = |pattern: &str, name| InterfacePattern::parse(pattern).unwrap().matches(name);
        assert!(matches("wasi:http/types", "wasi:http/types@0.2.6"));
        assert!(matches("wasi:http/*", "wasi:http/types@0.2.6"));
        assert!(matches("wasi:*@0.2", "wasi:http/types@0.2.6"));
        assert!(!matches("wasi:*@0.2", "wasi:http/types@0.20.6"));
        assert!(!matches("wasi:*@0.2", "wasi:http/types@0.3.0"));
        assert!(!matches("wasi:*@0.2", "wasi:http/types"));
        assert!(matches("a:b/c@0.2.0-rc.1", "a:b/c@0.2.0-rc.1"));
        assert!(!matches("a:b/c@0.2.0", "a:b/c@0.2.0-rc.1"));
        assert!(matches("*@*", "a:b/c@1.0.0"));
        assert!(matches("run", "run"));
        for bad in [
            "",
            "@1",
            "a:b/c@",
            "a:b/c@x",
            "a:b/c@1.",
            "a:b/c@1.2.3.4",
            "a@^1",
        ] {
            assert!(InterfacePattern::parse(bad).is_err(), "{bad}");
        }
    }
}
