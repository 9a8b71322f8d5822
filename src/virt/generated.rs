//! Adapters that are written with `wasm-encoder`, at the versions that a component imports.

use super::adapter::Adapter;
use super::error::VirtError;
use super::spec::Spec;
use crate::binary::world::World;

/// The generated adapters that a spec asks for, lowest first.
pub(super) fn adapters(
    world: &World,
    spec: &Spec,
    notes: &mut Vec<String>,
) -> Result<Vec<Adapter>, VirtError> {
    for pattern in &spec.deny {
        if !world.imports.keys().any(|name| pattern.matches(name)) {
            notes.push(format!(
                "`{pattern}` is not imported, so there is nothing to refuse"
            ));
        }
    }
    Ok(Vec::new())
}
