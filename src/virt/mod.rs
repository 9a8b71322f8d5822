//! Virtualization: a component is given by small adapters what it imports, instead of by its
//! host.

mod adapter;
mod apply;
mod error;
mod generated;
mod guests;
mod outside;
mod spec;
mod stack;

pub use adapter::Adapter;
pub use apply::{Applied, apply};
pub use error::VirtError;
pub use spec::{Env, Spec};
