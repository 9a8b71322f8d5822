//! Canonical definitions: what the component model itself calls.

use crate::programs::{called, linked_text};

/// A component whose core module `$m` imports `a` (the host's) and exports `run`, which
/// never calls it. `$libc` has the memory.
fn component(core: &str, rest: &str) -> String {
    format!(
        r#"(component
            (import "a" (func $a))
            (core func $a (canon lower (func $a)))
            (core module $libc (memory (export "mem") 1) (table (export "t") 4 funcref))
            (core instance $libc (instantiate $libc))
            (alias core export $libc "mem" (core memory $mem))
            (core module $m (import "h" "a" (func $a)) {core})
            (core instance $m (instantiate $m (with "h" (instance (export "a" (func $a))))))
            {rest})"#
    )
}

const ALLOC: &str = r#"(func (export "alloc") (param i32 i32 i32 i32) (result i32)
    (call $a) (i32.const 0))"#;

#[test]
fn destructors_run() {
    let text = component(
        r#"(func (export "drop") (param i32) (call $a))"#,
        r#"(type $r (resource (rep i32) (dtor (func $m "drop"))))
           (export "r" (type $r))"#,
    );
    assert_eq!(linked_text(&text, called), ["a by root"]);
}

#[test]
fn allocators_and_cleanup_of_a_lifted_function_run() {
    let lift = |options: &str| {
        component(
            &format!(
                r#"{ALLOC} (func (export "run") (param i32 i32) (result i32) (i32.const 0))
                   (func (export "post") (param i32) (call $a))
                   (func (export "quiet") (param i32 i32 i32 i32) (result i32) (i32.const 0))"#
            ),
            &format!(
                r#"(func (export "run") (param "s" string) (result string)
                     (canon lift (core func $m "run") (memory $mem) {options}))"#
            ),
        )
    };
    let quiet = lift(r#"(realloc (func $m "quiet"))"#);
    assert!(linked_text(&quiet, called).is_empty());
    let alloc = lift(r#"(realloc (func $m "alloc"))"#);
    assert_eq!(linked_text(&alloc, called), ["a by root"]);
    let post = lift(r#"(realloc (func $m "quiet")) (post-return (func $m "post"))"#);
    assert_eq!(linked_text(&post, called), ["a by root"]);
}

#[test]
fn callbacks_of_async_functions_run() {
    let text = component(
        r#"(func (export "run") (result i32) (i32.const 0))
           (func (export "on") (param i32 i32 i32) (result i32) (call $a) (i32.const 0))"#,
        r#"(func (export "run") async
             (canon lift (core func $m "run") async (callback (func $m "on"))))"#,
    );
    assert_eq!(linked_text(&text, called), ["a by root"]);
}

#[test]
fn the_allocator_of_a_lowered_function_runs_when_it_is_called() {
    let text = |call: &str| {
        component(
            ALLOC,
            &format!(
                r#"(import "get" (func $get (result string)))
                   (core func $get (canon lower (func $get)
                     (memory $mem) (realloc (func $m "alloc"))))
                   (core module $n (import "" "get" (func $get (param i32)))
                     (func (export "run") {call}))
                   (core instance $n (instantiate $n
                     (with "" (instance (export "get" (func $get))))))
                   (func (export "run") (canon lift (core func $n "run")))"#
            ),
        )
    };
    let quiet = text("");
    assert!(linked_text(&quiet, called).is_empty());
    let calls = text("(call $get (i32.const 0))");
    assert_eq!(linked_text(&calls, called), ["a by root", "get by root"]);
}

/// Strings that arrive in a stream need memory too.
#[test]
fn the_allocator_of_a_stream_runs() {
    let text = |call: &str| {
        component(
            ALLOC,
            &format!(
                r#"(type $s (stream string))
                   (core func $read (canon stream.read $s async
                     (memory $mem) (realloc (func $m "alloc"))))
                   (core module $n
                     (import "" "read" (func $read (param i32 i32 i32) (result i32)))
                     (func (export "run") {call}))
                   (core instance $n (instantiate $n
                     (with "" (instance (export "read" (func $read))))))
                   (func (export "run") (canon lift (core func $n "run")))"#
            ),
        )
    };
    let quiet = text("");
    assert!(linked_text(&quiet, called).is_empty());
    let calls = text("(drop (call $read (i32.const 0) (i32.const 0) (i32.const 0)))");
    assert_eq!(linked_text(&calls, called), ["a by root"]);
}

/// Threads begin at a slot of a table, or at a reference.
#[test]
fn threads_run_what_stands_in_the_table() {
    let text = |canon: &str, import: &str, call: &str| {
        format!(
            r#"(component
                (import "a" (func $a)) (import "b" (func $b))
                (core func $a (canon lower (func $a))) (core func $b (canon lower (func $b)))
                (core module $libc (table (export "t") 4 funcref))
                (core instance $libc (instantiate $libc))
                (core type $start (func (param i32)))
                (alias core export $libc "t" (core table $t))
                {canon}
                (core module $m
                  (import "h" "a" (func $a)) (import "h" "b" (func $b))
                  (import "h" "t" (table 4 funcref))
                  (import "h" "new" {import})
                  (elem (i32.const 1) $go)
                  (func $go (param i32) (call $a))
                  (func (export "run") {call}))
                (core instance $m (instantiate $m (with "h" (instance
                  (export "a" (func $a)) (export "b" (func $b))
                  (export "t" (table $t)) (export "new" (func $new))))))
                (func (export "run") (canon lift (core func $m "run"))))"#
        )
    };
    let canon = "(core func $new (canon thread.new-indirect $start (table $t)))";
    let import = "(func $new (param i32 i32) (result i32))";
    let quiet = text(canon, import, "");
    assert!(linked_text(&quiet, called).is_empty());
    let call = "(drop (call $new (i32.const 1) (i32.const 0)))";
    let new = text(canon, import, call);
    assert_eq!(linked_text(&new, called), ["a by root"]);
}

#[test]
fn spawned_threads_run() {
    let text = |kind: &str, params: &str, function: &str| {
        format!(
            r#"(component
                (import "a" (func $a))
                (core func $a (canon lower (func $a)))
                (core module $libc (table (export "t") shared 4 (ref null (shared func))))
                (core instance $libc (instantiate $libc))
                (core type $start (shared (func (param i32))))
                (alias core export $libc "t" (core table $t))
                (core func $spawn (canon {kind}))
                (core module $m
                  (type $start (shared (func (param i32))))
                  (import "h" "a" (func $a))
                  (import "h" "t" (table $t shared 4 (ref null (shared func))))
                  (import "h" "spawn" (func $spawn {params}))
                  {function}))"#
        )
    };
    // Only reading is asked here: shared functions cannot call the unshared import.
    let indirect = text(
        "thread.spawn-indirect $start (table $t)",
        "(param i32 i32) (result i32)",
        "",
    );
    let reference = text("thread.spawn-ref $start", "(param i32) (result i32)", "");
    for (text, builtin) in [
        (indirect, "thread.spawn-indirect"),
        (reference, "thread.spawn-ref"),
    ] {
        linked_text(&text, |program| {
            let found = &program.builtins[0];
            assert_eq!(found.name, builtin);
            assert_eq!(found.calls_table.is_some(), builtin.ends_with("indirect"));
            assert_eq!(found.calls_ref, builtin.ends_with("ref"));
        });
    }
}
