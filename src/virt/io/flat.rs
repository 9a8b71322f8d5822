//! The component around the prebuilt module: types and functions as exports of its own, under
//! numbers. `outer.rs` gives them their names.

use super::core::{self, Guest};
use super::faces::{Faces, Part, short};
use super::glue::Glue;
use super::needs::{Fill, needs};
use crate::binary::world::{TypeDecl, TypePath, ValueType, World};
use crate::compose::EncodeError;
use crate::compose::encode::{Imports, Out, Scope, defined, function, imported};
use crate::virt::error::VirtError;
use crate::virt::make::lowered;
use std::collections::HashMap;
use std::sync::Arc;
use wasm_encoder::{
    CanonicalOption, ComponentExportKind as Kind, ComponentTypeEncoder, ExportKind, ValType,
};

/// What the flat component exports a type as, if an interface has it: the place of the first
/// that does.
pub(super) fn type_name(faces: &Faces, path: &TypePath) -> Option<String> {
    faces.all.iter().enumerate().find_map(|(face, of)| {
        let mut parts = of.parts.iter();
        let part = parts.position(|(_, part)| matches!(part, Part::Type(of) if of == path))?;
        Some(format!("t{face}x{part}"))
    })
}

/// What it exports a function as: a position among faces, and one among its parts.
pub(super) fn function_name(face: usize, part: usize) -> String {
    format!("f{face}x{part}")
}

/// The types of the flat component.
struct Types<'a, 'i> {
    out: &'a mut Out,
    imports: &'a mut Imports<'i>,
    world: &'a World,
    outside: &'a World,
    faces: &'a Faces,
    own: &'a mut HashMap<TypePath, u32>,
}

impl Scope for Types<'_, '_> {
    fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32 {
        self.out.define(write)
    }

    fn named(&mut self, path: &TypePath) -> Result<u32, EncodeError> {
        let origin = self.world.origin(path);
        if let Some(known) = self.own.get(origin) {
            return Ok(*known);
        }
        let unknown = || EncodeError::UnknownType(path.to_string());
        if self.faces.declares(origin) {
            return Err(unknown());
        }
        if self.outside.declaration(origin).is_some() {
            return imported(self.out, self.imports, origin);
        }
        // A value type of an interface that is not imported here.
        let Some(TypeDecl::Value(ty)) = self.world.declaration(origin) else {
            return Err(unknown());
        };
        let ty = Arc::clone(ty);
        let index = defined(self, &ty)?;
        let name = type_name(self.faces, origin);
        let name = name.unwrap_or_else(|| format!("x{}", self.own.len()));
        let index = self.out.export(name.as_str().into(), Kind::Type, index);
        self.own.insert(origin.clone(), index);
        Ok(index)
    }
}

/// Writes the component.
pub(super) fn write(
    world: &World,
    faces: &Faces,
    module: &[u8],
    block: &[u8],
) -> Result<Vec<u8>, VirtError> {
    let guest = Guest::read(module)?;
    let (needed, fills) = needs(world, faces, &guest);
    let outside = needed.world(world);
    let mut out = Out::new();
    let mut imports = Imports::new(&outside);
    imports.write(&mut out)?;

    let filled: Vec<bool> = fills.iter().map(Option::is_some).collect();
    let shim = out.core_module(&core::shim(&guest, &filled));
    let shim = out.core_instance(shim, &[]);
    let code = out.core_module_bytes(module);
    let code = out.core_instance(code, &[("host", shim), ("own", shim)]);
    let memory = out.core_alias(code, "memory", ExportKind::Memory);
    if !block.is_empty() {
        let room = out.core_alias(code, "room", ExportKind::Func);
        let parts = [
            ("memory".to_string(), ExportKind::Memory, memory),
            ("room".to_string(), ExportKind::Func, room),
        ];
        let parts = out.core_bundle(&parts);
        let data = out.core_module(&core::data(block));
        out.core_instance(data, &[("", parts)]);
    }
    let realloc = out.core_alias(code, "cabi_realloc", ExportKind::Func);
    let options = vec![
        CanonicalOption::UTF8,
        CanonicalOption::Memory(memory),
        CanonicalOption::Realloc(realloc),
    ];

    let mut own = HashMap::new();
    declare(
        world,
        &outside,
        faces,
        &guest,
        &mut out,
        &mut imports,
        &mut own,
        code,
    )?;

    let mut slots = Vec::new();
    for fill in fills.iter().flatten() {
        let index = match fill {
            Fill::Host(item, member) => {
                let function = host(&mut out, &imports, item, member)?;
                out.canon(|canon| {
                    canon.lower(function, options.clone());
                })
            }
            Fill::Drop(path) => {
                let ty = imported(&mut out, &mut imports, path)?;
                out.canon(|canon| {
                    canon.resource_drop(ty);
                })
            }
            Fill::New(path) => {
                let ty = own.get(path).copied();
                let ty = ty.ok_or_else(|| EncodeError::UnknownType(path.to_string()))?;
                out.canon(|canon| {
                    canon.resource_new(ty);
                })
            }
        };
        slots.push((slots.len().to_string(), ExportKind::Func, index));
    }
    let slots = out.core_bundle(&slots);
    let fixup = out.core_module(&core::fixup(&guest, &filled));
    out.core_instance(fixup, &[("", slots), ("shim", shim)]);

    let glue = wrappers(
        world,
        faces,
        &guest,
        &mut out,
        &mut imports,
        code,
        memory,
        &options,
    )?;
    let (mut number, posts) = (0usize, ["post_none", "post_i32"]);
    let posts = posts.map(|name| out.core_alias(code, name, ExportKind::Func));
    for (f, face) in faces.all.iter().enumerate() {
        for (p, (name, part)) in face.parts.iter().enumerate() {
            let (signature, core) = match (part, &face.served, glue) {
                (Part::Served(signature), Some(interface), _) => {
                    let name = format!("{interface}#{name}");
                    if !guest.exports(&name) {
                        return Err(unsupported(&face.name, format!("`{name}` is not known")));
                    }
                    (signature, out.core_alias(code, &name, ExportKind::Func))
                }
                (Part::Wrapped(signature), _, Some(glue)) => {
                    number += 1;
                    let name = (number - 1).to_string();
                    (signature, out.core_alias(glue, &name, ExportKind::Func))
                }
                _ => continue,
            };
            let mut types = Types {
                out: &mut out,
                imports: &mut imports,
                world,
                outside: &outside,
                faces,
                own: &mut own,
            };
            let ty = function(&mut types, signature)?;
            let mut options = options.clone();
            let core_type = lowered(world, signature);
            let by_address = core_type.result_pointer.is_some();
            match core_type.results.first() {
                Some(crate::binary::ValType::I32) => {
                    options.push(CanonicalOption::PostReturn(posts[1]));
                }
                Some(_) => {}
                None => options.push(CanonicalOption::PostReturn(posts[usize::from(by_address)])),
            }
            let index = out.lift(core, ty, options);
            out.export(function_name(f, p).as_str().into(), Kind::Func, index);
        }
    }
    Ok(out.finish())
}

fn unsupported(interface: &str, reason: String) -> VirtError {
    VirtError::Unsupported {
        interface: interface.to_string(),
        reason,
    }
}

/// Declares and exports the types of what the module provides.
#[allow(
    clippy::too_many_arguments,
    reason = "parts of one component under way"
)]
fn declare(
    world: &World,
    outside: &World,
    faces: &Faces,
    guest: &Guest,
    out: &mut Out,
    imports: &mut Imports<'_>,
    own: &mut HashMap<TypePath, u32>,
    code: u32,
) -> Result<(), VirtError> {
    for face in &faces.all {
        for (name, part) in &face.parts {
            let (Part::Type(origin), Some(_)) = (part, &face.served) else {
                continue;
            };
            if own.contains_key(origin) {
                continue;
            }
            let Some(decl) = world.declaration(origin) else {
                return Err(EncodeError::UnknownType(origin.to_string()).into());
            };
            let index = match decl {
                TypeDecl::Resource => {
                    let interface = short(&origin.item).unwrap_or_default();
                    let resource = origin.member.as_deref().unwrap_or_default();
                    let dtor = format!("[dtor]{interface}#{resource}");
                    if !guest.exports(&dtor) {
                        let reason = format!("the resource `{name}` is not known");
                        return Err(unsupported(&face.name, reason));
                    }
                    let dtor = out.core_alias(code, &dtor, ExportKind::Func);
                    out.define(|ty| ty.resource(ValType::I32, Some(dtor)))
                }
                TypeDecl::Value(ty) => {
                    let ty: Arc<ValueType> = Arc::clone(ty);
                    let mut types = Types {
                        out: &mut *out,
                        imports: &mut *imports,
                        world,
                        outside,
                        faces,
                        own: &mut *own,
                    };
                    defined(&mut types, &ty)?
                }
                TypeDecl::Same(_) => continue,
            };
            let name = type_name(faces, origin);
            let name = name.unwrap_or_else(|| format!("x{}", own.len()));
            let index = out.export(name.as_str().into(), Kind::Type, index);
            own.insert(origin.clone(), index);
        }
    }
    Ok(())
}

/// The function of an import: its index.
fn host(
    out: &mut Out,
    imports: &Imports<'_>,
    item: &str,
    member: &str,
) -> Result<u32, EncodeError> {
    let known = imports.items.get(item).copied();
    let (_, index) = known.ok_or_else(|| EncodeError::NoSource(format!("import `{item}`")))?;
    Ok(out.alias(index, member, Kind::Func))
}

/// Instantiates the wrappers, if there are any.
#[allow(
    clippy::too_many_arguments,
    reason = "parts of one component under way"
)]
fn wrappers(
    world: &World,
    faces: &Faces,
    guest: &Guest,
    out: &mut Out,
    imports: &mut Imports<'_>,
    code: u32,
    memory: u32,
    options: &[CanonicalOption],
) -> Result<Option<u32>, VirtError> {
    let mut glue = Glue::default();
    let mut lowers = Vec::new();
    for face in &faces.all {
        for (name, part) in &face.parts {
            let Part::Wrapped(signature) = part else {
                continue;
            };
            let added = glue.add(world, faces, signature);
            let unknown = || glue.guest.iter().find(|name| !guest.exports(name));
            let added = added.and_then(|()| match unknown() {
                Some(name) => Err(format!("there is no `{name}`")),
                None => Ok(()),
            });
            added.map_err(|reason| {
                let reason = format!("`{name}` cannot be handed on, because {reason}");
                unsupported(&face.name, reason)
            })?;
            let function = host(out, imports, &face.name, name)?;
            let index = out.canon(|canon| {
                canon.lower(function, options.iter().copied());
            });
            lowers.push((lowers.len().to_string(), ExportKind::Func, index));
        }
    }
    if glue.is_empty() {
        return Ok(None);
    }
    let lowers = out.core_bundle(&lowers);
    let mut parts = vec![("memory".to_string(), ExportKind::Memory, memory)];
    for name in &glue.guest {
        let index = out.core_alias(code, name, ExportKind::Func);
        parts.push((name.clone(), ExportKind::Func, index));
    }
    let parts = out.core_bundle(&parts);
    let mut drops = Vec::new();
    for path in &glue.drops {
        let ty = imported(out, imports, path)?;
        let index = out.canon(|canon| {
            canon.resource_drop(ty);
        });
        drops.push((drops.len().to_string(), ExportKind::Func, index));
    }
    let drops = out.core_bundle(&drops);
    let module = out.core_module(&glue.module());
    let args = [("host", lowers), ("guest", parts), ("drop", drops)];
    Ok(Some(out.core_instance(module, &args)))
}
