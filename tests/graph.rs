//! Linking: what every core import stands for, who provides what, what can run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/programs.rs"]
mod programs;
#[path = "support/rewrite.rs"]
mod rewrite;

#[path = "graph/builtins.rs"]
mod builtins;
#[path = "graph/calls.rs"]
mod calls;
#[path = "graph/digests.rs"]
mod digests;
#[path = "graph/files.rs"]
mod files;
#[path = "graph/limits.rs"]
mod limits;
#[path = "graph/references.rs"]
mod references;
#[path = "graph/wiring.rs"]
mod wiring;
