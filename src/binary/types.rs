//! Types of component functions, as an own model converted from the validator's.
//!
//! Equal subtypes are shared, not copied: a small file can describe a type of a million
//! nodes by naming one record in the next a few times over.

mod convert;
mod display;

#[cfg(test)]
mod tests;

use super::abi::Abi;
use std::sync::Arc;

pub use convert::TypeReader;

/// The type of a component function.
#[derive(Clone, Debug)]
pub struct FuncType {
    /// Parameters in order; `self` is the first of a method.
    pub params: Vec<(String, Ty)>,
    /// The result.
    pub result: Option<Ty>,
    /// Whether the type is `async`.
    pub is_async: bool,
}

/// A component value type. Cloning shares it.
#[derive(Clone)]
pub struct Ty(Arc<Node>);

struct Node {
    kind: TyKind,
    abi: Abi,
}

/// What a value type is. Component-model `Explainer.md`, `valtype` and `defvaltype`.
#[derive(Clone, Debug)]
pub enum TyKind {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`
    Char,
    /// `string`
    String,
    /// `error-context`
    ErrorContext,
    /// Named fields in order.
    Record(Vec<(String, Ty)>),
    /// Named cases in order, some with a payload.
    Variant(Vec<(String, Option<Ty>)>),
    /// `list<T>`
    List(Ty),
    /// `list<T, N>`
    FixedList(Ty, u32),
    /// `map<K, V>`; passed like `list<tuple<K, V>>`.
    Map {
        /// Keys.
        key: Ty,
        /// Values.
        value: Ty,
        /// The tuple of both that the elements of the list are.
        entry: Ty,
    },
    /// `tuple<…>`
    Tuple(Vec<Ty>),
    /// Names of flags.
    Flags(Vec<String>),
    /// Names of cases without payload.
    Enum(Vec<String>),
    /// `option<T>`
    Option(Ty),
    /// `result<T, E>`
    Result {
        /// Payload of `ok`.
        ok: Option<Ty>,
        /// Payload of `error`.
        err: Option<Ty>,
    },
    /// An owned handle.
    Own(ResourceName),
    /// A borrowed handle.
    Borrow(ResourceName),
    /// `stream<T>`
    Stream(Option<Ty>),
    /// `future<T>`
    Future(Option<Ty>),
}

/// The name under which a resource type is known, when one was found. For messages: two
/// resources may have one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceName(pub Option<Arc<str>>);

impl Ty {
    /// Makes a type and computes its layout from those of its parts.
    pub fn new(kind: TyKind) -> Ty {
        let abi = Abi::of(&kind);
        Ty(Arc::new(Node { kind, abi }))
    }

    /// What the type is.
    pub fn kind(&self) -> &TyKind {
        &self.0.kind
    }

    /// How the canonical ABI lays its values out.
    pub fn abi(&self) -> &Abi {
        &self.0.abi
    }

    /// Whether both are one shared type. `false` says nothing about equality.
    pub fn same(&self, other: &Ty) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl TyKind {
    /// The cases of a sum type with their payloads, in order of their discriminants.
    pub fn cases(&self) -> Option<Vec<(&str, Option<&Ty>)>> {
        Some(match self {
            TyKind::Variant(cases) => cases
                .iter()
                .map(|(name, ty)| (name.as_str(), ty.as_ref()))
                .collect(),
            TyKind::Enum(names) => names.iter().map(|name| (name.as_str(), None)).collect(),
            TyKind::Option(ty) => vec![("none", None), ("some", Some(ty))],
            TyKind::Result { ok, err } => vec![("ok", ok.as_ref()), ("err", err.as_ref())],
            _ => return None,
        })
    }
}
