//! Components of a few lines, what composes them, and what runs the result.
//!
//! Every component has a digit. `h` of a provider appends its digit to the number that it is
//! given; `h` of a middleware appends its own and calls on. So the digits of a result are the
//! components that a call went through, outermost first.

use gusset::base::SourceFile;
use gusset::binary::Binary;
use gusset::compose::{Draft, Package, Plan, PlanError, Wiring, build, read};
use gusset::graph::Program;
use gusset::workload::Workload;
use std::sync::Arc;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

/// The interface that most tests use.
pub(crate) const H: &str = "t:t/h@0.1.0";

/// A component that exports `h` of an interface.
pub(crate) fn provider(digit: u8, interface: &str) -> String {
    format!(
        r#"(component
  (core module $m (func (export "h") (param i64) (result i64)
    (i64.add (i64.mul (local.get 0) (i64.const 10)) (i64.const {digit}))))
  (core instance $i (instantiate $m))
  (func $h (param "x" u64) (result u64) (canon lift (core func $i "h")))
  (instance $e (export "h" (func $h)))
  (export "{interface}" (instance $e)))"#
    )
}

/// A component that imports `h` of one interface and exports that of another.
pub(crate) fn passes(digit: u8, import: &str, export: &str) -> String {
    format!(
        r#"(component
  (import "{import}" (instance $in (export "h" (func (param "x" u64) (result u64)))))
  (core func $in (canon lower (func $in "h")))
  (core module $m (import "" "h" (func $h (param i64) (result i64)))
    (func (export "h") (param i64) (result i64)
      (call $h (i64.add (i64.mul (local.get 0) (i64.const 10)) (i64.const {digit})))))
  (core instance $i (instantiate $m (with "" (instance (export "h" (func $in))))))
  (func $h (param "x" u64) (result u64) (canon lift (core func $i "h")))
  (instance $e (export "h" (func $h)))
  (export "{export}" (instance $e)))"#
    )
}

/// A component that stands between.
pub(crate) fn middleware(digit: u8) -> String {
    passes(digit, H, H)
}

/// A component that imports `h` and exports a function `export` that calls it with its own
/// digit.
pub(crate) fn consumer(digit: u8, import: &str, export: &str) -> String {
    format!(
        r#"(component
  (import "{import}" (instance $in (export "h" (func (param "x" u64) (result u64)))))
  (core func $in (canon lower (func $in "h")))
  (core module $m (import "" "h" (func $h (param i64) (result i64)))
    (func (export "run") (result i64) (call $h (i64.const {digit}))))
  (core instance $i (instantiate $m (with "" (instance (export "h" (func $in))))))
  (func $run (result u64) (canon lift (core func $i "run")))
  (export "{export}" (func $run)))"#
    )
}

/// Bytes of a component in the text format.
pub(crate) fn bytes(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("the text of a test is valid")
}

/// The workload that a text says, with a component for every part.
pub(crate) fn workload(toml: &str, names: &[&str]) -> Workload {
    let mut text = String::new();
    for name in names {
        text.push_str(&format!("[components.{name}]\npath = \"{name}.wasm\"\n"));
    }
    text.push_str(toml);
    let source = Arc::new(SourceFile::new("gusset.toml", text));
    Workload::parse(&source).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Composes, proves and gives the bytes.
pub(crate) fn compose(toml: &str, parts: &[(&str, &[u8])]) -> Result<Vec<u8>, Vec<PlanError>> {
    splice(None, toml, parts)
}

/// The same on top of a composition.
pub(crate) fn splice(
    base: Option<Wiring<'_>>,
    toml: &str,
    parts: &[(&str, &[u8])],
) -> Result<Vec<u8>, Vec<PlanError>> {
    let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
    let workload = workload(toml, &names);
    let packages: Vec<(String, Package<'_>)> = parts
        .iter()
        .map(|(name, bytes)| {
            let package = Package::parse(name, bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
            (name.to_string(), package)
        })
        .collect();
    let plan = Plan::resolve(Draft {
        base,
        parts: packages,
        links: &workload.links,
        middleware: &workload.middleware,
    })?;
    let bytes = build(&plan).expect("what was written is what was planned, in order");
    let binary = Binary::parse(&bytes).expect("what was written is valid");
    read(&Program::link(&binary)).expect("what was written can be read");
    Ok(bytes)
}

/// The first error, as text.
pub(crate) fn refusal(result: Result<Vec<u8>, Vec<PlanError>>) -> String {
    let errors = result.expect_err("this must be refused");
    errors[0].to_string()
}

/// Calls an exported function without parameters, or `h` of an exported instance with 0.
pub(crate) fn run(bytes: &[u8], export: &str) -> u64 {
    let mut config = Config::new();
    config.wasm_component_model_implements(true);
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::new(&engine, bytes).expect("wasmtime takes the result");
    let mut store = Store::new(&engine, ());
    let linker = Linker::new(&engine);
    let instance = linker
        .instantiate(&mut store, &component)
        .expect("the result needs nothing");
    let (_, outer) = instance.get_export(&mut store, None, export).expect(export);
    let inner = instance.get_export(&mut store, Some(&outer), "h");
    match inner {
        Some((_, h)) => {
            let h = instance
                .get_typed_func::<(u64,), (u64,)>(&mut store, h)
                .expect("h");
            h.call(&mut store, (0,)).expect("h runs").0
        }
        None => {
            let run = instance
                .get_typed_func::<(), (u64,)>(&mut store, outer)
                .expect("run");
            run.call(&mut store, ()).expect("run runs").0
        }
    }
}

/// The same binary without custom sections at its top.
pub(crate) fn stripped(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes[..8].to_vec();
    let mut at = 8;
    while at < bytes.len() {
        let start = at;
        let id = bytes[at];
        at += 1;
        let (mut size, mut shift) = (0usize, 0);
        loop {
            let byte = bytes[at];
            at += 1;
            size |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        at += size;
        if id != 0 {
            out.extend_from_slice(&bytes[start..at]);
        }
    }
    out
}

/// Takes a composition apart and hands the wiring on.
pub(crate) fn with_wiring<T>(bytes: &[u8], then: impl FnOnce(Wiring<'_>) -> T) -> T {
    let binary = Binary::parse(bytes).expect("valid");
    let program = Program::link(&binary);
    then(read(&program).expect("a composition"))
}
