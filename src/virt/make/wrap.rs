//! The flat component in a component that exports it as an interface.

use crate::binary::world::{Attributes, World};
use crate::compose::{Export, Node, Package, Source, Wiring, encode};
use crate::virt::adapter::Adapter;
use crate::virt::error::VirtError;
use indexmap::IndexMap;

/// What the function of an import that is a function is called inside.
pub(super) const FUNCTION: &str = "f";

/// Exports the instance of a flat component under the names of what it stands for.
pub(super) fn wrap(
    label: &str,
    flat: &[u8],
    imports: &World,
    names: &[(&str, &Attributes)],
    is_function: bool,
) -> Result<Adapter, VirtError> {
    let package = Package::parse(label, flat).map_err(|error| VirtError::Adapter {
        adapter: label.to_string(),
        message: error.to_string(),
    })?;
    let args = imports.imports.keys();
    let args = args.map(|name| (name.clone(), Source::Import(name.clone())));
    let mut wiring = Wiring {
        packages: vec![package],
        nodes: vec![Node {
            name: label.to_string(),
            path: None,
            package: 0,
            args: args.collect(),
        }],
        world: World {
            imports: imports.imports.clone(),
            exports: IndexMap::new(),
        },
        ..Wiring::default()
    };
    for (name, attributes) in names {
        let source = match is_function {
            true => Source::Export {
                node: 0,
                name: FUNCTION.to_string(),
            },
            false => Source::Node(0),
        };
        let attributes = (*attributes).clone();
        let export = Export { attributes, source };
        wiring.exports.insert(name.to_string(), export);
    }
    let bytes = encode(&wiring)?;
    Ok(Adapter::new(label, bytes))
}
