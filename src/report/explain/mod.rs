//! `gusset explain`: why a need is there, and why a verdict is open.

mod facts;
mod find;
mod place;
mod rows;
mod text;
mod wire;

pub use find::NotThere;
pub use text::{Detail, text};
pub use wire::*;

/// The version of the machine's view.
pub const SCHEMA: &str = "gusset.explain/1";
