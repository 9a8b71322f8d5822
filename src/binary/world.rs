//! The world of a component: what it imports and exports, with types that name their parts.
//!
//! Where a type of an interface uses one of another interface, the model says so by name, as
//! WIT does, instead of by index or identity. So worlds of different components can be
//! compared, joined and written again.

mod convert;
mod display;

use indexmap::IndexMap;
use std::sync::Arc;

pub use convert::WorldError;

/// Imports and exports of a component.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Imports in order.
    pub imports: IndexMap<String, WorldItem>,
    /// Exports in order.
    pub exports: IndexMap<String, WorldItem>,
}

/// An import or export.
#[derive(Clone, Debug)]
pub struct WorldItem {
    /// What the name says beyond itself.
    pub attributes: Attributes,
    /// What it is.
    pub ty: ItemType,
}

/// Attributes of a name; see [`super::ExternName`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// The interface that a plainly named instance implements.
    pub implements: Option<String>,
    /// The part of the version that the name leaves out.
    pub version_suffix: Option<String>,
    /// The identity that the thing has outside of WebAssembly.
    pub external_id: Option<String>,
}

/// What an import or export is.
#[derive(Clone, Debug)]
pub enum ItemType {
    /// An instance.
    Instance(Interface),
    /// A function.
    Func(Arc<Signature>),
    /// A type.
    Type(TypeDecl),
    /// Something that this model has no form for.
    Other(super::Sort),
}

/// The type of an instance: its members by name, in order.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Types stand before what uses them.
    pub members: IndexMap<String, Member>,
}

/// A member of an interface.
#[derive(Clone, Debug)]
pub enum Member {
    /// A type.
    Type(TypeDecl),
    /// A function.
    Func(Arc<Signature>),
    /// Something that this model has no form for.
    Other(super::Sort),
}

/// A named type.
#[derive(Clone, Debug)]
pub enum TypeDecl {
    /// A resource type that comes into being here.
    Resource,
    /// A type of another place under a name of its own.
    Same(TypePath),
    /// A value type.
    Value(Arc<ValueType>),
}

/// The type of a function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Parameters in order; `self` is the first of a method.
    pub params: Vec<(String, Arc<ValueType>)>,
    /// The result.
    pub result: Option<Arc<ValueType>>,
    /// Whether the type is `async`.
    pub is_async: bool,
}

/// Where a named type stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypePath {
    /// Import or export.
    pub side: Side,
    /// The name of the import or export; for a type that is one itself, its own name.
    pub item: String,
    /// The name within the instance; `None` for an import or export that is a type.
    pub member: Option<String>,
}

/// The sides of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Imports.
    Import,
    /// Exports.
    Export,
}

/// A value type.
#[derive(Clone, Debug)]
pub enum ValueType {
    /// `bool`, numbers, `char`, `string`, `error-context`.
    Primitive(Primitive),
    /// A type that has a name.
    Named(TypePath),
    /// Named fields in order.
    Record(Vec<(String, Arc<ValueType>)>),
    /// Named cases in order, some with a payload.
    Variant(Vec<(String, Option<Arc<ValueType>>)>),
    /// `list<T>`
    List(Arc<ValueType>),
    /// `list<T, N>`
    FixedList(Arc<ValueType>, u32),
    /// `map<K, V>`
    Map(Arc<ValueType>, Arc<ValueType>),
    /// `tuple<…>`
    Tuple(Vec<Arc<ValueType>>),
    /// Names of flags.
    Flags(Vec<String>),
    /// Names of cases without payload.
    Enum(Vec<String>),
    /// `option<T>`
    Option(Arc<ValueType>),
    /// `result<T, E>`
    Result(Option<Arc<ValueType>>, Option<Arc<ValueType>>),
    /// An owned handle.
    Own(TypePath),
    /// A borrowed handle.
    Borrow(TypePath),
    /// `stream<T>`
    Stream(Option<Arc<ValueType>>),
    /// `future<T>`
    Future(Option<Arc<ValueType>>),
}

/// Primitive value types, spelled as in WIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Primitive {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    ErrorContext,
}

impl World {
    /// The declaration at a path.
    pub fn declaration(&self, path: &TypePath) -> Option<&TypeDecl> {
        let items = match path.side {
            Side::Import => &self.imports,
            Side::Export => &self.exports,
        };
        match (&items.get(&path.item)?.ty, &path.member) {
            (ItemType::Type(decl), None) => Some(decl),
            (ItemType::Instance(interface), Some(member)) => {
                match interface.members.get(member)? {
                    Member::Type(decl) => Some(decl),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Follows names until a type comes into being: the path of its declaration.
    pub fn origin<'w>(&'w self, path: &'w TypePath) -> &'w TypePath {
        let mut path = path;
        // Declarations name earlier ones only; the bound guards against a made-up world.
        for _ in 0..1_000 {
            match self.declaration(path) {
                Some(TypeDecl::Same(next)) => path = next,
                Some(TypeDecl::Value(ty)) => match &**ty {
                    ValueType::Named(next) => path = next,
                    _ => return path,
                },
                _ => return path,
            }
        }
        path
    }
}
