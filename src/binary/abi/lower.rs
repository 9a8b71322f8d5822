//! Signatures of lowered functions.

use super::{MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Pointer, offsets, product};
use crate::binary::module::ValType;
use crate::binary::types::{FuncType, Ty};

/// The core signature of a lowered function and where its values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// Core parameters.
    pub params: Vec<ValType>,
    /// Core results.
    pub results: Vec<ValType>,
    /// Where each parameter of the component function begins.
    pub places: Params,
    /// The core parameter that holds the address at which the result is to be written.
    pub result_pointer: Option<usize>,
}

/// How parameters are passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Params {
    /// Each at its core parameters: the index of the first.
    Flat(Vec<usize>),
    /// All in a block of memory whose address is core parameter 0: bytes from its start.
    Block(Vec<u64>),
}

impl FuncType {
    /// The core function that `canon lower` makes of it (`flatten_functype` in the context
    /// `lower`, `lower_flat_values`).
    pub fn lower(&self, is_async: bool, pointer: Pointer) -> Lowered {
        let max = match is_async {
            true => MAX_FLAT_ASYNC_PARAMS,
            false => MAX_FLAT_PARAMS,
        };
        let types = || self.params.iter().map(|(_, ty)| ty);
        let all = product(types(), pointer);
        let places = offsets(types(), pointer);
        let (mut params, places) = match all.flat {
            Some(flat) if flat.len() <= max => (
                flat.into_vec(),
                Params::Flat(places.iter().map(|p| p.flat).collect()),
            ),
            _ => (
                vec![pointer.core()],
                Params::Block(places.iter().map(|p| p.bytes).collect()),
            ),
        };
        let flat_result = |ty: &Ty| {
            let flat = ty.layout(pointer).flat.as_deref()?;
            (!is_async && flat.len() <= MAX_FLAT_RESULTS).then(|| flat.to_vec())
        };
        let mut results = Vec::new();
        let mut result_pointer = None;
        if let Some(ty) = &self.result {
            match flat_result(ty) {
                Some(flat) => results = flat,
                None => {
                    result_pointer = Some(params.len());
                    params.push(pointer.core());
                }
            }
        }
        if is_async {
            // The state of the subtask and its handle.
            results = vec![ValType::I32];
        }
        Lowered {
            params,
            results,
            places,
            result_pointer,
        }
    }
}
