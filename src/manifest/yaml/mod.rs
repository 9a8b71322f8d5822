//! YAML: writing with comments, reading with places, and edits that leave everything else as
//! it is. The only place that knows the YAML crate.
//!
//! Values are written so that readers of YAML 1.1 and 1.2 agree on them: a text is plain only
//! when no version could take it for anything else, and in double quotes otherwise.

mod edit;
mod read;
mod write;

pub use edit::{EditError, edit};
pub use read::{YamlError, read, typed};
pub use write::{flow, scalar, write};
