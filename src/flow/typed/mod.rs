//! Values of component types: read on one side of a call between instances and written on
//! the other. Component-model `CanonicalABI.md`, "Loading", "Storing", "Lifting" and
//! "Lowering".

mod read;
mod write;

use super::exec::Activation;
use super::value::Value;
use crate::binary::abi::Pointer;
use crate::binary::{Ty, TyKind};
use crate::graph::Options;

/// Longer strings and lists are not copied: what arrives is not known.
const MAX_BYTES: u32 = 1 << 16;
/// The same for the number of parts of one value.
const MAX_PARTS: u32 = 4_096;
/// Layouts of instances with a 64-bit memory are not followed.
pub(in crate::flow) const NARROW: Pointer = Pointer::Narrow;

/// A value of a component type, as far as it is known.
pub(in crate::flow) enum Typed {
    /// Nothing is known, or it is a handle: a number that only means something where it is.
    Unknown,
    /// A number, flag or character.
    Scalar(Value),
    /// A string in UTF-8, each byte known or not.
    Text(Vec<Option<u8>>),
    /// A list whose elements hold no addresses: their number and their bytes.
    Plain(u32, Vec<Option<u8>>),
    /// The elements of a list.
    Items(Vec<Typed>),
    /// Fields in order.
    Fields(Vec<Typed>),
    /// A case by its discriminant, with its payload.
    Case(u32, Option<Box<Typed>>),
}

/// One side of a call: the canonical options, and the function that stands for the
/// instance when its allocator is called.
pub(in crate::flow) struct Side<'s> {
    pub at: &'s Activation,
    pub options: &'s Options,
}

/// Where the rest of a value stands.
#[derive(Clone, Copy)]
pub(in crate::flow) enum Spot<'v> {
    Flat(&'v [Value]),
    Memory(u32),
}

impl<'v> Spot<'v> {
    /// A part of it: core values and bytes after the start.
    pub(super) fn part(self, flat: usize, bytes: u64) -> Spot<'v> {
        match self {
            Spot::Flat(values) => Spot::Flat(values.get(flat..).unwrap_or(&[])),
            Spot::Memory(base) => Spot::Memory(base.wrapping_add(bytes as u32)),
        }
    }
}

/// Whether values hold neither addresses nor handles, so that their bytes are all there is.
/// Types with many parts don't count: a small file can describe a very large one.
fn is_plain(ty: &Ty) -> bool {
    plain_within(ty, &mut 256)
}

fn plain_within(ty: &Ty, parts: &mut u32) -> bool {
    *parts = parts.saturating_sub(1);
    *parts > 0
        && match ty.kind() {
            TyKind::Record(fields) => fields.iter().all(|(_, ty)| plain_within(ty, parts)),
            TyKind::Tuple(types) => types.iter().all(|ty| plain_within(ty, parts)),
            TyKind::FixedList(ty, _) => plain_within(ty, parts),
            kind => scalar(kind).is_some(),
        }
}

/// Bytes, sign and width of a scalar.
fn scalar(kind: &TyKind) -> Option<(u8, bool, bool)> {
    Some(match kind {
        TyKind::Bool | TyKind::U8 => (1, false, false),
        TyKind::S8 => (1, true, false),
        TyKind::U16 => (2, false, false),
        TyKind::S16 => (2, true, false),
        TyKind::U32 | TyKind::S32 | TyKind::Char | TyKind::F32 => (4, false, false),
        TyKind::U64 | TyKind::S64 | TyKind::F64 => (8, false, true),
        TyKind::Flags(names) => match names.len() {
            0..=8 => (1, false, false),
            9..=16 => (2, false, false),
            17..=32 => (4, false, false),
            _ => return None,
        },
        _ => return None,
    })
}

/// The types of the fields of a record or tuple.
fn fields(ty: &Ty) -> Vec<&Ty> {
    match ty.kind() {
        TyKind::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
        TyKind::Tuple(types) => types.iter().collect(),
        _ => Vec::new(),
    }
}
