//! `gusset diff`: what a new version newly needs.

mod markdown;
mod text;
pub mod wire;
mod words;

pub use markdown::markdown;
pub use text::text;
pub use wire::{SCHEMA, json};

use crate::lock::{Change, ComponentDiff, Diff};

/// Two versions and how they differ.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The earlier version, as the user named it.
    pub old: String,
    /// The later version.
    pub new: String,
    /// How they differ.
    pub diff: Diff,
}

/// The sections, in the order in which they are read: what asks for a decision comes first.
fn sections(diff: &ComponentDiff) -> [(&'static str, &[Change]); 4] {
    [
        ("new", &diff.new),
        ("weaker", &diff.weaker),
        ("gone", &diff.gone),
        ("stronger", &diff.stronger),
    ]
}
