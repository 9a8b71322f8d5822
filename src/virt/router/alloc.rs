//! Memory that is given back: blocks of powers of two, and a list of the free ones of each
//! size. Several requests are under way at once, so nothing can be forgotten as a whole.

use super::asm::{Asm, Code, at};
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// The global that says where the memory begins that was never given out.
const HEAP: u32 = 0;
/// Blocks are 16 bytes or more.
const SMALLEST: u32 = 4;

/// Leaves on the stack the exponent of the block for the size in a local, which is not zero.
fn class(code: &mut Code, size: u32) {
    code.i32(32)
        .get(size)
        .i32(1)
        .ops([I::I32Sub, I::I32Clz, I::I32Sub]);
    let class = code.local(ValType::I32);
    code.set(class).get(class).i32(SMALLEST);
    code.get(class).i32(SMALLEST).ops([I::I32GtU]);
    // `select` takes the first when the third is not zero.
    code.op(I::Select);
}

/// Adds `alloc(size)`, `free(address, size)` and `realloc`, which is exported.
pub(super) fn add(asm: &mut Asm) {
    let lists = asm.data(&[0; 32 * 4]);
    let i32 = ValType::I32;

    let mut code = Code::new(1);
    let (size, head, class_, found, end) = (
        0,
        code.local(i32),
        code.local(i32),
        code.local(i32),
        code.local(i32),
    );
    class(&mut code, size);
    code.set(class_);
    code.get(class_)
        .i32(2)
        .op(I::I32Shl)
        .i32(lists)
        .op(I::I32Add)
        .set(head);
    code.load(head, 0).set(found).get(found).when();
    code.get(head).load(found, 0).op(I::I32Store(at(0)));
    code.get(found).op(I::Return).end();
    code.op(I::GlobalGet(HEAP)).set(found);
    code.get(found)
        .i32(1)
        .get(class_)
        .ops([I::I32Shl, I::I32Add])
        .set(end);
    // Beyond 4 GiB, or refused by the host: there is no answer but a trap.
    code.get(end)
        .get(found)
        .op(I::I32LtU)
        .when()
        .op(I::Unreachable)
        .end();
    code.ops([I::Block(BlockType::Empty), I::Loop(BlockType::Empty)]);
    code.get(end).ops([I::MemorySize(0)]).i32(16).op(I::I32Shl);
    code.ops([I::I32LeU, I::BrIf(1)]);
    code.i32(1).op(I::MemoryGrow(0)).i32(u32::MAX).op(I::I32Eq);
    code.when().op(I::Unreachable).end();
    code.op(I::Br(0)).end().end();
    code.get(end).op(I::GlobalSet(HEAP)).get(found);
    asm.function("alloc", &[i32], &[i32], code);

    let mut code = Code::new(2);
    let (address, size, head) = (0, 1, code.local(i32));
    code.get(size).op(I::I32Eqz).when().op(I::Return).end();
    class(&mut code, size);
    code.i32(2).op(I::I32Shl).i32(lists).op(I::I32Add).set(head);
    code.get(address).load(head, 0).op(I::I32Store(at(0)));
    code.get(head).get(address).op(I::I32Store(at(0)));
    asm.function("free", &[i32, i32], &[], code);

    let mut code = Code::new(4);
    let (old, old_size, align, size, new) = (0, 1, 2, 3, code.local(i32));
    code.get(size).op(I::I32Eqz).when();
    code.get(old).get(old_size).op(asm.call("free"));
    code.get(align).op(I::Return).end();
    code.get(old_size).when();
    class(&mut code, old_size);
    class(&mut code, size);
    code.op(I::I32Eq).when().get(old).op(I::Return).end().end();
    code.get(size).op(asm.call("alloc")).set(new);
    code.get(new).get(old);
    code.get(old_size)
        .get(size)
        .get(old_size)
        .get(size)
        .op(I::I32LtU)
        .op(I::Select);
    code.op(I::MemoryCopy {
        src_mem: 0,
        dst_mem: 0,
    });
    code.get(old).get(old_size).op(asm.call("free")).get(new);
    let realloc = asm.function("realloc", &[i32; 4], &[i32], code);
    asm.export("cabi_realloc", realloc);
}
