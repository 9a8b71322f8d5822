//! Files made to ask for too much: small in bytes, large in what they ask for.

use crate::programs::{called, core_imports, linked, linked_text, notes};
use gusset::binary::{Binary, MAX_NESTING};
use gusset::graph::MAX_INSTANCES;
use gusset::report::inspect::FileFacts;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Far more than any of these takes without optimisation, far less than what the naive way
/// takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads and links text and collects all facts, and checks that it does not take long.
fn quick(text: &str) -> FileFacts {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    quick_bytes(&bytes)
}

fn quick_bytes(bytes: &[u8]) -> FileFacts {
    let start = Instant::now();
    let binary = Binary::parse(bytes).unwrap_or_else(|error| panic!("{error}"));
    let facts = FileFacts::new("", &binary);
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?} for {} bytes", bytes.len());
    facts
}

fn has(facts: &FileFacts, note: &str) -> bool {
    facts.notes.iter().any(|n| n.contains(note))
}

fn repeat(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, i| {
        text.push_str(&line(i));
        text.push('\n');
        text
    })
}

/// `layers` components inside one another, each instantiating the next one twice.
fn bomb(layers: usize, inside: &str, each: &str) -> String {
    let mut text = String::from("(component\n");
    for _ in 0..layers {
        text.push_str("(component $c\n");
    }
    text.push_str(inside);
    for _ in 0..layers {
        write!(
            text,
            ")\n(instance (instantiate $c)) (instance (instantiate $c)) {each}"
        )
        .unwrap();
    }
    text.push(')');
    text
}

#[test]
fn instances_that_double_at_every_layer_end_with_a_note() {
    let facts = quick(&bomb(
        40,
        "(core module) (core instance (instantiate 0))",
        "",
    ));
    assert!(
        has(&facts, "more than 20000 instances"),
        "{:?}",
        facts.notes
    );
    assert!(facts.notes.len() < 200, "{} notes", facts.notes.len());
    assert!(facts.instances.len() <= MAX_INSTANCES);
}

/// 1,000 instantiations in each of two layers, most of them refused.
#[test]
fn what_is_refused_is_said_once() {
    let many = repeat(990, |_| "(instance (instantiate $c))".into());
    let text = format!("(component (component $c (component $c (type u8)) {many}) {many})");
    let facts = quick(&text);
    assert!(has(&facts, "more than 20000 instances"));
    assert!(facts.notes.len() < 10, "{} notes", facts.notes.len());
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| {
        (1..depth).fold(wasm_encoder::Component::new(), |inner, _| {
            let mut outer = wasm_encoder::Component::new();
            outer.section(&wasm_encoder::NestedComponentSection(&inner));
            outer
        })
    };
    let nested = |depth| nested(depth).finish();
    for depth in [99, MAX_NESTING] {
        let bytes = nested(depth);
        let binary = Binary::parse(&bytes).unwrap();
        assert_eq!(binary.components.len(), depth);
    }
    let error = Binary::parse(&nested(MAX_NESTING + 1)).unwrap_err();
    assert!(error.to_string().contains("nested deeper"), "{error}");
    assert!(Binary::parse(&nested(2_000)).is_err());
}

#[test]
fn instances_nest_as_deep_as_components_may() {
    let depth = MAX_NESTING - 1;
    let mut text = String::from("(component ");
    text.push_str(&"(component $c ".repeat(depth));
    text.push_str(&") (instance (instantiate $c))".repeat(depth));
    text.push(')');
    let facts = quick(&text);
    assert_eq!(facts.instances.len(), MAX_NESTING);
    assert!(!has(&facts, "deeper"), "{:?}", facts.notes);
}

#[test]
fn twenty_thousand_exports_all_aliased() {
    let count = 20_000;
    let exports = repeat(count, |i| format!(r#"(func (export "f{i}"))"#));
    let aliases = repeat(count, |i| {
        format!(r#"(alias core export $i "f{i}" (core func))"#)
    });
    let given = repeat(count, |i| format!(r#"(export "g{i}" (func {i}))"#));
    let text = format!(
        r#"(component (core module $m {exports}) (core instance $i (instantiate $m)) {aliases}
           (core instance $all {given})
           (core module $n (import "" "g19999" (func)))
           (core instance (instantiate $n (with "" (instance $all)))))"#
    );
    quick(&text);
    linked_text(&text, |program| {
        let expected = "root/m1\n   g19999 = root/m0 `f19999`\n";
        assert_eq!(core_imports(program), expected);
    });
}

#[test]
fn a_core_module_with_a_hundred_thousand_import_names() {
    let count = 100_000;
    let imports = repeat(count, |i| format!(r#"(import "m{i}" "f" (func))"#));
    let calls = repeat(count, |i| format!("(call {i})"));
    let text = format!(r#"(module {imports} (func (export "run") {calls}))"#);
    let facts = quick(&text);
    assert_eq!(facts.imports.len(), count);
    assert!(facts.imports.iter().all(|i| i.used));
}

/// Functions that are all of another type, each called indirectly.
#[test]
fn many_types_in_one_table() {
    let count: usize = 20_000;
    let params = |i: usize| {
        (0..15).fold("(param".to_string(), |text, bit| {
            text + if i >> bit & 1 == 0 { " i32" } else { " i64" }
        }) + ")"
    };
    let funcs = repeat(count, |i| {
        format!("(type (func {})) (func (type {i}))", params(i))
    });
    let elem = repeat(count, |i| i.to_string());
    let calls = repeat(count, |i| format!("unreachable (call_indirect (type {i}))"));
    let text = format!(
        r#"(module {funcs} (table {count} funcref) (elem (i32.const 0) {elem})
           (func (export "run") {calls}))"#
    );
    let facts = quick(&text);
    let module = &facts.instances[0].modules[0];
    assert_eq!(module.reachable_functions, count as u64 + 1);
}

#[test]
fn a_large_module_instantiated_often() {
    let funcs = repeat(20_000, |_| "(func)".into());
    let many = repeat(990, |_| "(core instance (instantiate $m))".into());
    let text = format!(
        r#"(component $root (core module $m {funcs})
           (component $c (alias outer $root $m (core module $m)) {many})
           {})"#,
        repeat(20, |_| "(instance (instantiate $c))".into())
    );
    let facts = quick(&text);
    assert!(has(&facts, "the rest was not linked"), "{:?}", facts.notes);
}

/// Instantiating an imported core module costs no instance, but every time a note.
#[test]
fn an_imported_module_instantiated_often() {
    let many = repeat(990, |_| "(core instance (instantiate $m))".into());
    let inner = format!(
        r#"(component $c (import "m" (core module $m)) {many})
           {}"#,
        repeat(900, |_| {
            r#"(instance (instantiate $c (with "m" (core module $m))))"#.into()
        })
    );
    let text = format!(r#"(component (import "m" (core module $m)) {inner})"#);
    let facts = quick(&text);
    assert!(has(&facts, "core module `m` is imported"));
}

/// Each function allocates through the one before it.
#[test]
fn a_long_chain_of_allocators() {
    let count = 100_000;
    let lowers = repeat(count, |i| {
        format!("(core func (canon lower (func $a) (memory $mem) (realloc (func {i}))))",)
    });
    let text = format!(
        r#"(component
           (import "a" (func $a (param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32)
             (result u32)))
           (core module $libc (memory (export "mem") 1))
           (core instance $libc (instantiate $libc))
           (alias core export $libc "mem" (core memory $mem))
           (core func (canon lower (func $a)))
           {lowers}
           (func (export "run") (param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32)
             (result u32) (canon lift (core func {count}))))"#
    );
    let bytes = wat::parse_str(text).unwrap();
    // As much stack as a thread of a pool has.
    let job = move || linked(&bytes, called);
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(job);
    assert_eq!(thread.unwrap().join().unwrap(), ["a by root"]);
}

/// Each bundle holds the one before it.
#[test]
fn a_long_chain_of_bundles() {
    let bundles = repeat(990, |i| {
        format!(r#"(instance (export "i" (instance {i})))"#)
    });
    let text = format!(
        r#"(component (import "a" (instance (export "f" (func)))) {bundles}
           (export "deep" (instance 990)))"#
    );
    let bytes = wat::parse_str(text).unwrap();
    // The validator has an assertion there: an error must come of it.
    let job = move || Binary::parse(&bytes).map(|_| ()).unwrap_err();
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(job);
    let error = thread.unwrap().join().unwrap();
    assert!(
        error.to_string().contains("assumption of the validator"),
        "{error}"
    );
}

/// An instance type that doubles at every level: as large as validation lets it be.
#[test]
fn an_import_whose_type_doubles() {
    let types = |levels: usize| {
        (0..levels).rev().fold(
            r#"(export "f" (func))"#.to_string(),
            |inner, _| format!(r#"(type $t (instance {inner})) (export "a" (instance (type $t))) (export "b" (instance (type $t)))"#),
        )
    };
    let import = |levels: usize| {
        let text = format!(r#"(component (import "x" (instance {})))"#, types(levels));
        wat::parse_str(text).unwrap()
    };
    let facts = quick_bytes(&import(12));
    assert_eq!(facts.imports[0].functions.len(), 1 << 12);
    assert!(Binary::parse(&import(40)).is_err());
}

#[test]
fn start_functions_that_wait_for_nobody() {
    let text = r#"(module (func $f (call $g)) (func $g (call $f)) (start $f))"#;
    assert!(linked_text(text, notes).is_empty());
}
