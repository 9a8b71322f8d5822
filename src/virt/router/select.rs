//! Which target a request goes to.

use super::asm::{Asm, Code, at};
use crate::workload::Ask;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// A route to a target.
pub(super) struct Way {
    pub(super) ask: Ask,
    pub(super) target: usize,
}

/// Whether any route asks for a host.
pub(super) fn by_host(ways: &[Way]) -> bool {
    ways.iter().any(|way| way.ask.host.is_some())
}

/// Adds `select(path, length, host, length)`: the number of the target, or how many targets
/// there are when no route means the request.
pub(super) fn add(asm: &mut Asm, ways: &[Way], targets: usize) {
    begins(asm);
    let mut code = Code::new(4);
    for way in ways {
        let mut open = 0;
        if let Some(host) = &way.ask.host {
            let at = asm.data(host.as_bytes());
            code.get(2).get(3).i32(at).i32(host.len() as u32);
            // A port may follow.
            code.i32(u32::from(b':')).i32(u32::from(b':')).i32(1);
            code.op(asm.call("begins")).when();
            open += 1;
        }
        if !way.ask.path.is_empty() {
            let path = &way.ask.path;
            let at = asm.data(path.as_bytes());
            code.get(0).get(1).i32(at).i32(path.len() as u32);
            code.i32(u32::from(b'/')).i32(u32::from(b'?')).i32(0);
            code.op(asm.call("begins")).when();
            open += 1;
        }
        code.i32(way.target as u32).op(I::Return);
        for _ in 0..open {
            code.end();
        }
        if open == 0 {
            // Nothing behind it is ever tried.
            asm.function("select", &[ValType::I32; 4], &[ValType::I32], code);
            return;
        }
    }
    code.i32(targets as u32);
    asm.function("select", &[ValType::I32; 4], &[ValType::I32], code);
}

/// Adds `begins(text, length, with, length, or, or, fold)`: whether a text is another, or
/// begins with it and goes on with one of two bytes. With `fold`, capitals of the text count
/// as small letters.
fn begins(asm: &mut Asm) {
    let i32 = ValType::I32;
    let mut code = Code::new(7);
    let (text, length, with, with_length, one, two, fold) = (0, 1, 2, 3, 4, 5, 6);
    let (place, byte) = (code.local(i32), code.local(i32));
    code.get(length).get(with_length).op(I::I32LtU).when();
    code.i32(0).op(I::Return).end();
    code.ops([I::Block(BlockType::Empty), I::Loop(BlockType::Empty)]);
    code.get(place).get(with_length).ops([I::I32Eq, I::BrIf(1)]);
    code.get(text)
        .get(place)
        .ops([I::I32Add, I::I32Load8U(at(0))])
        .set(byte);
    // A capital: `byte - 'A' < 26`.
    code.get(fold).when();
    code.get(byte)
        .i32(u32::from(b'A'))
        .op(I::I32Sub)
        .i32(26)
        .op(I::I32LtU)
        .when();
    code.get(byte).i32(32).op(I::I32Add).set(byte).end().end();
    code.get(with)
        .get(place)
        .ops([I::I32Add, I::I32Load8U(at(0))]);
    code.get(byte)
        .op(I::I32Ne)
        .when()
        .i32(0)
        .op(I::Return)
        .end();
    code.get(place).i32(1).op(I::I32Add).set(place);
    code.op(I::Br(0)).end().end();
    code.get(length).get(with_length).op(I::I32Eq).when();
    code.i32(1).op(I::Return).end();
    code.get(text)
        .get(with_length)
        .ops([I::I32Add, I::I32Load8U(at(0))])
        .set(byte);
    code.get(byte)
        .get(one)
        .op(I::I32Eq)
        .get(byte)
        .get(two)
        .op(I::I32Eq)
        .op(I::I32Or);
    asm.function("begins", &[i32; 7], &[i32], code);
}

/// Leaves on the stack the number of the target of a request in a local. `found` is room for
/// an `option<string>`; `path` and `host` are the functions that give them.
pub(super) fn chosen(
    code: &mut Code,
    asm: &Asm,
    request: u32,
    found: u32,
    (path, host): (&I<'static>, Option<&I<'static>>),
) {
    let mut texts = Vec::new();
    for get in [Some(path), host] {
        let (text, length) = (code.local(ValType::I32), code.local(ValType::I32));
        if let Some(get) = get {
            // Without one, the text is empty, and its address stays zero. Locals keep their
            // values where a function is not entered anew, which is never.
            code.get(request).i32(found).op(get.clone());
            code.i32(0).op(I::I32Load8U(at(found))).when();
            code.i32(0).op(I::I32Load(at(found + 4))).set(text);
            code.i32(0).op(I::I32Load(at(found + 8))).set(length).end();
        }
        texts.push((text, length));
    }
    for (text, length) in &texts {
        code.get(*text).get(*length);
    }
    code.op(asm.call("select"));
    for (text, length) in &texts {
        code.get(*text).get(*length).op(asm.call("free"));
    }
}
