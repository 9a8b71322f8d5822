//! The flat component in one that exports it as interfaces, with what the host gives beside
//! what is the adapter's own.

use super::faces::{Face, Faces, Part};
use super::flat::{function_name, type_name};
use super::shell::shell;
use crate::binary::world::{ItemType, Member, TypePath, World};
use crate::compose::{Export, Node, Package, PackageError, Source, Wiring, encode, join};
use crate::virt::adapter::Adapter;
use crate::virt::error::VirtError;
use crate::virt::make::Needed;
use indexmap::IndexMap;
use std::sync::Arc;

fn broken(label: &str) -> impl Fn(PackageError) -> VirtError {
    let adapter = label.to_string();
    move |error| VirtError::Adapter {
        adapter: adapter.clone(),
        message: error.to_string(),
    }
}

pub(super) fn wrap(
    label: &str,
    world: &World,
    faces: &Faces,
    flat: &[u8],
) -> Result<Adapter, VirtError> {
    let package = Package::parse(label, flat).map_err(broken(label))?;
    let inner = Arc::clone(&package.world);
    let args = inner.imports.keys();
    let args = args.map(|name| (name.clone(), Source::Import(name.clone())));
    let mut shells = Vec::with_capacity(faces.all.len());
    for face in &faces.all {
        shells.push(shell(world, face)?);
    }
    let mut wiring = Wiring::default();
    let package = wiring.add_package(package);
    wiring.nodes.push(Node {
        name: label.to_string(),
        path: None,
        package,
        args: args.collect(),
    });
    let mut needed = Needed::default();
    for (f, (face, shell)) in faces.all.iter().zip(&shells).enumerate() {
        let mut args = IndexMap::new();
        for (name, origin) in &shell.types {
            args.insert(name.clone(), of_type(world, faces, &mut needed, origin));
        }
        for (name, part) in &shell.functions {
            let source = of_function(world, &mut needed, face, f, *part);
            args.insert(name.clone(), source);
        }
        let name = format!("{label}-{f}");
        let package = Package::parse(&name, &shell.bytes).map_err(broken(label))?;
        let package = wiring.add_package(package);
        let source = Source::Node(wiring.nodes.len());
        wiring.nodes.push(Node {
            name,
            path: None,
            package,
            args,
        });
        let attributes = world.imports.get(&face.name);
        let attributes = attributes.map(|item| item.attributes.clone());
        let attributes = attributes.unwrap_or_default();
        let export = Export { attributes, source };
        wiring.exports.insert(face.name.clone(), export);
    }
    let mut imports = inner.imports.clone();
    for (name, item) in needed.world(world).imports {
        match imports.get_mut(&name) {
            Some(known) => known.ty = join(&name, &known.ty, &item.ty),
            None => {
                imports.insert(name, item);
            }
        }
    }
    imports.sort_by(|a, _, b, _| {
        let place = |name: &String| world.imports.get_index_of(name);
        place(a).cmp(&place(b))
    });
    wiring.world.imports = imports;
    Ok(Adapter::new(label, encode(&wiring)?))
}

fn own(name: String) -> Source {
    Source::Export { node: 0, name }
}

fn of_type(world: &World, faces: &Faces, needed: &mut Needed, origin: &TypePath) -> Source {
    if let Some(name) = type_name(faces, origin) {
        return own(name);
    }
    needed.add_type(world, origin);
    let import = Source::Import(origin.item.clone());
    match &origin.member {
        Some(member) => Source::Member(Box::new(import), member.clone()),
        None => import,
    }
}

fn of_function(
    world: &World,
    needed: &mut Needed,
    face: &Face,
    position: usize,
    part: usize,
) -> Source {
    let Some((name, Part::Same)) = face.parts.get(part) else {
        return own(function_name(position, part));
    };
    let item = world.imports.get(&face.name).map(|item| &item.ty);
    if let Some(ItemType::Instance(interface)) = item
        && let Some(Member::Func(signature)) = interface.members.get(name)
    {
        needed.add_function(world, &face.name, Some(name), signature);
    }
    let import = Source::Import(face.name.clone());
    Source::Member(Box::new(import), name.clone())
}
