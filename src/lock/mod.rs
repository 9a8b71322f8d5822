//! Facts about binaries as plain data: what the gate judges, what `gusset.lock` keeps, and
//! how two versions differ.
//!
//! `docs/lock.md` is the reference of the file.

mod facts;
mod gather;
mod words;

pub use facts::{
    BlockerFact, ExportFact, Facts, Gap, ImportFact, InstanceFact, KeyFact, NeedFact, PatternFact,
    Step,
};
