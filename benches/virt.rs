//! What virtualizing costs: `cargo bench --bench virt`. A component of 10 MB is virtualized,
//! next to copying and validating it; and a program asks for its environment, next to asking
//! the host. `-- --table` prints the table alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use criterion::Criterion;
use gusset::virt::{Names, Spec, apply};
use gusset::workload::InterfacePattern;
use std::hint::black_box;
use std::time::{Duration, Instant};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// Larger than this.
const SIZE: usize = 10_000_000;

/// Calls of one measured run.
const CALLS: u32 = 20_000;

const VARIABLES: [(&str, &str); 3] = [
    ("A", "1"),
    ("LOG_LEVEL", "debug"),
    ("DATABASE_URL", "postgres://db"),
];

/// A program of the standard library with copies of itself inside: 10 MB of code.
fn large() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bin/std-tools.wasm");
    let program = std::fs::read(path).unwrap();
    let mut bytes = program.clone();
    while bytes.len() < SIZE {
        // A section of a nested component, with its length as LEB128.
        bytes.push(4);
        let mut length = program.len();
        while length >= 0x80 {
            bytes.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend_from_slice(&program);
    }
    bytes
}

fn environment() -> Spec {
    let set = VARIABLES.map(|(name, value)| (name.to_string(), value.to_string()));
    Spec {
        env: Some(Names::fixed(set.to_vec())),
        ..Spec::default()
    }
}

fn both() -> Spec {
    Spec {
        deny: vec![InterfacePattern::parse("wasi:sockets/*").unwrap()],
        ..environment()
    }
}

fn validate(bytes: &[u8]) -> usize {
    let bytes = bytes.to_vec();
    let features = wasmparser::WasmFeatures::all();
    let mut validator = wasmparser::Validator::new_with_features(features);
    validator.validate_all(&bytes).unwrap();
    bytes.len()
}

/// A program that asks for its environment again and again, and throws the answer away.
const ASKING: &str = r#"(component
  (import "wasi:cli/environment@0.2.6" (instance $env
    (export "get-environment" (func (result (list (tuple string string)))))))
  (core module $memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "reset") (global.set $free (i32.const 1024)))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $m (instantiate $memory))
  (core func $get (canon lower (func $env "get-environment")
    (memory $m "memory") (realloc (func $m "realloc"))))
  (core module $code
    (import "" "get" (func $get (param i32)))
    (import "" "reset" (func $reset))
    (func (export "run") (param $left i32)
      (loop $again
        (call $reset) (call $get (i32.const 16))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $again (local.get $left)))))
  (core instance $c (instantiate $code
    (with "" (instance (export "get" (func $get)) (export "reset" (func $m "reset"))))))
  (func (export "run") (param "calls" u32) (canon lift (core func $c "run"))))"#;

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// A function that calls `get-environment` [`CALLS`] times.
fn asking(bytes: &[u8]) -> impl FnMut() {
    let engine = Engine::default();
    let component = Component::new(&engine, bytes).unwrap();
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
    let mut wasi = WasiCtx::builder();
    for (name, value) in VARIABLES {
        wasi.env(name, value);
    }
    let state = State {
        wasi: wasi.build(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(&engine, state);
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let run = instance
        .get_typed_func::<(u32,), ()>(&mut store, "run")
        .unwrap();
    move || run.call(&mut store, (CALLS,)).unwrap()
}

/// The least time of several runs.
fn least(mut run: impl FnMut()) -> Duration {
    let times = (0..7).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap()
}

fn table() {
    let bytes = large();
    let plain = least(|| {
        black_box(validate(black_box(&bytes)));
    });
    let row = |what: &str, time: Duration, to: Duration| {
        let ratio = time.as_secs_f64() / to.as_secs_f64();
        println!("{what:<44} {time:>12.1?}  x{ratio:.2}");
    };
    println!("a component of {:.1} MB", bytes.len() as f64 / 1e6);
    row("copied and validated", plain, plain);
    for (what, spec) in [("environment", environment()), ("and no sockets", both())] {
        let time = least(|| {
            black_box(apply("app", black_box(&bytes), &spec).unwrap());
        });
        row(what, time, plain);
    }
    println!("{CALLS} calls of get-environment, 3 variables");
    let bytes = wat::parse_str(ASKING).unwrap();
    let host = least(asking(&bytes));
    row("the host's", host, host);
    let virt = apply("app", &bytes, &environment()).unwrap();
    row("an adapter's", least(asking(&virt.bytes)), host);
}

fn main() {
    table();
    if std::env::args().any(|argument| argument == "--table") {
        return;
    }
    let bytes = large();
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("virt");
    group.bench_function("validate", |b| b.iter(|| validate(black_box(&bytes))));
    let spec = both();
    group.bench_function("apply", |b| {
        b.iter(|| apply("app", black_box(&bytes), &spec).unwrap());
    });
    group.finish();
    criterion.final_summary();
}
