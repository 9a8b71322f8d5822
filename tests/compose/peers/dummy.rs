//! A component of a world that is given as WIT: every export traps.

use std::path::Path;
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    Instruction, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function as WitFunction, Resolve, WorldItem, WorldKey};

/// The component of the only world of a file or folder.
pub(super) fn component(path: &Path) -> Vec<u8> {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    let (package, _) = resolve.push_path(path).expect("WIT");
    let world = resolve.select_world(&[package], None).expect("one world");
    let mut core = Core::default();
    let functions = |item: &WorldItem| -> Vec<WitFunction> {
        match item {
            WorldItem::Function(function) => vec![function.clone()],
            WorldItem::Interface { id, .. } => resolve.interfaces[*id]
                .functions
                .values()
                .cloned()
                .collect(),
            WorldItem::Type { .. } => Vec::new(),
        }
    };
    for (key, item) in &resolve.worlds[world].imports {
        for function in functions(item) {
            let module = match item {
                WorldItem::Interface { .. } => resolve.name_world_key(key),
                _ => "$root".to_string(),
            };
            core.import(&resolve, &module, &function);
        }
    }
    for (key, item) in &resolve.worlds[world].exports {
        for function in functions(item) {
            let name = match (item, key) {
                (WorldItem::Interface { .. }, key) => {
                    format!("{}#{}", resolve.name_world_key(key), function.name)
                }
                (_, WorldKey::Name(_) | WorldKey::Interface(_)) => function.name.clone(),
            };
            core.export(&resolve, &name, &function);
        }
    }
    let mut module = core.finish();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::default())
        .expect("metadata");
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    encoder.module(&module).expect("a module");
    encoder.encode().expect("a component")
}

/// A core module with the imports and exports of a world.
#[derive(Default)]
struct Core {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
    imported: u32,
    defined: u32,
}

impl Core {
    fn ty(&mut self, params: &[WasmType], results: &[WasmType]) -> u32 {
        let value = |ty: &WasmType| match ty {
            WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
            WasmType::F32 => ValType::F32,
            WasmType::F64 => ValType::F64,
            _ => ValType::I32,
        };
        let index = self.types.len();
        let params: Vec<ValType> = params.iter().map(value).collect();
        let results: Vec<ValType> = results.iter().map(value).collect();
        self.types.ty().function(params, results);
        index
    }

    /// Imports stand before everything that is defined.
    fn import(&mut self, resolve: &Resolve, module: &str, function: &WitFunction) {
        let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
        let ty = self.ty(&signature.params, &signature.results);
        self.imports
            .import(module, &function.name, EntityType::Function(ty));
        self.imported += 1;
    }

    fn export(&mut self, resolve: &Resolve, name: &str, function: &WitFunction) {
        let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let ty = self.ty(&signature.params, &signature.results);
        self.define(ty, name);
    }

    fn define(&mut self, ty: u32, name: &str) {
        let index = self.imported + self.defined;
        self.functions.function(ty);
        self.exports.export(name, ExportKind::Func, index);
        let mut body = Function::new([]);
        body.instruction(&Instruction::Unreachable);
        body.instruction(&Instruction::End);
        self.code.function(&body);
        self.defined += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let ty = self.ty(&[WasmType::I32; 4], &[WasmType::I32]);
        self.define(ty, "cabi_realloc");
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 0,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        self.exports.export("memory", ExportKind::Memory, 0);
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&memories)
            .section(&self.exports)
            .section(&self.code);
        module.finish()
    }
}
