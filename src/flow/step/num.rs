//! Numeric instructions on known values. Values of every type are carried as 64 bits; a
//! 32-bit value has zeros above.

use wasmparser::Operator;

/// How a type is carried in 64 bits.
trait Bits: Copy {
    fn from_bits(bits: u64) -> Self;
    fn bits(self) -> u64;
}

macro_rules! bits {
    ($($ty:ty: $from:expr, $to:expr;)*) => {$(
        impl Bits for $ty {
            fn from_bits(bits: u64) -> Self {
                $from(bits)
            }
            fn bits(self) -> u64 {
                $to(self)
            }
        }
    )*};
}

bits! {
    i32: |b| b as u32 as i32, |v| v as u32 as u64;
    u32: |b| b as u32, u64::from;
    i64: |b| b as i64, |v| v as u64;
    u64: |b| b, |v| v;
    f32: |b| f32::from_bits(b as u32), |v: f32| u64::from(v.to_bits());
    f64: f64::from_bits, f64::to_bits;
    bool: |b| b != 0, u64::from;
}

macro_rules! unary {
    ($($op:ident: $arg:ty => $ret:ty, $f:expr;)*) => {
        /// An instruction with one operand and one result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub(crate) enum Unary {
            $($op,)*
        }

        impl Unary {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Unary] = &[$(Unary::$op,)*];

            /// Whether operands are 64 bits wide.
            #[cfg(test)]
            pub(crate) fn takes_wide(self) -> bool {
                match self {
                    $(Unary::$op => size_of::<$arg>() == 8,)*
                }
            }

            /// The instruction, when it is one of these.
            pub(super) fn of(op: &Operator<'_>) -> Option<Unary> {
                Some(match op {
                    $(Operator::$op => Unary::$op,)*
                    _ => return None,
                })
            }

            /// The result, or `None` for a trap.
            pub(crate) fn eval(self, arg: u64) -> Option<u64> {
                match self {
                    $(Unary::$op => {
                        let f: fn($arg) -> Option<$ret> = $f;
                        f(<$arg as Bits>::from_bits(arg)).map(Bits::bits)
                    })*
                }
            }

            /// Whether the result is 64 bits wide.
            pub(crate) fn wide(self) -> bool {
                match self {
                    $(Unary::$op => size_of::<$ret>() == 8,)*
                }
            }
        }
    };
}

macro_rules! binary {
    ($($op:ident: $arg:ty => $ret:ty, $f:expr;)*) => {
        /// An instruction with two operands of one type and one result.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub(crate) enum Binary {
            $($op,)*
        }

        impl Binary {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Binary] = &[$(Binary::$op,)*];

            /// Whether operands are 64 bits wide.
            #[cfg(test)]
            pub(crate) fn takes_wide(self) -> bool {
                match self {
                    $(Binary::$op => size_of::<$arg>() == 8,)*
                }
            }

            /// The instruction, when it is one of these.
            pub(super) fn of(op: &Operator<'_>) -> Option<Binary> {
                Some(match op {
                    $(Operator::$op => Binary::$op,)*
                    _ => return None,
                })
            }

            /// The result, or `None` for a trap.
            pub(crate) fn eval(self, left: u64, right: u64) -> Option<u64> {
                match self {
                    $(Binary::$op => {
                        let f: fn($arg, $arg) -> Option<$ret> = $f;
                        f(<$arg as Bits>::from_bits(left), <$arg as Bits>::from_bits(right)).map(Bits::bits)
                    })*
                }
            }

            /// Whether the result is 64 bits wide.
            pub(crate) fn wide(self) -> bool {
                match self {
                    $(Binary::$op => size_of::<$ret>() == 8,)*
                }
            }
        }
    };
}

unary! {
    I32Eqz: u32 => bool, |a| Some(a == 0);
    I64Eqz: u64 => bool, |a| Some(a == 0);
    I32Clz: u32 => u32, |a| Some(a.leading_zeros());
    I32Ctz: u32 => u32, |a| Some(a.trailing_zeros());
    I32Popcnt: u32 => u32, |a| Some(a.count_ones());
    I64Clz: u64 => u64, |a| Some(u64::from(a.leading_zeros()));
    I64Ctz: u64 => u64, |a| Some(u64::from(a.trailing_zeros()));
    I64Popcnt: u64 => u64, |a| Some(u64::from(a.count_ones()));
    I32Extend8S: i32 => i32, |a| Some(i32::from(a as i8));
    I32Extend16S: i32 => i32, |a| Some(i32::from(a as i16));
    I64Extend8S: i64 => i64, |a| Some(i64::from(a as i8));
    I64Extend16S: i64 => i64, |a| Some(i64::from(a as i16));
    I64Extend32S: i64 => i64, |a| Some(i64::from(a as i32));
    I32WrapI64: u64 => u32, |a| Some(a as u32);
    I64ExtendI32S: i32 => i64, |a| Some(i64::from(a));
    I64ExtendI32U: u32 => u64, |a| Some(u64::from(a));
    F32Abs: u32 => u32, |a| Some(a & 0x7fff_ffff);
    F32Neg: u32 => u32, |a| Some(a ^ 0x8000_0000);
    F32Ceil: f32 => f32, |a| Some(a.ceil());
    F32Floor: f32 => f32, |a| Some(a.floor());
    F32Trunc: f32 => f32, |a| Some(a.trunc());
    F32Nearest: f32 => f32, |a| Some(a.round_ties_even());
    F32Sqrt: f32 => f32, |a| Some(a.sqrt());
    F64Abs: u64 => u64, |a| Some(a & !(1 << 63));
    F64Neg: u64 => u64, |a| Some(a ^ (1 << 63));
    F64Ceil: f64 => f64, |a| Some(a.ceil());
    F64Floor: f64 => f64, |a| Some(a.floor());
    F64Trunc: f64 => f64, |a| Some(a.trunc());
    F64Nearest: f64 => f64, |a| Some(a.round_ties_even());
    F64Sqrt: f64 => f64, |a| Some(a.sqrt());
    I32TruncF32S: f32 => i32, |a| (a.trunc() >= -2147483648.0 && a < 2147483648.0).then_some(a as i32);
    I32TruncF32U: f32 => u32, |a| (a > -1.0 && a < 4294967296.0).then_some(a as u32);
    I32TruncF64S: f64 => i32, |a| (a > -2147483649.0 && a < 2147483648.0).then_some(a as i32);
    I32TruncF64U: f64 => u32, |a| (a > -1.0 && a < 4294967296.0).then_some(a as u32);
    I64TruncF32S: f32 => i64, |a| (-9223372036854775808.0..9223372036854775808.0).contains(&a).then_some(a as i64);
    I64TruncF32U: f32 => u64, |a| (a > -1.0 && a < 18446744073709551616.0).then_some(a as u64);
    I64TruncF64S: f64 => i64, |a| (-9223372036854775808.0..9223372036854775808.0).contains(&a).then_some(a as i64);
    I64TruncF64U: f64 => u64, |a| (a > -1.0 && a < 18446744073709551616.0).then_some(a as u64);
    I32TruncSatF32S: f32 => i32, |a| Some(a as i32);
    I32TruncSatF32U: f32 => u32, |a| Some(a as u32);
    I32TruncSatF64S: f64 => i32, |a| Some(a as i32);
    I32TruncSatF64U: f64 => u32, |a| Some(a as u32);
    I64TruncSatF32S: f32 => i64, |a| Some(a as i64);
    I64TruncSatF32U: f32 => u64, |a| Some(a as u64);
    I64TruncSatF64S: f64 => i64, |a| Some(a as i64);
    I64TruncSatF64U: f64 => u64, |a| Some(a as u64);
    F32ConvertI32S: i32 => f32, |a| Some(a as f32);
    F32ConvertI32U: u32 => f32, |a| Some(a as f32);
    F32ConvertI64S: i64 => f32, |a| Some(a as f32);
    F32ConvertI64U: u64 => f32, |a| Some(a as f32);
    F32DemoteF64: f64 => f32, |a| Some(a as f32);
    F64ConvertI32S: i32 => f64, |a| Some(f64::from(a));
    F64ConvertI32U: u32 => f64, |a| Some(f64::from(a));
    F64ConvertI64S: i64 => f64, |a| Some(a as f64);
    F64ConvertI64U: u64 => f64, |a| Some(a as f64);
    F64PromoteF32: f32 => f64, |a| Some(f64::from(a));
    I32ReinterpretF32: u32 => u32, Some;
    I64ReinterpretF64: u64 => u64, Some;
    F32ReinterpretI32: u32 => u32, Some;
    F64ReinterpretI64: u64 => u64, Some;
}

binary! {
    I32Add: u32 => u32, |a, b| Some(a.wrapping_add(b));
    I32Sub: u32 => u32, |a, b| Some(a.wrapping_sub(b));
    I32Mul: u32 => u32, |a, b| Some(a.wrapping_mul(b));
    I32DivS: i32 => i32, |a, b| a.checked_div(b);
    I32DivU: u32 => u32, |a, b| a.checked_div(b);
    I32RemS: i32 => i32, |a, b| (b != 0).then(|| a.wrapping_rem(b));
    I32RemU: u32 => u32, |a, b| a.checked_rem(b);
    I32And: u32 => u32, |a, b| Some(a & b);
    I32Or: u32 => u32, |a, b| Some(a | b);
    I32Xor: u32 => u32, |a, b| Some(a ^ b);
    I32Shl: u32 => u32, |a, b| Some(a.wrapping_shl(b));
    I32ShrS: i32 => i32, |a, b| Some(a.wrapping_shr(b as u32));
    I32ShrU: u32 => u32, |a, b| Some(a.wrapping_shr(b));
    I32Rotl: u32 => u32, |a, b| Some(a.rotate_left(b & 31));
    I32Rotr: u32 => u32, |a, b| Some(a.rotate_right(b & 31));
    I32Eq: u32 => bool, |a, b| Some(a == b);
    I32Ne: u32 => bool, |a, b| Some(a != b);
    I32LtS: i32 => bool, |a, b| Some(a < b);
    I32LtU: u32 => bool, |a, b| Some(a < b);
    I32GtS: i32 => bool, |a, b| Some(a > b);
    I32GtU: u32 => bool, |a, b| Some(a > b);
    I32LeS: i32 => bool, |a, b| Some(a <= b);
    I32LeU: u32 => bool, |a, b| Some(a <= b);
    I32GeS: i32 => bool, |a, b| Some(a >= b);
    I32GeU: u32 => bool, |a, b| Some(a >= b);
    I64Add: u64 => u64, |a, b| Some(a.wrapping_add(b));
    I64Sub: u64 => u64, |a, b| Some(a.wrapping_sub(b));
    I64Mul: u64 => u64, |a, b| Some(a.wrapping_mul(b));
    I64DivS: i64 => i64, |a, b| a.checked_div(b);
    I64DivU: u64 => u64, |a, b| a.checked_div(b);
    I64RemS: i64 => i64, |a, b| (b != 0).then(|| a.wrapping_rem(b));
    I64RemU: u64 => u64, |a, b| a.checked_rem(b);
    I64And: u64 => u64, |a, b| Some(a & b);
    I64Or: u64 => u64, |a, b| Some(a | b);
    I64Xor: u64 => u64, |a, b| Some(a ^ b);
    I64Shl: u64 => u64, |a, b| Some(a.wrapping_shl(b as u32));
    I64ShrS: i64 => i64, |a, b| Some(a.wrapping_shr(b as u32));
    I64ShrU: u64 => u64, |a, b| Some(a.wrapping_shr(b as u32));
    I64Rotl: u64 => u64, |a, b| Some(a.rotate_left((b & 63) as u32));
    I64Rotr: u64 => u64, |a, b| Some(a.rotate_right((b & 63) as u32));
    I64Eq: u64 => bool, |a, b| Some(a == b);
    I64Ne: u64 => bool, |a, b| Some(a != b);
    I64LtS: i64 => bool, |a, b| Some(a < b);
    I64LtU: u64 => bool, |a, b| Some(a < b);
    I64GtS: i64 => bool, |a, b| Some(a > b);
    I64GtU: u64 => bool, |a, b| Some(a > b);
    I64LeS: i64 => bool, |a, b| Some(a <= b);
    I64LeU: u64 => bool, |a, b| Some(a <= b);
    I64GeS: i64 => bool, |a, b| Some(a >= b);
    I64GeU: u64 => bool, |a, b| Some(a >= b);
    F32Add: f32 => f32, |a, b| Some(a + b);
    F32Sub: f32 => f32, |a, b| Some(a - b);
    F32Mul: f32 => f32, |a, b| Some(a * b);
    F32Div: f32 => f32, |a, b| Some(a / b);
    F32Min: f32 => f32, |a, b| Some(min32(a, b));
    F32Max: f32 => f32, |a, b| Some(-min32(-a, -b));
    F32Copysign: u32 => u32, |a, b| Some(a & 0x7fff_ffff | b & 0x8000_0000);
    F32Eq: f32 => bool, |a, b| Some(a == b);
    F32Ne: f32 => bool, |a, b| Some(a != b);
    F32Lt: f32 => bool, |a, b| Some(a < b);
    F32Gt: f32 => bool, |a, b| Some(a > b);
    F32Le: f32 => bool, |a, b| Some(a <= b);
    F32Ge: f32 => bool, |a, b| Some(a >= b);
    F64Add: f64 => f64, |a, b| Some(a + b);
    F64Sub: f64 => f64, |a, b| Some(a - b);
    F64Mul: f64 => f64, |a, b| Some(a * b);
    F64Div: f64 => f64, |a, b| Some(a / b);
    F64Min: f64 => f64, |a, b| Some(min64(a, b));
    F64Max: f64 => f64, |a, b| Some(-min64(-a, -b));
    F64Copysign: u64 => u64, |a, b| Some(a & !(1 << 63) | b & (1 << 63));
    F64Eq: f64 => bool, |a, b| Some(a == b);
    F64Ne: f64 => bool, |a, b| Some(a != b);
    F64Lt: f64 => bool, |a, b| Some(a < b);
    F64Gt: f64 => bool, |a, b| Some(a > b);
    F64Le: f64 => bool, |a, b| Some(a <= b);
    F64Ge: f64 => bool, |a, b| Some(a >= b);
}

/// `fmin` of the specification: a NaN operand gives NaN, and -0 is less than +0.
fn min32(a: f32, b: f32) -> f32 {
    match a.partial_cmp(&b) {
        None => a + b,
        Some(std::cmp::Ordering::Less) => a,
        Some(std::cmp::Ordering::Greater) => b,
        Some(std::cmp::Ordering::Equal) => f32::from_bits(a.to_bits() | b.to_bits()),
    }
}

/// See [`min32`].
fn min64(a: f64, b: f64) -> f64 {
    match a.partial_cmp(&b) {
        None => a + b,
        Some(std::cmp::Ordering::Less) => a,
        Some(std::cmp::Ordering::Greater) => b,
        Some(std::cmp::Ordering::Equal) => f64::from_bits(a.to_bits() | b.to_bits()),
    }
}
