//! The router of WASI 0.2: `handle` hands the request on and returns when the target does.

use super::alloc;
use super::asm::{Asm, Code};
use super::code::{OPTION_STRING, builtin, of_types};
use super::select::{self, Way};
use super::values::val_type;
use super::wit::World;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::AbiVariant;

/// The core module.
pub(super) fn module(world: &World, ways: &[Way]) -> Result<Vec<u8>, String> {
    let i32 = ValType::I32;
    let mut asm = Asm::default();
    let path = of_types(&mut asm, world, "[method]incoming-request.path-with-query")?;
    let authority = match select::by_host(ways) {
        true => Some(of_types(
            &mut asm,
            world,
            "[method]incoming-request.authority",
        )?),
        false => None,
    };
    let fields = of_types(&mut asm, world, "[constructor]fields")?;
    let response = of_types(&mut asm, world, "[constructor]outgoing-response")?;
    let status = of_types(&mut asm, world, "[method]outgoing-response.set-status-code")?;
    let set_name = "[static]response-outparam.set";
    let set = of_types(&mut asm, world, set_name)?;
    let drop = "[resource-drop]incoming-request";
    let drop = builtin(&mut asm, (&world.types, drop), &[i32], &[]);
    let targets = world.targets.iter();
    let targets: Vec<I<'static>> = targets
        .map(|target| builtin(&mut asm, (target, "handle"), &[i32, i32], &[]))
        .collect();
    alloc::add(&mut asm);
    let found = asm.data(&[0; OPTION_STRING]);
    select::add(&mut asm, ways, targets.len());

    let mut code = Code::new(2);
    let (request, out, target) = (0, 1, code.local(i32));
    select::chosen(&mut code, &asm, request, found, (&path, authority.as_ref()));
    code.set(target);
    for (number, call) in targets.iter().enumerate() {
        code.get(target).i32(number as u32).op(I::I32Eq).when();
        code.get(request)
            .get(out)
            .op(call.clone())
            .op(I::Return)
            .end();
    }
    // Nobody: `set(out, ok(response with 404))`.
    code.get(request).op(drop);
    let answer = code.local(i32);
    code.ops([fields, response]).set(answer);
    code.get(answer).i32(404).ops([status, I::Drop]);
    code.get(out).i32(0).get(answer);
    let function = world
        .function("types", set_name)
        .ok_or("no way to answer")?;
    let signature = world
        .resolve
        .wasm_signature(AbiVariant::GuestImport, function);
    for ty in signature.params.iter().skip(3) {
        code.op(zero(val_type(ty)));
    }
    code.op(set);
    let handle = asm.function("handle", &[i32, i32], &[], code);
    asm.export(format!("{}#handle", world.export), handle);
    Ok(asm.finish())
}

/// A zero of a type.
pub(super) fn zero(ty: ValType) -> I<'static> {
    match ty {
        ValType::I64 => I::I64Const(0),
        ValType::F32 => I::F32Const(0.0.into()),
        ValType::F64 => I::F64Const(0.0.into()),
        _ => I::I32Const(0),
    }
}
