//! One body, gone through in file order: what it stores, gives away and returns.

use super::operand::{Operand, Set};
use super::{Found, REACH, Shared, Through};
use crate::binary::GlobalId;
use crate::flow::callgraph::Key;
use crate::flow::engine::Engine;
use crate::flow::step::{Access, Body, Op, Target};
use crate::flow::value::is_comparison;
use crate::graph::GlobalRef;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// What locals, operands and the stack frame hold at one place.
#[derive(Clone, Default)]
pub(super) struct Place {
    locals: Vec<Operand>,
    pub(super) stack: Vec<Operand>,
    /// What is kept in the stack frame, by its distance from the stack pointer at entry.
    slots: Rc<BTreeMap<i32, Operand>>,
}

impl Place {
    /// Paths meet. Whether that tells something that was not known.
    fn merge(&mut self, other: &Place, round: bool) -> bool {
        let mut changed = false;
        let all = self.locals.iter_mut().zip(&other.locals);
        for (mine, others) in all.chain(self.stack.iter_mut().zip(&other.stack)) {
            if mine != others {
                let before = mine.clone();
                mine.merge(others, round);
                changed |= *mine != before;
            }
        }
        if Rc::ptr_eq(&self.slots, &other.slots) || self.slots == other.slots {
            return changed;
        }
        let slots = Rc::make_mut(&mut self.slots);
        for (at, others) in other.slots.iter() {
            match slots.get_mut(at) {
                Some(mine) if mine != others => {
                    let before = mine.clone();
                    mine.merge(others, round);
                    changed |= *mine != before;
                }
                Some(_) => {}
                None => {
                    let only = false;
                    slots.insert(
                        *at,
                        Operand {
                            only,
                            ..others.clone()
                        },
                    );
                    changed = true;
                }
            }
        }
        // Where one path keeps nothing that is known, it may be anything.
        for (_, mine) in slots
            .iter_mut()
            .filter(|(at, _)| !other.slots.contains_key(at))
        {
            changed |= std::mem::replace(&mut mine.only, false);
        }
        changed
    }

    /// Something is kept in the stack frame at a known place.
    fn keep(&mut self, at: i32, value: Operand) {
        Rc::make_mut(&mut self.slots).insert(at, value);
    }

    fn pop(&mut self) -> Operand {
        self.stack.pop().unwrap_or_default()
    }

    /// Takes operands away and puts others there of which nothing is known.
    fn replace(&mut self, pops: usize, pushes: usize) {
        self.stack.truncate(self.stack.len().saturating_sub(pops));
        let unknown = std::iter::repeat_with(Operand::default);
        self.stack.extend(unknown.take(pushes));
    }
}

pub(super) struct Walk<'w, 'p, 'a, 'b> {
    pub(super) engine: &'w Engine<'p, 'a, 'b>,
    pub(super) key: Key,
    pub(super) through: &'w mut Through,
    /// What is known where jumps arrive.
    at: HashMap<u32, Place>,
    changed: bool,
    pub found: Found,
}

impl<'w, 'p, 'a, 'b> Walk<'w, 'p, 'a, 'b> {
    pub(super) fn new(
        engine: &'w Engine<'p, 'a, 'b>,
        key: Key,
        through: &'w mut Through,
    ) -> Walk<'w, 'p, 'a, 'b> {
        Walk {
            engine,
            key,
            through,
            at: HashMap::new(),
            changed: false,
            found: Found::default(),
        }
    }

    /// A jump; `from` is where it stands.
    fn arrive(&mut self, body: &Body, from: u32, target: Target, place: &Place) {
        let keep = place.stack.len().saturating_sub(target.keep as usize);
        let mut stack = place.stack.clone();
        stack.drain((target.height as usize).min(keep)..keep);
        let live = body.live();
        let locals = place.locals.iter().enumerate();
        let read = locals.map(|(i, local)| match live.reads(target.pc, i) {
            true => local.clone(),
            false => Operand::default(),
        });
        let place = Place {
            locals: read.collect(),
            stack,
            slots: Rc::clone(&place.slots),
        };
        match self.at.get_mut(&target.pc) {
            Some(known) => self.changed |= known.merge(&place, target.pc <= from),
            None => {
                // Jumps forward are seen on the way.
                self.changed |= target.pc <= from;
                self.at.insert(target.pc, place);
            }
        }
    }

    /// Goes through the body once. Whether it must be done again.
    pub(super) fn run(&mut self, body: &Body, entry: &[Operand]) -> bool {
        self.found = Found::default();
        self.changed = false;
        let mut place = Place {
            locals: entry.to_vec(),
            stack: Vec::new(),
            slots: Rc::default(),
        };
        let mut alive = true;
        for (pc, op) in body.ops.iter().enumerate() {
            let pc = pc as u32;
            // The head of a loop keeps what arrives from before it, too.
            if alive && matches!(op, Op::Loop(_)) {
                match self.at.get_mut(&pc) {
                    Some(known) => self.changed |= known.merge(&place, false),
                    None => drop(self.at.insert(pc, place.clone())),
                }
                alive = false;
            }
            if let Some(arrived) = self.at.get(&pc) {
                match alive {
                    true => {
                        place.merge(arrived, false);
                    }
                    false => place = arrived.clone(),
                }
                alive = true;
            }
            if !alive {
                continue;
            }
            match op {
                Op::Jump(target) => {
                    self.arrive(body, pc, *target, &place);
                    alive = false;
                }
                Op::JumpIf(target) | Op::JumpUnless(target) => {
                    place.pop();
                    self.arrive(body, pc, *target, &place);
                }
                Op::JumpTable(targets) => {
                    place.pop();
                    let mut seen: Vec<Target> = Vec::new();
                    for target in targets {
                        if !seen.contains(target) {
                            seen.push(*target);
                            self.arrive(body, pc, *target, &place);
                        }
                    }
                    alive = false;
                }
                Op::Return => {
                    let results = place.stack.len().saturating_sub(body.results as usize);
                    for result in place.stack.split_off(results) {
                        self.returns(result);
                    }
                    alive = false;
                }
                Op::Unreachable => alive = false,
                op => self.step(op, &mut place),
            }
        }
        self.changed
    }

    /// An instruction that does not branch.
    fn step(&mut self, op: &Op, place: &mut Place) {
        let engine = self.engine;
        match op {
            Op::Const(bits) => place.stack.push(Operand::constant(*bits)),
            Op::GlobalGet(global) => {
                let value = self.global(*global);
                place.stack.push(value);
            }
            Op::GlobalSet(global) => {
                let value = place.pop();
                self.set_global(*global, &value);
            }
            Op::LocalGet(i) => place.stack.push(place.locals[*i as usize].clone()),
            Op::LocalSet(i) => place.locals[*i as usize] = place.pop(),
            Op::LocalTee(i) => {
                place.locals[*i as usize] = place.stack.last().cloned().unwrap_or_default();
            }
            Op::Binary(binary) => {
                let (right, left) = (place.pop(), place.pop());
                place.stack.push(match is_comparison(*binary) {
                    true => Operand::default(),
                    false => Operand::binary(*binary, &left, &right, |a| self.is_data(a)),
                });
            }
            Op::Unary(_) => {
                let operand = place.pop();
                place.stack.push(operand.unary(|a| self.is_data(a)));
            }
            Op::Load(access) => {
                let from = place.pop();
                let value = self.load(place, &from, access);
                place.stack.push(value);
            }
            Op::Store(access) => {
                let (value, to) = (place.pop(), place.pop());
                self.store(place, &to, access, &value);
            }
            Op::MemoryCopy { .. } | Op::MemoryFill(_) | Op::MemoryInit(..) => {
                let (len, from, to) = (place.pop(), place.pop(), place.pop());
                let len = len.known().unwrap_or(REACH);
                if let Op::MemoryCopy { .. } = op {
                    let read = from.consts.as_slice().iter().map(|from| (*from, len));
                    self.found.loads.extend(read);
                    Self::copy_slots(place, &to, &from, len);
                }
                self.found.effect.written |= to.params;
                self.stores(&to, 0, len);
            }
            Op::Drop => drop(place.pop()),
            Op::Select => {
                place.pop();
                let (right, mut left) = (place.pop(), place.pop());
                left.first = left.first.zip(right.first).map(|(a, b)| a.min(b));
                left.merge(&right, false);
                place.stack.push(left);
            }
            Op::Call(callee) => self.call(*callee, place),
            Op::CallIndirect(_, ty) => {
                let (params, results) = engine.type_arity(self.key.0, *ty);
                place.replace(params + 1, results);
            }
            Op::Label | Op::Loop(_) => {}
            // What else there is leaves the operands unknown.
            op => match op.operands() {
                Some((pops, pushes)) => place.replace(pops, pushes),
                None => place.stack.clear(),
            },
        }
    }

    fn global_ref(&self, global: GlobalId) -> Option<GlobalRef> {
        let globals = &self.engine.program.core_instance(self.key.0).globals;
        globals.get(global.index()).copied().flatten()
    }

    fn global(&mut self, global: GlobalId) -> Operand {
        if let Some(known) = self.engine.immutable(self.key, global) {
            return Operand::constant(u64::from(known));
        }
        let Some(id) = self.global_ref(global) else {
            return Operand::default();
        };
        if self.engine.stack_pointers.contains_key(&id) {
            return Operand {
                frame: Some(0),
                stack: true,
                ..Operand::default()
            };
        }
        self.found.shared.insert(Shared::Global(id));
        let held = self.through.left.at(Shared::Global(id));
        Operand {
            near: held.filter(|a| self.is_data(a)),
            consts: held,
            ..Operand::default()
        }
    }

    fn set_global(&mut self, global: GlobalId, value: &Operand) {
        let Some(id) = self.global_ref(global) else {
            return;
        };
        if self.engine.stack_pointers.contains_key(&id) {
            if !value.stack {
                self.found.stacks_set.push(id);
            }
            return;
        }
        let mut addresses = value.bases().filter(|a| self.is_data(a));
        if value.only {
            addresses = addresses.union(&value.consts);
        }
        if addresses.is_empty() {
            return;
        }
        self.through.left.leave(Shared::Global(id), &addresses);
    }

    fn load(&mut self, place: &Place, from: &Operand, access: &Access) -> Operand {
        let mut near = Set::Empty;
        let memory = self.engine.first_memory(self.key.0);
        for address in from.consts.as_slice() {
            let address = address.wrapping_add(access.offset as u32);
            self.found.loads.push((address, u32::from(access.bytes)));
            if let (4.., Some(memory)) = (access.bytes, memory) {
                let cell = Shared::Cell(memory, address);
                self.found.shared.insert(cell);
                near = near.union(&self.through.left.at(cell));
            }
        }
        let Some(at) = from.frame.filter(|_| access.bytes >= 4) else {
            return Operand::near(near);
        };
        let first = at.wrapping_add(access.offset as i32);
        let last = first.saturating_add(i32::from(access.bytes) - 1);
        let mut kept = place.slots.range(first..=last).map(|(_, kept)| kept);
        let Some(mut all) = kept.next().cloned() else {
            return Operand::near(near);
        };
        kept.for_each(|other| all.merge(other, false));
        all.near = near.union(&all.near);
        all
    }

    fn store(&mut self, place: &mut Place, to: &Operand, access: &Access, value: &Operand) {
        if let Some(at) = to.frame.filter(|_| access.bytes >= 4) {
            let first = at.wrapping_add(access.offset as i32);
            for word in 0..i32::from(access.bytes / 4) {
                place.keep(first.wrapping_add(word * 4), value.clone());
            }
        }
        self.found.effect.written |= to.params;
        self.stores(to, access.offset, u32::from(access.bytes));
        let addresses = value.bases().filter(|a| self.is_data(a));
        if let (4.., Some(memory)) = (access.bytes, self.engine.first_memory(self.key.0))
            && !addresses.is_empty()
        {
            for cell in to.consts.as_slice() {
                let cell = Shared::Cell(memory, cell.wrapping_add(access.offset as u32));
                self.through.left.leave(cell, &addresses);
            }
        }
    }

    fn copy_slots(place: &mut Place, to: &Operand, from: &Operand, len: u32) {
        let Some(to) = to.frame else {
            return;
        };
        let end = |at: i32| at.saturating_add_unsigned(len);
        let mut kept: Vec<(i32, Operand)> = Vec::new();
        if let Some(from) = from.frame {
            let moved = place.slots.range(from..end(from));
            kept.extend(moved.map(|(at, kept)| (at.wrapping_sub(from), kept.clone())));
        }
        Rc::make_mut(&mut place.slots).retain(|slot, _| !(to..end(to)).contains(slot));
        for (at, value) in kept {
            place.keep(to.wrapping_add(at), value);
        }
    }

    pub(super) fn is_data(&self, address: u32) -> bool {
        let memory = self.engine.first_memory(self.key.0);
        memory.is_some_and(|m| address >= 8 && self.engine.images.covers(m, address))
    }

    /// Something is written: at constant addresses, or somewhere near some.
    fn stores(&mut self, to: &Operand, offset: u64, len: u32) {
        let offset = offset as u32;
        self.found.overflows |= to.near == Set::Any;
        for address in to.consts.as_slice() {
            self.found.stores.push((address.wrapping_add(offset), len));
        }
        for near in to.near.as_slice() {
            let near = near.wrapping_add(offset);
            self.found.stores.push((near, REACH));
            if to.down {
                let start = near.saturating_sub(REACH);
                self.found.stores.push((start, near - start));
            }
        }
        if to.only {
            return;
        }
        // A loop that begins before the data and counts on; `buffer[i]` with the address of
        // the buffer as the constant offset.
        if let Some(first) = to.first {
            self.found.stores.push((first.wrapping_add(offset), REACH));
        }
        if offset >= 1024 && self.is_data(offset) {
            self.found.stores.push((offset, REACH));
        }
    }
}
