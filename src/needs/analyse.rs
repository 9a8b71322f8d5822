//! The library's main verb: program × catalogue → needs.

use super::sinks::{CoreTarget, HostFunction, Render, Role, SinkUse, Sinks, SourceLayout};
use super::verdict::{Arrival, BlockReason, Blocker, Grade, Key, NamedCall, Need, Needs, Takes};
use crate::catalogue::{Catalogue, EnvironLayout, Kind};
use crate::flow::{self, Answer, Arrived, Event, Question};
use crate::graph::{CoreFunc, InstanceId, Program, Reach, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// Something that the flow analysis watches.
struct Watch {
    kind: Kind,
    role: WatchRole,
}

enum WatchRole {
    /// Names arrive; the use says how they are read.
    Use(SinkUse),
    /// Lookups in the list that these functions give.
    Lookup(Vec<HostFunction>),
}

impl Needs {
    /// What a program needs, according to a catalogue. Never fails: where proof ends, the
    /// verdict says so.
    pub fn of(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue) -> Needs {
        needs(program, reach, catalogue, false)
    }

    /// The same, and keys say where their bytes come from, which takes a little longer.
    pub fn with_evidence(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue) -> Needs {
        needs(program, reach, catalogue, true)
    }
}

fn needs(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue, evidence: bool) -> Needs {
    let sinks = Sinks::find(program, catalogue);
    let (mut question, watches) = question(&sinks);
    question.evidence = evidence;
    let findings = flow::analyse(program, reach, &question);
    let mut collector = Collector {
        program,
        needs: Needs {
            calls: watches.iter().map(named_call).collect(),
            lookups: findings.lookups.clone(),
            ..Needs::default()
        },
    };
    collector.reachable(&sinks, reach);
    let mut seen = vec![false; watches.len()];
    for event in &findings.events {
        let Some(watch) = watches.get(event.watch) else {
            continue;
        };
        seen[event.watch] = true;
        collector.event(watch, event);
    }
    for (site, index) in &findings.readers {
        if let Some(watch) = watches.get(*index) {
            let instance = program.core_instance(site.instance).owner;
            let need = collector.need(instance, &watch.kind);
            need.reached = true;
            need.blockers.insert(Blocker {
                reason: BlockReason::ReadsList,
                trail: vec![*site],
                call: Some(*index),
            });
        }
    }
    collector.unseen(reach, &watches, &seen);
    collector.labels(&sinks, reach);
    collector.runtimes(catalogue, &findings);
    collector.mismatches(&sinks, reach);
    collector.outside(&sinks);
    collector.needs
}

fn named_call(watch: &Watch) -> NamedCall {
    let (functions, takes) = match &watch.role {
        WatchRole::Use(sink) => {
            let takes = match &sink.role {
                Role::Key(place) | Role::Prefix(place) => Takes::Parameter(place.parameter.clone()),
                _ => Takes::Nothing,
            };
            (vec![sink.host.clone()], takes)
        }
        WatchRole::Lookup(functions) => (functions.clone(), Takes::Lookup),
    };
    NamedCall {
        kind: watch.kind.clone(),
        functions,
        takes,
    }
}

fn core(target: CoreTarget) -> CoreFunc {
    match target {
        CoreTarget::Lower(id) => CoreFunc::Lower(id),
        CoreTarget::Host(id) => CoreFunc::Host(id),
    }
}

fn question(sinks: &Sinks) -> (Question, Vec<Watch>) {
    let mut question = Question::default();
    let mut watches: Vec<Watch> = Vec::new();
    for sink in &sinks.uses {
        let place = match &sink.role {
            Role::Key(place) | Role::Prefix(place) => Some(place.place.clone()),
            Role::Enumerates | Role::Audit { .. } => None,
            Role::Egress | Role::Mount => continue,
        };
        question
            .calls
            .push((core(sink.host.target), watches.len(), place));
        watches.push(Watch {
            kind: sink.kind.clone(),
            role: WatchRole::Use(sink.clone()),
        });
    }
    for source in &sinks.sources {
        let answer = match source.layout {
            SourceLayout::Pairs { .. } => Answer::Pairs,
            SourceLayout::Environ(EnvironLayout::Entries) => Answer::Environ,
            SourceLayout::Environ(EnvironLayout::Sizes) => Answer::EnvironSizes,
        };
        // All sources of one kind share their lookups.
        let shared = watches
            .iter()
            .position(|w| matches!(w.role, WatchRole::Lookup(_)) && w.kind == source.kind);
        let watch = shared.unwrap_or_else(|| {
            watches.push(Watch {
                kind: source.kind.clone(),
                role: WatchRole::Lookup(Vec::new()),
            });
            watches.len() - 1
        });
        if let WatchRole::Lookup(functions) = &mut watches[watch].role {
            functions.push(source.host.clone());
        }
        question
            .sources
            .push((core(source.host.target), answer, watch));
    }
    question.never_return = sinks.exits.iter().copied().map(core).collect();
    (question, watches)
}

struct Collector<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    needs: Needs,
}

/// Whether code can call a target, and which instances do.
fn callers(program: &Program<'_, '_>, reach: &Reach, target: CoreTarget) -> Vec<InstanceId> {
    match target {
        CoreTarget::Lower(id) if reach.lower_runs(id) => {
            vec![program.lowers[id.index()].instance]
        }
        CoreTarget::Lower(_) => Vec::new(),
        CoreTarget::Host(id) => {
            let callers = reach.called().get(&id);
            callers.into_iter().flatten().copied().collect()
        }
    }
}

impl Collector<'_, '_, '_> {
    fn need(&mut self, instance: InstanceId, kind: &Kind) -> &mut Need {
        let kinds = self.needs.instances.entry(instance).or_default();
        kinds.entry(kind.clone()).or_default()
    }

    /// Kinds that some import makes possible get an entry; what runs is marked.
    fn reachable(&mut self, sinks: &Sinks, reach: &Reach) {
        let uses = sinks.uses.iter().filter_map(|u| match u.role {
            Role::Key(_) | Role::Prefix(_) | Role::Enumerates => Some((u.host.target, &u.kind)),
            _ => None,
        });
        let sources = sinks.sources.iter().map(|s| (s.host.target, &s.kind));
        for (target, kind) in uses.chain(sources) {
            for instance in callers(self.program, reach, target) {
                self.need(instance, kind);
            }
            self.need(InstanceId::from_index(0), kind);
        }
    }

    fn event(&mut self, watch: &Watch, event: &Event) {
        let need = self.need(event.caller, &watch.kind);
        need.reached = true;
        let (render, prefix) = match &watch.role {
            WatchRole::Use(SinkUse { role, .. }) => match role {
                Role::Key(place) => (Some(place.render), false),
                Role::Prefix(place) => (Some(place.render), true),
                Role::Enumerates => {
                    need.enumerates = true;
                    need.enumerations.insert(event.trail.clone(), event.watch);
                    return;
                }
                Role::Audit { action } => {
                    let sites = need.audits.entry(action.clone()).or_default();
                    sites.insert(event.trail.clone(), event.watch);
                    return;
                }
                Role::Egress | Role::Mount => return,
            },
            WatchRole::Lookup(_) => (None, false),
        };
        let shown = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            match render {
                Some(render) => render.text(&text).to_string(),
                None => text.into_owned(),
            }
        };
        let arrival = |text: &flow::Text| Arrival {
            text: text.clone(),
            call: event.watch,
        };
        let blocker = |reason: BlockReason| Blocker {
            reason,
            trail: event.trail.clone(),
            call: Some(event.watch),
        };
        match &event.arrived {
            Arrived::Exact(text) if prefix => {
                let pattern = format!("{}*", shown(&text.bytes));
                let sites = need.patterns.entry(pattern).or_default();
                sites.insert(event.trail.clone(), arrival(text));
            }
            Arrived::Exact(text) => {
                let grade = match event.certain {
                    true => Grade::Exact,
                    false => Grade::Candidate,
                };
                let key = need.keys.entry(shown(&text.bytes)).or_insert(Key {
                    grade,
                    sites: BTreeMap::new(),
                    labels: BTreeSet::new(),
                    runtime: false,
                });
                key.grade = key.grade.min(grade);
                key.sites.insert(event.trail.clone(), arrival(text));
            }
            Arrived::Prefix(text) => {
                let pattern = format!("{}*", shown(whole_chars(&text.bytes)));
                let sites = need.patterns.entry(pattern).or_default();
                sites.insert(event.trail.clone(), arrival(text));
                // A part of a name may be rendered as something that the whole is not.
                if render.is_some_and(|r| r != Render::Text) {
                    need.blockers
                        .insert(blocker(BlockReason::Flow(flow::Why::Bytes)));
                }
            }
            Arrived::Nothing if prefix => need.enumerates = true,
            Arrived::Nothing => {}
            Arrived::Unknown(why) => {
                need.blockers.insert(blocker(BlockReason::Flow(*why)));
            }
        }
    }

    /// Marks keys that only a language runtime asks for.
    fn runtimes(&mut self, catalogue: &Catalogue, findings: &flow::Findings) {
        let ends = |trail: &Vec<flow::Site>| {
            let mut calls = trail.iter();
            calls.any(|site| findings.ending.contains(&(site.instance, site.func)))
        };
        for (kind, need) in self.needs.instances.values_mut().flatten() {
            for (name, key) in &mut need.keys {
                let sites = !key.sites.is_empty() && key.sites.keys().all(ends);
                key.runtime = sites
                    && key.labels.is_empty()
                    && catalogue.runtimes(kind, name).next().is_some();
            }
        }
    }

    /// A call that can run but that no execution got to is no proof of anything.
    fn unseen(&mut self, reach: &Reach, watches: &[Watch], seen: &[bool]) {
        for (index, watch) in watches.iter().enumerate() {
            let WatchRole::Use(sink) = &watch.role else {
                continue;
            };
            if seen[index]
                || !matches!(sink.role, Role::Key(_) | Role::Prefix(_) | Role::Enumerates)
            {
                continue;
            }
            for instance in callers(self.program, reach, sink.host.target) {
                let need = self.need(instance, &watch.kind);
                need.reached = true;
                need.blockers.insert(Blocker {
                    reason: BlockReason::NeverArrived,
                    trail: Vec::new(),
                    call: Some(index),
                });
            }
        }
    }

    fn labels(&mut self, sinks: &Sinks, reach: &Reach) {
        for label in &sinks.labels {
            let call = self.needs.calls.len();
            self.needs.calls.push(NamedCall {
                kind: label.kind.clone(),
                functions: vec![label.host.clone()],
                takes: Takes::Label,
            });
            for instance in callers(self.program, reach, label.host.target) {
                let need = self.need(instance, &label.kind);
                need.reached = true;
                let key = need.keys.entry(label.name.clone()).or_insert(Key {
                    grade: Grade::Exact,
                    sites: BTreeMap::new(),
                    labels: BTreeSet::new(),
                    runtime: false,
                });
                key.grade = Grade::Exact;
                key.labels.insert(call);
            }
        }
    }

    fn mismatches(&mut self, sinks: &Sinks, reach: &Reach) {
        for mismatch in &sinks.mismatches {
            let call = self.needs.calls.len();
            if let Some(kind) = &mismatch.kind {
                self.needs.calls.push(NamedCall {
                    kind: kind.clone(),
                    functions: vec![mismatch.host.clone()],
                    takes: match &mismatch.parameter {
                        Some(parameter) => Takes::Parameter(parameter.clone()),
                        None => Takes::Nothing,
                    },
                });
            }
            for instance in callers(self.program, reach, mismatch.host.target) {
                if let Some(kind) = &mismatch.kind {
                    let need = self.need(instance, kind);
                    need.reached = true;
                    need.blockers.insert(Blocker {
                        reason: BlockReason::Catalogue,
                        trail: Vec::new(),
                        call: Some(call),
                    });
                }
            }
            self.needs.notes.push(mismatch.to_string());
        }
    }

    /// Code that is not in the file may call what it was given.
    fn outside(&mut self, sinks: &Sinks) {
        let missing = self
            .program
            .notes
            .iter()
            .any(|n| !matches!(n.reason, Reason::ExportedCode(_)));
        if !missing {
            return;
        }
        let root = InstanceId::from_index(0);
        let uses = sinks.uses.iter().map(|u| &u.kind);
        let kinds: Vec<Kind> = uses
            .chain(sinks.sources.iter().map(|s| &s.kind))
            .cloned()
            .collect();
        for kind in kinds {
            let need = self.need(root, &kind);
            need.reached = true;
            need.blockers.insert(Blocker {
                reason: BlockReason::Flow(flow::Why::Unanalysed),
                trail: Vec::new(),
                call: None,
            });
        }
    }
}

/// Bytes without a character at their end that is cut off.
fn whole_chars(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(e) if e.error_len().is_none() => &bytes[..e.valid_up_to()],
        _ => bytes,
    }
}
