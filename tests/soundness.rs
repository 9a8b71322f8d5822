//! A fuzzer for soundness: programs whose keys are picked by branches, loops, tables, memory
//! and calls are analysed, and run on many inputs. A name that a run asks for must be
//! reported, unless the verdict says that something may be missing.
//!
//! `GUSSET_SEEDS=1000..5000 cargo test --test soundness` goes through other programs than the
//! usual ones. A failure prints the smallest program that still fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/soundness/mod.rs"]
mod soundness;

use soundness::ast::Program;
use soundness::check::{beyond, check};
use soundness::shrink::shrink;
use soundness::stmt::program;
use soundness::text::component;
use std::collections::BTreeMap;
use std::ops::Range;

/// Sequences of calls for each program.
const RUNS: usize = 30;

fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("GUSSET_SEEDS") else {
        return 0..400;
    };
    let (from, to) = text.split_once("..").expect("GUSSET_SEEDS is FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

fn lies(program: &Program, seed: u64) -> bool {
    check(program, seed, RUNS).is_some_and(|outcome| outcome.lie.is_some())
}

#[test]
fn no_verdict_misses_a_name() {
    let (mut closed, mut asking, mut unseen) = (0, 0, 0);
    let mut failures = Vec::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let seeds = seeds();
    let all = seeds.end - seeds.start;
    for seed in seeds {
        let made = program(seed);
        let outcome = check(&made, seed, RUNS)
            .unwrap_or_else(|| panic!("seed {seed} gives no program:\n{}", component(&made)));
        closed += u64::from(outcome.closed && !outcome.asked.is_empty());
        asking += u64::from(!outcome.asked.is_empty());
        unseen += outcome.unseen;
        for reason in &outcome.reasons {
            *reasons.entry(reason.clone()).or_default() += 1;
        }
        if outcome.lie.is_some() {
            let small = shrink(&made, |p| lies(p, seed));
            let lie = check(&small, seed, RUNS).unwrap().lie.unwrap();
            eprintln!("seed {seed}: {lie:?}\n{}", component(&small));
            failures.push(seed);
        }
    }
    eprintln!(
        "{all} programs, {asking} ask, {closed} of these closed, {unseen} exact names unseen"
    );
    eprintln!("open because of {reasons:?}");
    assert!(failures.is_empty(), "lies: {failures:?}");
    // A fuzzer that proves nothing finds nothing.
    assert!(closed * 4 > all, "{closed} of {all} verdicts are closed");
}

/// The usual method closes functions one by one and leaves out what cannot matter; the plain
/// one follows every call from the entries. Whatever that finds is found.
#[test]
fn the_plain_method_finds_nothing_more() {
    let (mut compared, mut closed) = (0, 0);
    for seed in seeds() {
        let made = program(seed);
        let Some((more, plain_closed)) = beyond(&made) else {
            continue;
        };
        assert!(
            more.is_empty(),
            "seed {seed}: {more:?}\n{}",
            component(&made)
        );
        compared += 1;
        closed += usize::from(plain_closed);
    }
    assert!(
        closed * 4 > compared,
        "{closed} of {compared} closed by the plain method"
    );
}
