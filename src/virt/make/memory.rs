//! The memory of an adapter: the core module that has it, and what is allocated there.

use super::code::Code;
use super::host::Host;
use super::layout::layout_has_memory;
use super::{Body, Made, Maker, lowered};
use crate::binary::world::Signature;
use crate::compose::encode::Out;
use std::collections::HashMap;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction as I, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};

impl Maker<'_> {
    pub(super) fn needs_memory(&self) -> bool {
        let in_memory = |signature: &Signature| {
            let mut types = signature.params.iter().map(|(_, ty)| ty);
            lowered(self.world, signature).result_pointer.is_some()
                || self.takes_memory(signature)
                || types.any(|ty| layout_has_memory(self.world, ty))
        };
        let codes = self.members.values().filter_map(|made| match made {
            Made::Func(_, Body::Code(code)) => Some(code),
            _ => None,
        });
        let lowers = self.hosts.iter().any(|host| match host {
            Host::Lower(item, member) | Host::LowerAsync(item, member) => {
                let signature = self.needed.signature(item, member.as_deref());
                signature.is_some_and(|signature| in_memory(signature))
            }
            _ => false,
        });
        let (_, data) = self.data.segment();
        let lifts = self.functions().into_iter().any(|(name, signature)| {
            let made = self.members.get(self.inner_name(name));
            matches!(made, Some(Made::Func(_, Body::Code(_)))) && in_memory(signature)
        });
        !data.is_empty() || lowers || lifts || codes.chain(&self.own).any(Code::uses_memory)
    }

    /// The core module that has the memory: functions of outside can only be lowered with one
    /// that is there already.
    pub(super) fn memory(&self, out: &mut Out) -> Option<Memory> {
        if !self.needs_memory() {
            return None;
        }
        let (start, bytes) = self.data.segment();
        let end = self.data.end();
        let mut types = Types::default();
        let mut functions = FunctionSection::new();
        functions.function(types.of(vec![ValType::I32; 4], vec![ValType::I32]));
        let mut memories = MemorySection::new();
        memories.memory(memory_type(u64::from(end / 65_536 + 1)));
        let mut globals = GlobalSection::new();
        globals.global(heap_type(), &ConstExpr::i32_const(end as i32));
        let mut exports = ExportSection::new();
        exports.export("m", ExportKind::Memory, 0);
        exports.export("r", ExportKind::Func, 0);
        exports.export("h", ExportKind::Global, 0);
        let mut codes = CodeSection::new();
        codes.function(&alloc());
        let mut module = Module::new();
        module.section(&types.section).section(&functions);
        module
            .section(&memories)
            .section(&globals)
            .section(&exports);
        module.section(&codes);
        if !bytes.is_empty() {
            let mut data = DataSection::new();
            data.active(
                0,
                &ConstExpr::i32_const(start as i32),
                bytes.iter().copied(),
            );
            module.section(&data);
        }
        let module = out.core_module(&module);
        let instance = out.core_instance(module, &[]);
        Some(Memory {
            memory: out.core_alias(instance, "m", ExportKind::Memory),
            alloc: out.core_alias(instance, "r", ExportKind::Func),
            heap: out.core_alias(instance, "h", ExportKind::Global),
        })
    }
}

pub(super) struct Memory {
    pub(super) memory: u32,
    pub(super) alloc: u32,
    pub(super) heap: u32,
}

pub(super) fn memory_type(minimum: u64) -> MemoryType {
    MemoryType {
        minimum,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

pub(super) fn heap_type() -> GlobalType {
    GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    }
}

/// Types of core functions, each once.
#[derive(Default)]
pub(super) struct Types {
    pub(super) section: TypeSection,
    known: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
}

impl Types {
    pub(super) fn of(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let next = self.known.len() as u32;
        let key = (params, results);
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        self.section.ty().function(key.0.clone(), key.1.clone());
        self.known.insert(key, next);
        next
    }
}

/// `realloc`: the next bytes that are free; traps when memory cannot grow. Nothing is freed,
/// but all at once by [`Op::Forget`].
fn alloc() -> Function {
    let (old, old_size, align, size, at, end) = (0, 1, 2, 3, 4, 5);
    let mut body = Function::new([(2, ValType::I32)]);
    let code = [
        // at = (heap + align - 1) & -align
        I::GlobalGet(0),
        I::LocalGet(align),
        I::I32Add,
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(0),
        I::LocalGet(align),
        I::I32Sub,
        I::I32And,
        I::LocalTee(at),
        I::LocalGet(size),
        I::I32Add,
        I::LocalTee(end),
        I::LocalGet(at),
        I::I32LtU,
        I::If(wasm_encoder::BlockType::Empty),
        I::Unreachable,
        I::End,
        I::LocalGet(end),
        I::MemorySize(0),
        I::I32Const(16),
        I::I32Shl,
        I::I32GtU,
        I::If(wasm_encoder::BlockType::Empty),
        // Pages up to `end`, less those that are there.
        I::LocalGet(end),
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(16),
        I::I32ShrU,
        I::I32Const(1),
        I::I32Add,
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(wasm_encoder::BlockType::Empty),
        I::Unreachable,
        I::End,
        I::End,
        I::LocalGet(end),
        I::GlobalSet(0),
        I::LocalGet(at),
        I::LocalGet(old),
        I::LocalGet(old_size),
        I::LocalGet(size),
        I::LocalGet(old_size),
        I::LocalGet(size),
        I::I32LtU,
        I::Select,
        I::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        },
        I::LocalGet(at),
        I::End,
    ];
    for instruction in &code {
        body.instruction(instruction);
    }
    body
}
