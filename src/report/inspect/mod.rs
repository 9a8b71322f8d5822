//! `gusset inspect`: what a binary is.

mod facts;
mod needs;
mod needs_text;
mod picture;
mod reveal;
mod table;
mod text;
mod tree;
mod wire;

pub(in crate::report) use facts::assumption;
pub(crate) use needs::place;
pub use picture::picture;
pub(in crate::report) use reveal::revealed;
pub use table::table;
pub use text::{Detail, file as text};
pub use wire::*;

/// The version of the machine's view.
pub const SCHEMA: &str = "gusset.inspect/1";
