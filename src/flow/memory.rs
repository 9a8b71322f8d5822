//! Memory as an overlay of pages over the image, shared between states until written.

use super::image::Images;
use super::value::{Sym, Word};
use crate::graph::MemoryRef;
use std::rc::Rc;

/// Bytes per page and words per page.
const PAGE: u32 = 64;
const WORDS: usize = 16;

/// Four bytes of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The bytes that are known, or were; zero elsewhere.
    pub data: u32,
    /// One bit per known byte.
    pub mask: u8,
    /// One bit per byte that was known before code ran that was not followed.
    pub before: u8,
    /// What the whole word is, when it is one symbol.
    pub sym: Option<Sym>,
}

impl Cell {
    pub(crate) const UNKNOWN: Cell = Cell {
        data: 0,
        mask: 0,
        before: 0,
        sym: None,
    };

    fn of(word: Word) -> Cell {
        match word {
            Word::Known(data) => Cell {
                data,
                mask: 0xf,
                before: 0,
                sym: None,
            },
            Word::Unknown(sym) => Cell {
                data: 0,
                mask: 0,
                before: 0,
                sym: Some(sym),
            },
        }
    }

    /// The word, when it is known as a whole.
    pub(crate) fn known(&self) -> Option<u32> {
        (self.mask == 0xf).then_some(self.data)
    }

    fn byte(&self, index: u32) -> Option<u8> {
        (self.mask & 1 << index != 0).then(|| (self.data >> (index * 8)) as u8)
    }

    fn set_byte(&mut self, index: u32, byte: Option<u8>) {
        self.sym = None;
        let shift = index * 8;
        self.data &= !(0xff << shift);
        self.before &= !(1 << index);
        match byte {
            Some(byte) => {
                self.data |= u32::from(byte) << shift;
                self.mask |= 1 << index;
            }
            None => self.mask &= !(1 << index),
        }
    }

    /// The word before code ran that was not followed, when it was known.
    pub(crate) fn word_before(&self) -> Option<u32> {
        (self.mask | self.before == 0xf).then_some(self.data)
    }

    /// Code that is not followed may write these bytes.
    fn fade(&mut self, bytes: u8) {
        self.before |= self.mask & bytes;
        self.mask &= !bytes;
        self.sym = None;
    }

    /// What both cells have in common.
    pub(crate) fn join(self, other: Cell) -> Cell {
        if self == other {
            return self;
        }
        let (mut mask, mut before) = (0, 0);
        let mut data = 0;
        for index in 0..4 {
            let (bit, byte) = (1 << index, 0xffu32 << (index * 8));
            let both = (self.mask | self.before) & (other.mask | other.before) & bit != 0;
            if !both || self.data & byte != other.data & byte {
                continue;
            }
            data |= self.data & byte;
            match self.mask & other.mask & bit {
                0 => before |= bit,
                _ => mask |= bit,
            }
        }
        Cell {
            data,
            mask,
            before,
            sym: None,
        }
    }
}

pub(crate) type Page = [Cell; WORDS];

/// The contents of all memories, as far as they differ from the start.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    /// Sorted by memory and page number.
    pages: Rc<Vec<(u64, Rc<Page>)>>,
}

/// What memory holds where nothing was written.
pub(crate) trait Background {
    /// The byte, when it is known.
    fn byte(&self, memory: MemoryRef, address: u32) -> Option<u8>;
}

/// Everything zero but the segments: a fresh instance.
pub(crate) struct Fresh<'i, 'a>(pub &'i Images<'a>);

impl Background for Fresh<'_, '_> {
    fn byte(&self, memory: MemoryRef, address: u32) -> Option<u8> {
        Some(self.0.initial(memory, address))
    }
}

/// Only what no code writes.
pub(crate) struct Constant<'i, 'a>(pub &'i Images<'a>);

impl Background for Constant<'_, '_> {
    fn byte(&self, memory: MemoryRef, address: u32) -> Option<u8> {
        self.0.constant(memory, address)
    }
}

pub(crate) fn key(memory: MemoryRef, address: u32) -> u64 {
    (memory.index() as u64) << 32 | u64::from(address / PAGE)
}

/// Address of the first byte of a page.
pub(crate) fn page_start(key: u64) -> u32 {
    (key as u32).wrapping_mul(PAGE)
}

pub(crate) fn background_page(back: &dyn Background, key: u64) -> Page {
    let memory = MemoryRef::from_index((key >> 32) as usize);
    let start = page_start(key);
    let mut page = [Cell::UNKNOWN; WORDS];
    for (word, cell) in page.iter_mut().enumerate() {
        for index in 0..4 {
            let address = start.wrapping_add(word as u32 * 4 + index);
            let byte = back.byte(memory, address);
            if byte.is_some() {
                cell.set_byte(index, byte);
            }
        }
    }
    page
}

impl Memory {
    /// Pages written, sorted by key.
    pub(crate) fn pages(&self) -> &[(u64, Rc<Page>)] {
        &self.pages
    }

    /// Whether the same was written in both.
    pub(crate) fn same(&self, other: &Memory) -> bool {
        Rc::ptr_eq(&self.pages, &other.pages)
            || self.pages.len() == other.pages.len()
                && self
                    .pages
                    .iter()
                    .zip(&*other.pages)
                    .all(|((a, x), (b, y))| a == b && (Rc::ptr_eq(x, y) || x == y))
    }

    /// Pages written that lie at least partly between two addresses.
    pub(crate) fn pages_within(
        &self,
        memory: MemoryRef,
        start: u32,
        end: u32,
    ) -> &[(u64, Rc<Page>)] {
        let last = key(memory, end.saturating_sub(1));
        let from = self.pages.partition_point(|(k, _)| *k < key(memory, start));
        let to = self.pages.partition_point(|(k, _)| *k <= last);
        self.pages.get(from..to).unwrap_or(&[])
    }

    pub(crate) fn page(&self, key: u64) -> Option<&Rc<Page>> {
        let at = self.pages.binary_search_by_key(&key, |(k, _)| *k).ok()?;
        Some(&self.pages[at].1)
    }

    pub(crate) fn set_page(&mut self, key: u64, page: Rc<Page>) {
        let pages = Rc::make_mut(&mut self.pages);
        match pages.binary_search_by_key(&key, |(k, _)| *k) {
            Ok(at) => pages[at].1 = page,
            Err(at) => pages.insert(at, (key, page)),
        }
    }

    /// Keeps the pages for which `keep` holds.
    pub(crate) fn retain(&mut self, keep: impl Fn(u64) -> bool) {
        if self.pages.iter().all(|(key, _)| keep(*key)) {
            return;
        }
        Rc::make_mut(&mut self.pages).retain(|(key, _)| keep(*key));
    }

    fn page_mut(&mut self, back: &dyn Background, key: u64) -> &mut Page {
        let pages = Rc::make_mut(&mut self.pages);
        let at = match pages.binary_search_by_key(&key, |(k, _)| *k) {
            Ok(at) => at,
            Err(at) => {
                pages.insert(at, (key, Rc::new(background_page(back, key))));
                at
            }
        };
        Rc::make_mut(&mut pages[at].1)
    }

    pub(crate) fn byte(
        &self,
        back: &dyn Background,
        memory: MemoryRef,
        address: u32,
    ) -> Option<u8> {
        match self.page(key(memory, address)) {
            Some(page) => page[(address % PAGE / 4) as usize].byte(address % 4),
            None => back.byte(memory, address),
        }
    }

    pub(crate) fn set_byte(
        &mut self,
        back: &dyn Background,
        memory: MemoryRef,
        address: u32,
        byte: Option<u8>,
    ) {
        let page = self.page_mut(back, key(memory, address));
        page[(address % PAGE / 4) as usize].set_byte(address % 4, byte);
    }

    /// The word at an aligned address: known, one symbol, or neither.
    pub(crate) fn cell(&self, back: &dyn Background, memory: MemoryRef, address: u32) -> Cell {
        match self.page(key(memory, address)) {
            Some(page) => page[(address % PAGE / 4) as usize],
            None => {
                let mut cell = Cell::UNKNOWN;
                for index in 0..4 {
                    let byte = back.byte(memory, address.wrapping_add(index));
                    if byte.is_some() {
                        cell.set_byte(index, byte);
                    }
                }
                cell
            }
        }
    }

    pub(crate) fn set_word(
        &mut self,
        back: &dyn Background,
        memory: MemoryRef,
        address: u32,
        word: Word,
    ) {
        if address.is_multiple_of(4) {
            self.page_mut(back, key(memory, address))[(address % PAGE / 4) as usize] =
                Cell::of(word);
            return;
        }
        for index in 0..4 {
            let byte = word.known().map(|w| (w >> (index * 8)) as u8);
            self.set_byte(back, memory, address.wrapping_add(index), byte);
        }
    }

    /// Gives a word that is not known a symbol.
    pub(crate) fn name_word(
        &mut self,
        back: &dyn Background,
        memory: MemoryRef,
        address: u32,
        sym: Sym,
    ) {
        let page = self.page_mut(back, key(memory, address));
        page[(address % PAGE / 4) as usize].sym = Some(sym);
    }

    /// Code that is not followed may write the bytes between two addresses.
    pub(crate) fn fade(&mut self, memory: MemoryRef, start: u32, end: u32) {
        let last = key(memory, end.saturating_sub(1));
        let from = self.pages.partition_point(|(k, _)| *k < key(memory, start));
        let to = self.pages.partition_point(|(k, _)| *k <= last);
        if from >= to {
            return;
        }
        let pages = Rc::make_mut(&mut self.pages);
        for (key, page) in &mut pages[from..to] {
            let first = page_start(*key);
            let (low, high) = (start.saturating_sub(first), (end - first).min(PAGE));
            let faded = |c: &Cell| c.mask == 0 && c.sym.is_none();
            let words = low as usize / 4..(high as usize).div_ceil(4);
            if page[words].iter().all(faded) {
                continue;
            }
            let page = Rc::make_mut(page);
            for byte in low..high {
                page[(byte / 4) as usize].fade(1 << (byte % 4));
            }
        }
    }

    /// Forgets `len` bytes where the background knows nothing either: only pages that were
    /// written hold anything to forget.
    pub(crate) fn forget(&mut self, memory: MemoryRef, address: u32, len: u32) {
        let end = u64::from(address) + u64::from(len);
        let (first, last) = (
            key(memory, address),
            (memory.index() as u64) << 32
                | (end.saturating_sub(1) / u64::from(PAGE)).min(u64::from(u32::MAX)),
        );
        let from = self.pages.partition_point(|(k, _)| *k < first);
        let to = self.pages.partition_point(|(k, _)| *k <= last);
        if from >= to || len == 0 {
            return;
        }
        let pages = Rc::make_mut(&mut self.pages);
        let mut gone = false;
        for (key, page) in &mut pages[from..to] {
            let start = u64::from(page_start(*key));
            if u64::from(address) <= start && start + u64::from(PAGE) <= end {
                *key = u64::MAX;
                gone = true;
                continue;
            }
            let first = u64::from(address).saturating_sub(start) as usize;
            let stop = (end - start).min(u64::from(PAGE)) as usize;
            let (first_word, last_word) = (first / 4, stop.div_ceil(4));
            if page[first_word..last_word]
                .iter()
                .all(|c| *c == Cell::UNKNOWN)
            {
                continue;
            }
            let page = Rc::make_mut(page);
            for byte in first..stop {
                page[byte / 4].set_byte(byte as u32 % 4, None);
            }
        }
        if gone {
            pages.retain(|(key, _)| *key != u64::MAX);
        }
    }
}
