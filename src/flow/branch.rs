//! Choices: branches, tables of jumps and `select`, on conditions that may not be known.

use super::engine::{Engine, Mode};
use super::exec::{Activation, Next, State};
use super::step::Target;
use super::value::{Origin, Sym, Value, Word};
use super::world::Fact;
use std::collections::BTreeMap;

/// How a branch goes.
pub(super) enum Branch {
    Always,
    Maybe(Box<State>),
    Impossible,
}

impl Engine<'_, '_, '_> {
    /// Decides a branch that is taken when the condition is (not) zero. `None`: not taken;
    /// the state goes on.
    pub(super) fn branch(
        &mut self,
        state: &mut State,
        condition: Word,
        when: bool,
    ) -> Option<Branch> {
        let sym = match state.world.resolve(condition) {
            Word::Known(value) if (value != 0) == when => return Some(Branch::Always),
            Word::Known(_) => return None,
            Word::Unknown(_) if self.mode == Mode::Concrete => {
                self.undecided.get_or_insert_with(|| self.active.clone());
                return Some(Branch::Impossible);
            }
            Word::Unknown(sym) => sym,
        };
        let mut other = state.clone();
        let taken = self.assume(&mut other, sym, when);
        let stays = self.assume(state, sym, !when);
        match (taken, stays) {
            (true, true) => Some(Branch::Maybe(Box::new(other))),
            (true, false) => {
                *state = other;
                Some(Branch::Always)
            }
            (false, true) => None,
            (false, false) => Some(Branch::Impossible),
        }
    }

    /// Takes for granted that a symbol is not zero (`truth`), or is zero. `false` when that
    /// can't be.
    pub(super) fn assume(&self, state: &mut State, sym: Sym, truth: bool) -> bool {
        let origin = self.symbols.origin(sym);
        let fact = if truth { Fact::NotZero } else { Fact::Is(0) };
        let flag = matches!(
            origin,
            Origin::Flag | Origin::Equals(..) | Origin::Differs(..)
        );
        let fact = if flag && truth { Fact::Is(1) } else { fact };
        if !state.world.learn(sym, fact) || !self.learn_bounds(&mut state.world, sym, truth) {
            return false;
        }
        let before = self.symbols.before(sym);
        state.world.doubtful |= before.is_some_and(|b| (b != 0) != truth);
        let (inner, k, equal) = match origin {
            Origin::Equals(inner, k) => (inner, k, truth),
            Origin::Differs(inner, k) => (inner, k, !truth),
            _ => return true,
        };
        match (equal, k) {
            (true, k) => state.world.learn(inner, Fact::Is(k)),
            (false, 0) => state.world.learn(inner, Fact::NotZero),
            (false, k) => state.world.fact(inner) != Some(Fact::Is(k)),
        }
    }

    pub(super) fn jump_table(
        &mut self,
        at: &mut Activation,
        here: u32,
        targets: &[Target],
        mut state: State,
        alone: bool,
    ) -> Next {
        let last = targets.len() - 1;
        let sym = match state.pop().lo {
            Word::Known(index) => {
                let target = targets[(index as usize).min(last)];
                return self.go(at, here, target, state, alone);
            }
            Word::Unknown(sym) => sym,
        };
        // Targets that one index alone leads to teach the index.
        let mut by_target: BTreeMap<u32, (Target, Vec<usize>)> = BTreeMap::new();
        for (index, target) in targets.iter().enumerate() {
            let entry = by_target.entry(target.pc).or_insert((*target, Vec::new()));
            entry.1.push(index);
        }
        at.fork(here);
        for (target, indexes) in by_target.into_values() {
            let mut next = state.clone();
            let possible = match indexes.as_slice() {
                [index] if *index != last => next.world.learn(sym, Fact::Is(*index as u32)),
                [.., greatest] if *greatest != last => {
                    next.world.learn_at_most(sym, *greatest as u32)
                }
                _ => true,
            };
            if let Some(before) = self.symbols.before(sym) {
                let led_here = indexes.contains(&(before as usize).min(last));
                next.world.doubtful |= !led_here;
            }
            if possible {
                self.go(at, here, target, next, false);
            }
        }
        Next::Done
    }

    /// `select`: pushes the result, and returns a second state when the choice is unknown and
    /// the values should stay apart.
    pub(super) fn select(
        &mut self,
        at: &Activation,
        state: &mut State,
        condition: Word,
        left: Value,
        right: Value,
    ) -> Option<State> {
        let sym = match condition {
            Word::Known(c) => {
                state.push(if c != 0 { left } else { right });
                return None;
            }
            Word::Unknown(_) if left == right => {
                state.push(left);
                return None;
            }
            Word::Unknown(sym) => sym,
        };
        if !self.keeps_apart(at, left, right) {
            for value in [left, right] {
                self.lose_value(at, &mut state.world, value);
            }
            let wide = left.hi != Word::ZERO || right.hi != Word::ZERO;
            state.push(self.symbols.fresh_value(wide));
            return None;
        }
        let mut other = state.clone();
        let first = self.assume(state, sym, true);
        let second = self.assume(&mut other, sym, false);
        if !(first && second) {
            if second {
                *state = other;
            }
            state.push(if second { right } else { left });
            return None;
        }
        state.push(left);
        other.push(right);
        Some(other)
    }
}
