//! Programs that go through all names: what they compare them with is found, and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{FileFacts, NeedFacts};
use std::collections::BTreeSet;
use std::path::Path;

/// What a program compares names with: keys, those of them whose case does not matter, and
/// patterns.
struct Known {
    file: &'static str,
    keys: &'static [&'static str],
    any_case: &'static [&'static str],
    patterns: &'static [&'static str],
}

/// What the runtime of Go looks for by itself.
const GO: [&str; 6] = [
    "GODEBUG",
    "GOGC",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOTRACEBACK",
    "PWD",
];

const KNOWN: &[Known] = &[
    Known {
        // `mailer.cert` is looked up where `MAILER_TLS` is there, in a hash table: not seen.
        file: "as-lookups-O3.wasm",
        keys: &["MAILER_HOST", "MAILER_TLS"],
        any_case: &[],
        patterns: &[],
    },
    Known {
        file: "as-lookups-O0.wasm",
        keys: &["MAILER_HOST", "MAILER_TLS"],
        any_case: &[],
        patterns: &[],
    },
    Known {
        file: "go-lookups-p1.wasm",
        keys: &["GOQUEUE_TOPIC", "GOQUEUE_URL", "go.zone"],
        any_case: &[],
        patterns: &[],
    },
    Known {
        file: "zig-lookups-small.wasm",
        keys: &["ZIGMAP_HOST", "ZIGMAP_TOKEN"],
        any_case: &[],
        patterns: &[],
    },
    Known {
        file: "rs-vars_maps-p1ozlto.wasm",
        keys: &["MAP_HOST", "MAP_PASSWORD", "map.zone"],
        any_case: &[],
        patterns: &[],
    },
    Known {
        file: "rs-vars_tests-o0.wasm",
        keys: &["TESTS_FORMAT", "TESTS_LEVEL", "TESTS_PROXY"],
        any_case: &["TESTS_PROXY"],
        patterns: &["*_SECRET_FILE"],
    },
    Known {
        file: "rs-envy_like-p1ozlto.wasm",
        keys: &["LISTEN_ADDR", "LOG_FORMAT"],
        any_case: &["LISTEN_ADDR", "LOG_FORMAT"],
        patterns: &[],
    },
    Known {
        file: "rs-figment_env-ozlto.wasm",
        keys: &["FIG_REGION", "FIG_WORKERS"],
        any_case: &["FIG_REGION", "FIG_WORKERS"],
        patterns: &["FIG_*"],
    },
    Known {
        file: "rs-vars_prefix-p1ozlto.wasm",
        keys: &[],
        any_case: &[],
        patterns: &["PLUGIN_*"],
    },
    Known {
        file: "c-environ_walk-zig_os.wasm",
        keys: &[],
        any_case: &[],
        patterns: &["WALK_*"],
    },
    // The name is decrypted with an argument: there is nothing to be seen without it.
    Known {
        file: "rs-vars_hidden-o0.wasm",
        keys: &[],
        any_case: &[],
        patterns: &[],
    },
];

fn need(bytes: &[u8], kind: &str) -> NeedFacts {
    let binary = Binary::parse(bytes).unwrap();
    let catalogue = Catalogue::builtin().unwrap();
    let needs = FileFacts::with_needs("file", &binary, &catalogue).needs;
    needs.into_iter().find(|n| n.kind == kind).unwrap()
}

fn texts<'s>(texts: impl IntoIterator<Item = &'s str>) -> BTreeSet<String> {
    texts.into_iter().map(str::to_string).collect()
}

#[test]
fn names_are_followed_to_what_they_are_compared_with() {
    // Without optimisation, programs in Go need more of a stack than a test has.
    let job = || KNOWN.iter().for_each(check);
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(job);
    thread.unwrap().join().unwrap();
}

fn check(known: &Known) {
    let file = known.file;
    let path = Path::new("fixtures/programs/bin").join(file);
    let need = need(&std::fs::read(path).unwrap(), "env");
    let compared = need.keys.iter().filter(|k| k.seen.is_some());
    let compared: Vec<_> = compared.filter(|k| !GO.contains(&&*k.name)).collect();
    let keys = texts(compared.iter().map(|k| &*k.name));
    assert_eq!(keys, texts(known.keys.iter().copied()), "{file}");
    let any_case = compared.iter().filter(|k| k.case.is_some());
    let any_case = texts(any_case.map(|k| &*k.name));
    assert_eq!(any_case, texts(known.any_case.iter().copied()), "{file}");
    let patterns = texts(need.patterns.iter().map(|p| &*p.pattern));
    assert_eq!(patterns, texts(known.patterns.iter().copied()), "{file}");
    // Whatever was seen, more may be looked for.
    assert_eq!(need.verdict, "open", "{file}");
    let reads = need.blockers.iter().any(|b| b.reason == "reads-whole-list");
    assert!(reads, "{file}: {:?}", need.blockers);
    assert!(compared.iter().all(|k| k.grade == "candidate"), "{file}");
}

/// Two runs give the same.
#[test]
fn what_is_seen_does_not_change_from_run_to_run() {
    let bytes = std::fs::read("fixtures/programs/bin/rs-vars_maps-p1ozlto.wasm").unwrap();
    let once = serde_json::to_string(&need(&bytes, "env")).unwrap();
    let again = serde_json::to_string(&need(&bytes, "env")).unwrap();
    assert_eq!(once, again);
}

/// A program that goes round for ever, or asks for all memory that there is, ends like any
/// other: with an open verdict.
#[test]
fn a_run_that_does_not_end_is_given_up() {
    let endless = r#"(module
        (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (drop (call $get (i32.const 1024) (i32.const 4096)))
            (drop (memory.grow (i32.const 65000)))
            (loop $again
                (drop (i32.eq (i32.load8_u (i32.load (i32.const 1024))) (i32.const 65)))
                (br $again))))"#;
    let need = need(&wat::parse_str(endless).unwrap(), "env");
    assert_eq!(need.verdict, "open");
    assert!(need.keys.is_empty(), "{:?}", need.keys);
}

/// Each call of the host names what it wants by three texts. What a function without a type
/// is given it may write to, and 1,024 bytes from there: the others are said to be open.
#[test]
fn calls_of_wapc_modules_have_three_names() {
    let bytes = std::fs::read("fixtures/bin/wapc.wasm").unwrap();
    let binding = need(&bytes, "wapc-binding");
    assert_eq!(
        texts(binding.keys.iter().map(|k| &*k.name)),
        texts(["default"])
    );
    for kind in ["wapc-namespace", "wapc-operation"] {
        assert_eq!(need(&bytes, kind).verdict, "open", "{kind}");
    }
}
