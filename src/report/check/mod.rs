//! `gusset check`: what the gate says, for people and for the tools around it.

mod github;
mod json;
mod lines;
mod markdown;
mod rules;
mod sarif;
mod text;
mod wire;

pub use github::annotations;
pub use json::json;
pub use markdown::summary;
pub use rules::{RULES_SCHEMA, rules_json, rules_text};
pub use sarif::sarif;
pub use text::{stanzas, text};
pub use wire::*;

/// The version of the machine's view.
pub const SCHEMA: &str = "gusset.check/1";
