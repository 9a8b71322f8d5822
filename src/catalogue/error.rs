//! Why a catalogue file was refused.

use std::ops::Range;

/// A catalogue file that cannot be used, and where it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct CatalogueError {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

/// A place in a file.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl At {
    pub(super) fn error(&self, message: impl Into<String>) -> CatalogueError {
        CatalogueError {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            message: message.into(),
        }
    }

    pub(super) fn new(file: &str, text: &str, span: Option<Range<usize>>) -> At {
        let start = span.map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        At {
            file: file.to_string(),
            line,
            column: column.chars().count() as u32 + 1,
        }
    }
}
