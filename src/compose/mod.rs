//! Compositions: from names to a plan, from a plan to bytes, and back.

mod encode;
mod fit;
pub mod names;
mod plan;
mod prove;
mod read;
mod split;
#[cfg(test)]
mod tests;
mod wiring;

pub use encode::{EncodeError, encode};
pub use fit::{Mismatch, Pairs, Place, agree, fits};
pub use plan::{Before, Draft, EXPORT, Edge, IMPORT, Plan, PlanError, join, order};
pub use prove::{Chain, ProofError, chains, prove, prove_order, prove_program};
pub use read::{ReadError, is_composition, read};
pub use split::{Parts, SplitError, split};
pub use wiring::{Export, Node, Package, PackageError, Source, Wiring};
