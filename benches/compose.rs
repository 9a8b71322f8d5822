//! What composing costs: `cargo bench --bench compose`. Chains come in families and sizes;
//! each is composed and proven by gusset, and composed by wac-graph in the same process, so
//! that the ratio says something on any machine. `-- --table` prints the table alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use criterion::{BenchmarkId, Criterion};
use gusset::base::SourceFile;
use gusset::binary::Binary;
use gusset::compose::{Draft, Package, Plan, Who, encode, prove_order, prove_program};
use gusset::graph::Program;
use gusset::workload::Workload;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wac_graph::types::Package as WacPackage;
use wac_graph::{CompositionGraph, EncodeOptions};

const SIZES: [usize; 4] = [2, 10, 50, 200];

/// A chain: each part imports what the next one exports; the last exports alone.
struct Chain {
    family: &'static str,
    /// Bytes, import and export of each part, outermost first.
    parts: Vec<(Arc<Vec<u8>>, Option<String>, String)>,
    workload: Workload,
}

fn part(number: usize, import: Option<&str>, export: &str) -> Arc<Vec<u8>> {
    let (imports, lowered, core, call, given) = match import {
        Some(import) => (
            format!(
                "(import \"{import}\" (instance $in (export \"h\" (func (param \"x\" u64) (result u64)))))"
            ),
            "(core func $f (canon lower (func $in \"h\")))",
            "(import \"\" \"f\" (func $f (param i64) (result i64)))",
            "(call $f (local.get 0))",
            "(export \"f\" (func $f))",
        ),
        None => (String::new(), "", "", "(local.get 0)", ""),
    };
    let text = format!(
        "(component {imports} {lowered}
          (core module $m {core} (func (export \"h\") (param i64) (result i64)
            (i64.add {call} (i64.const {number}))))
          (core instance $i (instantiate $m (with \"\" (instance {given}))))
          (func $h (param \"x\" u64) (result u64) (canon lift (core func $i \"h\")))
          (instance $e (export \"h\" (func $h)))
          (export \"{export}\" (instance $e)))"
    );
    Arc::new(wat::parse_str(text).unwrap())
}

impl Chain {
    fn new(family: &'static str, size: usize) -> Chain {
        let name = |number: usize| match family {
            "distinct interfaces" => format!("t:t/h{number}@0.1.0"),
            _ => "t:t/h@0.1.0".to_string(),
        };
        let mut parts = Vec::new();
        let shared = part(0, Some(&name(0)), &name(0));
        for number in 0..size {
            let last = number + 1 == size;
            let import = (!last).then(|| name(number + 1));
            let bytes = match family {
                "one middleware reused" if !last => Arc::clone(&shared),
                _ => part(number, import.as_deref(), &name(number)),
            };
            parts.push((bytes, import, name(number)));
        }
        let mut text = String::new();
        for number in 0..size {
            text.push_str(&format!(
                "[components.p{number}]\npath = \"p{number}.wasm\"\n"
            ));
        }
        if family != "distinct interfaces" {
            for number in 0..size - 1 {
                text.push_str(&format!(
                    "[[middleware]]\ncomponent = \"p{number}\"\non = \"t:t/h\"\n"
                ));
            }
        }
        let source = Arc::new(SourceFile::new("gusset.toml", text));
        Chain {
            family,
            parts,
            workload: Workload::parse(&source).unwrap(),
        }
    }

    /// Parsed, planned, written, read back and proven.
    fn gusset(&self) -> Vec<u8> {
        let packages = self.parts.iter().enumerate().map(|(number, (bytes, ..))| {
            let name = format!("p{number}");
            let package = Package::parse(&name, bytes).unwrap();
            (name, package)
        });
        let packages: Vec<(String, Package<'_>)> = packages.collect();
        let digests: Vec<_> = packages
            .iter()
            .map(|(n, p)| (n.clone(), p.sha256))
            .collect();
        let plan = Plan::resolve(Draft {
            base: None,
            parts: packages,
            links: &[],
            middleware: &self.workload.middleware,
        });
        let plan = plan.unwrap();
        let bytes = encode(plan.wiring()).unwrap();
        let binary = Binary::parse(&bytes).unwrap();
        let program = Program::link(&binary);
        prove_program(&program, plan.wiring()).unwrap();
        let component = |name: &str| {
            let found = digests.iter().find(|(n, _)| n == name);
            found.map(|(_, digest)| Who::Bytes(*digest))
        };
        prove_order(plan.wiring(), &self.workload.middleware, &component).unwrap();
        bytes
    }

    /// The same by hand: every edge drawn, nothing planned and nothing proven.
    fn wac(&self) -> Vec<u8> {
        let mut graph = CompositionGraph::new();
        let mut known: Vec<(&Arc<Vec<u8>>, wac_graph::PackageId)> = Vec::new();
        let mut inner = None;
        for (number, (bytes, import, export)) in self.parts.iter().enumerate().rev() {
            let same = known.iter().find(|(other, _)| Arc::ptr_eq(other, bytes));
            let package = match same {
                Some((_, package)) => *package,
                None => {
                    let name = format!("t:p{number}");
                    let bytes_of = bytes.to_vec();
                    let types = graph.types_mut();
                    let package = WacPackage::from_bytes(&name, None, bytes_of, types).unwrap();
                    let package = graph.register_package(package).unwrap();
                    known.push((bytes, package));
                    package
                }
            };
            let node = graph.instantiate(package);
            graph.set_node_name(node, format!("p{number}"));
            if let (Some(import), Some(inner)) = (import, inner) {
                graph
                    .set_instantiation_argument(node, import, inner)
                    .unwrap();
            }
            inner = Some(graph.alias_instance_export(node, export).unwrap());
        }
        let (_, _, export) = &self.parts[0];
        graph.export(inner.unwrap(), export).unwrap();
        graph.encode(EncodeOptions::default()).unwrap()
    }
}

/// The shortest of some runs.
fn best(run: impl Fn() -> Vec<u8>) -> Duration {
    let begin = Instant::now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    while runs < 5 || (begin.elapsed() < Duration::from_secs(1) && runs < 200) {
        let begin = Instant::now();
        black_box(run());
        best = best.min(begin.elapsed());
        runs += 1;
    }
    best
}

fn chains() -> Vec<Chain> {
    let families = [
        "distinct interfaces",
        "one middleware reused",
        "separate middleware",
    ];
    let chains = families.into_iter();
    chains
        .flat_map(|family| SIZES.into_iter().map(move |size| Chain::new(family, size)))
        .collect()
}

fn table() {
    println!(
        "{:<24}{:>5}{:>12}{:>12}{:>8}",
        "family", "N", "gusset", "wac-graph", "ratio"
    );
    for chain in chains() {
        let (ours, theirs) = (best(|| chain.gusset()), best(|| chain.wac()));
        println!(
            "{:<24}{:>5}{:>9.2} ms{:>9.2} ms{:>8.2}",
            chain.family,
            chain.parts.len(),
            ours.as_secs_f64() * 1e3,
            theirs.as_secs_f64() * 1e3,
            ours.as_secs_f64() / theirs.as_secs_f64()
        );
    }
}

fn main() {
    table();
    if std::env::args().any(|argument| argument == "--table") {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("compose");
    group.sample_size(10);
    for chain in chains() {
        let size = chain.parts.len();
        group.bench_function(BenchmarkId::new(chain.family, size), |b| {
            b.iter(|| chain.gusset());
        });
        let wac = format!("{}, wac-graph", chain.family);
        group.bench_function(BenchmarkId::new(wac, size), |b| b.iter(|| chain.wac()));
    }
    group.finish();
    criterion.final_summary();
}
