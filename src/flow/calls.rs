//! Calls: to bodies, through tables, to summarised functions and to the outside.

use super::engine::{Engine, Info, Mode, Outcomes, Run, Stop, Summary};
use super::event::{Arrived, Why};
use super::exec::Activation;
use super::step::Op;
use super::value::{Value, Word};
use super::world::World;
use crate::binary::{FuncId, TableId, TypeId};
use crate::graph::{CoreFunc, CoreInstanceId, Func, TableEntry};
use std::rc::Rc;

/// Steps that a run about values alone may take.
const SPECULATION: u64 = 4_000;
/// How deeply calls are followed, and how often one function within itself.
const MAX_DEPTH: usize = 48;
const MAX_RECURSION: usize = 3;
/// Bodies that are run without knowing any argument have at most so many instructions.
const MAX_CHOICE: usize = 120;
/// After so many runs in vain a function is not tried again.
const PATIENCE: u32 = 6;

impl Engine<'_, '_, '_> {
    /// Calls a core function.
    pub(crate) fn call(
        &mut self,
        at: &Activation,
        callee: CoreFunc,
        args: Vec<Value>,
        world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        if let Some(summary) = self.summaries.get(&callee).copied() {
            return self.summarised(at, summary, callee, args, world, run);
        }
        let mut names: Vec<Arrived> = Vec::new();
        if let Some(watched) = self.watched.get(&callee).cloned() {
            for watched in watched {
                let memory = match callee {
                    CoreFunc::Lower(id) => self.program.lowers[id.index()].options.memory,
                    _ => at.memory,
                };
                let arrived = match &watched.place {
                    Some(place) => self.names_at(memory, place, &args, &world),
                    None => vec![self.handle_taken(callee, &args, &world)],
                };
                for arrived in arrived {
                    names.push(arrived.clone());
                    self.record(run, watched.watch, callee, arrived, world.doubtful);
                }
            }
        }
        match callee {
            CoreFunc::Defined(id, func) => self.call_body(at, id, func, args, world, run),
            other if self.never_return.contains(&other) => Ok(Vec::new()),
            _ if self.mode == Mode::Concrete => self.answer(at, callee, args, world, run),
            CoreFunc::Lower(id) if self.crossing(id).is_some() => {
                self.call_across(at, id, &args, world, run)
            }
            _ => {
                let outcomes = self.call_outside(at, callee, args.clone(), world, run);
                Ok(self.handle_given(at, callee, &args, &names, outcomes))
            }
        }
    }

    fn call_body(
        &mut self,
        at: &Activation,
        id: CoreInstanceId,
        func: FuncId,
        args: Vec<Value>,
        world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        if let Some(target) = self.forwards_to(id, func) {
            return self.call(at, target, args, world, run);
        }
        if self.mode == Mode::Concrete {
            self.visited.insert((id, func));
            if run.trail.len() > 400 {
                return Err(Stop::Opaque(Why::Recursion));
            }
            self.active.push((id, func));
            let outcomes = self.execute(id, func, args, world, run);
            self.active.pop();
            return outcomes;
        }
        let follow = self.is_open((id, func));
        let info = self.info.get(&(id, func)).copied().unwrap_or(Info {
            follow: false,
            returns: true,
            ..Info::default()
        });
        let recursion = run
            .trail
            .iter()
            .filter(|s| s.instance == id && s.func == func)
            .count();
        let too_deep = run.trail.len() >= MAX_DEPTH || recursion >= MAX_RECURSION;
        let known = |word: Word| world.resolve(word).known().is_some();
        let knows_more = args.iter().any(|a| known(a.lo));
        if info.exhausted > 0 && !knows_more {
            // It would be given up again; what it found by itself counts.
            self.info.entry((id, func)).or_default().skipped = true;
            return Ok(self.havoc(at, CoreFunc::Defined(id, func), &args, world));
        }
        if follow {
            if too_deep {
                self.unresolved(run, id, func, Why::Recursion);
                return Ok(self.havoc(at, CoreFunc::Defined(id, func), &args, world));
            }
            if let Err(Stop::Opaque(why)) = self.body(id, func) {
                self.unresolved(run, id, func, why);
                return Ok(self.havoc(at, CoreFunc::Defined(id, func), &args, world));
            }
            return self.execute(id, func, args, world, run);
        }
        if !info.returns {
            return Ok(Vec::new());
        }
        let given_up = self.given_up.get(&(id, func)).copied().unwrap_or(0);
        if too_deep || given_up >= PATIENCE || !self.worth_running(id, func, &args, &world) {
            return Ok(self.havoc(at, CoreFunc::Defined(id, func), &args, world));
        }
        self.speculate(at, id, func, args, world, run)
    }

    /// The function that a trampoline forwards to.
    fn forwards_to(&self, id: CoreInstanceId, func: FuncId) -> Option<CoreFunc> {
        let module = self
            .program
            .binary
            .module(self.program.core_instance(id).module);
        let trampoline = module.scan.trampoline(module.defined(func)?)?;
        self.program.trampoline_target(id, trampoline)
    }

    /// A function that had to be followed was not.
    fn unresolved(&self, run: &mut Run, id: CoreInstanceId, func: FuncId, why: Why) {
        if run.muted == 0 {
            let mut trail = run.trail.clone();
            trail.push(super::event::Site {
                instance: id,
                func,
                offset: 0,
            });
            run.unresolved.push(((id, func), why, trail));
        }
    }

    /// Runs a function for its values with a small budget; findings don't count.
    fn speculate(
        &mut self,
        at: &Activation,
        id: CoreInstanceId,
        func: FuncId,
        args: Vec<Value>,
        world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        if run.speculative {
            return self.execute(id, func, args, world, run);
        }
        let saved = run.fuel;
        let (depth, widened, last) = (run.trail.len(), run.widened, run.last);
        run.fuel = saved.min(SPECULATION);
        let budget = run.fuel;
        run.speculative = true;
        run.muted += 1;
        let result = self.execute(id, func, args.clone(), world.clone(), run);
        run.muted -= 1;
        run.speculative = false;
        run.trail.truncate(depth);
        (run.widened, run.last) = (widened, last);
        run.fuel = saved.saturating_sub(budget - run.fuel);
        match result {
            Ok(outcomes) => Ok(outcomes),
            Err(_) => {
                *self.given_up.entry((id, func)).or_default() += 1;
                Ok(self.havoc(at, CoreFunc::Defined(id, func), &args, world))
            }
        }
    }

    /// Whether running a function could tell more than that everything is unknown.
    fn worth_running(
        &mut self,
        id: CoreInstanceId,
        func: FuncId,
        args: &[Value],
        world: &World,
    ) -> bool {
        let known = |word: Word| world.resolve(word).known();
        args.is_empty()
            || args
                .iter()
                .any(|a| known(a.lo).is_some() || known(a.hi).is_some_and(|hi| hi != 0))
            || self.body(id, func).is_ok_and(|body| chooses(&body.ops))
    }

    /// What a call does that is not followed: it may read and write whatever it can reach.
    pub(crate) fn havoc(
        &mut self,
        at: &Activation,
        callee: CoreFunc,
        args: &[Value],
        mut world: World,
    ) -> Outcomes {
        let lengths: Vec<u32> = args
            .iter()
            .filter_map(|a| world.resolve(a.lo).known())
            .filter(|n| *n <= 0x1_0000)
            .collect();
        for arg in args {
            self.lose_value(at, &mut world, *arg);
            // An address may come with a length that reaches over several things.
            if let (Word::Known(start), Some(memory)) = (world.resolve(arg.lo), at.memory)
                && world.is_local(memory, start)
                && let Some(longest) = lengths.iter().max()
            {
                let end = start.saturating_add(*longest);
                let mut address = start;
                while let Some(region) = world.region(memory, address) {
                    world.escape(region);
                    if region.end >= end || region.end <= address {
                        break;
                    }
                    address = region.end;
                }
            }
        }
        world.clobber();
        let stack_pointers = &self.stack_pointers;
        let symbols = &mut self.symbols;
        let globals = Rc::make_mut(&mut world.globals);
        for (index, value) in globals.iter_mut().enumerate() {
            let id = crate::graph::GlobalRef::from_index(index);
            let fixed = !self.program.global(id).mutable || stack_pointers.contains_key(&id);
            if !fixed {
                *value = symbols.fresh_value(true);
            }
        }
        let results = self.results_of(callee);
        vec![(world, results)]
    }

    fn results_of(&mut self, callee: CoreFunc) -> Vec<Value> {
        let results = match callee {
            CoreFunc::Defined(id, func) => {
                let module = self
                    .program
                    .binary
                    .module(self.program.core_instance(id).module);
                module.signature(func).map_or(0, |s| s.results.len())
            }
            _ => self.outside_results.get(&callee).copied().unwrap_or(0),
        };
        (0..results)
            .map(|_| self.symbols.fresh_value(true))
            .collect()
    }

    /// A call to the host, to another instance, or to a built-in.
    fn call_outside(
        &mut self,
        at: &Activation,
        callee: CoreFunc,
        args: Vec<Value>,
        mut world: World,
        run: &mut Run,
    ) -> Outcomes {
        let results = self.results_of(callee);
        let program = self.program;
        let lifted = match callee {
            CoreFunc::Lower(id) => Some(&program.lowers[id.index()]),
            _ => None,
        };
        if let Some(lower) = lifted
            && let Func::Lift(lift) = lower.func
            && let CoreFunc::Defined(id, func) = self.program.lifts[lift.index()].func
            && self.is_open((id, func))
        {
            self.unresolved(run, id, func, Why::OtherInstance);
        }
        // The canonical ABI writes only to the return area, the last parameter when there is
        // one, and to memory that it allocates. A task that blocks lets others run.
        // An allocator that is none we know may do anything.
        let foreign = lifted
            .and_then(|l| l.options.realloc)
            .is_some_and(|f| !self.summaries.contains_key(&f));
        if let Some(lower) = lifted
            && !foreign
            && !lower.options.is_async
            && matches!(lower.func, Func::Host(_) | Func::Lift(_))
        {
            if let (Some(last), Some(memory)) = (args.last(), at.memory)
                && results.is_empty()
                && let Word::Known(area) = world.resolve(last.lo)
                && (area != 0 || world.is_local(memory, area))
            {
                // Without the type, the area ends with its thing on the stack or heap; among
                // statics it is not known where.
                let len = match (self.area(callee), world.is_local(memory, area)) {
                    (Some(len), _) => len,
                    (None, true) => u32::MAX,
                    (None, false) => super::through::REACH,
                };
                if len > 0 {
                    self.forget_word(&mut world, memory, Word::Known(area), Word::Known(len));
                }
            }
            if let Func::Lift(_) = lower.func {
                self.forget_others(&mut world, lower);
            }
            return vec![(world, results)];
        }
        self.havoc(at, callee, &args, world)
    }

    fn summarised(
        &mut self,
        at: &Activation,
        summary: Summary,
        callee: CoreFunc,
        args: Vec<Value>,
        mut world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        let arg = |index: usize| args.get(index).map_or(Word::ZERO, |v| world.resolve(v.lo));
        if let Summary::Lookup { watch, form } = summary {
            let arrived = self.lookup_name(at, arg(form.name), form.len.map(arg), &world);
            self.record(run, watch, callee, arrived, world.doubtful);
            if form.out {
                return Ok(self.havoc(at, callee, &args, world));
            }
            let results = self.results_of(callee);
            // The value that was found is somewhere; what stands there is not known.
            return Ok(vec![(world, results)]);
        }
        let Some(memory) = at.memory else {
            return Ok(self.havoc(at, callee, &args, world));
        };
        let size = |word: Word| word.known();
        let object = match summary {
            Summary::Allocate { size: index } => {
                let wanted = size(arg(index));
                world.allocate(memory, wanted)
            }
            Summary::AllocateZeroed => {
                let wanted = size(arg(0))
                    .zip(size(arg(1)))
                    .map(|(a, b)| a.saturating_mul(b));
                let object = world.allocate(memory, wanted);
                if let (Some(object), Some(len)) = (object, wanted.filter(|n| *n <= 0x4000)) {
                    self.with_back(|back| {
                        for index in 0..len {
                            world.memory.set_byte(back, memory, object + index, Some(0));
                        }
                    });
                }
                object
            }
            Summary::Reallocate { object, old, new } => {
                let (from, new) = (arg(object), size(arg(new)));
                let old = old.and_then(|o| size(arg(o)));
                let target = world.allocate(memory, new);
                if let (Some(target), Word::Known(from)) = (target, from) {
                    let held = world.region(memory, from).map(|r| r.end - from);
                    let len = old
                        .or(held)
                        .unwrap_or(0)
                        .min(new.unwrap_or(0))
                        .min(0x1_0000);
                    if from != 0 && len > 0 {
                        self.copy_known(&mut world, (memory, target), (memory, from), len);
                    }
                }
                target
            }
            Summary::Free => {
                if let Word::Known(object) = arg(0) {
                    world.release(memory, object);
                }
                return Ok(vec![(world, self.results_of(callee))]);
            }
            Summary::Lookup { .. } => None,
        };
        Ok(match object {
            Some(address) => vec![(world, vec![Value::known(u64::from(address))])],
            None => {
                let results = self.results_of(callee);
                vec![(world, results)]
            }
        })
    }

    /// A call through a table.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn call_indirect(
        &mut self,
        at: &Activation,
        table: TableId,
        ty: TypeId,
        index: Word,
        args: Vec<Value>,
        world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        let instance = self.program.core_instance(at.id);
        let table = instance.tables.get(table.index()).copied().flatten();
        let state = table
            .map(|t| &self.program.tables[t.index()])
            .filter(|t| t.exact);
        if let (Some(state), Word::Known(index)) = (state, world.resolve(index)) {
            let Some(entry) = state.slots.get(&u64::from(index)).copied() else {
                return Ok(Vec::new());
            };
            if !self.program.same_type(instance.module, ty, &entry) {
                return Ok(Vec::new());
            }
            return self.call(at, entry.func, args, world, run);
        }
        if self.mode == Mode::Concrete {
            return Err(Stop::Opaque(Why::IndirectCall));
        }
        // Whatever may be called counts as called with anything.
        let candidates: Vec<TableEntry> = match state {
            Some(state) => state.slots.values().copied().collect(),
            None => self.program.address_taken().to_vec(),
        };
        let module = instance.module;
        for entry in candidates {
            if self.program.same_type(module, ty, &entry) {
                self.unresolved_callee(entry.func, run);
            }
        }
        let (_, results) = self.type_arity(at.id, ty);
        let mut outcomes = self.havoc(at, CoreFunc::Unknown, &args, world);
        for (_, values) in &mut outcomes {
            *values = (0..results)
                .map(|_| self.symbols.fresh_value(true))
                .collect();
        }
        Ok(outcomes)
    }

    /// A function may be called here with arguments that are not known.
    fn unresolved_callee(&mut self, callee: CoreFunc, run: &mut Run) {
        if run.muted > 0 {
            return;
        }
        let callee = match callee {
            CoreFunc::Lower(id) => match self.program.lowers[id.index()].func {
                Func::Lift(lift) => self.program.lifts[lift.index()].func,
                _ => callee,
            },
            _ => callee,
        };
        if let CoreFunc::Defined(id, func) = callee
            && !self.summaries.contains_key(&callee)
        {
            if self.is_open((id, func)) {
                self.unresolved(run, id, func, Why::IndirectCall);
            }
            return;
        }
        let watches: Vec<usize> = match self.summaries.get(&callee) {
            Some(Summary::Lookup { watch, .. }) => vec![*watch],
            _ => self
                .watched
                .get(&callee)
                .map(|w| w.iter().map(|w| w.watch).collect())
                .unwrap_or_default(),
        };
        for watch in watches {
            let why = Arrived::Unknown(Why::IndirectCall);
            self.record(run, watch, callee, why, false);
        }
    }
}

/// Whether a body is short and calls nothing: it may choose among constants, such as a
/// `switch` that returns texts.
fn chooses(ops: &[Op]) -> bool {
    ops.len() <= MAX_CHOICE
        && ops
            .iter()
            .all(|op| !matches!(op, Op::Call(_) | Op::CallIndirect(..)))
}
