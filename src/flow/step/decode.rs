//! Bytes of a function body → [`Body`]. The bytes were validated when the binary was read.

use super::num::{Binary, Unary};
use super::op::{Access, Body, Op, Target};
use crate::binary::{FuncId, GlobalId, MemoryId, Module, TableId, TypeId};
use wasmparser::{BinaryReader, BlockType, FunctionBody, MemArg, Operator};

/// Why a body is not decoded: the function stays opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undecoded {
    /// An instruction without a rule, such as one on vectors or exceptions.
    Instruction(&'static str),
    /// More locals, instructions or nesting than the interpreter takes on.
    TooLarge,
}

/// Limits that only hostile or generated code exceeds.
const MAX_LOCALS: u32 = 5_000;
const MAX_OPS: usize = 200_000;
const MAX_DEPTH: usize = 2_000;

/// Decodes the body at `index` of `module`, whose file is `file`.
pub(crate) fn decode(module: &Module<'_>, index: usize, file: &[u8]) -> Result<Body, Undecoded> {
    let range = module.bodies[index];
    let bytes = range.of(file).ok_or(Undecoded::TooLarge)?;
    let signature = module
        .signature(module.func_of_body(index))
        .ok_or(Undecoded::TooLarge)?;
    let params = signature.params.len() as u32;
    let results = signature.results.len() as u32;
    let body = FunctionBody::new(BinaryReader::new(bytes, range.start));
    let bad = |_| Undecoded::TooLarge;
    let mut locals = params;
    for group in body.get_locals_reader().map_err(bad)? {
        let (count, _) = group.map_err(bad)?;
        locals = locals.saturating_add(count);
    }
    if locals > MAX_LOCALS {
        return Err(Undecoded::TooLarge);
    }
    let mut decoder = Decoder {
        module,
        ops: Vec::new(),
        offsets: Vec::new(),
        frames: vec![Frame {
            head: None,
            base: 0,
            params: 0,
            results,
            fixups: Vec::new(),
            otherwise: None,
        }],
        height: 0,
        dead: false,
        skipped: 0,
        loops: Vec::new(),
        taken: Vec::new(),
    };
    for op in body
        .get_operators_reader()
        .map_err(bad)?
        .into_iter_with_offsets()
    {
        let (op, offset) = op.map_err(bad)?;
        decoder.op(&op, offset as u32)?;
        if decoder.ops.len() > MAX_OPS || decoder.frames.len() > MAX_DEPTH {
            return Err(Undecoded::TooLarge);
        }
    }
    decoder.taken.sort_unstable();
    decoder.taken.dedup();
    let mut body = Body::new(decoder.ops, decoder.offsets, decoder.loops);
    body.params = params;
    body.locals = locals;
    body.results = results;
    body.offsets_taken = decoder.taken.into();
    Ok(body)
}

/// A control frame.
struct Frame {
    /// Number of the loop and its first instruction.
    head: Option<(u32, u32)>,
    /// Height of the operand stack below the parameters.
    base: u32,
    params: u32,
    results: u32,
    /// Jumps to the end: instruction, and entry when it is a table.
    fixups: Vec<(usize, usize)>,
    /// The jump of an `if` to its `else`.
    otherwise: Option<usize>,
}

struct Decoder<'m, 'a> {
    module: &'m Module<'a>,
    ops: Vec<Op>,
    offsets: Vec<u32>,
    frames: Vec<Frame>,
    height: u32,
    dead: bool,
    /// Depth of blocks that begin inside dead code.
    skipped: u32,
    loops: Vec<(u32, u32)>,
    taken: Vec<u32>,
}

const NOWHERE: Target = Target {
    pc: u32::MAX,
    keep: 0,
    height: 0,
};

impl Decoder<'_, '_> {
    fn op(&mut self, op: &Operator<'_>, offset: u32) -> Result<(), Undecoded> {
        if self.dead {
            match op {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Try { .. }
                | Operator::TryTable { .. } => {
                    self.skipped += 1;
                    return Ok(());
                }
                Operator::End if self.skipped > 0 => {
                    self.skipped -= 1;
                    return Ok(());
                }
                Operator::Else if self.skipped == 0 => {}
                Operator::End => {}
                _ => return Ok(()),
            }
        }
        match op {
            Operator::Nop => {}
            Operator::Block { blockty } => self.block(*blockty, None),
            Operator::Loop { blockty } => {
                let number = self.loops.len() as u32;
                let pc = self.emit(Op::Loop(number), offset);
                self.loops.push((pc, pc));
                self.block(*blockty, Some((number, pc)));
            }
            Operator::If { blockty } => {
                self.height -= 1;
                let at = self.emit(Op::JumpUnless(NOWHERE), offset) as usize;
                self.block(*blockty, None);
                self.top().otherwise = Some(at);
            }
            Operator::Else => self.otherwise(offset),
            Operator::End => self.end(offset),
            Operator::Unreachable => {
                self.emit(Op::Unreachable, offset);
                self.dead = true;
            }
            Operator::Br { relative_depth } => {
                let at = self.emit(Op::Jump(NOWHERE), offset);
                self.target(at as usize, 0, *relative_depth);
                self.dead = true;
            }
            Operator::BrIf { relative_depth } => {
                self.height -= 1;
                let at = self.emit(Op::JumpIf(NOWHERE), offset);
                self.target(at as usize, 0, *relative_depth);
            }
            Operator::BrTable { targets } => {
                self.height -= 1;
                let mut depths: Vec<u32> = targets.targets().flatten().collect();
                depths.push(targets.default());
                let table = vec![NOWHERE; depths.len()];
                let at = self.emit(Op::JumpTable(table.into()), offset);
                for (entry, depth) in depths.iter().enumerate() {
                    self.target(at as usize, entry, *depth);
                }
                self.dead = true;
            }
            Operator::Return => {
                self.emit(Op::Return, offset);
                self.dead = true;
            }
            Operator::ReturnCall { function_index } => {
                self.call(FuncId(*function_index), offset);
                self.emit(Op::Return, offset);
                self.dead = true;
            }
            Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => {
                self.call_indirect(TableId(*table_index), TypeId(*type_index), offset);
                self.emit(Op::Return, offset);
                self.dead = true;
            }
            Operator::Call { function_index } => self.call(FuncId(*function_index), offset),
            Operator::CallIndirect {
                type_index,
                table_index,
            } => self.call_indirect(TableId(*table_index), TypeId(*type_index), offset),
            other => self.simple(other, offset)?,
        }
        Ok(())
    }

    /// Instructions that neither branch nor call.
    fn simple(&mut self, op: &Operator<'_>, offset: u32) -> Result<(), Undecoded> {
        let (decoded, pops, pushes) = match op {
            Operator::Drop => (Op::Drop, 1, 0),
            Operator::Select | Operator::TypedSelect { .. } => (Op::Select, 3, 1),
            Operator::LocalGet { local_index } => (Op::LocalGet(*local_index), 0, 1),
            Operator::LocalSet { local_index } => (Op::LocalSet(*local_index), 1, 0),
            Operator::LocalTee { local_index } => (Op::LocalTee(*local_index), 1, 1),
            Operator::GlobalGet { global_index } => (Op::GlobalGet(GlobalId(*global_index)), 0, 1),
            Operator::GlobalSet { global_index } => (Op::GlobalSet(GlobalId(*global_index)), 1, 0),
            Operator::I32Const { value } => (Op::Const(u64::from(*value as u32)), 0, 1),
            Operator::I64Const { value } => (Op::Const(*value as u64), 0, 1),
            Operator::F32Const { value } => (Op::Const(u64::from(value.bits())), 0, 1),
            Operator::F64Const { value } => (Op::Const(value.bits()), 0, 1),
            Operator::MemorySize { mem } => (Op::MemorySize(MemoryId(*mem)), 0, 1),
            Operator::MemoryGrow { mem } => (Op::MemoryGrow(MemoryId(*mem)), 1, 1),
            Operator::MemoryCopy { dst_mem, src_mem } => {
                let (to, from) = (MemoryId(*dst_mem), MemoryId(*src_mem));
                (Op::MemoryCopy { to, from }, 3, 0)
            }
            Operator::MemoryFill { mem } => (Op::MemoryFill(MemoryId(*mem)), 3, 0),
            Operator::MemoryInit { data_index, mem } => {
                (Op::MemoryInit(MemoryId(*mem), *data_index), 3, 0)
            }
            Operator::DataDrop { .. } => (Op::DataDrop, 0, 0),
            Operator::RefFunc { function_index } => (Op::RefFunc(FuncId(*function_index)), 0, 1),
            other => {
                if let Some(unary) = Unary::of(other) {
                    (Op::Unary(unary), 1, 1)
                } else if let Some(binary) = Binary::of(other) {
                    if let (Binary::I32Add, Some(Op::Const(k))) = (binary, self.ops.last()) {
                        self.taken.push(*k as u32);
                    }
                    (Op::Binary(binary), 2, 1)
                } else if let Some(access) = load(other) {
                    (Op::Load(access), 1, 1)
                } else if let Some(access) = store(other) {
                    (Op::Store(access), 2, 0)
                } else if let Some(lanes) = super::lanes::lanes(other) {
                    lanes
                } else if let Some(opaque) = super::opaque::opaque(other) {
                    opaque
                } else {
                    return Err(Undecoded::Instruction(super::opaque::name(other)));
                }
            }
        };
        self.height = self.height.saturating_sub(pops) + pushes;
        self.emit(decoded, offset);
        Ok(())
    }

    fn emit(&mut self, op: Op, offset: u32) -> u32 {
        self.ops.push(op);
        self.offsets.push(offset);
        self.ops.len() as u32 - 1
    }

    fn top(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn arity(&self, ty: BlockType) -> (u32, u32) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => match self.module.type_signature(TypeId(index)) {
                Some(s) => (s.params.len() as u32, s.results.len() as u32),
                None => (0, 0),
            },
        }
    }

    fn block(&mut self, ty: BlockType, head: Option<(u32, u32)>) {
        let (params, results) = self.arity(ty);
        self.frames.push(Frame {
            head,
            base: self.height.saturating_sub(params),
            params,
            results,
            fixups: Vec::new(),
            otherwise: None,
        });
    }

    fn otherwise(&mut self, offset: u32) {
        if !self.dead {
            let at = self.emit(Op::Jump(NOWHERE), offset) as usize;
            let frame = self.top();
            let target = Target {
                pc: u32::MAX,
                keep: frame.results,
                height: frame.base,
            };
            frame.fixups.push((at, 0));
            self.ops[at] = Op::Jump(target);
        }
        let pc = self.ops.len() as u32;
        let frame = self.top();
        let (base, params) = (frame.base, frame.params);
        if let Some(at) = frame.otherwise.take() {
            self.ops[at] = Op::JumpUnless(Target {
                pc,
                keep: params,
                height: base,
            });
        }
        self.height = base + params;
        self.dead = false;
    }

    fn end(&mut self, offset: u32) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let last = self.frames.is_empty();
        let pc = self.emit(Op::Label, offset);
        if let Some(at) = frame.otherwise {
            // An `if` without `else` has as many results as parameters.
            self.ops[at] = Op::JumpUnless(Target {
                pc,
                keep: frame.params,
                height: frame.base,
            });
        }
        for (at, entry) in &frame.fixups {
            match &mut self.ops[*at] {
                Op::Jump(t) | Op::JumpIf(t) => t.pc = pc,
                Op::JumpTable(table) => table[*entry].pc = pc,
                _ => {}
            }
        }
        if let Some((number, _)) = frame.head {
            self.loops[number as usize].1 = pc;
        }
        let reached = !self.dead || frame.otherwise.is_some() || !frame.fixups.is_empty();
        self.height = frame.base + frame.results;
        self.dead = !reached;
        if last {
            self.emit(Op::Return, offset);
        }
    }

    fn target(&mut self, at: usize, entry: usize, depth: u32) {
        let Some(index) = (self.frames.len() - 1).checked_sub(depth as usize) else {
            return;
        };
        let frame = &mut self.frames[index];
        let (pc, keep) = match frame.head {
            Some((_, pc)) => (pc, frame.params),
            None => {
                frame.fixups.push((at, entry));
                (u32::MAX, frame.results)
            }
        };
        let target = Target {
            pc,
            keep,
            height: frame.base,
        };
        match &mut self.ops[at] {
            Op::Jump(t) | Op::JumpIf(t) => *t = target,
            Op::JumpTable(table) => table[entry] = target,
            _ => {}
        }
    }

    fn call(&mut self, func: FuncId, offset: u32) {
        self.arrange(self.module.signature(func).map(arity));
        self.emit(Op::Call(func), offset);
    }

    fn call_indirect(&mut self, table: TableId, ty: TypeId, offset: u32) {
        self.height = self.height.saturating_sub(1);
        self.arrange(self.module.type_signature(ty).map(arity));
        self.emit(Op::CallIndirect(table, ty), offset);
    }

    fn arrange(&mut self, arity: Option<(u32, u32)>) {
        let (params, results) = arity.unwrap_or((0, 0));
        self.height = self.height.saturating_sub(params) + results;
    }
}

fn arity(signature: &crate::binary::FuncSig) -> (u32, u32) {
    (
        signature.params.len() as u32,
        signature.results.len() as u32,
    )
}

fn access(memarg: &MemArg, bytes: u8, signed: bool, wide: bool) -> Access {
    Access {
        memory: MemoryId(memarg.memory),
        offset: memarg.offset,
        bytes,
        signed,
        wide,
    }
}

fn load(op: &Operator<'_>) -> Option<Access> {
    Some(match op {
        Operator::I32Load { memarg } | Operator::F32Load { memarg } => {
            access(memarg, 4, false, false)
        }
        Operator::V128Load { memarg } => access(memarg, 16, false, false),
        Operator::I64Load { memarg } | Operator::F64Load { memarg } => {
            access(memarg, 8, false, true)
        }
        Operator::I32Load8S { memarg } => access(memarg, 1, true, false),
        Operator::I32Load8U { memarg } => access(memarg, 1, false, false),
        Operator::I32Load16S { memarg } => access(memarg, 2, true, false),
        Operator::I32Load16U { memarg } => access(memarg, 2, false, false),
        Operator::I64Load8S { memarg } => access(memarg, 1, true, true),
        Operator::I64Load8U { memarg } => access(memarg, 1, false, true),
        Operator::I64Load16S { memarg } => access(memarg, 2, true, true),
        Operator::I64Load16U { memarg } => access(memarg, 2, false, true),
        Operator::I64Load32S { memarg } => access(memarg, 4, true, true),
        Operator::I64Load32U { memarg } => access(memarg, 4, false, true),
        _ => return None,
    })
}

fn store(op: &Operator<'_>) -> Option<Access> {
    Some(match op {
        Operator::V128Store { memarg } => access(memarg, 16, false, false),
        Operator::I32Store { memarg } | Operator::F32Store { memarg } => {
            access(memarg, 4, false, false)
        }
        Operator::I64Store { memarg } | Operator::F64Store { memarg } => {
            access(memarg, 8, false, true)
        }
        Operator::I32Store8 { memarg } => access(memarg, 1, false, false),
        Operator::I32Store16 { memarg } => access(memarg, 2, false, false),
        Operator::I64Store8 { memarg } => access(memarg, 1, false, true),
        Operator::I64Store16 { memarg } => access(memarg, 2, false, true),
        Operator::I64Store32 { memarg } => access(memarg, 4, false, true),
        _ => return None,
    })
}
