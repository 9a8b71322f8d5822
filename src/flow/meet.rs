//! Where states come together: joins, and rounds of loops.

use super::engine::{Engine, Mode, Run, Stop};
use super::exec::{Activation, State};
use super::join::Joiner;
use super::memory::{Constant, Fresh};
use super::step::Op;
use super::value::Value;
use crate::graph::MemoryRef;

/// A loop of a running function.
#[derive(Default)]
pub(super) struct LoopState {
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
    /// Rounds while it was unrolled, and the state at the head in one of them.
    rounds: u32,
    seen: Option<State>,
}

/// Rounds of a loop whose end is uncertain, before it is widened.
const ROUNDS: u32 = 3;
/// The same when names arrived in the loop.
const ROUNDS_WITH_EVENTS: u32 = 64;
/// After so many changes of a widened head its facts are dropped: only so many are kept, so
/// that each round may lose some.
const FORGETFUL: u32 = 8;
/// How often a widened head may change before the run is given up.
const WIDENINGS: u32 = 40;

impl LoopState {
    /// Drops a state that was at this head before: where it leads was seen, and if it only
    /// leads back here, the loop never ends.
    fn turns_in_circles(&mut self, states: &mut Vec<State>) {
        self.rounds += 1;
        if let Some(seen) = &self.seen {
            states.retain(|state| !state.same(seen));
        }
        if self.rounds >= 4
            && self.rounds.is_power_of_two()
            && let [only] = states.as_slice()
        {
            self.seen = Some(only.clone());
        }
    }
}

impl Activation {
    /// A path forks at an instruction.
    pub(super) fn fork(&mut self, pc: u32) {
        for (number, info) in &mut self.loops {
            let (first, last) = self.body.loops[*number as usize];
            info.forked |= first <= pc && pc <= last;
        }
    }

    /// A path goes from one instruction to another, or out of the function.
    pub(super) fn leave_loops(&mut self, from: u32, to: Option<u32>) {
        for (number, info) in &mut self.loops {
            let (first, last) = self.body.loops[*number as usize];
            let inside = |pc: u32| first <= pc && pc <= last;
            if inside(from) && !to.is_some_and(inside) {
                info.left = true;
            }
        }
    }

    /// 1 when an instruction stands in a loop that was widened, else 0.
    pub(super) fn in_widened_loop(&self, pc: u32) -> u32 {
        let inside = self.loops.iter().any(|(number, info)| {
            let (first, last) = self.body.loops[*number as usize];
            info.widened.is_some() && first <= pc && pc <= last
        });
        u32::from(inside)
    }
}

impl Engine<'_, '_, '_> {
    /// States come together at an instruction: which go on.
    pub(super) fn arrive(
        &mut self,
        at: &mut Activation,
        pc: u32,
        arrivals: Vec<(State, bool)>,
        run: &mut Run,
    ) -> Result<Vec<State>, Stop> {
        let number = match at.body.ops[pc as usize] {
            Op::Loop(number) => Some(number),
            _ => None,
        };
        let entered = arrivals.iter().any(|(_, back)| !back);
        let mut states: Vec<State> = arrivals.into_iter().map(|(s, _)| s).collect();
        if number.is_some() || states.len() > 1 {
            forget_dead(at, pc, &mut states);
        }
        let Some(number) = number else {
            return Ok(self.reduce(at.memory, states));
        };
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
            let mut states = self.reduce(at.memory, states);
            if let Some(info) = at.loops.get_mut(&number) {
                info.turns_in_circles(&mut states);
            }
            return Ok(states);
        }
        let mut states = states.into_iter();
        let (mut head, mut changed) = match info.widened.take() {
            Some(head) => (head, false),
            None => match states.next() {
                Some(first) => (first, true),
                None => return Ok(Vec::new()),
            },
        };
        let widenings = info.widenings + 1;
        if widenings == FORGETFUL {
            head.world.forget_facts();
        }
        for state in states {
            changed |= self.joiner_call(at.memory, true, |j| j.join(&mut head, &state));
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

    /// Joins states as far as no address of constant data gets lost.
    pub(super) fn reduce(&mut self, memory: Option<MemoryRef>, states: Vec<State>) -> Vec<State> {
        match states.len() {
            0 | 1 => states,
            _ => self.joiner_call(memory, false, |j| j.reduce(states)),
        }
    }
}

/// Locals that nothing reads any more are all alike.
fn forget_dead(at: &Activation, pc: u32, states: &mut [State]) {
    let live = at.body.live();
    for local in 0..at.body.locals as usize {
        if !live.reads(pc, local) {
            for state in &mut *states {
                state.locals[local] = Value::ZERO;
            }
        }
    }
}
