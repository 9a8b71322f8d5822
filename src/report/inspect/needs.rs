//! Needs → the machine's view.

use super::reveal::revealed;
use super::wire::{BlockerFacts, KeyFacts, NeedFacts, PatternFacts, SourcePlaceFacts};
use crate::base::demangle;
use crate::catalogue::Kind;
use crate::flow::Site;
use crate::graph::{InstanceId, Program};
use crate::needs::{BlockReason, Grade, Need, Needs, Verdict};
use crate::script::SourcePlace;
use std::collections::{BTreeMap, BTreeSet};

/// Needs of one instance.
pub(super) fn of_instance(
    program: &Program<'_, '_>,
    needs: &Needs,
    id: InstanceId,
) -> Vec<NeedFacts> {
    let kinds = needs.instances.get(&id);
    kinds
        .into_iter()
        .flatten()
        .map(|(kind, need)| join(program, needs, kind, &[(id, need)]))
        .collect()
}

/// Needs of the file: the join over its instances.
pub(super) fn of_file(program: &Program<'_, '_>, needs: &Needs) -> Vec<NeedFacts> {
    let mut by_kind: BTreeMap<&Kind, Vec<(InstanceId, &Need)>> = BTreeMap::new();
    for (id, kinds) in &needs.instances {
        for (kind, need) in kinds {
            by_kind.entry(kind).or_default().push((*id, need));
        }
    }
    by_kind
        .into_iter()
        .map(|(kind, of_kind)| join(program, needs, kind, &of_kind))
        .collect()
}

/// A key of several instances.
struct Joined {
    grade: Grade,
    instances: BTreeSet<String>,
    sites: BTreeSet<Option<Site>>,
    runtime: bool,
    places: BTreeSet<SourcePlace>,
    compared: bool,
    any_case: bool,
}

/// A pattern of several instances.
#[derive(Default)]
struct Ways {
    instances: BTreeSet<String>,
    sites: BTreeSet<Site>,
    places: BTreeSet<SourcePlace>,
    /// Whether it arrives somewhere, and was not only seen in comparisons.
    proven: bool,
}

fn join(
    program: &Program<'_, '_>,
    all: &Needs,
    kind: &Kind,
    needs: &[(InstanceId, &Need)],
) -> NeedFacts {
    let path = |id: &InstanceId| program.instance(*id).path.clone();
    let mut keys: BTreeMap<&str, Joined> = BTreeMap::new();
    let mut patterns: BTreeMap<&str, Ways> = BTreeMap::new();
    let mut blockers: BTreeSet<(BlockReason, InstanceId, Option<Site>, Option<SourcePlace>)> =
        BTreeSet::new();
    for (id, need) in needs {
        for (name, key) in &need.keys {
            let joined = keys.entry(name).or_insert(Joined {
                grade: key.grade,
                instances: BTreeSet::new(),
                sites: BTreeSet::new(),
                runtime: true,
                places: BTreeSet::new(),
                compared: true,
                any_case: true,
            });
            joined.places.extend(key.places.iter().cloned());
            joined.runtime &= key.runtime;
            joined.compared &= key.compared;
            joined.any_case &= key.any_case;
            joined.grade = joined.grade.min(key.grade);
            joined.instances.insert(path(id));
            joined
                .sites
                .extend(key.sites.keys().map(|trail| trail.last().copied()));
        }
        for (pattern, trails) in &need.patterns {
            let entry = patterns.entry(pattern).or_default();
            entry.instances.insert(path(id));
            entry.proven |= !need.seen_patterns.contains(pattern);
            entry
                .sites
                .extend(trails.keys().filter_map(|t| t.last().copied()));
            let places = need.pattern_places.get(pattern).into_iter().flatten();
            entry.places.extend(places.cloned());
        }
        for blocker in &need.blockers {
            let site = blocker.trail.last().copied();
            blockers.insert((blocker.reason, *id, site, blocker.place.clone()));
        }
    }
    let verdict = needs.iter().map(|(_, n)| n.verdict()).max();
    NeedFacts {
        kind: kind.as_str().to_string(),
        verdict: verdict.unwrap_or(Verdict::None).as_str().into(),
        enumerates: needs.iter().any(|(_, n)| n.enumerates),
        keys: keys
            .into_iter()
            .map(|(name, joined)| KeyFacts {
                revealed: revealed(program, all, kind, name),
                name: name.to_string(),
                grade: joined.grade.as_str().into(),
                instances: joined.instances.into_iter().collect(),
                sites: (joined.sites.len() + joined.places.len()) as u64,
                source: joined.places.iter().map(place).collect(),
                origin: joined.runtime.then_some("runtime".into()),
                seen: joined.compared.then_some("compared".into()),
                case: joined.any_case.then_some("ignored".into()),
            })
            .collect(),
        patterns: patterns
            .into_iter()
            .map(|(pattern, ways)| PatternFacts {
                pattern: pattern.to_string(),
                instances: ways.instances.into_iter().collect(),
                sites: (ways.sites.len() + ways.places.len()) as u64,
                source: ways.places.iter().map(place).collect(),
                seen: (!ways.proven).then_some("compared".into()),
            })
            .collect(),
        blockers: blockers
            .into_iter()
            .map(|(reason, id, site, at)| BlockerFacts {
                reason: reason.as_str().into(),
                instance: path(&id),
                function: site.map(|s| function(program, s)),
                demangled: site.and_then(|s| demangle(&function(program, s))),
                offset: site.map(|s| u64::from(s.offset)).filter(|o| *o > 0),
                source: at.as_ref().map(place),
            })
            .collect(),
    }
}

/// A place in an interpreted program.
pub(crate) fn place(place: &SourcePlace) -> SourcePlaceFacts {
    SourcePlaceFacts {
        file: place.file.to_string(),
        line: Some(place.line).filter(|line| *line > 0),
    }
}

/// What people call a function: its name, or its number.
pub(super) fn function(program: &Program<'_, '_>, site: Site) -> String {
    let module = program
        .binary
        .module(program.core_instance(site.instance).module);
    match module.names().func(site.func) {
        Some(name) => name.to_string(),
        None => format!("func {}", site.func.0),
    }
}
