//! What is reported as never called is never called, and what is reported as called has a
//! way there: checked by running, and with another library's call graph.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/host.rs"]
mod host;
#[path = "support/programs.rs"]
mod programs;
#[path = "support/rewrite.rs"]
mod rewrite;

#[path = "never_called/call_graph.rs"]
mod call_graph;
#[path = "never_called/host_functions.rs"]
mod host_functions;
#[path = "never_called/trapped.rs"]
mod trapped;
