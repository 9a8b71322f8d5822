//! Where secrets can go: an execution of the whole program on sets of values, in which every
//! word knows the secrets that are part of it.
//!
//! It begins with the memory that instantiation leaves behind and calls every export, until
//! nothing new comes. What a run cannot follow counts as if everything in reach were handed
//! on, so that *cannot reach* is proven and everything else says why it is not.
//! `docs/secrets.md` has the rules and the assumptions.

mod across;
mod below;
mod calls;
mod drive;
mod found;
mod heap;
mod host;
mod machine;
mod mem;
mod ops;
mod question;
mod shape;
mod step;
mod widen;
mod word;
mod world;
mod wrappers;
mod write;

pub(super) use drive::trace;
pub use question::{Gives, Leak, LeakHow, LeakQuestion, LeakSink, Leaks, NameAt, Taken};
