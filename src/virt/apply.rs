//! A component and a spec → a component that needs less of its host.

use super::adapter::Adapter;
use super::declare;
use super::deny::Answer;
use super::error::VirtError;
use super::generated::Generator;
use super::guests;
use super::spec::Spec;
use super::stack::stack;
use crate::binary::Root;
use crate::compose::{Package, build_wiring};
use std::sync::Arc;

/// A virtualized component.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The result; the input itself when there was nothing to do.
    pub bytes: Vec<u8>,
    /// What stands between the component and its host, lowest first.
    pub adapters: Vec<Adapter>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Functions that are refused, and how.
    pub refused: Vec<Refused>,
}

/// A function that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The import.
    pub interface: String,
    /// The function.
    pub function: String,
    /// What it answers.
    pub answer: Answer,
}

/// Virtualizes a component called `name`.
///
/// The result imports nothing that the component does not import, but for secrets that become
/// imports ([`Spec::declare`]). Refusing what is not
/// imported is a note; anything else without effect is an error.
pub fn apply(name: &str, bytes: &[u8], spec: &Spec) -> Result<Applied, VirtError> {
    let app = Package::parse(name, bytes)?;
    let before = match spec.declare.as_slice() {
        [] => Arc::clone(&app.world),
        keys => Arc::new(declare::extended(&app.world, keys)?),
    };
    let mut generator = Generator::new(&before, spec);
    let mut adapters = guests::adapters(&before, spec)?;
    adapters.extend(generator.adapters()?);
    let (notes, refused) = (generator.notes, generator.refused);
    if adapters.is_empty() {
        let bytes = bytes.to_vec();
        return Ok(Applied {
            bytes,
            adapters,
            notes,
            refused,
        });
    }
    let wiring = stack(app, &before, &adapters)?;
    let (bytes, after) = build_wiring(&wiring, |program| match program.binary.root {
        Root::Component(root) => program.binary.component(root).world().map(Some),
        Root::Module(_) => Ok(None),
    })?;
    if let Some(after) = after? {
        let mut imports = after.imports.keys();
        if let Some(import) = imports.find(|name| !before.imports.contains_key(*name)) {
            return Err(VirtError::NewImport {
                adapter: name.to_string(),
                import: import.clone(),
            });
        }
    }
    Ok(Applied {
        bytes,
        adapters,
        notes,
        refused,
    })
}
