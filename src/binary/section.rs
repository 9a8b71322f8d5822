//! Sections: what the size report, the digests and the custom-section readers need.

use super::ids::{ComponentId, ModuleId};
use crate::base::ByteRange;

/// A section of a component or core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Section id of the binary format; 0 is a custom section.
    pub id: u8,
    /// Name of the section in the specification, such as `code`; for a custom section its
    /// own name stands in [`Custom`].
    pub name: &'static str,
    /// Its contents, without id and length.
    pub range: ByteRange,
    /// What a section that nests a whole component or module holds.
    pub nested: Option<Nested>,
}

/// A component or core module inside a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// A core module.
    Module(ModuleId),
    /// A component.
    Component(ComponentId),
}

/// A custom section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Custom<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its data, name excluded.
    pub data: &'a [u8],
    /// Where the data stands in the file.
    pub range: ByteRange,
}
