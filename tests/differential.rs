//! The interpreter of the analysis against wasmtime: on known values both must agree, in
//! results, traps, memory and globals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/differential.rs"]
mod pair;

#[path = "support/rewrite.rs"]
mod rewrite;
#[path = "support/soundness/mod.rs"]
mod soundness;

#[path = "differential/fixtures.rs"]
mod fixtures;
#[path = "differential/memory.rs"]
mod memory;
#[path = "differential/numbers.rs"]
mod numbers;
#[path = "differential/random.rs"]
mod random;
