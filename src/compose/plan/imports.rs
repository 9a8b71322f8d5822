//! Imports of the whole: what nobody inside provides, each interface once on its version
//! track, with the members that any of its users needs.

use super::super::fit::{Place, agree};
use super::super::names::{self, rename};
use super::super::wiring::Source;
use super::{PlanError, Planner};
use crate::base::InterfaceName;
use crate::binary::world::{
    Attributes, Interface, ItemType, Member, Side, TypeDecl, TypePath, WorldItem,
};
use std::collections::HashMap;
use std::sync::Arc;

impl Planner<'_, '_> {
    /// Gives every open import an import of the whole.
    pub(super) fn import_the_rest(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        // Those of one node in its order, so that what is used stands before its users.
        let position = |(node, name): &(usize, String)| {
            let imports = &self.wiring.package_of(*node).world.imports;
            (*node, imports.get_index_of(name))
        };
        open.sort_by_key(position);
        let mut users: HashMap<String, String> = HashMap::new();
        for (node, name) in open {
            match self.import(node, &name, &mut users) {
                Ok(source) => {
                    self.wiring.nodes[node].args.insert(name, source);
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn import(
        &mut self,
        node: usize,
        name: &str,
        users: &mut HashMap<String, String>,
    ) -> Result<Source, PlanError> {
        let world = Arc::clone(&self.wiring.package_of(node).world);
        let Some(item) = world.imports.get(name) else {
            return Ok(Source::Import(name.to_string()));
        };
        // A type that is imported on its own comes with the interface that declares it.
        if let ItemType::Type(TypeDecl::Same(path)) = &item.ty
            && let Some(source) = self.type_of(node, path)
        {
            return Ok(source);
        }
        let consumer = self.name(node);
        let mut at = match self.same_import(name, item) {
            Some(at) => at,
            None => name.to_string(),
        };
        if is_newer(name, &at) && self.wiring.world.imports.contains_key(&at) {
            self.raise(&at, name);
            if let Some(user) = users.remove(&at) {
                users.insert(name.to_string(), user);
            }
            at = name.to_string();
        }
        let renamed = self.to_root(node, name, &at, item)?;
        if let Some(root) = self.wiring.world.imports.get(&at) {
            let left = Place {
                world: &self.wiring.world,
                side: Side::Import,
                name: &at,
            };
            let right = Place {
                world: &world,
                side: Side::Import,
                name,
            };
            if let Err(mismatch) = agree(left, right) {
                return Err(PlanError::ImportConflict {
                    name: at.clone(),
                    first: users
                        .get(&at)
                        .cloned()
                        .unwrap_or_else(|| "the whole".into()),
                    second: consumer,
                    mismatch: Box::new(mismatch),
                });
            }
            let joined = join(&at, &root.ty, &renamed);
            if let Some(root) = self.wiring.world.imports.get_mut(&at) {
                root.ty = joined;
            }
        } else {
            let item = WorldItem {
                attributes: item.attributes.clone(),
                ty: renamed,
            };
            self.wiring.world.imports.insert(at.clone(), item);
            users.insert(at.clone(), consumer);
        }
        Ok(Source::Import(at))
    }

    /// The import of the whole that stands for an import of a component.
    fn same_import(&self, name: &str, item: &WorldItem) -> Option<String> {
        let imports = &self.wiring.world.imports;
        if let Some(root) = imports.get(name) {
            return (root.attributes == item.attributes).then(|| name.to_string());
        }
        if item.attributes != Attributes::default() {
            return None;
        }
        let interface: InterfaceName = name.parse().ok()?;
        let mut names = imports.iter();
        let same = names.find(|(root, other)| {
            let root = root.parse::<InterfaceName>();
            other.attributes == Attributes::default()
                && root.is_ok_and(|root| root.same_track(&interface))
        });
        same.map(|(root, _)| root.clone())
    }

    /// Gives an import of the whole the name of a later version.
    fn raise(&mut self, old: &str, new: &str) {
        let mut to_new = |path: &TypePath| -> Result<TypePath, std::convert::Infallible> {
            let mut path = path.clone();
            if path.side == Side::Import && path.item == old {
                path.item = new.to_string();
            }
            Ok(path)
        };
        let imports = std::mem::take(&mut self.wiring.world.imports);
        for (name, item) in imports {
            let Ok(ty) = rename(&item.ty, &mut to_new);
            let name = if name == old { new.to_string() } else { name };
            let attributes = item.attributes;
            let item = WorldItem { attributes, ty };
            self.wiring.world.imports.insert(name, item);
        }
        let args = self
            .wiring
            .nodes
            .iter_mut()
            .flat_map(|node| node.args.values_mut());
        for source in args {
            source.raise(old, new);
        }
        for export in self.wiring.exports.values_mut() {
            export.source.raise(old, new);
        }
    }

    /// A type of a component as a source.
    fn type_of(&self, node: usize, path: &TypePath) -> Option<Source> {
        let of = self.wiring.nodes[node].args.get(&path.item)?;
        Some(match &path.member {
            Some(member) => Source::Member(Box::new(of.clone()), member.clone()),
            None => of.clone(),
        })
    }

    /// The type of an import with the names of the whole.
    fn to_root(
        &self,
        node: usize,
        name: &str,
        at: &str,
        item: &WorldItem,
    ) -> Result<ItemType, PlanError> {
        let args = &self.wiring.nodes[node].args;
        rename(&item.ty, &mut |path| {
            let mut path = path.clone();
            if path.item == name {
                path.item = at.to_string();
                return Ok(path);
            }
            let source = args.get(&path.item);
            let outside = match source {
                Some(Source::Import(root)) => Some((root.clone(), path.member.clone())),
                Some(Source::Member(of, member)) => match &**of {
                    Source::Import(root) => Some((root.clone(), Some(member.clone()))),
                    _ => None,
                },
                _ => None,
            };
            let Some((item, member)) = outside else {
                return Err(PlanError::ImportUsesInside {
                    consumer: self.name(node),
                    import: name.to_string(),
                    used: path.to_string(),
                    provider: source.map_or_else(String::new, |s| self.provider(s)),
                });
            };
            path.item = item;
            path.member = member;
            Ok(path)
        })
    }
}

/// Whether `a` is a later version than `b`, both on one track.
fn is_newer(a: &str, b: &str) -> bool {
    match (a.parse::<InterfaceName>(), b.parse::<InterfaceName>()) {
        (Ok(a), Ok(b)) => a.version > b.version,
        _ => false,
    }
}

/// The members of both; those of the first come first, types before what uses them. `name` is
/// the import, in whose names both are written.
pub fn join(name: &str, first: &ItemType, second: &ItemType) -> ItemType {
    let (ItemType::Instance(a), ItemType::Instance(b)) = (first, second) else {
        return first.clone();
    };
    let mut members = a.members.clone();
    for (name, member) in &b.members {
        if !members.contains_key(name) {
            members.insert(name.clone(), member.clone());
        }
    }
    let (types, rest): (Vec<_>, Vec<_>) = members
        .into_iter()
        .partition(|(_, member)| matches!(member, Member::Type(_)));
    let mut joined = Interface::default();
    joined.members.extend(in_order(name, types));
    joined.members.extend(rest);
    ItemType::Instance(joined)
}

/// Types of the import `of` so that each stands after those that it names, else in their
/// order.
fn in_order(of: &str, mut waiting: Vec<(String, Member)>) -> Vec<(String, Member)> {
    let mut placed = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, member)| {
            let Member::Type(decl) = member else {
                return true;
            };
            let item = ItemType::Type(decl.clone());
            let uses = names::uses(&item);
            uses.iter().filter(|path| path.item == of).all(|path| {
                let waits = |(name, _): &(String, Member)| path.member.as_ref() == Some(name);
                !waiting.iter().any(waits)
            })
        });
        placed.push(waiting.remove(ready.unwrap_or(0)));
    }
    placed
}

impl Source {
    fn raise(&mut self, old: &str, new: &str) {
        match self {
            Source::Import(name) if name == old => *name = new.to_string(),
            Source::Member(of, _) => of.raise(old, new),
            Source::Bundle(parts) => parts.iter_mut().for_each(|(_, s)| s.raise(old, new)),
            _ => {}
        }
    }
}
