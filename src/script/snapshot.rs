//! Memory as an interpreter left it when its component was built: the data segments.

use std::borrow::Cow;

/// Memory before any code runs. What no segment reaches is zero.
#[derive(Clone, Debug, Default)]
pub struct Snapshot<'a> {
    /// Address → bytes, sorted, not overlapping.
    segments: Vec<(u32, &'a [u8])>,
}

impl<'a> Snapshot<'a> {
    /// Takes segments in any order; where they overlap, what was there first stays.
    pub fn new(segments: impl IntoIterator<Item = (u32, &'a [u8])>) -> Snapshot<'a> {
        let mut all: Vec<(u32, &'a [u8])> = segments
            .into_iter()
            .filter(|(start, bytes)| {
                !bytes.is_empty() && u64::from(*start) + bytes.len() as u64 <= 1 << 32
            })
            .collect();
        all.sort_by_key(|(start, _)| *start);
        let mut end = 0;
        all.retain(|(start, bytes)| {
            let fits = u64::from(*start) >= end;
            if fits {
                end = u64::from(*start) + bytes.len() as u64;
            }
            fits
        });
        Snapshot { segments: all }
    }

    /// Where the last segment ends.
    pub fn end(&self) -> u64 {
        let last = self.segments.last();
        last.map_or(0, |(start, bytes)| u64::from(*start) + bytes.len() as u64)
    }

    /// How many bytes the segments have.
    pub fn len(&self) -> usize {
        self.segments.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Whether there is no segment.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    fn before(&self, address: u32) -> usize {
        self.segments
            .partition_point(|(start, _)| *start <= address)
    }

    /// What of the segment at an address is left from there on.
    fn rest(&self, address: u32) -> Option<&'a [u8]> {
        let (start, bytes) = self.segments[self.before(address).checked_sub(1)?];
        bytes
            .get((address - start) as usize..)
            .filter(|b| !b.is_empty())
    }

    /// Bytes from an address on; `None` beyond the last segment.
    pub fn bytes(&self, address: u32, len: usize) -> Option<Cow<'a, [u8]>> {
        if u64::from(address) + len as u64 > self.end() {
            return None;
        }
        if let Some(bytes) = self.rest(address).and_then(|rest| rest.get(..len)) {
            return Some(Cow::Borrowed(bytes));
        }
        let mut out = vec![0; len];
        let from = self.before(address).saturating_sub(1);
        for (start, bytes) in &self.segments[from..] {
            let offset = i64::from(*start) - i64::from(address);
            if offset >= len as i64 {
                break;
            }
            let (skip, at) = match offset {
                ..0 => ((-offset) as usize, 0),
                _ => (0, offset as usize),
            };
            let Some(bytes) = bytes.get(skip..) else {
                continue;
            };
            let count = bytes.len().min(len - at);
            out[at..at + count].copy_from_slice(&bytes[..count]);
        }
        Some(Cow::Owned(out))
    }

    /// A byte.
    pub fn byte(&self, address: u32) -> u8 {
        self.rest(address).map_or(0, |rest| rest[0])
    }

    /// A word of 32 bits.
    pub fn word(&self, address: u32) -> u32 {
        if let Some([a, b, c, d, ..]) = self.rest(address) {
            return u32::from_le_bytes([*a, *b, *c, *d]);
        }
        let byte = |index: u32| self.byte(address.wrapping_add(index));
        u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
    }

    /// A word of 16 bits.
    pub fn half(&self, address: u32) -> u16 {
        (self.word(address) & 0xffff) as u16
    }

    /// Text up to the first zero, if it is printable ASCII and not longer than `most`.
    pub fn c_string(&self, address: u32, most: usize) -> Option<&'a str> {
        let rest = self.rest(address)?;
        let end = rest.iter().take(most + 1).position(|b| *b == 0)?;
        let text = std::str::from_utf8(&rest[..end]).ok()?;
        text.bytes()
            .all(|b| (0x20..0x7f).contains(&b))
            .then_some(text)
    }

    /// Whether some segment holds these bytes.
    pub fn contains(&self, needle: &[u8]) -> bool {
        let Some(first) = needle.first() else {
            return true;
        };
        self.segments.iter().any(|(_, bytes)| {
            let mut rest = *bytes;
            while let Some(at) = rest.iter().position(|b| b == first) {
                rest = &rest[at..];
                if rest.starts_with(needle) {
                    return true;
                }
                rest = &rest[1..];
            }
            false
        })
    }

    /// Pairs of words that may be the address and length of something: where the pair
    /// stands, address, length.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        let end = self.end();
        self.words().filter_map(move |(at, address)| {
            if address == 0 || u64::from(address) >= end {
                return None;
            }
            let len = self.word(at.wrapping_add(4));
            let inside = len > 0 && u64::from(address) + u64::from(len) <= end;
            inside.then_some((at, address, len))
        })
    }

    /// All aligned words that a segment holds, with their addresses.
    pub fn words(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.segments.iter().flat_map(|(start, bytes)| {
            let skip = (start.wrapping_neg() % 4) as usize;
            let words = bytes.get(skip..).unwrap_or_default().chunks_exact(4);
            let first = start.wrapping_add(skip as u32);
            words.enumerate().map(move |(index, word)| {
                let value = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                (first.wrapping_add(index as u32 * 4), value)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Snapshot;

    #[test]
    fn gaps_are_zero_and_the_end_is_an_end() {
        let memory = Snapshot::new([(8, &b"abcd"[..]), (16, b"efgh"), (14, b"xyz")]);
        assert_eq!(&*memory.bytes(8, 9).unwrap(), b"abcd\0\0xyz");
        assert_eq!(memory.bytes(8, 10), None);
        assert_eq!(memory.word(10), u32::from_le_bytes(*b"cd\0\0"));
        assert_eq!(memory.word(u32::MAX), 0);
        assert_eq!(memory.c_string(14, 10), None);
        assert_eq!(
            memory.words().next(),
            Some((8, u32::from_le_bytes(*b"abcd")))
        );
    }

    #[test]
    fn segments_at_the_end_of_the_address_space_cost_nothing() {
        let memory = Snapshot::new([(u32::MAX - 3, &b"abcd"[..]), (u32::MAX - 2, b"abcd")]);
        assert_eq!(memory.end(), 1 << 32);
        assert_eq!(memory.word(u32::MAX - 3), u32::from_le_bytes(*b"abcd"));
    }
}
