//! What the adapter needs of its host, and what fills each import of the prebuilt module.

use super::core::Guest;
use super::faces::{Faces, Part};
use crate::binary::world::{ItemType, Member, Signature, TypePath, World};
use crate::virt::make::Needed;
use std::sync::Arc;

/// What fills an import of the module.
pub(super) enum Fill {
    /// A function of the host's wasi:io: the interface as imported, and the function.
    Host(String, String),
    /// `resource.drop` of a resource of the host's.
    Drop(TypePath),
    /// `resource.new` of one of the adapter's.
    New(TypePath),
}

/// Functions of the host that the module calls for one of its own, besides the same one.
fn also(interface: &str, function: &str) -> &'static [(&'static str, &'static str)] {
    const SPLICE: &[(&str, &str)] = &[
        ("wasi:io/streams", "[method]output-stream.check-write"),
        ("wasi:io/streams", "[method]output-stream.write"),
        ("wasi:io/streams", "[method]input-stream.read"),
    ];
    match (interface, function) {
        ("wasi:io/poll", "poll") => &[("wasi:io/poll", "[method]pollable.ready")],
        ("wasi:io/streams", "[method]output-stream.splice") => SPLICE,
        ("wasi:io/streams", "[method]output-stream.blocking-splice") => SPLICE,
        _ => &[],
    }
}

/// What the component needs of its host, and what fills each import of the module.
pub(super) fn needs(world: &World, faces: &Faces, guest: &Guest) -> (Needed, Vec<Option<Fill>>) {
    let mut needed = Needed::default();
    let mut used: Vec<(&str, &str)> = Vec::new();
    for face in &faces.all {
        for (name, part) in &face.parts {
            match (part, &face.served) {
                (Part::Wrapped(signature), _) => {
                    needed.add_function(world, &face.name, Some(name), signature);
                }
                (Part::Served(_), Some(interface)) => {
                    used.push((interface, name));
                    used.extend_from_slice(also(interface, name));
                }
                _ => {}
            }
        }
    }
    let has_host = faces.has_host();
    let fills = guest.needs.iter().map(|needs| {
        let (what, path) = match needs.name.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", needs.name.as_str()),
        };
        let (interface, member) = path.split_once('#')?;
        let named = |item: &String| TypePath {
            side: crate::binary::world::Side::Import,
            item: item.clone(),
            member: Some(member.to_string()),
        };
        match what {
            "new" => {
                let mut faces = faces.all.iter();
                let face = faces.find(|face| face.served.as_deref() == Some(interface))?;
                let path = named(&face.name);
                world.declaration(&path).map(|_| Fill::New(path))
            }
            _ if !has_host => None,
            "drop" => {
                let path = named(faces.io.get(interface)?);
                world.declaration(&path)?;
                needed.add_type(world, &path);
                Some(Fill::Drop(path))
            }
            _ => {
                let item = faces.io.get(interface)?;
                if !used.contains(&(interface, member)) {
                    return None;
                }
                let signature = signature(world, faces, item, member)?;
                needed.add_function(world, item, Some(member), &signature);
                Some(Fill::Host(item.clone(), member.to_string()))
            }
        }
    });
    let fills = fills.collect();
    (needed, fills)
}

/// The type of a function of wasi:io: as the component imports it, or as the standard has it.
fn signature(world: &World, faces: &Faces, item: &str, name: &str) -> Option<Arc<Signature>> {
    use crate::binary::world::{Primitive as P, Side, ValueType as V};
    if let ItemType::Instance(interface) = &world.imports.get(item)?.ty
        && let Some(Member::Func(signature)) = interface.members.get(name)
    {
        return Some(Arc::clone(signature));
    }
    let path = |interface: &str, member: &str| {
        let item = faces.io.get(interface)?.clone();
        let (side, member) = (Side::Import, Some(member.to_string()));
        Some(TypePath { side, item, member })
    };
    let borrow = |path| Arc::new(V::Borrow(path));
    let primitive = |p| Arc::new(V::Primitive(p));
    let error = path("wasi:io/streams", "stream-error").map(|path| Arc::new(V::Named(path)));
    let result = |ok| Some(Arc::new(V::Result(ok, error.clone())));
    let bytes = || Arc::new(V::List(primitive(P::U8)));
    let this = |of: &str| Some(("self".to_string(), borrow(path("wasi:io/streams", of)?)));
    let (params, result) = match name {
        "[method]pollable.ready" => {
            let this = borrow(path("wasi:io/poll", "pollable")?);
            let params = vec![("self".to_string(), this)];
            (params, Some(primitive(P::Bool)))
        }
        "[method]output-stream.check-write" => {
            let params = vec![this("output-stream")?];
            (params, result(Some(primitive(P::U64))))
        }
        "[method]output-stream.write" => {
            let contents = ("contents".to_string(), bytes());
            (vec![this("output-stream")?, contents], result(None))
        }
        "[method]input-stream.read" => {
            let length = ("len".to_string(), primitive(P::U64));
            (vec![this("input-stream")?, length], result(Some(bytes())))
        }
        _ => return None,
    };
    Some(Arc::new(Signature {
        params,
        result,
        is_async: false,
    }))
}
