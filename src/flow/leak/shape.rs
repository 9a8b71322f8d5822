//! Where types have addresses and handles.

use crate::binary::abi::Pointer;
use crate::binary::{Ty, TyKind};
use std::collections::BTreeSet;

/// Parts of types that are looked at.
pub(super) const MOST: u32 = 4_096;

/// What a core parameter may be.
#[derive(Clone, Copy, Default)]
pub(super) struct Kind {
    pub pointer: bool,
    /// Whether what it points to has pointers.
    pub deep: bool,
    pub handle: bool,
}

/// Marks what core parameters a type makes.
pub(super) fn mark(ty: &Ty, at: usize, kinds: &mut [Kind], left: &mut u32) {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return;
    }
    match ty.kind() {
        TyKind::String => set(kinds, at, |k| k.pointer = true),
        TyKind::List(element) => {
            let deep = has_pointers(element, left);
            set(kinds, at, |k| {
                k.pointer = true;
                k.deep |= deep;
            });
        }
        TyKind::Map { .. } => set(kinds, at, |k| {
            k.pointer = true;
            k.deep = true;
        }),
        TyKind::Own(_) | TyKind::Borrow(_) => set(kinds, at, |k| k.handle = true),
        TyKind::Record(_) | TyKind::Tuple(_) => {
            let offsets = ty.offsets(Pointer::Narrow).unwrap_or_default();
            let fields: Vec<&Ty> = match ty.kind() {
                TyKind::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
                TyKind::Tuple(types) => types.iter().collect(),
                _ => Vec::new(),
            };
            for (field, offset) in fields.into_iter().zip(offsets) {
                mark(field, at + offset.flat, kinds, left);
            }
        }
        TyKind::FixedList(element, _) => {
            let deep = has_pointers(element, left);
            for kind in kinds.iter_mut().skip(at) {
                kind.pointer |= deep;
                kind.deep |= deep;
                kind.handle = true;
            }
        }
        kind => {
            let Some(cases) = kind.cases() else {
                return;
            };
            for (_, payload) in cases {
                if let Some(payload) = payload {
                    mark(payload, at + 1, kinds, left);
                }
            }
            // Absent or another case: the place may hold anything.
            for kind in kinds.iter_mut().skip(at + 1) {
                if kind.pointer {
                    kind.handle = true;
                }
            }
        }
    }
}

fn set(kinds: &mut [Kind], at: usize, f: impl FnOnce(&mut Kind)) {
    if let Some(kind) = kinds.get_mut(at) {
        f(kind);
    }
}

fn has_pointers(ty: &Ty, left: &mut u32) -> bool {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return true;
    }
    match ty.kind() {
        TyKind::String | TyKind::List(_) | TyKind::Map { .. } => true,
        TyKind::Own(_) | TyKind::Borrow(_) => true,
        TyKind::Record(fields) => fields.iter().any(|(_, ty)| has_pointers(ty, left)),
        TyKind::Tuple(types) => types.iter().any(|ty| has_pointers(ty, left)),
        TyKind::FixedList(ty, _) => has_pointers(ty, left),
        kind => kind.cases().is_some_and(|cases| {
            let mut payloads = cases.into_iter().filter_map(|(_, ty)| ty);
            payloads.any(|ty| has_pointers(ty, left))
        }),
    }
}

/// Where in memory a value has addresses.
pub(super) fn addresses(ty: &Ty, base: u32, found: &mut BTreeSet<u32>, left: &mut u32) {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return;
    }
    let shift = |bytes: u64| base.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
    match ty.kind() {
        TyKind::String | TyKind::List(_) | TyKind::Map { .. } => {
            found.insert(base);
        }
        TyKind::Record(_) | TyKind::Tuple(_) => {
            let offsets = ty.offsets(Pointer::Narrow).unwrap_or_default();
            let fields: Vec<&Ty> = match ty.kind() {
                TyKind::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
                TyKind::Tuple(types) => types.iter().collect(),
                _ => Vec::new(),
            };
            for (field, offset) in fields.into_iter().zip(offsets) {
                addresses(field, shift(offset.bytes), found, left);
            }
        }
        TyKind::FixedList(element, length) => {
            let size = element.layout(Pointer::Narrow).size;
            for index in 0..u64::from(*length).min(u64::from(MOST)) {
                addresses(element, shift(size.saturating_mul(index)), found, left);
            }
        }
        kind => {
            let payload = ty.discriminant(Pointer::Narrow).map_or(0, |d| d.payload);
            for (_, case) in kind.cases().unwrap_or_default() {
                if let Some(case) = case {
                    addresses(case, shift(payload), found, left);
                }
            }
        }
    }
}
