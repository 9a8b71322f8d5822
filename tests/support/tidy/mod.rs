//! The checks behind `tests/tidy.rs`. A check comes with made-up input that it must refuse:
//! without that it could pass because it looks at nothing.

mod code;
mod layers;
mod lex;
mod pairs;
mod panics;
mod paths;
mod places;
mod repo;
mod text;

pub(crate) use repo::Repo;

use std::fmt;

/// Something that is not as `architecture.md` wants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offence {
    file: String,
    line: usize,
    message: String,
}

impl Offence {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Offence {
        Offence {
            file: file.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// One rule of the house.
pub(crate) struct Check {
    /// What is asked for.
    pub(crate) name: &'static str,
    /// Finds everything against it.
    pub(crate) run: fn(&Repo) -> Vec<Offence>,
    /// Made-up trees that must be refused.
    pub(crate) bad: &'static [Example],
    /// Made-up trees that must pass.
    pub(crate) good: &'static [Files],
}

/// The files of a made-up tree: path and text.
pub(crate) type Files = &'static [(&'static str, &'static str)];

/// A made-up tree, and a part of each complaint about it, in order.
pub(crate) struct Example {
    /// The tree.
    pub(crate) files: Files,
    /// The complaints: one for each offence, no more and no less.
    pub(crate) says: &'static [&'static str],
}

/// Every check there is.
pub(crate) const CHECKS: &[Check] = &[
    layers::EDGES,
    layers::MODULES,
    places::CRATES,
    places::WORLD,
    places::WIRE,
    places::PRINTING,
    panics::PANICS,
    text::LENGTH,
    text::LOCAL_PATHS,
    text::UNFINISHED,
    pairs::RULES,
    pairs::FIXTURES,
];
