//! `wasi:clocks/*`: clocks that stand still or are ahead, at 0.2 and 0.3.

use super::adapter::Adapter;
use super::deny::label;
use super::error::VirtError;
use super::make::{Const, Maker, behind, lowered};
use super::spec::Clock;
use crate::binary::world::{Primitive, Signature, ValueType, World};
use std::sync::Arc;
use wasm_encoder::{Instruction as I, ValType};

/// Functions of the clock of dates.
pub(super) const WALL: &[&str] = &["now", "resolution", "get-resolution"];

/// Functions of the clock of durations.
pub(super) const MONOTONIC: &[&str] = &[
    "now",
    "resolution",
    "get-resolution",
    "subscribe-instant",
    "subscribe-duration",
    "wait-until",
    "wait-for",
];

const SECOND: i128 = 1_000_000_000;

/// The adapter for a clock of dates.
pub(super) fn wall(world: &World, item: &str, clock: &Clock) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    for (name, signature) in maker.functions() {
        match (name, clock) {
            ("now", Clock::Frozen(nanoseconds)) => {
                let signed = signed_seconds(&maker, name, signature)?;
                let seconds = nanoseconds.div_euclid(SECOND);
                let fits = match signed {
                    true => i64::try_from(seconds).map(|s| s as u64).ok(),
                    false => u64::try_from(seconds).ok(),
                };
                let seconds = fits.ok_or_else(|| {
                    let message = format!("`{item}` has no date {nanoseconds} ns from 1970");
                    VirtError::Value(message)
                })?;
                let rest = nanoseconds.rem_euclid(SECOND) as u64;
                let now = Const::Fields(vec![Const::Bits(seconds), Const::Bits(rest)]);
                maker.constant(name, signature, Some(&now))?;
            }
            ("now", Clock::Offset(nanoseconds)) => {
                ahead(&mut maker, name, signature, *nanoseconds)?;
            }
            ("resolution" | "get-resolution", Clock::Frozen(_)) => {
                let nanosecond = match lowered(world, signature).result_pointer {
                    Some(_) => Const::Fields(vec![Const::Bits(0), Const::Bits(1)]),
                    None => Const::Bits(1),
                };
                maker.constant(name, signature, Some(&nanosecond))?;
            }
            _ => maker.hand_on(name, signature)?,
        }
    }
    maker.build(&label(item))
}

/// Whether a date is `{ seconds: s64, nanoseconds: u32 }` instead of `{ seconds: u64, … }`.
fn signed_seconds(maker: &Maker<'_>, name: &str, signature: &Signature) -> Result<bool, VirtError> {
    let result = signature.result.as_deref();
    if let Some(ValueType::Record(fields)) = result.map(|ty| behind(maker.world, ty))
        && let [(_, seconds), (_, nanoseconds)] = fields.as_slice()
        && let (ValueType::Primitive(seconds), ValueType::Primitive(Primitive::U32)) = (
            behind(maker.world, seconds),
            behind(maker.world, nanoseconds),
        )
        && matches!(seconds, Primitive::U64 | Primitive::S64)
    {
        return Ok(*seconds == Primitive::S64);
    }
    Err(maker.unsupported(format!("`{name}` is `{signature}`")))
}

/// The host's date and an offset. A date before 1970 that the type cannot say is 1970.
fn ahead(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    nanoseconds: i128,
) -> Result<(), VirtError> {
    let signed = signed_seconds(maker, name, signature)?;
    let seconds = i64::try_from(nanoseconds.div_euclid(SECOND));
    let seconds = seconds.map_err(|_| VirtError::Value("the offset is too large".to_string()))?;
    let rest = nanoseconds.rem_euclid(SECOND) as u32;
    let result = maker.reserve(16, 8)?;
    let outside = maker.outside(name, signature);
    let (mut code, _) = maker.begin(signature);
    let (at, sum) = (code.local(ValType::I32), code.local(ValType::I64));
    let fraction = code.local(ValType::I32);
    code.i32(result).set(at).get(at).call(outside);
    code.load64(at, 0)
        .i64(seconds as u64)
        .op(I::I64Add)
        .set(sum);
    code.load(at, 8).i32(rest).op(I::I32Add).set(fraction);
    code.get(fraction).i32(SECOND as u32).op(I::I32GeU).when();
    code.get(fraction)
        .i32(SECOND as u32)
        .op(I::I32Sub)
        .set(fraction);
    code.get(sum).i64(1).op(I::I64Add).set(sum).end();
    if !signed {
        code.get(sum).i64(0).op(I::I64LtS).when();
        code.i64(0).set(sum).i32(0).set(fraction).end();
    }
    code.get(at).get(sum).store64(0);
    code.get(at).get(fraction).store(8);
    code.get(at);
    maker.finish(name, signature, code)
}

/// The adapter for a clock of durations.
pub(super) fn monotonic(world: &World, item: &str, clock: &Clock) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    let nanoseconds = match clock {
        Clock::Frozen(at) => u64::try_from(*at).ok(),
        Clock::Offset(by) => i64::try_from(*by).map(|by| by as u64).ok(),
    };
    let nanoseconds = nanoseconds.ok_or_else(|| {
        VirtError::Value("the clock of durations has 64 bits of nanoseconds from 0".to_string())
    })?;
    let frozen = matches!(clock, Clock::Frozen(_));
    for (name, signature) in maker.functions() {
        let plain = lowered(world, signature).result_pointer.is_none();
        let (mut code, _) = maker.begin(signature);
        match name {
            "now" if frozen && plain => {
                maker.constant(name, signature, Some(&Const::Bits(nanoseconds)))?;
            }
            "now" if plain => {
                let outside = maker.outside(name, signature);
                code.call(outside).i64(nanoseconds).op(I::I64Add);
                maker.finish(name, signature, code)?;
            }
            "resolution" | "get-resolution" if frozen && plain => {
                maker.constant(name, signature, Some(&Const::Bits(1)))?;
            }
            // Nobody waits for a clock that stands still: the host's time 0 is over.
            "subscribe-instant" | "subscribe-duration" if frozen => {
                let outside = maker.outside(name, signature);
                code.i64(0).call(outside);
                maker.finish(name, signature, code)?;
            }
            "wait-until" | "wait-for" if frozen => maker.finish(name, signature, code)?,
            "subscribe-instant" | "wait-until" => {
                let (mut code, shape) = maker.begin_passing(signature);
                let until = code.local(ValType::I64);
                code.get(0).i64(nanoseconds).op(I::I64Sub).set(until);
                maker.pass_on(&mut code, name, signature, &shape, &[until])?;
                maker.finish(name, signature, code)?;
            }
            _ => maker.hand_on(name, signature)?,
        }
    }
    maker.build(&label(item))
}
