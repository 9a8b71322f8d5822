//! What both generations have in common: calls of functions of the host.

use super::asm::Asm;
use super::values::val_type;
use super::wit::World;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::AbiVariant;

/// How long an `option<string>` is in memory.
pub(super) const OPTION_STRING: usize = 12;

/// Imports a function of the types of http with its own signature.
pub(super) fn of_types(asm: &mut Asm, world: &World, name: &str) -> Result<I<'static>, String> {
    let function = world.function("types", name);
    let function = function.ok_or_else(|| format!("there is no `{name}`"))?;
    let signature = world
        .resolve
        .wasm_signature(AbiVariant::GuestImport, function);
    let params: Vec<ValType> = signature.params.iter().map(val_type).collect();
    let results: Vec<ValType> = signature.results.iter().map(val_type).collect();
    Ok(I::Call(asm.import((&world.types, name), &params, &results)))
}

/// Imports a function that the canonical ABI has for the types of http.
pub(super) fn builtin(
    asm: &mut Asm,
    (module, name): (&str, &str),
    params: &[ValType],
    results: &[ValType],
) -> I<'static> {
    I::Call(asm.import((module, name), params, results))
}
