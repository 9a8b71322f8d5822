//! Refusing an interface, whatever it is: each function answers what its type has for "no".
//!
//! A `result` answers an error, a list or map is empty, an option is `none`; everything else
//! traps. Resources are never made, so their methods cannot be called.

use super::adapter::Adapter;
use super::apply::Refused;
use super::error::VirtError;
use super::make::{Const, Maker, behind, functions};
use crate::base::InterfaceName;
use crate::binary::world::{ItemType, Member, Primitive, Signature, TypePath, ValueType, World};
use std::fmt;
use std::sync::Arc;

/// What an error says where it has room for words.
const REASON: &str = "denied by virtualization";

/// Cases of errors that say that something is not allowed, or not there; the first that an
/// error has is taken.
const CASES: &[&str] = &[
    "access-denied",
    "permission-denied",
    "not-permitted",
    "access",
    "HTTP-request-denied",
    "denied",
    "forbidden",
    "unauthorized",
    "not-allowed",
    "not-supported",
    "unsupported",
    "unavailable",
    "closed",
    "upstream",
    "internal-error",
    "internal",
    "io",
    "other",
    "unknown",
    "not-found",
];

/// What a function that is refused answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An error, with the name of its case if it has cases.
    Error(Option<String>),
    /// An empty list or map.
    Empty,
    /// `none`
    None,
    /// It traps: its type has no way to say no.
    Trap,
    /// It cannot be called: it is a method of a resource that nobody gets.
    Unreachable,
    /// A resource that every function refuses.
    Inert,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Error(Some(case)) => write!(f, "error `{case}`"),
            Answer::Error(None) => f.write_str("an error"),
            Answer::Empty => f.write_str("empty"),
            Answer::None => f.write_str("none"),
            Answer::Trap => f.write_str("trap"),
            Answer::Unreachable => f.write_str("cannot be called"),
            Answer::Inert => f.write_str("a handle that nothing accepts"),
        }
    }
}

/// What a function of an import that is refused answers, and the value; without one it traps.
/// `items` are all imports of the adapter.
fn answer(
    world: &World,
    item: &str,
    items: &[&str],
    name: &str,
    of: &Signature,
) -> (Answer, Option<Const>) {
    use ValueType as V;
    let own = |path: &TypePath| items.contains(&world.origin(path).item.as_str());
    let inert = inert_resource(world, items);
    if name == INERT && of.params.is_empty() && inert.is_some() {
        return (Answer::Inert, None);
    }
    let never = |path: &TypePath| own(path) && Some(world.origin(path)) != inert;
    let mut params = of.params.iter().map(|(_, ty)| behind(world, ty));
    if params.any(|ty| matches!(ty, V::Own(path) | V::Borrow(path) if never(path))) {
        return (Answer::Unreachable, None);
    }
    let is = |interface: &str| {
        let name = item.parse::<InterfaceName>();
        name.is_ok_and(|name| name.unversioned() == interface)
    };
    // Callers rely on as many bytes as they asked for.
    if is("wasi:random/random") || is("wasi:random/insecure") {
        return (Answer::Trap, None);
    }
    // The ends of streams and futures would have to be given back in ways of their own.
    let has_stream = of.params.iter().any(|(_, ty)| streams(world, ty));
    let result = of.result.as_ref().map(|ty| behind(world, ty));
    match result {
        _ if has_stream => (Answer::Trap, None),
        Some(V::Result(_, None)) => (Answer::Error(None), Some(Const::Case(1, None))),
        Some(V::Result(_, Some(error))) => match refusal(world, error) {
            Some((case, value)) => {
                let value = Const::Case(1, Some(Box::new(value)));
                (Answer::Error(case), Some(value))
            }
            None => (Answer::Trap, None),
        },
        Some(V::List(_) | V::Map(..)) => (Answer::Empty, Some(Const::List(Vec::new()))),
        Some(V::Option(_)) => (Answer::None, Some(Const::none())),
        _ => (Answer::Trap, None),
    }
}

/// The function of `wasi:sockets/instance-network`, whose result has no way to say no.
const INERT: &str = "instance-network";

/// The resource of which handles are given out although nothing accepts them: programs ask
/// for the network before they look a name up, and only the lookup can say no. Everything that
/// takes the handle has to be refused, too, so it is made only where the resource is.
fn inert_resource<'w>(world: &'w World, items: &[&'w str]) -> Option<&'w TypePath> {
    let item = items.iter().find(|item| {
        let name = item.parse::<InterfaceName>();
        name.is_ok_and(|name| name.unversioned() == "wasi:sockets/instance-network")
    })?;
    let ValueType::Own(path) = signature(world, item, INERT)?.result.as_deref()? else {
        return None;
    };
    let origin = world.origin(path);
    items.contains(&origin.item.as_str()).then_some(origin)
}

fn streams(world: &World, ty: &ValueType) -> bool {
    use ValueType as V;
    let part = |ty: &Arc<ValueType>| streams(world, ty);
    match behind(world, ty) {
        V::Stream(_) | V::Future(_) => true,
        V::List(ty) | V::FixedList(ty, _) | V::Option(ty) => part(ty),
        V::Map(key, value) => part(key) || part(value),
        V::Record(fields) => fields.iter().any(|(_, ty)| part(ty)),
        V::Variant(cases) => cases.iter().any(|(_, ty)| ty.as_ref().is_some_and(part)),
        V::Tuple(types) => types.iter().any(part),
        V::Result(ok, err) => [ok, err].into_iter().flatten().any(part),
        _ => false,
    }
}

/// A value of an error that says no, with the name of its case.
pub(super) fn refusal(world: &World, error: &ValueType) -> Option<(Option<String>, Const)> {
    match behind(world, error) {
        ValueType::Primitive(Primitive::String) => Some((None, Const::text(REASON))),
        ValueType::Enum(names) => {
            let names = names.iter().map(String::as_str);
            let (case, name) = first(names, |_| Some(()))?;
            Some((Some(name.to_string()), Const::Case(case.0, None)))
        }
        ValueType::Variant(cases) => {
            let names = cases.iter().map(|(name, _)| name.as_str());
            let of = |position: usize| -> Option<Option<Const>> {
                match &cases.get(position)?.1 {
                    None => Some(None),
                    Some(ty) => payload(world, ty).map(Some),
                }
            };
            let (case, name) = first(names, of)?;
            let value = Const::Case(case.0, case.1.map(Box::new));
            Some((Some(name.to_string()), value))
        }
        _ => None,
    }
}

/// The first of [`CASES`] that an error has and for which there is a payload.
fn first<'n, T>(
    names: impl Iterator<Item = &'n str> + Clone,
    of: impl Fn(usize) -> Option<T>,
) -> Option<((u32, T), &'n str)> {
    CASES.iter().find_map(|wanted| {
        let mut named = names.clone().enumerate();
        let (position, name) = named.find(|(_, name)| name == wanted)?;
        Some(((position as u32, of(position)?), name))
    })
}

/// A payload without information beyond [`REASON`].
fn payload(world: &World, ty: &ValueType) -> Option<Const> {
    match behind(world, ty) {
        ValueType::Primitive(Primitive::String) => Some(Const::text(REASON)),
        ValueType::Option(ty) => Some(payload(world, ty).map_or(Const::none(), Const::some)),
        ValueType::Record(fields) => {
            let fields = fields.iter().map(|(_, ty)| payload(world, ty));
            Some(Const::Fields(fields.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// Adapters that refuse imports of one package: one adapter, unless a name has two meanings
/// among them.
pub(super) fn adapters(
    world: &World,
    items: &[&str],
    label: &str,
) -> Result<Vec<Adapter>, VirtError> {
    let instances = |item: &&str| {
        let item = world.imports.get(*item).map(|item| &item.ty);
        matches!(item, Some(ItemType::Instance(_)))
    };
    if items.len() > 1
        && items.iter().all(instances)
        && let Ok(maker) = refuse(world, items)
    {
        return Ok(vec![maker.build(label)?]);
    }
    let alone = |item: &&str| refuse(world, &[*item])?.build(&self::label(item));
    items.iter().map(alone).collect()
}

/// An adapter with a refusal for every function.
fn refuse<'w>(world: &'w World, items: &[&'w str]) -> Result<Maker<'w>, VirtError> {
    let mut maker = Maker::several(world, items)?;
    for item in items {
        for (name, signature) in functions(world, item) {
            match answer(world, item, items, name, signature) {
                (Answer::Inert, _) => inert(&mut maker, name, signature)?,
                (_, value) => maker.constant(name, signature, value.as_ref())?,
            }
        }
    }
    Ok(maker)
}

/// An adapter whose functions take what they are given and answer nothing.
pub(super) fn silent(world: &World, item: &str) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    for (name, signature) in maker.functions() {
        if signature.result.is_some() {
            return Err(maker.unsupported(format!("`{name}` is `{signature}`")));
        }
        maker.constant(name, signature, None)?;
    }
    maker.build(&label(item))
}

/// A function that gives a handle of a resource that nothing accepts.
fn inert(maker: &mut Maker<'_>, name: &str, signature: &Arc<Signature>) -> Result<(), VirtError> {
    let Some(ValueType::Own(path)) = signature.result.as_deref() else {
        return Err(maker.unsupported(format!("`{name}` is `{signature}`")));
    };
    let make = maker.new_of(path)?;
    let (mut code, _) = maker.begin(signature);
    code.i32(0).call(make);
    maker.finish(name, signature, code)
}

/// What the functions of an import answer when it is refused together with others.
pub(super) fn answers(world: &World, item: &str, items: &[&str]) -> Vec<Refused> {
    let refused = |(name, signature): (&str, &Arc<Signature>)| Refused {
        interface: item.to_string(),
        function: name.to_string(),
        answer: answer(world, item, items, name, signature).0,
    };
    functions(world, item).into_iter().map(refused).collect()
}

/// The type of a function of an import.
pub(super) fn signature<'w>(
    world: &'w World,
    item: &str,
    name: &str,
) -> Option<&'w Arc<Signature>> {
    match &world.imports.get(item)?.ty {
        ItemType::Instance(interface) => match interface.members.get(name)? {
            Member::Func(signature) => Some(signature),
            _ => None,
        },
        _ => None,
    }
}

/// What the adapter for an import is called: `virt-http-outgoing-handler`.
pub(super) fn label(item: &str) -> String {
    match item.parse::<InterfaceName>() {
        Ok(name) => format!("virt-{}-{}", name.package, name.interface),
        Err(_) => format!("virt-{item}"),
    }
}
