//! Everything that makes streams and pollables of WASI 0.2: standard streams and files from
//! memory, and the whole of wasi:io with them; and stores in memory.
//!
//! A stream that an adapter makes is of another type than the host's, and an application knows
//! one type only. So one adapter provides wasi:io, what is in memory, and wrappers of every
//! other interface that hands out streams or pollables: their functions go on to the host, and
//! the handles that come back are made ones of the adapter's. What touches no such handle is
//! the host's own function and type, handed on.
//!
//! A store in memory is made in the same way, without streams.
//!
//! The code is a prebuilt core module (`adapters/io`, `adapters/keyvalue`); `faces.rs` says what the adapter
//! exports, `flat.rs` and `core.rs` put a component around the module, `glue.rs` writes the
//! wrappers, `outer.rs` exports the whole under the names of the interfaces.

mod core;
mod faces;
mod files;
mod flat;
mod glue;
mod needs;
mod outer;
mod settings;
mod shell;

pub use files::{FileError, Files, Tree};
pub use settings::{Io, Standard};

use super::adapter::Adapter;
use super::error::VirtError;
use crate::binary::world::World;
use faces::Faces;

/// The adapter that a spec asks for, if it asks for any. `stays` says of an import whether it
/// is left to the host; what another adapter provides is not wrapped.
pub(super) fn adapter(
    world: &World,
    io: &Io,
    stays: &dyn Fn(&str) -> bool,
) -> Result<Option<Adapter>, VirtError> {
    if io.is_host() {
        return Ok(None);
    }
    let faces = Faces::io(world, io, stays)?;
    let module = match io.files {
        Some(_) => core::IO_FILES,
        None => core::IO,
    };
    let flat = flat::write(world, &faces, module, &io.block())?;
    Ok(Some(outer::wrap("virt-io", world, &faces, &flat)?))
}

/// A store in memory in the place of `wasi:keyvalue`.
pub(super) fn keyvalue(world: &World, stays: &dyn Fn(&str) -> bool) -> Result<Adapter, VirtError> {
    let faces = Faces::keyvalue(world, stays)?;
    let flat = flat::write(world, &faces, core::KEYVALUE, &[])?;
    outer::wrap("virt-keyvalue", world, &faces, &flat)
}
