//! The programs of `fixtures/programs`, run as `runs.json` says.

use super::run::{Guest, Outcome, engine};
use super::says::{Says, Tally, fixtures, in_parallel};
use serde_json::Value;
use std::collections::BTreeSet;
use wasmtime::Engine;
use wasmtime_wasi::runtime::in_tokio;

/// Files up to this size take part in the usual test; the rest belongs to the ignored one.
const SMALL: u64 = 64 * 1024;

fn json(name: &str) -> Value {
    let text = std::fs::read_to_string(fixtures("programs").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn strings(value: &Value) -> impl Iterator<Item = String> + '_ {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|v| v.as_str().map(str::to_owned))
}

/// Everything that some run of a program asks for: kind and name.
fn seen(
    engine: &Engine,
    file: &str,
    bytes: &[u8],
    runs: &Value,
    truth: &Value,
) -> BTreeSet<(String, String)> {
    let guest = Guest::new(engine, bytes).unwrap();
    let go = |run: &Value| -> Outcome {
        in_tokio(guest.run(run, file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let mut seen = BTreeSet::new();
    for run in runs.as_array().into_iter().flatten() {
        let base = go(run);
        for asked in &base.asked {
            let (kind, name) = asked.split_once(':').unwrap();
            seen.insert((kind.to_owned(), name.to_owned()));
        }
        let mut names: BTreeSet<String> = strings(&truth["keys"]["env"]).collect();
        names.extend(strings(&truth["neutral"]["env"]));
        names.extend(
            run["env"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(k, _)| k.clone()),
        );
        // A program that rolls dice differs from itself.
        if go(run).text != base.text {
            continue;
        }
        // Neither an empty name nor one with `=` can be set.
        for name in names
            .iter()
            .filter(|n| !n.is_empty() && !n.contains(['=', '\0']))
        {
            let mut other = run.clone();
            if other["env"].is_null() {
                other["env"] = Value::Object(Default::default());
            }
            let env = other["env"].as_object_mut().unwrap();
            if env.remove(name).is_none() {
                env.insert(name.clone(), Value::from("1"));
            }
            let changed = go(&other);
            if changed.text != base.text || changed.asked != base.asked {
                seen.insert(("env".to_owned(), name.clone()));
            }
        }
    }
    seen
}

fn compare(take: impl Fn(&str, u64) -> bool) -> (usize, usize, usize) {
    let (runs, truth) = (json("runs.json"), json("truth.json"));
    let engine = engine().unwrap();
    let mut files: Vec<(u64, String)> = Vec::new();
    for file in runs.as_object().unwrap().keys() {
        let size = fixtures("programs/bin")
            .join(file)
            .metadata()
            .unwrap()
            .len();
        if take(file, size) {
            files.push((size, file.clone()));
        }
    }
    // The long ones first, so that the threads end together.
    files.sort_by(|a, b| b.cmp(a));
    let tally = Tally::default();
    in_parallel(&files, |(_, file)| {
        let bytes = std::fs::read(fixtures("programs/bin").join(file)).unwrap();
        let seen = seen(&engine, file, &bytes, &runs[file], &truth[file]);
        tally.add(&Says::of(&bytes), file, &seen);
    });
    let (seen, reported) = tally.finish();
    eprintln!(
        "{} files, {seen} names seen, {reported} reported",
        files.len()
    );
    (files.len(), seen, reported)
}

#[test]
fn small_programs_ask_for_what_is_reported() {
    let (files, seen, reported) = compare(|_, size| size <= SMALL);
    assert!(files > 60, "only {files} files ran");
    assert!(seen > 150, "only {seen} names were seen");
    assert!(
        reported * 3 > seen,
        "only {reported} of {seen} names are reported"
    );
}

/// The rest: minutes.
#[test]
#[ignore = "takes minutes; the small ones stand for all"]
fn large_programs_ask_for_what_is_reported() {
    let (_, seen, reported) = compare(|_, size| size > SMALL);
    assert!(seen > 100 && reported > 0, "{reported} of {seen}");
}
