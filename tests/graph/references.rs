//! Function references outside of tables: globals, objects, the host's hands.

use crate::programs::{called, linked_text};

/// Checks whether `h.a`, which only `$x` calls, is found.
fn reached(body: &str) -> bool {
    reached_with("", body)
}

/// The same with more imports.
fn reached_with(imports: &str, body: &str) -> bool {
    let text = format!(
        r#"(module
            (type $none (func))
            (type $box (struct (field (ref $none))))
            (type $list (array (ref $none)))
            (import "h" "a" (func $a))
            {imports}
            (func $x (type $none) (call $a))
            {body})"#
    );
    let called = linked_text(&text, called);
    assert!(called.len() <= 1, "{called:?}");
    called == ["h#a by root"]
}

#[test]
fn a_reference_that_nobody_calls_is_not_called() {
    assert!(!reached("(elem declare func $x)"));
    assert!(!reached("(global (ref $none) (ref.func $x))"));
    assert!(!reached("(table 1 1 funcref (ref.func $x))"));
}

#[test]
fn call_ref_may_call_every_reference() {
    assert!(reached(
        r#"(elem declare func $x)
           (func (export "f") (call_ref $none (ref.func $x)))"#
    ));
    assert!(reached(
        r#"(global $g (ref $none) (ref.func $x))
           (func (export "f") (return_call_ref $none (global.get $g)))"#
    ));
    assert!(reached(
        r#"(table $t 1 1 (ref null $none)) (elem (table $t) (i32.const 0) (ref null $none) (ref.func $x))
           (func (export "f") (call_ref $none (table.get $t (i32.const 0))))"#
    ));
}

#[test]
fn references_in_the_initial_value_of_a_table() {
    assert!(reached(
        r#"(table $t 4 4 funcref (ref.func $x))
           (func (export "f") (call_indirect $t (type $none) (i32.const 0)))"#
    ));
    assert!(reached(
        r#"(table $t 4 4 (ref $none) (ref.func $x))
           (func (export "f") (call_ref $none (table.get $t (i32.const 0))))"#
    ));
}

#[test]
fn references_in_constant_objects() {
    assert!(reached(
        r#"(global $g (ref $box) (struct.new $box (ref.func $x)))
           (func (export "f") (call_ref $none (struct.get $box 0 (global.get $g))))"#
    ));
    assert!(reached(
        r#"(global $g (ref $list) (array.new_fixed $list 1 (ref.func $x)))
           (func (export "f")
             (call_ref $none (array.get $list (global.get $g) (i32.const 0))))"#
    ));
    assert!(reached(
        r#"(table $t 1 1 (ref null $box))
           (elem (table $t) (i32.const 0) (ref $box) (struct.new $box (ref.func $x)))
           (func (export "f")
             (call_ref $none (struct.get $box 0 (table.get $t (i32.const 0)))))"#
    ));
    assert!(reached(
        r#"(elem $e (ref $none) (ref.func $x))
           (func (export "f") (call_ref $none (array.get $list
             (array.new_elem $list $e (i32.const 0) (i32.const 1)) (i32.const 0))))"#
    ));
}

#[test]
fn a_continuation_calls_its_function() {
    assert!(reached(
        r#"(type $cont (cont $none)) (elem declare func $x)
           (func (export "f") (resume $cont (cont.new $cont (ref.func $x))))"#
    ));
}

/// Whatever the host gets hold of, it can call.
#[test]
fn references_given_to_the_host() {
    assert!(reached(
        r#"(elem declare func $x) (func (export "f") (result funcref) (ref.func $x))"#
    ));
    assert!(reached(r#"(global (export "g") funcref (ref.func $x))"#));
    assert!(reached(
        r#"(elem declare func $x)
           (global $g (export "g") (mut funcref) (ref.null func))
           (func (export "f") (global.set $g (ref.func $x)))"#
    ));
    let table = r#"(import "h" "t" (table $t 1 funcref))"#;
    assert!(reached_with(
        table,
        r#"(elem declare func $x)
           (func (export "f") (table.set $t (i32.const 0) (ref.func $x)))"#
    ));
    assert!(reached_with(
        table,
        "(elem (table $t) (i32.const 0) func $x)"
    ));
    assert!(reached(
        r#"(tag $e (export "e") (param funcref)) (elem declare func $x)
           (func (export "f") (throw $e (ref.func $x)))"#
    ));
}

#[test]
fn references_passed_to_a_host_function() {
    let text = r#"(module
        (import "h" "a" (func $a))
        (import "h" "register" (func $register (param funcref)))
        (elem declare func $x)
        (func $x (call $a))
        (func (export "f") (call $register (ref.func $x))))"#;
    let called = linked_text(text, called);
    assert_eq!(called, ["h#a by root", "h#register by root"]);
}

/// A subtype may stand where its supertype is asked for.
#[test]
fn a_call_of_an_open_type_reaches_its_subtypes() {
    let text = r#"(module
        (type $super (sub (func)))
        (type $sub (sub $super (func)))
        (import "h" "a" (func $a))
        (table 1 1 funcref) (elem (i32.const 0) $x)
        (func $x (type $sub) (call $a))
        (func (export "f") (call_indirect (type $super) (i32.const 0))))"#;
    assert_eq!(linked_text(text, called), ["h#a by root"]);
}
