//! Valid binaries with a few bytes changed: whatever still is one must not break anything.

use crate::fixtures::fixture;
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::graph::Program;
use gusset::report::inspect::{Detail, FileFacts, picture, text};
use gusset::report::picture::{Format, render};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::builtin().unwrap());

/// Everything that is done to a file. Returns whether it was accepted.
fn everything(bytes: &[u8]) -> bool {
    let Ok(binary) = Binary::parse(bytes) else {
        return false;
    };
    let program = Program::link(&binary);
    let reach = program.reach();
    let facts = FileFacts::of("mutated.wasm", &program, &reach);
    assert!(!text(&facts, Detail::All).is_empty());
    let picture = picture(&facts);
    for format in [Format::Svg, Format::Dot, Format::Mermaid, Format::Html] {
        assert!(!render(&picture, format).is_empty());
    }
    let _ = binary.wit();
    true
}

/// Far more than any small file takes: a mutation must not send the analysis astray.
const PATIENCE: Duration = Duration::from_secs(30);

/// The analysis as well. Returns whether the file was accepted.
fn analysed(bytes: &[u8]) -> bool {
    let Ok(binary) = Binary::parse(bytes) else {
        return false;
    };
    let start = Instant::now();
    let facts = FileFacts::with_needs("mutated.wasm", &binary, &CATALOGUE);
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?}");
    assert!(!text(&facts, Detail::All).is_empty());
    true
}

fn mutate(name: &str, cases: u32) {
    mutate_bytes(name, &fixture(name), cases, everything);
}

fn mutate_bytes(name: &str, original: &[u8], cases: u32, check: fn(&[u8]) -> bool) {
    assert!(check(original));
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None::<Box<FileFailurePersistence>>.map(|p| p as _),
        ..Config::default()
    });
    let changes = vec((any::<Index>(), any::<u8>()), 1..=8);
    let accepted = std::cell::Cell::new(0_u32);
    let result = runner.run(&changes, |changes| {
        let mut bytes = original.to_vec();
        for (at, byte) in changes {
            bytes[at.index(original.len())] = byte;
        }
        accepted.set(accepted.get() + u32::from(check(&bytes)));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: {error}");
    }
    println!("{name}: {} of {cases} accepted", accepted.get());
}

#[test]
fn small_components() {
    mutate("never-called.wasm", 4_000);
    mutate("nested.wasm", 4_000);
    mutate("shared-everything.wasm", 4_000);
}

#[test]
fn small_modules() {
    mutate("wapc.wasm", 4_000);
    mutate("wasmcloud-v0.wasm", 4_000);
}

#[test]
fn programs() {
    mutate("unused.wasm", 600);
    mutate("c-getenv.wasm", 400);
    mutate("labels.wasm", 200);
    mutate("c-getenv-component.wasm", 200);
}

#[test]
fn large_components() {
    mutate("feed.wasm", 80);
    mutate("hello-p3.wasm", 80);
    mutate("shop-stripped.wasm", 40);
}

/// Components whose keys change: their code is small, so that most changes matter.
#[test]
fn needs_of_made_up_components() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/needs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files {
        let original = wat::parse_file(&path).unwrap();
        mutate_bytes(&path.display().to_string(), &original, 100, analysed);
    }
}

#[test]
fn needs_of_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs/bin");
    for (name, cases) in [
        ("wat-bulk_table-wat.wasm", 200),
        ("wat-tail_calls-wat.wasm", 200),
        ("wat-state_global-wat.wasm", 200),
        ("c-switch_key-zig_o2s.wasm", 60),
        ("c-strcat_key-zig_o2s.wasm", 60),
        ("lib-cfg_modes-ozlto.wasm", 40),
    ] {
        let original = std::fs::read(folder.join(name)).unwrap();
        mutate_bytes(name, &original, cases, analysed);
    }
}
