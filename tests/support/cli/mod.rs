//! The parts of the harness in `tests/cli.rs`; `tests/cli/README.md` says what they do.

pub(crate) mod case;
pub(crate) mod expect;
pub(crate) mod files;
pub(crate) mod run;
pub(crate) mod selftest;
pub(crate) mod split;
