//! The components of `fixtures/bin`: everything that they export is called.

use super::everything::call_everything;
use super::run::{Guest, engine};
use super::says::{Says, Tally, fixtures, in_parallel};
use serde_json::Value;
use std::collections::BTreeSet;
use wasmtime_wasi::runtime::in_tokio;

/// Modules for hosts of another kind, and those that need the host's HTTP (its streams are
/// WASI's own): `tests/fixtures_run.rs` and `tests/compose` run
/// them, but for `secret-header`, which nothing runs.
const NOT_RUN: &[&str] = &[
    "wapc.wasm",
    "wasmcloud-v0.wasm",
    "depot-api.wasm",
    "gateway.wasm",
    "http-auth.wasm",
    "http-hello.wasm",
    "http-log.wasm",
    "http3-auth.wasm",
    "http3-hello.wasm",
    "http3-log.wasm",
    "http3-proxy.wasm",
    "http3-shout.wasm",
    "secret-header-leaks.wasm",
    "secret-header.wasm",
];

#[test]
fn fixtures_ask_for_what_is_reported() {
    let engine = engine().unwrap();
    let mut files: Vec<String> = std::fs::read_dir(fixtures("bin"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !NOT_RUN.contains(&name.as_str()))
        .collect();
    files.sort();
    let tally = Tally::default();
    let silent = std::sync::Mutex::new(Vec::new());
    in_parallel(&files, |file| {
        let bytes = std::fs::read(fixtures("bin").join(file)).unwrap();
        let guest = Guest::new(&engine, &bytes).unwrap();
        let run = Value::Null;
        let mut seen = BTreeSet::new();
        if let Guest::Component(component) = &guest {
            let (asked, returned) = in_tokio(call_everything(component, &run, file))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            for asked in asked {
                let (kind, name) = asked.split_once(':').unwrap();
                seen.insert((kind.to_owned(), name.to_owned()));
            }
            if returned == 0 {
                silent.lock().unwrap().push(file.clone());
            }
        }
        let says = Says::of(&bytes);
        // Variables that the analysis itself names are taken out and put in.
        let names = says.need("env").into_iter().flat_map(|n| &n.keys);
        for name in names.map(|k| k.name.clone()).collect::<Vec<_>>() {
            if in_tokio(differs(&guest, file, &name)) {
                seen.insert(("env".to_owned(), name));
            }
        }
        tally.add(&says, file, &seen);
    });
    let silent = silent.into_inner().unwrap();
    let (seen, reported) = tally.finish();
    eprintln!(
        "{} files, {seen} names seen, {reported} reported; no call came back: {silent:?}",
        files.len()
    );
    assert!(seen > 30, "only {seen} names were seen");
}

/// Whether a command prints something else when a variable is set.
async fn differs(guest: &Guest, file: &str, name: &str) -> bool {
    let with = serde_json::json!({ "env": { name: "set-here" } });
    let set = guest.run(&with, file).await;
    let unset = guest.run(&Value::Null, file).await;
    matches!((set, unset), (Ok(a), Ok(b)) if a.text != b.text)
}
