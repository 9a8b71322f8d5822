//! Names of types within types: listing them and giving them others.

use crate::binary::world::{Interface, ItemType, Member, Signature, TypeDecl, TypePath, ValueType};
use std::sync::Arc;

/// All types that an item names, each once, in order.
pub fn uses(item: &ItemType) -> Vec<&TypePath> {
    let mut found = Vec::new();
    match item {
        ItemType::Instance(interface) => {
            for member in interface.members.values() {
                match member {
                    Member::Func(signature) => in_signature(signature, &mut found),
                    Member::Type(decl) => in_decl(decl, &mut found),
                    Member::Other(_) => {}
                }
            }
        }
        ItemType::Func(signature) => in_signature(signature, &mut found),
        ItemType::Type(decl) => in_decl(decl, &mut found),
        ItemType::Other(_) => {}
    }
    found
}

fn in_decl<'t>(decl: &'t TypeDecl, found: &mut Vec<&'t TypePath>) {
    match decl {
        TypeDecl::Resource => {}
        TypeDecl::Same(path) => add(path, found),
        TypeDecl::Value(ty) => in_value(ty, found),
    }
}

fn in_signature<'t>(signature: &'t Signature, found: &mut Vec<&'t TypePath>) {
    for (_, ty) in &signature.params {
        in_value(ty, found);
    }
    if let Some(result) = &signature.result {
        in_value(result, found);
    }
}

fn add<'t>(path: &'t TypePath, found: &mut Vec<&'t TypePath>) {
    if !found.contains(&path) {
        found.push(path);
    }
}

fn in_value<'t>(ty: &'t ValueType, found: &mut Vec<&'t TypePath>) {
    use ValueType as V;
    match ty {
        V::Primitive(_) | V::Flags(_) | V::Enum(_) => {}
        V::Named(path) | V::Own(path) | V::Borrow(path) => add(path, found),
        V::Record(fields) => fields.iter().for_each(|(_, ty)| in_value(ty, found)),
        V::Variant(cases) => {
            let payloads = cases.iter().filter_map(|(_, ty)| ty.as_ref());
            payloads.for_each(|ty| in_value(ty, found));
        }
        V::List(ty) | V::FixedList(ty, _) | V::Option(ty) => in_value(ty, found),
        V::Map(key, value) => {
            in_value(key, found);
            in_value(value, found);
        }
        V::Tuple(types) => types.iter().for_each(|ty| in_value(ty, found)),
        V::Result(a, b) => [a, b]
            .into_iter()
            .flatten()
            .for_each(|ty| in_value(ty, found)),
        V::Stream(ty) | V::Future(ty) => ty.iter().for_each(|ty| in_value(ty, found)),
    }
}

/// The same item with every name of a type replaced; the first error of `rename` ends it.
pub fn rename<E>(
    item: &ItemType,
    rename: &mut impl FnMut(&TypePath) -> Result<TypePath, E>,
) -> Result<ItemType, E> {
    Ok(match item {
        ItemType::Instance(interface) => {
            let mut renamed = Interface::default();
            for (name, member) in &interface.members {
                let member = match member {
                    Member::Func(s) => Member::Func(Arc::new(signature(s, rename)?)),
                    Member::Type(d) => Member::Type(decl(d, rename)?),
                    Member::Other(sort) => Member::Other(*sort),
                };
                renamed.members.insert(name.clone(), member);
            }
            ItemType::Instance(renamed)
        }
        ItemType::Func(s) => ItemType::Func(Arc::new(signature(s, rename)?)),
        ItemType::Type(d) => ItemType::Type(decl(d, rename)?),
        ItemType::Other(sort) => ItemType::Other(*sort),
    })
}

fn decl<E>(
    of: &TypeDecl,
    rename: &mut impl FnMut(&TypePath) -> Result<TypePath, E>,
) -> Result<TypeDecl, E> {
    Ok(match of {
        TypeDecl::Resource => TypeDecl::Resource,
        TypeDecl::Same(path) => TypeDecl::Same(rename(path)?),
        TypeDecl::Value(ty) => TypeDecl::Value(value(ty, rename)?),
    })
}

fn signature<E>(
    of: &Signature,
    rename: &mut impl FnMut(&TypePath) -> Result<TypePath, E>,
) -> Result<Signature, E> {
    let mut params = Vec::with_capacity(of.params.len());
    for (name, ty) in &of.params {
        params.push((name.clone(), value(ty, rename)?));
    }
    Ok(Signature {
        params,
        result: payload(&of.result, rename)?,
        is_async: of.is_async,
    })
}

fn payload<E>(
    of: &Option<Arc<ValueType>>,
    rename: &mut impl FnMut(&TypePath) -> Result<TypePath, E>,
) -> Result<Option<Arc<ValueType>>, E> {
    of.as_ref().map(|ty| value(ty, rename)).transpose()
}

fn value<E>(
    of: &Arc<ValueType>,
    rename: &mut impl FnMut(&TypePath) -> Result<TypePath, E>,
) -> Result<Arc<ValueType>, E> {
    use ValueType as V;
    Ok(Arc::new(match &**of {
        V::Primitive(_) | V::Flags(_) | V::Enum(_) => return Ok(Arc::clone(of)),
        V::Named(path) => V::Named(rename(path)?),
        V::Own(path) => V::Own(rename(path)?),
        V::Borrow(path) => V::Borrow(rename(path)?),
        V::Record(fields) => {
            let mut renamed = Vec::with_capacity(fields.len());
            for (name, ty) in fields {
                renamed.push((name.clone(), value(ty, rename)?));
            }
            V::Record(renamed)
        }
        V::Variant(cases) => {
            let mut renamed = Vec::with_capacity(cases.len());
            for (name, ty) in cases {
                renamed.push((name.clone(), payload(ty, rename)?));
            }
            V::Variant(renamed)
        }
        V::List(ty) => V::List(value(ty, rename)?),
        V::FixedList(ty, length) => V::FixedList(value(ty, rename)?, *length),
        V::Map(key, item) => V::Map(value(key, rename)?, value(item, rename)?),
        V::Tuple(types) => {
            let mut renamed = Vec::with_capacity(types.len());
            for ty in types {
                renamed.push(value(ty, rename)?);
            }
            V::Tuple(renamed)
        }
        V::Option(ty) => V::Option(value(ty, rename)?),
        V::Result(ok, err) => V::Result(payload(ok, rename)?, payload(err, rename)?),
        V::Stream(ty) => V::Stream(payload(ty, rename)?),
        V::Future(ty) => V::Future(payload(ty, rename)?),
    }))
}
