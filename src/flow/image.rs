//! What memory holds before any code runs: data segments, and which of their bytes code
//! writes.

use crate::graph::{Const, CoreInstanceId, MemoryRef, Program};
use std::collections::{BTreeMap, BTreeSet};

/// The initial contents of all memories.
pub(crate) struct Images<'a> {
    memories: Vec<Image<'a>>,
}

/// The initial contents of one memory.
#[derive(Default)]
struct Image<'a> {
    /// Address → bytes, sorted, not overlapping.
    segments: Vec<(u32, &'a [u8])>,
    /// Whether a segment has an address that is not known: then nothing is constant.
    unknown: bool,
    /// Bytes that start functions wrote, over the segments.
    patches: BTreeMap<u32, u8>,
    /// Start → end of what code writes at known addresses.
    written: BTreeMap<u32, u32>,
}

impl<'a> Images<'a> {
    pub(crate) fn new(program: &Program<'a, '_>) -> Self {
        let mut memories: Vec<Image<'a>> = Vec::new();
        memories.resize_with(program.memories.len(), Image::default);
        for (index, instance) in program.core_instances.iter().enumerate() {
            let id = program.core_instance_id(index);
            for data in &program.binary.module(instance.module).data {
                let Some((memory, offset)) = &data.active else {
                    continue;
                };
                let memory = instance.memories.get(memory.index()).copied().flatten();
                let Some(memory) = memory else { continue };
                match start(program, id, offset) {
                    Some(start) => memories[memory.index()].add(start, data.bytes),
                    None => memories[memory.index()].unknown = true,
                }
            }
        }
        Images { memories }
    }

    /// The byte at an address: from a segment, if no code writes it.
    pub(crate) fn constant(&self, memory: MemoryRef, address: u32) -> Option<u8> {
        let image = &self.memories[memory.index()];
        let written = image.written.range(..=address).next_back();
        if image.unknown || written.is_some_and(|(_, end)| address < *end) {
            return None;
        }
        image.initial(address)
    }

    /// The byte at an address before any code runs, zero where no segment reaches.
    pub(crate) fn initial(&self, memory: MemoryRef, address: u32) -> u8 {
        self.memories[memory.index()].initial(address).unwrap_or(0)
    }

    /// Whether a segment covers the address.
    pub(crate) fn covers(&self, memory: MemoryRef, address: u32) -> bool {
        self.memories[memory.index()].initial(address).is_some()
    }

    /// Notes that code writes `len` bytes at a known address. Returns whether bytes of a
    /// segment that counted as constant no longer do.
    pub(crate) fn write(&mut self, memory: MemoryRef, address: u32, len: u32) -> bool {
        let image = &mut self.memories[memory.index()];
        let end = address.saturating_add(len);
        let covered = image.written.range(..=address).next_back();
        if len == 0 || covered.is_some_and(|(_, e)| *e >= end) {
            return false;
        }
        let touches = image.touches(address, end);
        let mut start = address;
        let mut stop = end;
        // Swallow every range that touches the new one.
        while let Some((&s, &e)) = image.written.range(..=stop).next_back() {
            if e < start {
                break;
            }
            image.written.remove(&s);
            start = start.min(s);
            stop = stop.max(e);
        }
        image.written.insert(start, stop);
        touches
    }

    /// The segment that covers an address, or the run of bytes that a start function wrote
    /// around it: start and length.
    pub(crate) fn extent(&self, memory: MemoryRef, address: u32) -> Option<(u32, u32)> {
        let image = &self.memories[memory.index()];
        if let Some((start, bytes)) = image.segment(address) {
            return Some((start, bytes.len() as u32));
        }
        image.patches.get(&address)?;
        let mut start = address;
        while start > 0 && image.patches.contains_key(&(start - 1)) {
            start -= 1;
        }
        let mut end = address;
        while end < u32::MAX && image.patches.contains_key(&(end + 1)) {
            end += 1;
        }
        Some((start, (end - start).saturating_add(1)))
    }

    /// Where the last segment of a memory ends.
    pub(crate) fn end(&self, memory: MemoryRef) -> u32 {
        let last = self.memories[memory.index()].segments.last();
        last.map_or(0, |(start, bytes)| start.saturating_add(bytes.len() as u32))
    }

    /// A word is written before anything else runs. `everywhere`: also where no segment
    /// reaches.
    pub(crate) fn patch(
        &mut self,
        memory: MemoryRef,
        address: u32,
        bytes: [u8; 4],
        everywhere: bool,
    ) {
        let image = &mut self.memories[memory.index()];
        for (index, byte) in bytes.into_iter().enumerate() {
            let at = address.wrapping_add(index as u32);
            let initial = image.initial(at);
            if initial != Some(byte) && (everywhere || initial.is_some()) {
                image.patches.insert(at, byte);
            }
        }
    }

    /// Whether one of these addresses stands as a word in data.
    pub(crate) fn mentions(&self, memory: MemoryRef, addresses: &BTreeSet<u32>) -> bool {
        let segments = &self.memories[memory.index()].segments;
        segments.iter().any(|(start, bytes)| {
            let aligned = (start.wrapping_neg() % 4) as usize;
            let words = bytes.get(aligned..).unwrap_or_default().chunks_exact(4);
            let mut words = words.map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
            words.any(|word| addresses.contains(&word))
        })
    }
}

fn start(
    program: &Program<'_, '_>,
    id: CoreInstanceId,
    offset: &crate::binary::ConstExpr<'_>,
) -> Option<u32> {
    match program.evaluate(id, offset)? {
        Const::I32(start) => Some(start as u32),
        Const::I64(start) => u32::try_from(start).ok(),
        _ => None,
    }
}

impl<'a> Image<'a> {
    fn add(&mut self, start: u32, bytes: &'a [u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = u64::from(start) + bytes.len() as u64;
        let at = self.segments.partition_point(|(s, _)| *s < start);
        let before = at.checked_sub(1).map(|i| self.segments[i]);
        let overlaps_before =
            before.is_some_and(|(s, b)| u64::from(s) + b.len() as u64 > u64::from(start));
        let overlaps_after = self
            .segments
            .get(at)
            .is_some_and(|(s, _)| u64::from(*s) < end);
        // Segments that overlap would need the order of instantiation: rare, so not followed.
        if overlaps_before || overlaps_after || end > 1 << 32 {
            self.unknown = true;
            return;
        }
        self.segments.insert(at, (start, bytes));
    }

    fn segment(&self, address: u32) -> Option<(u32, &'a [u8])> {
        let at = self.segments.partition_point(|(s, _)| *s <= address);
        let (start, bytes) = self.segments[at.checked_sub(1)?];
        ((address - start) as usize)
            .lt(&bytes.len())
            .then_some((start, bytes))
    }

    fn initial(&self, address: u32) -> Option<u8> {
        if let Some(byte) = self.patches.get(&address) {
            return Some(*byte);
        }
        let (start, bytes) = self.segment(address)?;
        bytes.get((address - start) as usize).copied()
    }

    fn touches(&self, start: u32, end: u32) -> bool {
        if start < end && self.patches.range(start..end).next().is_some() {
            return true;
        }
        let at = self.segments.partition_point(|(s, _)| *s < end);
        at.checked_sub(1).is_some_and(|i| {
            let (s, bytes) = self.segments[i];
            u64::from(s) + bytes.len() as u64 > u64::from(start)
        })
    }
}
