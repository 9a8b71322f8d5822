//! Everything a state holds beside the locals of the running function: memory, globals,
//! what is known of symbols, and which memory unknown code may write.

use super::heap::Object;
use super::memory::{Memory, page_start};
use super::origin::Origins;
use super::value::{Sym, Value, Word};
use crate::graph::{GlobalRef, MemoryRef};
use std::rc::Rc;

/// Where heap objects get their addresses: above anything a module places itself.
pub(crate) const HEAP: u32 = 0x4000_0000;
/// Where they end; allocation fails beyond.
pub(crate) const HEAP_END: u32 = 0x7f00_0000;

/// What is known of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Is(u32),
    NotZero,
}

/// How many facts a state remembers; those about the oldest symbols are dropped.
const MAX_FACTS: usize = 64;

/// A part of memory that belongs to one thing and that only its address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Region {
    pub memory: MemoryRef,
    pub start: u32,
    pub end: u32,
}

/// A frame on the shadow stack.
#[derive(Clone, Debug)]
pub(crate) struct StackFrame {
    pub memory: MemoryRef,
    pub low: u32,
    pub high: u32,
    /// Offsets from `low` at which addresses are taken: things begin there. Sorted.
    pub cuts: Rc<[u32]>,
}

#[derive(Clone)]
pub(crate) struct World {
    pub memory: Memory,
    pub globals: Rc<Vec<Value>>,
    /// Sorted by symbol.
    facts: Rc<Vec<(Sym, Fact)>>,
    /// The greatest values of symbols, sorted by symbol.
    pub(super) bounds: Rc<Vec<(Sym, u32)>>,
    /// Regions whose address is known to unknown code or was lost; sorted.
    escaped: Rc<Vec<Region>>,
    /// Heap objects: start, size; sorted.
    pub heap: Rc<Vec<Object>>,
    pub heap_top: u32,
    /// Frames of the running functions, outermost first.
    pub frames: Rc<Vec<StackFrame>>,
    /// Whether something escaped or was written since unknown code last ran.
    pub dirty: bool,
    /// Whether a branch was taken that would not be if calls that were not followed had
    /// changed nothing: such a path may be none that can run.
    pub doubtful: bool,
    /// Where written bytes come from; empty unless evidence is asked for.
    pub origins: Origins,
    /// Pages that concrete execution added to memories.
    pub grown: u32,
}

impl World {
    pub(crate) fn new(globals: Vec<Value>) -> World {
        World {
            memory: Memory::default(),
            globals: Rc::new(globals),
            facts: Rc::default(),
            bounds: Rc::default(),
            escaped: Rc::default(),
            heap: Rc::default(),
            heap_top: HEAP,
            frames: Rc::default(),
            dirty: false,
            doubtful: false,
            origins: Origins::default(),
            grown: 0,
        }
    }

    /// Moves the world out, where another takes its place at once.
    pub(crate) fn take(&mut self) -> World {
        std::mem::replace(self, World::new(Vec::new()))
    }

    /// Whether nothing distinguishes two worlds.
    pub(super) fn same(&self, other: &World) -> bool {
        self.heap_top == other.heap_top
            && self.dirty == other.dirty
            && self.doubtful == other.doubtful
            && self.globals == other.globals
            && self.facts == other.facts
            && self.bounds == other.bounds
            && self.escaped == other.escaped
            && self.heap == other.heap
            && self.frames.len() == other.frames.len()
            && self.memory.same(&other.memory)
    }

    /// Drops all facts and bounds.
    pub(super) fn forget_facts(&mut self) {
        self.facts = Rc::default();
        self.bounds = Rc::default();
    }

    /// The word, with what is known of its symbol.
    pub(crate) fn resolve(&self, word: Word) -> Word {
        let Word::Unknown(sym) = word else {
            return word;
        };
        match self.fact(sym) {
            Some(Fact::Is(value)) => Word::Known(value),
            _ => word,
        }
    }

    pub(crate) fn resolve_value(&self, value: Value) -> Value {
        Value {
            lo: self.resolve(value.lo),
            hi: self.resolve(value.hi),
        }
    }

    pub(crate) fn fact(&self, sym: Sym) -> Option<Fact> {
        let at = self.facts.binary_search_by_key(&sym, |(s, _)| *s).ok()?;
        Some(self.facts[at].1)
    }

    pub(crate) fn facts(&self) -> &[(Sym, Fact)] {
        &self.facts
    }

    /// Learns a fact; `false` when it contradicts what is known: the state can't be.
    pub(crate) fn learn(&mut self, sym: Sym, fact: Fact) -> bool {
        if let Fact::Is(value) = fact
            && self.at_most(sym).is_some_and(|bound| value > bound)
        {
            return false;
        }
        match (self.fact(sym), fact) {
            (Some(Fact::Is(a)), Fact::Is(b)) => a == b,
            (Some(Fact::Is(a)), Fact::NotZero) => a != 0,
            (Some(Fact::NotZero), Fact::Is(0)) => false,
            (Some(Fact::NotZero), Fact::NotZero) => true,
            (_, fact) => {
                let facts = Rc::make_mut(&mut self.facts);
                match facts.binary_search_by_key(&sym, |(s, _)| *s) {
                    Ok(at) => facts[at].1 = fact,
                    Err(at) => facts.insert(at, (sym, fact)),
                }
                if facts.len() > MAX_FACTS {
                    facts.remove(0);
                }
                true
            }
        }
    }

    /// Keeps the facts that `other` shares.
    pub(crate) fn meet_facts(&mut self, other: &World) {
        if Rc::ptr_eq(&self.facts, &other.facts) {
            return;
        }
        let kept = |(sym, fact): &(Sym, Fact)| other.fact(*sym) == Some(*fact);
        if !self.facts.iter().all(kept) {
            let facts = self.facts.iter().copied().filter(kept).collect();
            self.facts = Rc::new(facts);
        }
    }

    pub(crate) fn global(&self, global: GlobalRef) -> Value {
        self.globals
            .get(global.index())
            .copied()
            .unwrap_or(Value::ZERO)
    }

    pub(crate) fn set_global(&mut self, global: GlobalRef, value: Value) {
        if let Some(slot) = Rc::make_mut(&mut self.globals).get_mut(global.index()) {
            *slot = value;
        }
    }

    /// The region that an address lies in: a heap object, or a thing on a stack frame.
    pub(crate) fn region(&self, memory: MemoryRef, address: u32) -> Option<Region> {
        if (HEAP..HEAP_END).contains(&address) {
            let at = self
                .heap
                .partition_point(|(m, start, _)| (*m, *start) <= (memory, address));
            let (m, start, size) = *self.heap.get(at.checked_sub(1)?)?;
            let inside = m == memory && address - start <= size;
            return inside.then_some(Region {
                memory,
                start,
                end: start + size,
            });
        }
        let frame = self
            .frames
            .iter()
            .rev()
            .find(|f| f.memory == memory && f.low <= address && address < f.high)?;
        let offset = address - frame.low;
        let at = frame.cuts.partition_point(|cut| *cut <= offset);
        let start = at.checked_sub(1).map_or(0, |i| frame.cuts[i]);
        let end = frame
            .cuts
            .get(at)
            .copied()
            .unwrap_or(frame.high - frame.low);
        Some(Region {
            memory,
            start: frame.low + start,
            end: frame.low + end.min(frame.high - frame.low),
        })
    }

    /// Whether an address belongs to a frame or heap object of this state.
    pub(crate) fn is_local(&self, memory: MemoryRef, address: u32) -> bool {
        self.region(memory, address).is_some()
    }

    /// The address in `word` gets out of sight.
    pub(crate) fn lose(&mut self, memory: MemoryRef, word: Word) {
        let Word::Known(address) = self.resolve(word) else {
            return;
        };
        if let Some(region) = self.region(memory, address) {
            self.escape(region);
        }
    }

    pub(crate) fn escape(&mut self, region: Region) {
        if let Err(at) = self.escaped.binary_search(&region) {
            Rc::make_mut(&mut self.escaped).insert(at, region);
            self.dirty = true;
        }
    }

    pub(crate) fn has_escaped(&self, region: &Region) -> bool {
        self.escaped.binary_search(region).is_ok()
    }

    /// Regions whose address is known to unknown code or was lost.
    pub(crate) fn escaped(&self) -> &[Region] {
        &self.escaped
    }

    /// Regions that are no more.
    pub(super) fn drop_escaped(&mut self, gone: impl Fn(&Region) -> bool) {
        if self.escaped.iter().any(&gone) {
            Rc::make_mut(&mut self.escaped).retain(|r| !gone(r));
        }
    }

    /// Unknown code runs, or something is stored at an unknown address: everything that can
    /// be reached from what escaped becomes unknown, and so does every written static.
    pub(crate) fn clobber(&mut self) {
        if !self.dirty {
            return;
        }
        self.close_escaped();
        let escaped = Rc::clone(&self.escaped);
        for region in escaped.iter() {
            if region.start >= HEAP {
                let len = region.end - region.start;
                self.memory.forget(region.memory, region.start, len);
            } else {
                self.memory.fade(region.memory, region.start, region.end);
            }
        }
        let (heap, frames) = (Rc::clone(&self.heap), Rc::clone(&self.frames));
        let is_local = |key: u64| {
            let memory = MemoryRef::from_index((key >> 32) as usize);
            let start = page_start(key);
            let end = u64::from(start) + 64;
            let in_frame = frames
                .iter()
                .any(|f| f.memory == memory && u64::from(f.low) < end && f.high > start);
            in_frame || (start >= HEAP && !heap.is_empty())
        };
        // Pages without anything local hold statics only; without their overlay they show
        // constants, and nothing of what code writes.
        self.memory.retain(is_local);
        self.dirty = false;
    }

    /// Adds every region that escaped memory leads to.
    pub(super) fn close_escaped(&mut self) {
        let memory = self.memory.clone();
        let mut todo: Vec<Region> = self.escaped.to_vec();
        while let Some(region) = todo.pop() {
            // Only pages that were written can hold addresses of local things.
            for (key, page) in memory.pages_within(region.memory, region.start, region.end) {
                let first = page_start(*key);
                for (word, cell) in page.iter().enumerate() {
                    let address = first + word as u32 * 4;
                    if address + 4 > region.start
                        && address < region.end
                        && let Some(pointer) = cell.known()
                        && let Some(next) = self.region(region.memory, pointer)
                        && !self.has_escaped(&next)
                    {
                        self.escape(next);
                        todo.push(next);
                    }
                }
            }
        }
    }

    /// A function lowers the stack pointer from `high` to `low`: the frame is its own.
    pub(crate) fn push_frame(&mut self, memory: MemoryRef, low: u32, high: u32, cuts: Rc<[u32]>) {
        Rc::make_mut(&mut self.frames).push(StackFrame {
            memory,
            low,
            high,
            cuts,
        });
    }

    /// Frames beyond the first `keep` are gone, and what was known of them.
    pub(crate) fn pop_frames(&mut self, keep: usize) {
        while self.frames.len() > keep {
            let Some(frame) = Rc::make_mut(&mut self.frames).pop() else {
                return;
            };
            let gone = |r: &Region| {
                r.memory == frame.memory && frame.low <= r.start && r.start < frame.high
            };
            self.drop_escaped(gone);
            let len = frame.high - frame.low;
            self.memory.forget(frame.memory, frame.low, len);
        }
    }

    /// Pops the frames that lie below the stack pointer `low`.
    pub(crate) fn pop_below(&mut self, memory: MemoryRef, low: u32) {
        let keep = self
            .frames
            .iter()
            .rposition(|f| f.memory != memory || f.low >= low)
            .map_or(0, |i| i + 1);
        self.pop_frames(keep);
    }

    /// A fresh object; `None` when the address space of the analysis is used up.
    pub(crate) fn allocate(&mut self, memory: MemoryRef, size: Option<u32>) -> Option<u32> {
        // Objects of unknown size get room; nothing is written beyond what is known to fit.
        let len = size.unwrap_or(0x1_0000).min(0x100_0000);
        let start = self.heap_top;
        let next = start.checked_add(len)?.checked_add(31)? & !15;
        if next >= HEAP_END {
            return None;
        }
        self.heap_top = next;
        let heap = Rc::make_mut(&mut self.heap);
        let at = heap.partition_point(|(m, s, _)| (*m, *s) < (memory, start));
        heap.insert(at, (memory, start, len));
        Some(start)
    }
}
