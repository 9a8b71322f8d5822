//! Execution of one function on abstract states.
//!
//! States wait at instructions; the first instruction in program order goes next, so that
//! all paths through a block have arrived before the block goes on. Paths that meet are
//! joined, except where that would lose an address of constant data.

use super::branch::Branch;
use super::engine::{Engine, Mode, Outcomes, Run, Stop};
use super::event::Site;
use super::join::Joiner;
use super::memory::{Constant, Fresh};
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
    pending: BTreeMap<u32, Vec<(State, bool)>>,
    loops: HashMap<u32, LoopState>,
    returns: Vec<State>,
    /// Stack frames that were there before.
    frames: usize,
    /// For the outermost function, the instructions from which something of interest can
    /// still be reached; what lies beyond is not run.
    live: Option<Rc<[bool]>>,
}

impl Activation {
    /// A path forks at an instruction.
    pub(super) fn fork(&mut self, pc: u32) {
        for (number, info) in &mut self.loops {
            let (first, last) = self.body.loops[*number as usize];
            info.forked |= first <= pc && pc <= last;
        }
    }
}

impl Activation {
    /// 1 when an instruction stands in a loop that was widened, else 0.
    fn in_widened_loop(&self, pc: u32) -> u32 {
        let inside = self.loops.iter().any(|(number, info)| {
            let (first, last) = self.body.loops[*number as usize];
            info.widened.is_some() && first <= pc && pc <= last
        });
        u32::from(inside)
    }
}

#[derive(Default)]
struct LoopState {
    /// Rounds in which some state left the loop and another stayed.
    uncertain: u32,
    /// Whether a state left in this round.
    left: bool,
    /// Rounds in which some path forked.
    forked_rounds: u32,
    /// Whether a path forked in this round.
    forked: bool,
    /// What was joined at the head since widening began.
    widened: Option<State>,
    widenings: u32,
}

/// Rounds of a loop whose end is uncertain, before it is widened.
const ROUNDS: u32 = 3;
/// The same when names arrived in the loop.
const ROUNDS_WITH_EVENTS: u32 = 64;
/// How often a widened head may change before the run is given up.
const WIDENINGS: u32 = 40;

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
        let mut activation = Activation {
            id,
            memory,
            pending: BTreeMap::new(),
            loops: HashMap::new(),
            returns: Vec::new(),
            frames: world.frames.len(),
            live: run.trail.is_empty().then(|| run.live.clone()).flatten(),
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
        let mut returns = std::mem::take(&mut activation.returns);
        if returns.len() > 1 {
            returns = self.reduce(memory, returns, false);
        }
        let results = activation.body.results as usize;
        Ok(returns
            .into_iter()
            .map(|mut state| {
                let values = state.pop_many(results);
                state.world.pop_frames(activation.frames);
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

    /// States come together at an instruction: which go on.
    fn arrive(
        &mut self,
        at: &mut Activation,
        pc: u32,
        arrivals: Vec<(State, bool)>,
        run: &mut Run,
    ) -> Result<Vec<State>, Stop> {
        let Op::Loop(number) = at.body.ops[pc as usize] else {
            let states: Vec<State> = arrivals.into_iter().map(|(s, _)| s).collect();
            return Ok(match states.len() {
                1 => states,
                _ => self.reduce(at.memory, states, false),
            });
        };
        let entered = arrivals.iter().any(|(_, back)| !back);
        let states: Vec<State> = arrivals.into_iter().map(|(s, _)| s).collect();
        let info = at.loops.entry(number).or_default();
        if entered {
            *info = LoopState::default();
        } else {
            info.uncertain += u32::from(std::mem::take(&mut info.left));
            info.forked_rounds += u32::from(std::mem::take(&mut info.forked));
        }
        if self.mode == Mode::Concrete {
            return Ok(states);
        }
        let rounds = match run.events_in_loop {
            true => ROUNDS_WITH_EVENTS,
            false => ROUNDS,
        };
        let unroll = info.uncertain <= rounds && info.forked_rounds <= ROUNDS_WITH_EVENTS;
        if unroll && info.widened.is_none() {
            return Ok(match states.len() {
                1 => states,
                _ => self.reduce(at.memory, states, false),
            });
        }
        let mut states = states.into_iter();
        let (mut head, changed) = match info.widened.take() {
            Some(head) => (head, false),
            None => match states.next() {
                Some(first) => (first, true),
                None => return Ok(Vec::new()),
            },
        };
        let mut changed = changed;
        let widenings = info.widenings + 1;
        for state in states {
            changed |= self.join(at.memory, &mut head, &state, true);
        }
        let info = at.loops.entry(number).or_default();
        info.widened = Some(head.clone());
        info.widenings = widenings;
        if widenings > WIDENINGS {
            return Err(Stop::Fuel);
        }
        Ok(if changed { vec![head] } else { Vec::new() })
    }

    fn joiner_call<T>(
        &mut self,
        memory: Option<MemoryRef>,
        in_loop: bool,
        f: impl FnOnce(&mut Joiner<'_>) -> T,
    ) -> T {
        let concrete = self.mode == Mode::Concrete;
        let images = &self.images;
        let memory = memory.unwrap_or(MemoryRef::from_index(0));
        let has_memory = !self.program.memories.is_empty();
        let is_data = |address: u32| has_memory && address >= 64 && images.covers(memory, address);
        let (fresh, constant) = (Fresh(images), Constant(images));
        let mut joiner = Joiner {
            symbols: &mut self.symbols,
            back: if concrete { &fresh } else { &constant },
            memory,
            is_data: &is_data,
            in_loop,
        };
        f(&mut joiner)
    }

    fn reduce(
        &mut self,
        memory: Option<MemoryRef>,
        states: Vec<State>,
        in_loop: bool,
    ) -> Vec<State> {
        self.joiner_call(memory, in_loop, |j| j.reduce(states))
    }

    fn join(
        &mut self,
        memory: Option<MemoryRef>,
        into: &mut State,
        other: &State,
        in_loop: bool,
    ) -> bool {
        self.joiner_call(memory, in_loop, |j| j.join(into, other))
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
        for (number, info) in &mut at.loops {
            let (first, last) = at.body.loops[*number as usize];
            let inside = |pc: u32| first <= pc && pc <= last;
            if inside(from) && !inside(target.pc) {
                info.left = true;
            }
        }
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
            if at.live.as_ref().is_some_and(|live| !live[here as usize]) {
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
                    self.leave_loops(at, here);
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
                    let outcomes = self.call(at, callee, args, state.world.clone(), run)?;
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
                    let world = state.world.clone();
                    let widened = at.in_widened_loop(here);
                    run.widened += widened;
                    let outcomes = self.call_indirect(at, *table, *ty, index, args, world, run)?;
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
                    if !self.step(at, &mut state, op, run)? {
                        return Ok(Next::Done);
                    }
                }
            }
        }
    }

    fn leave_loops(&self, at: &mut Activation, from: u32) {
        for (number, info) in &mut at.loops {
            let (first, last) = at.body.loops[*number as usize];
            if first <= from && from <= last {
                info.left = true;
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
        let single = outcomes.len() == 1;
        for (world, results) in outcomes {
            let mut next = State {
                locals: state.locals.clone(),
                stack: state.stack.clone(),
                world,
            };
            next.stack.extend(results);
            if single {
                return Some(next);
            }
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
