//! Plans of 200 components with 1,000 edges between them, all linked at run time and all in
//! one binary: `cargo bench --bench plan`.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use criterion::Criterion;
use gusset::plan::{Input, Part, Rules, plan};
use gusset::workload::Profile;
use std::fmt::Write;
use std::hint::black_box;

const COMPONENTS: usize = 200;
const EDGES_EACH: usize = 5;

/// Component `n`, which imports from the five after it, and something of the host.
fn component(n: usize) -> Vec<u8> {
    let ty = "(instance (export \"f\" (func (param \"x\" u64) (result u64))))";
    let mut text = String::from("(component\n");
    let last = (n + EDGES_EACH).min(COMPONENTS - 1);
    let imports = (n + 1..=last).map(|other| format!("acme:mesh/i{other}@0.1.0"));
    let imports: Vec<String> = imports
        .chain(["wasi:keyvalue/store@0.2.0-draft".to_string()])
        .collect();
    let (mut lowered, mut given, mut calls) = (String::new(), String::new(), String::new());
    for (i, import) in imports.iter().enumerate() {
        let _ = writeln!(
            text,
            "(import \"{import}\" {})",
            ty.replace("(instance", &format!("(instance $i{i}"))
        );
        let _ = writeln!(text, "(core func $l{i} (canon lower (func $i{i} \"f\")))");
        let _ = writeln!(
            lowered,
            "(import \"\" \"f{i}\" (func $f{i} (param i64) (result i64)))"
        );
        let _ = write!(given, "(export \"f{i}\" (func $l{i}))");
        let _ = write!(calls, "(drop (call $f{i} (local.get 0)))");
    }
    let _ = writeln!(
        text,
        "(core module $m {lowered} (func (export \"f\") (param i64) (result i64) {calls} (local.get 0)))\n\
         (core instance $c (instantiate $m (with \"\" (instance {given}))))\n\
         (func $f (param \"x\" u64) (result u64) (canon lift (core func $c \"f\")))\n\
         (instance $e (export \"f\" (func $f)))\n\
         (export \"acme:mesh/i{n}@0.1.0\" (instance $e)))"
    );
    wat::parse_str(text).unwrap()
}

fn main() {
    let files: Vec<Vec<u8>> = (0..COMPONENTS).map(component).collect();
    let parts = files.iter().enumerate();
    let parts: Vec<Part<'_>> = parts
        .map(|(n, bytes)| Part::parse(&format!("c{n}"), bytes).unwrap())
        .collect();
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    for name in ["wrpc-wasmtime", "wasmtime-48"] {
        let profile = Profile::builtin(name).unwrap().unwrap();
        let input = Input {
            profile: &profile,
            parts: parts.clone(),
            rules: Rules::default(),
        };
        let planned = plan(&input);
        assert!(planned.holds());
        assert!(planned.edges.len() > 1_000);
        criterion.bench_function(&format!("plan/200-components/{name}"), |bencher| {
            bencher.iter(|| black_box(plan(black_box(&input))));
        });
    }
    criterion.final_summary();
}
