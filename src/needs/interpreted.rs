//! What an interpreted program looks up, as needs.

use super::analyse::{Collector, callers, is_full, too_many};
use super::question::{Watch, WatchRole};
use super::script::Interpreted;
use super::sinks::{HostFunction, Role};
use super::verdict::{BlockReason, Blocker, Grade, Key};
use crate::catalogue::Kind;
use crate::graph::Reach;
use crate::script::{Lookup, Name, Script};
use std::collections::{BTreeMap, BTreeSet};

impl Collector<'_, '_, '_> {
    /// What an interpreted program looks up. No verdict is proven by it: the program can make
    /// code, and what the interpreter does by itself is not looked at.
    pub(super) fn interpreted(&mut self, found: &Interpreted, reach: &Reach, watches: &[Watch]) {
        for note in notes(&found.script) {
            self.needs.notes.push(note);
        }
        // One gap for each kind; an example of its calls goes with it.
        let mut kinds: BTreeMap<&Kind, usize> = BTreeMap::new();
        for (call, watch) in watches.iter().enumerate() {
            let hosts: &[HostFunction] = match &watch.role {
                WatchRole::Use(sink) => match sink.role {
                    Role::Key(_) | Role::Prefix(_) | Role::Enumerates => {
                        std::slice::from_ref(&sink.host)
                    }
                    _ => &[],
                },
                WatchRole::Lookup(hosts) => hosts,
            };
            let called = hosts
                .iter()
                .any(|host| callers(self.program, reach, host.target).contains(&found.instance));
            if called {
                kinds.entry(&watch.kind).or_insert(call);
            }
        }
        for (kind, call) in &kinds {
            let need = self.need(found.instance, kind);
            need.reached = true;
            let gap = |reason| Blocker {
                reason,
                trail: Vec::new(),
                call: Some(*call),
                place: None,
            };
            need.blockers.insert(gap(BlockReason::Interpreted));
            if !found.script.unread.is_empty() {
                need.blockers.insert(gap(BlockReason::Unread));
            }
        }
        for lookup in &found.lookups {
            if let Some(watch) = watches.get(lookup.call)
                && kinds.contains_key(&watch.kind)
            {
                self.lookup(found, watch, lookup);
            }
        }
    }

    fn lookup(&mut self, found: &Interpreted, watch: &Watch, lookup: &Lookup) {
        let need = self.need(found.instance, &watch.kind);
        let shown = |text: &str| match &watch.role {
            WatchRole::Use(sink) => match &sink.role {
                Role::Key(place) | Role::Prefix(place) => place.render.text(text).into_owned(),
                _ => text.to_string(),
            },
            WatchRole::Lookup(_) => text.to_string(),
        };
        let gap = |reason| Blocker {
            reason,
            trail: Vec::new(),
            call: Some(lookup.call),
            place: Some(lookup.place.clone()),
        };
        match &lookup.name {
            Name::Exact(text) => {
                let name = shown(text);
                if is_full(&need.keys, &name) {
                    need.blockers.insert(too_many(lookup.call));
                    return;
                }
                let key = need.keys.entry(name).or_insert(Key {
                    grade: Grade::Candidate,
                    sites: BTreeMap::new(),
                    labels: BTreeSet::new(),
                    compared: false,
                    any_case: false,
                    runtime: false,
                    places: BTreeSet::new(),
                });
                key.places.insert(lookup.place.clone());
            }
            Name::Begins(text) => {
                let pattern = format!("{}*", shown(text));
                if is_full(&need.patterns, &pattern) {
                    need.blockers.insert(too_many(lookup.call));
                    return;
                }
                need.patterns.entry(pattern.clone()).or_default();
                let places = need.pattern_places.entry(pattern).or_default();
                places.insert(lookup.place.clone());
            }
            Name::All => need.enumerates = true,
            Name::Unknown => {
                need.blockers.insert(gap(BlockReason::Computed));
            }
            Name::HandedOn => {
                need.blockers.insert(gap(BlockReason::HandedOn));
            }
        }
    }
}

/// What the reader should know of an interpreter.
fn notes(script: &Script) -> Vec<String> {
    let version = script.version.as_deref().map(|v| format!(" {v}"));
    let engine = format!("{}{}", script.engine, version.unwrap_or_default());
    let files = match script.files.len() {
        0 => "no file of it was read".to_string(),
        1 => "1 file of it was read from memory".to_string(),
        n => format!("{n} files of it were read from memory"),
    };
    let mut notes = vec![format!(
        "{engine} interprets a program in {}: {files}; its keys are candidates",
        script.language
    )];
    let unread = script.unread.iter();
    notes.extend(unread.map(|what| format!("of the program that {engine} interprets, {what}")));
    notes
}
