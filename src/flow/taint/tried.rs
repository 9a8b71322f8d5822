//! What is assumed of names, and what came of it.

use super::mark::Lanes;
use crate::flow::event::Site;
use crate::graph::MemoryRef;
use std::collections::{HashMap, HashSet};

/// A name as the host hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handed {
    pub bytes: Vec<u8>,
    /// From where on its bytes are made up; before it stands what an earlier run found.
    pub start: usize,
}

/// What is assumed of a name.
#[derive(Clone, Debug)]
pub(super) struct Try {
    pub name: usize,
    /// Position, whether the byte there was changed before, and what it is.
    pub assumed: Vec<(usize, bool, u8)>,
    /// The first comparison.
    pub trail: Vec<Site>,
    pub literal: Option<(MemoryRef, u32)>,
    /// Whether the end of the name was looked for where the assumed bytes end.
    pub ended: bool,
    /// Whether a comparison that would have gone on was taken to fail.
    pub failed: bool,
    /// Whether bytes of the name were changed before they were compared.
    pub folded: bool,
    /// Whether its end is being looked for from its beginning on.
    pub scanned: bool,
    /// Whether what stands behind the name was compared as if it went on.
    pub overran: bool,
    /// Where the byte stood that the last one was compared with, if the text that it is part
    /// of would begin elsewhere.
    pub base: Option<(MemoryRef, u32)>,
}

impl Try {
    /// The bits of a value with marks, under the assumption.
    pub(super) fn replace(&self, bits: u64, lanes: &Lanes) -> u64 {
        if self.assumed.is_empty() {
            return bits;
        }
        let mut bytes = bits.to_le_bytes();
        for (byte, lane) in bytes.iter_mut().zip(lanes) {
            if let Some((name, at, changed)) = lane.byte()
                && name == self.name
                && let Some(assumed) = self.at(at, changed)
            {
                *byte = assumed;
            }
        }
        u64::from_le_bytes(bytes)
    }

    pub(super) fn at(&self, position: usize, changed: bool) -> Option<u8> {
        let mut all = self.assumed.iter();
        let found = all.find(|(p, c, _)| (*p, *c) == (position, changed));
        found.map(|(_, _, byte)| *byte)
    }

    pub(super) fn any_at(&self, position: usize) -> Option<u8> {
        let mut all = self.assumed.iter();
        all.find(|(p, _, _)| *p == position).map(|(_, _, b)| *b)
    }

    /// Where the bytes that are assumed from a position on end.
    pub(super) fn end_from(&self, start: usize) -> usize {
        let mut end = start;
        while self.any_at(end).is_some() {
            end += 1;
        }
        end
    }
}

/// What was assumed of one name when a try ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Where it was compared first, calls in progress outermost first.
    pub trail: Vec<Site>,
    /// Where the bytes stood that it was compared with, if memory held them.
    pub literal: Option<(MemoryRef, u32)>,
    pub text: Vec<u8>,
    /// How much of the text was given with the name, since it was found before.
    pub given: usize,
    /// Whether the text is the end of the name, not its beginning.
    pub suffix: bool,
    /// How long the name was.
    pub len: usize,
    /// Whether the end of the name was looked for behind the text.
    pub ended: bool,
    /// Whether bytes of the name were changed before they were compared.
    pub folded: bool,
}

/// What runs have seen.
#[derive(Default)]
pub(super) struct Seen {
    pub names: Vec<Handed>,
    pub found: Vec<Found>,
    /// Whether an address or a comparison depended on several bytes of a name: hash tables.
    pub probed: bool,
    /// Where all steps end.
    pub limit: u64,
    pub attempts: u32,
    pub tried: HashSet<(Site, [u32; 2], usize, usize, u64, u32)>,
    pub probes: HashMap<Site, u32>,
}

/// Bytes that names are made of. Comparisons with others look for something in a name.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-/:@".contains(&byte)
}
