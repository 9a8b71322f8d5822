//! Links binaries and shows what came of it. Include with
//! `#[path = "support/programs.rs"] mod programs;`.

#![allow(dead_code, reason = "each test uses the part it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test without its input cannot go on"
)]

use gusset::binary::{Binary, FuncId};
use gusset::graph::{CoreFunc, CoreInstanceId, CoreValue, Func, HostId, Program, Resource};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Runs `look` on the linked program of a binary.
pub(crate) fn linked<R>(bytes: &[u8], look: impl FnOnce(&Program<'_, '_>) -> R) -> R {
    let binary = Binary::parse(bytes).unwrap_or_else(|error| panic!("{error}"));
    look(&Program::link(&binary))
}

/// The same for WebAssembly text.
pub(crate) fn linked_text<R>(text: &str, look: impl FnOnce(&Program<'_, '_>) -> R) -> R {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    linked(&bytes, look)
}

/// Every `.wasm` file of a folder, by name; `None` when there is no such folder.
pub(crate) fn folder(path: &str) -> Option<Vec<(String, PathBuf)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let entries = std::fs::read_dir(folder).ok()?;
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, path)
        })
        .collect();
    files.sort();
    Some(files)
}

/// `import.function` of a host function, with its attributes.
pub(crate) fn host(program: &Program<'_, '_>, id: HostId) -> String {
    let (import, below) = program.host_name(id);
    let name = &import.name;
    let mut text = name.name.to_string();
    if let Some(below) = below {
        text = format!("{text}#{below}");
    }
    if let Some(implements) = name.implements {
        text = format!("{text} implements {implements}");
    }
    if let Some(external) = name.external_id {
        text = format!("{text} external-id {external}");
    }
    text
}

/// Host functions that can be called, each with the instances that do.
pub(crate) fn called(program: &Program<'_, '_>) -> Vec<String> {
    let reach = program.reach();
    let mut called: Vec<String> = reach
        .called()
        .iter()
        .map(|(id, by)| {
            let by: Vec<&str> = by
                .iter()
                .map(|i| program.instance(*i).path.as_str())
                .collect();
            format!("{} by {}", host(program, *id), by.join(" "))
        })
        .collect();
    called.sort();
    called
}

/// Notes as text.
pub(crate) fn notes(program: &Program<'_, '_>) -> Vec<String> {
    program.notes.iter().map(ToString::to_string).collect()
}

/// A component function, once all aliases are followed.
pub(crate) fn func(program: &Program<'_, '_>, func: Func) -> String {
    match func {
        Func::Host(id) => format!("host {}", host(program, id)),
        Func::Lift(id) => {
            let lift = &program.lifts[id.index()];
            let owner = &program.instance(lift.instance).path;
            format!("lifted by {owner}: {}", core_func(program, lift.func))
        }
        Func::Unknown => "UNKNOWN".to_string(),
    }
}

/// A core function; a trampoline with its target.
pub(crate) fn core_func(program: &Program<'_, '_>, target: CoreFunc) -> String {
    match target {
        CoreFunc::Defined(id, index) => {
            let mut text = defined(program, id, index);
            let module = program.binary.module(program.core_instance(id).module);
            let body = module.defined(index).unwrap();
            if let Some(t) = module.scan.trampoline(body) {
                let target = program.trampoline_target(id, t);
                let target = target.map_or("INEXACT".to_string(), |t| core_func(program, t));
                text = format!("{text} → {target}");
            }
            text
        }
        CoreFunc::Lower(id) => func(program, program.lowers[id.index()].func),
        CoreFunc::Builtin(id) => {
            let builtin = &program.builtins[id.index()];
            let of = builtin
                .resource
                .map(|r| match &program.resources[r.index()] {
                    Resource::Host(id) => format!(" of host {}", host(program, *id)),
                    Resource::Defined { instance, .. } => {
                        format!(" of {}", program.instance(*instance).path)
                    }
                });
            format!("{}{}", builtin.name, of.unwrap_or_default())
        }
        CoreFunc::Host(id) => format!("host {}", host(program, id)),
        CoreFunc::Unknown => "UNKNOWN".to_string(),
    }
}

fn defined(program: &Program<'_, '_>, id: CoreInstanceId, func: FuncId) -> String {
    let instance = program.core_instance(id);
    let module = program.binary.module(instance.module);
    let item = gusset::binary::CoreItem::Func(func);
    match module.exports.iter().find(|e| e.item == item) {
        Some(export) => format!("{} `{}`", instance.path, export.name),
        None => format!("{} #{}", instance.path, func.0),
    }
}

/// What a core import was given.
pub(crate) fn core_value(program: &Program<'_, '_>, value: CoreValue) -> String {
    let of = |id: CoreInstanceId| program.core_instance(id).path.clone();
    match value {
        CoreValue::Func(func) => core_func(program, func),
        CoreValue::Table(t) => {
            let table = &program.tables[t.index()];
            let exact = if table.exact { "exact" } else { "inexact" };
            let slots = table.slots.len();
            format!("table of {}, {exact}, {slots} slots", of(table.owner))
        }
        CoreValue::Memory(m) => format!("memory of {}", of(program.memories[m.index()].owner)),
        CoreValue::Global(g) => {
            let global = program.global(g);
            format!("global of {} = {:?}", of(global.owner), global.initial)
        }
        CoreValue::Tag => "tag".to_string(),
        CoreValue::Outside(sort, Some(id)) => format!("host {sort:?} {}", host(program, id)),
        CoreValue::Outside(sort, None) => format!("UNKNOWN {sort:?}"),
    }
}

/// Core imports that linking did not resolve. Imports of a root core module are the host's.
pub(crate) fn unresolved(program: &Program<'_, '_>) -> BTreeSet<String> {
    let unresolved = program.core_imports().filter(|(_, _, value)| {
        let lowered = match value {
            CoreValue::Func(CoreFunc::Lower(id)) => Some(program.lowers[id.index()].func),
            _ => None,
        };
        lowered == Some(Func::Unknown)
            || matches!(
                value,
                CoreValue::Func(CoreFunc::Unknown) | CoreValue::Outside(_, None)
            )
            || (!program.binary.components.is_empty()
                && matches!(
                    value,
                    CoreValue::Func(CoreFunc::Host(_)) | CoreValue::Outside(..)
                ))
    });
    unresolved
        .map(|(instance, import, _)| {
            format!("{} `{}` `{}`", instance.path, import.module, import.name)
        })
        .collect()
}

/// Every core import with what it was resolved to, by core instance.
pub(crate) fn core_imports(program: &Program<'_, '_>) -> String {
    let mut text = String::new();
    let mut last = String::new();
    for (instance, import, value) in program.core_imports() {
        if instance.path != last {
            last.clone_from(&instance.path);
            text.push_str(&format!("{last}\n"));
        }
        let value = core_value(program, *value);
        text.push_str(&format!("  {} {} = {value}\n", import.module, import.name));
    }
    text
}
