//! Calls: which are followed, and what becomes of those that are not.
//!
//! A function is followed if something with a label can be reached from its arguments or from
//! variables, or if a secret may come in below it. Any other is followed as well, with a small
//! budget, since what is known afterwards is more. What is not followed may do anything to
//! what it can reach: hand it on to every way out below it, and mix it all.

use super::super::event::Why;
use super::machine::{Key, Machine, Memo, Outcome, Spot, Stopped};
use super::word::{Labels, Thing, Val, Word};
use super::world::World;
use crate::binary::{TableId, TypeId};
use crate::graph::{CoreFunc, Func, MemoryRef, Program};
use std::rc::Rc;

const MAX_DEPTH: usize = 160;
const MAX_RECURSION: usize = 3;
/// Steps for a function in which no secret is in sight.
const IDLE_FUEL: u64 = 300;
/// So many candidates of a call through a table are followed one by one.
const MAX_CANDIDATES: usize = 4;

impl Machine<'_, '_, '_, '_> {
    pub(super) fn call(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        callee: CoreFunc,
        args: Vec<Val>,
        world: World,
    ) -> Result<Outcome, Stopped> {
        let program = self.engine.program;
        let callee = program.behind_trampolines(callee);
        if self.question.trusted.contains(&callee) {
            self.found.trusted.insert(callee);
            return Ok(Some(self.vouched(at, pc, callee, &args, world)));
        }
        if let Some(summary) = self.engine.summaries.get(&callee).copied() {
            return Ok(self.summarised(at, pc, summary, &args, world));
        }
        match callee {
            CoreFunc::Defined(id, func) => self.call_body(at, pc, (id, func), args, world),
            other if self.engine.never_return.contains(&other) => Ok(None),
            CoreFunc::Lower(id) => match program.lowers[id.index()].func {
                Func::Lift(_) => self.call_across(at, pc, id, args, world),
                _ => Ok(Some(self.call_host(at, pc, callee, &args, world))),
            },
            CoreFunc::Builtin(id) => self.call_builtin(at, pc, id, &args, world),
            CoreFunc::Host(_) => Ok(Some(self.call_host(at, pc, callee, &args, world))),
            CoreFunc::Unknown => Ok(Some(self.unfollowed(
                at,
                pc,
                &[callee],
                &args,
                world,
                Why::Unanalysed,
            ))),
        }
    }

    pub(super) fn call_body(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        key: Key,
        args: Vec<Val>,
        world: World,
    ) -> Result<Outcome, Stopped> {
        let callee = CoreFunc::Defined(key.0, key.1);
        let memory = self.engine.first_memory(key.0).or(at.first);
        let matters = self.matters(memory, &[callee], &args, &world);
        let returns = self.engine.info.get(&key).is_none_or(|info| info.returns);
        if !matters && !returns {
            return Ok(None);
        }
        let context = self.context(at.context, pc, callee);
        let recursion = self
            .trail
            .iter()
            .filter(|s| (s.instance, s.func) == key)
            .count();
        let mut why = self.hopeless.get(&context).copied();
        if self.trail.len() >= MAX_DEPTH || recursion >= MAX_RECURSION {
            why = why.or(Some(Why::Recursion));
        }
        if self.fuel == 0 {
            why = why.or(Some(Why::Budget));
        }
        if let Some(why) = why {
            return Ok(Some(self.unfollowed(at, pc, &[callee], &args, world, why)));
        }
        let saved = self.fuel;
        let limit = match matters {
            true => saved - saved / 8,
            false => saved.min(IDLE_FUEL),
        };
        self.fuel = limit;
        let depth = self.trail.len();
        let result = self.enter(context, key, args.clone(), world.clone());
        self.fuel = saved - (limit - self.fuel);
        match result {
            Ok(outcome) => Ok(outcome),
            Err(why) => {
                self.trail.truncate(depth);
                self.hopeless.insert(context, why);
                Ok(Some(self.unfollowed(at, pc, &[callee], &args, world, why)))
            }
        }
    }

    /// Runs a function in a context, or takes what it gave before.
    pub(super) fn enter(
        &mut self,
        context: u32,
        key: Key,
        mut args: Vec<Val>,
        mut world: World,
    ) -> Result<Outcome, Stopped> {
        let mut rounds = 0;
        if let Some(memo) = self.memos.get(&context) {
            let same = args.iter().zip(&memo.args).all(|(a, b)| a.is_within(b));
            if same && world.is_within(&memo.world, &self.engine.images) {
                return Ok(memo.outcome.clone());
            }
            rounds = memo.rounds + 1;
            if memo.world.frames == world.frames {
                for (arg, before) in args.iter_mut().zip(&memo.args) {
                    *arg = arg.join(before);
                }
                let joined = memo.world.join(&world, &self.engine.images);
                let before = memo.world.clone();
                world = joined;
                if rounds > 1 {
                    self.widen_world(&before, &mut world);
                }
            }
            if rounds > 40 {
                return Err(Why::Budget);
            }
        }
        let outcome = self.execute(key, context, args.clone(), world.clone())?;
        let memo = Memo {
            args,
            world,
            outcome: outcome.clone(),
            rounds,
        };
        self.memos.insert(context, memo);
        Ok(outcome)
    }

    /// Whether a secret may come in below a function. Functions in progress are not expected
    /// to be called once more through a table.
    fn may_reveal(&mut self, program: &Program<'_, '_>, callee: CoreFunc) -> bool {
        if !self.below.of(program, callee).source {
            return false;
        }
        let active: Vec<Key> = self.trail.iter().map(|s| (s.instance, s.func)).collect();
        self.below.reveals(program, callee, &active)
    }

    /// Whether a secret can be part of what some functions do.
    fn matters(
        &mut self,
        memory: Option<MemoryRef>,
        callees: &[CoreFunc],
        args: &[Val],
        world: &World,
    ) -> bool {
        let program = self.engine.program;
        if callees.iter().any(|c| self.may_reveal(program, *c)) {
            return true;
        }
        self.in_sight(memory, args, world).secrets() != 0
    }

    /// The labels of what can be reached from arguments and variables.
    fn in_sight(&self, memory: Option<MemoryRef>, args: &[Val], world: &World) -> Labels {
        let labels = args.iter().fold(Labels::NONE, |l, a| l.with(a.labels()));
        let Some(memory) = memory else {
            return labels;
        };
        self.reach_of(memory, args, world).labels.with(labels)
    }

    fn reach_of(&self, memory: MemoryRef, args: &[Val], world: &World) -> super::mem::Reached {
        let data = Word::to(Thing::Static, None);
        let mut words: Vec<&Word> = vec![&data];
        words.extend(args.iter().flat_map(|a| [&a.lo, &a.hi]));
        let program = self.engine.program;
        for (index, value) in world.globals.iter().enumerate() {
            let id = crate::graph::GlobalRef::from_index(index);
            if program.global(id).mutable && !self.engine.stack_pointers.contains_key(&id) {
                words.extend([&value.lo, &value.hi]);
            }
        }
        self.reachable(world, memory, &words)
    }

    /// What a call does that is not followed.
    pub(super) fn unfollowed(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        callees: &[CoreFunc],
        args: &[Val],
        mut world: World,
        why: Why,
    ) -> (World, Vec<Val>) {
        let program = self.engine.program;
        let results = callees.first().map_or(0, |c| self.results(*c));
        let Some(memory) = at.first else {
            return (world, vec![Val::both(Word::ANY); results]);
        };
        let reached = self.reach_of(memory, args, &world);
        let args_labels = args.iter().fold(Labels::NONE, |l, a| l.with(a.labels()));
        let mut labels = reached.labels.with(args_labels).blurred();
        let mut crosses = false;
        for callee in callees {
            let below = self.below.of(program, *callee);
            if self.may_reveal(program, *callee) {
                labels.vague |= super::found::UNNAMED;
            }
            crosses |= below.crosses;
        }
        if crosses {
            for ever in &self.ever {
                labels = labels.with(ever.blurred());
            }
        }
        if labels.secrets() != 0 {
            for callee in callees {
                let below = self.below.of(program, *callee);
                if let (CoreFunc::Defined(instance, func), true) = (*callee, self.trusted == 0) {
                    self.trail.push(super::super::event::Site {
                        instance,
                        func,
                        offset: 0,
                    });
                }
                for sink in &below.sinks {
                    self.leaves(labels, *sink, None, why);
                }
                if let (CoreFunc::Defined(..), true) = (*callee, self.trusted == 0) {
                    self.trail.pop();
                }
                // Code that is not here may do anything.
                if *callee == CoreFunc::Unknown {
                    for sink in self.question.streams.clone() {
                        self.leaves(labels, sink, None, why);
                    }
                }
            }
        }
        let blob = self.object(at.context, pc, 0);
        let mut value = Word::ANY.labelled(labels);
        for thing in reached
            .things
            .iter()
            .chain([&Thing::Static, &Thing::Object(blob)])
        {
            value = value.join(&Word::to(*thing, None));
        }
        // Variables, and what only they lead to, keep no addresses of frames.
        let lasting = value.without_stack();
        let words: Vec<&Word> = args.iter().flat_map(|a| [&a.lo, &a.hi]).collect();
        let own: Vec<Word> = words.into_iter().map(without_data).collect();
        let own = self
            .reachable(&world, memory, &own.iter().collect::<Vec<_>>())
            .things;
        self.renew(&mut world, blob, lasting.clone(), memory);
        for thing in reached.things.into_iter().chain([Thing::Static]) {
            let through_args = thing != Thing::Static && own.contains(&thing);
            let value = match through_args {
                true => &value,
                false => &lasting,
            };
            self.blur(&mut world, memory, thing, value);
        }
        if crosses {
            self.shake(&mut world, memory, &value);
        }
        self.blur_globals(&mut world, &lasting);
        (world, vec![Val::both(value); results])
    }

    fn blur_globals(&mut self, world: &mut World, value: &Word) {
        let program = self.engine.program;
        let globals = Rc::make_mut(&mut world.globals);
        for (index, global) in globals.iter_mut().enumerate() {
            let id = crate::graph::GlobalRef::from_index(index);
            if program.global(id).mutable && !self.engine.stack_pointers.contains_key(&id) {
                *global = global.join(&Val::both(value.clone()));
            }
        }
    }

    /// Code of other instances ran: whatever stands in their memories may be different.
    fn shake(&mut self, world: &mut World, except: MemoryRef, value: &Word) {
        let mut all = value.clone();
        let ids: Vec<u32> = world.objects.entries().map(|(id, _)| id).collect();
        for id in &ids {
            all = all.join(&Word::to(Thing::Object(*id), None));
        }
        for id in ids {
            self.blur(world, except, Thing::Object(id), &all);
        }
        for (index, smear) in Rc::make_mut(&mut world.smear).iter_mut().enumerate() {
            if index != except.index() {
                *smear = smear.join(&all);
            }
        }
    }

    /// A function of the user's: what it gives has no secret in it.
    pub(super) fn vouched(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        callee: CoreFunc,
        args: &[Val],
        mut world: World,
    ) -> (World, Vec<Val>) {
        let results = self.results(callee);
        let blob = self.object(at.context, pc, 0);
        let Some(memory) = at.first else {
            return (world, vec![Val::both(Word::ANY); results]);
        };
        let mut value = Word::ANY.join(&Word::to(Thing::Object(blob), None));
        value.labels = Labels::NONE;
        self.renew(&mut world, blob, value.clone(), memory);
        // It writes its result where it was told to: to things on the stack that have no
        // secret in them.
        for arg in args {
            for place in arg.lo.things().to_vec() {
                let (thing, _) = world.somewhere(memory, place);
                let held = self.contents(&world, memory, thing);
                if held.labels.secrets() == 0 && !matches!(thing, Thing::Static) {
                    self.blur(&mut world, memory, thing, &value);
                }
            }
        }
        (world, vec![Val::both(value); results])
    }

    pub(super) fn results(&self, callee: CoreFunc) -> usize {
        let program = self.engine.program;
        match callee {
            CoreFunc::Defined(id, func) => {
                let module = program.binary.module(program.core_instance(id).module);
                module.signature(func).map_or(0, |s| s.results.len())
            }
            _ => self
                .engine
                .outside_results
                .get(&callee)
                .copied()
                .unwrap_or(0),
        }
    }

    pub(super) fn call_indirect(
        &mut self,
        at: &Spot<'_>,
        pc: u32,
        (table, ty): (TableId, TypeId),
        index: &Word,
        args: Vec<Val>,
        world: World,
    ) -> Result<Outcome, Stopped> {
        let candidates = match self.entries(at.id, table, ty, index) {
            Some(known) => known,
            None => {
                let all = super::below::fitting(self.engine.program, at.id, table, ty);
                if all.len() > MAX_CANDIDATES {
                    let (_, results) = self.engine.type_arity(at.id, ty);
                    let (world, mut values) =
                        self.unfollowed(at, pc, &all, &args, world, Why::IndirectCall);
                    values.truncate(results);
                    return Ok(Some((world, values)));
                }
                all
            }
        };
        let mut joined: Outcome = None;
        for callee in candidates {
            let outcome = self.call(at, pc, callee, args.clone(), world.clone())?;
            joined = match (joined, outcome) {
                (None, other) | (other, None) => other,
                (Some((a, x)), Some((b, y))) => {
                    let values = x.iter().zip(&y).map(|(x, y)| x.join(y)).collect();
                    Some((a.join(&b, &self.engine.images), values))
                }
            };
        }
        Ok(joined)
    }
}

/// The things that a word leads to, data left out.
fn without_data(word: &Word) -> Word {
    let mut found = Word::NEVER;
    for (thing, at) in word.things().iter().filter(|(t, _)| *t != Thing::Static) {
        found = found.join(&Word::to(*thing, *at));
    }
    found
}
