//! Writing memory through pointers of which only some is known.

use super::super::step::Access;
use super::machine::{Machine, Spot, State};
use super::mem::{MAX_EXACT, aligned};
use super::word::{LEAST_ADDRESS, Labels, Thing, Word};
use super::world::World;
use crate::graph::MemoryRef;

impl Machine<'_, '_, '_, '_> {
    pub(super) fn store(&mut self, at: &Spot<'_>, state: &mut State, access: &Access) {
        let value = state.pop();
        let address = state.pop().lo;
        let Some(memory) = at.memory(self.engine.program, access.memory) else {
            return;
        };
        let offset = access.offset as u32;
        let world = &mut state.world;
        match access.bytes {
            8 => {
                self.store_word(world, memory, &address, offset, 4, &value.lo);
                self.store_word(
                    world,
                    memory,
                    &address,
                    offset.wrapping_add(4),
                    4,
                    &value.hi,
                );
            }
            16 => {
                for i in 0..4 {
                    self.store_word(
                        world,
                        memory,
                        &address,
                        offset.wrapping_add(i * 4),
                        4,
                        &value.lo,
                    );
                }
            }
            bytes => {
                let bytes = u32::from(bytes);
                self.store_word(world, memory, &address, offset, bytes, &value.lo);
            }
        }
    }

    /// Writes some bytes of a word.
    pub(super) fn store_word(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        address: &Word,
        offset: u32,
        bytes: u32,
        value: &Word,
    ) {
        self.note(memory, value.labels);
        // Where something is written tells what was computed for the place.
        let labels = Labels {
            handles: 0,
            ways: 0,
            ..address.labels.computed()
        };
        let value = &value.clone().labelled(labels);
        let places = address.things().len() + address.consts().len();
        let alone = places == 1 && !address.any;
        let mut found = false;
        for base in address.consts() {
            let at = base.wrapping_add(offset);
            if places > 1 && *base < LEAST_ADDRESS {
                continue;
            }
            found = true;
            self.write_flat(world, memory, at, bytes, value, alone);
        }
        for (thing, at) in address.things() {
            found = true;
            match (thing, at) {
                (Thing::Stack, Some(at)) => {
                    self.write_flat(world, memory, at.wrapping_add(offset), bytes, value, alone);
                }
                (Thing::Object(id), Some(at)) => {
                    let at = at.wrapping_add(offset);
                    if let Some(object) = world.objects.get(*id) {
                        let exact = at.is_multiple_of(4) && bytes == 4;
                        let strong = alone && exact && !object.many;
                        let spans = [at & !3, at.wrapping_add(bytes - 1) & !3];
                        let spans = &spans[..1 + usize::from(spans[0] != spans[1])];
                        let news: Vec<(u32, Word)> = spans
                            .iter()
                            .map(|s| {
                                let old = object.word(*s);
                                let new = match strong {
                                    true => value.clone(),
                                    false if exact => old.join(value),
                                    false => mixed(
                                        old,
                                        value,
                                        at % 4,
                                        bytes,
                                        alone && !object.many && spans.len() == 1,
                                    ),
                                };
                                (*s, new)
                            })
                            .collect();
                        let object = world.objects.edit(*id, unreachable_object);
                        object.rest.labels.stale = 0;
                        for (at, mut new) in news {
                            new.labels.stale = value.labels.stale;
                            object.cells.insert(at, new);
                        }
                        if object.cells.len() > 256 {
                            let all = object.all();
                            object.cells.clear();
                            object.rest = all;
                        }
                    }
                }
                (thing, _) => {
                    let value = match bytes {
                        4 => value.clone(),
                        _ => value.blurred(),
                    };
                    self.blur(world, memory, *thing, &value);
                }
            }
        }
        if !found {
            self.lost = true;
            let word = value.blurred().labelled(value.labels.blurred());
            let wild = std::rc::Rc::make_mut(&mut world.wild);
            wild[memory.index()] = wild[memory.index()].join(&word);
        }
    }

    pub(super) fn write_flat(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        at: u32,
        bytes: u32,
        value: &Word,
        alone: bool,
    ) {
        let images = &self.engine.images;
        if at.is_multiple_of(4) && bytes == 4 {
            let new = match alone {
                true => value.clone(),
                false => self.word_at(world, memory, at).join(value),
            };
            world.set_word(&self.engine.images, memory, at, new);
            return;
        }
        let spans = [at & !3, at.wrapping_add(bytes - 1) & !3];
        let several = spans[0] != spans[1];
        for span in &spans[..1 + usize::from(several)] {
            let old = world.word(images, memory, *span);
            let new = mixed(&old, value, at % 4, bytes, alone && !several);
            world.set_word(images, memory, *span, new);
        }
    }

    /// Something may be written anywhere in a thing.
    pub(super) fn blur(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        thing: Thing,
        value: &Word,
    ) {
        self.note(memory, value.labels);
        match thing {
            Thing::Static => {
                let smear = std::rc::Rc::make_mut(&mut world.smear);
                smear[memory.index()] = smear[memory.index()].join(value);
            }
            Thing::Object(id) => {
                if let Some(object) = world.objects.get(id) {
                    let fits = object.rest.labels.stale == 0
                        && value.is_within(&object.rest)
                        && object.cells.values().all(|c| value.is_within(c));
                    if !fits {
                        world.objects.edit(id, unreachable_object).blur(value);
                    }
                }
            }
            Thing::Slot { frame, start, end } => {
                if world.is_live(frame) {
                    self.blur_range(world, memory, start, end, value);
                }
            }
            Thing::Stack => {
                let frames = std::rc::Rc::clone(&world.frames);
                for frame in frames.iter().filter(|f| f.memory == memory) {
                    self.blur_range(world, memory, frame.low, frame.high, value);
                }
            }
        }
    }

    pub(super) fn blur_range(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        start: u32,
        end: u32,
        value: &Word,
    ) {
        let images = &self.engine.images;
        let mut at = start & !3;
        while at < end {
            let old = world.word(images, memory, at);
            if !value.is_within(&old) {
                world.set_word(images, memory, at, old.join(value));
            }
            at = at.saturating_add(4);
        }
    }

    /// Writes something over so many bytes.
    pub(super) fn fill(
        &mut self,
        world: &mut World,
        (memory, to): (MemoryRef, &Word),
        len: Option<u32>,
        word: &Word,
    ) {
        if let Some(n) = len.filter(|n| *n <= MAX_EXACT)
            && aligned(to)
        {
            for i in 0..n / 4 {
                self.store_word(world, memory, to, i * 4, 4, word);
            }
            if n % 4 != 0 {
                self.store_word(world, memory, to, n & !3, n % 4, word);
            }
            return;
        }
        let word = &word.clone().labelled(to.labels.computed());
        for base in to.consts() {
            if *base < LEAST_ADDRESS {
                continue;
            }
            self.blur(world, memory, Thing::Static, word);
        }
        for place in to.things() {
            match (place, len) {
                ((Thing::Stack, Some(at)), Some(n)) => {
                    self.blur_range(world, memory, *at, at.saturating_add(n), word);
                }
                _ => {
                    let (thing, _) = world.somewhere(memory, *place);
                    self.blur(world, memory, thing, word);
                }
            }
        }
        if to.things().is_empty() && to.consts().is_empty() && to.any {
            self.store_word(world, memory, to, 0, 4, word);
        }
    }
}

/// A word of which some bytes were replaced.
fn mixed(old: &Word, new: &Word, at: u32, bytes: u32, strong: bool) -> Word {
    if let (Some(a), Some(b), true) = (old.single(), new.single(), strong)
        && at + bytes <= 4
    {
        let mask = match bytes {
            4 => u32::MAX,
            n => ((1u32 << (8 * n)) - 1) << (8 * at),
        };
        let value = a & !mask | b << (8 * at) & mask;
        return Word::known(value).labelled(old.labels.with(new.labels));
    }
    old.blurred().join(&new.blurred())
}

fn unreachable_object() -> super::world::Object {
    super::world::Object {
        cells: Default::default(),
        rest: Word::ANY,
        many: true,
    }
}
