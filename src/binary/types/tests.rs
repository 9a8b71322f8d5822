//! Types as they are read, and as messages show them.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]

use crate::binary::{Binary, FuncIndex, TypeIndex};

fn text(wat: &str, read: impl Fn(&Binary<'_>) -> String) -> String {
    let bytes = wat::parse_str(wat).unwrap();
    let binary = Binary::parse(&bytes).unwrap();
    read(&binary)
}

#[test]
fn every_type_is_written_as_wit_writes_it() {
    let shown = text(
        r#"(component
            (import "i" (instance
                (export "thing" (type $thing (sub resource)))
                (type $own (own $thing)) (type $borrow (borrow $thing))
                (type $r (record (field "a" u8) (field "b" (option string))))
                (export "r" (type $rx (eq $r)))
                (type $v (variant (case "x") (case "y" (list u16))))
                (export "v" (type $vx (eq $v)))
                (type $f (flags "p" "q")) (export "f" (type $fx (eq $f)))
                (type $e (enum "m" "n")) (export "e" (type $ex (eq $e)))
                (export "all" (func async
                    (param "self" $borrow) (param "o" $own) (param "r" $rx) (param "v" $vx)
                    (param "f" $fx) (param "e" $ex) (param "t" (tuple s64 f32 char))
                    (param "l" (list (tuple string bool) 3)) (param "m" (map string u32))
                    (param "s" (stream u8)) (param "n" (future))
                    (result (result (error error-context)))))
            )))"#,
        |binary| {
            let mut reader = binary.components[0].type_reader();
            reader.import(&["i", "all"]).unwrap().to_string()
        },
    );
    assert_eq!(
        shown,
        "async func(self: borrow<thing>, o: own<thing>, r: record { a: u8, b: option<string> }, \
         v: variant { x, y(list<u16>) }, f: flags { p, q }, e: enum { m, n }, \
         t: tuple<s64, f32, char>, l: list<tuple<string, bool>, 3>, m: map<string, u32>, \
         s: stream<u8>, n: future) -> result<_, error-context>"
    );
}

#[test]
fn functions_are_found_by_index_type_and_path() {
    let wat = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (type $t (func))
        (import "g" (func (param "x" u8)))
        (func $f (type $t) (canon lift (core func $i "f")))
        (export "f" (func $f))
        (instance $n (export "inner" (func $f)))
        (export "n" (instance $n)))"#;
    text(wat, |binary| {
        let component = &binary.components[0];
        let mut reader = component.type_reader();
        assert_eq!(reader.func(FuncIndex(0)).unwrap().params.len(), 1);
        assert_eq!(
            reader.func_at_type(TypeIndex(0)).unwrap().to_string(),
            "func()"
        );
        assert_eq!(reader.export(&["n", "inner"]).unwrap().params.len(), 0);
        assert!(reader.export(&["n"]).is_none());
        assert!(reader.export(&["n", "inner", "more"]).is_none());
        assert!(reader.export(&[]).is_none());
        assert!(reader.import(&["h"]).is_none());
        assert!(reader.func(FuncIndex(99)).is_none());
        assert!(reader.func_at_type(TypeIndex(99)).is_none());
        assert!(component.func_type(FuncIndex(0)).is_some());
        String::new()
    });
}

#[test]
fn shared_types_stay_shared() {
    // Each type holds the one before twice: 2^16 leaves.
    let mut wat = String::from("(component (type $t0 (tuple u8 u8))");
    for i in 1..16 {
        wat += &format!("(type $t{i} (tuple $t{0} $t{0}))", i - 1);
    }
    wat += r#"(import "f" (func (param "x" $t15) (param "y" $t15))))"#;
    text(&wat, |binary| {
        let func = binary.components[0].func_type(FuncIndex(0)).unwrap();
        assert!(func.params[0].1.same(&func.params[1].1));
        assert!(func.to_string().len() < 2_000);
        String::new()
    });
}
