//! What is wrong with a file, and where.

use crate::base::{ByteRange, SourceFile};
use std::fmt;
use std::sync::Arc;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub span: ByteRange,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that matters, and why: the first of two definitions.
    pub also: Option<(ByteRange, String)>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(span: ByteRange, message: impl Into<String>) -> Problem {
        Problem {
            message: message.into(),
            span,
            help: None,
            also: None,
        }
    }

    /// The same, with advice.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// The same, with a second place.
    pub fn also(mut self, span: ByteRange, why: impl Into<String>) -> Problem {
        self.also = Some((span, why.into()));
        self
    }
}

/// Everything that is wrong with one file, in the order of the file; at least one problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlErrors {
    /// The file.
    pub source: Arc<SourceFile>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl std::error::Error for TomlErrors {}

impl fmt::Display for TomlErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(
                f,
                "{}: {}",
                self.source.place(problem.span),
                problem.message
            )?;
            if let Some((span, why)) = &problem.also {
                write!(f, "\n  {}: {why}", self.source.place(*span))?;
            }
            if let Some(help) = &problem.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}
