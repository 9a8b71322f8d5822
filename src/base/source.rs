//! Text files with positions: where a value stands, for people.

use super::ByteRange;
use std::fmt;

/// A text file, kept so that messages can quote it.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    /// Offset of the first byte of each line.
    lines: Vec<usize>,
}

/// A place in a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl SourceFile {
    /// The file `name`, as the user wrote its path, with its text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        SourceFile {
            name: name.into(),
            text,
            lines,
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of lines; a final newline starts no further line that counts.
    pub fn line_count(&self) -> u32 {
        let last_is_empty = self.lines.last() == Some(&self.text.len());
        (self.lines.len() - usize::from(last_is_empty && self.lines.len() > 1)) as u32
    }

    /// Line and column of a byte offset; an offset beyond the end is the end.
    pub fn position(&self, offset: u64) -> Position {
        let offset = usize::try_from(offset).map_or(self.text.len(), |o| o.min(self.text.len()));
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self
            .text
            .char_indices()
            .skip_while(|(at, _)| *at < start)
            .take_while(|(at, _)| *at < offset);
        Position {
            line: line as u32,
            column: before.count() as u32 + 1,
        }
    }

    /// The text of a line, from 1, without its line break; empty beyond the end.
    pub fn line(&self, line: u32) -> &str {
        let index = (line as usize).saturating_sub(1);
        let start = self.lines.get(index).copied().unwrap_or(self.text.len());
        let end = self.lines.get(index + 1).copied();
        let end = end.unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        line.trim_end_matches(['\n', '\r'])
    }

    /// The text that a range covers; empty when it covers none.
    pub fn slice(&self, span: ByteRange) -> &str {
        let range = usize::try_from(span.start)
            .ok()
            .zip(span.end.try_into().ok());
        range
            .and_then(|(start, end)| self.text.get(start..end))
            .unwrap_or_default()
    }

    /// `name:line:column` of the start of a range.
    pub fn place(&self, span: ByteRange) -> String {
        let Position { line, column } = self.position(span.start);
        format!("{}:{line}:{column}", self.name)
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({}, {} bytes)", self.name, self.text.len())
    }
}

/// A value and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The bytes of the file that say it.
    pub span: ByteRange,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: ByteRange) -> Self {
        Spanned { value, span }
    }

    /// Another value at the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(f(self.value), self.span)
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let file = SourceFile::new("a.toml", "x = 1\nkäse = \"ö\"\r\n\nend");
        let at = |offset| {
            let Position { line, column } = file.position(offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(5), (1, 6));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(9), (2, 3), "the two bytes of ä are one column");
        assert_eq!(at(20), (3, 1));
        assert_eq!(at(21), (4, 1));
        assert_eq!(at(999), (4, 4));
        assert_eq!(file.line(2), "käse = \"ö\"");
        assert_eq!(file.line(3), "");
        assert_eq!(file.line(4), "end");
        assert_eq!(file.line(9), "");
        assert_eq!(file.line_count(), 4);
        assert_eq!(file.slice(ByteRange::new(21, 24)), "end");
        assert_eq!(file.slice(ByteRange::new(8, 99)), "");
        assert_eq!(file.place(ByteRange::new(6, 7)), "a.toml:2:1");
    }

    #[test]
    fn an_empty_file_has_a_first_line() {
        let file = SourceFile::new("a", "");
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.line_count(), 1);
        assert_eq!(SourceFile::new("a", "x\n").line_count(), 1);
    }
}
