//! Calls from one component instance to another. Values go along by their type: a string or
//! list becomes an object in the memory of the other side that holds what it may hold here.

use super::super::event::Why;
use super::machine::{Machine, Outcome, Spot, Stopped};
use super::shape::{Kind, MOST, addresses, mark};
use super::word::{LEAST_ADDRESS, Labels, Thing, Val, Word};
use super::world::World;
use crate::binary::abi::{Params, Pointer};
use crate::binary::{FuncType, Ty};
use crate::graph::{CoreFunc, Func, Lift, LowerId, MemoryRef};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Contexts of callbacks and of what runs after results are read, beside those of calls.
const CALLBACK: u32 = 0x4000_0000;
const AFTER: u32 = 0x4100_0000;
const MAX_CALLBACKS: u32 = 30;

impl Machine<'_, '_, '_, '_> {
    pub(super) fn type_of(&self, id: LowerId) -> Option<Arc<FuncType>> {
        let lower = &self.engine.program.lowers[id.index()];
        let component = self.engine.program.instance(lower.instance).component?;
        let component = self.engine.program.binary.component(component);
        component.func_type(lower.index)
    }

    pub(super) fn call_across(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        id: LowerId,
        args: Vec<Val>,
        mut world: World,
    ) -> Result<Outcome, Stopped> {
        let program = self.engine.program;
        let lower = &program.lowers[id.index()];
        let callee = CoreFunc::Lower(id);
        let Func::Lift(lift) = lower.func else {
            return Ok(Some(self.call_host(at, pc, callee, &args, world)));
        };
        let lift = &program.lifts[lift.index()];
        let CoreFunc::Defined(instance, func) = program.behind_trampolines(lift.func) else {
            return Ok(Some(self.unfollowed(
                at,
                pc,
                &[callee],
                &args,
                world,
                Why::OtherInstance,
            )));
        };
        if self.question.trusted.contains(&lift.func) {
            self.found.trusted.insert(lift.func);
            return Ok(Some(self.vouched(at, pc, callee, &args, world)));
        }
        let here = lower.options.memory.or(at.first);
        let there = lift.options.memory.or(self.engine.first_memory(instance));
        let plain =
            !lower.options.is_async && !lift.options.is_async && lift.options.callback.is_none();
        let wide = [here, there].into_iter().flatten().any(|memory| {
            program
                .memories
                .get(memory.index())
                .is_none_or(|m| m.ty.memory64)
        });
        let (Some(ty), true, true) = (self.type_of(id), plain, !wide) else {
            // Who runs when, or what the values are, is not known: everything counts as handed on.
            return Ok(Some(self.unfollowed(
                at,
                pc,
                &[callee],
                &args,
                world,
                Why::OtherInstance,
            )));
        };
        let lowered = ty.lower(false, Pointer::Narrow);
        let given = self.hand_over(
            at,
            pc,
            (&ty, &lowered.places),
            (here, there),
            lift,
            &args,
            &mut world,
        );
        let labels = given
            .iter()
            .fold(Labels::NONE, |l, (_, more)| l.with(*more));
        if self.trusted == 0 {
            for (set, value) in [(labels.secrets(), true), (labels.handles, false)] {
                for bit in super::found::bits(set) {
                    self.found.passed.insert((bit, id, value));
                }
            }
        }
        let given: Vec<Val> = given.into_iter().map(|(value, _)| value).collect();
        let outcome = self.call_body(at, pc, (instance, func), given, world)?;
        let Some((world, results)) = outcome else {
            return Ok(None);
        };
        let mut world = world;
        let values = match (&ty.result, here, there) {
            (Some(result), Some(here), Some(there)) => {
                let pointer = lowered.result_pointer.and_then(|p| args.get(p));
                let made = self.handed_back(&world, there, result, &results, pointer.is_some());
                match pointer {
                    Some(pointer) => {
                        let object = self.object(at.context, pc, 1);
                        let inside = Word::to(Thing::Object(object), Some(0));
                        let rest = Word::ANY.labelled(made.inside).join(&inside);
                        self.renew(&mut world, object, rest, here);
                        let word = made.word.join(&Word::ANY);
                        self.write_area(&mut world, (here, &pointer.lo), result, &word, &inside);
                        Vec::new()
                    }
                    None => results.iter().map(scalar).collect(),
                }
            }
            _ => results.iter().map(scalar).collect(),
        };
        if let Some(after) = lift.options.post_return {
            let world_before = world.clone();
            let ran = self.call(at, pc | AFTER, after, results, world)?;
            world = ran.map_or(world_before, |(world, _)| world);
        }
        let expected = self.results(callee);
        let mut values = values;
        values.resize(expected, Val::both(Word::ANY));
        Ok(Some((world, values)))
    }

    /// The arguments on the other side, each with what is in it.
    #[allow(clippy::too_many_arguments, reason = "both sides of a call")]
    fn hand_over(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        (ty, places): (&FuncType, &Params),
        (here, there): (Option<MemoryRef>, Option<MemoryRef>),
        lift: &Lift,
        args: &[Val],
        world: &mut World,
    ) -> Vec<(Val, Labels)> {
        let (Some(here), Some(there)) = (here, there) else {
            return args.iter().map(|arg| (scalar(arg), arg.labels())).collect();
        };
        let kinds = match places {
            Params::Flat(starts) => {
                let types = ty.params.iter().map(|(_, ty)| ty).zip(starts);
                let mut kinds = vec![Kind::default(); args.len()];
                let mut left = MOST;
                for (ty, start) in types {
                    mark(ty, *start, &mut kinds, &mut left);
                }
                if left == 0 {
                    kinds.fill(Kind {
                        pointer: true,
                        deep: true,
                        handle: true,
                    });
                }
                kinds
            }
            Params::Block(_) => vec![
                Kind {
                    pointer: true,
                    deep: true,
                    handle: true
                };
                args.len()
            ],
        };
        let flat = match places {
            Params::Flat(_) => {
                let all = crate::binary::abi::product(
                    ty.params.iter().map(|(_, ty)| ty),
                    Pointer::Narrow,
                );
                all.flat.map_or(1, |f| f.len())
            }
            Params::Block(_) => 1,
        };
        let kept = self.resources(lift.instance);
        let kept = self.contents(world, there, Thing::Object(kept));
        let mut given = Vec::new();
        for (index, arg) in args.iter().enumerate().take(flat) {
            let kind = kinds[index];
            let mut value = scalar(arg);
            let mut labels = arg.labels();
            if kind.pointer {
                let held = match kind.deep {
                    true => self.reachable(world, here, &[&arg.lo, &arg.hi]).labels,
                    false => {
                        let len = args.get(index + 1).and_then(|l| l.lo.single());
                        self.span(world, here, &arg.lo, len).labels
                    }
                };
                labels = labels.with(held);
                let object = self.object(at.context, pc, 2 + index as u32);
                let inside = Word::to(Thing::Object(object), Some(0));
                let mut rest = Word::ANY.labelled(held);
                if kind.deep {
                    rest = rest.join(&Word::to(Thing::Object(object), None));
                    if kind.handle {
                        rest = rest.join(&kept);
                    }
                }
                self.renew(world, object, rest, there);
                value = match arg.hi.single() {
                    Some(0) => Val::narrow(value.lo.join(&Word::ANY).join(&inside)),
                    _ => Val::both(value.lo.join(&Word::ANY).join(&inside)),
                };
                // A list that is there is at an address.
                if !kind.handle && only_pointer(&kinds, index) {
                    value = Val::narrow(inside);
                }
            }
            if kind.handle {
                value.lo = value.lo.join(&Word::ANY).join(&kept);
            }
            given.push((value, labels));
        }
        given
    }

    fn handed_back(
        &mut self,
        world: &World,
        there: MemoryRef,
        ty: &Ty,
        results: &[Val],
        in_memory: bool,
    ) -> Back {
        let words = match (in_memory, results.first()) {
            (true, Some(pointer)) => {
                let size = u32::try_from(ty.layout(Pointer::Narrow).size).ok();
                self.span(world, there, &pointer.lo, size)
            }
            (false, Some(value)) => value.whole(),
            _ => Word::ANY,
        };
        let mut kinds = vec![Kind::default(); 64];
        let mut left = MOST;
        mark(ty, 0, &mut kinds, &mut left);
        let deep = left == 0 || kinds.iter().any(|k| k.deep);
        let pointer = left == 0 || kinds.iter().any(|k| k.pointer);
        let inside = match (pointer, deep) {
            (false, _) => Labels::NONE,
            (true, true) => self.reachable(world, there, &[&words]).labels,
            (true, false) => self.shallow(world, there, &words),
        };
        Back {
            word: Word::ANY.labelled(words.labels),
            inside,
        }
    }

    /// The labels of what a word points to.
    pub(super) fn shallow(&self, world: &World, memory: MemoryRef, word: &Word) -> Labels {
        let mut labels = Labels::NONE;
        for place in word.things() {
            let (thing, _) = world.somewhere(memory, *place);
            labels = labels.with(self.contents(world, memory, thing).labels);
        }
        let variable =
            |c: &&u32| **c >= LEAST_ADDRESS && self.engine.images.constant(memory, **c).is_none();
        if word.consts().iter().any(|c| variable(&c)) {
            labels = labels.with(self.statics(world, memory).labels);
        }
        labels
    }

    /// Writes a result where the caller wants it: addresses where its type has some.
    pub(super) fn write_area(
        &mut self,
        world: &mut World,
        (memory, area): (MemoryRef, &Word),
        ty: &Ty,
        number: &Word,
        inside: &Word,
    ) {
        let size = u32::try_from(ty.layout(Pointer::Narrow).size).unwrap_or(u32::MAX);
        let mut at = BTreeSet::new();
        let mut left = MOST;
        addresses(ty, 0, &mut at, &mut left);
        if left == 0 {
            self.fill(world, (memory, area), Some(size), &number.join(inside));
            return;
        }
        self.fill(world, (memory, area), Some(size), number);
        for offset in at {
            self.store_word(world, memory, area, offset, 4, &number.join(inside));
        }
    }

    /// What an exported function gives to whoever calls it.
    pub(super) fn given_back(&mut self, world: &World, lift: &Lift, results: &[Val]) -> Labels {
        let program = self.engine.program;
        let CoreFunc::Defined(instance, _) = program.behind_trampolines(lift.func) else {
            return Labels::NONE;
        };
        let Some(memory) = lift.options.memory.or(self.engine.first_memory(instance)) else {
            return results.iter().fold(Labels::NONE, |l, v| l.with(v.labels()));
        };
        let component = program.instance(lift.instance).component;
        let ty = component.and_then(|c| {
            let mut reader = program.binary.component(c).type_reader();
            reader.func_at_type(lift.ty)
        });
        match ty.as_ref().and_then(|ty| ty.result.as_ref()) {
            Some(result) => {
                let lowered = ty.as_ref().map(|ty| ty.lower(false, Pointer::Narrow));
                let in_memory = lowered.is_some_and(|l| l.result_pointer.is_some());
                let back = self.handed_back(world, memory, result, results, in_memory);
                back.word.labels.with(back.inside)
            }
            None if ty.is_some() => Labels::NONE,
            None => {
                let words: Vec<&Word> = results.iter().flat_map(|v| [&v.lo, &v.hi]).collect();
                self.reachable(world, memory, &words).labels
            }
        }
    }

    /// Runs the callback of an async function until nothing new comes of it.
    pub(super) fn call_back(
        &mut self,
        at: &Spot<'_>,
        callback: CoreFunc,
        mut world: World,
    ) -> World {
        for round in 0..MAX_CALLBACKS {
            let args = vec![Val::both(Word::ANY); 3];
            let args = args.into_iter().map(|v| Val::narrow(v.lo)).collect();
            let Ok(Some((after, _))) = self.call(at, CALLBACK, callback, args, world.clone())
            else {
                return world;
            };
            if after.is_within(&world, &self.engine.images) {
                return world;
            }
            let before = world.clone();
            world = world.join(&after, &self.engine.images);
            if round > 0 {
                self.widen_world(&before, &mut world);
            }
        }
        world
    }
}

/// What comes back from a call.
struct Back {
    word: Word,
    inside: Labels,
}

/// A number, without what it leads to.
fn scalar(value: &Val) -> Val {
    let word = |word: &Word| match word.only_consts() && !word.consts().is_empty() {
        true => word.clone(),
        false => Word::ANY.labelled(word.labels),
    };
    Val {
        lo: word(&value.lo),
        hi: word(&value.hi),
    }
}

fn only_pointer(kinds: &[Kind], index: usize) -> bool {
    kinds.get(index).is_some_and(|k| k.pointer && !k.handle)
}
