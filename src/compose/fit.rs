//! Whether what one component exports is what another imports.
//!
//! Interfaces fit when the provider has every member that the consumer names, with equal
//! types. Value types are compared by structure, names followed on each side; resource types
//! are only paired here, since who they are depends on the wiring.
//! Component-model `Subtyping.md`, as far as validators implement it.

use crate::binary::world::{
    ItemType, Member, Side, Signature, TypeDecl, TypePath, ValueType, World,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many parts of types one comparison looks at.
const MAX_PARTS: usize = 1_000_000;

/// Where two types differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// From the outside inwards: `function `handle``, `parameter `p``.
    pub path: Vec<String>,
    /// What the consumer expects.
    pub expected: String,
    /// What the provider has.
    pub found: String,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)?;
        for (i, part) in self.path.iter().rev().enumerate() {
            f.write_str(if i == 0 { ", in " } else { " of " })?;
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// Resource types that must be one: on the consumer's side and on the provider's.
pub type Pairs = BTreeSet<(TypePath, TypePath)>;

/// An import or export of a world.
#[derive(Clone, Copy, Debug)]
pub struct Place<'w> {
    /// The world.
    pub world: &'w World,
    /// Import or export.
    pub side: Side,
    /// Its name.
    pub name: &'w str,
}

impl<'w> Place<'w> {
    /// What stands there.
    pub fn item(&self) -> Option<&'w ItemType> {
        let items = match self.side {
            Side::Import => &self.world.imports,
            Side::Export => &self.world.exports,
        };
        items.get(self.name).map(|item| &item.ty)
    }

    fn path(&self, member: Option<&str>) -> TypePath {
        TypePath {
            side: self.side,
            item: self.name.to_string(),
            member: member.map(str::to_string),
        }
    }
}

/// Functions that have another name on the provider's side: the consumer's, the provider's.
pub type Renames = [(String, String)];

struct Comparison<'w> {
    renames: &'w Renames,
    consumer: Place<'w>,
    provider: Place<'w>,
    pairs: Pairs,
    path: Vec<String>,
    parts: usize,
}

/// Compares what a consumer expects with what a provider has; gives the resources that must
/// be one.
pub fn fits(consumer: Place<'_>, provider: Place<'_>) -> Result<Pairs, Mismatch> {
    fits_renamed(consumer, provider, &[])
}

/// [`fits`], where functions have other names on the provider's side.
pub fn fits_renamed<'w>(
    consumer: Place<'w>,
    provider: Place<'w>,
    renames: &'w Renames,
) -> Result<Pairs, Mismatch> {
    let mut comparison = Comparison {
        renames,
        ..Comparison::new(consumer, provider)
    };
    match (consumer.item(), provider.item()) {
        (Some(expected), Some(found)) => comparison.item(expected, found)?,
        (Some(expected), None) => return comparison.differ(item_word(expected), "nothing"),
        (None, _) => {}
    }
    Ok(comparison.pairs)
}

/// Compares the members that both instances have.
pub fn agree(left: Place<'_>, right: Place<'_>) -> Result<Pairs, Mismatch> {
    let mut comparison = Comparison::new(left, right);
    match (left.item(), right.item()) {
        (Some(ItemType::Instance(a)), Some(ItemType::Instance(b))) => {
            for (name, member) in &a.members {
                if let Some(other) = b.members.get(name) {
                    comparison.member(name, member, other)?;
                }
            }
        }
        (Some(expected), Some(found)) => comparison.item(expected, found)?,
        _ => {}
    }
    Ok(comparison.pairs)
}

type Fit = Result<(), Mismatch>;

impl<'w> Comparison<'w> {
    fn new(consumer: Place<'w>, provider: Place<'w>) -> Self {
        Comparison {
            renames: &[],
            consumer,
            provider,
            pairs: Pairs::new(),
            path: Vec::new(),
            parts: 0,
        }
    }

    fn differ<T>(
        &self,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Result<T, Mismatch> {
        Err(Mismatch {
            path: self.path.clone(),
            expected: expected.to_string(),
            found: found.to_string(),
        })
    }

    fn within(&mut self, part: String, compare: impl FnOnce(&mut Self) -> Fit) -> Fit {
        self.path.push(part);
        compare(self)?;
        self.path.pop();
        Ok(())
    }

    fn item(&mut self, expected: &ItemType, found: &ItemType) -> Fit {
        match (expected, found) {
            (ItemType::Instance(expected), ItemType::Instance(found)) => {
                for (name, member) in &expected.members {
                    let renamed = self.renames.iter().find(|(here, _)| here == name);
                    match found.members.get(renamed.map_or(name, |(_, there)| there)) {
                        Some(other) => self.member(name, member, other)?,
                        None => {
                            let expected = format!("{} `{name}`", member_word(member));
                            return self.differ(expected, "none of that name");
                        }
                    }
                }
                Ok(())
            }
            (ItemType::Func(expected), ItemType::Func(found)) => self.signature(expected, found),
            (ItemType::Type(expected), ItemType::Type(found)) => self.decl(None, expected, found),
            (ItemType::Other(expected), ItemType::Other(found)) if expected == found => Ok(()),
            _ => self.differ(item_word(expected), item_word(found)),
        }
    }

    fn member(&mut self, name: &str, expected: &Member, found: &Member) -> Fit {
        let part = format!("{} `{name}`", member_word(expected));
        self.within(part, |c| match (expected, found) {
            (Member::Func(expected), Member::Func(found)) => c.signature(expected, found),
            (Member::Type(expected), Member::Type(found)) => c.decl(Some(name), expected, found),
            (Member::Other(expected), Member::Other(found)) if expected == found => Ok(()),
            _ => c.differ(
                format!("a {}", member_word(expected)),
                format!("a {}", member_word(found)),
            ),
        })
    }

    fn decl(&mut self, member: Option<&str>, expected: &TypeDecl, found: &TypeDecl) -> Fit {
        let here = self.resource(true, member, expected);
        let there = self.resource(false, member, found);
        match (here, there) {
            (Some(a), Some(b)) => {
                self.pairs.insert((a, b));
                Ok(())
            }
            (Some(_), None) => self.differ("a resource type", "a value type"),
            (None, Some(_)) => self.differ("a value type", "a resource type"),
            (None, None) => {
                let expected = self.value_of(true, expected);
                let found = self.value_of(false, found);
                match (expected, found) {
                    (Some(expected), Some(found)) => self.value(&expected, &found),
                    _ => Ok(()),
                }
            }
        }
    }

    fn world(&self, consumer: bool) -> &'w World {
        if consumer {
            self.consumer.world
        } else {
            self.provider.world
        }
    }

    /// The resource that a declaration makes or names.
    fn resource(&self, consumer: bool, member: Option<&str>, decl: &TypeDecl) -> Option<TypePath> {
        let world = self.world(consumer);
        match decl {
            TypeDecl::Resource if consumer => Some(self.consumer.path(member)),
            TypeDecl::Resource => Some(self.provider.path(member)),
            TypeDecl::Same(path) => {
                let origin = world.origin(path);
                matches!(world.declaration(origin), Some(TypeDecl::Resource))
                    .then(|| origin.clone())
            }
            TypeDecl::Value(_) => None,
        }
    }

    fn value_of(&self, consumer: bool, decl: &TypeDecl) -> Option<Arc<ValueType>> {
        match decl {
            TypeDecl::Value(ty) => Some(Arc::clone(ty)),
            TypeDecl::Same(path) => Some(Arc::new(ValueType::Named(path.clone()))),
            TypeDecl::Resource => None,
        }
        .map(|ty| self.structure(consumer, &ty))
    }

    /// The type behind names.
    fn structure(&self, consumer: bool, ty: &Arc<ValueType>) -> Arc<ValueType> {
        let ValueType::Named(path) = &**ty else {
            return Arc::clone(ty);
        };
        let world = self.world(consumer);
        match world.declaration(world.origin(path)) {
            Some(TypeDecl::Value(ty)) => Arc::clone(ty),
            _ => Arc::clone(ty),
        }
    }

    fn signature(&mut self, expected: &Signature, found: &Signature) -> Fit {
        if expected.is_async != found.is_async || expected.params.len() != found.params.len() {
            return self.differ(format!("`{expected}`"), format!("`{found}`"));
        }
        for ((name, ty), (other_name, other)) in expected.params.iter().zip(&found.params) {
            if name != other_name {
                return self.differ(
                    format!("parameter `{name}`"),
                    format!("parameter `{other_name}`"),
                );
            }
            self.within(format!("parameter `{name}`"), |c| c.value(ty, other))?;
        }
        self.within("the result".to_string(), |c| {
            c.payload(expected.result.as_ref(), found.result.as_ref())
        })
    }

    fn payload(
        &mut self,
        expected: Option<&Arc<ValueType>>,
        found: Option<&Arc<ValueType>>,
    ) -> Fit {
        match (expected, found) {
            (None, None) => Ok(()),
            (Some(expected), Some(found)) => self.value(expected, found),
            (Some(expected), None) => self.differ(format!("`{expected}`"), "nothing"),
            (None, Some(found)) => self.differ("nothing", format!("`{found}`")),
        }
    }

    fn handle(&mut self, expected: &TypePath, found: &TypePath) -> Fit {
        let pair = (
            self.world(true).origin(expected).clone(),
            self.world(false).origin(found).clone(),
        );
        self.pairs.insert(pair);
        Ok(())
    }

    fn value(&mut self, expected: &Arc<ValueType>, found: &Arc<ValueType>) -> Fit {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return self.differ("a type that can be compared", "one of too many parts");
        }
        let (a, b) = (self.structure(true, expected), self.structure(false, found));
        use ValueType as V;
        match (&*a, &*b) {
            (V::Primitive(a), V::Primitive(b)) if a == b => Ok(()),
            (V::Record(a), V::Record(b)) if same_names(a, b) => {
                for ((name, a), (_, b)) in a.iter().zip(b) {
                    self.within(format!("field `{name}`"), |c| c.value(a, b))?;
                }
                Ok(())
            }
            (V::Variant(a), V::Variant(b)) if same_names(a, b) => {
                for ((name, a), (_, b)) in a.iter().zip(b) {
                    let part = format!("case `{name}`");
                    self.within(part, |c| c.payload(a.as_ref(), b.as_ref()))?;
                }
                Ok(())
            }
            (V::List(a), V::List(b)) | (V::Option(a), V::Option(b)) => self.value(a, b),
            (V::FixedList(a, n), V::FixedList(b, m)) if n == m => self.value(a, b),
            (V::Map(k, v), V::Map(l, w)) => {
                self.value(k, l)?;
                self.value(v, w)
            }
            (V::Tuple(a), V::Tuple(b)) if a.len() == b.len() => {
                a.iter().zip(b).try_for_each(|(a, b)| self.value(a, b))
            }
            (V::Flags(a), V::Flags(b)) | (V::Enum(a), V::Enum(b)) if a == b => Ok(()),
            (V::Result(a, e), V::Result(b, g)) => {
                self.payload(a.as_ref(), b.as_ref())?;
                self.payload(e.as_ref(), g.as_ref())
            }
            (V::Stream(a), V::Stream(b)) | (V::Future(a), V::Future(b)) => {
                self.payload(a.as_ref(), b.as_ref())
            }
            (V::Own(a), V::Own(b)) | (V::Borrow(a), V::Borrow(b)) => self.handle(a, b),
            _ => self.differ(format!("`{a}`"), format!("`{b}`")),
        }
    }
}

fn same_names<T>(a: &[(String, T)], b: &[(String, T)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((a, _), (b, _))| a == b)
}

fn member_word(member: &Member) -> &'static str {
    match member {
        Member::Func(_) => "function",
        Member::Type(_) => "type",
        Member::Other(sort) => sort.as_str(),
    }
}

fn item_word(item: &ItemType) -> String {
    match item {
        ItemType::Instance(_) => "an instance".to_string(),
        ItemType::Func(signature) => format!("the function `{signature}`"),
        ItemType::Type(_) => "a type".to_string(),
        ItemType::Other(sort) => format!("a {}", sort.as_str()),
    }
}
