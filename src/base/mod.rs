//! Names, digests and byte ranges: the vocabulary every other layer shares. No IO.

mod digest;
mod names;
mod range;

pub use digest::Sha256;
pub use names::{InterfaceName, NameError};
pub use range::ByteRange;
