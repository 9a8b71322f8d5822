//! Instructions on vectors.

use super::op::Op;
use wasmparser::Operator;

/// An instruction on vectors that reads and writes no memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lanes {
    Const([u32; 4]),
    /// Every byte, or every two bytes.
    SplatSmall {
        bytes: u8,
    },
    Splat32,
    Splat64,
    Extract {
        lane: u8,
        wide: bool,
    },
    Replace {
        lane: u8,
        wide: bool,
    },
    /// Bytes of two vectors.
    Shuffle([u8; 16]),
    /// Arithmetic: one result, computed from so many operands.
    Other {
        pops: u32,
        name: &'static str,
    },
}

impl Lanes {
    /// How many operands it pops; it pushes one.
    pub(crate) fn pops(&self) -> u32 {
        match self {
            Lanes::Const(_) => 0,
            Lanes::SplatSmall { .. } | Lanes::Splat32 | Lanes::Splat64 => 1,
            Lanes::Extract { .. } => 1,
            Lanes::Replace { .. } | Lanes::Shuffle(_) => 2,
            Lanes::Other { pops, .. } => *pops,
        }
    }
}

/// An instruction on vectors, with how many operands it pops and pushes.
pub(super) fn lanes(op: &Operator<'_>) -> Option<(Op, u32, u32)> {
    let lanes = match op {
        Operator::V128Const { value } => {
            let (words, _) = value.bytes().as_chunks::<4>();
            let words = [words[0], words[1], words[2], words[3]];
            Lanes::Const(words.map(u32::from_le_bytes))
        }
        Operator::I8x16Splat => Lanes::SplatSmall { bytes: 1 },
        Operator::I16x8Splat => Lanes::SplatSmall { bytes: 2 },
        Operator::I32x4Splat | Operator::F32x4Splat => Lanes::Splat32,
        Operator::I64x2Splat | Operator::F64x2Splat => Lanes::Splat64,
        Operator::I32x4ExtractLane { lane } | Operator::F32x4ExtractLane { lane } => {
            let (lane, wide) = (*lane, false);
            Lanes::Extract { lane, wide }
        }
        Operator::I64x2ExtractLane { lane } | Operator::F64x2ExtractLane { lane } => {
            let (lane, wide) = (*lane, true);
            Lanes::Extract { lane, wide }
        }
        Operator::I32x4ReplaceLane { lane } | Operator::F32x4ReplaceLane { lane } => {
            let (lane, wide) = (*lane, false);
            Lanes::Replace { lane, wide }
        }
        Operator::I64x2ReplaceLane { lane } | Operator::F64x2ReplaceLane { lane } => {
            let (lane, wide) = (*lane, true);
            Lanes::Replace { lane, wide }
        }
        Operator::I8x16Shuffle { lanes } => Lanes::Shuffle(*lanes),
        other => {
            let (pops, name) = arithmetic(other)?;
            Lanes::Other { pops, name }
        }
    };
    let pops = lanes.pops();
    Some((Op::Lanes(lanes), pops, 1))
}

/// The operands of an instruction of the proposals for vectors that touches no memory.
macro_rules! operands {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        fn arithmetic(op: &Operator<'_>) -> Option<(u32, &'static str)> {
            #[allow(unreachable_patterns)]
            match op {
                $(Operator::$op { .. } => operands!(@count $proposal [$($($arg)*)?] $($ann)*),)*
                _ => None,
            }
        }
    };
    (@count simd [memarg $($rest:ident)*] $($ann:tt)*) => { None };
    (@count simd [$($arg:ident)*] arity $n:literal -> 1) => { Some(($n, "simd")) };
    (@count relaxed_simd [$($arg:ident)*] arity $n:literal -> 1) => { Some(($n, "relaxed_simd")) };
    (@count $($other:tt)*) => { None };
}

wasmparser::for_each_operator!(operands);
