//! Types of imports, written from the world of the whole.
//!
//! A named type is written where it is declared and referred to by index after that. What an
//! instance type uses of another import is an outer alias of an alias of that import's
//! export, the form that all tools write.

use super::out::{Out, outer_type};
use super::{EncodeError, extern_name};
use crate::binary::Sort;
use crate::binary::world::{
    Interface, ItemType, Member, Primitive, Side, Signature, TypeDecl, TypePath, ValueType, World,
    WorldItem,
};
use std::collections::HashMap;
use wasm_encoder::{
    ComponentExportKind as Kind, ComponentTypeEncoder, ComponentTypeRef, ComponentValType,
    InstanceType, PrimitiveValType, TypeBounds,
};

/// Imports that are written, with what is known of their types.
pub(crate) struct Imports<'w> {
    world: &'w World,
    /// Import → kind and index.
    pub(crate) items: HashMap<&'w str, (Kind, u32)>,
    /// Named type → its index in the component.
    types: HashMap<TypePath, u32>,
}

/// Where types are defined: the component, or an instance type in it.
pub(crate) trait Scope {
    /// Writes a type: its index.
    fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32;
    /// The index of a named type.
    fn named(&mut self, path: &TypePath) -> Result<u32, EncodeError>;
}

struct Root<'o, 'i, 'w> {
    out: &'o mut Out,
    imports: &'i mut Imports<'w>,
}

struct Inner<'o, 'i, 'w> {
    root: Root<'o, 'i, 'w>,
    ty: InstanceType,
    /// Types that the instance type declares or has taken from outside.
    local: HashMap<TypePath, u32>,
}

impl Scope for Root<'_, '_, '_> {
    fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32 {
        self.out.define(write)
    }

    fn named(&mut self, path: &TypePath) -> Result<u32, EncodeError> {
        if let Some(index) = self.imports.types.get(path) {
            return Ok(*index);
        }
        let unknown = || EncodeError::UnknownType(path.to_string());
        let (kind, index) = *self
            .imports
            .items
            .get(path.item.as_str())
            .ok_or_else(unknown)?;
        let index = match &path.member {
            Some(member) if kind == Kind::Instance => self.out.alias(index, member, Kind::Type),
            None if kind == Kind::Type => index,
            _ => return Err(unknown()),
        };
        self.imports.types.insert(path.clone(), index);
        Ok(index)
    }
}

impl Scope for Inner<'_, '_, '_> {
    fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32 {
        let index = self.ty.type_count();
        write(self.ty.ty());
        index
    }

    fn named(&mut self, path: &TypePath) -> Result<u32, EncodeError> {
        if let Some(index) = self.local.get(path) {
            return Ok(*index);
        }
        let outside = self.root.named(path)?;
        let index = self.ty.type_count();
        self.ty.alias(outer_type(outside));
        self.local.insert(path.clone(), index);
        Ok(index)
    }
}

/// The index of a named type of an import in the component.
pub(crate) fn imported(
    out: &mut Out,
    imports: &mut Imports<'_>,
    path: &TypePath,
) -> Result<u32, EncodeError> {
    Root { out, imports }.named(path)
}

impl<'w> Imports<'w> {
    pub(crate) fn new(world: &'w World) -> Imports<'w> {
        Imports {
            world,
            items: HashMap::new(),
            types: HashMap::new(),
        }
    }

    /// Writes all imports, those first that others take types from.
    pub(crate) fn write(&mut self, out: &mut Out) -> Result<(), EncodeError> {
        let world = self.world;
        for name in import_order(world)? {
            if let Some(item) = world.imports.get(name) {
                self.import(out, name, item)?;
            }
        }
        Ok(())
    }

    fn import(
        &mut self,
        out: &mut Out,
        name: &'w str,
        item: &'w WorldItem,
    ) -> Result<(), EncodeError> {
        let mut root = Root { out, imports: self };
        let (ty, kind) = match &item.ty {
            ItemType::Instance(interface) => {
                let index = root.instance(name, interface)?;
                (ComponentTypeRef::Instance(index), Kind::Instance)
            }
            ItemType::Func(signature) => {
                let index = function(&mut root, signature)?;
                (ComponentTypeRef::Func(index), Kind::Func)
            }
            ItemType::Type(TypeDecl::Resource) => {
                (ComponentTypeRef::Type(TypeBounds::SubResource), Kind::Type)
            }
            ItemType::Type(TypeDecl::Same(path)) => {
                let index = root.named(path)?;
                (ComponentTypeRef::Type(TypeBounds::Eq(index)), Kind::Type)
            }
            ItemType::Type(TypeDecl::Value(ty)) => {
                let index = defined(&mut root, ty)?;
                (ComponentTypeRef::Type(TypeBounds::Eq(index)), Kind::Type)
            }
            ItemType::Other(sort) => {
                return Err(EncodeError::Unsupported {
                    name: name.to_string(),
                    sort: sort.as_str(),
                });
            }
        };
        let index = out.import(extern_name(name, &item.attributes), ty, kind);
        self.items.insert(name, (kind, index));
        Ok(())
    }
}

impl<'o, 'i, 'w> Root<'o, 'i, 'w> {
    fn instance(&mut self, name: &str, interface: &Interface) -> Result<u32, EncodeError> {
        let mut inner = Inner {
            root: Root {
                out: &mut *self.out,
                imports: &mut *self.imports,
            },
            ty: InstanceType::new(),
            local: HashMap::new(),
        };
        for (member, ty) in &interface.members {
            inner.member(name, member, ty)?;
        }
        let ty = inner.ty;
        Ok(self.out.define(|encoder| encoder.instance(&ty)))
    }
}

impl Inner<'_, '_, '_> {
    fn member(&mut self, item: &str, name: &str, member: &Member) -> Result<(), EncodeError> {
        let bounds = match member {
            Member::Func(signature) => {
                let index = function(self, signature)?;
                self.ty.export(name, ComponentTypeRef::Func(index));
                return Ok(());
            }
            Member::Other(sort) => {
                return Err(EncodeError::Unsupported {
                    name: format!("{item}.{name}"),
                    sort: sort.as_str(),
                });
            }
            Member::Type(TypeDecl::Resource) => TypeBounds::SubResource,
            Member::Type(TypeDecl::Same(path)) => TypeBounds::Eq(self.named(path)?),
            Member::Type(TypeDecl::Value(ty)) => TypeBounds::Eq(defined(self, ty)?),
        };
        let index = self.ty.type_count();
        self.ty.export(name, ComponentTypeRef::Type(bounds));
        let path = TypePath {
            side: Side::Import,
            item: item.to_string(),
            member: Some(name.to_string()),
        };
        self.local.insert(path, index);
        Ok(())
    }
}

/// Defines the type of a function, its parts first.
pub(crate) fn function(scope: &mut impl Scope, signature: &Signature) -> Result<u32, EncodeError> {
    let mut params = Vec::with_capacity(signature.params.len());
    for (name, ty) in &signature.params {
        params.push((name.as_str(), value(scope, ty)?));
    }
    let result = signature.result.as_ref();
    let result = result.map(|ty| value(scope, ty)).transpose()?;
    Ok(scope.define(|encoder| {
        let mut function = encoder.function();
        function.async_(signature.is_async);
        function.params(params);
        function.result(result);
    }))
}

/// A value type where one is used: by name, or defined before.
pub(crate) fn value(
    scope: &mut impl Scope,
    ty: &ValueType,
) -> Result<ComponentValType, EncodeError> {
    Ok(match ty {
        ValueType::Primitive(p) => ComponentValType::Primitive(primitive(*p)),
        ValueType::Named(path) => ComponentValType::Type(scope.named(path)?),
        _ => ComponentValType::Type(defined(scope, ty)?),
    })
}

fn optional(
    scope: &mut impl Scope,
    ty: Option<&std::sync::Arc<ValueType>>,
) -> Result<Option<ComponentValType>, EncodeError> {
    ty.map(|ty| value(scope, ty)).transpose()
}

/// Defines a value type, parts first.
pub(crate) fn defined(scope: &mut impl Scope, ty: &ValueType) -> Result<u32, EncodeError> {
    Ok(match ty {
        ValueType::Primitive(p) => {
            let p = primitive(*p);
            scope.define(|e| e.defined_type().primitive(p))
        }
        ValueType::Named(path) => scope.named(path)?,
        ValueType::Record(fields) => {
            let mut types = Vec::with_capacity(fields.len());
            for (name, ty) in fields {
                types.push((name.as_str(), value(scope, ty)?));
            }
            scope.define(|e| e.defined_type().record(types))
        }
        ValueType::Variant(cases) => {
            let mut types = Vec::with_capacity(cases.len());
            for (name, ty) in cases {
                types.push((name.as_str(), optional(scope, ty.as_ref())?));
            }
            scope.define(|e| e.defined_type().variant(types))
        }
        ValueType::List(ty) => {
            let ty = value(scope, ty)?;
            scope.define(|e| e.defined_type().list(ty))
        }
        ValueType::FixedList(ty, length) => {
            let ty = value(scope, ty)?;
            scope.define(|e| e.defined_type().fixed_length_list(ty, *length))
        }
        ValueType::Map(key, item) => {
            let key = value(scope, key)?;
            let item = value(scope, item)?;
            scope.define(|e| e.defined_type().map(key, item))
        }
        ValueType::Tuple(types) => {
            let types = types.iter().map(|ty| value(scope, ty));
            let types = types.collect::<Result<Vec<_>, _>>()?;
            scope.define(|e| e.defined_type().tuple(types))
        }
        ValueType::Flags(names) => {
            let names = names.iter().map(String::as_str);
            scope.define(|e| e.defined_type().flags(names))
        }
        ValueType::Enum(names) => {
            let names = names.iter().map(String::as_str);
            scope.define(|e| e.defined_type().enum_type(names))
        }
        ValueType::Option(ty) => {
            let ty = value(scope, ty)?;
            scope.define(|e| e.defined_type().option(ty))
        }
        ValueType::Result(ok, err) => {
            let ok = optional(scope, ok.as_ref())?;
            let err = optional(scope, err.as_ref())?;
            scope.define(|e| e.defined_type().result(ok, err))
        }
        ValueType::Own(path) => {
            let resource = scope.named(path)?;
            scope.define(|e| e.defined_type().own(resource))
        }
        ValueType::Borrow(path) => {
            let resource = scope.named(path)?;
            scope.define(|e| e.defined_type().borrow(resource))
        }
        ValueType::Stream(ty) => {
            let ty = optional(scope, ty.as_ref())?;
            scope.define(|e| e.defined_type().stream(ty))
        }
        ValueType::Future(ty) => {
            let ty = optional(scope, ty.as_ref())?;
            scope.define(|e| e.defined_type().future(ty))
        }
    })
}

fn primitive(primitive: Primitive) -> PrimitiveValType {
    match primitive {
        Primitive::Bool => PrimitiveValType::Bool,
        Primitive::S8 => PrimitiveValType::S8,
        Primitive::U8 => PrimitiveValType::U8,
        Primitive::S16 => PrimitiveValType::S16,
        Primitive::U16 => PrimitiveValType::U16,
        Primitive::S32 => PrimitiveValType::S32,
        Primitive::U32 => PrimitiveValType::U32,
        Primitive::S64 => PrimitiveValType::S64,
        Primitive::U64 => PrimitiveValType::U64,
        Primitive::F32 => PrimitiveValType::F32,
        Primitive::F64 => PrimitiveValType::F64,
        Primitive::Char => PrimitiveValType::Char,
        Primitive::String => PrimitiveValType::String,
        Primitive::ErrorContext => PrimitiveValType::ErrorContext,
    }
}

/// The kind of an item.
pub(super) fn kind_of(ty: &ItemType) -> Kind {
    match ty {
        ItemType::Instance(_) => Kind::Instance,
        ItemType::Func(_) => Kind::Func,
        ItemType::Type(_) => Kind::Type,
        ItemType::Other(sort) => match sort {
            Sort::CoreModule => Kind::Module,
            Sort::Func => Kind::Func,
            Sort::Value => Kind::Value,
            Sort::Type => Kind::Type,
            Sort::Component => Kind::Component,
            Sort::Instance => Kind::Instance,
        },
    }
}

/// Imports so that each stands after those that it takes types from, else in their order.
fn import_order(world: &World) -> Result<Vec<&str>, EncodeError> {
    let mut order: Vec<&str> = Vec::with_capacity(world.imports.len());
    let mut on_path: Vec<&str> = Vec::new();
    for name in world.imports.keys() {
        visit(world, name, &mut order, &mut on_path)?;
    }
    Ok(order)
}

fn visit<'w>(
    world: &'w World,
    name: &'w str,
    order: &mut Vec<&'w str>,
    on_path: &mut Vec<&'w str>,
) -> Result<(), EncodeError> {
    if order.contains(&name) {
        return Ok(());
    }
    let Some((name, item)) = world.imports.get_key_value(name) else {
        return Err(EncodeError::UnknownType(name.to_string()));
    };
    if on_path.contains(&name.as_str()) {
        return Err(EncodeError::CircularTypes(name.clone()));
    }
    on_path.push(name);
    for used in crate::compose::names::uses(&item.ty) {
        if used.side == Side::Import && used.item != *name {
            let used = world.imports.get_key_value(used.item.as_str());
            let (used, _) = used.ok_or_else(|| EncodeError::UnknownType(name.clone()))?;
            visit(world, used, order, on_path)?;
        }
    }
    on_path.pop();
    order.push(name);
    Ok(())
}
