//! Kinds apart: what is too much at once may be within the budget one by one.

use super::question::Watch;
use crate::catalogue::Kind;
use crate::flow::{self, Arrived, Event, Findings, Question, Why};
use crate::graph::{Program, Reach};
use std::collections::BTreeSet;

/// Answers a question. Kinds for which the budget ran out are asked for again, each by
/// itself: less is watched then, so fewer functions are of interest and fewer states are
/// told apart.
///
/// Both answers hold for every execution, so for each kind the one with fewer gaps is taken,
/// and names that only the other one proved are added.
pub(super) fn findings(
    program: &Program<'_, '_>,
    reach: &Reach,
    question: &Question,
    watches: &[Watch],
) -> Findings {
    let mut findings = flow::analyse(program, reach, question);
    let kinds: BTreeSet<&Kind> = watches.iter().map(|watch| &watch.kind).collect();
    if kinds.len() < 2 {
        return findings;
    }
    let exhausted = |event: &&Event| event.arrived == Arrived::Unknown(Why::Budget);
    let short: BTreeSet<usize> = findings
        .events
        .iter()
        .filter(exhausted)
        .map(|e| e.watch)
        .collect();
    for kind in kinds {
        let of_kind = |watch: usize| watches.get(watch).is_some_and(|w| w.kind == *kind);
        if short.iter().any(|watch| of_kind(*watch)) {
            let alone = flow::analyse(program, reach, &only(question, of_kind));
            take(&mut findings, alone, of_kind);
        }
    }
    findings
}

/// The question about some watches.
fn only(question: &Question, keep: impl Fn(usize) -> bool) -> Question {
    let mut part = question.clone();
    part.calls.retain(|(_, watch, _)| keep(*watch));
    part.sources.retain(|(_, _, watch)| keep(*watch));
    part
}

/// Takes what another answer says of some watches.
fn take(findings: &mut Findings, mut other: Findings, of_kind: impl Fn(usize) -> bool) {
    let gaps = |events: &[Event]| {
        let gap = |e: &&Event| of_kind(e.watch) && matches!(e.arrived, Arrived::Unknown(_));
        events.iter().filter(gap).count()
    };
    if gaps(&other.events) < gaps(&findings.events) {
        let (rest, worse) = std::mem::take(&mut findings.events)
            .into_iter()
            .partition(|event| !of_kind(event.watch));
        findings.events = rest;
        findings.events.append(&mut other.events);
        other.events = worse;
        findings.readers.retain(|(_, watch)| !of_kind(*watch));
        findings.readers.append(&mut other.readers);
    }
    let proven =
        |e: &Event| e.certain && of_kind(e.watch) && matches!(e.arrived, Arrived::Exact(_));
    findings
        .events
        .extend(other.events.into_iter().filter(proven));
    findings.events.sort();
    findings.events.dedup();
    findings.lookups.extend(other.lookups);
    findings.lookups.sort();
    findings.lookups.dedup();
}
