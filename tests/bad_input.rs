//! Input that is broken, hostile or something else: always a clear error, never a panic or
//! a large allocation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/rewrite.rs"]
mod rewrite;

#[path = "bad_input/bytes.rs"]
mod bytes;
#[path = "bad_input/command.rs"]
mod command;
#[path = "bad_input/huge.rs"]
mod huge;
#[path = "bad_input/mutated.rs"]
mod mutated;
