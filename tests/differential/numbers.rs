//! Every numeric instruction on the corners of its operands.

use super::pair::{Compared, compare_in, with_pair};
use std::fmt::Write as _;
use wasmtime::Val;

const I32: &[u32] = &[
    0,
    1,
    2,
    7,
    31,
    32,
    33,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_fff9,
    0xffff_fffe,
    0xffff_ffff,
    0x1234_5678,
];
const I64: &[u64] = &[
    0,
    1,
    2,
    31,
    32,
    33,
    63,
    64,
    65,
    0x80,
    0xff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
    0x0123_4567_89ab_cdef,
];
const F64: &[f64] = &[
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    2.5,
    -2.5,
    3.7,
    -0.9999999999999999,
    1e-310,
    1e300,
    2147483647.0,
    2147483647.9,
    2147483648.0,
    -2147483648.0,
    -2147483648.9,
    -2147483649.0,
    4294967295.0,
    4294967295.9,
    4294967296.0,
    9223372036854774784.0,
    9223372036854775808.0,
    -9223372036854775808.0,
    -9223372036854777856.0,
    18446744073709549568.0,
    18446744073709551616.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];
const F32: &[f32] = &[
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    2.5,
    -2.5,
    3.7,
    0.99999994,
    1e-40,
    1e30,
    2147483520.0,
    2147483648.0,
    -2147483648.0,
    -2147483904.0,
    4294967040.0,
    4294967296.0,
    9223371487098961920.0,
    9223372036854775808.0,
    -9223372036854775808.0,
    18446742974197923840.0,
    18446744073709551616.0,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

fn corners(ty: &str) -> Vec<Val> {
    match ty {
        "i32" => I32.iter().map(|v| Val::I32(*v as i32)).collect(),
        "i64" => I64.iter().map(|v| Val::I64(*v as i64)).collect(),
        // A NaN with a payload and a sign beside the canonical one.
        "f32" => F32
            .iter()
            .map(|v| v.to_bits())
            .chain([0xffc0_0001, 0x7f80_0001])
            .map(Val::F32)
            .collect(),
        _ => F64
            .iter()
            .map(|v| v.to_bits())
            .chain([0xfff8_0000_0000_0001])
            .map(Val::F64)
            .collect(),
    }
}

/// Instructions: operands' type, result's type, names.
fn instructions() -> Vec<(String, &'static str, usize, &'static str)> {
    let mut all = Vec::new();
    for ty in ["i32", "i64"] {
        for op in ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
            all.push((format!("{ty}.{op}"), ty, 1, ty));
        }
        all.push((format!("{ty}.eqz"), ty, 1, "i32"));
        for op in [
            "add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl",
            "shr_s", "shr_u", "rotl", "rotr",
        ] {
            all.push((format!("{ty}.{op}"), ty, 2, ty));
        }
        for op in [
            "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
        ] {
            all.push((format!("{ty}.{op}"), ty, 2, "i32"));
        }
        for from in ["f32", "f64"] {
            for sign in ["s", "u"] {
                all.push((format!("{ty}.trunc_{from}_{sign}"), from, 1, ty));
                all.push((format!("{ty}.trunc_sat_{from}_{sign}"), from, 1, ty));
                all.push((format!("{from}.convert_{ty}_{sign}"), ty, 1, from));
            }
        }
    }
    for ty in ["f32", "f64"] {
        for op in ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"] {
            all.push((format!("{ty}.{op}"), ty, 1, ty));
        }
        for op in ["add", "sub", "mul", "div", "min", "max", "copysign"] {
            all.push((format!("{ty}.{op}"), ty, 2, ty));
        }
        for op in ["eq", "ne", "lt", "gt", "le", "ge"] {
            all.push((format!("{ty}.{op}"), ty, 2, "i32"));
        }
    }
    for (op, from, to) in [
        ("i32.wrap_i64", "i64", "i32"),
        ("i64.extend_i32_s", "i32", "i64"),
        ("i64.extend_i32_u", "i32", "i64"),
        ("i64.extend32_s", "i64", "i64"),
        ("f32.demote_f64", "f64", "f32"),
        ("f64.promote_f32", "f32", "f64"),
        ("i32.reinterpret_f32", "f32", "i32"),
        ("i64.reinterpret_f64", "f64", "i64"),
        ("f32.reinterpret_i32", "i32", "f32"),
        ("f64.reinterpret_i64", "i64", "f64"),
    ] {
        all.push((op.to_string(), from, 1, to));
    }
    all
}

#[test]
fn every_numeric_instruction_agrees() {
    let mut text = String::from("(module");
    for (op, from, count, to) in instructions() {
        let params = format!(" {from}").repeat(count);
        let operands: String = (0..count).map(|i| format!(" (local.get {i})")).collect();
        let _ = writeln!(
            text,
            "(func (export \"{op}\") (param{params}) (result {to}) ({op}{operands}))"
        );
    }
    text.push(')');
    let bytes = wat::parse_str(&text).unwrap();
    let (mut same, mut traps) = (0, 0);
    with_pair(&bytes, |module, program| {
        for (op, from, count, _) in instructions() {
            let firsts = corners(from);
            let seconds = match count {
                1 => vec![None],
                _ => corners(from).into_iter().map(Some).collect(),
            };
            for first in &firsts {
                for second in &seconds {
                    let args: Vec<Val> = [Some(*first), *second].into_iter().flatten().collect();
                    match compare_in(module, program, &op, &args) {
                        Compared::Same => same += 1,
                        Compared::SameTrap => traps += 1,
                        other => panic!("{op} {args:?}: {other:?}"),
                    }
                }
            }
        }
    });
    eprintln!("{same} results and {traps} traps agree");
    assert!(same > 20_000 && traps > 100, "{same} {traps}");
}
