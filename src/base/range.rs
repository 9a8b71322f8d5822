//! Byte ranges of the input file.

use std::fmt;

/// A half-open range of byte offsets, counted from the start of the input file, also for
/// things nested several components deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ByteRange {
    /// Offset of the first byte.
    pub start: u64,
    /// Offset one past the last byte.
    pub end: u64,
}

impl ByteRange {
    /// The range `start..end`; an `end` before `start` gives an empty range.
    pub fn new(start: u64, end: u64) -> Self {
        ByteRange {
            start,
            end: end.max(start),
        }
    }

    /// Number of bytes covered.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether no byte is covered.
    pub fn is_empty(&self) -> bool {
        self.end == self.start
    }

    /// The bytes of `file` that the range covers, or `None` when it reaches past its end.
    pub fn of<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.start).ok()?;
        let end = usize::try_from(self.end).ok()?;
        file.get(start..end)
    }
}

impl From<std::ops::Range<u64>> for ByteRange {
    fn from(range: std::ops::Range<u64>) -> Self {
        ByteRange::new(range.start, range.end)
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..{:#x}", self.start, self.end)
    }
}
