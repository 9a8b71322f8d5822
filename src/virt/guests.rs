//! Adapters that are compiled from Rust: everything that walks paths, buffers streams or keeps
//! state. They are prebuilt components; what a spec says is written into their data.

use super::adapter::Adapter;
use super::error::VirtError;
use super::spec::Spec;
use crate::binary::world::World;

/// The prebuilt adapters that a spec asks for, lowest first. They stand below those that are
/// generated, so that these see the interfaces that guests provide.
///
/// `world` is that of the component. An adapter may import what the component imports, at any
/// version of the same track, and with more functions of it; what the component does not
/// import at all is refused when the stack is built.
pub(super) fn adapters(_world: &World, _spec: &Spec) -> Result<Vec<Adapter>, VirtError> {
    Ok(Vec::new())
}
