//! Programs that go through all names themselves: what they are seen to compare them with.
//! Such keys are candidates, whatever else is known, and change no verdict.

use super::analyse::{Collector, is_full, readable};
use super::question::{Watch, WatchRole, core};
use super::sinks::{Role, SinkUse, Sinks};
use super::verdict::{Arrival, BlockReason, Grade, Key};
use crate::catalogue::{CoreAnswer, CoreWritten, Kind};
use crate::flow::{self, Compared, Extent, Piece, Question, Source, Text, Watching};
use crate::graph::InstanceId;
use std::collections::{BTreeMap, BTreeSet};

impl Collector<'_, '_, '_> {
    /// Runs the program for each kind of which it goes through all names. Instances that an
    /// interpreter fills are left out: their program is read, not run.
    pub(super) fn compared(
        &mut self,
        question: &Question,
        watches: &[Watch],
        sinks: &Sinks,
        interpreted: &BTreeSet<InstanceId>,
    ) {
        for (kind, watch) in self.gone_through(watches, interpreted) {
            let watching = watching(&kind, question, watches, sinks);
            for compared in flow::watch(self.program, &watching) {
                self.add(&kind, watch, &compared);
            }
        }
    }

    /// Kinds of which code goes through all names, with the watch that this was seen at.
    fn gone_through(
        &self,
        watches: &[Watch],
        interpreted: &BTreeSet<InstanceId>,
    ) -> BTreeMap<Kind, usize> {
        let mut found = BTreeMap::new();
        let compiled = |(id, _): &(&InstanceId, _)| !interpreted.contains(id);
        let instances = self.needs.instances.iter().filter(compiled);
        for (kind, need) in instances.flat_map(|(_, kinds)| kinds) {
            let read = need.blockers.iter().filter_map(|b| match b.reason {
                BlockReason::ReadsList => b.call,
                _ => None,
            });
            let gone_through = need.enumerations.values().copied();
            if let Some(watch) = read.chain(gone_through).min() {
                found.entry(kind.clone()).or_insert(watch);
            }
        }
        found.retain(|_, watch: &mut usize| *watch < watches.len());
        found
    }

    fn add(&mut self, kind: &Kind, watch: usize, compared: &Compared) {
        let Some(site) = compared.trail.last() else {
            return;
        };
        let instance = self.program.core_instance(site.instance).owner;
        // Of names whose case does not matter, lists of variables have them in upper case.
        let lookup = self.needs.calls.get(watch);
        let variables = lookup.is_some_and(|c| c.takes == super::verdict::Takes::Lookup);
        let mut bytes = compared.text.clone();
        if compared.folded && variables {
            bytes.make_ascii_uppercase();
        }
        let name = readable(&bytes);
        let arrival = Arrival {
            text: text(bytes, compared),
            call: watch,
        };
        let need = self.need(instance, kind);
        need.reached = true;
        // A lookup that is proven compares with the beginning of names, too.
        let proven = |key: &Key| key.grade == Grade::Exact;
        if compared.extent != Extent::Whole && need.keys.get(&name).is_some_and(proven) {
            return;
        }
        let pattern = match compared.extent {
            Extent::Whole if is_full(&need.keys, &name) => return,
            Extent::Whole => {
                let key = need.keys.entry(name).or_insert_with(|| Key {
                    grade: Grade::Candidate,
                    sites: BTreeMap::new(),
                    labels: BTreeSet::new(),
                    compared: true,
                    any_case: compared.folded,
                    runtime: false,
                    places: BTreeSet::new(),
                });
                key.sites.entry(compared.trail.clone()).or_insert(arrival);
                return;
            }
            Extent::Beginning => format!("{name}*"),
            Extent::End => format!("*{name}"),
        };
        if !need.patterns.contains_key(&pattern) {
            if is_full(&need.patterns, &pattern) {
                return;
            }
            need.seen_patterns.insert(pattern.clone());
        }
        let sites = need.patterns.entry(pattern).or_default();
        sites.entry(compared.trail.clone()).or_insert(arrival);
    }
}

/// The evidence: the text that names were compared with.
fn text(bytes: Vec<u8>, compared: &Compared) -> Text {
    let (address, pieces) = match compared.literal {
        Some((memory, address)) => {
            let piece = Piece {
                source: Source::Data { memory, address },
                len: bytes.len() as u32,
            };
            (address, vec![piece])
        }
        None => (0, Vec::new()),
    };
    Text {
        bytes,
        address,
        literal: false,
        pieces,
    }
}

/// What is watched for one kind.
fn watching(kind: &Kind, question: &Question, watches: &[Watch], sinks: &Sinks) -> Watching {
    let mut watching = Watching {
        never_return: question.never_return.clone(),
        ..Watching::default()
    };
    for (func, answer, watch) in &question.sources {
        let wanted = watches.get(*watch).is_some_and(|w| w.kind == *kind);
        match wanted {
            true => watching.sources.push((*func, *answer)),
            false => watching.silent.push((*func, *answer)),
        }
    }
    for watch in watches.iter().filter(|w| w.kind == *kind) {
        if let WatchRole::Use(SinkUse { host, role, .. }) = &watch.role
            && matches!(role, Role::Enumerates)
        {
            watching.lists.push(core(host.target));
        }
    }
    let answers = sinks.answers.iter();
    watching.stand_ins = answers
        .map(|(target, answer)| (core(*target), stand_in(answer)))
        .collect();
    watching
}

fn stand_in(answer: &CoreAnswer) -> flow::StandIn {
    let written = |value: CoreWritten| match value {
        CoreWritten::Number(number) => flow::Written::Number(number),
        CoreWritten::Input(number) => flow::Written::Input(number),
        CoreWritten::Parameter(index) => flow::Written::Parameter(index),
        CoreWritten::Gathered(list) => flow::Written::Gathered(list),
        CoreWritten::Ticks => flow::Written::Ticks,
        CoreWritten::Noise(len) => flow::Written::Noise(len),
    };
    let writes = answer.writes.iter().map(|write| flow::Write {
        at: write.at,
        offset: write.offset,
        bytes: write.bytes,
        what: written(write.value),
    });
    flow::StandIn {
        result: answer.result,
        writes: writes.collect(),
    }
}
