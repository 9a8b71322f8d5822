//! How much longer than parsing and validating everything takes: `cargo bench`. A table of
//! ratios, and of peak memory to file size, follows the usual report. Files of the corpus
//! beside the checkout take part when it is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use criterion::{BenchmarkId, Criterion, Throughput};
use gusset::binary::Binary;
use gusset::graph::Program;
use gusset::report::inspect::FileFacts;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use wasmparser::{Validator, WasmFeatures};

const FIXTURES: &[&str] = &[
    "shop.wasm",
    "shop-stripped.wasm",
    "orders-lines.wasm",
    "std-env.wasm",
    "hello-p3.wasm",
    "c-getenv-component.wasm",
];

/// The argument that makes this program a child whose memory is measured.
const CHILD: &str = "--peak-memory-of";

struct Input {
    name: String,
    path: PathBuf,
    bytes: Vec<u8>,
}

fn inputs() -> Vec<Input> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = FIXTURES
        .iter()
        .map(|name| root.join("fixtures/bin").join(name))
        .collect();
    if let Ok(corpus) = std::fs::read_dir(root.join("../shared/corpus/bin")) {
        let size = |path: &PathBuf| path.metadata().map_or(0, |m| m.len());
        let mut corpus: Vec<PathBuf> = corpus.map(|entry| entry.unwrap().path()).collect();
        corpus.sort_by_key(|path| (std::cmp::Reverse(size(path)), path.clone()));
        paths.extend(corpus.iter().take(5).cloned());
        // The largest that has no debug information.
        let small = corpus.iter().filter(|path| size(path) < 1 << 20);
        paths.extend(small.take(1).cloned());
    }
    paths
        .into_iter()
        .map(|path| Input {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            bytes: std::fs::read(&path).unwrap(),
            path,
        })
        .collect()
}

fn validate(bytes: &[u8]) {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    black_box(validator.validate_all(bytes).unwrap());
}

fn link(bytes: &[u8]) {
    let binary = Binary::parse(bytes).unwrap();
    let program = Program::link(&binary);
    black_box(program.reach());
}

fn facts(bytes: &[u8]) {
    let binary = Binary::parse(bytes).unwrap();
    black_box(FileFacts::new("", &binary));
}

fn hash(bytes: &[u8]) {
    black_box(Sha256::digest(bytes));
}

type Job = (&'static str, fn(&[u8]));

const JOBS: [Job; 4] = [
    ("validate", validate),
    ("link", link),
    ("facts", facts),
    ("sha256", hash),
];

fn report(criterion: &mut Criterion, inputs: &[Input]) {
    let mut group = criterion.benchmark_group("inspect");
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(200));
    group.measurement_time(Duration::from_secs(1));
    for input in inputs {
        group.throughput(Throughput::Bytes(input.bytes.len() as u64));
        for (name, job) in JOBS {
            let id = BenchmarkId::new(name, &input.name);
            group.bench_with_input(id, &input.bytes, |b, bytes| b.iter(|| job(bytes)));
        }
    }
    group.finish();
}

/// The jobs take turns, so that whatever else the machine does slows all of them down; the
/// best of all rounds counts.
fn best_times(bytes: &[u8]) -> [Duration; JOBS.len()] {
    let mut best = [Duration::MAX; JOBS.len()];
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < 5 || start.elapsed() < Duration::from_secs(1) {
        for (best, (_, job)) in best.iter_mut().zip(JOBS) {
            let start = Instant::now();
            job(bytes);
            *best = start.elapsed().min(*best);
        }
        rounds += 1;
    }
    best
}

/// The greatest amount of memory that this process had at any time.
fn own_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Peak memory of reading and inspecting a file in a process of its own, and of that
/// process before it does so.
fn peak(path: &Path) -> (u64, u64) {
    let output = Command::new(std::env::current_exe().unwrap())
        .arg(CHILD)
        .arg(path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.split_whitespace().map(|n| n.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

fn child(path: &str) {
    // Code and tables of the program itself are there before the file counts.
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bin/never-called.wasm");
    facts(&std::fs::read(small).unwrap());
    let before = own_peak();
    let bytes = std::fs::read(path).unwrap();
    let binary = Binary::parse(&bytes).unwrap();
    let facts = FileFacts::new("", &binary);
    let after = own_peak();
    black_box((&facts, &binary));
    println!("{after} {before}");
}

fn table(inputs: &[Input]) {
    println!("\nTimes as ratios to parsing and validating; memory as a ratio to file size.");
    println!(
        "{:38} {:>9} {:>10} {:>6} {:>6} {:>7} {:>11} {:>7}",
        "file", "KiB", "validate", "link", "facts", "sha256", "facts-hash", "memory"
    );
    for input in inputs {
        let [validate, link, facts, hash] = best_times(&input.bytes).map(|t| t.as_secs_f64());
        let (after, before) = peak(&input.path);
        println!(
            "{:38} {:>9.1} {:>7.2} ms {:>6.2} {:>6.2} {:>7.2} {:>11.2} {:>7.1}",
            input.name,
            input.bytes.len() as f64 / 1024.0,
            validate * 1e3,
            link / validate,
            facts / validate,
            hash / validate,
            (facts - hash) / validate,
            after.saturating_sub(before) as f64 / input.bytes.len() as f64,
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == CHILD) {
        return child(&arguments[at + 1]);
    }
    let inputs = inputs();
    if !arguments.iter().any(|a| a == "--table") {
        let mut criterion = Criterion::default().configure_from_args();
        report(&mut criterion, &inputs);
        criterion.final_summary();
    }
    if !arguments.iter().any(|a| a == "--test" || a == "--list") {
        table(&inputs);
    }
}
