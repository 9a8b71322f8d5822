//! What people write: `gusset.toml` and `policy.toml` as typed values, every one with its
//! place in the file. Nothing here looks at a binary: names are resolved by the layers above.
//!
//! `docs/workload.md` is the reference of both formats.

mod component;
mod compose;
mod error;
mod file;
mod interface;
mod manifest;
mod order;
mod policy;
pub mod profile;
pub mod read;
mod route;
#[cfg(test)]
mod tests;
mod values;
mod virt;

pub use component::{Component, DeclaredKind, DeclaredNeeds};
pub use compose::{Instancing, Link, LinkKind, Middleware, Order};
pub use error::{Problem, TomlErrors};
pub use file::Workload;
pub use interface::InterfacePattern;
pub use manifest::ManifestTarget;
pub use order::{OrderPart, OrderText};
pub use policy::{Allowance, Denial, Denied, Level, Policy, Require};
pub use profile::Profile;
pub use route::{Ask, Route};
pub use values::{Values, ValuesError};
pub use virt::{Pairs, Virt, VirtIfOpen, VirtIo, VirtNames, VirtTime};
