//! Files with values: which names they give a value to. The values themselves are not kept.

use crate::base::{Position, SourceFile};
use std::collections::{BTreeMap, BTreeSet};
use toml::de::{DeTable, DeValue};

/// The names that a file gives values to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// The name of the file.
    pub file: String,
    /// Names that hold for every kind.
    any: BTreeSet<String>,
    /// Names by kind.
    by_kind: BTreeMap<String, BTreeSet<String>>,
}

/// A file that could not be read. Says where, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValuesError {
    /// Line and column.
    pub at: Position,
    /// What was expected.
    pub message: &'static str,
}

impl Values {
    /// Reads lines of `NAME=value`, as `.env` files have them: comments with `#`, an `export`
    /// before the name, quotes around a value, which may then have several lines.
    pub fn dotenv(source: &SourceFile) -> Result<Values, ValuesError> {
        let mut values = Values {
            file: source.name().to_string(),
            ..Values::default()
        };
        let text = source.text();
        let mut at = 0;
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            let line = rest.split('\n').next().unwrap_or_default();
            let error = |message| ValuesError {
                at: source.position(at as u64),
                message,
            };
            let next = at + line.len() + 1;
            let plain = line.trim();
            if plain.is_empty() || plain.starts_with('#') {
                at = next;
                continue;
            }
            let Some((name, value)) = line.split_once('=') else {
                return Err(error("expected `NAME=value`"));
            };
            let name = name.trim();
            let name = name.strip_prefix("export ").unwrap_or(name).trim();
            if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '"') {
                return Err(error("expected a name before `=`"));
            }
            values.any.insert(name.to_string());
            let value = value.trim_start();
            let begin = at + (line.len() - value.len());
            at = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let open = error("the quote that begins here has no end");
                    let inner = text.get(begin + 1..).unwrap_or_default();
                    let length = quoted(inner, quote).ok_or(open)?;
                    let after = begin + 1 + length;
                    let tail = text.get(after..).unwrap_or_default();
                    after + tail.find('\n').map_or(tail.len(), |end| end + 1)
                }
                _ => next,
            };
        }
        Ok(values)
    }

    /// Reads TOML: `NAME = value` holds for every kind, `[KIND]` with such lines for one.
    pub fn toml(source: &SourceFile) -> Result<Values, ValuesError> {
        let document = DeTable::parse(source.text()).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            ValuesError {
                at: source.position(start as u64),
                message: "this is not TOML",
            }
        })?;
        let mut values = Values {
            file: source.name().to_string(),
            ..Values::default()
        };
        for (name, value) in document.get_ref() {
            let name = name.get_ref().to_string();
            match value.get_ref() {
                DeValue::Table(table) => {
                    let names = table.keys().map(|key| key.get_ref().to_string());
                    values.by_kind.entry(name).or_default().extend(names);
                }
                _ => {
                    values.any.insert(name);
                }
            }
        }
        Ok(values)
    }

    /// Whether a key of a kind has a value.
    pub fn has(&self, kind: &str, key: &str) -> bool {
        let of_kind = self.by_kind.get(kind);
        self.any.contains(key) || of_kind.is_some_and(|names| names.contains(key))
    }
}

/// How many bytes a quoted value takes, the closing quote included.
fn quoted(inner: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.
mod tests {
    use super::*;

    fn dotenv(text: &str) -> Result<Values, ValuesError> {
        Values::dotenv(&SourceFile::new(".env", text))
    }

    #[test]
    fn names_of_an_env_file() {
        let text =
            "# a\n\nA=1\nexport B = two words # c\nC='it=s\nD=no'\nE=\"x\\\"\nF=no\" # c\nG=\n";
        let values = dotenv(text).unwrap();
        for name in ["A", "B", "C", "E", "G"] {
            assert!(
                values.has("env", name) && values.has("secret", name),
                "{name}"
            );
        }
        for name in ["D", "F", "a", "1"] {
            assert!(!values.has("env", name), "{name}");
        }
        assert!(dotenv("A=1\r\nB=2").unwrap().has("env", "B"));
    }

    #[test]
    fn names_of_a_toml_file() {
        let source = SourceFile::new("v.toml", "A = 1\n[secret]\n\"a.b\" = 'x'\n[env]\nB = ''");
        let values = Values::toml(&source).unwrap();
        assert!(values.has("env", "A") && values.has("secret", "A"));
        assert!(values.has("secret", "a.b") && !values.has("config", "a.b"));
        assert!(values.has("env", "B") && !values.has("secret", "B"));
    }

    #[test]
    fn errors_say_where_and_never_what() {
        let error = dotenv("A=1\nhunter2\n").unwrap_err();
        assert_eq!(error.at.line, 2);
        assert!(!error.to_string().contains("hunter2"));
        let error = dotenv("A='hunter2\n").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
        assert!(dotenv("a b=1").is_err() && dotenv("=1").is_err());
        let source = SourceFile::new("v.toml", "A = hunter2\n");
        let error = Values::toml(&source).unwrap_err();
        assert_eq!(
            (error.at.line, error.to_string().as_str()),
            (1, "this is not TOML")
        );
    }
}
