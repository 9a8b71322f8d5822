//! A core module under way: functions with names of their own, and data.

use std::collections::HashMap;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction as I, MemArg,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// The first address of data; lower ones stay free, so that none of it lies at zero.
const DATA: u32 = 64;

/// A module: imports first, then functions, each called by name.
#[derive(Default)]
pub(super) struct Asm {
    types: TypeSection,
    known_types: Vec<(Vec<ValType>, Vec<ValType>)>,
    imports: ImportSection,
    functions: Vec<(u32, Function)>,
    names: HashMap<&'static str, u32>,
    count: u32,
    exports: Vec<(String, u32)>,
    data: Vec<u8>,
}

/// A function under way.
pub(super) struct Code {
    params: u32,
    locals: Vec<ValType>,
    pub(super) ops: Vec<I<'static>>,
}

/// An access of memory; alignment is a hint that is left out.
pub(super) fn at(offset: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align: 0,
        memory_index: 0,
    }
}

impl Code {
    pub(super) fn new(params: u32) -> Code {
        Code {
            params,
            locals: Vec::new(),
            ops: Vec::new(),
        }
    }

    /// A local of its own, zero at first.
    pub(super) fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        self.params + self.locals.len() as u32 - 1
    }

    pub(super) fn op(&mut self, op: I<'static>) -> &mut Code {
        self.ops.push(op);
        self
    }

    pub(super) fn ops<const N: usize>(&mut self, ops: [I<'static>; N]) -> &mut Code {
        self.ops.extend(ops);
        self
    }

    pub(super) fn get(&mut self, local: u32) -> &mut Code {
        self.op(I::LocalGet(local))
    }

    pub(super) fn set(&mut self, local: u32) -> &mut Code {
        self.op(I::LocalSet(local))
    }

    pub(super) fn i32(&mut self, value: u32) -> &mut Code {
        self.op(I::I32Const(value as i32))
    }

    /// The 32 bits at an address in a local.
    pub(super) fn load(&mut self, address: u32, offset: u32) -> &mut Code {
        self.get(address).op(I::I32Load(at(offset)))
    }

    pub(super) fn when(&mut self) -> &mut Code {
        self.op(I::If(BlockType::Empty))
    }

    pub(super) fn end(&mut self) -> &mut Code {
        self.op(I::End)
    }

    fn finish(self) -> Function {
        let mut function = Function::new_with_locals_types(self.locals);
        for op in &self.ops {
            function.instruction(op);
        }
        function.instruction(&I::End);
        function
    }
}

impl Asm {
    fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = (params.to_vec(), results.to_vec());
        if let Some(known) = self.known_types.iter().position(|known| *known == ty) {
            return known as u32;
        }
        self.types
            .ty()
            .function(params.iter().copied(), results.iter().copied());
        self.known_types.push(ty);
        self.known_types.len() as u32 - 1
    }

    /// Imports a function; all of them come before the first [`Asm::function`].
    pub(super) fn import(
        &mut self,
        (module, name): (&str, &str),
        params: &[ValType],
        results: &[ValType],
    ) -> u32 {
        let ty = self.ty(params, results);
        self.imports
            .import(module, name, wasm_encoder::EntityType::Function(ty));
        self.count += 1;
        self.count - 1
    }

    /// Adds a function that others call by its name.
    pub(super) fn function(
        &mut self,
        name: &'static str,
        params: &[ValType],
        results: &[ValType],
        code: Code,
    ) -> u32 {
        let ty = self.ty(params, results);
        self.functions.push((ty, code.finish()));
        self.names.insert(name, self.count);
        self.count += 1;
        self.count - 1
    }

    /// A call of a function that was added under a name.
    pub(super) fn call(&self, name: &'static str) -> I<'static> {
        // A name that nobody added gives a module that is not valid, and the encoder says so.
        I::Call(self.names.get(name).copied().unwrap_or(u32::MAX))
    }

    pub(super) fn export(&mut self, name: impl Into<String>, function: u32) {
        self.exports.push((name.into(), function));
    }

    /// Puts bytes into memory, 16-aligned; their address.
    pub(super) fn data(&mut self, bytes: &[u8]) -> u32 {
        self.data.resize(self.data.len().next_multiple_of(16), 0);
        let address = DATA + self.data.len() as u32;
        self.data.extend(bytes);
        address
    }

    /// The module. `heap` is a global that begins behind the data.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (ty, function) in &self.functions {
            functions.function(*ty);
            code.function(function);
        }
        module.section(&functions);
        let heap = (DATA + self.data.len() as u32).next_multiple_of(16);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: u64::from(heap) / 65_536 + 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        module.section(&memories);
        let mut globals = GlobalSection::new();
        globals.global(
            GlobalType {
                val_type: ValType::I32,
                mutable: true,
                shared: false,
            },
            &ConstExpr::i32_const(heap as i32),
        );
        module.section(&globals);
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        for (name, function) in &self.exports {
            exports.export(name, ExportKind::Func, *function);
        }
        module.section(&exports).section(&code);
        let mut data = DataSection::new();
        data.active(
            0,
            &ConstExpr::i32_const(DATA as i32),
            self.data.iter().copied(),
        );
        module.section(&data);
        module.finish()
    }
}
