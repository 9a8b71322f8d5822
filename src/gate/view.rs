//! What rules see of one binary: facts, with the needs of all its instances joined.

use super::finding::{Place, Step};
use crate::lock::{self, Facts, ImportFact, NeedFact};
use crate::needs::{Grade, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// A binary as rules see it.
#[derive(Clone, Debug)]
pub(super) struct View<'f> {
    /// Imports of the root, in the order of the file.
    pub(super) imports: &'f [ImportFact],
    /// What could not be followed.
    pub(super) gaps: &'f [lock::Gap],
    /// Needs, sorted by kind.
    pub(super) needs: Vec<Need<'f>>,
}

/// What a binary needs of one kind.
#[derive(Clone, Debug)]
pub(super) struct Need<'f> {
    /// The kind of resource.
    pub(super) kind: &'f str,
    /// The weakest verdict of its instances.
    pub(super) verdict: Verdict,
    /// Keys, sorted by name.
    pub(super) keys: Vec<Key<'f>>,
    /// Patterns, sorted.
    pub(super) patterns: Vec<Key<'f>>,
    /// Calls that were not resolved.
    pub(super) blockers: Vec<Blocker<'f>>,
    /// Whether an instance goes through all names.
    pub(super) enumerates: bool,
    /// Instances that go through all names, each with a way there.
    pub(super) enumerations: Vec<(&'f str, &'f [lock::Step])>,
}

/// A key, or a pattern of keys.
#[derive(Clone, Debug)]
pub(super) struct Key<'f> {
    /// The key; the pattern as [`crate::base::Glob`] reads it.
    pub(super) name: &'f str,
    /// Whether it is proven that it arrives.
    pub(super) exact: bool,
    /// Whether only a language runtime asks for it. Nobody has to declare or provide it.
    pub(super) runtime: bool,
    /// Instances that use it, sorted.
    pub(super) instances: BTreeSet<&'f str>,
    /// The shortest way to a call.
    trail: &'f [lock::Step],
}

/// A call that was not resolved.
#[derive(Clone, Debug)]
pub(super) struct Blocker<'f> {
    /// Why, as one word.
    pub(super) reason: &'f str,
    /// The instance.
    pub(super) instance: &'f str,
    /// The way there.
    pub(super) trail: &'f [lock::Step],
}

impl<'f> View<'f> {
    pub(super) fn of(facts: &'f Facts) -> View<'f> {
        let mut by_kind: BTreeMap<&str, Vec<&NeedFact>> = BTreeMap::new();
        for need in &facts.needs {
            by_kind.entry(&need.kind).or_default().push(need);
        }
        let needs = by_kind.into_iter();
        View {
            imports: &facts.imports,
            gaps: &facts.gaps,
            needs: needs
                .map(|(kind, needs)| Need::join(kind, &needs))
                .collect(),
        }
    }

    /// What it needs of a kind, if any import makes that possible.
    pub(super) fn need(&self, kind: &str) -> Option<&Need<'f>> {
        self.needs.iter().find(|need| need.kind == kind)
    }

    /// Imports other than types, which give nothing but a name.
    pub(super) fn authorities(&self) -> impl Iterator<Item = &'f ImportFact> {
        self.imports.iter().filter(|import| import.ty != "type")
    }
}

/// What to add to the name of an import.
pub(super) fn remark(import: &ImportFact) -> &'static str {
    match import.used {
        true => "",
        false => " (nothing in the file calls it)",
    }
}

impl<'f> Need<'f> {
    fn join(kind: &'f str, needs: &[&'f NeedFact]) -> Need<'f> {
        let mut keys = BTreeMap::new();
        let mut patterns = BTreeMap::new();
        let mut blockers = Vec::new();
        let mut enumerations = Vec::new();
        for need in needs {
            for key in &need.keys {
                let exact = key.grade == Grade::Exact;
                let joined = Key::add(&mut keys, &key.name, exact, &need.instance, &key.trail);
                joined.runtime &= key.runtime;
            }
            for pattern in &need.patterns {
                let name = &pattern.pattern;
                Key::add(&mut patterns, name, true, &need.instance, &pattern.trail).runtime = false;
            }
            blockers.extend(need.blockers.iter().map(|blocker| Blocker {
                reason: &blocker.reason,
                instance: &need.instance,
                trail: &blocker.trail,
            }));
            let ways = need.enumerations.iter();
            enumerations.extend(ways.map(|way| (need.instance.as_str(), way.as_slice())));
        }
        Need {
            kind,
            verdict: needs
                .iter()
                .map(|n| n.verdict)
                .max()
                .unwrap_or(Verdict::None),
            keys: keys.into_values().collect(),
            patterns: patterns.into_values().collect(),
            blockers,
            enumerates: needs.iter().any(|n| n.enumerates),
            enumerations,
        }
    }
}

impl<'f> Key<'f> {
    fn add<'k>(
        keys: &'k mut BTreeMap<&'f str, Key<'f>>,
        name: &'f str,
        exact: bool,
        instance: &'f str,
        trail: &'f [lock::Step],
    ) -> &'k mut Key<'f> {
        let key = keys.entry(name).or_insert(Key {
            name,
            exact: false,
            runtime: true,
            instances: BTreeSet::new(),
            trail,
        });
        // The way that is shown is one that is proven, if any is.
        let better = exact && !key.exact;
        if better || (exact == key.exact && trail.len() < key.trail.len()) {
            key.trail = trail;
        }
        key.exact |= exact;
        key.instances.insert(instance);
        key
    }

    /// The instances, for a finding.
    pub(super) fn instances(&self) -> Vec<String> {
        self.instances.iter().map(ToString::to_string).collect()
    }

    /// The way to a call, for a finding.
    pub(super) fn evidence(&self) -> Vec<Step> {
        evidence(self.trail)
    }
}

/// A way, for a finding.
pub(super) fn evidence(trail: &[lock::Step]) -> Vec<Step> {
    let step = |step: &lock::Step| {
        let number = || format!("func {}", step.function);
        let name = step.name.clone().unwrap_or_else(number);
        Step {
            what: name.clone(),
            place: Some(Place {
                instance: step.instance.clone(),
                function: Some(name),
                offset: Some(step.offset).filter(|offset| *offset > 0),
                source: None,
            }),
        }
    };
    trail.iter().map(step).collect()
}
