//! Objects: allocators and lookups, which are known by what they do.

use super::super::engine::Summary;
use super::machine::{Machine, Outcome, Spot};
use super::word::{Labels, Thing, Val, Word};
use super::world::{Object, World};
use crate::graph::MemoryRef;

impl Machine<'_, '_, '_, '_> {
    /// A new object at a place of a context; the one that was there before is meant as well.
    pub(super) fn renew(&mut self, world: &mut World, id: u32, rest: Word, memory: MemoryRef) {
        self.note(memory, rest.labels);
        let there = world.objects.get(id).is_some();
        let new = Object {
            cells: Default::default(),
            rest: rest.clone(),
            many: false,
        };
        let object = world.objects.edit(id, || new);
        if there {
            object.many = true;
            object.blur(&rest);
        }
    }

    pub(super) fn summarised(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        summary: Summary,
        args: &[Val],
        mut world: World,
    ) -> Outcome {
        let arg = |index: usize| args.get(index).map_or(Word::ZERO, |v| v.lo.clone());
        let Some(memory) = at.first else {
            return Some((world, vec![Val::both(Word::ANY)]));
        };
        let id = self.object(at.context, pc, 0);
        let pointer = Val::narrow(Word::to(Thing::Object(id), Some(0)));
        // What was given back is still there until somebody writes over it.
        let stale = Labels {
            stale: world.freed.secrets(),
            ..Labels::NONE
        };
        match summary {
            Summary::Allocate { .. } => {
                self.renew(&mut world, id, Word::ANY.labelled(stale), memory);
                Some((world, vec![pointer]))
            }
            Summary::AllocateZeroed => {
                self.renew(&mut world, id, Word::ZERO, memory);
                Some((world, vec![pointer]))
            }
            Summary::Reallocate { object, .. } => {
                let mut content = Object {
                    cells: Default::default(),
                    rest: Word::ANY.labelled(stale),
                    many: false,
                };
                let old = arg(object);
                let mut first = true;
                for (thing, _) in old.things() {
                    if let Thing::Object(old) = thing
                        && let Some(held) = world.objects.get(*old)
                    {
                        world.freed = world.freed.with(held.all().labels.blurred());
                        match std::mem::take(&mut first) {
                            true if old_alone(&args[object].lo) => {
                                content.cells = held.cells.clone();
                                content.rest = content.rest.join(&held.rest);
                                content.rest.labels.stale = held.rest.labels.stale;
                            }
                            _ => content.blur(&held.all()),
                        }
                    } else if !matches!(thing, Thing::Object(_)) {
                        content.blur(&self.contents(&world, memory, *thing));
                    }
                }
                if old.any && old.things().is_empty() {
                    content.blur(&Word::ANY.labelled(self.ever[memory.index()].blurred()));
                }
                let there = world.objects.get(id).is_some();
                let all = content.all();
                let entry = world.objects.edit(id, || content);
                if there {
                    entry.many = true;
                    entry.blur(&all);
                }
                Some((world, vec![pointer]))
            }
            Summary::Free => {
                for (thing, _) in arg(0).things() {
                    let held = self.contents(&world, memory, *thing);
                    world.freed = world.freed.with(held.labels.blurred());
                }
                Some((world, Vec::new()))
            }
            Summary::Lookup { form, .. } => {
                let secrets = self.looked_up(&world, memory, &arg(form.name), form.len.map(arg));
                let labels = Labels {
                    bytes: secrets,
                    ..Labels::NONE
                };
                self.reveals(secrets);
                self.renew(&mut world, id, Word::ANY.labelled(labels), memory);
                let found = Word::to(Thing::Object(id), Some(0)).join(&Word::ZERO);
                if form.out {
                    let word = found.join(&Word::ANY);
                    for place in arg(0).things().to_vec() {
                        let (thing, _) = world.somewhere(memory, place);
                        self.blur(&mut world, memory, thing, &word);
                    }
                    return Some((world, Vec::new()));
                }
                Some((world, vec![Val::narrow(found)]))
            }
        }
    }
}

fn old_alone(word: &Word) -> bool {
    word.things().len() == 1
}
