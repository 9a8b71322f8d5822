//! Handles that stand for what a name names: which functions give them, take them, and
//! could pass them on. Told by types alone.

use super::{CoreTarget, HandleUse, Sinks};
use crate::binary::abi::{Lowered, Params, Pointer};
use crate::binary::{FuncType, ResourceName, Ty, TyKind, TypeReader};
use crate::flow::GivenAt;
use crate::graph::{CoreFunc, Func, InstanceId, LowerId, Program, Reach};
use std::collections::BTreeSet;

/// The first handle in the result of a function, and where a core caller finds it.
pub(super) fn given(
    ty: &FuncType,
    lowered: &Lowered,
    pointer: Pointer,
) -> Option<(GivenAt, ResourceName)> {
    let (offset, resource) = owned(ty.result.as_ref()?, pointer, &mut { MOST })?;
    let at = match lowered.result_pointer {
        Some(param) => GivenAt::Area {
            param,
            offset: u32::try_from(offset).ok()?,
        },
        // Flat there is room for the handle alone; an `async` call returns its own state.
        None if offset == 0 && ty.result.is_some() => GivenAt::Result,
        None => return None,
    };
    Some((at, resource))
}

/// How many parts of a type are looked at: a small file can describe a type of millions.
const MOST: u32 = 10_000;

/// Where the first owned handle in a value is in memory.
fn owned(ty: &Ty, pointer: Pointer, left: &mut u32) -> Option<(u64, ResourceName)> {
    *left = left.checked_sub(1)?;
    let mut payload = |inner: &Ty| {
        let (offset, resource) = owned(inner, pointer, left)?;
        let start = ty.discriminant(pointer)?.payload;
        Some((start.saturating_add(offset), resource))
    };
    match ty.kind() {
        TyKind::Own(resource) => Some((0, resource.clone())),
        TyKind::Option(inner) => payload(inner),
        TyKind::Result { ok: Some(ok), .. } => payload(ok),
        TyKind::Record(fields) => {
            let fields: Vec<&Ty> = fields.iter().map(|(_, ty)| ty).collect();
            part(ty, &fields, pointer, left)
        }
        TyKind::Tuple(types) => part(ty, &types.iter().collect::<Vec<_>>(), pointer, left),
        _ => None,
    }
}

fn part(ty: &Ty, parts: &[&Ty], pointer: Pointer, left: &mut u32) -> Option<(u64, ResourceName)> {
    let offsets = ty.offsets(pointer)?;
    parts.iter().zip(offsets).find_map(|(part, at)| {
        let (offset, resource) = owned(part, pointer, left)?;
        Some((at.bytes.saturating_add(offset), resource))
    })
}

/// The core parameter in which a function is given its first handle.
pub(super) fn taken(ty: &FuncType, lowered: &Lowered) -> Option<usize> {
    let handle = |ty: &Ty| matches!(ty.kind(), TyKind::Own(_) | TyKind::Borrow(_));
    let position = ty.params.iter().position(|(_, ty)| handle(ty))?;
    match &lowered.places {
        Params::Flat(starts) => starts.get(position).copied(),
        Params::Block(_) => None,
    }
}

/// A function by which an instance could give a handle away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PassedTo {
    /// A host function takes it.
    Host(String),
    /// A function of another instance takes it: the instance, and what it calls it.
    Instance(InstanceId, String),
    /// A function of the instance itself returns it to its caller.
    Caller(String),
}

impl Sinks {
    /// Where handles of one resource can leave an instance, by the types of what it calls
    /// and exports.
    pub fn passed_on(
        &self,
        program: &Program<'_, '_>,
        reach: &Reach,
        handle: &HandleUse,
    ) -> BTreeSet<PassedTo> {
        let mut found = BTreeSet::new();
        let instance = handle.instance;
        let Some(component) = program.instance(instance).component else {
            return found;
        };
        let mut types: TypeReader<'_> = program.binary.component(component).type_reader();
        let resource = &handle.resource;
        for (index, lower) in program.lowers.iter().enumerate() {
            let id = LowerId::from_index(index);
            let audited = self
                .uses
                .iter()
                .any(|u| u.host.target == CoreTarget::Lower(id));
            if lower.instance != instance || !reach.lower_runs(id) || audited {
                continue;
            }
            let Some(ty) = types.func(lower.index) else {
                continue;
            };
            if !ty.params.iter().any(|(_, ty)| mentions(ty, resource)) {
                continue;
            }
            found.insert(match lower.func {
                Func::Host(host) => {
                    let (import, below) = program.host_name(host);
                    let below = below.map(|b| format!("#{b}")).unwrap_or_default();
                    PassedTo::Host(format!("{}{below}", import.name.name))
                }
                Func::Lift(lift) => PassedTo::Instance(
                    program.lifts[lift.index()].instance,
                    program.export_of_lift(lift).unwrap_or_default(),
                ),
                Func::Unknown => PassedTo::Host("code that is not in the file".to_string()),
            });
        }
        for (index, lift) in program.lifts.iter().enumerate() {
            if lift.instance != instance {
                continue;
            }
            let CoreFunc::Defined(id, func) = program.behind_trampolines(lift.func) else {
                continue;
            };
            let result = types.func_at_type(lift.ty).and_then(|ty| ty.result.clone());
            if reach.runs(program, id, func) && result.is_some_and(|ty| mentions(&ty, resource)) {
                let name = program.export_of_lift(crate::graph::LiftId::from_index(index));
                found.insert(PassedTo::Caller(name.unwrap_or_default()));
            }
        }
        found
    }
}

/// Whether a value can hold a handle of a resource. Types too large to be looked through
/// can.
fn mentions(ty: &Ty, resource: &ResourceName) -> bool {
    // An imported resource has the name of its import: one without is another.
    let may = |other: &ResourceName| resource.0.is_none() || other == resource;
    let mut todo = vec![ty];
    for _ in 0..MOST {
        let Some(ty) = todo.pop() else {
            return false;
        };
        match ty.kind() {
            TyKind::Own(other) | TyKind::Borrow(other) if may(other) => return true,
            TyKind::Record(fields) => todo.extend(fields.iter().map(|(_, ty)| ty)),
            TyKind::Tuple(types) => todo.extend(types),
            TyKind::Variant(cases) => todo.extend(cases.iter().filter_map(|(_, ty)| ty.as_ref())),
            TyKind::List(ty) | TyKind::FixedList(ty, _) | TyKind::Option(ty) => todo.push(ty),
            TyKind::Map { entry, .. } => todo.push(entry),
            TyKind::Result { ok, err } => todo.extend([ok, err].into_iter().flatten()),
            TyKind::Stream(ty) | TyKind::Future(ty) => todo.extend(ty),
            _ => {}
        }
    }
    true
}
