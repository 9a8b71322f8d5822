//! Execution of one function on abstract states.
//!
//! States wait at instructions; the first instruction in program order goes next, so that
//! all paths through a block have arrived before the block goes on. Paths that meet are
//! joined, except where that would lose an address of constant data.

use super::branch::Branch;
use super::engine::{Engine, Mode, Outcomes, Run, Stop};
use super::event::Site;
use super::meet::LoopState;
use super::step::{Body, Op, Target};
use super::value::Value;
use super::world::World;
use crate::binary::FuncId;
use crate::graph::{CoreInstanceId, MemoryRef};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// A state of a running function.
#[derive(Clone)]
pub(crate) struct State {
    pub locals: Vec<Value>,
    pub stack: Vec<Value>,
    pub world: World,
}

impl State {
    pub(crate) fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    /// Validation guarantees that there is a value.
    pub(crate) fn pop(&mut self) -> Value {
        let value = self.stack.pop().unwrap_or(Value::ZERO);
        self.world.resolve_value(value)
    }

    pub(crate) fn pop_many(&mut self, n: usize) -> Vec<Value> {
        let at = self.stack.len().saturating_sub(n);
        let values = self.stack.split_off(at);
        values
            .into_iter()
            .map(|v| self.world.resolve_value(v))
            .collect()
    }

    /// Whether a run goes on from both in the same way.
    pub(super) fn same(&self, other: &State) -> bool {
        self.locals == other.locals && self.stack == other.stack && self.world.same(&other.world)
    }

    fn jump(&mut self, target: Target) {
        let keep = target.keep as usize;
        let height = target.height as usize;
        let top = self.stack.len().saturating_sub(keep);
        if top > height {
            self.stack.drain(height..top);
        }
    }
}

/// A function while it runs.
pub(crate) struct Activation {
    pub id: CoreInstanceId,
    pub body: Rc<Body>,
    /// The memory that addresses point into: the first one.
    pub memory: Option<MemoryRef>,
    pub(super) pending: BTreeMap<u32, Vec<(State, bool)>>,
    pub(super) loops: HashMap<u32, LoopState>,
    pub(super) returns: Vec<State>,
    /// Stack frames that were there before.
    pub(super) frames: usize,
    /// Where nothing of interest follows the return, the instructions from which something
    /// can still be reached; what lies beyond is not run.
    pub(super) live: Option<Rc<[bool]>>,
}

impl Activation {
    /// Whether nothing of interest follows from an instruction on.
    fn ends_at(&self, pc: u32) -> bool {
        let live = self.live.as_ref();
        live.is_some_and(|live| !live.get(pc as usize).copied().unwrap_or(false))
    }
}

/// Findings of one run: more than a person reads, and a bound on memory.
const MAX_FOUND: usize = 5_000;

/// Where a walk along one path ends.
pub(super) enum Next {
    /// The state stopped or waits elsewhere.
    Done,
    /// The state goes on at this instruction, and no other is in sight.
    At(u32, State),
}

impl Engine<'_, '_, '_> {
    /// Runs a function body and returns the states in which it may return.
    pub(crate) fn execute(
        &mut self,
        id: CoreInstanceId,
        func: FuncId,
        args: Vec<Value>,
        world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        let body = self.body(id, func)?;
        let mut locals = args;
        locals.resize(body.locals as usize, Value::ZERO);
        // A module without a memory of its own is called with addresses of its caller's.
        let memory = self.first_memory(id).or(run.memory);
        let outer_memory = std::mem::replace(&mut run.memory, memory);
        let live = match run.last && self.mode == Mode::Abstract {
            true => self.live((id, func)),
            false => None,
        };
        let mut activation = Activation {
            id,
            memory,
            pending: BTreeMap::new(),
            loops: HashMap::new(),
            returns: Vec::new(),
            frames: world.frames.len(),
            live,
            body,
        };
        run.trail.push(Site {
            instance: id,
            func,
            offset: 0,
        });
        let start = State {
            locals,
            stack: Vec::new(),
            world,
        };
        let result = self.drive(&mut activation, start, run);
        run.trail.pop();
        run.memory = outer_memory;
        result?;
        let results = activation.body.results as usize;
        let mut returns = std::mem::take(&mut activation.returns);
        for state in &mut returns {
            // Of the function itself only its results are left.
            state.locals.clear();
            let dead = state.stack.len().saturating_sub(results);
            state.stack.drain(..dead);
            state.world.pop_frames(activation.frames);
        }
        let returns = self.reduce(memory, returns);
        Ok(returns
            .into_iter()
            .map(|mut state| {
                let values = state.pop_many(results);
                (state.world, values)
            })
            .collect())
    }

    fn drive(&mut self, at: &mut Activation, start: State, run: &mut Run) -> Result<(), Stop> {
        let mut next = Next::At(0, start);
        loop {
            let (pc, states, arrived) = match next {
                Next::At(pc, state) => (pc, vec![state], false),
                Next::Done => match at.pending.pop_first() {
                    None => return Ok(()),
                    Some((pc, arrivals)) => (pc, self.arrive(at, pc, arrivals, run)?, true),
                },
            };
            next = Next::Done;
            let alone = states.len() == 1;
            for state in states {
                let walk = Walk {
                    start: pc,
                    arrived,
                    alone,
                };
                next = self.walk(at, walk, state, run)?;
            }
        }
    }

    /// A state goes to another instruction.
    pub(super) fn go(
        &self,
        at: &mut Activation,
        from: u32,
        target: Target,
        mut state: State,
        alone: bool,
    ) -> Next {
        state.jump(target);
        at.leave_loops(from, Some(target.pc));
        let back = target.pc <= from;
        if alone && !back && at.pending.is_empty() {
            return Next::At(target.pc, state);
        }
        at.pending.entry(target.pc).or_default().push((state, back));
        Next::Done
    }

    /// Walks one state along until it waits, returns or dies.
    fn walk(
        &mut self,
        at: &mut Activation,
        walk: Walk,
        mut state: State,
        run: &mut Run,
    ) -> Result<Next, Stop> {
        let Walk {
            start,
            arrived,
            alone,
        } = walk;
        let body = Rc::clone(&at.body);
        let mut pc = start;
        loop {
            if run.fuel == 0 || run.found() > MAX_FOUND {
                return Err(Stop::Fuel);
            }
            run.fuel -= 1;
            let here = pc;
            if at.ends_at(here) {
                return Ok(Next::Done);
            }
            pc += 1;
            match &body.ops[here as usize] {
                Op::Label if here != start && !(alone && at.pending.is_empty()) => {
                    at.pending.entry(here).or_default().push((state, false));
                    return Ok(Next::Done);
                }
                Op::Label => {}
                // The head counts rounds: every arrival goes through it.
                Op::Loop(_) if !(arrived && here == start) => {
                    at.pending.entry(here).or_default().push((state, false));
                    return Ok(Next::Done);
                }
                Op::Loop(_) => {}
                Op::Unreachable => return Ok(Next::Done),
                Op::Return => {
                    at.leave_loops(here, None);
                    at.returns.push(state);
                    return Ok(Next::Done);
                }
                Op::Jump(target) => return Ok(self.go(at, here, *target, state, alone)),
                Op::JumpIf(target) | Op::JumpUnless(target) => {
                    let when = matches!(body.ops[here as usize], Op::JumpIf(_));
                    let condition = state.pop().lo;
                    let Some(taken) = self.branch(&mut state, condition, when) else {
                        continue;
                    };
                    match taken {
                        Branch::Always => return Ok(self.go(at, here, *target, state, alone)),
                        Branch::Maybe(other) => {
                            at.fork(here);
                            self.go(at, here, *target, *other, false);
                        }
                        Branch::Impossible => return Ok(Next::Done),
                    }
                }
                Op::JumpTable(targets) => {
                    return Ok(self.jump_table(at, here, targets, state, alone));
                }
                Op::Call(callee) => {
                    let args = self.arguments(at, &mut state, *callee);
                    let callee = self.program.func(at.id, *callee);
                    set_offset(run, &body, here);
                    let widened = at.in_widened_loop(here);
                    run.widened += widened;
                    let last = std::mem::replace(&mut run.last, at.ends_at(pc));
                    let world = state.world.take();
                    let outcomes = self.call(at, callee, args, world, run)?;
                    run.last = last;
                    run.widened -= widened;
                    match self.after_call(at, state, outcomes, pc) {
                        Some(next) => state = next,
                        None => return Ok(Next::Done),
                    }
                }
                Op::CallIndirect(table, ty) => {
                    let index = state.pop().lo;
                    let signature = self.type_arity(at.id, *ty);
                    let args = state.pop_many(signature.0);
                    set_offset(run, &body, here);
                    let world = state.world.take();
                    let widened = at.in_widened_loop(here);
                    run.widened += widened;
                    let last = std::mem::replace(&mut run.last, at.ends_at(pc));
                    let outcomes = self.call_indirect(at, *table, *ty, index, args, world, run)?;
                    run.last = last;
                    run.widened -= widened;
                    match self.after_call(at, state, outcomes, pc) {
                        Some(next) => state = next,
                        None => return Ok(Next::Done),
                    }
                }
                Op::Select => {
                    let condition = state.pop().lo;
                    let right = state.pop();
                    let left = state.pop();
                    // The other choice follows later: until paths meet, both stay apart.
                    if let Some(other) = self.select(at, &mut state, condition, left, right) {
                        at.fork(here);
                        at.pending.entry(pc).or_default().push((other, false));
                    }
                }
                op => {
                    self.recorder.at(run, &body, here);
                    if let Op::Load(access) = op {
                        for mut other in self.split_load(at, &mut state, access) {
                            at.fork(here);
                            if self.load(at, &mut other, access)? {
                                at.pending.entry(pc).or_default().push((other, false));
                            }
                        }
                    }
                    if !self.step(at, &mut state, op, run)? {
                        return Ok(Next::Done);
                    }
                }
            }
        }
    }

    fn arguments(&self, at: &Activation, state: &mut State, callee: FuncId) -> Vec<Value> {
        let module = self
            .program
            .binary
            .module(self.program.core_instance(at.id).module);
        let params = module.signature(callee).map_or(0, |s| s.params.len());
        state.pop_many(params)
    }

    /// Goes on with what a call returned; several outcomes wait for each other.
    fn after_call(
        &mut self,
        at: &mut Activation,
        state: State,
        outcomes: Outcomes,
        pc: u32,
    ) -> Option<State> {
        let mut outcomes = outcomes;
        if outcomes.len() == 1
            && let Some((world, results)) = outcomes.pop()
        {
            let mut next = state;
            next.world = world;
            next.stack.extend(results);
            return Some(next);
        }
        for (world, results) in outcomes {
            let mut next = State {
                locals: state.locals.clone(),
                stack: state.stack.clone(),
                world,
            };
            next.stack.extend(results);
            at.pending.entry(pc).or_default().push((next, false));
        }
        None
    }
}

/// How a walk begins.
struct Walk {
    start: u32,
    /// Whether the state came through [`Engine::arrive`].
    arrived: bool,
    /// Whether no other state is in sight.
    alone: bool,
}

fn set_offset(run: &mut Run, body: &Body, pc: u32) {
    if let Some(site) = run.trail.last_mut() {
        site.offset = body.offsets[pc as usize];
    }
}
