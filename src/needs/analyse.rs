//! The library's main verb: program × catalogue → needs.

use super::divide;
use super::question::{Watch, WatchRole, named_call, question};
use super::script;
use super::sinks::{CoreTarget, Render, Role, SinkUse, Sinks};
use super::verdict::{
    Arrival, Audit, BlockReason, Blocker, Grade, Key, MAX_NAMES, NamedCall, Need, Needs, Takes,
};
use crate::catalogue::{Catalogue, Fact, Kind};
use crate::flow::{self, Arrived, Event};
use crate::graph::{InstanceId, Program, Reach, Reason};
use std::collections::{BTreeMap, BTreeSet};

impl Needs {
    /// What a program needs, according to a catalogue. Never fails: where proof ends, the
    /// verdict says so.
    pub fn of(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue) -> Needs {
        needs(program, reach, catalogue, Effort::default())
    }

    /// The same by the plain method: no function is closed, nothing is left out. Far slower;
    /// what tests compare [`Needs::of`] with.
    #[doc(hidden)]
    pub fn plainly(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue) -> Needs {
        let effort = Effort {
            plain: true,
            ..Effort::default()
        };
        needs(program, reach, catalogue, effort)
    }

    /// The same, and keys say where their bytes come from, which takes a little longer.
    pub fn with_evidence(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue) -> Needs {
        let effort = Effort {
            evidence: true,
            ..Effort::default()
        };
        needs(program, reach, catalogue, effort)
    }
}

/// What is done beside finding keys, and how they are found.
#[derive(Clone, Copy, Default)]
struct Effort {
    evidence: bool,
    plain: bool,
}

fn needs(program: &Program<'_, '_>, reach: &Reach, catalogue: &Catalogue, effort: Effort) -> Needs {
    let mut sinks = Sinks::find(program, catalogue);
    let audited: BTreeSet<Kind> = catalogue
        .rows()
        .iter()
        .filter_map(|row| match &row.fact {
            Fact::Audit { kind, .. } => Some(kind.clone()),
            _ => None,
        })
        .collect();
    sinks.handles.retain(|h| audited.contains(&h.kind));
    let (mut question, watches) = question(&sinks);
    question.evidence = effort.evidence;
    question.plain = effort.plain;
    let interpreted = script::find(program, &watches);
    script::leave_out(&mut question, program, &interpreted);
    let findings = divide::findings(program, reach, &question, &watches);
    let mut collector = Collector {
        program,
        needs: Needs {
            calls: watches.iter().map(named_call).collect(),
            lookups: findings.lookups.clone(),
            audited,
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
                place: None,
            });
        }
    }
    for interpreted in &interpreted {
        collector.interpreted(interpreted, reach, &watches);
    }
    let known: BTreeSet<InstanceId> = interpreted.iter().map(|i| i.instance).collect();
    collector.unseen(reach, &watches, &seen, &known);
    collector.compared(&question, &watches, &sinks, &known);
    collector.labels(&sinks, reach);
    collector.runtimes(catalogue, &findings);
    collector.mismatches(&sinks, reach);
    collector.outside(&sinks);
    collector.needs
}

/// Bytes as text. Two names that are no UTF-8 stay two: what does not fit is shown by its
/// value, `\xff`.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Whether a name is one more than are listed.
pub(super) fn is_full<T>(names: &BTreeMap<String, T>, name: &str) -> bool {
    names.len() >= MAX_NAMES && !names.contains_key(name)
}

/// The entry of a name, unless it is one more than are listed.
fn listed<T: Default>(names: &mut BTreeMap<String, T>, name: String) -> Option<&mut T> {
    match is_full(names, &name) {
        true => None,
        false => Some(names.entry(name).or_default()),
    }
}

/// Names are left out: one gap for each call, not for each name.
pub(super) fn too_many(call: usize) -> Blocker {
    Blocker {
        reason: BlockReason::TooMany,
        trail: Vec::new(),
        call: Some(call),
        place: None,
    }
}

pub(super) struct Collector<'p, 'a, 'b> {
    pub program: &'p Program<'a, 'b>,
    pub needs: Needs,
}

/// Whether code can call a target, and which instances do.
pub(super) fn callers(
    program: &Program<'_, '_>,
    reach: &Reach,
    target: CoreTarget,
) -> Vec<InstanceId> {
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
    pub(super) fn need(&mut self, instance: InstanceId, kind: &Kind) -> &mut Need {
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
        for audit in &sinks.uses {
            if let Role::Audit { .. } = audit.role {
                for instance in callers(self.program, reach, audit.host.target) {
                    self.need(instance, &audit.kind).audited = true;
                }
            }
        }
        for handle in &sinks.handles {
            if !callers(self.program, reach, handle.host.target).is_empty() {
                let passed = sinks.passed_on(self.program, reach, handle);
                let need = self.need(handle.instance, &handle.kind);
                need.passed_on.extend(passed);
            }
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
                Role::Audit { action, .. } => {
                    let sites = need.audits.entry(action.clone()).or_default();
                    let name = match &event.arrived {
                        Arrived::Exact(text) => {
                            Some(String::from_utf8_lossy(&text.bytes).into_owned())
                        }
                        _ => None,
                    };
                    let audit = Audit {
                        call: event.watch,
                        name,
                    };
                    sites.insert(event.trail.clone(), audit);
                    return;
                }
                Role::Egress | Role::Mount => return,
            },
            WatchRole::Lookup(_) => (None, false),
        };
        let shown = |bytes: &[u8]| {
            let text = readable(bytes);
            match render {
                Some(render) => render.text(&text).into_owned(),
                None => text,
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
            place: None,
        };
        match &event.arrived {
            Arrived::Exact(text) if prefix => {
                let pattern = format!("{}*", shown(&text.bytes));
                match listed(&mut need.patterns, pattern) {
                    Some(sites) => drop(sites.insert(event.trail.clone(), arrival(text))),
                    None => drop(need.blockers.insert(too_many(event.watch))),
                }
            }
            Arrived::Exact(text) if is_full(&need.keys, &shown(&text.bytes)) => {
                need.blockers.insert(too_many(event.watch));
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
                    compared: false,
                    any_case: false,
                    runtime: false,
                    places: BTreeSet::new(),
                });
                key.grade = key.grade.min(grade);
                key.compared = false;
                key.sites.insert(event.trail.clone(), arrival(text));
            }
            Arrived::Prefix(text) => {
                let pattern = format!("{}*", shown(whole_chars(&text.bytes)));
                match listed(&mut need.patterns, pattern) {
                    Some(sites) => drop(sites.insert(event.trail.clone(), arrival(text))),
                    None => drop(need.blockers.insert(too_many(event.watch))),
                }
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
    fn unseen(
        &mut self,
        reach: &Reach,
        watches: &[Watch],
        seen: &[bool],
        interpreted: &BTreeSet<InstanceId>,
    ) {
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
                if interpreted.contains(&instance) {
                    continue;
                }
                let need = self.need(instance, &watch.kind);
                need.reached = true;
                need.blockers.insert(Blocker {
                    reason: BlockReason::NeverArrived,
                    trail: Vec::new(),
                    call: Some(index),
                    place: None,
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
                    compared: false,
                    any_case: false,
                    runtime: false,
                    places: BTreeSet::new(),
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
                        place: None,
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
                place: None,
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
