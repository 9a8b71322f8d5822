//! Memories of a run: bytes, marks beside them, and how to undo writes.

use super::mark::{Lane, Lanes};
use crate::graph::{Const, MemoryRef, Program};

/// Bytes of all memories of a run together; who wants more gets none.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// Marks are kept for so many bytes at a time.
const PAGE: usize = 256;

struct Memory {
    bytes: Vec<u8>,
    marks: Vec<Option<Box<[Lane; PAGE]>>>,
    page_size: usize,
    maximum: usize,
}

/// What a write replaced.
struct Undo {
    memory: u32,
    address: u32,
    len: u8,
    bytes: [u8; 8],
    marks: Option<Box<Lanes>>,
}

/// All memories of a program.
pub(super) struct Memories {
    all: Vec<Memory>,
    total: usize,
    /// Writes since the outermost try began; empty outside of tries.
    undo: Vec<Undo>,
    /// How many tries are in progress.
    pub tries: u32,
}

impl Memories {
    /// The memories as instantiation leaves them. `None` if they are too large, have 64-bit
    /// addresses, or a segment has an address that is not known.
    pub(super) fn new(program: &Program<'_, '_>) -> Option<Memories> {
        let mut memories = Memories {
            all: Vec::new(),
            total: 0,
            undo: Vec::new(),
            tries: 0,
        };
        for state in &program.memories {
            let page_size = 1usize.checked_shl(state.ty.page_size_log2)?;
            let len = usize::try_from(state.ty.initial)
                .ok()?
                .checked_mul(page_size)?;
            memories.total = memories.total.checked_add(len)?;
            if state.ty.memory64 || memories.total > MAX_BYTES {
                return None;
            }
            let maximum = state.ty.maximum.unwrap_or(u64::MAX);
            memories.all.push(Memory {
                bytes: vec![0; len],
                marks: marks_for(len),
                page_size,
                maximum: usize::try_from(maximum).unwrap_or(usize::MAX),
            });
        }
        for (index, instance) in program.core_instances.iter().enumerate() {
            let id = program.core_instance_id(index);
            for data in &program.binary.module(instance.module).data {
                let Some((memory, offset)) = &data.active else {
                    continue;
                };
                let memory = instance.memories.get(memory.index()).copied().flatten()?;
                let Const::I32(start) = program.evaluate(id, offset)? else {
                    return None;
                };
                let start = start as u32 as usize;
                let bytes = &mut memories.all[memory.index()].bytes;
                let end = start.checked_add(data.bytes.len())?;
                bytes.get_mut(start..end)?.copy_from_slice(data.bytes);
            }
        }
        Some(memories)
    }

    pub(super) fn pages(&self, memory: MemoryRef) -> u64 {
        let memory = &self.all[memory.index()];
        (memory.bytes.len() / memory.page_size) as u64
    }

    /// Adds pages; the number before, or `None` if there are no more.
    pub(super) fn grow(&mut self, memory: MemoryRef, pages: u64) -> Option<u64> {
        let before = self.pages(memory);
        let state = &mut self.all[memory.index()];
        let more = usize::try_from(pages).ok()?.checked_mul(state.page_size)?;
        let total = self.total.checked_add(more)?;
        let after = usize::try_from(before.checked_add(pages)?).ok()?;
        if total > MAX_BYTES || after > state.maximum {
            return None;
        }
        // A try that is undone leaves the memory larger: programs cope with that.
        self.total = total;
        let len = state.bytes.len() + more;
        state.bytes.resize(len, 0);
        state.marks.resize_with(len.div_ceil(PAGE), || None);
        Some(before)
    }

    /// The bytes from an address on, in the lower bytes of a number.
    pub(super) fn load(&self, memory: MemoryRef, address: u64, len: usize) -> Option<u64> {
        let bytes = &self.all[memory.index()].bytes;
        let start = usize::try_from(address).ok()?;
        let found = bytes.get(start..start.checked_add(len)?)?;
        let mut all = [0; 8];
        all[..len].copy_from_slice(found);
        Some(u64::from_le_bytes(all))
    }

    /// The marks of bytes that exist; `None` if there are none.
    pub(super) fn marks(&self, memory: MemoryRef, address: u64, len: usize) -> Option<Lanes> {
        let marks = &self.all[memory.index()].marks;
        let start = address as usize;
        let (first, last) = (start / PAGE, (start + len - 1) / PAGE);
        if marks[first].is_none() && (first == last || marks[last].is_none()) {
            return None;
        }
        let mut lanes = Lanes::default();
        let mut any = false;
        for (i, lane) in lanes.iter_mut().enumerate().take(len) {
            let at = start + i;
            if let Some(page) = &marks[at / PAGE] {
                *lane = page[at % PAGE];
                any |= !lane.is_none();
            }
        }
        any.then_some(lanes)
    }

    /// Writes up to eight bytes with their marks. `None` outside of the memory.
    pub(super) fn store(
        &mut self,
        memory: MemoryRef,
        address: u64,
        len: usize,
        value: u64,
        lanes: Option<Lanes>,
    ) -> Option<()> {
        let before = self.load(memory, address, len)?;
        let old = self.marks(memory, address, len);
        if self.tries > 0 {
            self.undo.push(Undo {
                memory: memory.index() as u32,
                address: address as u32,
                len: len as u8,
                bytes: before.to_le_bytes(),
                marks: old.map(Box::new),
            });
        }
        self.put(memory.index(), address as usize, len, value.to_le_bytes());
        if old.is_some() || lanes.is_some() {
            let lanes = lanes.unwrap_or_default();
            self.put_marks(memory.index(), address as usize, len, &lanes);
        }
        Some(())
    }

    fn put(&mut self, memory: usize, address: usize, len: usize, bytes: [u8; 8]) {
        let target = &mut self.all[memory].bytes[address..address + len];
        target.copy_from_slice(&bytes[..len]);
    }

    fn put_marks(&mut self, memory: usize, address: usize, len: usize, lanes: &Lanes) {
        let marks = &mut self.all[memory].marks;
        for (i, lane) in lanes.iter().enumerate().take(len) {
            let at = address + i;
            match &mut marks[at / PAGE] {
                Some(page) => page[at % PAGE] = *lane,
                None if lane.is_none() => {}
                none => {
                    let mut page = Box::new([Lane::NONE; PAGE]);
                    page[at % PAGE] = *lane;
                    *none = Some(page);
                }
            }
        }
    }

    /// Copies bytes and marks; ranges may overlap.
    pub(super) fn copy(
        &mut self,
        (to, target): (MemoryRef, u64),
        (from, source): (MemoryRef, u64),
        len: u64,
    ) -> Option<()> {
        let exists = |memory: MemoryRef, start: u64| {
            let end = start.checked_add(len)?;
            (end <= self.all[memory.index()].bytes.len() as u64).then_some(())
        };
        exists(to, target)?;
        exists(from, source)?;
        let backward = target > source;
        let mut done = 0;
        while done < len {
            let part = (len - done).min(8);
            let at = if backward { len - done - part } else { done };
            let value = self.load(from, source + at, part as usize)?;
            let lanes = self.marks(from, source + at, part as usize);
            self.store(to, target + at, part as usize, value, lanes)?;
            done += part;
        }
        Some(())
    }

    pub(super) fn fill(
        &mut self,
        memory: MemoryRef,
        address: u64,
        byte: u8,
        len: u64,
    ) -> Option<()> {
        let end = address.checked_add(len)?;
        if end > self.all[memory.index()].bytes.len() as u64 {
            return None;
        }
        let value = u64::from_le_bytes([byte; 8]);
        let mut at = address;
        while at < end {
            let part = (end - at).min(8);
            self.store(memory, at, part as usize, value, None)?;
            at += part;
        }
        Some(())
    }

    /// Writes bytes, with marks if `lanes` has any for them.
    pub(super) fn write(
        &mut self,
        memory: MemoryRef,
        address: u64,
        bytes: &[u8],
        lane: impl Fn(usize) -> Lane,
    ) -> Option<()> {
        for (index, byte) in bytes.iter().enumerate() {
            let mut lanes = Lanes::default();
            lanes[0] = lane(index);
            let at = address.checked_add(index as u64)?;
            self.store(memory, at, 1, u64::from(*byte), Some(lanes))?;
        }
        Some(())
    }

    /// Where undoing would stop.
    pub(super) fn written(&self) -> usize {
        self.undo.len()
    }

    /// Takes back all writes since there were so many.
    pub(super) fn undo(&mut self, written: usize) {
        while self.undo.len() > written {
            let Some(undo) = self.undo.pop() else {
                return;
            };
            let (memory, address) = (undo.memory as usize, undo.address as usize);
            self.put(memory, address, undo.len as usize, undo.bytes);
            let lanes = undo.marks.map(|m| *m).unwrap_or_default();
            self.put_marks(memory, address, undo.len as usize, &lanes);
        }
    }
}

fn marks_for(len: usize) -> Vec<Option<Box<[Lane; PAGE]>>> {
    let mut marks = Vec::new();
    marks.resize_with(len.div_ceil(PAGE), || None);
    marks
}
