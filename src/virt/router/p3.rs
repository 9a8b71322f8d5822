//! The router of WASI 0.3. `handle` calls its target with `async` and gives the thread back: a
//! request that takes long holds up no other. What it has to know when it is called again
//! stands in a block, whose address is in the context of the task.
//!
//! Component-model `Concurrency.md` and `CanonicalABI.md`: "Summary of calling convention",
//! `task.return`, `waitable-set`, `future.write`.

use super::alloc;
use super::asm::{Asm, Code, at};
use super::code::{OPTION_STRING, builtin, of_types};
use super::p2::zero;
use super::select::{self, Way};
use super::values::{What, val_type, walk};
use super::wit::World;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::{Mangling, Type};

/// What a callback returns: that the task is over, or that it waits for a set.
const EXIT: u32 = 0;
const WAIT: u32 = 2;
/// States of a call, and the event about it.
const RETURNED: u32 = 2;
const SUBTASK: u32 = 1;
/// The event about something that was written to a future.
const FUTURE_WRITE: u32 = 5;
/// What `future.write` returns when nobody has read yet.
const BLOCKED: u32 = u32::MAX;

/// A block: the set that is waited for, what for, and room for a result.
const SET: u32 = 0;
const WHAT: u32 = 4;
const RESULT: u32 = 16;
/// What is waited for: a call, or a reader.
const CALL: u32 = 0;
const READER: u32 = 1;

/// The functions that are called.
struct Host {
    set_new: I<'static>,
    set_drop: I<'static>,
    join: I<'static>,
    subtask_drop: I<'static>,
    context_get: I<'static>,
    context_set: I<'static>,
    task_return: I<'static>,
    future_new: I<'static>,
    future_write: I<'static>,
    drop_writable: I<'static>,
    drop_readable: I<'static>,
    drop_request: I<'static>,
}

impl Host {
    fn import(asm: &mut Asm, world: &World, returned: &[ValType]) -> Host {
        let (i32, i64) = (ValType::I32, ValType::I64);
        let mut root = |name, params: &[ValType], results: &[ValType]| {
            builtin(asm, ("$root", name), params, results)
        };
        let set_new = root("[waitable-set-new]", &[], &[i32]);
        let set_drop = root("[waitable-set-drop]", &[i32], &[]);
        let join = root("[waitable-join]", &[i32, i32], &[]);
        let subtask_drop = root("[subtask-drop]", &[i32], &[]);
        let context_get = root("[context-get-0]", &[], &[i32]);
        let context_set = root("[context-set-0]", &[i32], &[]);
        let module = format!("[export]{}", world.export);
        let task_return = builtin(asm, (&module, "[task-return]handle"), returned, &[]);
        // Streams and futures are numbered in the type of the function that has them: the
        // body is 0, the trailers are 1, what came of the transmission is 2.
        let mut types = |name, params: &[ValType], results: &[ValType]| {
            builtin(asm, (&world.types, name), params, results)
        };
        let new = "[future-new-1][static]response.new";
        let write = "[async-lower][future-write-1][static]response.new";
        let writable = "[future-drop-writable-1][static]response.new";
        let readable = "[future-drop-readable-2][static]response.new";
        Host {
            set_new,
            set_drop,
            join,
            subtask_drop,
            context_get,
            context_set,
            task_return,
            future_new: types(new, &[], &[i64]),
            future_write: types(write, &[i32, i32], &[i32]),
            drop_writable: types(writable, &[i32], &[]),
            drop_readable: types(readable, &[i32], &[]),
            drop_request: types("[resource-drop]request", &[i32], &[]),
        }
    }

    /// Returns, to be called again when something happens to a waitable in a local.
    fn wait(&self, code: &mut Code, block: u32, waitable: u32, what: u32) {
        let set = code.local(ValType::I32);
        code.op(self.set_new.clone()).set(set);
        code.get(waitable).get(set).op(self.join.clone());
        code.get(block).get(set).op(I::I32Store(at(SET)));
        code.get(block).i32(what).op(I::I32Store(at(WHAT)));
        code.get(block).op(self.context_set.clone());
        waiting(code, set);
    }
}

/// Returns that the task waits for a set in a local.
fn waiting(code: &mut Code, set: u32) {
    code.get(set).i32(4).op(I::I32Shl).i32(WAIT);
    code.ops([I::I32Or, I::Return]);
}

/// The core module.
pub(super) fn module(world: &World, ways: &[Way]) -> Result<Vec<u8>, String> {
    let i32 = ValType::I32;
    let handle = world.handle().ok_or("there is no handler")?;
    let result = handle.result.ok_or("a handler without a result")?;
    let (_, _, signature) = handle.task_return_import(&world.resolve, None, Mangling::Legacy);
    if signature.indirect_params {
        return Err("a result that goes through memory".to_string());
    }
    let returned: Vec<ValType> = signature.params.iter().map(val_type).collect();
    let size = RESULT + world.sizes.size(&result).size_wasm32() as u32;

    let mut asm = Asm::default();
    let path = of_types(&mut asm, world, "[method]request.get-path-with-query")?;
    let authority = match select::by_host(ways) {
        true => Some(of_types(&mut asm, world, "[method]request.get-authority")?),
        false => None,
    };
    let fields = of_types(&mut asm, world, "[constructor]fields")?;
    let response = of_types(&mut asm, world, "[static]response.new")?;
    let status = of_types(&mut asm, world, "[method]response.set-status-code")?;
    let host = Host::import(&mut asm, world, &returned);
    let targets = world.targets.iter();
    let targets: Vec<I<'static>> = targets
        .map(|target| {
            builtin(
                &mut asm,
                (target, "[async-lower]handle"),
                &[i32, i32],
                &[i32],
            )
        })
        .collect();
    alloc::add(&mut asm);
    let found = asm.data(&[0; OPTION_STRING]);
    // No trailers: `ok(none)`, which is zero whatever else the type has.
    let nothing = asm.data(&[0; 256]);
    select::add(&mut asm, ways, targets.len());
    finish(&mut asm, world, &host, &result, (&returned, size))?;

    let mut code = Code::new(1);
    let (request, target) = (0, code.local(i32));
    let (block, state) = (code.local(i32), code.local(i32));
    select::chosen(&mut code, &asm, request, found, (&path, authority.as_ref()));
    code.set(target);
    code.i32(size).op(asm.call("alloc")).set(block);
    for (number, call) in targets.iter().enumerate() {
        code.get(target).i32(number as u32).op(I::I32Eq).when();
        code.get(request).get(block).i32(RESULT).op(I::I32Add);
        code.op(call.clone()).set(state);
        code.get(state)
            .i32(15)
            .op(I::I32And)
            .i32(RETURNED)
            .op(I::I32Eq)
            .when();
        code.get(block).op(asm.call("finish"));
        code.i32(EXIT).op(I::Return).end();
        code.get(state).i32(4).op(I::I32ShrU).set(state);
        host.wait(&mut code, block, state, CALL);
        code.end();
    }
    // Nobody: a response with 404, no body and no trailers.
    code.get(request).op(host.drop_request.clone());
    let ends = code.local(ValType::I64);
    let (readable, writable) = (code.local(i32), code.local(i32));
    code.op(host.future_new.clone()).set(ends);
    code.get(ends).op(I::I32WrapI64).set(readable);
    code.get(ends)
        .ops([I::I64Const(32), I::I64ShrU, I::I32WrapI64])
        .set(writable);
    code.op(fields).i32(0).i32(0).get(readable);
    code.get(block).i32(RESULT).ops([I::I32Add, response]);
    code.load(block, RESULT + 4).op(host.drop_readable.clone());
    code.load(block, RESULT).i32(404).ops([status, I::Drop]);
    code.i32(0).load(block, RESULT);
    for ty in returned.iter().skip(2) {
        code.op(zero(*ty));
    }
    code.op(host.task_return.clone());
    code.get(writable)
        .i32(nothing)
        .op(host.future_write.clone());
    code.i32(BLOCKED).op(I::I32Eq).when();
    host.wait(&mut code, block, writable, READER);
    code.end();
    code.get(writable).op(host.drop_writable.clone());
    code.get(block).i32(size).op(asm.call("free"));
    code.i32(EXIT);
    let lifted = asm.function("handle", &[i32], &[i32], code);
    asm.export(format!("[async-lift]{}#handle", world.export), lifted);

    let callback = callback(&mut asm, &host, size);
    asm.export(
        format!("[callback][async-lift]{}#handle", world.export),
        callback,
    );
    Ok(asm.finish())
}

/// Adds `finish(block)`: returns what a target returned, and gives memory back.
fn finish(
    asm: &mut Asm,
    world: &World,
    host: &Host,
    result: &Type,
    (returned, size): (&[ValType], u32),
) -> Result<(), String> {
    let mut code = Code::new(1);
    let block = 0;
    let slots = returned.iter().map(|ty| (code.local(*ty), *ty));
    let slots: Vec<(u32, ValType)> = slots.collect();
    walk(
        &mut code,
        world,
        result,
        (block, RESULT),
        &What::Flat(&slots),
    )?;
    for (slot, _) in &slots {
        code.get(*slot);
    }
    code.op(host.task_return.clone());
    walk(
        &mut code,
        world,
        result,
        (block, RESULT),
        &What::Free(asm.call("free")),
    )?;
    code.get(block).i32(size).op(asm.call("free"));
    asm.function("finish", &[ValType::I32], &[], code);
    Ok(())
}

/// Adds the function that is called when something happened: event, waitable and payload.
fn callback(asm: &mut Asm, host: &Host, size: u32) -> u32 {
    let i32 = ValType::I32;
    let mut code = Code::new(3);
    let (event, waitable, payload) = (0, 1, 2);
    let (block, set) = (code.local(i32), code.local(i32));
    code.op(host.context_get.clone()).set(block);
    code.load(block, SET).set(set);
    let over = |code: &mut Code, what: u32, happened: u32, drop: &I<'static>| {
        code.load(block, WHAT).i32(what).op(I::I32Eq);
        code.get(event)
            .i32(happened)
            .ops([I::I32Eq, I::I32And])
            .when();
        if what == CALL {
            // It has started, but not returned.
            code.get(payload).i32(RETURNED).op(I::I32LtU).when();
            waiting(code, set);
            code.end();
        }
        code.get(waitable).op(drop.clone());
        code.get(set).op(host.set_drop.clone());
        match what {
            CALL => code.get(block).op(asm.call("finish")),
            _ => code.get(block).i32(size).op(asm.call("free")),
        };
        code.i32(EXIT).op(I::Return).end();
    };
    over(&mut code, CALL, SUBTASK, &host.subtask_drop);
    over(&mut code, READER, FUTURE_WRITE, &host.drop_writable);
    // Somebody asks to give up: what was begun is finished.
    waiting(&mut code, set);
    // Nothing comes behind a return, but the type of the function wants a value.
    code.op(I::Unreachable);
    asm.function("callback", &[i32; 3], &[i32], code)
}
