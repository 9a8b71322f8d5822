//! Which locals are read later: what is not must not keep states apart.

use super::step::{Body, Op, Target};
use std::collections::HashMap;

/// Locals that are read before they are set again, at the places where paths meet.
#[derive(Debug, Default)]
pub(crate) struct LiveLocals {
    at: HashMap<u32, Box<[u64]>>,
}

/// Bodies with more places times words of bits are not analysed: all their locals count as
/// read.
const MAX_WORK: usize = 1_000_000;

impl LiveLocals {
    pub(crate) fn of(body: &Body) -> LiveLocals {
        let words = (body.locals as usize).div_ceil(64);
        let mut at: HashMap<u32, Box<[u64]>> = HashMap::new();
        let mut meets = |pc: u32| {
            at.insert(pc, vec![0; words].into());
        };
        for (pc, op) in body.ops.iter().enumerate() {
            match op {
                Op::Label | Op::Loop(_) => meets(pc as u32),
                // A call may return in several states, and a choice keep both.
                Op::Call(_) | Op::CallIndirect(..) | Op::Select => meets(pc as u32 + 1),
                Op::Jump(t) | Op::JumpIf(t) | Op::JumpUnless(t) => meets(t.pc),
                Op::JumpTable(targets) => targets.iter().for_each(|t| meets(t.pc)),
                _ => {}
            }
        }
        if at.len().saturating_mul(words) > MAX_WORK {
            return LiveLocals::default();
        }
        let mut live = LiveLocals { at };
        // Only jumps back to loop heads need a further round.
        while live.backwards(body, words) {}
        live
    }

    /// Goes through the body from its end once. Returns whether a place changed.
    fn backwards(&mut self, body: &Body, words: usize) -> bool {
        let mut changed = false;
        let mut now: Vec<u64> = vec![0; words];
        for (pc, op) in body.ops.iter().enumerate().rev() {
            match op {
                Op::Return | Op::Unreachable => now.fill(0),
                Op::Jump(target) => {
                    now.fill(0);
                    self.add(*target, &mut now);
                }
                Op::JumpIf(target) | Op::JumpUnless(target) => self.add(*target, &mut now),
                Op::JumpTable(targets) => {
                    now.fill(0);
                    for target in targets {
                        self.add(*target, &mut now);
                    }
                }
                Op::LocalGet(i) => now[*i as usize / 64] |= 1 << (i % 64),
                Op::LocalSet(i) | Op::LocalTee(i) => now[*i as usize / 64] &= !(1 << (i % 64)),
                _ => {}
            }
            if let Some(known) = self.at.get_mut(&(pc as u32)) {
                for (known, now) in known.iter_mut().zip(&now) {
                    changed |= *known | now != *known;
                    *known |= now;
                }
            }
        }
        changed
    }

    fn add(&self, target: Target, now: &mut [u64]) {
        if let Some(known) = self.at.get(&target.pc) {
            for (now, known) in now.iter_mut().zip(known) {
                *now |= known;
            }
        }
    }

    /// Whether a local may be read after the instruction at `pc`, a place where paths meet.
    pub(crate) fn reads(&self, pc: u32, local: usize) -> bool {
        match self.at.get(&pc) {
            Some(live) => live[local / 64] & 1 << (local % 64) != 0,
            None => true,
        }
    }
}
