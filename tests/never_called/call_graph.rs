//! Another call graph, from walrus: every call, reference and table entry of the right type.

use crate::fixtures::fixture;
use crate::programs::host;
use gusset::binary::Binary;
use gusset::graph::Program;
use std::collections::{BTreeSet, HashSet};
use walrus::ir::{CallIndirect, ReturnCallIndirect, Visitor, dfs_in_order};
use walrus::{ConstExpr, ElementItems, ExportItem, FunctionId, FunctionKind, Module, TypeId};

#[derive(Default)]
struct Body {
    functions: Vec<FunctionId>,
    types: Vec<TypeId>,
}

impl<'a> Visitor<'a> for Body {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.functions.push(*function);
    }

    fn visit_call_indirect(&mut self, call: &CallIndirect) {
        self.types.push(call.ty);
    }

    fn visit_return_call_indirect(&mut self, call: &ReturnCallIndirect) {
        self.types.push(call.ty);
    }
}

/// Imported functions that can be called from the exports and the start function, as
/// `module#name`.
fn imports_reached(bytes: &[u8]) -> BTreeSet<String> {
    let module = Module::from_buffer(bytes).unwrap();
    let mut elements: Vec<FunctionId> = Vec::new();
    for element in module.elements.iter() {
        match &element.items {
            ElementItems::Functions(functions) => elements.extend(functions),
            ElementItems::Expressions(_, expressions) => {
                elements.extend(expressions.iter().filter_map(|e| match e {
                    ConstExpr::RefFunc(function) => Some(*function),
                    _ => None,
                }));
            }
        }
    }
    let mut todo: Vec<FunctionId> = module.start.into_iter().collect();
    todo.extend(module.exports.iter().filter_map(|e| match e.item {
        ExportItem::Function(function) => Some(function),
        _ => None,
    }));
    let signature = |ty: TypeId| {
        let ty = module.types.get(ty);
        (ty.params().to_vec(), ty.results().to_vec())
    };
    let mut seen = HashSet::new();
    let mut imports = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        match &module.funcs.get(id).kind {
            FunctionKind::Import(function) => {
                let import = module.imports.get(function.import);
                imports.insert(format!("{}#{}", import.module, import.name));
            }
            FunctionKind::Local(function) => {
                let mut body = Body::default();
                dfs_in_order(&mut body, function, function.entry_block());
                todo.extend(body.functions);
                for ty in body.types {
                    let of_type =
                        |f: &&FunctionId| signature(module.funcs.get(**f).ty()) == signature(ty);
                    todo.extend(elements.iter().filter(of_type));
                }
            }
            FunctionKind::Uninitialized(_) => unreachable!(),
        }
    }
    imports
}

/// Host functions that can be called, as `import#function`.
fn called(program: &Program<'_, '_>) -> BTreeSet<String> {
    let reach = program.reach();
    let hosts = reach.called().keys();
    hosts.map(|id| host(program, *id)).collect()
}

#[test]
fn both_call_graphs_of_core_modules_agree() {
    for name in [
        "std-env-p1.wasm",
        "c-getenv.wasm",
        "wapc.wasm",
        "wasmcloud-v0.wasm",
    ] {
        let bytes = fixture(name);
        let reached = imports_reached(&bytes);
        assert!(!reached.is_empty());
        let binary = Binary::parse(&bytes).unwrap();
        assert_eq!(called(&Program::link(&binary)), reached, "{name}");
    }
}

/// Every host function that a component is said to call is reached in one of its modules,
/// taken alone, under the name of the interface or through the preview 1 adapter.
#[test]
fn every_called_function_has_a_path() {
    for name in [
        "std-env.wasm",
        "orders.wasm",
        "pricing.wasm",
        "gateway.wasm",
        "audit.wasm",
        "unused.wasm",
        "never-called.wasm",
        "c-getenv-component.wasm",
        "labels.wasm",
    ] {
        let bytes = fixture(name);
        let binary = Binary::parse(&bytes).unwrap();
        let mut reached = BTreeSet::new();
        for module in &binary.modules {
            reached.extend(imports_reached(module.range.of(&bytes).unwrap()));
        }
        let called = called(&Program::link(&binary));
        assert!(!called.is_empty());
        // Core names in hand-written text are chosen freely: compare the functions.
        let function = |name: &String| {
            let name = name.split(" implements ").next().unwrap_or(name);
            let name = name.rsplit('#').next().unwrap_or(name);
            name.trim_start_matches("[async-lower]").to_owned()
        };
        let by_function: BTreeSet<String> = reached.iter().map(function).collect();
        for host in &called {
            assert!(by_function.contains(&function(host)), "{name}: {host}");
        }
    }
}
