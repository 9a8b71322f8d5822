//! Where what stands behind a key is looked at: secrets and where they are revealed.

use super::wire::{PassedOnFacts, RevealSiteFacts, RevealedFacts};
use crate::base::demangle;
use crate::catalogue::Kind;
use crate::flow::Site;
use crate::graph::{InstanceId, Program};
use crate::needs::sinks::PassedTo;
use crate::needs::{Need, Needs};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a key of a kind that is audited; `None` for other kinds.
pub(in crate::report) fn revealed(
    program: &Program<'_, '_>,
    needs: &Needs,
    kind: &Kind,
    name: &str,
) -> Option<RevealedFacts> {
    if !needs.audited.contains(kind) {
        return None;
    }
    let of = |id: &InstanceId| needs.instances.get(id).and_then(|kinds| kinds.get(kind));
    let holders = needs.instances.iter().filter(|(_, kinds)| {
        let need = kinds.get(kind);
        need.is_some_and(|n| n.keys.contains_key(name))
    });
    let mut sites: BTreeSet<RevealSiteFacts> = BTreeSet::new();
    let mut passed_on: BTreeSet<PassedOnFacts> = BTreeSet::new();
    // Whoever may be given the handle may give it to others.
    let mut todo: Vec<(InstanceId, bool)> = holders.map(|(id, _)| (*id, true)).collect();
    let mut seen: BTreeSet<InstanceId> = todo.iter().map(|(id, _)| *id).collect();
    while let Some((id, holder)) = todo.pop() {
        let Some(need) = of(&id) else {
            continue;
        };
        sites.extend(sites_of(program, id, need, name, holder));
        for to in &need.passed_on {
            passed_on.insert(passed(program, id, to));
            if let PassedTo::Instance(to, _) = to
                && seen.insert(*to)
            {
                todo.push((*to, false));
            }
        }
    }
    Some(RevealedFacts {
        verdict: match (sites.iter().any(|s| s.which == "this"), sites.is_empty()) {
            (true, _) => "revealed",
            (false, false) => "unknown",
            (false, true) if !passed_on.is_empty() => "passed-on",
            (false, true) => "never",
        }
        .into(),
        sites: sites.into_iter().collect(),
        passed_on: passed_on.into_iter().collect(),
    })
}

fn sites_of(
    program: &Program<'_, '_>,
    id: InstanceId,
    need: &Need,
    name: &str,
    holder: bool,
) -> Vec<RevealSiteFacts> {
    // One instruction may be reached with several handles.
    let mut about: BTreeMap<Option<Site>, BTreeSet<Option<&str>>> = BTreeMap::new();
    let at_a_call = |trail: &[Site]| trail.last().is_some_and(|site| site.offset > 0);
    let all = || need.audits.values().flatten();
    // A function that could not be followed says less than a call that was seen.
    let seen = all().any(|(trail, _)| at_a_call(trail));
    for (trail, audit) in all().filter(|(trail, _)| !seen || at_a_call(trail)) {
        let names = about.entry(trail.last().copied()).or_default();
        names.insert(audit.name.as_deref());
    }
    if about.is_empty() && need.audited {
        // It can be called, but no execution got there.
        about.entry(None).or_default().insert(None);
    }
    let sites = about.into_iter().filter_map(|(site, names)| {
        let which = match (names.contains(&Some(name)), names.contains(&None)) {
            (true, _) if holder => "this",
            (true, _) | (_, true) => "unknown",
            _ => return None,
        };
        let function = site.map(|s| super::needs::function(program, s));
        Some(RevealSiteFacts {
            instance: program.instance(id).path.clone(),
            demangled: function.as_deref().and_then(demangle),
            function,
            offset: site.map(|s| u64::from(s.offset)).filter(|o| *o > 0),
            which: Cow::Borrowed(which),
        })
    });
    sites.collect()
}

fn passed(program: &Program<'_, '_>, id: InstanceId, to: &PassedTo) -> PassedOnFacts {
    let (to, receiver, function) = match to {
        PassedTo::Host(function) => ("host", None, function.clone()),
        PassedTo::Instance(id, function) => (
            "instance",
            Some(program.instance(*id).path.clone()),
            function.clone(),
        ),
        PassedTo::Caller(function) => ("caller", None, function.clone()),
    };
    PassedOnFacts {
        instance: program.instance(id).path.clone(),
        to: Cow::Borrowed(to),
        receiver,
        function,
    }
}
