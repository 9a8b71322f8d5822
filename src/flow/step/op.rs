//! The instructions that the interpreter steps through: structured control is resolved to
//! jumps, dead code is left out.

use super::super::live::LiveLocals;
use super::lanes::Lanes;
use super::num::{Binary, Unary};
use crate::binary::{FuncId, GlobalId, MemoryId, TableId, TypeId};
use std::cell::OnceCell;
use std::rc::Rc;

/// A decoded function body.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Instructions; the last is always [`Op::Return`].
    pub ops: Box<[Op]>,
    /// Offset in the file of each instruction.
    pub offsets: Box<[u32]>,
    /// How many parameters.
    pub params: u32,
    /// How many locals, parameters included.
    pub locals: u32,
    /// How many results.
    pub results: u32,
    /// Loops: first and last instruction, outer before inner.
    pub loops: Box<[(u32, u32)]>,
    /// Constants that are added to some value: where addresses of things on the stack frame
    /// may point. Sorted.
    pub offsets_taken: Rc<[u32]>,
    live: OnceCell<LiveLocals>,
}

impl Body {
    pub(super) fn new(ops: Vec<Op>, offsets: Vec<u32>, loops: Vec<(u32, u32)>) -> Body {
        Body {
            ops: ops.into(),
            offsets: offsets.into(),
            params: 0,
            locals: 0,
            results: 0,
            loops: loops.into(),
            offsets_taken: Rc::default(),
            live: OnceCell::new(),
        }
    }

    /// Which locals are read later.
    pub(crate) fn live(&self) -> &LiveLocals {
        self.live.get_or_init(|| LiveLocals::of(self))
    }
}

/// Where a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The instruction.
    pub pc: u32,
    /// How many values on top of the operand stack go along.
    pub keep: u32,
    /// Height of the operand stack below them.
    pub height: u32,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Unreachable,
    /// A place where jumps come together.
    Label,
    /// The first instruction of the loop with this number.
    Loop(u32),
    Jump(Target),
    JumpIf(Target),
    JumpUnless(Target),
    JumpTable(Box<[Target]>),
    Return,
    Call(FuncId),
    CallIndirect(TableId, TypeId),
    Drop,
    Select,
    LocalGet(u32),
    LocalSet(u32),
    LocalTee(u32),
    GlobalGet(GlobalId),
    GlobalSet(GlobalId),
    Load(Access),
    Store(Access),
    MemorySize(MemoryId),
    MemoryGrow(MemoryId),
    MemoryCopy {
        to: MemoryId,
        from: MemoryId,
    },
    MemoryFill(MemoryId),
    MemoryInit(MemoryId, u32),
    DataDrop,
    Const(u64),
    Unary(Unary),
    Binary(Binary),
    RefFunc(FuncId),
    /// On vectors.
    Lanes(Lanes),
    /// Does what no rule describes: pops and pushes, effects unknown.
    Opaque {
        name: &'static str,
        pops: u32,
        pushes: u32,
    },
}

/// A load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub memory: MemoryId,
    /// Added to the address.
    pub offset: u64,
    /// Bytes in memory: 1, 2, 4, 8, or 16 for a vector.
    pub bytes: u8,
    /// Whether a narrow load extends the sign.
    pub signed: bool,
    /// Whether the value is 64 bits wide.
    pub wide: bool,
}

impl Op {
    /// How many operands an instruction pops and pushes that does nothing else to them.
    pub(crate) fn operands(&self) -> Option<(usize, usize)> {
        Some(match self {
            Op::MemorySize(_) | Op::RefFunc(_) => (0, 1),
            Op::MemoryGrow(_) => (1, 1),
            Op::DataDrop => (0, 0),
            Op::Opaque { pops, pushes, .. } => (*pops as usize, *pushes as usize),
            Op::Lanes(lanes) => (lanes.pops() as usize, 1),
            _ => return None,
        })
    }
}
