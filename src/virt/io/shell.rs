//! A component that gives an interface its names: it imports types and functions one by one,
//! and exports them as members. Methods can only be exported beside their resource, by a
//! component and not by a bag of exports (component-model `Explainer.md`).

use super::faces::{Face, Part};
use crate::binary::world::{
    Attributes, ItemType, Member, Side, TypeDecl, TypePath, World, WorldItem,
};
use crate::compose::EncodeError;
use crate::compose::encode::{Imports, Out, Scope, defined, function, imported};
use crate::compose::names;
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};
use wasm_encoder::{ComponentExportKind as Kind, ComponentTypeEncoder};

/// A shell: its bytes, and what it imports.
pub(super) struct Shell {
    pub(super) bytes: Vec<u8>,
    /// Types by the names that they are imported under; each where it is declared.
    pub(super) types: Vec<(String, TypePath)>,
    /// Functions: the name, and the position among the parts of the interface.
    pub(super) functions: Vec<(String, usize)>,
}

struct Names<'a, 'i> {
    out: &'a mut Out,
    imports: &'a mut Imports<'i>,
    exported: &'a HashMap<TypePath, u32>,
}

impl Scope for Names<'_, '_> {
    fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32 {
        self.out.define(write)
    }

    fn named(&mut self, path: &TypePath) -> Result<u32, EncodeError> {
        match self.exported.get(path) {
            Some(index) => Ok(*index),
            None => imported(self.out, self.imports, path),
        }
    }
}

/// Types in the order in which they can be declared, with what each is imported as.
#[derive(Default)]
struct Types(IndexMap<TypePath, TypePath>);

impl Types {
    fn add(&mut self, world: &World, path: &TypePath) -> Result<TypePath, EncodeError> {
        let origin = world.origin(path);
        if let Some(known) = self.0.get(origin) {
            return Ok(known.clone());
        }
        let decl = world.declaration(origin);
        let decl = decl.ok_or_else(|| EncodeError::UnknownType(origin.to_string()))?;
        for part in names::uses(&ItemType::Type(decl.clone())) {
            self.add(world, part)?;
        }
        let name = TypePath {
            side: Side::Import,
            item: format!("t{}", self.0.len()),
            member: None,
        };
        self.0.insert(origin.clone(), name.clone());
        Ok(name)
    }
}

/// Writes the shell of an interface.
pub(super) fn shell(world: &World, face: &Face) -> Result<Shell, EncodeError> {
    let unknown = || EncodeError::NoSource(format!("import `{}`", face.name));
    let interface = match world.imports.get(&face.name).map(|item| &item.ty) {
        Some(ItemType::Instance(interface)) => interface,
        _ => return Err(unknown()),
    };
    let own = |name: &String| TypePath {
        side: Side::Import,
        item: face.name.clone(),
        member: Some(name.clone()),
    };
    let mut types = Types::default();
    let mut signatures = HashMap::new();
    let mut functions = Vec::new();
    for (position, (name, _)) in face.parts.iter().enumerate() {
        match interface.members.get(name) {
            Some(Member::Type(_)) => {
                types.add(world, &own(name))?;
            }
            Some(Member::Func(signature)) => {
                let item = ItemType::Func(signature.clone());
                let item = names::rename(&item, &mut |path| types.add(world, path))?;
                functions.push((format!("f{position}"), position));
                signatures.insert(position, item);
            }
            _ => return Err(unknown()),
        }
    }
    let mut inside = World::default();
    let mut import = |name: &str, ty: ItemType| {
        let attributes = Attributes::default();
        let item = WorldItem { attributes, ty };
        inside.imports.insert(name.to_string(), item);
    };
    let mut declared = Vec::new();
    for (origin, name) in types.0.clone() {
        let decl = world.declaration(&origin).cloned();
        let item = ItemType::Type(decl.unwrap_or(TypeDecl::Resource));
        let item = names::rename(&item, &mut |path| types.add(world, path))?;
        import(&name.item, item.clone());
        declared.push((origin, name, item));
    }
    for (name, position) in &functions {
        if let Some(item) = signatures.get(position) {
            import(name, item.clone());
        }
    }
    let mut out = Out::new();
    let mut imports = Imports::new(&inside);
    imports.write(&mut out)?;
    let index = |imports: &Imports<'_>, name: &str| {
        let known = imports.items.get(name).copied();
        known.map(|(_, index)| index).ok_or_else(unknown)
    };

    // A value type is written anew, with the exported types that it names: what is exported
    // may only name what is exported too. So those that the interface does not have itself,
    // but names through others, are exported besides.
    let mut exported = HashMap::new();
    let mut taken: HashSet<String> = face.parts.iter().map(|(name, _)| name.clone()).collect();
    for (origin, path, item) in &declared {
        let inner = match item {
            ItemType::Type(TypeDecl::Value(ty)) => {
                let mut scope = Names {
                    out: &mut out,
                    imports: &mut imports,
                    exported: &exported,
                };
                defined(&mut scope, ty)?
            }
            _ => index(&imports, &path.item)?,
        };
        let own = face.parts.iter().filter(|(name, part)| match part {
            Part::Type(of) => of == origin,
            Part::Same => world.origin(&own(name)) == origin,
            _ => false,
        });
        let mut own: Vec<String> = own.map(|(name, _)| name.clone()).collect();
        if own.is_empty() {
            let mut name = origin.name().to_string();
            while !taken.insert(name.clone()) {
                name.push_str("-x");
            }
            own.push(name);
        }
        for name in own {
            let inner = exported.get(path).copied().unwrap_or(inner);
            let index = out.export(name.as_str().into(), Kind::Type, inner);
            exported.entry(path.clone()).or_insert(index);
        }
    }
    for (position, (name, _)) in face.parts.iter().enumerate() {
        if let Some(ItemType::Func(signature)) = signatures.get(&position) {
            let inner = index(&imports, &format!("f{position}"))?;
            let mut scope = Names {
                out: &mut out,
                imports: &mut imports,
                exported: &exported,
            };
            let ty = function(&mut scope, signature)?;
            out.export_func(name, inner, ty);
        }
    }
    let types = declared.into_iter();
    Ok(Shell {
        bytes: out.finish(),
        types: types.map(|(origin, name, _)| (name.item, origin)).collect(),
        functions,
    })
}
