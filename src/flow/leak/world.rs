//! What memory and globals may hold at one point of a run. Words of the stack and of data
//! stand at addresses; heap objects are apart, and only pointers lead to them.

use super::super::image::Images;
use super::word::{Labels, Place, Thing, Val, Word};
use crate::graph::MemoryRef;
use std::collections::BTreeMap;
use std::rc::Rc;

const WORDS: u32 = 16;

pub(super) type Page = [Word; WORDS as usize];

/// Entries by key, shared until one changes.
#[derive(Clone)]
pub(super) struct Table<K, V>(Rc<Vec<(K, Rc<V>)>>);

impl<K: Ord + Copy, V: Clone> Table<K, V> {
    pub(super) fn new() -> Self {
        Table(Rc::new(Vec::new()))
    }

    fn find(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(k, _)| *k)
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        let at = self.find(key).ok()?;
        Some(&self.0[at].1)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(k, v)| (*k, &**v))
    }

    pub(super) fn edit(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let at = self.find(key);
        let entries = Rc::make_mut(&mut self.0);
        let at = match at {
            Ok(at) => at,
            Err(at) => {
                entries.insert(at, (key, Rc::new(new())));
                at
            }
        };
        Rc::make_mut(&mut entries[at].1)
    }

    /// Changes an entry that is there.
    pub(super) fn change(&mut self, key: K, value: V) {
        if let Ok(at) = self.find(key) {
            Rc::make_mut(&mut self.0)[at].1 = Rc::new(value);
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(K) -> bool) {
        if !self.0.iter().all(|(key, _)| keep(*key)) {
            Rc::make_mut(&mut self.0).retain(|(key, _)| keep(*key));
        }
    }

    /// Both together; `alone` for what only one has.
    fn join(&self, other: &Self, both: impl Fn(&V, &V) -> V, alone: impl Fn(K, &V) -> V) -> Self {
        if Rc::ptr_eq(&self.0, &other.0) {
            return self.clone();
        }
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut joined = Vec::with_capacity(self.0.len().max(other.0.len()));
        loop {
            let (left, right) = (a.peek(), b.peek());
            match (left, right) {
                (None, None) => break,
                (Some((k, v)), Some((l, w))) if k == l => {
                    let value = match Rc::ptr_eq(v, w) {
                        true => Rc::clone(v),
                        false => Rc::new(both(v, w)),
                    };
                    joined.push((*k, value));
                    a.next();
                    b.next();
                }
                (Some((k, v)), Some((l, _))) if k < l => {
                    joined.push((*k, Rc::new(alone(*k, v))));
                    a.next();
                }
                (Some((k, v)), None) => {
                    joined.push((*k, Rc::new(alone(*k, v))));
                    a.next();
                }
                (_, Some((l, w))) => {
                    joined.push((*l, Rc::new(alone(*l, w))));
                    b.next();
                }
            }
        }
        Table(Rc::new(joined))
    }

    fn is_within(
        &self,
        other: &Self,
        both: impl Fn(&V, &V) -> bool,
        alone: impl Fn(K, &V) -> bool,
        missing: impl Fn(K, &V) -> bool,
    ) -> bool {
        if Rc::ptr_eq(&self.0, &other.0) {
            return true;
        }
        let mut b = other.0.iter().peekable();
        for (key, value) in self.0.iter() {
            while let Some((k, w)) = b.peek()
                && k < key
            {
                if !missing(*k, w) {
                    return false;
                }
                b.next();
            }
            let fits = match b.peek() {
                Some((k, w)) if k == key => {
                    let fits = Rc::ptr_eq(value, w) || both(value, w);
                    b.next();
                    fits
                }
                _ => alone(*key, value),
            };
            if !fits {
                return false;
            }
        }
        b.all(|(k, w)| missing(*k, w))
    }
}

/// A heap object.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// Words at known offsets.
    pub cells: BTreeMap<u32, Word>,
    /// What every other word may be.
    pub rest: Word,
    /// Whether it stands for several, so that no write replaces anything.
    pub many: bool,
}

impl Object {
    pub(super) fn all(&self) -> Word {
        let mut word = self.rest.clone();
        for cell in self.cells.values() {
            word = word.join(cell);
        }
        word
    }

    pub(super) fn word(&self, at: u32) -> &Word {
        self.cells.get(&at).unwrap_or(&self.rest)
    }

    /// Any word may have been replaced by this one.
    pub(super) fn blur(&mut self, word: &Word) {
        self.rest.labels.stale = 0;
        self.rest = self.rest.join(word);
        for cell in self.cells.values_mut() {
            *cell = cell.join(word);
        }
    }

    fn join(&self, other: &Object) -> Object {
        let mut cells = BTreeMap::new();
        for at in self.cells.keys().chain(other.cells.keys()) {
            cells
                .entry(*at)
                .or_insert_with(|| self.word(*at).join(other.word(*at)));
        }
        Object {
            cells,
            rest: self.rest.join(&other.rest),
            many: self.many || other.many,
        }
    }

    fn is_within(&self, other: &Object) -> bool {
        self.rest.is_within(&other.rest)
            && (!self.many || other.many)
            && self
                .cells
                .keys()
                .chain(other.cells.keys())
                .all(|at| self.word(*at).is_within(other.word(*at)))
    }
}

/// A frame on the shadow stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub id: u32,
    pub memory: MemoryRef,
    pub low: u32,
    pub high: u32,
    /// Offsets from `low` at which things begin. Sorted.
    pub cuts: Rc<[u32]>,
}

#[derive(Clone)]
pub(super) struct World {
    pub pages: Table<(MemoryRef, u32), Page>,
    pub objects: Table<u32, Object>,
    pub globals: Rc<Vec<Val>>,
    pub frames: Rc<Vec<Frame>>,
    /// For each memory, what code that was not followed may have written to data.
    pub smear: Rc<Vec<Word>>,
    /// For each memory, what was written nobody knows where.
    pub wild: Rc<Vec<Word>>,
    /// What objects held that were given back.
    pub freed: Labels,
}

impl World {
    /// The page of a word, and its place in it.
    fn spot(address: u32) -> (u32, usize) {
        (address / 4 / WORDS, (address / 4 % WORDS) as usize)
    }

    /// What a word of data is before anything runs.
    fn initial(images: &Images<'_>, memory: MemoryRef, address: u32) -> Word {
        let base = address & !3;
        let bytes = [0, 1, 2, 3].map(|i| images.initial(memory, base.wrapping_add(i)));
        Word::known(u32::from_le_bytes(bytes))
    }

    fn initial_page(images: &Images<'_>, key: (MemoryRef, u32)) -> Page {
        std::array::from_fn(|i| Self::initial(images, key.0, (key.1 * WORDS + i as u32) * 4))
    }

    /// The word around an address, as it was written there.
    pub(super) fn word(&self, images: &Images<'_>, memory: MemoryRef, address: u32) -> Word {
        let (page, at) = Self::spot(address);
        match self.pages.get((memory, page)) {
            Some(page) => page[at].clone(),
            None => Self::initial(images, memory, address),
        }
    }

    pub(super) fn set_word(
        &mut self,
        images: &Images<'_>,
        memory: MemoryRef,
        address: u32,
        word: Word,
    ) {
        let (page, at) = Self::spot(address);
        let key = (memory, page);
        self.pages.edit(key, || Self::initial_page(images, key))[at] = word;
    }

    /// The thing on the stack that an address lies in: start and end, and its frame.
    pub(super) fn slot(&self, memory: MemoryRef, address: u32) -> Option<(u32, u32, u32)> {
        let frame = self
            .frames
            .iter()
            .rev()
            .find(|f| f.memory == memory && f.low <= address && address < f.high)?;
        let offset = address - frame.low;
        let after = frame.cuts.partition_point(|c| *c <= offset);
        let start = after.checked_sub(1).map_or(0, |i| frame.cuts[i]);
        let end = frame.cuts.get(after).copied().unwrap_or(u32::MAX);
        let end = frame.low.saturating_add(end).min(frame.high);
        Some((frame.id, frame.low + start, end))
    }

    /// A place of which only the thing is known.
    pub(super) fn somewhere(&self, memory: MemoryRef, place: Place) -> Place {
        match place {
            (Thing::Stack, Some(at)) => match self.slot(memory, at) {
                Some((frame, start, end)) => (Thing::Slot { frame, start, end }, None),
                None => (Thing::Stack, None),
            },
            (thing, _) => (thing, None),
        }
    }

    pub(super) fn is_live(&self, frame: u32) -> bool {
        self.frames.iter().any(|f| f.id == frame)
    }

    pub(super) fn join(&self, other: &World, images: &Images<'_>) -> World {
        let page = |a: &Page, b: &Page| std::array::from_fn(|i| a[i].join(&b[i]));
        let against = |key, a: &Page| {
            let b = Self::initial_page(images, key);
            page(a, &b)
        };
        World {
            pages: self.pages.join(&other.pages, page, against),
            objects: self
                .objects
                .join(&other.objects, Object::join, |_, o| o.clone()),
            globals: joined(&self.globals, &other.globals, Val::join),
            frames: match self.frames.len() <= other.frames.len() {
                true => Rc::clone(&self.frames),
                false => Rc::clone(&other.frames),
            },
            smear: joined(&self.smear, &other.smear, Word::join),
            wild: joined(&self.wild, &other.wild, Word::join),
            freed: self.freed.with(other.freed),
        }
    }

    /// Whether everything that this state stands for is in the other.
    pub(super) fn is_within(&self, other: &World, images: &Images<'_>) -> bool {
        let page = |a: &Page, b: &Page| a.iter().zip(b).all(|(a, b)| a.is_within(b));
        let alone = |key, a: &Page| page(a, &Self::initial_page(images, key));
        let missing = |key, b: &Page| page(&Self::initial_page(images, key), b);
        let within = |a: &Rc<Vec<Word>>, b: &Rc<Vec<Word>>| {
            Rc::ptr_eq(a, b) || a.iter().zip(b.iter()).all(|(a, b)| a.is_within(b))
        };
        self.frames == other.frames
            && self.freed.is_within(other.freed)
            && within(&self.smear, &other.smear)
            && within(&self.wild, &other.wild)
            && (Rc::ptr_eq(&self.globals, &other.globals)
                || self
                    .globals
                    .iter()
                    .zip(other.globals.iter())
                    .all(|(a, b)| a.is_within(b)))
            && self.pages.is_within(&other.pages, page, alone, missing)
            && self
                .objects
                .is_within(&other.objects, Object::is_within, |_, _| false, |_, _| true)
    }

    /// Leaves the frames that came after.
    pub(super) fn pop_frames(&mut self, len: usize) {
        if self.frames.len() <= len {
            return;
        }
        let gone: Vec<Frame> = Rc::make_mut(&mut self.frames).split_off(len);
        for frame in gone {
            self.clear(&frame);
        }
    }

    /// Leaves the frames of a memory that lie below an address.
    pub(super) fn pop_below(&mut self, memory: MemoryRef, address: u32) {
        let dead = |f: &Frame| f.memory == memory && f.low < address;
        if self.frames.iter().any(dead) {
            let gone: Vec<Frame> = self.frames.iter().filter(|f| dead(f)).cloned().collect();
            Rc::make_mut(&mut self.frames).retain(|f| !dead(f));
            for frame in gone {
                self.clear(&frame);
            }
        }
    }

    /// What a frame held is not looked at again.
    fn clear(&mut self, frame: &Frame) {
        let first = frame.low.div_ceil(4 * WORDS);
        let last = frame.high / (4 * WORDS);
        let memory = frame.memory;
        self.pages
            .retain(|(m, page)| m != memory || page < first || page >= last);
        for page in [frame.low / (4 * WORDS), last] {
            if self.pages.get((memory, page)).is_none() {
                continue;
            }
            let words = self
                .pages
                .edit((memory, page), || std::array::from_fn(|_| Word::ZERO));
            for (index, word) in words.iter_mut().enumerate() {
                let address = (page * WORDS + index as u32) * 4;
                if frame.low <= address && address < frame.high {
                    *word = Word::ZERO;
                }
            }
        }
    }
}

fn joined<T: Clone + PartialEq>(
    a: &Rc<Vec<T>>,
    b: &Rc<Vec<T>>,
    join: impl Fn(&T, &T) -> T,
) -> Rc<Vec<T>> {
    match Rc::ptr_eq(a, b) {
        true => Rc::clone(a),
        false => Rc::new(a.iter().zip(b.iter()).map(|(a, b)| join(a, b)).collect()),
    }
}
