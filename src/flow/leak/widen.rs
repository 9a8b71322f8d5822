//! What differs between rounds of a loop, or between calls of one context, counts as anything,
//! so that rounds come to an end.

use super::machine::{Machine, State};
use super::word::{LEAST_ADDRESS, Thing, Val, Word};
use super::world::World;
use std::rc::Rc;

impl Machine<'_, '_, '_, '_> {
    /// Both together; what differs counts as anything if `now`.
    pub(super) fn widen(&self, head: &State, new: &State, now: bool) -> State {
        let mut joined = self.join(head, new);
        if !now {
            return joined;
        }
        let world = joined.world.clone();
        for (value, old) in joined.locals.iter_mut().zip(&head.locals) {
            self.widen_value(&world, value, old);
        }
        for (value, old) in joined.stack.iter_mut().zip(&head.stack) {
            self.widen_value(&world, value, old);
        }
        self.widen_world(&head.world, &mut joined.world);
        joined
    }

    pub(super) fn widen_value(&self, world: &World, value: &mut Val, old: &Val) {
        value.lo = self.widen_word(world, &value.lo, &old.lo);
        value.hi = self.widen_word(world, &value.hi, &old.hi);
    }

    /// Numbers that grew are any number, places that grew are anywhere in the thing.
    pub(super) fn widen_word(&self, world: &World, word: &Word, old: &Word) -> Word {
        let consts = word.consts().len() > old.consts().len();
        let places = word.things().len() > old.things().len();
        if !consts && !places {
            return word.clone();
        }
        let mut new = match consts {
            true => {
                let mut new = word.map_places(|p| p);
                if old.consts().iter().all(|c| *c < LEAST_ADDRESS) || word.consts().len() > 3 {
                    new = Word::ANY.labelled(word.labels);
                    for (thing, at) in word.things() {
                        new = new.join(&Word::to(*thing, *at));
                    }
                    if word.may_be_static() {
                        new = new.join(&Word::to(Thing::Static, None));
                    }
                }
                new
            }
            false => word.clone(),
        };
        if places {
            let memory = self.stacks.keys().next().copied();
            new = new.map_places(|place| match (place, memory) {
                ((thing, Some(_)), _) if !repeats(word, thing) => place,
                (place, _) => self
                    .stacks
                    .keys()
                    .map(|memory| world.somewhere(*memory, place))
                    .find(|(thing, _)| *thing != Thing::Stack)
                    .unwrap_or((place.0, None)),
            });
        }
        new
    }

    pub(super) fn widen_world(&self, old: &World, new: &mut World) {
        let world = new.clone();
        let images = &self.engine.images;
        for ((memory, page), words) in world.pages.entries() {
            let mut changed = None;
            for (i, word) in words.iter().enumerate() {
                let before = old.word(images, memory, page * 64 + i as u32 * 4);
                if *word != before {
                    let wide = self.widen_word(&world, word, &before);
                    if wide != *word {
                        changed.get_or_insert_with(|| words.clone())[i] = wide;
                    }
                }
            }
            if let Some(words) = changed {
                new.pages.change((memory, page), words);
            }
        }
        for (id, object) in world.objects.entries() {
            let Some(before) = old.objects.get(id) else {
                continue;
            };
            if before == object {
                continue;
            }
            let mut wide = object.clone();
            wide.rest = self.widen_word(&world, &object.rest, &before.rest);
            for (at, cell) in &mut wide.cells {
                *cell = self.widen_word(&world, cell, before.word(*at));
            }
            if wide != *object {
                new.objects.change(id, wide);
            }
        }
        let globals = Rc::make_mut(&mut new.globals);
        for (value, before) in globals.iter_mut().zip(old.globals.iter()) {
            self.widen_value(&world, value, before);
        }
    }
}

fn repeats(word: &Word, thing: Thing) -> bool {
    word.things().iter().filter(|(t, _)| *t == thing).count() > 1
}
