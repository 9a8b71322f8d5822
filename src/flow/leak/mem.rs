//! Reading and writing memory through pointers of which only some is known.
//!
//! A pointer stays in the thing that it points into, and a number that comes from nowhere is
//! no pointer: `docs/secrets.md` names these assumptions.

use super::super::step::Access;
use super::machine::{Machine, Spot, State};
use super::word::{LEAST_ADDRESS, Labels, Thing, Val, Word};
use super::world::World;
use crate::graph::MemoryRef;
use std::collections::BTreeSet;

/// Known numbers of bytes up to this are copied word by word.
pub(super) const MAX_EXACT: u32 = 2_048;

impl Machine<'_, '_, '_, '_> {
    /// A word of the stack or of data, at a known address.
    pub(super) fn word_at(&self, world: &World, memory: MemoryRef, address: u32) -> Word {
        let images = &self.engine.images;
        let base = address & !3;
        let constant = || (0..4).all(|i| images.constant(memory, base.wrapping_add(i)).is_some());
        if world.slot(memory, address).is_none() && !self.in_stack(memory, address) {
            if constant() {
                return world.word(images, memory, address);
            }
            let word = world.word(images, memory, address);
            return word.join(&world.smear[memory.index()]);
        }
        world.word(images, memory, address)
    }

    /// Whether an address lies where the shadow stack grows.
    pub(super) fn in_stack(&self, memory: MemoryRef, address: u32) -> bool {
        self.stacks
            .get(&memory)
            .is_some_and(|(low, high)| *low <= address && address < *high)
    }

    /// Everything that variables may hold.
    pub(super) fn statics(&self, world: &World, memory: MemoryRef) -> Word {
        let mut word = world.smear[memory.index()].join(&Word::ANY);
        for ((m, page), words) in world.pages.entries() {
            if m != memory || self.in_stack(memory, page * 64) {
                continue;
            }
            for value in words.iter() {
                if !value.things().is_empty() || value.labels != Labels::NONE {
                    word = word.join(value);
                }
            }
        }
        word.join(&Word::to(Thing::Static, None))
    }

    /// All that a place may hold, with what is a constant address.
    pub(super) fn contents(&self, world: &World, memory: MemoryRef, thing: Thing) -> Word {
        match thing {
            Thing::Stack => self.range(world, memory, None),
            Thing::Slot { frame, start, end } => match world.is_live(frame) {
                true => self.range(world, memory, Some((start, end))),
                false => Word::NEVER,
            },
            Thing::Static => self.statics(world, memory),
            Thing::Object(id) => world.objects.get(id).map_or(Word::NEVER, |o| o.all()),
        }
    }

    /// The words of the stack between two addresses, or all of them.
    fn range(&self, world: &World, memory: MemoryRef, range: Option<(u32, u32)>) -> Word {
        let mut word = Word::NEVER;
        for ((m, page), words) in world.pages.entries() {
            if m != memory || !self.in_stack(memory, page * 64) {
                continue;
            }
            for (index, value) in words.iter().enumerate() {
                let address = page * 64 + index as u32 * 4;
                if range.is_none_or(|(start, end)| start & !3 <= address && address < end) {
                    word = word.join(value);
                }
            }
        }
        word
    }

    /// What a load of four aligned bytes, or of some of them, may give.
    fn load_word(
        &mut self,
        world: &World,
        memory: MemoryRef,
        address: &Word,
        offset: u32,
        bytes: u32,
    ) -> Word {
        let mut word = Word::NEVER;
        let mut found = false;
        let small = address.consts().len() == 1 && address.only_consts();
        for base in address.consts() {
            let at = base.wrapping_add(offset);
            // Among several, null is what was looked at before.
            if !small && *base < LEAST_ADDRESS && !self.engine.images.covers(memory, at) {
                continue;
            }
            found = true;
            word = word.join(&self.part_at(world, memory, at, bytes));
        }
        for (thing, at) in address.things() {
            found = true;
            let value = match (thing, at) {
                (Thing::Stack, Some(at)) => {
                    self.part_at(world, memory, at.wrapping_add(offset), bytes)
                }
                (Thing::Object(id), Some(at)) => {
                    let at = at.wrapping_add(offset);
                    let object = world.objects.get(*id);
                    object.map_or(Word::NEVER, |o| match at % 4 + bytes <= 4 {
                        true => part(o.word(at & !3), at % 4, bytes),
                        false => part(
                            &o.word(at & !3).join(o.word((at & !3).wrapping_add(4))),
                            1,
                            bytes,
                        ),
                    })
                }
                (thing, _) => part(&self.contents(world, memory, *thing), 1, bytes),
            };
            word = word.join(&value);
        }
        if !found && (address.any || !address.consts().is_empty()) {
            // Somewhere.
            self.lost = true;
            let everything = self.ever[memory.index()].blurred();
            word = Word::ANY
                .labelled(everything)
                .join(&Word::to(Thing::Static, None));
        }
        let wild = &world.wild[memory.index()];
        let labels = Labels {
            handles: 0,
            ways: 0,
            ..address.labels.computed()
        };
        word.join(wild).labelled(labels)
    }

    fn part_at(&self, world: &World, memory: MemoryRef, at: u32, bytes: u32) -> Word {
        let first = self.word_at(world, memory, at);
        match at % 4 + bytes <= 4 {
            true => part(&first, at % 4, bytes),
            false => part(
                &first.join(&self.word_at(world, memory, (at & !3).wrapping_add(4))),
                1,
                bytes,
            ),
        }
    }

    pub(super) fn load(&mut self, at: &Spot<'_>, state: &mut State, access: &Access) {
        let address = state.pop().lo;
        let Some(memory) = at.memory(self.engine.program, access.memory) else {
            state.push(Val::both(Word::ANY));
            return;
        };
        let offset = access.offset as u32;
        let world = &state.world;
        let value = match access.bytes {
            8 => Val {
                lo: self.load_word(world, memory, &address, offset, 4),
                hi: self.load_word(world, memory, &address, offset.wrapping_add(4), 4),
            },
            16 => {
                let mut word = Word::NEVER;
                for i in 0..4 {
                    let part =
                        self.load_word(world, memory, &address, offset.wrapping_add(i * 4), 4);
                    word = word.join(&part);
                }
                Val::both(word)
            }
            bytes => {
                let word = self.load_word(world, memory, &address, offset, u32::from(bytes));
                let bits = 32 - 8 * u32::from(bytes).min(4);
                let word = match (access.signed, word.single()) {
                    (true, Some(v)) if bits > 0 => {
                        Word::known(((v << bits) as i32 >> bits) as u32).labelled(word.labels)
                    }
                    _ => word,
                };
                match (access.wide, access.signed) {
                    (true, true) => Val {
                        hi: Word::ANY.labelled(word.labels),
                        lo: word,
                    },
                    _ => Val::narrow(word),
                }
            }
        };
        state.push(value);
    }

    /// What stands in so many bytes from an address on, when that much is known.
    pub(super) fn span(
        &mut self,
        world: &World,
        memory: MemoryRef,
        address: &Word,
        len: Option<u32>,
    ) -> Word {
        let mut word = Word::NEVER;
        for base in address.consts() {
            if *base < LEAST_ADDRESS && !self.engine.images.covers(memory, *base) {
                continue;
            }
            match len {
                Some(len) if len <= MAX_EXACT * 8 => {
                    let mut at = *base & !3;
                    while at < base.saturating_add(len) && at < u32::MAX - 4 {
                        word = word.join(&self.word_at(world, memory, at));
                        at += 4;
                    }
                }
                // The length is not known: a text that is constant is a text.
                _ if self.engine.images.constant(memory, *base).is_some() => {
                    word = word.join(&Word::ANY).join(&Word::to(Thing::Static, None));
                }
                _ => word = word.join(&self.statics(world, memory)),
            }
        }
        for (thing, at) in address.things() {
            let value = match (thing, at, len) {
                (Thing::Stack, Some(at), Some(len)) if len <= MAX_EXACT * 8 => {
                    self.range(world, memory, Some((*at, at.saturating_add(len))))
                }
                (Thing::Stack, Some(at), _) => match world.slot(memory, *at) {
                    Some((_, _, end)) => self.range(world, memory, Some((*at, end))),
                    None => self.range(world, memory, None),
                },
                (Thing::Object(id), Some(at), Some(len)) => match world.objects.get(*id) {
                    Some(object) => {
                        let within = |o: &u32| (*at & !3) <= *o && *o < at.saturating_add(len);
                        let mut word = object.rest.clone();
                        let cells = object.cells.iter().filter(|(o, _)| within(o));
                        let mut covered = 0;
                        for (_, cell) in cells {
                            if covered == 0 {
                                word = Word::NEVER;
                            }
                            covered += 4;
                            word = word.join(cell);
                        }
                        match covered < len {
                            true => word.join(&object.rest),
                            false => word,
                        }
                    }
                    None => Word::NEVER,
                },
                (thing, ..) => self.contents(world, memory, *thing),
            };
            word = word.join(&value);
        }
        let nowhere = address.things().is_empty() && address.consts().is_empty();
        if nowhere && address.any && len != Some(0) {
            self.lost = true;
            word = Word::ANY.labelled(self.ever[memory.index()].blurred());
        }
        word.join(&world.wild[memory.index()])
    }

    /// `memory.copy` and what does the same.
    pub(super) fn copy(
        &mut self,
        world: &mut World,
        (to_memory, to): (MemoryRef, &Word),
        (from_memory, from): (MemoryRef, &Word),
        len: &Word,
    ) {
        let known = len.single();
        if known == Some(0) {
            return;
        }
        if let Some(n) = known.filter(|n| *n <= MAX_EXACT && n % 4 == 0)
            && aligned(to)
            && aligned(from)
        {
            let words: Vec<Word> = (0..n / 4)
                .map(|i| self.load_word(world, from_memory, from, i * 4, 4))
                .collect();
            for (i, word) in words.iter().enumerate() {
                self.store_word(world, to_memory, to, i as u32 * 4, 4, word);
            }
            return;
        }
        let word = self.span(world, from_memory, from, known);
        self.fill(world, (to_memory, to), known, &word.blurred().join(&word));
    }

    /// All things that can be reached from some words.
    pub(super) fn reachable(&self, world: &World, memory: MemoryRef, from: &[&Word]) -> Reached {
        let mut reached = Reached::default();
        let mut todo: Vec<Thing> = Vec::new();
        let add = |word: &Word, reached: &mut Reached, todo: &mut Vec<Thing>| {
            for place in word.things() {
                let (thing, _) = world.somewhere(memory, *place);
                if reached.things.insert(thing) {
                    todo.push(thing);
                }
            }
            if word.may_be_static() && reached.things.insert(Thing::Static) {
                todo.push(Thing::Static);
            }
        };
        for word in from {
            reached.labels = reached.labels.with(word.labels);
            add(word, &mut reached, &mut todo);
        }
        while let Some(thing) = todo.pop() {
            let word = self.contents(world, memory, thing);
            reached.labels = reached.labels.with(word.labels);
            add(&word, &mut reached, &mut todo);
        }
        let wild = &world.wild[memory.index()];
        reached.labels = reached.labels.with(wild.labels);
        reached
    }

    /// Remembers what a memory ever held.
    pub(super) fn note(&mut self, memory: MemoryRef, labels: Labels) {
        let ever = &mut self.ever[memory.index()];
        *ever = ever.with(labels);
    }
}

/// What can be reached.
#[derive(Default)]
pub(super) struct Reached {
    pub things: BTreeSet<Thing>,
    pub labels: Labels,
}

pub(super) fn aligned(address: &Word) -> bool {
    let consts = address.consts().iter().all(|c| c % 4 == 0);
    let place = |(_, at): &(Thing, Option<u32>)| at.is_some_and(|at| at % 4 == 0);
    consts
        && !address.any
        && address.things().iter().all(place)
        && address.things().len() + address.consts().len() > 0
}

/// Some bytes of a word.
fn part(word: &Word, at: u32, bytes: u32) -> Word {
    if bytes >= 4 && at == 0 {
        return word.clone();
    }
    if word.only_consts() && at + bytes <= 4 {
        let mask = match bytes {
            4 => u32::MAX,
            n => (1 << (8 * n)) - 1,
        };
        let values = word.consts().iter().map(|c| c >> (8 * at) & mask);
        return Word::of_consts(values.collect()).labelled(word.labels);
    }
    // A byte of an address of data is no address; who puts it together again has a number.
    word.blurred().without_static()
}
