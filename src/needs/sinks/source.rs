//! Host calls that hand over names with their values.

use super::{HostFunction, MismatchReason};
use crate::binary::abi::{Lowered, Pointer};
use crate::binary::{FuncSig, FuncType, StringEncoding, TyKind, ValType};
use crate::catalogue::{EnvironLayout, Kind};

/// A host call that hands over names with their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUse {
    /// The function.
    pub host: HostFunction,
    /// What the names are of.
    pub kind: Kind,
    /// How they come.
    pub layout: SourceLayout,
}

/// How names and values are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceLayout {
    /// A list of records that hold two strings, allocated with the caller's `realloc`.
    Pairs {
        /// The core parameter with the address at which address and length of the list are
        /// written.
        result: usize,
        /// Bytes from one record to the next.
        stride: u32,
        /// Bytes from the start of a record to the name (address, then length).
        name: u32,
        /// Bytes from the start of a record to the value (address, then length).
        value: u32,
        /// How both are encoded.
        encoding: StringEncoding,
    },
    /// As WASI preview 1 does it.
    Environ(EnvironLayout),
}

/// Checks that the result of a function is a `list<tuple<string, string>>`.
pub(super) fn pairs(
    ty: &FuncType,
    lowered: &Lowered,
    pointer: Pointer,
    encoding: StringEncoding,
) -> Result<SourceLayout, MismatchReason> {
    let not_pairs = || MismatchReason::NotPairs {
        ty: ty.result.clone(),
    };
    let element = match ty.result.as_ref().map(|ty| ty.kind()) {
        Some(TyKind::List(element)) => element,
        Some(TyKind::Map { entry, .. }) => entry,
        _ => return Err(not_pairs()),
    };
    match element.kind() {
        TyKind::Tuple(types)
            if types.len() == 2 && types.iter().all(|ty| matches!(ty.kind(), TyKind::String)) => {}
        _ => return Err(not_pairs()),
    }
    let offsets = element.offsets(pointer).unwrap_or_default();
    let ([name, value], Some(result)) = (offsets.as_slice(), lowered.result_pointer) else {
        return Err(not_pairs());
    };
    let narrow = |bytes: u64| u32::try_from(bytes).map_err(|_| MismatchReason::TooLarge);
    Ok(SourceLayout::Pairs {
        result,
        stride: narrow(element.layout(pointer).size)?,
        name: narrow(name.bytes)?,
        value: narrow(value.bytes)?,
        encoding,
    })
}

/// Whether a core function takes two addresses or lengths from a parameter on.
pub(super) fn two_words(signature: Option<&FuncSig>, first: usize) -> bool {
    let params = signature.map(|sig| &sig.params);
    let words = params.and_then(|params| params.get(first..first.checked_add(2)?));
    words.is_some_and(|words| {
        words == [ValType::I32, ValType::I32] || words == [ValType::I64, ValType::I64]
    })
}
