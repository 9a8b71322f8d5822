//! Adapters that are compiled from Rust: everything that walks paths, buffers streams or keeps
//! state. They are prebuilt components; what a spec says is written into their data.

use super::adapter::Adapter;
use super::error::VirtError;
use super::io::{self, Standard};
use super::spec::Spec;
use crate::binary::world::World;

/// The prebuilt adapters that a spec asks for, lowest first. They stand below those that are
/// generated, so that these see the interfaces that guests provide.
///
/// `world` is that of the component. An adapter may import what the component imports, at any
/// version of the same track, and with more functions of it; what the component does not
/// import at all is refused when the stack is built.
pub(super) fn adapters(world: &World, spec: &Spec) -> Result<Vec<Adapter>, VirtError> {
    let denied = |name: &str| spec.deny.iter().any(|pattern| pattern.matches(name));
    for (asked, interface) in [
        (spec.io.files.is_some(), "wasi:filesystem/"),
        (spec.io.stdin != Standard::Host, "wasi:cli/stdin@"),
        (spec.io.stdout != Standard::Host, "wasi:cli/stdout@"),
        (spec.io.stderr != Standard::Host, "wasi:cli/stderr@"),
        (spec.keyvalue, "wasi:keyvalue/"),
    ] {
        let mut imports = world.imports.keys();
        let both = imports.find(|name| asked && name.starts_with(interface) && denied(name));
        if let Some(name) = both {
            let message = format!("`{name}` is to be refused and to be given");
            return Err(VirtError::Contradiction(message));
        }
    }
    let stays = |name: &str| !denied(name);
    let mut adapters = Vec::new();
    if spec.keyvalue {
        adapters.push(io::keyvalue(world, &stays)?);
    }
    adapters.extend(io::adapter(world, &spec.io, &stays)?);
    Ok(adapters)
}
