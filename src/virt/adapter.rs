//! A component that stands in front of imports.

/// A component that provides what another imports, and may import the same from below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// What its instance is called in the result.
    pub name: String,
    /// The component.
    pub bytes: Vec<u8>,
    /// Its imports that stand for an interface of another name: `virt:host/streams@0.2.6` for
    /// `wasi:io/streams@0.2.6`. A component that imports *and* exports an interface, and
    /// speaks of both in one type, has to give one of them another name in WIT.
    pub stands_for: Vec<(String, String)>,
}

impl Adapter {
    /// An adapter whose imports have their own names.
    pub fn new(name: &str, bytes: Vec<u8>) -> Adapter {
        Adapter {
            name: name.to_string(),
            bytes,
            stands_for: Vec::new(),
        }
    }

    /// The interface that an import asks for.
    pub fn interface_of<'n>(&'n self, import: &'n str) -> &'n str {
        let mut renamed = self.stands_for.iter();
        let renamed = renamed.find(|(name, _)| name == import);
        renamed.map_or(import, |(_, interface)| interface)
    }
}
