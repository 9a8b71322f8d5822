//! Names, patterns, dates, digests, byte ranges and places in text: the vocabulary every
//! other layer shares. No IO.

mod date;
mod digest;
mod glob;
mod names;
mod peer;
pub mod plain_name;
mod range;
mod shell;
mod source;
mod symbol;
pub mod time;
mod toml;

pub use date::{Date, DateError};
pub use digest::Sha256;
pub use glob::Glob;
pub use names::{InterfaceName, NameError, same_but_version, same_interface, unversioned};
pub use peer::{Peer, PeerError};
pub use range::ByteRange;
pub use shell::shell_word;
pub use source::{Position, SourceFile, Spanned};
pub use symbol::demangle;
pub use toml::{toml_key, toml_string};
