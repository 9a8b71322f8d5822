//! The oracle: programs run under wasmtime on a host that writes down what they ask for.
//! Whatever was asked for is reported, or the verdict says that something may be missing.
//!
//! An environment is handed over as a whole, so nobody sees which variable is read. There a
//! program runs twice, with a variable and without: where the runs differ, it was read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/oracle/everything.rs"]
mod everything;
#[path = "../fixtures/programs/tool/src/run.rs"]
mod run;
#[path = "support/oracle/says.rs"]
mod says;

#[path = "oracle/attribution.rs"]
mod attribution;
#[path = "oracle/fixtures.rs"]
mod fixtures;
#[path = "oracle/neutral.rs"]
mod neutral;
#[path = "oracle/programs.rs"]
mod programs;
