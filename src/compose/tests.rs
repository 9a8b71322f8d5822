//! Reading, writing and reading again, on every composition of the fixtures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Tests.

use super::*;
use crate::binary::{Binary, Root};
use crate::graph::Program;

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir("fixtures/bin")
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn what_is_read_is_written_again() {
    let mut seen = 0;
    for (name, bytes) in fixtures() {
        let binary = Binary::parse(&bytes).expect(&name);
        let Root::Component(root) = binary.root else {
            continue;
        };
        if !is_composition(binary.component(root)) {
            continue;
        }
        let program = Program::link(&binary);
        let wiring = read(&program).unwrap_or_else(|e| panic!("{name}: {e}"));
        let written = encode(&wiring).unwrap_or_else(|e| panic!("{name}: {e}"));
        let again = Binary::parse(&written).unwrap_or_else(|e| panic!("{name}: {e}"));
        let program = Program::link(&again);
        let second = read(&program).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(encode(&second).unwrap(), written, "{name}");
        seen += 1;
    }
    assert!(seen >= 2, "{seen} compositions among the fixtures");
}
