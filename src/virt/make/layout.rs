//! Types of a world as the canonical ABI sees them.

use crate::binary::abi::{Lowered, Pointer};
use crate::binary::world::{ItemType, Member, Primitive, Signature, TypeDecl, ValueType, World};
use crate::binary::{FuncType, ResourceName, Ty, TyKind};
use std::sync::Arc;

/// The type behind names.
pub(in crate::virt) fn behind<'w>(world: &'w World, ty: &'w ValueType) -> &'w ValueType {
    match ty {
        ValueType::Named(path) => match world.declaration(world.origin(path)) {
            Some(TypeDecl::Value(ty)) => ty,
            _ => ty,
        },
        _ => ty,
    }
}

/// A value type with its layout. Types nest at most 100 deep in a validated component.
pub(in crate::virt) fn ty(world: &World, of: &ValueType) -> Ty {
    use ValueType as V;
    let part = |of: &Arc<ValueType>| ty(world, of);
    let optional = |of: &Option<Arc<ValueType>>| of.as_ref().map(part);
    let unnamed = || ResourceName(None);
    Ty::new(match behind(world, of) {
        V::Primitive(primitive) => (*primitive).into(),
        V::Record(fields) => {
            TyKind::Record(fields.iter().map(|(n, of)| (n.clone(), part(of))).collect())
        }
        V::Variant(cases) => {
            let cases = cases.iter();
            TyKind::Variant(cases.map(|(n, of)| (n.clone(), optional(of))).collect())
        }
        V::List(of) => TyKind::List(part(of)),
        V::FixedList(of, length) => TyKind::FixedList(part(of), *length),
        V::Map(key, value) => {
            let (key, value) = (part(key), part(value));
            let entry = Ty::new(TyKind::Tuple(vec![key.clone(), value.clone()]));
            TyKind::Map { key, value, entry }
        }
        V::Tuple(types) => TyKind::Tuple(types.iter().map(part).collect()),
        V::Flags(names) => TyKind::Flags(names.clone()),
        V::Enum(names) => TyKind::Enum(names.clone()),
        V::Option(of) => TyKind::Option(part(of)),
        V::Result(ok, err) => TyKind::Result {
            ok: optional(ok),
            err: optional(err),
        },
        V::Own(_) => TyKind::Own(unnamed()),
        V::Borrow(_) => TyKind::Borrow(unnamed()),
        V::Stream(of) => TyKind::Stream(optional(of)),
        V::Future(of) => TyKind::Future(optional(of)),
        // A name that leads nowhere; there is none in a validated component.
        V::Named(_) => TyKind::Bool,
    })
}

/// The core function that a signature is lowered to. A lifted one has the same parameters, but
/// for [`Lowered::result_pointer`]: that it returns.
pub(in crate::virt) fn lowered(world: &World, of: &Signature) -> Lowered {
    let params = of.params.iter();
    let function = FuncType {
        params: params.map(|(n, of)| (n.clone(), ty(world, of))).collect(),
        result: of.result.as_ref().map(|of| ty(world, of)),
        is_async: of.is_async,
    };
    function.lower(false, Pointer::Narrow)
}

/// Functions of an import, in order; of an import that is a function, that one.
pub(in crate::virt) fn functions<'w>(
    world: &'w World,
    item: &str,
) -> Vec<(&'w str, &'w Arc<Signature>)> {
    match world.imports.get_key_value(item).map(|(n, i)| (n, &i.ty)) {
        Some((_, ItemType::Instance(interface))) => {
            let members = interface.members.iter();
            let functions = members.filter_map(|(name, member)| match member {
                Member::Func(signature) => Some((name.as_str(), signature)),
                _ => None,
            });
            functions.collect()
        }
        Some((name, ItemType::Func(signature))) => vec![(name, signature)],
        _ => Vec::new(),
    }
}

/// Whether values of a type have parts in memory wherever they are passed.
pub(super) fn layout_has_memory(world: &World, ty: &ValueType) -> bool {
    use ValueType as V;
    let part = |ty: &Arc<ValueType>| layout_has_memory(world, ty);
    match behind(world, ty) {
        V::Primitive(p) => *p == Primitive::String,
        V::List(_) | V::Map(..) => true,
        V::FixedList(ty, _) | V::Option(ty) => part(ty),
        V::Record(fields) => fields.iter().any(|(_, ty)| part(ty)),
        V::Variant(cases) => cases.iter().any(|(_, ty)| ty.as_ref().is_some_and(part)),
        V::Tuple(types) => types.iter().any(part),
        V::Result(ok, err) => [ok, err].into_iter().flatten().any(part),
        _ => false,
    }
}
