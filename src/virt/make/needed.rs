//! What an adapter imports: of each interface the functions that it calls, and the types that
//! these name.

use crate::binary::world::{
    Interface, ItemType, Member, Side, Signature, TypeDecl, TypePath, World, WorldItem,
};
use crate::compose::names;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Parts of the imports of a component.
#[derive(Debug, Default)]
pub(in crate::virt) struct Needed {
    types: BTreeSet<TypePath>,
    /// Import → its functions; an import that is one is under an empty name.
    functions: BTreeMap<String, IndexMap<String, Arc<Signature>>>,
}

impl Needed {
    /// Adds a type with all that it names.
    pub(in crate::virt) fn add_type(&mut self, world: &World, path: &TypePath) {
        let mut todo = vec![path.clone()];
        while let Some(path) = todo.pop() {
            if !self.types.insert(path.clone()) {
                continue;
            }
            if let Some(decl) = world.declaration(&path) {
                let item = ItemType::Type(decl.clone());
                todo.extend(names::uses(&item).into_iter().cloned());
            }
        }
    }

    /// Adds a function with all types that it names.
    pub(in crate::virt) fn add_function(
        &mut self,
        world: &World,
        item: &str,
        name: Option<&str>,
        signature: &Arc<Signature>,
    ) {
        let functions = self.functions.entry(item.to_string()).or_default();
        let name = name.unwrap_or_default().to_string();
        functions.insert(name, Arc::clone(signature));
        let ty = ItemType::Func(Arc::clone(signature));
        for path in names::uses(&ty) {
            self.add_type(world, path);
        }
    }

    /// The type of a function that was added.
    pub(in crate::virt) fn signature(
        &self,
        item: &str,
        name: Option<&str>,
    ) -> Option<&Arc<Signature>> {
        self.functions.get(item)?.get(name.unwrap_or_default())
    }

    /// The imports as a world, in the order of the component.
    pub(in crate::virt) fn world(&self, of: &World) -> World {
        let mut world = World::default();
        for (name, item) in &of.imports {
            let functions = self.functions.get(name);
            let ty = match &item.ty {
                ItemType::Instance(interface) => {
                    let mut part = Interface::default();
                    for (member, ty) in &interface.members {
                        let path = TypePath {
                            side: Side::Import,
                            item: name.clone(),
                            member: Some(member.clone()),
                        };
                        if matches!(ty, Member::Type(_)) && self.types.contains(&path) {
                            part.members.insert(member.clone(), ty.clone());
                        }
                    }
                    for (member, signature) in functions.into_iter().flatten() {
                        let function = Member::Func(Arc::clone(signature));
                        part.members.insert(member.clone(), function);
                    }
                    if part.members.is_empty() {
                        continue;
                    }
                    ItemType::Instance(part)
                }
                ItemType::Func(_) if functions.is_some() => item.ty.clone(),
                ItemType::Type(TypeDecl::Resource | TypeDecl::Same(_) | TypeDecl::Value(_)) => {
                    let path = TypePath {
                        side: Side::Import,
                        item: name.clone(),
                        member: None,
                    };
                    if !self.types.contains(&path) {
                        continue;
                    }
                    item.ty.clone()
                }
                _ => continue,
            };
            let attributes = item.attributes.clone();
            world
                .imports
                .insert(name.clone(), WorldItem { attributes, ty });
        }
        world
    }
}
