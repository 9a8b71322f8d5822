//! Programs that go through all names: what they compare these with.
//!
//! The program is run from its entries with names that nobody would choose, each byte of
//! which carries a mark. What a marked byte is compared with is a part of a name that the
//! program knows. That is no proof of anything: other names may be compared on paths that no
//! run took.

mod access;
mod compare;
mod conclude;
mod host;
mod machine;
mod mark;
mod memory;
mod runs;
mod seldom;
mod tried;
mod typed;

pub use conclude::{Compared, Extent};
pub use host::{StandIn, Write, Written};
pub use runs::{Watching, watch};
