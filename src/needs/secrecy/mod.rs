//! Where secrets can go: catalogue and graph make the question, flow answers it, and here it
//! becomes a verdict for each secret and each way out.

mod ask;
mod verdict;

pub use ask::Declared;
pub use verdict::{Doubt, Passed, Secrecy, SecretFlow, Verdict, WayOut};
