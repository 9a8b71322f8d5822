//! Programs made to exhaust the analysis: each ends soon, in little memory, and with a verdict
//! that does not claim more than was seen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{FileFacts, NeedFacts};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Far more than any of these takes in an optimised build; what bounds the work is fuel.
const PATIENCE: Duration = Duration::from_secs(120);
/// The greatest amount of memory that this process may ever have.
const MEMORY: u64 = 512 << 20;

/// A component around a core module; `data` ends up at 1024.
fn component(main: &str, params: usize) -> String {
    let params: String = (0..params)
        .map(|i| format!(" (param \"p{i}\" u32)"))
        .collect();
    format!(
        r#"(component
  (import "wasi:config/store@0.2.0-rc.1" (instance $config
    (type $error-shape (variant (case "upstream" string) (case "io" string)))
    (export "error" (type $error (eq $error-shape)))
    (type $maybe (option string))
    (type $one (result $maybe (error $error)))
    (export "get" (func (param "key" string) (result $one)))))
  (core module $libc
    (memory (export "memory") 600)
    (global $top (mut i32) (i32.const 1000000))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
      (drop (memory.grow (i32.const 0)))
      (i32.sub (global.get $top) (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16)))))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $config "get") (memory $memory) (realloc $realloc)))
  (core module $main
    (import "libc" "memory" (memory 600))
    (import "config" "get" (func $get (param i32 i32 i32)))
    (global $sp (mut i32) (i32.const 65536))
    {main})
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "config" (instance (export "get" (func $get))))))
  (func (export "run"){params} (canon lift (core func $main "run"))))"#
    )
}

/// Analyses and holds the verdict against the keys that the program can ask for.
fn honest(name: &str, main: &str, params: usize, truth: &[&str]) -> NeedFacts {
    let text = component(main, params);
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let catalogue = Catalogue::builtin().unwrap();
    let start = Instant::now();
    let binary = Binary::parse(&bytes).unwrap();
    let facts = FileFacts::with_needs(name, &binary, &catalogue);
    let took = start.elapsed();
    let need = facts
        .needs
        .into_iter()
        .find(|n| n.kind == "config")
        .unwrap();
    let reasons: Vec<&str> = need.blockers.iter().map(|b| b.reason.as_ref()).collect();
    let mut reasons = reasons;
    reasons.dedup();
    reasons.truncate(5);
    eprintln!(
        "{name:32} {:>9} bytes {:>7.2} s {:>5} MiB {} {} keys {reasons:?}",
        bytes.len(),
        took.as_secs_f64(),
        peak() >> 20,
        need.verdict,
        need.keys.len(),
    );
    assert!(took < PATIENCE, "{name} took {took:?}");
    assert!(peak() < MEMORY, "{name} took {} MiB", peak() >> 20);
    if need.verdict != "open" {
        for key in truth {
            assert!(
                need.keys.iter().any(|k| k.name == *key),
                "{name}: {} without `{key}`",
                need.verdict
            );
        }
    }
    need
}

/// The greatest amount of memory that this process had so far; zero where nobody says.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

const DATA: &str = "(data (i32.const 1024) \"firstsecondthird\")";
const ASK: &str = "(call $get (i32.const 1024) (i32.const 5) (i32.const 512))";

#[test]
fn calls_that_go_deep() {
    let mut chain = String::from(DATA);
    for i in 0..5_000 {
        let _ = writeln!(
            chain,
            "(func $f{i} (param i32 i32) (call $f{} (local.get 0) (local.get 1)))",
            i + 1
        );
    }
    chain.push_str(
        "(func $f5000 (param i32 i32) (call $get (local.get 0) (local.get 1) (i32.const 512)))",
    );
    chain.push_str("(func (export \"run\") (call $f0 (i32.const 1024) (i32.const 5)))");
    honest("a chain of calls", &chain, 0, &["first"]);

    let mutual = format!(
        r#"{DATA}
        (func $even (param i32 i32 i32) (if (local.get 0) (then (call $odd (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (local.get 2)))
          (else (call $get (local.get 1) (local.get 2) (i32.const 512)))))
        (func $odd (param i32 i32 i32) (if (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1)) (i32.const 1029) (i32.const 6)))
          (else (call $get (i32.const 1035) (i32.const 5) (i32.const 512)))))
        (func (export "run") (param i32) (call $even (local.get 0) (i32.const 1024) (i32.const 5)))"#
    );
    honest(
        "mutual recursion",
        &mutual,
        1,
        &["first", "second", "third"],
    );

    let endless = format!(
        "{DATA} (func $f (param i32 i32) (call $f (local.get 0) (local.get 1)) (call $get (local.get 0) (local.get 1) (i32.const 512))) (func (export \"run\") (call $f (i32.const 1024) (i32.const 5)))"
    );
    honest("endless recursion", &endless, 0, &[]);
}

/// Forty levels, each calling the next twice with other arguments.
#[test]
fn calls_that_multiply() {
    let mut text = String::from(DATA);
    for i in 0..40 {
        let _ = writeln!(
            text,
            "(func $f{i} (param i32 i32) (call $f{0} (i32.add (local.get 0) (i32.const 1)) (local.get 1)) (call $f{0} (local.get 0) (i32.add (local.get 1) (i32.const 1))))",
            i + 1
        );
    }
    text.push_str("(func $f40 (param i32 i32) (call $get (local.get 0) (i32.and (local.get 1) (i32.const 7)) (i32.const 512)))");
    text.push_str("(func (export \"run\") (call $f0 (i32.const 1024) (i32.const 0)))");
    let need = honest("two calls on each of 40 levels", &text, 0, &[]);
    assert_eq!(need.verdict, "open");
}

#[test]
fn large_tables() {
    let targets = " $a $b".repeat(50_000);
    let table = format!(
        "{DATA} (func (export \"run\") (param i32) (block $b (block $a (br_table{targets} (local.get 0))) {ASK} (return)) (call $get (i32.const 1029) (i32.const 6) (i32.const 512)))"
    );
    honest("a table of 100,000 jumps", &table, 1, &["first", "second"]);

    let elements = " $f $g".repeat(50_000);
    let element = format!(
        "{DATA} (table funcref (elem{elements})) (func $f {ASK}) (func $g (call $get (i32.const 1029) (i32.const 6) (i32.const 512))) (func (export \"run\") (param i32) (call_indirect (local.get 0)))"
    );
    honest(
        "a table of 100,000 functions",
        &element,
        1,
        &["first", "second"],
    );
}

#[test]
fn large_functions() {
    let locals = " i32".repeat(49_000);
    let many = format!(
        "{DATA} (func (export \"run\") (local{locals}) (local.set 48000 (i32.const 5)) (call $get (i32.const 1024) (local.get 48000) (i32.const 512)))"
    );
    honest("49,000 locals", &many, 0, &["first"]);

    let nested = format!(
        "{DATA} (func (export \"run\") {} {ASK} {})",
        "block ".repeat(5_000),
        "end ".repeat(5_000)
    );
    honest("5,000 nested blocks", &nested, 0, &["first"]);

    let loops = format!(
        "{DATA} (func (export \"run\") (param i32) {} {ASK} {})",
        "loop ".repeat(300),
        "local.get 0 br_if 0 end ".repeat(300)
    );
    honest("300 nested loops", &loops, 1, &["first"]);

    let dead = format!(
        "{DATA} (func (export \"run\") {ASK} return {})",
        "i32.const 1 drop ".repeat(100_000)
    );
    let need = honest("dead code", &dead, 0, &["first"]);
    assert_eq!(need.verdict, "complete");

    let branches = "(if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (i32.const 1029)) (local.set 2 (i32.const 6)))) (local.set 0 (i32.shr_u (local.get 0) (i32.const 1)))".repeat(2_000);
    let forks = format!(
        "{DATA} (func (export \"run\") (param i32) (local i32 i32) (local.set 1 (i32.const 1024)) (local.set 2 (i32.const 5)) {branches} (call $get (local.get 1) (local.get 2) (i32.const 512)))"
    );
    honest("2,000 branches in a row", &forks, 1, &["first", "second"]);
}

/// What compilers make of `goto`: a loop around a table of jumps.
#[test]
fn a_machine_of_states() {
    let mut arms = String::new();
    for state in 0..60 {
        let _ = writeln!(
            arms,
            ") (local.set 1 (i32.rem_u (i32.add (local.get 0) (i32.const {})) (i32.const 61))) (local.set 0 (i32.mul (local.get 0) (i32.const 3))) (br $again)",
            state * 7
        );
    }
    let labels: String = (0..60).map(|s| format!(" $s{s}")).collect();
    let opens: String = (0..60).rev().map(|s| format!("(block $s{s} ")).collect();
    let text = format!(
        "{DATA} (func (export \"run\") (param i32) (local i32) (block $out (loop $again {opens} (br_table{labels} $out (local.get 1)) {arms})) {ASK})"
    );
    honest("a machine of 60 states", &text, 1, &["first"]);
}

#[test]
fn many_functions() {
    let mut text = String::from(DATA);
    for i in 0..100_000 {
        let _ = writeln!(
            text,
            "(func $f{i} (param i32) (result i32) (i32.add (local.get 0) (i32.const {i})))"
        );
    }
    let _ = write!(
        text,
        "(func (export \"run\") (drop (call $f99999 (i32.const 1))) {ASK})"
    );
    let need = honest("100,000 functions", &text, 0, &["first"]);
    assert_eq!(need.verdict, "complete");
}

#[test]
fn a_large_segment() {
    let zeros = "\\00".repeat(4 << 20);
    let text = format!(
        "{DATA} (data (i32.const 100000) \"{zeros}last\") (func (export \"run\") (call $get (i32.const 4294304) (i32.const 4) (i32.const 512)))"
    );
    let need = honest("4 MiB of data", &text, 0, &["last"]);
    assert_eq!(need.verdict, "complete");
}

/// A loop of unknown length that writes through its pointer, before and after the call.
#[test]
fn loops_without_bounds() {
    let fill = "(loop $l (i32.store8 (local.get 1) (local.get 0)) (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
    for (name, order) in [
        ("before", format!("{fill} {ASK}")),
        ("after", format!("{ASK} {fill}")),
    ] {
        let text = format!(
            "{DATA} (func (export \"run\") (param i32) (local i32) (local.set 1 (i32.const 1024)) {order})"
        );
        let need = honest(&format!("a loop that writes {name}"), &text, 1, &[]);
        assert_eq!(need.verdict, "open", "{name}: the key is overwritten");
    }
    let walk = "(loop $l (call $get (local.get 1) (local.get 2) (i32.const 512)) (local.set 1 (i32.add (local.get 1) (local.get 2))) (local.set 2 (i32.xor (local.get 2) (i32.const 3))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
    let text = format!(
        "{DATA} (func (export \"run\") (param i32) (local i32 i32) (local.set 1 (i32.const 1024)) (local.set 2 (i32.const 5)) {walk})"
    );
    let need = honest("a loop that asks along data", &text, 1, &[]);
    assert_eq!(need.verdict, "open");
}

#[test]
fn thousands_of_calls_and_keys() {
    let keys: String = (0..20_000).map(|i| format!("{i:05}")).collect();
    let data = format!("(data (i32.const 100000) \"{keys}\")");
    let call = |i: usize| {
        format!(
            "(call $get (i32.const {}) (i32.const 5) (i32.const 512))",
            100_000 + i * 5
        )
    };
    let all: String = (0..20_000).map(call).collect();
    let need = honest(
        "20,000 keys in one function",
        &format!("{data} (func (export \"run\") {all})"),
        0,
        &["00000", "19999"],
    );
    assert_eq!(need.verdict, "open", "there is a limit, and it is said");

    let mut text = data.clone();
    for i in 0..4_000 {
        let _ = writeln!(text, "(func $f{i} {})", call(i));
    }
    let calls: String = (0..4_000).map(|i| format!("(call $f{i})")).collect();
    let truth: Vec<String> = (0..4_000).map(|i| format!("{i:05}")).collect();
    let truth: Vec<&str> = truth.iter().map(String::as_str).collect();
    honest(
        "4,000 keys in 4,000 functions",
        &format!("{text} (func (export \"run\") {calls})"),
        0,
        &truth,
    );

    let table = "(func (export \"run\") (local i32) (local.set 0 (i32.const 100000)) (loop $l (call $get (local.get 0) (i32.const 5) (i32.const 512)) (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 5))) (i32.const 200000)))))";
    honest(
        "20,000 keys in a loop",
        &format!("{data} {table}"),
        0,
        &["00000", "19999"],
    );
}

/// Names that are no text stay apart, and are shown by their bytes.
#[test]
fn names_that_are_no_text() {
    let text = "(data (i32.const 1024) \"\\ff\\fe\\c3\\28ok\") (func (export \"run\") (call $get (i32.const 1024) (i32.const 1) (i32.const 512)) (call $get (i32.const 1025) (i32.const 1) (i32.const 512)) (call $get (i32.const 1026) (i32.const 2) (i32.const 512)) (call $get (i32.const 1028) (i32.const 2) (i32.const 512)))";
    let need = honest("names that are no UTF-8", text, 0, &["ok"]);
    let names: Vec<&str> = need.keys.iter().map(|k| k.name.as_str()).collect();
    assert_eq!(names, ["\\xc3(", "\\xfe", "\\xff", "ok"]);
}
