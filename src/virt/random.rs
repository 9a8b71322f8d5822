//! `wasi:random/*`: numbers that follow from a seed.

use super::adapter::Adapter;
use super::deny::label;
use super::error::VirtError;
use super::make::{Code, Const, Fn, Maker};
use crate::binary::world::World;
use wasm_encoder::{Instruction as I, ValType};

/// All functions of the package.
pub(super) const FUNCTIONS: &[&str] = &[
    "get-random-bytes",
    "get-random-u64",
    "get-insecure-random-bytes",
    "get-insecure-random-u64",
    "insecure-seed",
    "get-insecure-seed",
];

/// SplitMix64: the step, and the rounds of shifting and multiplying.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const ROUNDS: [(u64, u64); 2] = [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)];
const LAST: u64 = 31;

/// Nobody asks for more bytes at once than fit in a memory.
const MOST: u64 = 1 << 30;

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(STEP);
    let mut word = *state;
    for (shift, factor) in ROUNDS {
        word = (word ^ (word >> shift)).wrapping_mul(factor);
    }
    word ^ (word >> LAST)
}

/// The adapter for an import of the package. Each interface has numbers of its own.
pub(super) fn adapter(world: &World, item: &str, seed: u64) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    // Names differ by interface only, so that a version does not change the numbers.
    let name = label(item);
    let mut state = name.bytes().fold(seed, |state, byte| {
        let mut state = state ^ u64::from(byte);
        next(&mut state)
    });
    let fixed = Const::Fields(vec![
        Const::Bits(next(&mut state)),
        Const::Bits(next(&mut state)),
    ]);
    let cell = maker.reserve(8, 8)?;
    maker.write(cell, &state.to_le_bytes());
    let draw = draw(&mut maker, cell);
    for (name, signature) in maker.functions() {
        let (mut code, shape) = maker.begin(signature);
        match name {
            // The same at each call, as long as the program runs.
            "insecure-seed" | "get-insecure-seed" => {
                maker.constant(name, signature, Some(&fixed))?;
            }
            "get-random-u64" | "get-insecure-random-u64" => {
                code.call(draw);
                maker.finish(name, signature, code)?;
            }
            "get-random-bytes" | "get-insecure-random-bytes" if shape.by_address => {
                let result = maker.reserve(8, 4)?;
                let (start, left) = (code.local(ValType::I32), code.local(ValType::I32));
                let (length, at) = (code.local(ValType::I32), code.local(ValType::I32));
                code.get(0).i64(MOST).op(I::I64GtU).when();
                code.op(I::Unreachable).end();
                code.get(0).op(I::I32WrapI64).set(length);
                // Whole words are drawn; the rest of the last one is not given.
                code.get(length)
                    .i32(7)
                    .op(I::I32Add)
                    .i32(3)
                    .op(I::I32ShrU)
                    .set(left);
                code.i32(0).i32(0).i32(8);
                code.get(left)
                    .i32(3)
                    .op(I::I32Shl)
                    .call(Fn::Alloc)
                    .set(start);
                code.get(start).set(at);
                code.block().repeat();
                code.get(left).ops([I::I32Eqz, I::BrIf(1)]);
                code.get(at).call(draw).store64(0).advance(at, 8);
                code.get(left).i32(1).op(I::I32Sub).set(left);
                code.op(I::Br(0)).end().end();
                code.i32(result).get(start).store(0);
                code.i32(result).get(length).store(4);
                code.forget().i32(result);
                maker.finish(name, signature, code)?;
            }
            _ => return Err(maker.unsupported(format!("`{name}` is `{signature}`"))),
        }
    }
    maker.build(&label(item))
}

/// `() → number`, from the state in a cell of memory.
fn draw(maker: &mut Maker<'_>, cell: u32) -> Fn {
    let mut code = Code::new(Vec::new(), vec![ValType::I64]);
    let (at, word) = (code.local(ValType::I32), code.local(ValType::I64));
    code.i32(cell).set(at);
    code.get(at).load64(at, 0).i64(STEP).op(I::I64Add);
    code.op(I::LocalTee(word)).store64(0);
    for (shift, factor) in ROUNDS {
        code.get(word)
            .get(word)
            .i64(shift)
            .ops([I::I64ShrU, I::I64Xor]);
        code.i64(factor).op(I::I64Mul).set(word);
    }
    code.get(word)
        .get(word)
        .i64(LAST)
        .ops([I::I64ShrU, I::I64Xor]);
    maker.helper(code)
}
