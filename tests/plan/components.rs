//! Components from WIT, and plans of them.

use gusset::base::SourceFile;
use gusset::plan::{Decision, DecisionKind, Input, LinkPlan, Part, PlannedEdge, Rules, plan};
use gusset::workload::{Profile, Workload};
use std::sync::Arc;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Resolve, WorldId, WorldItem};

/// The interfaces that the worlds of these tests use.
const PACKAGES: &str = r#"
package wasi:io@0.2.0 {
  interface poll { resource pollable { block: func(); } }
}
package wasi:cli@0.2.0 { interface stdout { out: func(); } }
package wasi:keyvalue@0.2.0-draft { interface store { open: func(identifier: string) -> u32; } }
package wasi:config@0.2.0-rc.1 { interface store { get: func(key: string) -> option<string>; } }
package wasmcloud:secrets@2.1.0 { interface secret { get: func() -> string; } }
package wasi:http@0.2.0 { interface incoming-handler { handle: func(x: u32) -> u32; } }
package wrpc:rpc@0.1.0 { interface error { resource error { to-debug-string: func() -> string; } } }
package acme:shop@0.1.0 {
  interface types { record order { id: u64 } }
  interface orders { use types.{order}; place: func(o: order) -> u64; cancel: func(id: u64); }
  interface stock { use types.{order}; left: func(o: order) -> u32; }
  interface asks { ask: func(x: u32) -> u32; }
  interface answers { answer: func(x: u32) -> u32; }
  interface careful {
    use wrpc:rpc/error@0.1.0.{error};
    ask: func(x: u32) -> result<u32, error>;
    tell: func(x: u32);
  }
  interface feed { follow: func() -> stream<u8>; }
  interface later { wait: func() -> future<u8>; }
  interface slow { work: async func(x: u32) -> u32; }
  interface carts { resource cart { constructor(); add: func(x: u32); } hand: func(c: cart); }
  interface polls { use wasi:io/poll@0.2.0.{pollable}; wait-for: func(p: pollable); }
}
package acme:audit@0.2.0 { interface log { write: func(line: string); } }
package acme:audit-old@0.1.0 { interface log { write: func(line: string); } }
package acme:audit@0.1.0 { interface log { write: func(line: string); } }
package acme:audit@0.1.1 { interface log { write: func(line: string); } }
"#;

/// A component whose world has these lines; its code does nothing.
pub(crate) fn component(world: &str) -> Vec<u8> {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    let text = format!("package test:test;\nworld c {{ {world} }}\n{PACKAGES}");
    let package = resolve.push_str("test.wit", &text).unwrap();
    let world = resolve
        .select_world(&[package], Some("test:test/c"))
        .unwrap();
    let mut module = wat::parse_str(module(&resolve, world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module).unwrap();
    encoder.encode().unwrap()
}

fn functions<'r>(resolve: &'r Resolve, item: &'r WorldItem) -> Vec<&'r Function> {
    match item {
        WorldItem::Interface { id, .. } => resolve.interfaces[*id].functions.values().collect(),
        WorldItem::Function(function) => vec![function],
        WorldItem::Type { .. } => Vec::new(),
    }
}

/// A core module that imports and exports what a world says. Its functions trap.
fn module(resolve: &Resolve, world: WorldId) -> String {
    let types = |types: &[WasmType], word: &str| {
        let names = types.iter().map(|ty| match ty {
            WasmType::I64 | WasmType::PointerOrI64 => "i64",
            WasmType::F32 => "f32",
            WasmType::F64 => "f64",
            WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        });
        let names: Vec<&str> = names.collect();
        match names.is_empty() {
            true => String::new(),
            false => format!(" ({word} {})", names.join(" ")),
        }
    };
    let signature = |variant, function: &Function| {
        let signature = resolve.wasm_signature(variant, function);
        types(&signature.params, "param") + &types(&signature.results, "result")
    };
    let (mut imports, mut exports) = (String::new(), String::new());
    let world = &resolve.worlds[world];
    for (key, item) in &world.imports {
        let name = resolve.name_world_key(key);
        for function in functions(resolve, item) {
            let module = match item {
                WorldItem::Function(_) => "$root",
                _ => &name,
            };
            let ty = signature(AbiVariant::GuestImport, function);
            imports.push_str(&format!(
                "(import \"{module}\" \"{}\" (func{ty}))\n",
                function.name
            ));
        }
    }
    for (key, item) in &world.exports {
        let name = resolve.name_world_key(key);
        for function in functions(resolve, item) {
            let export = match item {
                WorldItem::Function(_) => function.name.clone(),
                _ => format!("{name}#{}", function.name),
            };
            let ty = signature(AbiVariant::GuestExport, function);
            exports.push_str(&format!("(func (export \"{export}\"){ty} unreachable)\n"));
        }
    }
    format!(
        "(module {imports} (memory (export \"memory\") 1)\n(func (export \"cabi_realloc\") \
         (param i32 i32 i32 i32) (result i32) unreachable)\n{exports})"
    )
}

/// A workload: components by name and world, and the rules of a `gusset.toml`.
pub(crate) struct Shop {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    workload: Workload,
    profile: Profile,
}

impl Shop {
    pub(crate) fn new(profile: &str, components: &[(&str, &str)], rules: &str) -> Shop {
        let files = components.iter();
        let files = files.map(|(name, world)| ((*name).to_string(), component(world)));
        let mut text = rules.to_string();
        for (name, _) in components {
            text.push_str(&format!("\n[components.{name}]\npath = \"{name}.wasm\"\n"));
        }
        let source = Arc::new(SourceFile::new("gusset.toml", text));
        Shop {
            files: files.collect(),
            workload: Workload::parse(&source).unwrap(),
            profile: Profile::builtin(profile).unwrap().unwrap(),
        }
    }

    /// The components; every function that one imports counts as called.
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        let files = self.files.iter();
        let parts = files.map(|(name, bytes)| {
            let mut part = Part::parse(name, bytes).unwrap();
            for (import, item) in &part.package.world.imports {
                let gusset::binary::world::ItemType::Instance(interface) = &item.ty else {
                    continue;
                };
                let functions = interface.members.iter();
                let functions = functions
                    .filter(|(_, member)| matches!(member, gusset::binary::world::Member::Func(_)));
                let functions = functions.map(|(name, _)| name.clone());
                part.called.insert(import.clone(), functions.collect());
            }
            part
        });
        parts.collect()
    }

    pub(crate) fn plan(&self) -> LinkPlan {
        plan(&Input {
            profile: &self.profile,
            parts: self.parts(),
            rules: Rules::of(&self.workload),
        })
    }
}

pub(crate) fn planned(profile: &str, components: &[(&str, &str)], rules: &str) -> LinkPlan {
    Shop::new(profile, components, rules).plan()
}

pub(crate) fn edge<'p>(plan: &'p LinkPlan, consumer: &str, import: &str) -> &'p PlannedEdge {
    let mut edges = plan.edges.iter();
    edges
        .find(|edge| edge.consumer == consumer && edge.import == import)
        .unwrap_or_else(|| panic!("no edge {consumer} {import}: {plan:#?}"))
}

pub(crate) fn kind(plan: &LinkPlan, consumer: &str, import: &str) -> DecisionKind {
    edge(plan, consumer, import).decision.kind()
}

pub(crate) fn provider(decision: &Decision) -> Option<&str> {
    decision.target().map(|target| target.provider.as_str())
}

/// The members of each binary.
pub(crate) fn binaries(plan: &LinkPlan) -> Vec<String> {
    let groups = plan.groups.iter();
    let names = groups.map(|group| {
        let names: Vec<&str> = group.instances.iter().map(|i| i.name.as_str()).collect();
        names.join("+")
    });
    names.collect()
}

pub(crate) fn problems(plan: &LinkPlan) -> Vec<String> {
    let problems = plan.problems.iter();
    problems
        .map(|p| format!("{:?}: {}", p.code, p.message))
        .collect()
}
