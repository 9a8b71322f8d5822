//! Secret flow, judged by execution: each program of a pair runs with a marked secret, every
//! byte that leaves is searched for it, and the verdicts must agree.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]
#![allow(clippy::print_stderr, reason = "figures of a passing test")]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/host.rs"]
mod host;

use fixtures::fixture;
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::graph::Program;
use gusset::needs::secrecy::{Declared, Secrecy, Verdict};
use host::{Host, in_tokio};
use std::collections::BTreeMap;

const MARK: &str = "mk7f3a9c51e2d84b60zq";
/// The version that rustc's linker exports.
const RUN: &str = "wasi:cli/run@0.2.6";

/// A program, its twin that leaks, and the class of the way by which that does. Those with
/// several instances are composed of `teller.wasm` and `recorder.wasm` or
/// `recorder-leaks.wasm`, and `holder.wasm` and `keeper.wasm` or `keeper-leaks.wasm`.
const PAIRS: &[(&str, &str, &str)] = &[
    ("secret-println.wasm", "secret-println-leaks.wasm", "stdout"),
    ("secret-error.wasm", "secret-error-leaks.wasm", "log"),
    ("secret-header.wasm", "secret-header-leaks.wasm", "log"),
    ("secret-compare.wasm", "secret-compare-leaks.wasm", "stdout"),
    ("secret-hash.wasm", "secret-hash-leaks.wasm", "log"),
    ("secret-debug.wasm", "secret-debug-leaks.wasm", "stdout"),
    ("secret-told.wasm", "secret-told-leaks.wasm", "log"),
    ("secret-held.wasm", "secret-held-leaks.wasm", "log"),
    ("secret-base64.wasm", "secret-base64-leaks.wasm", "log"),
    ("secret-length.wasm", "secret-length-leaks.wasm", "stdout"),
    ("secret-panic.wasm", "secret-panic-leaks.wasm", "stderr"),
];

/// What left a program, by class.
async fn run(bytes: &[u8]) -> BTreeMap<&'static str, String> {
    let host = Host {
        secrets: [("api-token", MARK)].into(),
        args: vec!["a-guess".to_string()],
        ..Host::default()
    };
    let mut running = host.start(bytes).await.unwrap();
    // A panic is a trap; what was written before it counts.
    let _ = running.call::<(), (Result<(), ()>,)>(RUN, "run", ()).await;
    assert!(
        running.names("reveal").contains(&"api-token"),
        "never revealed"
    );
    BTreeMap::from([
        ("stdout", running.stdout()),
        ("stderr", running.stderr()),
        ("log", running.names("log").join("\n")),
    ])
}

/// The secret in the forms in which the programs let it out.
fn forms() -> Vec<String> {
    let hex: String = MARK.bytes().map(|b| format!("{b:02x}")).collect();
    vec![
        MARK.to_string(),
        MARK[..MARK.len() / 2].to_string(),
        base64(MARK.as_bytes()),
        hex,
    ]
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() {
                letter as char
            } else {
                '='
            });
        }
    }
    text
}

fn follow(bytes: &[u8]) -> Secrecy {
    let binary = Binary::parse(bytes).unwrap();
    let program = Program::link(&binary);
    let catalogue = Catalogue::builtin().unwrap();
    Secrecy::of(
        &program,
        &program.reach(),
        &catalogue,
        &Declared::new(),
        &[],
    )
    .unwrap()
}

fn verdict(secrecy: &Secrecy, class: &str) -> Verdict {
    let secret = secrecy.get("api-token").unwrap();
    // What the program has no import for, it cannot reach.
    secret
        .ways
        .get(class)
        .map_or(Verdict::CannotReach, |way| way.verdict)
}

#[test]
fn what_leaves_is_never_called_unreachable() {
    for (keeps, leaks, leaks_to) in PAIRS {
        for file in [keeps, leaks] {
            let bytes = fixture(file);
            // The host of these tests has no HTTP: of this pair only the verdict is looked at.
            if file.contains("header") {
                let verdict = verdict(&follow(&bytes), leaks_to);
                assert!(file == keeps || verdict != Verdict::CannotReach, "{file}");
                continue;
            }
            let left = in_tokio(run(&bytes));
            let secrecy = follow(&bytes);
            for (class, text) in &left {
                let leaked = forms().iter().any(|form| text.contains(form.as_str()));
                let should = file == leaks && class == leaks_to;
                assert_eq!(leaked, should, "{file} wrote to {class}: {text}");
                if leaked {
                    let verdict = verdict(&secrecy, class);
                    assert_ne!(verdict, Verdict::CannotReach, "{file} leaks to {class}");
                }
            }
        }
    }
}

#[test]
fn programs_that_keep_a_secret_are_proven_to() {
    let mut proven = Vec::new();
    let mut open = Vec::new();
    for (name, _, leaks_to) in PAIRS {
        let secrecy = follow(&fixture(name));
        match verdict(&secrecy, leaks_to) {
            Verdict::CannotReach => proven.push(*name),
            Verdict::MayReach(doubt) => open.push(format!("{name}: {}", doubt.word())),
            Verdict::Reaches => open.push(format!("{name}: reaches, and it does not leak")),
        }
    }
    eprintln!("proven {proven:?}, open {open:?}");
    let wrong = open.iter().find(|o| o.contains("reaches,"));
    assert_eq!(wrong, None);
    // Two thirds of them is the aim.
    assert!(proven.len() >= 6, "proven {proven:?}, open {open:?}");
}

#[test]
fn who_is_given_a_secret_is_told() {
    let held = follow(&fixture("secret-held.wasm"));
    let passed = &held.get("api-token").unwrap().passed;
    assert!(
        passed
            .iter()
            .any(|p| !p.value && p.function.ends_with("#check")),
        "{passed:?}"
    );
}

/// A hash that the user vouches for stops the flow, and is listed.
#[test]
fn a_trusted_function_stops_the_flow() {
    let bytes = fixture("secret-hash.wasm");
    let binary = Binary::parse(&bytes).unwrap();
    let program = Program::link(&binary);
    let catalogue = Catalogue::builtin().unwrap();
    let trusted = ["secret_hash::digest".to_string(), "no_such".to_string()];
    let declared = Declared::new();
    let secrecy = Secrecy::of(&program, &program.reach(), &catalogue, &declared, &trusted).unwrap();
    assert_eq!(secrecy.unknown, ["no_such"]);
    assert_eq!(secrecy.trusted, ["secret_hash::digest"]);
    assert_eq!(verdict(&secrecy, "log"), Verdict::CannotReach);
}
