//! What the analysis costs: `cargo bench --bench needs`. Programs come in families; each is
//! analysed as a whole and compared with validating the same bytes in the same run, so that
//! the ratio says something on any machine. `-- --table` prints the table alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use criterion::{BenchmarkId, Criterion, Throughput};
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::FileFacts;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

struct Input {
    name: String,
    bytes: Vec<u8>,
    /// Bytes of function bodies, nested modules included.
    code: usize,
}

/// The files of `fixtures/programs` by language, those of `fixtures/bin`, and guests that are
/// interpreted.
fn families() -> BTreeMap<String, Vec<Input>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut families: BTreeMap<String, Vec<Input>> = BTreeMap::new();
    for folder in ["programs/bin", "bin"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let family = match (folder, name.split_once('-')) {
                ("programs/bin", Some((language, _))) => language.to_owned(),
                _ => "guests".to_owned(),
            };
            let bytes = std::fs::read(&path).unwrap();
            let code = code(&bytes);
            let input = Input { name, bytes, code };
            families.entry(family).or_default().push(input);
        }
    }
    // Guests in JavaScript and Python, where `fixtures/script/build.py` made them.
    let folder = root.join("../target/script-guests");
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some((language, _)) = name.strip_suffix(".wasm").and_then(|n| n.split_once('-')) {
            let family = language.to_owned();
            let bytes = std::fs::read(&path).unwrap();
            let code = code(&bytes);
            let input = Input { name, bytes, code };
            families.entry(family).or_default().push(input);
        }
    }
    for inputs in families.values_mut() {
        inputs.sort_by_key(|input| (input.code, input.name.clone()));
    }
    families
}

fn code(bytes: &[u8]) -> usize {
    let payloads = Parser::new(0).parse_all(bytes);
    let sizes = payloads.map(|payload| match payload.unwrap() {
        Payload::CodeSectionEntry(body) => (body.range().end - body.range().start) as usize,
        _ => 0,
    });
    sizes.sum()
}

fn validate(bytes: &[u8]) {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    black_box(validator.validate_all(bytes).unwrap());
}

fn analyse(bytes: &[u8], catalogue: &Catalogue) {
    let binary = Binary::parse(bytes).unwrap();
    black_box(FileFacts::with_needs("", &binary, catalogue));
}

fn report(criterion: &mut Criterion, families: &BTreeMap<String, Vec<Input>>) {
    let catalogue = Catalogue::builtin().unwrap();
    let mut group = criterion.benchmark_group("needs");
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(200));
    group.measurement_time(Duration::from_secs(1));
    for (family, inputs) in families {
        // The median stands for the family.
        let input = &inputs[inputs.len() / 2];
        group.throughput(Throughput::Bytes(input.code as u64));
        let id = BenchmarkId::new("validate", family);
        group.bench_with_input(id, &input.bytes, |b, bytes| b.iter(|| validate(bytes)));
        let id = BenchmarkId::new("analyse", family);
        group.bench_with_input(id, &input.bytes, |b, bytes| {
            b.iter(|| analyse(bytes, &catalogue));
        });
    }
    group.finish();
}

/// The best of three: whatever else the machine does only adds.
fn best(mut job: impl FnMut()) -> f64 {
    let times = (0..3).map(|_| {
        let start = Instant::now();
        job();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn table(families: &BTreeMap<String, Vec<Input>>) {
    let catalogue = Catalogue::builtin().unwrap();
    println!("\nThe whole analysis, by family; ratios to validating the same files.");
    println!(
        "{:8} {:>6} {:>10} {:>11} {:>12} {:>7} {:>8}  slowest",
        "family", "files", "code KiB", "validate ms", "analysis ms", "ratio", "s per MB"
    );
    for (family, inputs) in families {
        let (mut validated, mut analysed, mut code) = (0.0, 0.0, 0);
        let mut slowest = (0.0, "");
        for input in inputs {
            validated += best(|| validate(&input.bytes));
            let took = best(|| analyse(&input.bytes, &catalogue));
            analysed += took;
            code += input.code;
            if took > slowest.0 {
                slowest = (took, &input.name);
            }
        }
        println!(
            "{family:8} {:>6} {:>10.1} {:>11.2} {:>12.1} {:>7.1} {:>8.2}  {} ({:.2} s)",
            inputs.len(),
            code as f64 / 1024.0,
            validated * 1e3,
            analysed * 1e3,
            analysed / validated,
            analysed / (code as f64 / 1e6),
            slowest.1,
            slowest.0,
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |flag: &str| arguments.iter().any(|a| a == flag);
    let families = families();
    if !has("--table") {
        let mut criterion = Criterion::default().configure_from_args();
        report(&mut criterion, &families);
        criterion.final_summary();
    }
    if !has("--test") && !has("--list") {
        table(&families);
    }
}
