//! A component that imports every function of some interfaces.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, WorldItem};

/// How functions of `async` type are lowered; others are always lowered synchronously.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Lowering {
    Sync,
    Async,
}

/// A core module that imports all functions of `interfaces`, made a component.
pub(super) fn component(
    resolve: &Resolve,
    interfaces: &[String],
    lowering: Lowering,
    encoding: StringEncoding,
) -> Vec<u8> {
    let mut resolve = resolve.clone();
    let imports: String = interfaces
        .iter()
        .map(|i| format!("import {i};\n"))
        .collect();
    let text = format!("package test:made;\nworld w {{ {imports} }}");
    let package = resolve.push_str("made.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = String::from("(module\n");
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let from = resolve.name_world_key(key);
        for (name, func) in &resolve.interfaces[*id].functions {
            let (variant, prefix) = match lowering {
                Lowering::Async if func.kind.is_async() => {
                    (AbiVariant::GuestImportAsync, "[async-lower]")
                }
                _ => (AbiVariant::GuestImport, ""),
            };
            let sig = resolve.wasm_signature(variant, func);
            module += &format!(
                "(import \"{from}\" \"{prefix}{name}\" (func (param{}) (result{})))\n",
                types(&sig.params),
                types(&sig.results)
            );
        }
    }
    module += "(memory (export \"memory\") 1)
        (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) unreachable))";
    let mut module = wat::parse_str(&module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}

fn types(types: &[WasmType]) -> String {
    let names = types.iter().map(|ty| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => " i32",
        WasmType::I64 | WasmType::PointerOrI64 => " i64",
        WasmType::F32 => " f32",
        WasmType::F64 => " f64",
    });
    names.collect()
}

/// All interfaces of a resolve, as a world names them.
pub(super) fn interfaces(resolve: &Resolve) -> Vec<String> {
    let ids = resolve.interfaces.iter().map(|(id, _)| id);
    ids.filter_map(|id| resolve.id_of(id)).collect()
}

/// One component of one interface with these items, called `test:one/i@1.0.0`.
pub(super) fn one(items: &str, lowering: Lowering, encoding: StringEncoding) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let text = format!("package test:one@1.0.0;\ninterface i {{ {items} }}");
    resolve.push_str("one.wit", &text).unwrap();
    component(
        &resolve,
        &["test:one/i@1.0.0".to_string()],
        lowering,
        encoding,
    )
}
