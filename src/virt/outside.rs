//! Types of an import of the whole, written with the names of the whole.
//!
//! An interface that stays may use types of one that an adapter provides. A resource type is
//! that of the outside if the adapter hands it on; a value type is written where it is used,
//! since it is compared by structure.

use super::error::VirtError;
use crate::binary::world::{
    Interface, ItemType, Member, Side, TypeDecl, TypePath, ValueType, World,
};
use crate::compose::{Source, Wiring, names};
use std::sync::Arc;

/// How many places a type is followed through; guards against a made-up world.
const MAX_STEPS: usize = 1_000;

/// An import of a node that becomes one of the whole.
pub(super) struct Outside<'w, 'a> {
    pub(super) wiring: &'w Wiring<'a>,
    pub(super) node: usize,
    /// Its name at the node.
    pub(super) name: &'w str,
    /// Its name at the whole.
    pub(super) at: &'w str,
}

/// Where a type is, seen from the whole.
enum Found {
    /// At an import of the whole.
    Import(TypePath),
    /// A value type that an adapter declares: its node and path there.
    Value(usize, TypePath),
}

impl Outside<'_, '_> {
    pub(super) fn type_of(&self, item: &ItemType) -> Result<ItemType, VirtError> {
        let ItemType::Instance(interface) = item else {
            return names::rename(item, &mut |path| self.path(path, &Interface::default()));
        };
        let mut plain = Interface::default();
        for (name, member) in &interface.members {
            let member = match member {
                Member::Type(TypeDecl::Same(path)) if path.item != self.name => {
                    match self.find(self.node, path)? {
                        Found::Import(_) => member.clone(),
                        Found::Value(node, path) => {
                            let ty = self.structure(node, &path)?;
                            Member::Type(TypeDecl::Value(ty))
                        }
                    }
                }
                member => member.clone(),
            };
            plain.members.insert(name.clone(), member);
        }
        let item = ItemType::Instance(plain);
        names::rename(&item, &mut |path| self.path(path, interface))
    }

    /// The name of a type at the whole.
    fn path(&self, path: &TypePath, interface: &Interface) -> Result<TypePath, VirtError> {
        // What was written out has its names already.
        if path.side == Side::Export {
            return Err(self.uses(path));
        }
        if path.item == self.name {
            return Ok(TypePath {
                item: self.at.to_string(),
                ..path.clone()
            });
        }
        match self.find(self.node, path)? {
            Found::Import(path) => Ok(path),
            Found::Value(..) => {
                // The interface has the type under a name of its own.
                let local = interface.members.iter().find(
                    |(_, member)| matches!(member, Member::Type(TypeDecl::Same(p)) if p == path),
                );
                let (local, _) = local.ok_or_else(|| self.uses(path))?;
                Ok(TypePath {
                    side: Side::Import,
                    item: self.at.to_string(),
                    member: Some(local.clone()),
                })
            }
        }
    }

    fn uses(&self, path: &TypePath) -> VirtError {
        VirtError::UsesInside {
            import: self.at.to_string(),
            used: path.to_string(),
        }
    }

    fn world(&self, node: usize) -> &World {
        &self.wiring.package_of(node).world
    }

    /// Follows a type of a node to an import of the whole, or to where it is declared.
    fn find(&self, node: usize, path: &TypePath) -> Result<Found, VirtError> {
        let (mut node, mut path) = (node, path.clone());
        for _ in 0..MAX_STEPS {
            path = self.world(node).origin(&path).clone();
            if path.side == Side::Export {
                return match self.world(node).declaration(&path) {
                    Some(TypeDecl::Value(_)) => Ok(Found::Value(node, path)),
                    _ => Err(self.uses(&path)),
                };
            }
            match self.wiring.nodes[node].args.get(&path.item) {
                Some(Source::Import(item)) => {
                    let item = item.clone();
                    return Ok(Found::Import(TypePath { item, ..path }));
                }
                Some(Source::Export { node: next, name }) => {
                    path = TypePath {
                        side: Side::Export,
                        item: name.clone(),
                        member: path.member,
                    };
                    node = *next;
                }
                _ => return Err(self.uses(&path)),
            }
        }
        Err(self.uses(&path))
    }

    /// The structure of a value type, with all that it names written out.
    fn structure(&self, node: usize, path: &TypePath) -> Result<Arc<ValueType>, VirtError> {
        match self.world(node).declaration(path) {
            Some(TypeDecl::Value(ty)) => {
                written_out(self.world(node), ty, MAX_STEPS).ok_or_else(|| self.uses(path))
            }
            _ => Err(self.uses(path)),
        }
    }
}

/// Whether a value type can be written where it is used, without the interface that declares
/// it.
pub(super) fn is_plain(world: &World, ty: &Arc<ValueType>) -> bool {
    written_out(world, ty, MAX_STEPS).is_some()
}

/// A value type in which nothing is named any more. `None` if a part of it has to have a name,
/// or is a handle.
fn written_out(world: &World, ty: &Arc<ValueType>, steps: usize) -> Option<Arc<ValueType>> {
    use ValueType as V;
    let inner = |ty: &Arc<ValueType>| -> Option<Arc<ValueType>> {
        let steps = steps.checked_sub(1)?;
        let ty = match &**ty {
            V::Named(path) => match world.declaration(world.origin(path)) {
                Some(TypeDecl::Value(ty)) => written_out(world, ty, steps)?,
                _ => return None,
            },
            _ => written_out(world, ty, steps)?,
        };
        let must_be_named = matches!(
            &*ty,
            V::Record(_) | V::Variant(_) | V::Enum(_) | V::Flags(_)
        );
        (!must_be_named).then_some(ty)
    };
    let optional = |ty: &Option<Arc<ValueType>>| match ty {
        Some(ty) => inner(ty).map(Some),
        None => Some(None),
    };
    Some(Arc::new(match &**ty {
        V::Primitive(_) | V::Flags(_) | V::Enum(_) => return Some(Arc::clone(ty)),
        V::Named(_) => return inner(ty),
        V::Record(fields) => {
            let fields = fields.iter().map(|(n, ty)| Some((n.clone(), inner(ty)?)));
            V::Record(fields.collect::<Option<_>>()?)
        }
        V::Variant(cases) => {
            let cases = cases.iter().map(|(n, ty)| Some((n.clone(), optional(ty)?)));
            V::Variant(cases.collect::<Option<_>>()?)
        }
        V::List(ty) => V::List(inner(ty)?),
        V::FixedList(ty, length) => V::FixedList(inner(ty)?, *length),
        V::Map(key, value) => V::Map(inner(key)?, inner(value)?),
        V::Tuple(types) => V::Tuple(types.iter().map(inner).collect::<Option<_>>()?),
        V::Option(ty) => V::Option(inner(ty)?),
        V::Result(ok, err) => V::Result(optional(ok)?, optional(err)?),
        V::Own(_) | V::Borrow(_) | V::Stream(_) | V::Future(_) => return None,
    }))
}
