//! Compositions: from names to a plan, from a plan to bytes, and back.

mod build;
mod chain;
pub(crate) mod encode;
mod fit;
pub mod names;
mod plan;
mod prove;
mod read;
mod required;
mod rules;
mod split;
#[cfg(test)]
mod tests;
mod wac;
mod who;
mod wiring;

pub use build::{BuildError, build, build_wiring, build_with};
pub use chain::{Chain, TooManyChains, chains};
pub use encode::{EncodeError, encode};
pub use fit::{Mismatch, Pairs, Place, Renames, agree, fits, fits_renamed};
pub use plan::{Before, Draft, EXPORT, Edge, IMPORT, Plan, PlanError, join, order, renames};
pub use prove::{ProofError, prove, prove_program};
pub use read::{ReadError, is_composition, read};
pub use required::{Required, RequiredStep, Violation, violations};
pub use rules::{Broken, broken_rules, prove_order};
pub use split::{Parts, SplitError, split};
pub use wac::{Wac, WacError, wac};
pub use who::Who;
pub use wiring::{Export, Inner, Node, Package, PackageError, Source, Wiring};
