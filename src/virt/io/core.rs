//! The core modules of the adapter: the prebuilt one and what links it with the rest.
//!
//! The module's imports need its memory, so that they cannot be there before it. As
//! `wit-component` does, a shim stands in for them: trampolines into a table that a last
//! module, the fixup, fills.

use crate::binary::{Binary, CoreItem, CoreType, FuncSig, Root};
use crate::virt::error::VirtError;
use std::collections::HashSet;
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType,
    ExportKind, ExportSection, Function, FunctionSection, ImportSection, Instruction as I,
    MemoryType, Module, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};

/// wasi:io and standard streams.
pub(super) static IO: &[u8] = include_bytes!("../../../adapters/bin/io.wasm");
/// The same with files.
pub(super) static IO_FILES: &[u8] = include_bytes!("../../../adapters/bin/io-files.wasm");
/// wasi:keyvalue
pub(super) static KEYVALUE: &[u8] = include_bytes!("../../../adapters/bin/keyvalue.wasm");

/// A function that the module imports.
pub(super) struct Needs {
    pub(super) name: String,
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
}

/// What is known of the module.
pub(super) struct Guest {
    pub(super) needs: Vec<Needs>,
    exports: HashSet<String>,
}

impl Guest {
    pub(super) fn read(bytes: &[u8]) -> Result<Guest, VirtError> {
        let broken = |message: &str| VirtError::Adapter {
            adapter: "virt-io".to_string(),
            message: message.to_string(),
        };
        let binary = Binary::parse(bytes)?;
        let Root::Module(id) = binary.root else {
            return Err(broken("its code is no core module"));
        };
        let module = binary.module(id);
        let mut needs = Vec::new();
        for import in &module.imports {
            let signature: Option<&FuncSig> = match import.item {
                CoreItem::Func(id) => {
                    let ty = module.funcs.get(id.index());
                    match ty.and_then(|ty| module.types.get(ty.index())) {
                        Some(CoreType::Func(signature)) => Some(signature),
                        _ => None,
                    }
                }
                _ => None,
            };
            let signature = signature.ok_or_else(|| broken("it imports more than functions"))?;
            let types = |types: &[_]| types.iter().map(|ty| value_type(*ty)).collect();
            needs.push(Needs {
                name: import.name.to_string(),
                params: types(&signature.params),
                results: types(&signature.results),
            });
        }
        let exports = module.exports.iter().map(|export| export.name.to_string());
        Ok(Guest {
            needs,
            exports: exports.collect(),
        })
    }

    pub(super) fn exports(&self, name: &str) -> bool {
        self.exports.contains(name)
    }
}

/// A core type as the encoder has it. Values of components are numbers.
pub(super) fn value_type(ty: crate::binary::ValType) -> ValType {
    use crate::binary::ValType as T;
    match ty {
        T::I64 => ValType::I64,
        T::F32 => ValType::F32,
        T::F64 => ValType::F64,
        _ => ValType::I32,
    }
}

/// What the table is called between shim and fixup.
const TABLE: &str = "$table";

fn table(slots: u32) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        minimum: u64::from(slots),
        maximum: Some(u64::from(slots)),
        table64: false,
        shared: false,
    }
}

/// Trampolines for everything that the module imports. What nobody fills traps: the component
/// does not use it, or has no handle to use it with.
pub(super) fn shim(guest: &Guest, filled: &[bool]) -> Module {
    let mut types = TypeSection::new();
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut codes = CodeSection::new();
    let mut slot = 0;
    for (index, (needs, filled)) in (0..).zip(guest.needs.iter().zip(filled)) {
        let (params, results) = (needs.params.clone(), needs.results.clone());
        types.ty().function(params, results);
        functions.function(index);
        exports.export(&needs.name, ExportKind::Func, index);
        let mut body = Function::new([]);
        if *filled {
            for (param, _) in (0..).zip(&needs.params) {
                body.instruction(&I::LocalGet(param));
            }
            body.instruction(&I::I32Const(slot));
            body.instruction(&I::CallIndirect {
                type_index: index,
                table_index: 0,
            });
            slot += 1;
        } else {
            body.instruction(&I::Unreachable);
        }
        body.instruction(&I::End);
        codes.function(&body);
    }
    let mut tables = TableSection::new();
    tables.table(table(slot.unsigned_abs()));
    exports.export(TABLE, ExportKind::Table, 0);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables);
    module.section(&exports).section(&codes);
    module
}

/// Fills the table of the shim with functions, given under the numbers of their slots.
pub(super) fn fixup(guest: &Guest, filled: &[bool]) -> Module {
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let needs = guest.needs.iter().zip(filled);
    let needs = needs.filter_map(|(needs, filled)| filled.then_some(needs));
    let mut slots = 0;
    for needs in needs {
        let (params, results) = (needs.params.clone(), needs.results.clone());
        types.ty().function(params, results);
        imports.import("", &slots.to_string(), EntityType::Function(slots));
        slots += 1;
    }
    imports.import("shim", TABLE, EntityType::Table(table(slots)));
    let mut elements = ElementSection::new();
    let all: Vec<u32> = (0..slots).collect();
    elements.active(
        Some(0),
        &ConstExpr::i32_const(0),
        Elements::Functions(all.as_slice().into()),
    );
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&elements);
    module
}

/// Puts a block of bytes into the memory of the module, where its function `room` says.
pub(super) fn data(block: &[u8]) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import("", "room", EntityType::Function(0));
    imports.import("", "memory", EntityType::Memory(memory()));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let length = i32::from_le_bytes((block.len() as u32).to_le_bytes());
    let mut body = Function::new([]);
    for instruction in [
        I::I32Const(length),
        I::Call(0),
        I::I32Const(0),
        I::I32Const(length),
        I::MemoryInit {
            mem: 0,
            data_index: 0,
        },
        I::End,
    ] {
        body.instruction(&instruction);
    }
    let mut codes = CodeSection::new();
    codes.function(&body);
    let mut data = DataSection::new();
    data.passive(block.iter().copied());
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module.section(&StartSection { function_index: 1 });
    module.section(&DataCountSection { count: 1 });
    module.section(&codes).section(&data);
    module
}

/// The memory of the module, as others import it.
pub(super) fn memory() -> MemoryType {
    MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}
