//! Which calls a core module can make: one rule per case, on modules whose imports `h` are
//! the host's.

use crate::programs::{called, linked_text};

/// Checks which imports can be called; `$a` and `$b` are imported functions without
/// parameters.
fn reaches(body: &str, expected: &[&str]) {
    let text = format!(
        r#"(module
            (type $none (func))
            (import "h" "a" (func $a))
            (import "h" "b" (func $b))
            {body})"#
    );
    let expected: Vec<String> = expected.iter().map(|f| format!("h#{f} by root")).collect();
    assert_eq!(linked_text(&text, called), expected, "{text}");
}

/// Whether the first table is exact.
fn is_exact(body: &str) -> bool {
    linked_text(&format!("(module {body})"), |p| p.tables[0].exact)
}

#[test]
fn a_direct_call_from_an_export() {
    reaches(
        r#"(func $dead (call $b)) (func (export "f") (call $a))"#,
        &["a"],
    );
}

#[test]
fn dead_code_after_a_branch_still_counts() {
    reaches(r#"(func (export "f") (return) (call $b))"#, &["b"]);
}

#[test]
fn an_exported_import_is_handed_on_not_called() {
    reaches(r#"(export "a" (func $a))"#, &[]);
    let text = r#"(module (import "h" "a" (func $a)) (export "again" (func $a)))"#;
    linked_text(text, |program| {
        // The host gets it back: it counts as used.
        let reach = program.reach();
        assert_eq!(reach.called().len() + reach.passed_on().len(), 1);
    });
}

#[test]
fn the_start_function_is_a_root() {
    reaches("(func $s (call $b)) (start $s)", &["b"]);
    reaches("(start $a)", &["a"]);
}

#[test]
fn an_indirect_call_goes_to_entries_of_its_type() {
    reaches(
        r#"(table 4 4 funcref) (elem (i32.const 0) $x $y)
           (func $x (call $a)) (func $y (param i32) (call $b))
           (func (export "f") (call_indirect (type $none) (i32.const 0)))"#,
        &["a"],
    );
}

#[test]
fn an_indirect_call_goes_through_its_own_table() {
    reaches(
        r#"(table $one 1 1 funcref) (table $two 1 1 funcref)
           (elem (table $one) (i32.const 0) func $a)
           (elem (table $two) (i32.const 0) func $b)
           (func (export "f") (call_indirect $two (type $none) (i32.const 0)))"#,
        &["b"],
    );
}

#[test]
fn tail_calls_are_calls() {
    reaches(
        r#"(table 1 1 funcref) (elem (i32.const 0) $b)
           (func (export "f") (return_call $a))
           (func (export "g") (return_call_indirect (type $none) (i32.const 0)))"#,
        &["a", "b"],
    );
}

#[test]
fn a_trampoline_goes_to_its_slot_only() {
    let table = "(table 2 2 funcref) (elem (i32.const 0) $a $b)";
    for call in ["call_indirect", "return_call_indirect"] {
        reaches(
            &format!(r#"{table} (func (export "f") ({call} (type $none) (i32.const 1)))"#),
            &["b"],
        );
    }
    // Whatever does more than pass on is no trampoline.
    reaches(
        &format!(
            r#"{table} (func (export "f")
                (i32.const 1) (call_indirect (type $none) (i32.const 0)) drop)"#
        ),
        &["a", "b"],
    );
}

#[test]
fn a_trampoline_passes_its_parameters_in_order() {
    let body = |gets: &str| {
        format!(
            r#"(module
                (type $two (func (param i32 i32)))
                (import "h" "a" (func $a (type $two)))
                (import "h" "b" (func $b (type $two)))
                (table 2 2 funcref) (elem (i32.const 0) $a $b)
                (func (export "f") (param i32 i32)
                    {gets} (i32.const 1) (call_indirect (type $two))))"#
        )
    };
    let in_order = body("(local.get 0) (local.get 1)");
    assert_eq!(linked_text(&in_order, called), ["h#b by root"]);
    let both = ["h#a by root", "h#b by root"];
    for otherwise in [
        "(local.get 1) (local.get 0)",
        "(local.get 0) (local.get 0)",
        "(local.get 0) (local.get 1) (nop)",
    ] {
        assert_eq!(linked_text(&body(otherwise), called), both, "{otherwise}");
    }
}

#[test]
fn a_trampoline_passes_all_of_its_parameters() {
    let text = r#"(module
        (type $one (func (param i32)))
        (table 1 funcref)
        (func (param i32) (local.get 0) (i32.const 0) (call_indirect (type $one)))
        (func (param i32 i32) (local.get 0) (i32.const 0) (call_indirect (type $one))))"#;
    linked_text(text, |program| {
        let scan = &program.binary.modules[0].scan;
        assert!(scan.trampoline(0).is_some());
        assert!(scan.trampoline(1).is_none());
    });
}

#[test]
fn a_trampoline_through_a_written_table_may_go_anywhere() {
    reaches(
        r#"(table $t 2 2 funcref) (elem (table $t) (i32.const 0) func $a $a)
           (elem declare func $b)
           (func (export "set") (table.set $t (i32.const 1) (ref.func $b)))
           (func (export "f") (call_indirect $t (type $none) (i32.const 0)))"#,
        &["a", "b"],
    );
}

/// What a global holds is known as a value, not by its type.
#[test]
fn a_table_filled_from_a_global() {
    reaches(
        r#"(global $g funcref (ref.func $b))
           (table $t 1 funcref) (elem (table $t) (i32.const 0) funcref (global.get $g))
           (func (export "f") (drop (i32.const 1))
             (call_indirect $t (type $none) (i32.const 0)))"#,
        &["b"],
    );
}

#[test]
fn two_segments_on_one_slot_make_a_table_inexact() {
    let two = |second: u32| {
        is_exact(&format!(
            "(table 2 2 funcref) (func $x) (func $y)
             (elem (i32.const 0) $x) (elem (i32.const {second}) $y)"
        ))
    };
    assert!(two(1));
    assert!(!two(0));
    // The same function again changes nothing.
    assert!(is_exact(
        "(table 1 1 funcref) (func $x) (elem (i32.const 0) $x) (elem (i32.const 0) $x)"
    ));
}

#[test]
fn code_that_writes_a_table_makes_it_inexact() {
    let with = |code: &str| {
        is_exact(&format!(
            "(table $t 2 funcref) (table $u 2 funcref) (elem $e funcref (ref.null func))
             (func {code})"
        ))
    };
    assert!(with("(drop (table.get $t (i32.const 0)))"));
    assert!(with("(drop (table.size $t))"));
    assert!(!with("(table.set $t (i32.const 0) (ref.null func))"));
    assert!(!with(
        "(drop (table.grow $t (ref.null func) (i32.const 1)))"
    ));
    assert!(!with(
        "(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))"
    ));
    assert!(!with(
        "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))"
    ));
    assert!(!with(
        "(table.copy $t $u (i32.const 0) (i32.const 0) (i32.const 1))"
    ));
    assert!(with(
        "(table.copy $u $t (i32.const 0) (i32.const 0) (i32.const 1))"
    ));
}

#[test]
fn a_written_table_may_hold_whatever_has_its_address_taken() {
    reaches(
        r#"(table $t 1 funcref) (elem declare func $b) (elem func $x)
           (func $x (call $a))
           (func (export "set") (table.set $t (i32.const 0) (ref.func $b)))
           (func (export "f") (call_indirect $t (type $none) (i32.const 0)))"#,
        &["a", "b"],
    );
}

#[test]
fn a_table_that_is_exported_may_be_called_from_outside() {
    reaches(
        r#"(table (export "t") 1 funcref) (elem (i32.const 0) $x) (func $x (call $b))"#,
        &["b"],
    );
}

#[test]
fn a_table_from_outside_may_hold_anything() {
    reaches(
        r#"(import "h" "t" (table 1 funcref)) (elem (i32.const 0) $x)
           (func $x (call $b))
           (func (export "f") (call_indirect (type $none) (i32.const 0)))"#,
        &["b"],
    );
}

#[test]
fn offsets_are_computed() {
    let with = |table: &str, offset: &str| {
        let text = format!(
            r#"(module {table} (func $x) (elem (offset {offset}) func $x)
                (global $three i32 (i32.const 3)) (global $wide i64 (i64.const 3)))"#
        );
        linked_text(&text, |program| {
            let table = &program.tables[0];
            assert!(table.exact);
            table.slots.keys().copied().collect::<Vec<_>>()
        })
    };
    let small = "(table 100 funcref)";
    assert_eq!(with(small, "i32.const 7"), [7]);
    assert_eq!(with(small, "global.get $three"), [3]);
    let sum = "(i32.add (i32.mul (global.get $three) (i32.const 4)) (i32.const 1))";
    assert_eq!(with(small, sum), [13]);
    let difference = "(i32.sub (i32.const 20) (global.get $three))";
    assert_eq!(with(small, difference), [17]);
    let wide = "(table i64 100 funcref)";
    assert_eq!(
        with(wide, "(i64.add (global.get $wide) (i64.const 2))"),
        [5]
    );
    assert_eq!(with(wide, "i64.const 0x1_0000_0001"), [0x1_0000_0001]);
    assert_eq!(with(small, "i32.const -1"), [0xffff_ffff]);
}

/// A base that only the host knows.
#[test]
fn an_offset_from_outside_is_noted() {
    let text = r#"(module
        (import "h" "a" (func $a))
        (import "env" "base" (global $base i32))
        (table 4 funcref) (elem (global.get $base) $a)
        (func (export "f") (call_indirect (i32.const 0))))"#;
    linked_text(text, |program| {
        assert!(!program.tables[0].exact);
        assert_eq!(program.notes.len(), 1);
        assert!(program.notes[0].to_string().contains("element segment"));
        assert_eq!(called(program), ["h#a by root"]);
    });
}
