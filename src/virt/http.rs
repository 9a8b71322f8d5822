//! Requests to the outside: `wasi:http/outgoing-handler` at 0.2 and `client` at 0.3, to hosts
//! that are allowed.

use super::adapter::Adapter;
use super::deny::{label, refusal};
use super::error::VirtError;
use super::filter::{self, Table};
use super::make::{Code, Const, Fn, Maker, behind};
use crate::base::Glob;
use crate::binary::world::{Primitive, Signature, TypePath, ValueType, World};
use std::sync::Arc;
use wasm_encoder::{Instruction as I, ValType};

/// The functions that send a request.
pub(super) const FUNCTIONS: &[&str] = &["handle", "send"];

/// The adapter for an import that sends requests.
pub(super) fn adapter(world: &World, item: &str, hosts: &[Glob]) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    for (name, signature) in maker.functions() {
        match name {
            "handle" | "send" => send(&mut maker, name, signature, hosts)?,
            _ => maker.hand_on(name, signature)?,
        }
    }
    maker.build(&label(item))
}

fn send(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    hosts: &[Glob],
) -> Result<(), VirtError> {
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let world = maker.world;
    let request = signature.params.first().map(|(_, of)| behind(world, of));
    let result = signature.result.as_deref().map(|of| behind(world, of));
    let (Some(ValueType::Own(request)), Some(ValueType::Result(_, Some(error)))) =
        (request, result)
    else {
        return Err(odd());
    };
    let request = world.origin(request).clone();
    let (_, refused) = refusal(world, error).ok_or_else(odd)?;
    let (authority, get) = authority(&request).ok_or_else(odd)?;
    let refused = Const::Case(1, Some(Box::new(refused)));

    let found = maker.reserve(12, 4)?;
    let table = filter::patterns(maker, hosts)?;
    let glob = filter::glob(maker);
    let find = filter::find(maker, glob);
    let authority = maker.outside_of(&request.item, &authority, &get);

    let (mut code, shape) = maker.begin_passing(signature);
    let (text, length) = (code.local(ValType::I32), code.local(ValType::I32));
    code.get(0).i32(found).call(authority);
    code.block();
    code.i32(found).set(text);
    code.load8(text, 0).ops([I::I32Eqz, I::BrIf(0)]);
    code.load(text, 8).set(length).load(text, 4).set(text);
    is_allowed(&mut code, find, table, (text, length));
    code.ops([I::I32Eqz, I::BrIf(0)]);
    let args: Vec<u32> = (0..code.param_count()).collect();
    maker.pass_on(&mut code, name, signature, &shape, &args)?;
    code.end();
    maker.drop_params(&mut code, signature, &shape);
    maker.answer_constant(&mut code, name, signature, &shape, Some(&refused))?;
    maker.finish(name, signature, code)
}

/// Leaves on the stack whether an authority is allowed: as it is, or without a port.
fn is_allowed(code: &mut Code, find: Fn, table: Table, (text, length): (u32, u32)) {
    let (end, digit) = (code.local(ValType::I32), code.local(ValType::I32));
    code.get(length).set(end);
    code.block().repeat();
    code.get(end).ops([I::I32Eqz, I::BrIf(1)]);
    code.get(text)
        .get(end)
        .op(I::I32Add)
        .i32(1)
        .op(I::I32Sub)
        .set(digit);
    code.load8(digit, 0)
        .i32(u32::from(b'0'))
        .op(I::I32Sub)
        .i32(10);
    code.ops([I::I32GeU, I::BrIf(1)]);
    code.get(end).i32(1).op(I::I32Sub).set(end);
    code.op(I::Br(0)).end().end();
    // `digit` is what stands before the digits, if anything does.
    code.get(end).ops([I::I32Eqz, I::I32Eqz]);
    code.get(end).get(length).ops([I::I32LtU, I::I32And]).when();
    code.load8(digit, 0)
        .i32(u32::from(b':'))
        .op(I::I32Eq)
        .when();
    code.get(end)
        .i32(1)
        .op(I::I32Sub)
        .set(end)
        .op(I::Br(1))
        .end();
    code.get(length).set(end).end();
    code.look(find, (text, length), table);
    code.look(find, (text, end), table).op(I::I32Or);
}

/// The function that gives the authority of a request, which the component may not import
/// itself, and its type.
fn authority(request: &TypePath) -> Option<(String, Arc<Signature>)> {
    let resource = request.member.as_deref()?;
    let function = match resource {
        "outgoing-request" => "authority",
        "request" => "get-authority",
        _ => return None,
    };
    let text = Arc::new(ValueType::Primitive(Primitive::String));
    let signature = Signature {
        params: vec![(
            "self".to_string(),
            Arc::new(ValueType::Borrow(request.clone())),
        )],
        result: Some(Arc::new(ValueType::Option(text))),
        is_async: false,
    };
    Some((
        format!("[method]{resource}.{function}"),
        Arc::new(signature),
    ))
}
