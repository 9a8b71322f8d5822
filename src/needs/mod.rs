//! What a program needs: catalogue, graph and flow brought together.

mod analyse;
pub mod sinks;
mod verdict;

pub use verdict::{Blocker, BlockReason, Grade, Key, Need, Needs, Verdict};
