//! Core functions under way.

use wasm_encoder::{BlockType, Encode, Instruction as I, MemArg, ValType};

/// A function that is called, before functions have indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::virt) enum Fn {
    /// A function of outside: a position among those of the adapter.
    Host(usize),
    /// A helper: a position among those of the adapter.
    Own(usize),
    /// `realloc`.
    Alloc,
}

/// An instruction.
#[derive(Clone, Debug)]
pub(in crate::virt) enum Op {
    /// One without an index of a function.
    Plain(I<'static>),
    /// A call.
    Call(Fn),
    /// Everything that was allocated may be given anew. What is returned stays as it is until
    /// the caller has read it.
    Forget,
}

/// A core function.
#[derive(Clone, Debug, Default)]
pub(in crate::virt) struct Code {
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
    pub(super) locals: Vec<ValType>,
    pub(super) ops: Vec<Op>,
}

/// An access of memory with a constant offset; alignment is a hint that is left out.
fn at(offset: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align: 0,
        memory_index: 0,
    }
}

impl Code {
    pub(in crate::virt) fn new(params: Vec<ValType>, results: Vec<ValType>) -> Code {
        Code {
            params,
            results,
            ..Code::default()
        }
    }

    /// How many parameters it has: the first locals.
    pub(in crate::virt) fn param_count(&self) -> u32 {
        self.params.len() as u32
    }

    /// A local of its own.
    pub(in crate::virt) fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        (self.params.len() + self.locals.len() - 1) as u32
    }

    pub(in crate::virt) fn op(&mut self, instruction: I<'static>) -> &mut Code {
        self.ops.push(Op::Plain(instruction));
        self
    }

    pub(in crate::virt) fn ops<const N: usize>(&mut self, all: [I<'static>; N]) -> &mut Code {
        self.ops.extend(all.map(Op::Plain));
        self
    }

    pub(in crate::virt) fn call(&mut self, function: Fn) -> &mut Code {
        self.ops.push(Op::Call(function));
        self
    }

    pub(in crate::virt) fn forget(&mut self) -> &mut Code {
        self.ops.push(Op::Forget);
        self
    }

    pub(in crate::virt) fn get(&mut self, local: u32) -> &mut Code {
        self.op(I::LocalGet(local))
    }

    pub(in crate::virt) fn set(&mut self, local: u32) -> &mut Code {
        self.op(I::LocalSet(local))
    }

    pub(in crate::virt) fn i32(&mut self, value: u32) -> &mut Code {
        self.op(I::I32Const(value as i32))
    }

    pub(in crate::virt) fn i64(&mut self, value: u64) -> &mut Code {
        self.op(I::I64Const(value as i64))
    }

    /// The 32 bits at an address in a local.
    pub(in crate::virt) fn load(&mut self, address: u32, offset: u32) -> &mut Code {
        self.get(address).op(I::I32Load(at(offset)))
    }

    /// The byte at an address in a local.
    pub(in crate::virt) fn load8(&mut self, address: u32, offset: u32) -> &mut Code {
        self.get(address).op(I::I32Load8U(at(offset)))
    }

    /// Stores the 32 bits on the stack, whose address lies below them.
    pub(in crate::virt) fn store(&mut self, offset: u32) -> &mut Code {
        self.op(I::I32Store(at(offset)))
    }

    /// The same for 64 bits.
    pub(in crate::virt) fn store64(&mut self, offset: u32) -> &mut Code {
        self.op(I::I64Store(at(offset)))
    }

    /// The 64 bits at an address in a local.
    pub(in crate::virt) fn load64(&mut self, address: u32, offset: u32) -> &mut Code {
        self.get(address).op(I::I64Load(at(offset)))
    }

    /// `memory.copy` of what is on the stack.
    pub(in crate::virt) fn copy(&mut self) -> &mut Code {
        self.op(I::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        })
    }

    pub(in crate::virt) fn block(&mut self) -> &mut Code {
        self.op(I::Block(BlockType::Empty))
    }

    pub(in crate::virt) fn repeat(&mut self) -> &mut Code {
        self.op(I::Loop(BlockType::Empty))
    }

    pub(in crate::virt) fn when(&mut self) -> &mut Code {
        self.op(I::If(BlockType::Empty))
    }

    pub(in crate::virt) fn end(&mut self) -> &mut Code {
        self.op(I::End)
    }

    /// Adds a constant to a local.
    pub(in crate::virt) fn advance(&mut self, local: u32, by: u32) -> &mut Code {
        self.get(local).i32(by).op(I::I32Add).set(local)
    }

    /// Whether both are the same function.
    pub(super) fn same(&self, other: &Code) -> bool {
        let bytes = |op: &Op| {
            let mut bytes = Vec::new();
            if let Op::Plain(instruction) = op {
                instruction.encode(&mut bytes);
            }
            bytes
        };
        let same = |(a, b): (&Op, &Op)| match (a, b) {
            (Op::Plain(_), Op::Plain(_)) => bytes(a) == bytes(b),
            (Op::Call(a), Op::Call(b)) => a == b,
            (Op::Forget, Op::Forget) => true,
            _ => false,
        };
        (&self.params, &self.results, &self.locals)
            == (&other.params, &other.results, &other.locals)
            && self.ops.len() == other.ops.len()
            && self.ops.iter().zip(&other.ops).all(same)
    }

    /// Whether memory is used.
    pub(super) fn uses_memory(&self) -> bool {
        self.ops.iter().any(|op| match op {
            Op::Call(function) => *function == Fn::Alloc,
            Op::Forget => true,
            Op::Plain(i) => matches!(
                i,
                I::I32Load(_)
                    | I::I32Load8U(_)
                    | I::I64Load(_)
                    | I::I32Store(_)
                    | I::I64Store(_)
                    | I::I64Store8(_)
                    | I::MemoryCopy { .. }
            ),
        })
    }
}
