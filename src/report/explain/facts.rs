//! Needs → what `explain` says about them.

use super::find::{self, NotThere, Wanted};
use super::place::Places;
use super::wire::*;
use crate::base::Sha256;
use crate::binary::Binary;
use crate::catalogue::{Catalogue, Kind};
use crate::flow::{Site, Why};
use crate::graph::{InstanceId, Program, Routes};
use crate::needs::{Arrival, BlockReason, Blocker, Key, Need, Needs, Tracer, Verdict, phrase};
use crate::report::inspect;
use crate::report::reasons;
use crate::script::SourcePlace;
use std::collections::{BTreeMap, BTreeSet};

/// Calls per key that are shown.
const MOST: usize = 100;

impl Explanation {
    /// Explains one need of a binary: `kind`, `kind:*` or `kind:name`. `path` is only shown.
    ///
    /// # Errors
    /// [`NotThere`] if the file has no such kind or key; its help names what comes near.
    pub fn of(
        path: &str,
        binary: &Binary<'_>,
        catalogue: &Catalogue,
        need: &str,
    ) -> Result<Explanation, NotThere> {
        let program = Program::link(binary);
        let reach = program.reach();
        let needs = Needs::with_evidence(&program, &reach, catalogue);
        let (kind, wanted) = find::parse(need);
        let kind = find::kind(&needs, kind)?;
        let routes = Routes::new(&program, &reach);
        let tracer = Tracer::new(&program, &needs, &routes);
        let explainer = Explainer {
            places: Places::new(&program, &needs, &tracer),
            needs: of_kind(&needs, kind),
            tracer: &tracer,
            program: &program,
            all: &needs,
            kind,
        };
        let keys = explainer.keys(&wanted);
        let patterns = explainer.patterns(&wanted);
        if let Wanted::Name(name) = wanted
            && keys.is_empty()
            && patterns.is_empty()
        {
            let all: Vec<&Need> = explainer.needs.iter().map(|(_, n)| *n).collect();
            return Err(find::no_such_name(kind, name, &all));
        }
        let all = || explainer.needs.iter().map(|(_, n)| *n);
        let verdict = all().map(Need::verdict).max().unwrap_or(Verdict::None);
        let mut notes: Vec<String> = program.notes.iter().map(ToString::to_string).collect();
        notes.extend(needs.notes.iter().cloned());
        notes.extend(inspect::assumption(verdict.as_str()).map(str::to_string));
        Ok(Explanation {
            schema: super::SCHEMA,
            path: path.to_string(),
            sha256: Sha256::of(binary.bytes).to_string(),
            need: need.to_string(),
            kind: kind.as_str().to_string(),
            verdict: verdict.as_str(),
            enumerates: all().any(|n| n.enumerates),
            keys,
            patterns,
            enumerations: explainer.enumerations(),
            blockers: explainer.blockers(),
            audits: explainer.audits(),
            notes,
        })
    }
}

fn of_kind<'n>(needs: &'n Needs, kind: &Kind) -> Vec<(InstanceId, &'n Need)> {
    let instances = needs.instances.iter();
    instances
        .filter_map(|(id, kinds)| Some((*id, kinds.get(kind)?)))
        .collect()
}

struct Explainer<'r, 'p, 'a, 'b> {
    places: Places<'r, 'p, 'a, 'b>,
    tracer: &'r Tracer<'r, 'p, 'a, 'b>,
    needs: Vec<(InstanceId, &'r Need)>,
    program: &'p Program<'a, 'b>,
    all: &'r Needs,
    kind: &'r Kind,
}

/// A call, of the instance that makes it, at which something arrives: the shortest trail,
/// what arrives by it, and how many trails there are.
struct Call<'r> {
    instance: InstanceId,
    trail: &'r [Site],
    arrival: Option<&'r Arrival>,
    call: usize,
    ways: u64,
}

/// Calls that end at one instruction are one call; the shortest way to it is kept.
fn calls<'r>(
    instance: InstanceId,
    sites: impl Iterator<Item = (&'r Vec<Site>, Option<&'r Arrival>, usize)>,
) -> Vec<Call<'r>> {
    let mut found: BTreeMap<(Option<Site>, usize), Call<'r>> = BTreeMap::new();
    for (trail, arrival, call) in sites {
        let entry = found.entry((trail.last().copied(), call)).or_insert(Call {
            instance,
            trail,
            arrival,
            call,
            ways: 0,
        });
        entry.ways += 1;
        if trail.len() < entry.trail.len() {
            entry.trail = trail;
            entry.arrival = arrival;
        }
    }
    found.into_values().collect()
}

impl<'r> Explainer<'r, '_, '_, '_> {
    fn keys(&self, wanted: &Wanted<'_>) -> Vec<KeyFacts> {
        let mut found: BTreeMap<&str, Vec<(InstanceId, &'r Key)>> = BTreeMap::new();
        for (id, need) in &self.needs {
            for (name, key) in &need.keys {
                if !matches!(wanted, Wanted::Name(n) if n != name) {
                    found.entry(name).or_default().push((*id, key));
                }
            }
        }
        let facts = found.into_iter().map(|(name, keys)| {
            let mut all: Vec<Call<'_>> = Vec::new();
            let mut places: BTreeSet<&SourcePlace> = BTreeSet::new();
            for (id, key) in &keys {
                places.extend(&key.places);
                let sites = key.sites.iter().map(|(t, a)| (t, Some(a), a.call));
                all.extend(calls(*id, sites));
                all.extend(key.labels.iter().map(|call| Call {
                    instance: *id,
                    trail: &[],
                    arrival: None,
                    call: *call,
                    ways: 1,
                }));
            }
            let grade = keys.iter().map(|(_, k)| k.grade).min();
            KeyFacts {
                name: name.to_string(),
                grade: grade.map_or("candidate", |g| g.as_str()),
                compared: keys.iter().all(|(_, k)| k.compared),
                any_case: keys.iter().all(|(_, k)| k.any_case),
                calls: (all.len() + places.len()) as u64,
                sites: self.sites(&all),
                source: places.into_iter().map(inspect::place).collect(),
                revealed: inspect::revealed(self.program, self.all, self.kind, name),
            }
        });
        facts.collect()
    }

    fn patterns(&self, wanted: &Wanted<'_>) -> Vec<PatternFacts> {
        let mut found: BTreeMap<&str, Vec<Call<'_>>> = BTreeMap::new();
        let mut places: BTreeMap<&str, BTreeSet<&SourcePlace>> = BTreeMap::new();
        let mut proven: BTreeSet<&str> = BTreeSet::new();
        for (id, need) in &self.needs {
            let compared = |p: &&String| need.seen_patterns.contains(*p);
            proven.extend(
                need.patterns
                    .keys()
                    .filter(|p| !compared(p))
                    .map(|p| p.as_str()),
            );
            for (pattern, sites) in &need.patterns {
                let meant = match wanted {
                    Wanted::Name(name) => find::admits(pattern, name),
                    _ => true,
                };
                if meant {
                    let sites = sites.iter().map(|(t, a)| (t, Some(a), a.call));
                    found.entry(pattern).or_default().extend(calls(*id, sites));
                    let stands = need.pattern_places.get(pattern).into_iter().flatten();
                    places.entry(pattern).or_default().extend(stands);
                }
            }
        }
        let facts = found.into_iter().map(|(pattern, calls)| {
            let places = places.remove(pattern).unwrap_or_default();
            PatternFacts {
                pattern: pattern.to_string(),
                compared: !proven.contains(pattern),
                calls: (calls.len() + places.len()) as u64,
                sites: self.sites(&calls),
                source: places.into_iter().map(inspect::place).collect(),
            }
        });
        facts.collect()
    }

    fn sites(&self, calls: &[Call<'_>]) -> Vec<SiteFacts> {
        let shown = calls.iter().take(MOST);
        shown.map(|call| self.site(call)).collect()
    }

    fn site(&self, call: &Call<'_>) -> SiteFacts {
        let trace = self.tracer.trace(call.trail, Some(call.call));
        self.places.site(
            call.instance,
            call.arrival.map(|a| &a.text),
            call.ways,
            &trace,
            Some(call.call),
        )
    }

    fn enumerations(&self) -> Vec<SiteFacts> {
        let mut all = Vec::new();
        for (id, need) in &self.needs {
            let sites = need.enumerations.iter();
            all.extend(calls(*id, sites.map(|(t, call)| (t, None, *call))));
        }
        self.sites(&all)
    }

    fn audits(&self) -> Vec<AuditFacts> {
        let mut found = Vec::new();
        for (id, need) in &self.needs {
            for (action, sites) in &need.audits {
                let at_a_call = |trail: &[Site]| trail.last().is_some_and(|s| s.offset > 0);
                let seen = sites.keys().any(|trail| at_a_call(trail));
                let sites = sites.iter().filter(|(t, _)| !seen || at_a_call(t));
                // The same call for several keys is told once for each.
                let mut by_name: BTreeMap<Option<&str>, Vec<_>> = BTreeMap::new();
                for (trail, audit) in sites {
                    let known = by_name.entry(audit.name.as_deref()).or_default();
                    known.push((trail, None, audit.call));
                }
                for (name, sites) in by_name {
                    let calls = calls(*id, sites.into_iter());
                    found.extend(calls.iter().map(|call| AuditFacts {
                        action: action.clone(),
                        name: name.map(str::to_string),
                        site: self.site(call),
                    }));
                }
            }
        }
        found
    }

    fn blockers(&self) -> Vec<BlockerFacts> {
        // Several ways to one call are one gap.
        type Gap<'r> = (
            BlockReason,
            InstanceId,
            Option<Site>,
            Option<&'r SourcePlace>,
        );
        let mut found: BTreeMap<Gap<'_>, (&Blocker, u64)> = BTreeMap::new();
        for (id, need) in &self.needs {
            for blocker in &need.blockers {
                let site = blocker.trail.last().copied();
                let key = (blocker.reason, *id, site, blocker.place.as_ref());
                let entry = found.entry(key).or_insert((blocker, 0));
                entry.1 += 1;
                if blocker.trail.len() < entry.0.trail.len() {
                    entry.0 = blocker;
                }
            }
        }
        let facts = found
            .into_iter()
            .map(|((reason, id, ..), (blocker, ways))| {
                let trace = self.tracer.trace(&blocker.trail, blocker.call);
                let word = reason.as_str();
                BlockerFacts {
                    reason: word,
                    detail: match reason {
                        BlockReason::Flow(Why::Instruction(name)) => Some(name.to_string()),
                        _ => None,
                    },
                    message: phrase(word).to_string(),
                    help: reasons::help(word).to_string(),
                    site: self.places.site(id, None, ways, &trace, blocker.call),
                    source: blocker.place.as_ref().map(inspect::place),
                }
            });
        facts.take(MOST).collect()
    }
}
