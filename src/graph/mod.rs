//! The linked program: what every core import of every instance stands for, who provides
//! what to whom, and what can be reached. Looks at calls, never at values.

mod build;
mod core;
mod data;
mod define;
mod entry;
mod escape;
mod frame;
mod ids;
mod instantiate;
mod links;
mod note;
mod program;
mod reach;
mod root_module;
mod routes;
mod tables;
mod value;

pub use build::{MAX_DEPTH, MAX_INSTANCES};
pub use data::DataPlace;
pub use entry::Entry;
pub use ids::*;
pub use links::{Link, Links, Provider, Role};
pub use note::{Note, Reason};
pub use program::*;
pub use reach::Reach;
pub use routes::{Hop, Routes, Via, Ways};
pub use value::*;
