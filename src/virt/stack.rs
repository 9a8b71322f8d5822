//! Adapters on top of each other, and the component on top of them all.
//!
//! Each asks for its imports below itself: the nearest adapter that exports the interface on
//! the same version track provides it, else the outside does. So an adapter may import what it
//! exports, several may stand on one interface, and types are shared where they have one
//! origin.

use super::adapter::Adapter;
use super::error::VirtError;
use super::outside::Outside;
use crate::base::same_interface;
use crate::binary::world::{Attributes, ItemType, TypeDecl, TypePath, World, WorldItem};
use crate::compose::{Export, Node, Package, Source, Wiring};
use indexmap::IndexMap;
use std::sync::Arc;

/// Builds the wiring of a component on top of adapters; the first adapter is the lowest.
/// `outside` has the imports that the whole may have.
pub(super) fn stack<'a>(
    app: Package<'a>,
    outside: &World,
    adapters: &'a [Adapter],
) -> Result<Wiring<'a>, VirtError> {
    let app_world = Arc::clone(&app.world);
    let mut stack = Stack {
        wiring: Wiring::default(),
        provided: Vec::new(),
        outside: &outside.imports,
    };
    for adapter in adapters {
        let package = Package::parse(&adapter.name, &adapter.bytes);
        let package = package.map_err(|error| VirtError::Adapter {
            adapter: adapter.name.clone(),
            message: error.to_string(),
        })?;
        let world = Arc::clone(&package.world);
        let node = stack.node(&adapter.name, package);
        for (name, item) in &world.imports {
            let interface = adapter.interface_of(name).to_string();
            stack.connect(node, name, &interface, item)?;
        }
        for (name, item) in &world.exports {
            let source = Source::Export {
                node,
                name: name.clone(),
            };
            stack
                .provided
                .push((name.clone(), item.attributes.clone(), source));
        }
    }
    let name = app.name.clone();
    let node = stack.node(&name, app);
    for (name, item) in &app_world.imports {
        stack.connect(node, name, name, item)?;
    }
    for (name, item) in &app_world.exports {
        let source = Source::Export {
            node,
            name: name.clone(),
        };
        let attributes = item.attributes.clone();
        let export = Export { attributes, source };
        stack.wiring.exports.insert(name.clone(), export);
    }
    let mut wiring = stack.wiring;
    let place = |name: &String| outside.imports.get_index_of(name);
    wiring
        .world
        .imports
        .sort_by(|a, _, b, _| place(a).cmp(&place(b)));
    Ok(wiring)
}

struct Stack<'a, 'w> {
    wiring: Wiring<'a>,
    /// What adapters export, lowest first.
    provided: Vec<(String, Attributes, Source)>,
    /// The only imports that the whole may have: those of the component.
    outside: &'w IndexMap<String, WorldItem>,
}

impl<'a> Stack<'a, '_> {
    fn node(&mut self, name: &str, package: Package<'a>) -> usize {
        let name = self.wiring.free_name(name);
        let package = self.wiring.add_package(package);
        self.wiring.nodes.push(Node {
            name,
            path: None,
            package,
            args: IndexMap::new(),
        });
        self.wiring.nodes.len() - 1
    }

    fn connect(
        &mut self,
        node: usize,
        name: &str,
        interface: &str,
        item: &WorldItem,
    ) -> Result<(), VirtError> {
        let source = match self.below(interface, &item.attributes) {
            Some(source) => source,
            None => self.outside(node, name, interface, item)?,
        };
        let args = &mut self.wiring.nodes[node].args;
        args.insert(name.to_string(), source);
        Ok(())
    }

    /// The nearest adapter that provides an interface. A label is a name of its own.
    fn below(&self, interface: &str, attributes: &Attributes) -> Option<Source> {
        let found = self.provided.iter().rev().find(|(name, of, _)| {
            same_interface(name, interface) && of.implements == attributes.implements
        });
        found.map(|(_, _, source)| source.clone())
    }

    /// The import of the whole that stands for one of a node, with the members that it needs.
    fn outside(
        &mut self,
        node: usize,
        name: &str,
        interface: &str,
        item: &WorldItem,
    ) -> Result<Source, VirtError> {
        // A type that is imported on its own comes with the interface that declares it.
        if let ItemType::Type(TypeDecl::Same(path)) = &item.ty
            && let Some(source) = self.type_of(node, path)
        {
            return Ok(source);
        }
        let known = self.outside.iter().find(|(known, of)| {
            same_interface(known, interface)
                && of.attributes.implements == item.attributes.implements
        });
        let Some((at, of)) = known else {
            return Err(VirtError::NewImport {
                adapter: self.wiring.nodes[node].name.clone(),
                import: interface.to_string(),
            });
        };
        let outside = Outside {
            wiring: &self.wiring,
            node,
            name,
            at,
        };
        let ty = outside.type_of(&item.ty)?;
        let imports = &mut self.wiring.world.imports;
        let ty = match imports.get(at) {
            Some(root) => crate::compose::join(at, &root.ty, &ty),
            None => ty,
        };
        let attributes = of.attributes.clone();
        imports.insert(at.clone(), WorldItem { attributes, ty });
        Ok(Source::Import(at.clone()))
    }

    fn type_of(&self, node: usize, path: &TypePath) -> Option<Source> {
        let of = self.wiring.nodes[node].args.get(&path.item)?.clone();
        Some(match &path.member {
            Some(member) => Source::Member(Box::new(of), member.clone()),
            None => of,
        })
    }
}
