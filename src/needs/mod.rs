//! What a program needs: catalogue, graph and flow brought together.

mod analyse;
mod compared;
mod divide;
mod interpreted;
mod question;
mod script;
pub mod secrecy;
pub mod sinks;
mod trace;
mod verdict;

pub use trace::{CodeStep, Part, Step, Trace, Tracer};
pub use verdict::{
    Arrival, Audit, BlockReason, Blocker, Grade, Key, NamedCall, Need, Needs, Takes, Verdict,
    phrase,
};
