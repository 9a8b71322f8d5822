//! Which functions write through which of their parameters.
//!
//! A variable in a data segment may be written by a function that is given its address and
//! that nothing of interest is called from, so that it is never run. What such a function
//! does is found from its code: parameters are followed through locals, the stack frame and
//! calls.

use super::callgraph::{CallGraph, Key};
use super::engine::Engine;
use super::step::{Binary, Body, Op, constants};
use super::value::is_comparison;
use crate::graph::{CoreFunc, GlobalRef};
use std::collections::{HashMap, HashSet};

/// How many bytes after a variable's address a write through it may reach. The length is in
/// general not known; statics that are larger and written only from their middle on are not
/// covered (`docs/analysis.md`, assumptions).
pub(super) const REACH: u32 = 1_024;

/// Bodies with more locals times labels are not followed: all their parameters count as
/// written.
const MAX_WORK: usize = 2_000_000;

/// What an operand derives from.
#[derive(Clone, Copy, Default)]
struct Operand {
    /// A constant, if it is one.
    known: Option<u32>,
    /// Parameters that are added in it, one bit each.
    params: u64,
    /// Parameters that are subtracted in it on every path: `s + (d - s)` is `d`.
    minus: u64,
    /// Parameters that may be added in it more than once.
    tangled: u64,
    /// A constant to which something unknown was added, such as an index.
    near: Option<u32>,
    /// Whether it is an address in the function's own stack frame.
    frame: bool,
    /// Whether it is computed from the stack pointer.
    stack: bool,
    /// Where nothing but constants is part of it, what it is when it is first computed: the
    /// beginning, when a loop counts on from there.
    first: Option<u32>,
}

/// What is found in one body.
#[derive(Default)]
struct Found {
    /// Parameters through which it writes.
    written: u64,
    /// Constants that it gives to functions, with the parameter.
    passed: Vec<(CoreFunc, usize, u32)>,
    /// Where it writes at constant addresses: address and length.
    stores: Vec<(u32, u32)>,
    /// Where it reads at constant addresses: the same.
    loads: Vec<(u32, u32)>,
    /// Stack pointers that it sets to something that is not computed from them.
    stacks_set: Vec<GlobalRef>,
}

impl Engine<'_, '_, '_> {
    /// Notes as written what functions are given to write to.
    pub(crate) fn note_writes_through(&mut self, graph: &CallGraph) {
        let mut written: HashMap<Key, u64> = HashMap::new();
        let mut passed: Vec<(Key, CoreFunc, usize, u32)> = Vec::new();
        let mut stores: Vec<(Key, u32, u32)> = Vec::new();
        // Callees first; a second round covers calls in circles.
        for round in 0..2 {
            passed.clear();
            for key in graph.groups.iter().flatten() {
                if self.run_once.contains(key) {
                    continue;
                }
                let found = match self.body(key.0, key.1) {
                    Ok(body) => self.through(*key, &body, &written),
                    Err(_) => self.through_undecoded(*key),
                };
                // What an allocator is given are its own objects, never statics.
                let allocator = self
                    .summaries
                    .contains_key(&CoreFunc::Defined(key.0, key.1));
                written.insert(*key, if allocator { 0 } else { found.written });
                if round == 1 {
                    let mut loads = found.loads;
                    loads.sort_unstable();
                    loads.dedup();
                    self.constant_loads.insert(*key, loads);
                    passed.extend(found.passed.into_iter().map(|(f, p, a)| (*key, f, p, a)));
                    stores.extend(found.stores.into_iter().map(|(a, n)| (*key, a, n)));
                    for global in found.stacks_set {
                        self.stack_pointers.remove(&global);
                    }
                }
            }
        }
        for (key, address, len) in stores {
            if let Some(memory) = self.first_memory(key.0) {
                self.images.write(memory, address, len);
            }
        }
        for (key, callee, param, address) in passed {
            let CoreFunc::Defined(id, func) = callee else {
                continue;
            };
            let mask = written.get(&(id, func)).copied().unwrap_or(0);
            let Some(memory) = self.first_memory(key.0) else {
                continue;
            };
            if param < 64 && mask & 1 << param != 0 {
                self.images.write(memory, address, REACH);
            }
        }
    }

    /// A body with instructions that have no rule: it writes through every parameter, and at
    /// every address of data that it mentions.
    fn through_undecoded(&self, key: Key) -> Found {
        let program = self.program;
        let module = program.binary.module(program.core_instance(key.0).module);
        let mentioned = module
            .defined(key.1)
            .map(|body| constants(module, body, program.binary.bytes));
        let (mut addresses, globals) = mentioned.unwrap_or_default();
        addresses.extend(globals.iter().filter_map(|g| self.immutable(key, *g)));
        let memory = self.first_memory(key.0);
        let is_data = |a: &u32| memory.is_some_and(|m| *a >= 8 && self.images.covers(m, *a));
        addresses.retain(is_data);
        Found {
            written: u64::MAX,
            stores: addresses.into_iter().map(|a| (a, REACH)).collect(),
            ..Found::default()
        }
    }

    fn through(&self, key: Key, body: &Body, written: &HashMap<Key, u64>) -> Found {
        let locals = body.locals as usize;
        let labels = body
            .ops
            .iter()
            .filter(|op| matches!(op, Op::Label | Op::Loop(_)))
            .count();
        if locals.saturating_mul(labels) > MAX_WORK {
            return Found {
                written: u64::MAX,
                ..Found::default()
            };
        }
        let mut entry = vec![Operand::default(); locals];
        for (param, operand) in entry.iter_mut().take(body.params as usize).enumerate() {
            operand.params = if param < 64 { 1 << param } else { 0 };
        }
        for operand in entry.iter_mut().skip(body.params as usize) {
            operand.first = Some(0);
        }
        let mut walk = Walk {
            engine: self,
            key,
            written,
            at: HashMap::new(),
            slots: HashMap::new(),
            stack_slots: HashSet::new(),
            found: Found::default(),
        };
        // Jumps back to loop heads and slots filled late need further rounds.
        for _ in 0..3 {
            walk.found = Found::default();
            walk.run(body, entry.clone());
        }
        walk.found
    }
}

struct Walk<'w, 'p, 'a, 'b> {
    engine: &'w Engine<'p, 'a, 'b>,
    key: Key,
    written: &'w HashMap<Key, u64>,
    /// Locals where jumps arrive.
    at: HashMap<u32, Vec<Operand>>,
    /// Parameters stored in the stack frame, by offset.
    slots: HashMap<u64, u64>,
    /// Where in the stack frame something computed from the stack pointer is kept.
    stack_slots: HashSet<u64>,
    found: Found,
}

impl Walk<'_, '_, '_, '_> {
    fn arrive(&mut self, pc: u32, locals: &[Operand]) {
        match self.at.get_mut(&pc) {
            Some(known) => merge(known, locals),
            None => {
                self.at.insert(pc, locals.to_vec());
            }
        }
    }

    fn run(&mut self, body: &Body, entry: Vec<Operand>) {
        let engine = self.engine;
        let program = engine.program;
        let module = program
            .binary
            .module(program.core_instance(self.key.0).module);
        let mut stack: Vec<Operand> = Vec::new();
        let mut locals = entry;
        let mut alive = true;
        for (pc, op) in body.ops.iter().enumerate() {
            if let Some(arrived) = self.at.get(&(pc as u32)) {
                match alive {
                    true => merge(&mut locals, arrived),
                    false => locals.clone_from(arrived),
                }
                alive = true;
            }
            if !alive {
                continue;
            }
            match op {
                Op::Const(bits) => stack.push(Operand {
                    known: u32::try_from(*bits).ok(),
                    first: u32::try_from(*bits).ok(),
                    ..Operand::default()
                }),
                Op::GlobalGet(global) => {
                    let globals = &program.core_instance(self.key.0).globals;
                    let id: Option<GlobalRef> = globals.get(global.index()).copied().flatten();
                    let known = engine.immutable(self.key, *global);
                    let frame = id.is_some_and(|id| engine.stack_pointers.contains_key(&id));
                    stack.push(Operand {
                        known,
                        frame,
                        stack: frame,
                        first: known,
                        ..Operand::default()
                    });
                }
                Op::GlobalSet(global) => {
                    let value = stack.pop().unwrap_or_default();
                    let globals = &program.core_instance(self.key.0).globals;
                    if let Some(id) = globals.get(global.index()).copied().flatten()
                        && !value.stack
                        && engine.stack_pointers.contains_key(&id)
                    {
                        self.found.stacks_set.push(id);
                    }
                }
                Op::LocalGet(i) => stack.push(locals[*i as usize]),
                Op::LocalSet(i) => locals[*i as usize] = stack.pop().unwrap_or_default(),
                Op::LocalTee(i) => locals[*i as usize] = stack.last().copied().unwrap_or_default(),
                Op::Binary(binary) => {
                    let right = stack.pop().unwrap_or_default();
                    let left = stack.pop().unwrap_or_default();
                    let both = left.known.zip(right.known);
                    let result = both.and_then(|(a, b)| binary.eval(a.into(), b.into()));
                    let first = left.first.zip(right.first);
                    let first = first.and_then(|(a, b)| binary.eval(a.into(), b.into()));
                    stack.push(match is_comparison(*binary) {
                        true => Operand::default(),
                        false => Operand {
                            known: result.and_then(|v| u32::try_from(v).ok()),
                            near: match result {
                                // What is taken away is a distance.
                                None if *binary == Binary::I32Sub => {
                                    left.near.or(left.known).filter(|a| self.is_data(*a))
                                }
                                None => [left.near, right.near, left.known, right.known]
                                    .into_iter()
                                    .flatten()
                                    .find(|a| self.is_data(*a)),
                                Some(_) => None,
                            },
                            frame: left.frame && right.known.is_some(),
                            stack: left.stack || right.stack,
                            first: first.and_then(|v| u32::try_from(v).ok()),
                            ..combine(*binary, left, right)
                        },
                    });
                }
                Op::Unary(_) => {
                    let operand = stack.pop().unwrap_or_default();
                    stack.push(Operand {
                        known: None,
                        minus: 0,
                        first: None,
                        ..operand
                    });
                }
                Op::Load(access) => {
                    let from = stack.pop().unwrap_or_default();
                    if let Some(address) = from.known {
                        let address = address.wrapping_add(access.offset as u32);
                        self.found.loads.push((address, u32::from(access.bytes)));
                    }
                    let slot = self.slots.get(&access.offset).filter(|_| from.frame);
                    stack.push(Operand {
                        params: slot.copied().unwrap_or(0),
                        stack: from.frame && self.stack_slots.contains(&access.offset),
                        ..Operand::default()
                    });
                }
                Op::Store(access) => {
                    let value = stack.pop().unwrap_or_default();
                    let to = stack.pop().unwrap_or_default();
                    if to.frame {
                        *self.slots.entry(access.offset).or_default() |= value.params;
                        if value.stack {
                            self.stack_slots.insert(access.offset);
                        }
                    }
                    self.found.written |= to.params;
                    self.stores(to, access.offset, u32::from(access.bytes));
                }
                Op::MemoryCopy { .. } | Op::MemoryFill(_) | Op::MemoryInit(..) => {
                    let at = stack.len().saturating_sub(3);
                    let to = stack.get(at).copied().unwrap_or_default();
                    let len = stack.last().and_then(|n| n.known).unwrap_or(REACH);
                    let from = stack.get(at + 1).and_then(|f| f.known);
                    if let (Op::MemoryCopy { .. }, Some(from)) = (op, from) {
                        self.found.loads.push((from, len));
                    }
                    stack.truncate(at);
                    self.found.written |= to.params;
                    self.stores(to, 0, len);
                }
                Op::Drop => {
                    stack.pop();
                }
                Op::Select => {
                    stack.pop();
                    let right = stack.pop().unwrap_or_default();
                    let left = stack.pop().unwrap_or_default();
                    stack.push(Operand {
                        known: left.known.filter(|k| right.known == Some(*k)),
                        params: left.params | right.params,
                        minus: left.minus & right.minus,
                        tangled: left.tangled | right.tangled,
                        near: left.near.or(right.near).or(left.known).or(right.known),
                        frame: left.frame && right.frame,
                        stack: left.stack && right.stack,
                        first: left.first.zip(right.first).map(|(a, b)| a.min(b)),
                    });
                }
                Op::Call(callee) => {
                    let (params, results) = module
                        .signature(*callee)
                        .map_or((0, 0), |s| (s.params.len(), s.results.len()));
                    let at = stack.len().saturating_sub(params);
                    let callee = program.func(self.key.0, *callee);
                    let args = stack.split_off(at);
                    self.pass(program.behind_trampolines(callee), &args);
                    stack.extend(std::iter::repeat_n(Operand::default(), results));
                }
                Op::Jump(target) => {
                    self.arrive(target.pc, &locals);
                    alive = false;
                    stack.clear();
                }
                Op::JumpIf(target) | Op::JumpUnless(target) => {
                    self.arrive(target.pc, &locals);
                    stack.pop();
                }
                Op::JumpTable(targets) => {
                    for target in targets {
                        self.arrive(target.pc, &locals);
                    }
                    alive = false;
                    stack.clear();
                }
                Op::Return | Op::Unreachable => {
                    alive = false;
                    stack.clear();
                }
                Op::Label | Op::Loop(_) => {}
                Op::CallIndirect(_, ty) => {
                    let (params, results) = engine.type_arity(self.key.0, *ty);
                    stack.truncate(stack.len().saturating_sub(params + 1));
                    stack.extend(std::iter::repeat_n(Operand::default(), results));
                }
                // What else there is leaves the operands unknown.
                op => match op.operands() {
                    Some((pops, pushes)) => {
                        stack.truncate(stack.len().saturating_sub(pops));
                        stack.extend(std::iter::repeat_n(Operand::default(), pushes));
                    }
                    None => stack.clear(),
                },
            }
        }
    }

    fn is_data(&self, address: u32) -> bool {
        let memory = self.engine.first_memory(self.key.0);
        memory.is_some_and(|m| address >= 8 && self.engine.images.covers(m, address))
    }

    /// Something is written: at a constant address, or somewhere after one.
    fn stores(&mut self, to: Operand, offset: u64, len: u32) {
        let offset = offset as u32;
        match (to.known, to.near) {
            (Some(address), _) => self.found.stores.push((address.wrapping_add(offset), len)),
            (None, Some(near)) => self.found.stores.push((near.wrapping_add(offset), REACH)),
            // A loop that begins before the data and counts on.
            (None, None) if to.first.is_some() => {
                let first = to.first.unwrap_or(0);
                self.found.stores.push((first.wrapping_add(offset), REACH));
            }
            // `buffer[i]` with the address of the buffer as the constant offset.
            (None, None) if offset >= 1024 && self.is_data(offset) => {
                self.found.stores.push((offset, REACH));
            }
            (None, None) => {}
        }
    }

    fn pass(&mut self, callee: CoreFunc, args: &[Operand]) {
        // The host writes results where it is told: in the canonical ABI to the address in
        // the last parameter, elsewhere wherever it is given one.
        let told: &[Operand] = match callee {
            CoreFunc::Defined(..) | CoreFunc::Builtin(_) => &[],
            CoreFunc::Lower(_) => args.last().map(std::slice::from_ref).unwrap_or(&[]),
            CoreFunc::Host(_) | CoreFunc::Unknown => args,
        };
        for address in told.iter().filter_map(|o| o.known.or(o.near)) {
            if self.is_data(address) {
                self.found.stores.push((address, REACH));
            }
        }
        let mask = match callee {
            CoreFunc::Defined(id, func) => self.written.get(&(id, func)).copied().unwrap_or(0),
            _ => 0,
        };
        for (param, operand) in args.iter().enumerate().take(64) {
            if mask & 1 << param != 0 {
                self.found.written |= operand.params;
            }
            if let Some(address) = operand.known {
                self.found.passed.push((callee, param, address));
            }
        }
    }
}

/// Which parameters are part of a result. A parameter that is added once and subtracted
/// again is not: loops over two buffers reach one by the distance from the other.
fn combine(op: Binary, left: Operand, right: Operand) -> Operand {
    let (params, minus) = match op {
        Binary::I32Add => (left.params | right.params, left.minus | right.minus),
        Binary::I32Sub => (left.params | right.minus, left.minus | right.params),
        _ => (left.params | right.params, 0),
    };
    let twice = match op {
        Binary::I32Add => left.params & right.params,
        // What is subtracted may itself be taken away from something.
        Binary::I32Sub => left.params & right.minus,
        _ => params,
    };
    let tangled = left.tangled | right.tangled | twice;
    let gone = params & minus & !tangled;
    Operand {
        params: params & !gone,
        minus: minus & !gone,
        tangled,
        ..Operand::default()
    }
}

fn merge(into: &mut [Operand], other: &[Operand]) {
    for (a, b) in into.iter_mut().zip(other) {
        a.params |= b.params;
        a.minus &= b.minus;
        a.tangled |= b.tangled;
        a.frame |= b.frame;
        a.stack &= b.stack;
        // What stood there first is the beginning; the rest must be constants as well.
        a.first = a.first.filter(|_| b.first.is_some());
        a.near = a.near.or(b.near);
        if a.known != b.known {
            a.near = a.near.or(a.known).or(b.known);
            a.known = None;
        }
    }
}
