//! Facts about binaries as plain data: what the gate judges, what `gusset.lock` keeps, and
//! how two versions differ.
//!
//! `docs/lock.md` is the reference of the file.

mod diff;
mod entry;
mod facts;
mod gather;
mod read;
#[cfg(test)]
mod tests;
mod words;
mod write;

pub use diff::{Change, ComponentDiff, Diff, What};
pub use entry::{Entry, Held, Lock, Named, Need, Proven};
pub use facts::{
    BlockerFact, ExportFact, Facts, Gap, ImportFact, InstanceFact, KeyFact, NeedFact, PatternFact,
    Step,
};
pub use gather::imports;
pub use read::LockFile;
