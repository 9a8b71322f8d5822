//! Where the bytes of memory come from: kept beside memory for people who ask, never looked
//! at by the analysis itself.

use super::engine::Run;
use super::event::{Piece, Site, Source};
use super::image::Images;
use super::step::Body;
use crate::graph::MemoryRef;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

/// Bytes per page, as in [`super::memory`].
const PAGE: u32 = 64;

/// How many loads are remembered to find where a stored value comes from.
const RECENT: usize = 16;

/// Where one byte comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Byte {
    /// Nothing is known, or it is what the segments put there.
    #[default]
    Initial,
    /// Copied from this address of data.
    Copied(MemoryRef, u32),
    /// Written by an instruction, by its number.
    Written(u32),
}

/// Where bytes that were written come from, shared between states until one writes.
#[derive(Clone, Default)]
pub(crate) struct Origins {
    pages: Rc<Vec<(u64, Rc<[Byte; PAGE as usize]>)>>,
}

/// What the recording of origins needs beside the states.
#[derive(Default)]
pub(crate) struct Recorder {
    /// Whether anybody asks.
    pub on: bool,
    /// The instruction that runs.
    pub here: Option<Site>,
    sites: Vec<Site>,
    numbers: HashMap<Site, u32>,
    recent: VecDeque<Load>,
}

/// A load that was executed a moment ago.
struct Load {
    width: u8,
    bits: u64,
    from: [Byte; 8],
}

fn key(memory: MemoryRef, address: u32) -> u64 {
    (memory.index() as u64) << 32 | u64::from(address / PAGE)
}

impl Origins {
    fn get(&self, memory: MemoryRef, address: u32) -> Byte {
        let wanted = key(memory, address);
        match self.pages.binary_search_by_key(&wanted, |(k, _)| *k) {
            Ok(at) => self.pages[at].1[(address % PAGE) as usize],
            Err(_) => Byte::Initial,
        }
    }

    fn set(&mut self, memory: MemoryRef, address: u32, byte: Byte) {
        let wanted = key(memory, address);
        let pages = Rc::make_mut(&mut self.pages);
        let at = match pages.binary_search_by_key(&wanted, |(k, _)| *k) {
            Ok(at) => at,
            Err(_) if byte == Byte::Initial => return,
            Err(at) => {
                pages.insert(at, (wanted, Rc::new([Byte::Initial; PAGE as usize])));
                at
            }
        };
        Rc::make_mut(&mut pages[at].1)[(address % PAGE) as usize] = byte;
    }

    /// Where a byte ultimately comes from, seen as the source of a copy.
    fn as_source(&self, images: &Images<'_>, memory: MemoryRef, address: u32) -> Byte {
        match self.get(memory, address) {
            Byte::Initial if images.covers(memory, address) => Byte::Copied(memory, address),
            other => other,
        }
    }

    /// Bytes are copied as they are.
    pub(crate) fn copy(
        &mut self,
        recorder: &mut Recorder,
        images: &Images<'_>,
        to: (MemoryRef, u32),
        from: (MemoryRef, u32),
        len: u32,
    ) {
        let source = |i: u32| self.as_source(images, from.0, from.1.wrapping_add(i));
        let bytes: Vec<Byte> = (0..len).map(source).collect();
        for (index, byte) in bytes.into_iter().enumerate() {
            let byte = match byte {
                Byte::Initial => recorder.written(),
                known => known,
            };
            self.set(to.0, to.1.wrapping_add(index as u32), byte);
        }
    }

    /// A known value was loaded.
    pub(crate) fn loaded(
        &self,
        recorder: &mut Recorder,
        images: &Images<'_>,
        (memory, address): (MemoryRef, u32),
        width: u8,
        bits: u64,
    ) {
        let mut from = [Byte::Initial; 8];
        for (index, byte) in from.iter_mut().take(usize::from(width)).enumerate() {
            *byte = self.as_source(images, memory, address.wrapping_add(index as u32));
        }
        if recorder.recent.len() >= RECENT {
            recorder.recent.pop_back();
        }
        recorder.recent.push_front(Load { width, bits, from });
    }

    /// A value is stored; `bits` is `None` when it is not known.
    pub(crate) fn stored(
        &mut self,
        recorder: &mut Recorder,
        (memory, address): (MemoryRef, u32),
        width: u8,
        bits: Option<u64>,
    ) {
        let mask = match width {
            8.. => u64::MAX,
            _ => (1 << (u32::from(width) * 8)) - 1,
        };
        let same = |l: &&Load| l.width == width && Some(l.bits & mask) == bits.map(|b| b & mask);
        let moved = recorder.recent.iter().find(same).map(|l| l.from);
        let written = recorder.written();
        for index in 0..u32::from(width).min(8) {
            let byte = match moved.map(|from| from[index as usize]) {
                Some(Byte::Initial) | None => written,
                Some(known) => known,
            };
            self.set(memory, address.wrapping_add(index), byte);
        }
    }

    /// Bytes are set to something by the instruction that runs.
    pub(crate) fn filled(
        &mut self,
        recorder: &mut Recorder,
        memory: MemoryRef,
        address: u32,
        len: u32,
    ) {
        let written = recorder.written();
        for index in 0..len {
            self.set(memory, address.wrapping_add(index), written);
        }
    }

    /// Where a run of known bytes comes from, in pieces of one source each.
    pub(crate) fn pieces(
        &self,
        recorder: &Recorder,
        images: &Images<'_>,
        memory: MemoryRef,
        address: u32,
        bytes: &[u8],
    ) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for (index, byte) in bytes.iter().enumerate() {
            let at = address.wrapping_add(index as u32);
            // A claim is made only about bytes that really stand where it says.
            let holds = |m: MemoryRef, a: u32| images.covers(m, a) && images.initial(m, a) == *byte;
            let source = match self.get(memory, at) {
                Byte::Initial if images.constant(memory, at) == Some(*byte) => Source::Data {
                    memory,
                    address: at,
                },
                Byte::Copied(memory, address) if holds(memory, address) => {
                    Source::Data { memory, address }
                }
                Byte::Written(number) => Source::Written(recorder.sites[number as usize]),
                _ => Source::Unknown,
            };
            match pieces.last_mut() {
                Some(piece) if piece.goes_on_with(&source) => piece.len += 1,
                _ => pieces.push(Piece { source, len: 1 }),
            }
        }
        pieces
    }
}

impl Recorder {
    /// An instruction runs.
    pub(crate) fn at(&mut self, run: &Run, body: &Body, pc: u32) {
        if self.on {
            let offset = body.offsets[pc as usize];
            self.here = run.trail.last().map(|site| Site { offset, ..*site });
        }
    }

    fn written(&mut self) -> Byte {
        let Some(site) = self.here else {
            return Byte::Initial;
        };
        let next = self.sites.len() as u32;
        let number = *self.numbers.entry(site).or_insert(next);
        if number == next {
            self.sites.push(site);
        }
        Byte::Written(number)
    }
}

impl Piece {
    /// Whether one more byte of `source` continues this piece.
    fn goes_on_with(&self, source: &Source) -> bool {
        match (&self.source, source) {
            (
                Source::Data { memory, address },
                Source::Data {
                    memory: m,
                    address: a,
                },
            ) => memory == m && address.wrapping_add(self.len) == *a,
            (Source::Written(a), Source::Written(b)) => a == b,
            (Source::Unknown, Source::Unknown) => true,
            _ => false,
        }
    }
}
