//! How values cross between component and core functions: sizes, alignments, offsets and
//! flat core types. Component-model `CanonicalABI.md`; each rule names its section.

mod lower;
#[cfg(test)]
pub(crate) mod tests;

pub use lower::{Lowered, Params};

use super::module::ValType;
use super::types::{Ty, TyKind};

/// More flat parameters than this go through memory (`MAX_FLAT_PARAMS`, "Flattening").
pub const MAX_FLAT_PARAMS: usize = 16;

/// The same for functions lowered with `async` (`MAX_FLAT_ASYNC_PARAMS`).
pub const MAX_FLAT_ASYNC_PARAMS: usize = 4;

/// More flat results than this go through memory (`MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;

/// How wide pointers into the memory of the canonical options are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Pointer {
    /// A 32-bit memory.
    #[default]
    Narrow,
    /// A 64-bit memory.
    Wide,
}

impl Pointer {
    /// Size in bytes.
    pub fn size(self) -> u32 {
        match self {
            Pointer::Narrow => 4,
            Pointer::Wide => 8,
        }
    }

    /// Core type of an address or length.
    pub fn core(self) -> ValType {
        match self {
            Pointer::Narrow => ValType::I32,
            Pointer::Wide => ValType::I64,
        }
    }
}

/// Layout of a type for both pointer widths.
#[derive(Clone, Debug)]
pub struct Abi {
    narrow: Layout,
    wide: Layout,
}

/// Layout of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Bytes in memory. Saturates: a type whose size is `u64::MAX` fits in no memory.
    pub size: u64,
    /// Alignment in memory.
    pub align: u32,
    /// Core types when passed flat; `None` for more than [`MAX_FLAT_PARAMS`].
    pub flat: Option<Box<[ValType]>>,
}

/// Where a field is, relative to the start of what contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Core values before it, when flat. Counts only what [`Layout::flat`] knows: when the
    /// whole is not passed flat, the number means nothing.
    pub flat: usize,
    /// Bytes before it, in memory.
    pub bytes: u64,
}

/// How a sum type tells its cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discriminant {
    /// Its size in memory: 1, 2 or 4 bytes. Flat it is one `i32`.
    pub size: u32,
    /// Bytes from the start of the variant to every payload.
    pub payload: u64,
}

impl Abi {
    pub(super) fn of(kind: &TyKind) -> Abi {
        Abi {
            narrow: layout(kind, Pointer::Narrow),
            wide: layout(kind, Pointer::Wide),
        }
    }

    /// The layout for one pointer width.
    pub fn layout(&self, pointer: Pointer) -> &Layout {
        match pointer {
            Pointer::Narrow => &self.narrow,
            Pointer::Wide => &self.wide,
        }
    }
}

/// "Alignment", "Element Size" and "Flattening".
fn layout(kind: &TyKind, pointer: Pointer) -> Layout {
    let scalar = |size: u32, core: ValType| Layout {
        size: u64::from(size),
        align: size,
        flat: Some([core].into()),
    };
    match kind {
        TyKind::Bool | TyKind::S8 | TyKind::U8 => scalar(1, ValType::I32),
        TyKind::S16 | TyKind::U16 => scalar(2, ValType::I32),
        TyKind::S32 | TyKind::U32 | TyKind::Char => scalar(4, ValType::I32),
        TyKind::S64 | TyKind::U64 => scalar(8, ValType::I64),
        TyKind::F32 => scalar(4, ValType::F32),
        TyKind::F64 => scalar(8, ValType::F64),
        TyKind::Own(_)
        | TyKind::Borrow(_)
        | TyKind::Stream(_)
        | TyKind::Future(_)
        | TyKind::ErrorContext => scalar(4, ValType::I32),
        // Address and length.
        TyKind::String | TyKind::List(_) | TyKind::Map { .. } => Layout {
            size: 2 * u64::from(pointer.size()),
            align: pointer.size(),
            flat: Some([pointer.core(); 2].into()),
        },
        TyKind::FixedList(ty, length) => fixed_list(ty.abi().layout(pointer), *length),
        TyKind::Record(fields) => product(fields.iter().map(|(_, ty)| ty), pointer),
        TyKind::Tuple(types) => product(types.iter(), pointer),
        TyKind::Flags(names) => flags(names.len()),
        TyKind::Variant(_) | TyKind::Enum(_) | TyKind::Option(_) | TyKind::Result { .. } => {
            sum(&kind.cases().unwrap_or_default(), pointer)
        }
    }
}

fn align_to(offset: u64, align: u32) -> u64 {
    let align = u64::from(align.max(1));
    offset.div_ceil(align).saturating_mul(align)
}

/// A list of fixed length is laid out like a record of that many fields.
fn fixed_list(element: &Layout, length: u32) -> Layout {
    let flat = element.flat.as_ref().and_then(|flat| {
        let total = (flat.len() as u64).saturating_mul(u64::from(length));
        (total <= MAX_FLAT_PARAMS as u64).then(|| flat.repeat(length as usize).into())
    });
    Layout {
        size: element.size.saturating_mul(u64::from(length)),
        align: element.align,
        flat,
    }
}

/// The layout of values one after the other, as fields of a record are.
pub(crate) fn product<'t>(types: impl Iterator<Item = &'t Ty>, pointer: Pointer) -> Layout {
    let (mut size, mut align) = (0, 1);
    let mut flat = Some(Vec::new());
    for ty in types {
        let layout = ty.abi().layout(pointer);
        size = align_to(size, layout.align).saturating_add(layout.size);
        align = align.max(layout.align);
        flat = match (flat, &layout.flat) {
            (Some(mut all), Some(part)) if all.len() + part.len() <= MAX_FLAT_PARAMS => {
                all.extend_from_slice(part);
                Some(all)
            }
            _ => None,
        };
    }
    Layout {
        size: align_to(size, align),
        align,
        flat: flat.map(Vec::into_boxed_slice),
    }
}

/// Flags are one integer of the least size that holds them. More than 32 of them are not
/// valid in released specifications; older ones use as many 32-bit words as needed.
fn flags(count: usize) -> Layout {
    let words = count.div_ceil(32).max(1);
    let (size, align) = match count {
        0..=8 => (1, 1),
        9..=16 => (2, 2),
        _ => (4 * words as u64, 4),
    };
    Layout {
        size,
        align,
        flat: (words <= MAX_FLAT_PARAMS).then(|| vec![ValType::I32; words].into()),
    }
}

/// A discriminant, then room for the largest payload. Flat, payloads overlap: each place
/// has the type that all of its cases fit in (`flatten_variant`, `join`).
fn sum(cases: &[(&str, Option<&Ty>)], pointer: Pointer) -> Layout {
    let payloads = || cases.iter().filter_map(|(_, ty)| *ty);
    let tag = discriminant(cases, pointer);
    let layouts = || payloads().map(|ty| ty.abi().layout(pointer));
    let align = layouts().map(|l| l.align).max().unwrap_or(1).max(tag.size);
    let largest = layouts().map(|l| l.size).max().unwrap_or(0);
    let mut flat = Some(vec![ValType::I32]);
    for layout in layouts() {
        flat = match (flat, &layout.flat) {
            (Some(mut all), Some(part)) if part.len() < MAX_FLAT_PARAMS => {
                for (i, ty) in part.iter().enumerate() {
                    match all.get_mut(i + 1) {
                        Some(before) => *before = join(*before, *ty),
                        None => all.push(*ty),
                    }
                }
                Some(all)
            }
            _ => None,
        };
    }
    Layout {
        size: align_to(tag.payload.saturating_add(largest), align),
        align,
        flat: flat.map(Vec::into_boxed_slice),
    }
}

fn join(a: ValType, b: ValType) -> ValType {
    match (a, b) {
        (a, b) if a == b => a,
        (ValType::I32, ValType::F32) | (ValType::F32, ValType::I32) => ValType::I32,
        _ => ValType::I64,
    }
}

fn discriminant(cases: &[(&str, Option<&Ty>)], pointer: Pointer) -> Discriminant {
    let size = match cases.len() {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    };
    let align = cases
        .iter()
        .filter_map(|(_, ty)| *ty)
        .map(|ty| ty.abi().layout(pointer).align)
        .max()
        .unwrap_or(1);
    Discriminant {
        size,
        payload: align_to(u64::from(size), align),
    }
}

impl Ty {
    /// Layout for one pointer width.
    pub fn layout(&self, pointer: Pointer) -> &Layout {
        self.abi().layout(pointer)
    }

    /// How a sum type tells its cases apart; `None` for other types. "Element Size",
    /// `discriminant_type`.
    pub fn discriminant(&self, pointer: Pointer) -> Option<Discriminant> {
        Some(discriminant(&self.kind().cases()?, pointer))
    }

    /// Where each field of a record or tuple is; `None` for other types. "Loading",
    /// `load_record`.
    pub fn offsets(&self, pointer: Pointer) -> Option<Vec<Offset>> {
        Some(match self.kind() {
            TyKind::Record(fields) => offsets(fields.iter().map(|(_, ty)| ty), pointer),
            TyKind::Tuple(types) => offsets(types.iter(), pointer),
            _ => return None,
        })
    }
}

fn offsets<'t>(types: impl Iterator<Item = &'t Ty>, pointer: Pointer) -> Vec<Offset> {
    let (mut flat, mut bytes) = (0, 0);
    types
        .map(|ty| {
            let layout = ty.layout(pointer);
            bytes = align_to(bytes, layout.align);
            let at = Offset { flat, bytes };
            flat += layout.flat.as_ref().map_or(0, |f| f.len());
            bytes = bytes.saturating_add(layout.size);
            at
        })
        .collect()
}
