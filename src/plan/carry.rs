//! What the functions of an import ask of whoever carries their calls.

use crate::binary::world::{
    Interface, ItemType, Member, Primitive, Signature, TypeDecl, TypePath, ValueType, World,
};
use crate::workload::profile::{Limit, Mechanism, State};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a mechanism makes of an import.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// Why it cannot carry it, one sentence for each limit.
    pub(super) refusals: Vec<String>,
    /// Functions whose result can say that a call failed on the way.
    pub(super) reports: Vec<String>,
    /// Functions that trap then.
    pub(super) traps: Vec<String>,
    /// Functions before which the provider forgets what it knows.
    pub(super) forgets: Vec<String>,
    /// Functions that pass handles.
    pub(super) handles: Vec<String>,
}

/// What occurs in the type of a function.
#[derive(Default)]
struct Found {
    limits: BTreeSet<Limit>,
    handle: bool,
    seen: BTreeSet<TypePath>,
}

struct Look<'w> {
    world: &'w World,
    /// Resource types that the provider makes, as the consumer names them.
    made: &'w BTreeSet<TypePath>,
    errors: &'w [String],
}

/// The functions of an import, by name; a function that is one itself has the empty name.
pub(super) fn functions(item: &ItemType) -> Vec<(&str, &Signature)> {
    match item {
        ItemType::Instance(Interface { members }) => members
            .iter()
            .filter_map(|(name, member)| match member {
                Member::Func(signature) => Some((name.as_str(), &**signature)),
                _ => None,
            })
            .collect(),
        ItemType::Func(signature) => vec![("", signature)],
        _ => Vec::new(),
    }
}

/// Whether an import gives nothing but value types, which every binary brings along.
pub(super) fn only_types(item: &ItemType) -> bool {
    match item {
        ItemType::Instance(Interface { members }) => members.values().all(|member| {
            matches!(
                member,
                Member::Type(TypeDecl::Value(_)) | Member::Type(TypeDecl::Same(_))
            )
        }),
        ItemType::Type(_) => true,
        _ => false,
    }
}

/// What `mechanism` makes of an import. `made` has the resource types that the provider makes.
pub(super) fn carry(
    world: &World,
    import: &str,
    mechanism: &Mechanism,
    made: &BTreeSet<TypePath>,
) -> Carried {
    let mut carried = Carried::default();
    let Some(item) = world.imports.get(import) else {
        return carried;
    };
    let look = Look {
        world,
        made,
        errors: &mechanism.errors,
    };
    let mut limits: BTreeMap<Limit, Vec<&str>> = BTreeMap::new();
    if !matches!(item.ty, ItemType::Instance(_)) {
        limits.entry(Limit::FunctionImport).or_default();
    }
    if item.attributes.implements.is_some() {
        limits.entry(Limit::Label).or_default();
    }
    for (name, signature) in functions(&item.ty) {
        let mut found = Found::default();
        found.limits.insert(match signature.is_async {
            true => Limit::AsyncFunction,
            false => Limit::SyncFunction,
        });
        for (_, ty) in &signature.params {
            look.value(ty, &mut found);
        }
        let reports = look.result(signature.result.as_ref(), &mut found);
        if mechanism.may_fail {
            match reports {
                true => carried.reports.push(name.to_string()),
                false => carried.traps.push(name.to_string()),
            }
        }
        let passes_on = [Limit::Stream, Limit::Future, Limit::ErrorContext];
        if mechanism.state == State::LostWhenAsync
            && signature.is_async
            && !found.handle
            && !passes_on.iter().any(|limit| found.limits.contains(limit))
        {
            carried.forgets.push(name.to_string());
        }
        if found.handle {
            carried.handles.push(name.to_string());
        }
        for limit in found.limits {
            limits.entry(limit).or_default().push(name);
        }
    }
    for (limit, functions) in limits {
        if mechanism.refuses.contains(&limit) {
            carried.refusals.push(sentence(limit, &functions));
        }
    }
    carried
}

/// Names of functions for people: the first few.
pub(super) fn some(functions: &[impl AsRef<str>]) -> String {
    let named = functions.iter().map(AsRef::as_ref);
    let mut text: Vec<String> = named.take(3).map(|name| format!("`{name}`")).collect();
    if functions.len() > 3 {
        text.push(format!("{} more", functions.len() - 3));
    }
    text.join(", ")
}

fn sentence(limit: Limit, functions: &[&str]) -> String {
    let them = some(functions);
    let have = if functions.len() == 1 { "has" } else { "have" };
    let take = if functions.len() == 1 {
        "takes"
    } else {
        "take"
    };
    let are = if functions.len() == 1 { "is" } else { "are" };
    match limit {
        Limit::AsyncFunction => format!("{them} {are} `async`"),
        Limit::SyncFunction => format!("{them} {are} not `async`"),
        Limit::Stream => format!("{them} {have} a `stream` in the type"),
        Limit::Future => format!("{them} {have} a `future` in the type"),
        Limit::ErrorContext => format!("{them} {have} an `error-context` in the type"),
        Limit::Map => format!("{them} {have} a `map` in the type"),
        Limit::Borrow => format!("{them} {take} a borrowed handle"),
        Limit::Resource => format!("{them} {have} a handle of a resource of the provider"),
        Limit::HostResource => format!("{them} {have} a handle of a resource of the host"),
        Limit::FunctionImport => "the import is no instance".to_string(),
        Limit::Label => "the import has a label".to_string(),
        Limit::SeveralExporters => "several components export it".to_string(),
        Limit::Cycle => "the components import from each other".to_string(),
    }
}

impl Look<'_> {
    /// The result; whether it can say that a call failed on the way: it is a `result` whose
    /// error is an owned handle of such a type.
    fn result(&self, result: Option<&Arc<ValueType>>, found: &mut Found) -> bool {
        let Some(result) = result else {
            return false;
        };
        if let ValueType::Result(ok, Some(error)) = self.structure(result)
            && let ValueType::Own(path) = self.structure(error)
            && self.is_error(path)
        {
            if let Some(ok) = ok {
                self.value(ok, found);
            }
            return true;
        }
        self.value(result, found);
        false
    }

    fn is_error(&self, path: &TypePath) -> bool {
        let origin = self.world.origin(path);
        let name = match &origin.member {
            Some(member) => format!("{}#{member}", origin.item),
            None => origin.item.clone(),
        };
        self.errors.contains(&name)
    }

    /// The type behind names.
    fn structure<'t>(&'t self, ty: &'t ValueType) -> &'t ValueType {
        let ValueType::Named(path) = ty else {
            return ty;
        };
        match self.world.declaration(self.world.origin(path)) {
            Some(TypeDecl::Value(ty)) => ty,
            _ => ty,
        }
    }

    fn handle(&self, path: &TypePath, found: &mut Found) {
        found.handle = true;
        let origin = self.world.origin(path);
        found.limits.insert(match self.made.contains(origin) {
            true => Limit::Resource,
            false => Limit::HostResource,
        });
    }

    fn value(&self, ty: &ValueType, found: &mut Found) {
        let optional = |ty: &Option<Arc<ValueType>>, found: &mut Found| {
            if let Some(ty) = ty {
                self.value(ty, found);
            }
        };
        match ty {
            ValueType::Primitive(Primitive::ErrorContext) => {
                found.limits.insert(Limit::ErrorContext);
            }
            ValueType::Primitive(_) | ValueType::Flags(_) | ValueType::Enum(_) => {}
            ValueType::Named(path) => {
                let origin = self.world.origin(path);
                // Types refer to earlier ones, but one may be used very often.
                if found.seen.insert(origin.clone())
                    && let Some(TypeDecl::Value(ty)) = self.world.declaration(origin)
                {
                    self.value(ty, found);
                }
            }
            ValueType::Record(fields) => fields.iter().for_each(|(_, ty)| self.value(ty, found)),
            ValueType::Variant(cases) => cases.iter().for_each(|(_, ty)| optional(ty, found)),
            ValueType::List(ty) | ValueType::FixedList(ty, _) | ValueType::Option(ty) => {
                self.value(ty, found);
            }
            ValueType::Map(key, value) => {
                found.limits.insert(Limit::Map);
                self.value(key, found);
                self.value(value, found);
            }
            ValueType::Tuple(types) => types.iter().for_each(|ty| self.value(ty, found)),
            ValueType::Result(ok, err) => {
                optional(ok, found);
                optional(err, found);
            }
            ValueType::Own(path) => self.handle(path, found),
            ValueType::Borrow(path) => {
                self.handle(path, found);
                found.limits.insert(Limit::Borrow);
            }
            ValueType::Stream(ty) => {
                found.limits.insert(Limit::Stream);
                optional(ty, found);
            }
            ValueType::Future(ty) => {
                found.limits.insert(Limit::Future);
                optional(ty, found);
            }
        }
    }
}
