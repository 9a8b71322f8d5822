//! Execution of functions on sets of values. One state stands for all that arrive at an
//! instruction; at the head of a loop it grows until nothing new comes.
//!
//! A call is followed into its callee, each way of getting there (context) by itself. What a
//! context was entered with is kept: a second call of it with nothing new has the result
//! that is there already, so that the work is bounded by the number of contexts and not by
//! the rounds of loops around them.

use super::super::engine::Engine;
use super::super::event::{Site, Why};
use super::super::step::{Body, Op, Target};
use super::below::Below;
use super::found::Found;
use super::question::LeakQuestion;
use super::word::{Labels, Val, Word};
use super::world::World;
use crate::binary::{FuncId, MemoryId, TypeId};
use crate::graph::{CoreFunc, CoreInstanceId, MemoryRef, Program};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// After so many rounds, what differs at the head of a loop counts as anything.
const EXACT_ROUNDS: u32 = 1;
/// More rounds than any loop takes whose values only grow.
const MAX_ROUNDS: u32 = 60;

/// A branch among more ways than this tells a lot about what it depends on.
const MANY_WAYS: usize = 16;

pub(super) type Key = (CoreInstanceId, FuncId);

/// Where a run is.
pub(super) struct Spot<'s> {
    pub id: CoreInstanceId,
    pub body: &'s Body,
    /// The way that led here.
    pub context: u32,
    pub first: Option<MemoryRef>,
}

impl Spot<'_> {
    pub(super) fn memory(&self, program: &Program<'_, '_>, memory: MemoryId) -> Option<MemoryRef> {
        let instance = program.core_instance(self.id);
        instance.memories.get(memory.index()).copied().flatten()
    }
}

#[derive(Clone)]
pub(super) struct State {
    pub locals: Vec<Val>,
    pub stack: Vec<Val>,
    pub world: World,
}

impl State {
    pub(super) fn push(&mut self, value: Val) {
        self.stack.push(value);
    }

    /// Validation guarantees that there is a value.
    pub(super) fn pop(&mut self) -> Val {
        self.stack.pop().unwrap_or(Val::ZERO)
    }

    pub(super) fn pop_many(&mut self, n: usize) -> Vec<Val> {
        let at = self.stack.len().saturating_sub(n);
        self.stack.split_off(at)
    }

    fn jump(&mut self, target: Target) {
        let (keep, height) = (target.keep as usize, target.height as usize);
        let top = self.stack.len().saturating_sub(keep);
        if top > height {
            self.stack.drain(height..top);
        }
    }
}

/// What a context was entered with, and what came out.
pub(super) struct Memo {
    pub args: Vec<Val>,
    pub world: World,
    pub outcome: Outcome,
    pub rounds: u32,
}

/// The state after a call, and its results; `None` when it does not come back.
pub(super) type Outcome = Option<(World, Vec<Val>)>;

/// Why a function was not followed to its end.
pub(super) type Stopped = Why;

pub(super) struct Machine<'e, 'p, 'a, 'b> {
    pub engine: &'e mut Engine<'p, 'a, 'b>,
    pub question: &'e LeakQuestion,
    pub below: Below,
    pub contexts: HashMap<(u32, u32, CoreFunc), u32>,
    pub memos: HashMap<u32, Memo>,
    /// Contexts that were given up.
    pub hopeless: HashMap<u32, Why>,
    /// Objects by where they come from.
    pub objects: HashMap<(u32, u32, u32), u32>,
    pub fuel: u64,
    pub trail: Vec<Site>,
    pub found: Found,
    /// What each memory ever held.
    pub ever: Vec<Labels>,
    /// What was given to the host, by package.
    pub given: BTreeMap<u32, Labels>,
    /// What was put into streams and results between components.
    pub streams: Labels,
    /// Where the shadow stacks are.
    pub stacks: HashMap<MemoryRef, (u32, u32)>,
    /// Whether an address was not understood since this was last reset.
    pub lost: bool,
    /// Above zero while nothing that is found counts: in functions the user vouches for.
    pub trusted: u32,
    /// Secrets by a byte of which a program chooses among many ways.
    pub choices: BTreeSet<(u32, Vec<Site>)>,
}

impl Machine<'_, '_, '_, '_> {
    /// The number of a context.
    pub(super) fn context(&mut self, from: u32, pc: u32, callee: CoreFunc) -> u32 {
        let next = self.contexts.len() as u32 + 1;
        *self.contexts.entry((from, pc, callee)).or_insert(next)
    }

    /// The object that is made at a place of a context.
    pub(super) fn object(&mut self, context: u32, pc: u32, which: u32) -> u32 {
        let next = self.objects.len() as u32;
        *self.objects.entry((context, pc, which)).or_insert(next)
    }

    /// Runs a function.
    pub(super) fn execute(
        &mut self,
        (id, func): Key,
        context: u32,
        args: Vec<Val>,
        world: World,
    ) -> Result<Outcome, Stopped> {
        let body = self.engine.body(id, func).map_err(|stop| match stop {
            super::super::engine::Stop::Fuel => Why::Budget,
            super::super::engine::Stop::Opaque(why) => why,
        })?;
        let depth = self.trail.len();
        let frames = world.frames.len();
        self.trail.push(Site {
            instance: id,
            func,
            offset: 0,
        });
        let mut locals = args;
        locals.resize(body.locals as usize, Val::ZERO);
        let spot = Spot {
            id,
            body: &body,
            context,
            first: self.engine.first_memory(id),
        };
        let state = State {
            locals,
            stack: Vec::new(),
            world,
        };
        let result = self.drive(&spot, state);
        self.trail.truncate(depth);
        let Some(mut state) = result? else {
            return Ok(None);
        };
        let results = state.pop_many(body.results as usize);
        state.world.pop_frames(frames);
        Ok(Some((state.world, results)))
    }

    fn drive(&mut self, at: &Spot<'_>, start: State) -> Result<Option<State>, Stopped> {
        let mut run = Run::default();
        run.pending.insert(0, start);
        while let Some((pc, mut state)) = run.pending.pop_first() {
            if let Op::Loop(_) = at.body.ops[pc as usize] {
                match run.heads.remove(&pc) {
                    None => {
                        run.heads.insert(pc, (state.clone(), 0));
                    }
                    Some((head, rounds)) => {
                        if self.is_within(&state, &head) {
                            run.heads.insert(pc, (head, rounds));
                            continue;
                        }
                        if rounds > MAX_ROUNDS {
                            return Err(Why::Budget);
                        }
                        state = self.widen(&head, &state, rounds >= EXACT_ROUNDS);
                        run.heads.insert(pc, (state.clone(), rounds + 1));
                    }
                }
            }
            self.walk(at, pc, state, &mut run)?;
        }
        Ok(run.returned)
    }

    fn is_within(&self, a: &State, b: &State) -> bool {
        let all = |a: &[Val], b: &[Val]| a.iter().zip(b).all(|(a, b)| a.is_within(b));
        all(&a.locals, &b.locals)
            && all(&a.stack, &b.stack)
            && a.world.is_within(&b.world, &self.engine.images)
    }

    pub(super) fn join(&self, a: &State, b: &State) -> State {
        let both = |a: &[Val], b: &[Val]| a.iter().zip(b).map(|(a, b)| a.join(b)).collect();
        State {
            locals: both(&a.locals, &b.locals),
            stack: both(&a.stack, &b.stack),
            world: a.world.join(&b.world, &self.engine.images),
        }
    }

    fn wait(&self, run: &mut Run, pc: u32, state: State) {
        let state = match run.pending.remove(&pc) {
            Some(other) => self.join(&other, &state),
            None => state,
        };
        run.pending.insert(pc, state);
    }

    fn walk(
        &mut self,
        at: &Spot<'_>,
        start: u32,
        mut state: State,
        run: &mut Run,
    ) -> Result<(), Stopped> {
        let mut pc = start;
        loop {
            let here = pc;
            let op = &at.body.ops[here as usize];
            if self.fuel == 0 {
                return Err(Why::Budget);
            }
            self.fuel -= 1;
            pc += 1;
            match op {
                Op::Label | Op::Loop(_) if here != start => {
                    self.wait(run, here, state);
                    return Ok(());
                }
                Op::Label | Op::Loop(_) => {}
                Op::Unreachable => return Ok(()),
                Op::Return => {
                    state.locals.clear();
                    let dead = state.stack.len().saturating_sub(at.body.results as usize);
                    state.stack.drain(..dead);
                    run.returned = Some(match run.returned.take() {
                        Some(other) => {
                            // Frames that were left by jumps differ.
                            let depth = other.world.frames.len().min(state.world.frames.len());
                            let mut other = other;
                            other.world.pop_frames(depth);
                            state.world.pop_frames(depth);
                            self.join(&other, &state)
                        }
                        None => state,
                    });
                    return Ok(());
                }
                Op::Jump(target) => {
                    state.jump(*target);
                    self.wait(run, target.pc, state);
                    return Ok(());
                }
                Op::JumpIf(target) | Op::JumpUnless(target) => {
                    let when = matches!(op, Op::JumpIf(_));
                    let condition = state.pop().lo;
                    match decided(&condition) {
                        Some(yes) if yes == when => {
                            state.jump(*target);
                            self.wait(run, target.pc, state);
                            return Ok(());
                        }
                        Some(_) => {}
                        None => {
                            let mut other = state.clone();
                            other.jump(*target);
                            self.wait(run, target.pc, other);
                        }
                    }
                }
                Op::JumpTable(targets) => {
                    let index = state.pop().lo;
                    let ends: BTreeSet<u32> = targets.iter().map(|t| t.pc).collect();
                    self.chooses(&index, ends.len());
                    let mut ways: BTreeMap<u32, Target> = BTreeMap::new();
                    let last = targets.len().saturating_sub(1);
                    match index.only_consts() && !index.consts().is_empty() {
                        true => {
                            for c in index.consts() {
                                let target = targets[(*c as usize).min(last)];
                                ways.insert(target.pc, target);
                            }
                        }
                        false => ways.extend(targets.iter().map(|t| (t.pc, *t))),
                    }
                    for target in ways.into_values() {
                        let mut state = state.clone();
                        state.jump(target);
                        self.wait(run, target.pc, state);
                    }
                    return Ok(());
                }
                Op::Call(callee) => {
                    let program = self.engine.program;
                    let module = program.binary.module(program.core_instance(at.id).module);
                    let params = module.signature(*callee).map_or(0, |s| s.params.len());
                    let args = state.pop_many(params);
                    self.set_offset(at, here);
                    let callee = program.func(at.id, *callee);
                    match self.call(at, here, callee, args, state.world.clone())? {
                        Some((world, results)) => {
                            state.world = world;
                            state.stack.extend(results);
                        }
                        None => return Ok(()),
                    }
                }
                Op::CallIndirect(table, ty) => {
                    let index = state.pop().lo;
                    let (params, _) = self.engine.type_arity(at.id, *ty);
                    let args = state.pop_many(params);
                    self.set_offset(at, here);
                    let world = state.world.clone();
                    match self.call_indirect(at, here, (*table, *ty), &index, args, world)? {
                        Some((world, results)) => {
                            state.world = world;
                            state.stack.extend(results);
                        }
                        None => return Ok(()),
                    }
                }
                Op::Select => {
                    let condition = state.pop().lo;
                    let right = state.pop();
                    let left = state.pop();
                    state.push(match decided(&condition) {
                        Some(true) => left,
                        Some(false) => right,
                        None => left.join(&right),
                    });
                }
                op => {
                    if !self.step(at, &mut state, op)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// A byte of a secret that decides among many ways is as good as the byte.
    fn chooses(&mut self, index: &Word, ways: usize) {
        let secrets = index.labels.secrets();
        if secrets != 0 && ways > MANY_WAYS && self.trusted == 0 {
            self.choices.insert((secrets, self.trail.clone()));
        }
    }

    fn set_offset(&mut self, at: &Spot<'_>, pc: u32) {
        if let Some(site) = self.trail.last_mut() {
            site.offset = at.body.offsets[pc as usize];
        }
    }

    /// Entries of a table that a call may reach, or `None` when the index is not known.
    pub(super) fn entries(
        &self,
        id: CoreInstanceId,
        table: crate::binary::TableId,
        ty: TypeId,
        index: &Word,
    ) -> Option<Vec<CoreFunc>> {
        let program = self.engine.program;
        let instance = program.core_instance(id);
        let table = instance.tables.get(table.index()).copied().flatten()?;
        let state = &program.tables[table.index()];
        if !state.exact || !index.only_consts() {
            return None;
        }
        let entry = |c: &u32| {
            let entry = state.slots.get(&u64::from(*c))?;
            program
                .same_type(instance.module, ty, entry)
                .then_some(entry.func)
        };
        Some(index.consts().iter().filter_map(entry).collect())
    }
}

/// Which way a branch goes, when that is known.
fn decided(condition: &Word) -> Option<bool> {
    if condition.is_pointer() {
        return Some(true);
    }
    if !condition.only_consts() || condition.consts().is_empty() {
        return None;
    }
    let zero = condition.consts().contains(&0);
    match (zero, condition.consts().len()) {
        (true, 1) => Some(false),
        (false, _) => Some(true),
        _ => None,
    }
}

#[derive(Default)]
struct Run {
    pending: BTreeMap<u32, State>,
    heads: HashMap<u32, (State, u32)>,
    returned: Option<State>,
}
