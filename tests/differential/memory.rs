//! Memory, control and calls: made by hand, one function for each corner.

use super::pair::{Compared, compare};
use wasmtime::Val;

const MODULE: &str = r#"(module
  (memory (export "memory") 1)
  (global (export "g0") (mut i32) (i32.const 5))
  (global (export "g1") (mut i64) (i64.const -6))
  (data (i32.const 16) "0123456789abcdefghijklmnopqrstuvwxyz\80\81\fe\ff\7f")
  (data $passive "passive segment")
  (table $t funcref (elem $one $two $three))
  (type $unary (func (param i32) (result i32)))
  (type $pair (func (param i32) (result i32 i32)))
  (func $one (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (func $two (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $three (type $pair) (local.get 0) (i32.const 3))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init after drop") (param i32 i32 i32) (data.drop $passive) (memory.init $passive (local.get 0) (local.get 1) (local.get 2)))
  (func (export "load8_s") (param i32) (result i32) (i32.load8_s (local.get 0)))
  (func (export "load8_u") (param i32) (result i32) (i32.load8_u offset=1 (local.get 0)))
  (func (export "load16_s") (param i32) (result i32) (i32.load16_s (local.get 0)))
  (func (export "load16_u") (param i32) (result i32) (i32.load16_u (local.get 0)))
  (func (export "load32") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load64") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "wide8_s") (param i32) (result i64) (i64.load8_s (local.get 0)))
  (func (export "wide8_u") (param i32) (result i64) (i64.load8_u (local.get 0)))
  (func (export "wide16_s") (param i32) (result i64) (i64.load16_s (local.get 0)))
  (func (export "wide16_u") (param i32) (result i64) (i64.load16_u (local.get 0)))
  (func (export "wide32_s") (param i32) (result i64) (i64.load32_s (local.get 0)))
  (func (export "wide32_u") (param i32) (result i64) (i64.load32_u (local.get 0)))
  (func (export "loadf32") (param i32) (result f32) (f32.load (local.get 0)))
  (func (export "loadf64") (param i32) (result f64) (f64.load (local.get 0)))
  (func (export "stores") (param i32) (result i64)
    (i64.store (local.get 0) (i64.const 0x1122334455667788))
    (i32.store8 offset=1 (local.get 0) (i32.const 0xabcd))
    (i32.store16 offset=3 (local.get 0) (i32.const 0x12345678))
    (i64.store8 offset=6 (local.get 0) (i64.const -1))
    (i64.store16 offset=9 (local.get 0) (i64.const 0x5566))
    (i64.store32 offset=11 (local.get 0) (i64.const 0x99aabbccddeeff00))
    (i32.store offset=15 (local.get 0) (i32.const 0x01020304))
    (f32.store offset=21 (local.get 0) (f32.const -1.5))
    (f64.store offset=27 (local.get 0) (f64.const 2.25))
    (i64.load offset=3 (local.get 0)))
  (func (export "globals") (param i32) (result i64)
    (global.set 0 (i32.add (global.get 0) (local.get 0)))
    (global.set 1 (i64.mul (global.get 1) (i64.const 3)))
    (global.get 1))
  (func (export "table") (param i32) (result i32)
    (block $d (block $c (block $b (block $a
      (br_table $a $b $c $a $d (local.get 0)))
      (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40))
  (func (export "table with value") (param i32) (result i32)
    (block $b (result i32) (block $a (result i32)
      (br_table $a $b (i32.const 7) (local.get 0)))
      (i32.add (i32.const 100))))
  (func (export "indirect") (param i32) (result i32) (call_indirect (type $unary) (i32.const 21) (local.get 0)))
  (func (export "indirect pair") (param i32) (result i32 i32) (call_indirect (type $pair) (i32.const 21) (local.get 0)))
  (func $down (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $down (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (local.get 0))))
  (func (export "tail") (param i32) (result i32) (call $down (local.get 0) (i32.const 0)))
  (func (export "tail indirect") (param i32) (result i32) (return_call_indirect (type $unary) (i32.const 4) (local.get 0)))
  (func $fac (export "recursive") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.mul (local.get 0) (call $fac (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 1))))
  (func (export "multi") (param i32) (result i32 i64 i32)
    (local.get 0) (i64.const 9)
    (block (param i32 i64) (result i32 i64 i32) (i32.const 3)))
  (func (export "loop with values") (param i32) (result i32)
    (i32.const 0) (local.get 0)
    (loop (param i32 i32) (result i32)
      (local.set 0)
      (i32.add (local.get 0))
      (i32.sub (local.get 0) (i32.const 1))
      (local.tee 0)
      (br_if 0 (i32.gt_s (local.get 0) (i32.const 0)))
      (drop)))
  (func (export "select") (param i32) (result i64)
    (i64.add (select (i64.const 1) (i64.const 2) (local.get 0)) (select (result i64) (i64.const 10) (i64.const 20) (i32.eqz (local.get 0)))))
  (func (export "br_if keeps") (param i32) (result i32)
    (block $b (result i32) (i32.add (br_if $b (i32.const 5) (local.get 0)) (i32.const 1))))
  (func (export "trap") (param i32) (result i32)
    (if (local.get 0) (then (unreachable))) (i32.const 1))
  (func (export "dead") (param i32) (result i32)
    (block (result i32) (br 0 (i32.const 1)) (if (then (nop)) (else (unreachable))) (loop (br 0)) (i32.const 2)))
  (func (export "locals") (param i32) (result i64) (local i32 i64 f64)
    (local.set 1 (local.tee 0 (i32.add (local.get 0) (local.get 1))))
    (i64.add (local.get 2) (i64.extend_i32_s (local.get 1))))
)"#;

fn same(export: &str, args: &[i32]) {
    let values: Vec<Val> = args.iter().map(|v| Val::I32(*v)).collect();
    let compared = compare(MODULE, export, &values);
    let agrees = matches!(compared, Compared::Same | Compared::SameTrap);
    assert!(agrees, "{export} {args:?}: {compared:?}");
}

#[test]
fn bulk_memory_agrees() {
    for (to, from, len) in [
        (16, 18, 20),
        (18, 16, 20),
        (17, 16, 9),
        (20, 16, 32),
        (16, 20, 32),
        (100, 16, 0),
        (1, 17, 7),
        (300, 21, 19),
        (64, 16, 41),
        (65000, 16, 41),
        (16, 300, 8),
    ] {
        same("copy", &[to, from, len]);
    }
    for (to, byte, len) in [
        (16, 0x41, 5),
        (17, 0x1ff, 3),
        (60, 0, 130),
        (63, 7, 1),
        (64, 9, 0),
    ] {
        same("fill", &[to, byte, len]);
    }
    for (to, from, len) in [(16, 0, 15), (33, 3, 5), (0, 14, 1), (7, 15, 0)] {
        same("init", &[to, from, len]);
    }
    same("init after drop", &[16, 0, 0]);
}

#[test]
fn loads_and_stores_agree() {
    let loads = [
        "load8_s", "load8_u", "load16_s", "load16_u", "load32", "load64", "wide8_s", "wide8_u",
        "wide16_s", "wide16_u", "wide32_s", "wide32_u", "loadf32", "loadf64",
    ];
    for load in loads {
        for address in [
            0, 14, 15, 16, 17, 18, 19, 50, 51, 52, 53, 54, 55, 56, 60, 1000,
        ] {
            same(load, &[address]);
        }
    }
    for address in [0, 1, 2, 3, 16, 30, 61, 62, 63, 127, 40000] {
        same("stores", &[address]);
    }
}

#[test]
fn control_and_calls_agree() {
    let functions = [
        "globals",
        "table",
        "table with value",
        "indirect",
        "indirect pair",
        "tail",
        "tail indirect",
        "recursive",
        "multi",
        "loop with values",
        "select",
        "br_if keeps",
        "trap",
        "dead",
        "locals",
    ];
    for function in functions {
        for argument in [0, 1, 2, 3, 4, 5, 9, -1] {
            let endless = ["tail", "recursive", "loop with values"].contains(&function);
            if !(endless && argument < 0) {
                same(function, &[argument]);
            }
        }
    }
}

/// What has no rule is refused, not guessed.
#[test]
fn what_is_not_supported_says_so() {
    let simd = r#"(module (func (export "f") (result i32)
      (i32x4.extract_lane 0 (v128.const i32x4 1 2 3 4))))"#;
    let tables = r#"(module (table 2 funcref) (func (export "f") (result i32)
      (i32.add (table.size) (ref.is_null (table.get (i32.const 0))))))"#;
    for text in [simd, tables] {
        let compared = compare(text, "f", &[]);
        let fine = matches!(compared, Compared::Skipped(_) | Compared::Same);
        assert!(fine, "{compared:?}");
    }
}
