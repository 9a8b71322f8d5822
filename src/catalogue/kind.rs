//! Kinds of resources.

use std::fmt;
use std::sync::Arc;

/// What a name names: `env`, `config`, `bucket`, or a kind of a user's catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(Arc<str>);

impl Kind {
    /// The kinds that the built-in catalogue uses.
    pub const BUILTIN: &[&str] = &[
        "env",
        "config",
        "secret",
        "bucket",
        "bucket-key",
        "container",
        "object",
        "topic",
        "database",
        "http-host",
        "http-path",
        "dns-name",
        "socket-address",
        "path",
        "sql",
        "link-name",
        "model",
        "variable",
        "wapc-binding",
        "wapc-namespace",
        "wapc-operation",
    ];

    /// A kind by its name: lower-case words of letters and digits joined by `-`.
    pub fn new(name: &str) -> Option<Kind> {
        let word = |w: &str| {
            w.starts_with(|c: char| c.is_ascii_lowercase())
                && w.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        name.split('-').all(word).then(|| Kind(name.into()))
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
