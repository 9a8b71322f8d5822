//! What `gusset.lock` keeps of a component.

use super::facts::{Facts, NeedFact};
use crate::needs::{Grade, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// The contents of a `gusset.lock`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Components by name.
    pub components: BTreeMap<String, Entry>,
}

/// What is kept of one component: no offsets, no counts and no names that a name section
/// gives, so that a rebuild of the same source and a stripped copy have the same entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path, as declared.
    pub path: String,
    /// `sha256:…` of the file without custom sections.
    pub digest: String,
    /// Imports of the root.
    pub imports: BTreeSet<Named>,
    /// Exports of the root.
    pub exports: BTreeSet<Named>,
    /// What it needs, by kind. A kind of which nothing runs is left out.
    pub needs: BTreeMap<String, Need>,
}

/// An import or export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The interface that a label stands for.
    pub implements: Option<String>,
}

/// What is needed of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// How much is proven, over all instances.
    pub verdict: Verdict,
    /// Whether some instance goes through all names.
    pub enumerates: bool,
    /// Instances, by structural path, with what is proven of each.
    pub instances: BTreeMap<String, Proven>,
    /// Keys by name.
    pub keys: BTreeMap<String, Held>,
    /// Patterns, and the instances they are of.
    pub patterns: BTreeMap<String, BTreeSet<String>>,
    /// Reasons why calls were not resolved, and the instances they are of.
    pub open: BTreeMap<String, BTreeSet<String>>,
}

/// How much is proven of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    /// How much.
    pub verdict: Verdict,
    /// Whether it goes through all names.
    pub enumerates: bool,
}

/// Who uses a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// How sure it is.
    pub grade: Grade,
    /// Whether only a language runtime asks for it.
    pub runtime: bool,
    /// Structural paths of the instances.
    pub instances: BTreeSet<String>,
}

impl Entry {
    /// What the lock keeps of a component at a path.
    pub fn of(path: &str, facts: &Facts) -> Entry {
        let imports = facts.imports.iter();
        let imports = imports.map(|import| Named::new(&import.name, import.implements.as_deref()));
        let exports = facts.exports.iter();
        let exports = exports.map(|export| Named::new(&export.name, export.implements.as_deref()));
        let mut needs: BTreeMap<String, Need> = BTreeMap::new();
        for fact in &facts.needs {
            if fact.verdict == Verdict::None {
                continue;
            }
            let need = needs.entry(fact.kind.clone()).or_insert_with(Need::none);
            need.add(fact);
        }
        Entry {
            path: path.to_string(),
            digest: facts.digest.clone(),
            imports: imports.collect(),
            exports: exports.collect(),
            needs,
        }
    }
}

impl Named {
    /// A name, and the interface that it stands for when it is a label.
    pub fn new(name: &str, implements: Option<&str>) -> Named {
        Named {
            name: name.to_string(),
            implements: implements.map(str::to_string),
        }
    }
}

impl Need {
    /// Nothing is needed.
    pub(super) fn none() -> Need {
        Need {
            verdict: Verdict::None,
            enumerates: false,
            instances: BTreeMap::new(),
            keys: BTreeMap::new(),
            patterns: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    /// Joins what one instance needs.
    fn add(&mut self, fact: &NeedFact) {
        let instance = &fact.instance;
        self.verdict = self.verdict.max(fact.verdict);
        self.enumerates |= fact.enumerates;
        let proven = Proven {
            verdict: fact.verdict,
            enumerates: fact.enumerates,
        };
        self.instances.insert(instance.clone(), proven);
        for key in &fact.keys {
            let held = self.keys.entry(key.name.clone()).or_insert(Held {
                grade: key.grade,
                runtime: true,
                instances: BTreeSet::new(),
            });
            held.runtime &= key.runtime;
            held.grade = held.grade.min(key.grade);
            held.instances.insert(instance.clone());
        }
        for pattern in &fact.patterns {
            let of = self.patterns.entry(pattern.pattern.clone()).or_default();
            of.insert(instance.clone());
        }
        for blocker in &fact.blockers {
            let of = self.open.entry(blocker.reason.clone()).or_default();
            of.insert(instance.clone());
        }
    }
}
