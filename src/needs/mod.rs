//! What a program needs: catalogue, graph and flow brought together.

mod analyse;
pub mod sinks;
mod verdict;

pub use verdict::{BlockReason, Blocker, Grade, Key, Need, Needs, Verdict};
