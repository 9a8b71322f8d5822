//! Instructions that neither branch nor call.

use super::super::event::Why;
use super::super::step::{Binary, Body, Op};
use super::machine::{Machine, Spot, State, Stopped};
use super::ops;
use super::word::{Thing, Val, Word};
use super::world::{Frame, World};
use crate::graph::MemoryRef;
use std::rc::Rc;

impl Machine<'_, '_, '_, '_> {
    /// Runs one instruction that neither branches nor calls. `false` when it traps.
    pub(super) fn step(
        &mut self,
        at: &Spot<'_>,
        state: &mut State,
        op: &Op,
    ) -> Result<bool, Stopped> {
        match op {
            Op::Const(bits) => state.push(Val::known(*bits)),
            Op::LocalGet(i) => state.push(state.locals[*i as usize].clone()),
            Op::LocalSet(i) => state.locals[*i as usize] = state.pop(),
            Op::LocalTee(i) => {
                let value = state.pop();
                state.locals[*i as usize] = value.clone();
                state.push(value);
            }
            Op::Drop => {
                state.pop();
            }
            Op::Unary(op) => {
                let arg = state.pop();
                match ops::unary(*op, &arg) {
                    Some(value) => state.push(value),
                    None => return Ok(false),
                }
            }
            Op::Binary(op) => {
                let right = state.pop();
                let left = state.pop();
                let memory = at.first;
                let inexact = |v: Val, world: &World| Val {
                    lo: match memory {
                        Some(memory) => v.lo.map_places(|p| match p {
                            (Thing::Stack, None) => p,
                            p => world.somewhere(memory, p),
                        }),
                        None => v.lo,
                    },
                    hi: match memory {
                        Some(memory) => v.hi.map_places(|p| world.somewhere(memory, p)),
                        None => v.hi,
                    },
                };
                let Some(mut value) = ops::binary(*op, &left, &right) else {
                    return Ok(false);
                };
                // What is not known to be a place on the stack is somewhere in the thing.
                let lost = |v: &Val| {
                    let everywhere = (Thing::Stack, None);
                    v.lo.things().contains(&everywhere) || v.hi.things().contains(&everywhere)
                };
                if lost(&value) && !lost(&left) && !lost(&right) {
                    let (left, right) = (inexact(left, &state.world), inexact(right, &state.world));
                    match ops::binary(*op, &left, &right) {
                        Some(again) => value = again,
                        None => return Ok(false),
                    }
                }
                state.push(value);
            }
            Op::GlobalGet(global) => {
                let global = self.engine.program.core_instance(at.id).globals[global.index()];
                state.push(match global {
                    Some(global) => state.world.globals[global.index()].clone(),
                    None => Val::both(Word::ANY),
                });
            }
            Op::GlobalSet(global) => {
                let value = state.pop();
                let global = self.engine.program.core_instance(at.id).globals[global.index()];
                if let Some(global) = global {
                    if let Some(memory) = self.engine.stack_pointers.get(&global).copied() {
                        self.move_stack(at, &mut state.world, memory, global.index(), &value);
                    }
                    Rc::make_mut(&mut state.world.globals)[global.index()] = value;
                }
            }
            Op::Load(access) => self.load(at, state, access),
            Op::Store(access) => self.store(at, state, access),
            Op::MemorySize(_) => state.push(Val::both(Word::ANY)),
            Op::MemoryGrow(_) => {
                state.pop();
                state.push(Val::both(Word::ANY));
            }
            Op::MemoryCopy { to, from } => {
                let len = state.pop().lo;
                let (source, target) = (state.pop().lo, state.pop().lo);
                let program = self.engine.program;
                if let (Some(to), Some(from)) = (at.memory(program, *to), at.memory(program, *from))
                {
                    self.copy(&mut state.world, (to, &target), (from, &source), &len);
                }
            }
            Op::MemoryFill(memory) => {
                let len = state.pop().lo;
                let byte = state.pop().lo;
                let target = state.pop().lo;
                if let Some(memory) = at.memory(self.engine.program, *memory) {
                    let word = match byte.single() {
                        Some(byte) => Word::known((byte & 0xff) * 0x0101_0101),
                        None => byte.number().labelled(byte.labels),
                    };
                    self.fill(&mut state.world, (memory, &target), len.single(), &word);
                }
            }
            Op::MemoryInit(memory, _) => {
                let len = state.pop().lo;
                state.pop();
                let target = state.pop().lo;
                if let Some(memory) = at.memory(self.engine.program, *memory) {
                    let word = Word::ANY.join(&Word::to(Thing::Static, None));
                    self.fill(&mut state.world, (memory, &target), len.single(), &word);
                }
            }
            Op::DataDrop => {}
            Op::Lanes(lanes) => {
                let mut word = Word::ANY;
                for _ in 0..lanes.pops() {
                    word = word.join(&state.pop().whole().blurred());
                }
                word.labels = word.labels.computed();
                state.push(Val::both(word));
            }
            Op::RefFunc(_) => state.push(Val::both(Word::ANY)),
            Op::Opaque { name, .. } => return Err(Why::Instruction(name)),
            _ => {}
        }
        Ok(true)
    }

    pub(super) fn move_stack(
        &mut self,
        at: &Spot<'_>,
        world: &mut World,
        memory: MemoryRef,
        global: usize,
        value: &Val,
    ) {
        let place = |word: &Word| match word.things() {
            [(Thing::Stack, Some(at))] if !word.any && word.consts().is_empty() => Some(*at),
            _ => None,
        };
        let old = place(&world.globals[global].lo);
        match (old, place(&value.lo)) {
            (Some(old), Some(new)) if new < old => {
                let id = at
                    .context
                    .wrapping_mul(64)
                    .wrapping_add(world.frames.len() as u32 % 64);
                Rc::make_mut(&mut world.frames).push(Frame {
                    id,
                    memory,
                    low: new,
                    high: old,
                    cuts: cuts(at.body),
                });
            }
            (_, Some(new)) => world.pop_below(memory, new),
            _ => {}
        }
    }
}

/// Offsets from the bottom of a frame at which things begin: what is added to the local that
/// holds the stack pointer. Where no local does, everything that is added to anything.
fn cuts(body: &Body) -> Rc<[u32]> {
    let mut bases: Vec<u32> = Vec::new();
    for ops in body.ops.windows(4) {
        if let [
            Op::GlobalGet(_),
            Op::Const(_),
            Op::Binary(Binary::I32Sub),
            last,
        ] = ops
            && let Op::LocalTee(local) | Op::LocalSet(local) = last
        {
            bases.push(*local);
        }
    }
    if bases.is_empty() {
        return Rc::clone(&body.offsets_taken);
    }
    let mut found: Vec<u32> = Vec::new();
    for ops in body.ops.windows(3) {
        if let [
            Op::LocalGet(local),
            Op::Const(by),
            Op::Binary(Binary::I32Add),
        ] = ops
            && bases.contains(local)
        {
            found.extend(u32::try_from(*by).ok());
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into()
}
