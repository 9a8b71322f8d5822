//! What instructions compute on sets of values, and which labels the result has.
//!
//! - A copy has the labels of what was copied; a result of arithmetic is *computed from* its
//!   operands.
//! - A comparison has no labels: that it holds is one bit, and not the secret. The same goes
//!   for what a branch decides. This is the assumption about implicit flows.
//! - A sum, difference or mask of a pointer leads to where the pointer leads. Products and
//!   remainders are numbers.

use super::super::step::{Binary, Unary};
use super::super::value::is_comparison;
use super::word::{Place, Thing, Val, Word};

/// How many pairs of constants are computed one by one.
const MAX_PAIRS: usize = 8;

pub(super) fn unary(op: Unary, arg: &Val) -> Option<Val> {
    if let Some(bits) = arg.single() {
        return op.eval(bits).map(|bits| {
            let mut value = Val::known(bits);
            value.lo.labels = arg.labels();
            value
        });
    }
    Some(match op {
        Unary::I32Eqz if arg.lo.is_pointer() => Val::ZERO,
        Unary::I32Eqz | Unary::I64Eqz => Val::narrow(Word::ANY),
        Unary::I32WrapI64 => Val::narrow(arg.lo.clone()),
        Unary::I64ExtendI32U => Val::narrow(arg.lo.clone()),
        Unary::I64ExtendI32S => Val {
            lo: arg.lo.clone(),
            hi: arg.lo.number().labelled(arg.lo.labels),
        },
        Unary::I32Extend8S | Unary::I32Extend16S => {
            let mut word = arg.lo.number();
            word.labels = arg.lo.labels;
            Val::narrow(word)
        }
        Unary::I32ReinterpretF32 | Unary::F32ReinterpretI32 => Val::narrow(arg.lo.clone()),
        Unary::I64ReinterpretF64 | Unary::F64ReinterpretI64 => arg.clone(),
        _ => {
            let word = arg.whole().number();
            match op.wide() {
                true => Val::both(word),
                false => Val::narrow(word),
            }
        }
    })
}

/// `None` for a trap.
pub(super) fn binary(op: Binary, left: &Val, right: &Val) -> Option<Val> {
    use Binary::*;
    let labels = left.labels().with(right.labels());
    if let (Some(a), Some(b)) = (left.single(), right.single()) {
        let mut value = Val::known(op.eval(a, b)?);
        if !is_comparison(op) {
            value.lo.labels = labels.computed();
        }
        return Some(value);
    }
    if is_comparison(op) {
        return Some(Val::narrow(compared(op, left, right)));
    }
    let wide = op.wide();
    if !wide && let Some(word) = combined(op, &left.lo, &right.lo) {
        return Some(Val::narrow(word.labelled(labels.computed())));
    }
    let value = match op {
        I32Add => Val::narrow(sum(&left.lo, &right.lo, |at, c| at.wrapping_add(c))),
        I32Sub => Val::narrow(difference(&left.lo, &right.lo)),
        I32And | I32Or | I32Xor => Val::narrow(match (exact_stack(&left.lo), right.lo.single()) {
            (Some(at), Some(mask)) => {
                let at = op.eval(u64::from(at), u64::from(mask))? as u32;
                // Of the low bits alone, an address is a number.
                match op == I32And && mask < super::word::LEAST_ADDRESS {
                    true => Word::known(at),
                    false => Word::to(Thing::Stack, Some(at)),
                }
            }
            _ => masked(op, &left.lo, &right.lo),
        }),
        I32Shl | I32ShrU | I32ShrS | I32Rotl | I32Rotr => Val::narrow(left.lo.blurred()),
        I64Shl if right.lo.single() == Some(32) => Val {
            lo: Word::ZERO,
            hi: left.lo.clone(),
        },
        I64ShrU if right.lo.single() == Some(32) => Val {
            lo: left.hi.clone(),
            hi: Word::ZERO,
        },
        I64And if right.single() == Some(0xffff_ffff) => Val::narrow(left.lo.clone()),
        I64And if left.single() == Some(0xffff_ffff) => Val::narrow(right.lo.clone()),
        // Halves that are put together.
        I64Or | I64Xor | I64Add if split(left, right) => Val {
            lo: half(&left.lo, &right.lo),
            hi: half(&left.hi, &right.hi),
        },
        I64Or | I64Add | I64Sub | I64And | I64Xor | I64Shl | I64ShrU | I64ShrS | I64Rotl
        | I64Rotr => {
            let word = left.whole().blurred().join(&right.whole().blurred());
            Val::both(word)
        }
        _ => {
            let word = left.whole().number().join(&right.whole().number());
            match wide {
                true => Val::both(word),
                false => Val::narrow(word),
            }
        }
    };
    // What was only put together is a copy.
    let copied = matches!(op, I64Or | I64Xor | I64Add) && split(left, right)
        || matches!(op, I64Shl | I64ShrU) && right.lo.single() == Some(32)
        || op == I64And
            && [left, right]
                .iter()
                .any(|v| v.single() == Some(0xffff_ffff));
    Some(match copied {
        true => value,
        false => Val {
            lo: Word {
                labels: labels.computed(),
                ..value.lo
            },
            hi: match wide {
                true => Word {
                    labels: labels.computed(),
                    ..value.hi
                },
                false => Word::ZERO,
            },
        },
    })
}

/// A comparison of a pointer with null is decided; others may go either way.
fn compared(op: Binary, left: &Val, right: &Val) -> Word {
    let null = |word: &Word| word.single() == Some(0);
    let (a, b) = (&left.lo, &right.lo);
    let differ = a.is_pointer() && null(b) || b.is_pointer() && null(a);
    match op {
        Binary::I32Eq if differ => Word::ZERO,
        Binary::I32Ne if differ => Word::known(1),
        Binary::I32Eq | Binary::I32Ne if a.only_consts() && b.only_consts() => {
            let equal = a.consts().iter().any(|c| b.consts().contains(c));
            match equal {
                true => Word::ANY,
                false => Word::known(u32::from(op == Binary::I32Ne)),
            }
        }
        _ => Word::ANY,
    }
}

/// All pairs of a few constants.
fn combined(op: Binary, left: &Word, right: &Word) -> Option<Word> {
    let pairs = left.consts().len() * right.consts().len();
    if !left.only_consts() || !right.only_consts() || pairs == 0 || pairs > MAX_PAIRS {
        return None;
    }
    let mut values = Vec::new();
    for a in left.consts() {
        for b in right.consts() {
            let value = op.eval(u64::from(*a), u64::from(*b));
            values.extend(value.map(|v| v as u32));
        }
    }
    (!values.is_empty()).then(|| Word::of_consts(values))
}

fn exact_stack(word: &Word) -> Option<u32> {
    match word.things() {
        [(Thing::Stack, Some(at))] if !word.any && word.consts().is_empty() => Some(*at),
        _ => None,
    }
}

fn sum(left: &Word, right: &Word, shift: impl Fn(u32, u32) -> u32) -> Word {
    let (base, by) = match right.only_consts() && !right.consts().is_empty() {
        true => (left, right),
        false => (right, left),
    };
    let Some(by) = by.single() else {
        return left.blurred().join(&right.blurred());
    };
    shifted(base, by, shift)
}

fn shifted(base: &Word, by: u32, shift: impl Fn(u32, u32) -> u32) -> Word {
    let moved = base.map_places(|(thing, at): Place| (thing, at.map(|at| shift(at, by))));
    let consts = base.consts().iter().map(|c| shift(*c, by)).collect();
    let mut word = Word::of_consts(consts);
    word.any |= base.any;
    // A number and an address of data: an element of a table there.
    if base.any && by >= super::word::LEAST_ADDRESS {
        word = word.join(&Word::to(Thing::Static, None));
    }
    let places = Word {
        any: word.any,
        ..moved
    };
    let mut only = Word::NEVER;
    for (thing, at) in places.things() {
        only = only.join(&Word::to(*thing, *at));
    }
    word.join(&only)
}

fn difference(left: &Word, right: &Word) -> Word {
    match right.single() {
        Some(by) => shifted(left, by.wrapping_neg(), |at, by| at.wrapping_add(by)),
        // A distance, or a pointer that goes back by one.
        None if !right.things().is_empty() && left.things().is_empty() => left.blurred(),
        None if !right.things().is_empty() => Word::ANY.join(&left.blurred()),
        None => left.blurred(),
    }
}

fn masked(op: Binary, left: &Word, right: &Word) -> Word {
    let both = left.blurred().join(&right.blurred());
    // A small mask leaves a number.
    let small = |w: &Word| w.single().is_some_and(|m| m < super::word::LEAST_ADDRESS);
    if op == Binary::I32And && (small(left) || small(right)) {
        return Word::ANY;
    }
    if matches!(
        (op, right.single()),
        (Binary::I32Or | Binary::I32Xor, Some(0))
    ) {
        return left.clone();
    }
    both
}

/// Whether each half of a sum comes from one operand alone.
fn split(left: &Val, right: &Val) -> bool {
    let zero = |w: &Word| w.single() == Some(0);
    (zero(&left.lo) || zero(&right.lo)) && (zero(&left.hi) || zero(&right.hi))
}

fn half(a: &Word, b: &Word) -> Word {
    match a.single() {
        Some(0) => b.clone(),
        _ => a.clone(),
    }
}
