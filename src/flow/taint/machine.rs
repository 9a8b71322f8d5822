//! Runs code on known values that carry marks. Instructions are decoded and computed by
//! `step`, as everywhere; here are only states, control and calls.

use super::host::Host;
use super::mark::{Mark, Marks};
use super::memory::Memories;
use super::tried::{Seen, Try};
use crate::binary::FuncId;
use crate::binary::abi::MAX_FLAT_PARAMS;
use crate::flow::event::Site;
use crate::flow::step::{Body, Op, Target, decode};
use crate::graph::{Const, CoreFunc, CoreInstanceId, MemoryRef, Program};
use std::rc::Rc;

/// Calls deeper than this end a run, and so do this many values of calls in progress.
const MAX_DEPTH: usize = 4_000;
const MAX_VALUES: usize = 1 << 20;
/// Different marks and vectors of one run.
pub(super) const MAX_MARKS: usize = 1 << 18;

/// A value and what it was made of. A vector is the number of one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Val {
    pub bits: u64,
    pub mark: Mark,
}

impl Val {
    pub(super) fn of(bits: u64) -> Val {
        Val {
            bits,
            mark: Mark::NONE,
        }
    }
}

/// A call in progress. Its locals, then its operands, stand from `base` on.
#[derive(Clone)]
pub(super) struct Frame {
    pub instance: CoreInstanceId,
    pub func: FuncId,
    pub body: Rc<Body>,
    /// The instruction that comes next.
    pub pc: usize,
    base: usize,
    memory: Option<MemoryRef>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Returned,
    Trapped,
    /// A call that does not come back.
    Exited,
    /// Out of steps, or something that is not supported.
    Stopped,
}

/// The state that a try goes back to, besides memories.
struct Before {
    frames: Vec<Frame>,
    values: Vec<Val>,
    globals: Vec<Val>,
    host: super::host::Counters,
    current: Option<Try>,
    written: usize,
    limit: u64,
}

pub(super) struct Machine<'p, 'a, 'b> {
    pub program: &'p Program<'a, 'b>,
    pub memories: Memories,
    pub marks: Marks,
    pub globals: Vec<Val>,
    pub frames: Vec<Frame>,
    pub values: Vec<Val>,
    /// Bytes of vectors with their marks.
    pub vectors: Vec<([u64; 2], [Mark; 2])>,
    pub host: Host<'p>,
    pub seen: Seen,
    /// What is assumed at the moment.
    pub current: Option<Try>,
    /// The result that the instruction in progress is assumed to have.
    pub forced: Option<u64>,
    /// Steps taken, and where to stop.
    pub steps: u64,
    pub limit: u64,
    /// Calls that were in progress when the innermost run began.
    floor: usize,
    /// The last loads of bytes without mark: memory, address, length, bits.
    pub recent: [(Option<MemoryRef>, u32, u8, u64); 4],
    pub at: usize,
    tables: Vec<Vec<Option<CoreFunc>>>,
    code: Vec<Vec<Option<Rc<Body>>>>,
}

/// Tables beyond this size are not run with.
const MAX_TABLE: u64 = 1 << 20;

impl<'p, 'a, 'b> Machine<'p, 'a, 'b> {
    /// The program as instantiation leaves it, start functions not run. `None` if it can't be
    /// run at all.
    pub(super) fn new(program: &'p Program<'a, 'b>, host: Host<'p>) -> Option<Self> {
        let memories = Memories::new(program)?;
        let mut tables = Vec::new();
        for table in &program.tables {
            let end = table.slots.keys().next_back().map_or(0, |last| last + 1);
            if end > MAX_TABLE {
                return None;
            }
            let mut slots = vec![None; end as usize];
            for (slot, entry) in &table.slots {
                slots[*slot as usize] = Some(entry.func);
            }
            tables.push(slots);
        }
        let globals = program.globals.iter().map(|global| match global.initial {
            Some(Const::I32(v)) => Val::of(u64::from(v as u32)),
            Some(Const::I64(v)) => Val::of(v as u64),
            Some(Const::F32(v)) => Val::of(u64::from(v)),
            Some(Const::F64(v)) => Val::of(v),
            _ => Val::default(),
        });
        let bodies = |index: usize| {
            let module = program.core_instances[index].module;
            program.binary.module(module).bodies.len()
        };
        let instances = 0..program.core_instances.len();
        Some(Machine {
            program,
            memories,
            marks: Marks::new(),
            globals: globals.collect(),
            frames: Vec::new(),
            values: Vec::new(),
            vectors: vec![([0; 2], [Mark::NONE; 2])],
            host,
            seen: Seen::default(),
            current: None,
            forced: None,
            steps: 0,
            limit: 0,
            floor: 0,
            recent: [(None, 0, 0, 0); 4],
            at: 0,
            tables,
            code: instances.map(|index| vec![None; bodies(index)]).collect(),
        })
    }

    /// Calls a function from outside: what it is given is not known.
    pub(super) fn enter_from_outside(&mut self, func: CoreFunc) -> Result<Vec<Val>, End> {
        let input = Val {
            bits: 0,
            mark: self.marks.input(),
        };
        self.enter(func, &[input; MAX_FLAT_PARAMS])
    }

    /// Calls a function and runs until it returns. Further arguments are zero.
    pub(super) fn enter(&mut self, func: CoreFunc, args: &[Val]) -> Result<Vec<Val>, End> {
        let CoreFunc::Defined(id, index) = func else {
            return Err(End::Stopped);
        };
        let signature = self.module(id).signature(index).ok_or(End::Stopped)?;
        let (params, results) = (signature.params.len(), signature.results.len());
        let (floor, depth) = (self.floor, self.frames.len());
        let height = self.values.len();
        let given = (0..params).map(|i| args.get(i).copied().unwrap_or_default());
        self.values.extend(given);
        self.floor = depth;
        let end = match self.call(func, params) {
            Ok(()) => self.run(),
            Err(end) => end,
        };
        self.floor = floor;
        let returned = end == End::Returned && self.values.len() == height + results;
        let found = match returned {
            true => Ok(self.values[height..].to_vec()),
            false => Err(if end == End::Returned {
                End::Stopped
            } else {
                end
            }),
        };
        self.frames.truncate(depth);
        self.values.truncate(height);
        found
    }

    fn module(&self, id: CoreInstanceId) -> &'b crate::binary::Module<'a> {
        let program = self.program;
        program.binary.module(program.core_instance(id).module)
    }

    fn body(&mut self, id: CoreInstanceId, func: FuncId) -> Result<Rc<Body>, End> {
        let module = self.module(id);
        let index = module.defined(func).ok_or(End::Stopped)?;
        if let Some(body) = &self.code[id.index()][index] {
            return Ok(Rc::clone(body));
        }
        let file = self.program.binary.bytes;
        let body = decode(module, index, file).map_err(|_| End::Stopped)?;
        let body = Rc::new(body);
        self.code[id.index()][index] = Some(Rc::clone(&body));
        Ok(body)
    }

    /// Begins a call whose arguments are the topmost values.
    fn call(&mut self, func: CoreFunc, params: usize) -> Result<(), End> {
        let CoreFunc::Defined(instance, index) = func else {
            return self.call_outside(func, params);
        };
        let body = self.body(instance, index)?;
        if self.frames.len() >= MAX_DEPTH || self.values.len() >= MAX_VALUES {
            return Err(End::Trapped);
        }
        let base = self.values.len().checked_sub(params).ok_or(End::Stopped)?;
        self.values
            .resize(base + body.locals as usize, Val::default());
        let memories = &self.program.core_instance(instance).memories;
        self.frames.push(Frame {
            instance,
            func: index,
            pc: 0,
            base,
            memory: memories.first().copied().flatten(),
            body,
        });
        Ok(())
    }

    /// A call of something without a body: its results take the place of its arguments.
    fn call_outside(&mut self, func: CoreFunc, params: usize) -> Result<(), End> {
        let at = self.values.len().checked_sub(params).ok_or(End::Stopped)?;
        let args = self.values[at..].to_vec();
        let memory = self.frames.last().and_then(|f| f.memory);
        let results = self.answer(func, memory, &args)?;
        self.values.truncate(at);
        self.values.extend(results);
        Ok(())
    }

    /// The last loads of bytes without mark, the latest first.
    pub(super) fn recent(&self) -> impl Iterator<Item = &(Option<MemoryRef>, u32, u8, u64)> {
        let len = self.recent.len();
        (0..len).map(move |back| &self.recent[(self.at + len - back) % len])
    }

    /// The calls in progress, outermost first.
    pub(super) fn trail(&self) -> Vec<Site> {
        let site = |frame: &Frame| Site {
            instance: frame.instance,
            func: frame.func,
            offset: frame.body.offsets[frame.pc.saturating_sub(1)],
        };
        self.frames.iter().map(site).collect()
    }

    /// Runs on under an assumption, then goes back. `assume` changes the state.
    pub(super) fn attempt(&mut self, current: Try, steps: u64, pushed: Val) {
        let before = Before {
            frames: self.frames.clone(),
            values: self.values.clone(),
            globals: self.globals.clone(),
            host: self.host.counters,
            current: self.current.replace(current),
            written: self.memories.written(),
            limit: self.limit,
        };
        self.memories.tries += 1;
        self.limit = (self.steps + steps).min(self.seen.limit);
        self.values.push(pushed);
        self.run();
        self.conclude();
        self.memories.undo(before.written);
        self.memories.tries -= 1;
        self.frames = before.frames;
        self.values = before.values;
        self.globals = before.globals;
        self.host.counters = before.host;
        self.current = before.current;
        self.limit = before.limit;
    }

    /// Runs until the call returns with which the run began.
    fn run(&mut self) -> End {
        loop {
            match self.step() {
                Ok(()) => {}
                Err(end) => return end,
            }
        }
    }

    pub(super) fn pop(&mut self) -> Val {
        self.values.pop().unwrap_or_default()
    }

    /// Runs instructions of the topmost frame, up to a call or return.
    fn step(&mut self) -> Result<(), End> {
        let top = self.frames.len() - 1;
        let body = Rc::clone(&self.frames[top].body);
        let (instance, base, memory) = {
            let frame = &self.frames[top];
            (frame.instance, frame.base, frame.memory)
        };
        let operands = base + body.locals as usize;
        let mut pc = self.frames[top].pc;
        loop {
            if self.steps >= self.limit {
                return Err(End::Stopped);
            }
            self.steps += 1;
            let op = &body.ops[pc];
            pc += 1;
            match op {
                Op::Label | Op::Loop(_) | Op::DataDrop => {}
                Op::LocalGet(index) => self.values.push(self.values[base + *index as usize]),
                Op::LocalSet(index) => {
                    let value = self.pop();
                    self.values[base + *index as usize] = value;
                }
                Op::LocalTee(index) => {
                    let value = self.values.last().copied().unwrap_or_default();
                    self.values[base + *index as usize] = value;
                }
                Op::Const(bits) => self.values.push(Val::of(*bits)),
                Op::Binary(op) => {
                    let right = self.pop();
                    let left = self.pop();
                    let bits = op.eval(left.bits, right.bits).ok_or(End::Trapped)?;
                    if left.mark.is_none() && right.mark.is_none() {
                        self.values.push(Val::of(bits));
                    } else {
                        self.frames[top].pc = pc;
                        self.compute(*op, left, right, bits);
                    }
                }
                Op::Unary(op) => {
                    let arg = self.pop();
                    let bits = op.eval(arg.bits).ok_or(End::Trapped)?;
                    if !arg.mark.is_none() {
                        self.frames[top].pc = pc;
                        self.tested(*op, arg);
                    }
                    let mark = match arg.mark.is_none() {
                        true => Mark::NONE,
                        false => self.marks.unary(*op, arg.mark),
                    };
                    self.values.push(Val { bits, mark });
                }
                Op::Jump(target) => pc = self.jump(target, operands),
                Op::JumpIf(target) => {
                    let condition = self.pop();
                    if condition.bits as u32 != 0 {
                        pc = self.jump(target, operands);
                    }
                }
                Op::JumpUnless(target) => {
                    let condition = self.pop();
                    if condition.bits as u32 == 0 {
                        pc = self.jump(target, operands);
                    }
                }
                Op::JumpTable(targets) => {
                    let index = self.pop().bits as u32 as usize;
                    let target = targets.get(index).or(targets.last()).ok_or(End::Stopped)?;
                    pc = self.jump(target, operands);
                }
                Op::Load(access) => self.load(instance, memory, access)?,
                Op::Store(access) => self.store(instance, memory, access)?,
                Op::Drop => drop(self.pop()),
                Op::Select => {
                    let condition = self.pop();
                    let (right, left) = (self.pop(), self.pop());
                    let chosen = if condition.bits as u32 != 0 {
                        left
                    } else {
                        right
                    };
                    self.values.push(chosen);
                }
                Op::GlobalGet(global) => {
                    let id = self.program.core_instance(instance).globals[global.index()];
                    let value = id.map(|id| self.globals[id.index()]);
                    self.values.push(value.unwrap_or_default());
                }
                Op::GlobalSet(global) => {
                    let value = self.pop();
                    let id = self.program.core_instance(instance).globals[global.index()];
                    if let Some(id) = id {
                        self.globals[id.index()] = value;
                    }
                }
                Op::Call(func) => {
                    self.frames[top].pc = pc;
                    let params = self.module(instance).signature(*func);
                    let params = params.map_or(0, |s| s.params.len());
                    let func = self.program.func(instance, *func);
                    return self.call(func, params);
                }
                Op::CallIndirect(table, ty) => {
                    self.frames[top].pc = pc;
                    let index = self.pop().bits as u32 as usize;
                    let params = self.module(instance).type_signature(*ty);
                    let params = params.map_or(0, |s| s.params.len());
                    let table = self.program.core_instance(instance).tables[table.index()];
                    let table = table.ok_or(End::Stopped)?;
                    let func = self.tables[table.index()].get(index).copied().flatten();
                    let func = func.ok_or(End::Trapped)?;
                    if let CoreFunc::Defined(id, index) = func {
                        let found = self.module(id).signature(index);
                        if found.is_none_or(|s| s.params.len() != params) {
                            return Err(End::Trapped);
                        }
                    }
                    return self.call(func, params);
                }
                Op::Return => {
                    let results = body.results as usize;
                    let from = self.values.len().saturating_sub(results);
                    self.values.copy_within(from.., base);
                    self.values.truncate(base + results);
                    self.frames.pop();
                    return match self.frames.len() > self.floor {
                        true => Ok(()),
                        false => Err(End::Returned),
                    };
                }
                Op::Unreachable => return Err(End::Trapped),
                other => {
                    self.frames[top].pc = pc;
                    self.seldom(instance, other)?;
                }
            }
        }
    }

    fn jump(&mut self, target: &Target, operands: usize) -> usize {
        let (keep, to) = (target.keep as usize, operands + target.height as usize);
        let from = self.values.len().saturating_sub(keep);
        if from != to {
            self.values.copy_within(from.., to);
            self.values.truncate(to + keep);
        }
        target.pc as usize
    }

    /// Takes values off the stack, the topmost last.
    pub(super) fn take(&mut self, count: usize) -> Vec<Val> {
        let at = self.values.len().saturating_sub(count);
        self.values.split_off(at)
    }

    /// Pays for work that is not one instruction.
    pub(super) fn pay(&mut self, bytes: u64) -> Result<(), End> {
        self.steps = self.steps.saturating_add(bytes / 8);
        match self.steps < self.limit {
            true => Ok(()),
            false => Err(End::Stopped),
        }
    }

    pub(super) fn memory(&self, instance: CoreInstanceId, index: usize) -> Result<MemoryRef, End> {
        let all = &self.program.core_instance(instance).memories;
        all.get(index).copied().flatten().ok_or(End::Stopped)
    }
}
