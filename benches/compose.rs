//! What composing costs: `cargo bench --bench compose`. Chains come in families and sizes;
//! each is composed and proven by gusset, and composed by wac-graph in the same process, so
//! that the ratio says something on any machine. Time and greatest use of memory are printed
//! for each stage: reading the components, planning, writing, and the proof on the bytes.
//! `-- --table` prints the tables alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use criterion::{BenchmarkId, Criterion};
use gusset::base::SourceFile;
use gusset::compose::{Draft, Package, Plan, build, encode};
use gusset::workload::Workload;
use peak_alloc::PeakAlloc;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wac_graph::types::Package as WacPackage;
use wac_graph::{CompositionGraph, EncodeOptions};

/// Counts what is allocated; the same for both sides of a ratio.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

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

    fn read(&self) -> Vec<(String, Package<'_>)> {
        let names: Vec<String> = (0..self.parts.len()).map(|n| format!("p{n}")).collect();
        let parts = names.iter().zip(&self.parts);
        let parts = parts.map(|(name, (bytes, ..))| (name.as_str(), bytes.as_slice()));
        let packages: Vec<Package<'_>> = Package::parse_all(parts)
            .into_iter()
            .collect::<Result<_, _>>()
            .unwrap();
        names.into_iter().zip(packages).collect()
    }

    fn plan<'c>(&'c self, parts: Vec<(String, Package<'c>)>) -> Plan<'c> {
        let plan = Plan::resolve(Draft {
            base: None,
            parts,
            links: &[],
            middleware: &self.workload.middleware,
        });
        plan.unwrap()
    }

    /// Read, planned, written, read back and proven.
    fn gusset(&self) -> Vec<u8> {
        build(&self.plan(self.read())).unwrap()
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

/// What a step costs: the shortest of some runs, and the greatest memory of one.
#[derive(Clone, Copy)]
struct Cost {
    time: Duration,
    memory: usize,
}

fn cost<T>(run: impl Fn() -> T) -> Cost {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    black_box(run());
    let memory = MEMORY.peak_usage().saturating_sub(before);
    let begin = Instant::now();
    let mut time = Duration::MAX;
    let mut runs = 0;
    while runs < 5 || (begin.elapsed() < Duration::from_secs(1) && runs < 200) {
        let begin = Instant::now();
        black_box(run());
        time = time.min(begin.elapsed());
        runs += 1;
    }
    Cost { time, memory }
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

/// The costs of one chain.
struct Row {
    chain: Chain,
    size: usize,
    read: Cost,
    plan: Cost,
    write: Cost,
    /// Written again and proven.
    build: Cost,
    ours: Cost,
    theirs: Cost,
}

fn row(chain: Chain) -> Row {
    let parts = chain.read();
    let planned = chain.plan(parts.clone());
    let size = encode(planned.wiring()).unwrap().len();
    Row {
        size,
        read: cost(|| chain.read()),
        plan: cost(|| chain.plan(parts.clone())),
        write: cost(|| encode(planned.wiring()).unwrap()),
        build: cost(|| build(&planned).unwrap()),
        ours: cost(|| chain.gusset()),
        theirs: cost(|| chain.wac()),
        chain,
    }
}

fn table() {
    let rows: Vec<Row> = chains().into_iter().map(row).collect();
    let head = |what: &str| {
        println!(
            "\n{what:<24}{:>5}{:>9}{:>9}{:>9}{:>9}{:>10}{:>11}{:>7}",
            "N", "read", "plan", "write", "prove", "gusset", "wac-graph", "ratio"
        );
    };
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    head("time in ms");
    for row in &rows {
        println!(
            "{:<24}{:>5}{:>9.2}{:>9.2}{:>9.2}{:>9.2}{:>10.2}{:>11.2}{:>7.2}",
            row.chain.family,
            row.chain.parts.len(),
            ms(row.read.time),
            ms(row.plan.time),
            ms(row.write.time),
            ms(row.build.time.saturating_sub(row.write.time)),
            ms(row.ours.time),
            ms(row.theirs.time),
            row.ours.time.as_secs_f64() / row.theirs.time.as_secs_f64()
        );
    }
    head("peak memory in KiB");
    let kib = |bytes: usize| bytes as f64 / 1024.0;
    for row in &rows {
        println!(
            "{:<24}{:>5}{:>9.0}{:>9.0}{:>9.0}{:>9.0}{:>10.0}{:>11.0}{:>7.2}   {:.0} KiB written",
            row.chain.family,
            row.chain.parts.len(),
            kib(row.read.memory),
            kib(row.plan.memory),
            kib(row.write.memory),
            kib(row.build.memory),
            kib(row.ours.memory),
            kib(row.theirs.memory),
            row.ours.memory as f64 / row.theirs.memory as f64,
            kib(row.size)
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
