//! Constant values in static memory, laid out as the canonical ABI stores them.

use crate::binary::abi::Pointer;
use crate::binary::{Ty, TyKind};

/// A constant of some value type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::virt) enum Const {
    /// A number, `bool`, `char` or set of flags, by its bits.
    Bits(u64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Const>),
    /// The fields of a record or tuple.
    Fields(Vec<Const>),
    /// A case of a variant, enum, option or result: its position and payload.
    Case(u32, Option<Box<Const>>),
}

impl Const {
    /// `some(value)`, `ok(value)` has [`Const::ok`].
    pub(in crate::virt) fn some(value: Const) -> Const {
        Const::Case(1, Some(Box::new(value)))
    }

    /// `none`
    pub(in crate::virt) fn none() -> Const {
        Const::Case(0, None)
    }

    /// `ok(value)`
    pub(in crate::virt) fn ok(value: Const) -> Const {
        Const::Case(0, Some(Box::new(value)))
    }

    /// A string.
    pub(in crate::virt) fn text(text: &str) -> Const {
        Const::Text(text.to_string())
    }

    /// A list of pairs of strings.
    pub(in crate::virt) fn pairs<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Const {
        let pairs = pairs.into_iter();
        let pair = |(name, value)| Const::Fields(vec![Const::text(name), Const::text(value)]);
        Const::List(pairs.map(pair).collect())
    }
}

/// Why a value cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::virt) enum DataError {
    /// It is not of the type.
    Type,
    /// The memory of an adapter would be over 1 GiB.
    TooLarge,
}

/// The beginning of the memory of an adapter.
#[derive(Debug)]
pub(in crate::virt) struct Data {
    bytes: Vec<u8>,
}

/// Address 0 stays free: some guests take it for "nothing".
const START: usize = 16;

const MAX: usize = 1 << 30;

impl Data {
    pub(in crate::virt) fn new() -> Data {
        Data {
            bytes: vec![0; START],
        }
    }

    /// What stands behind the free start: its address and bytes.
    pub(in crate::virt) fn segment(&self) -> (u32, &[u8]) {
        (START as u32, self.bytes.get(START..).unwrap_or_default())
    }

    /// The first address behind it, aligned for anything.
    pub(in crate::virt) fn end(&self) -> u32 {
        (self.bytes.len() as u32).next_multiple_of(16)
    }

    /// Room for a block of zeros: its address.
    pub(in crate::virt) fn reserve(&mut self, size: u64, align: u32) -> Result<u32, DataError> {
        let at = self.bytes.len().next_multiple_of(align.max(1) as usize);
        let size = usize::try_from(size).map_err(|_| DataError::TooLarge)?;
        let end = at.checked_add(size).filter(|end| *end <= MAX);
        self.bytes.resize(end.ok_or(DataError::TooLarge)?, 0);
        Ok(at as u32)
    }

    /// Bytes: their address.
    pub(in crate::virt) fn place(&mut self, bytes: &[u8]) -> Result<u32, DataError> {
        let at = self.reserve(bytes.len() as u64, 1)?;
        self.write(at, bytes);
        Ok(at)
    }

    pub(in crate::virt) fn write(&mut self, at: u32, bytes: &[u8]) {
        let at = at as usize;
        if let Some(room) = self.bytes.get_mut(at..at + bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }

    /// A value in a block of its own: its address.
    pub(in crate::virt) fn value(&mut self, ty: &Ty, value: &Const) -> Result<u32, DataError> {
        let layout = ty.layout(Pointer::Narrow);
        let at = self.reserve(layout.size, layout.align)?;
        self.store(ty, value, at)?;
        Ok(at)
    }

    /// "Storing", `store`.
    fn store(&mut self, ty: &Ty, value: &Const, at: u32) -> Result<(), DataError> {
        let layout = ty.layout(Pointer::Narrow);
        match (ty.kind(), value) {
            (TyKind::String, Const::Text(text)) => {
                let address = self.place(text.as_bytes())?;
                self.span(at, address, text.len());
            }
            (TyKind::List(of), Const::List(values)) => {
                let element = of.layout(Pointer::Narrow);
                let size = element.size.saturating_mul(values.len() as u64);
                let (size, align) = (element.size, (size, element.align));
                let address = self.reserve(align.0, align.1)?;
                for (i, value) in values.iter().enumerate() {
                    self.store(of, value, address + i as u32 * size as u32)?;
                }
                self.span(at, address, values.len());
            }
            (TyKind::Record(_) | TyKind::Tuple(_), Const::Fields(values)) => {
                let parts: Vec<&Ty> = match ty.kind() {
                    TyKind::Record(fields) => fields.iter().map(|(_, ty)| ty).collect(),
                    TyKind::Tuple(types) => types.iter().collect(),
                    _ => Vec::new(),
                };
                let offsets = ty.offsets(Pointer::Narrow).unwrap_or_default();
                if parts.len() != values.len() {
                    return Err(DataError::Type);
                }
                for ((ty, offset), value) in parts.into_iter().zip(offsets).zip(values) {
                    self.store(ty, value, at + offset.bytes as u32)?;
                }
            }
            (kind, Const::Case(case, payload)) => {
                let cases = kind.cases().ok_or(DataError::Type)?;
                let tag = ty.discriminant(Pointer::Narrow).ok_or(DataError::Type)?;
                let (_, of) = cases.get(*case as usize).ok_or(DataError::Type)?;
                let bytes = case.to_le_bytes();
                self.write(at, bytes.get(..tag.size as usize).unwrap_or_default());
                match (of, payload) {
                    (Some(ty), Some(value)) => self.store(ty, value, at + tag.payload as u32)?,
                    (None, None) => {}
                    _ => return Err(DataError::Type),
                }
            }
            (TyKind::String | TyKind::List(_) | TyKind::Record(_) | TyKind::Tuple(_), _) => {
                return Err(DataError::Type);
            }
            (_, Const::Bits(bits)) if layout.size <= 8 => {
                let bytes = bits.to_le_bytes();
                self.write(at, bytes.get(..layout.size as usize).unwrap_or_default());
            }
            _ => return Err(DataError::Type),
        }
        Ok(())
    }

    fn span(&mut self, at: u32, address: u32, length: usize) {
        self.write(at, &address.to_le_bytes());
        self.write(at + 4, &(length as u32).to_le_bytes());
    }
}
