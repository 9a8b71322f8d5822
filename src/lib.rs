//! gusset: analyse, gate, compose, virtualize and plan WebAssembly components.
//!
//! The library takes bytes and returns values; files, terminals and exit codes live in
//! the command line. `docs/architecture.md` is the map.

pub mod base;
pub mod binary;
pub mod catalogue;
pub mod compose;
pub mod flow;
pub mod gate;
pub mod graph;
pub mod lock;
pub mod manifest;
pub mod needs;
pub mod plan;
pub mod report;
pub mod script;
pub mod virt;
pub mod workload;

#[cfg(feature = "cli")]
pub mod cli;
