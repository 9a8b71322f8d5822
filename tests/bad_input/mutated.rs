//! Valid binaries with a few bytes changed: whatever still is one must not break anything.

use crate::fixtures::fixture;
use gusset::binary::Binary;
use gusset::graph::Program;
use gusset::report::inspect::{Detail, FileFacts, picture, text};
use gusset::report::picture::{Format, render};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

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

fn mutate(name: &str, cases: u32) {
    let original = fixture(name);
    assert!(everything(&original));
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None::<Box<FileFailurePersistence>>.map(|p| p as _),
        ..Config::default()
    });
    let changes = vec((any::<Index>(), any::<u8>()), 1..=8);
    let accepted = std::cell::Cell::new(0_u32);
    let result = runner.run(&changes, |changes| {
        let mut bytes = original.clone();
        for (at, byte) in changes {
            bytes[at.index(original.len())] = byte;
        }
        accepted.set(accepted.get() + u32::from(everything(&bytes)));
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
