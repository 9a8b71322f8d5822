//! How two versions differ: what is new, gone, stronger and weaker.

use super::entry::{Entry, Lock, Named, Need};
use crate::needs::{Grade, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// How two locks differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Components that are in either, by name.
    pub components: Vec<ComponentDiff>,
}

/// How two versions of a component differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentDiff {
    /// Its name.
    pub name: String,
    /// The digest before; `None` when there was none.
    pub old_digest: Option<String>,
    /// The digest after; `None` when there is none.
    pub new_digest: Option<String>,
    /// What the later version has and the earlier had not.
    pub new: Vec<Change>,
    /// What the earlier version had and the later has not.
    pub gone: Vec<Change>,
    /// What is better proven.
    pub stronger: Vec<Change>,
    /// What is less well proven.
    pub weaker: Vec<Change>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it is about.
    pub what: What,
    /// Instances of the version that has it, by structural path; empty when it is about the
    /// component.
    pub instances: BTreeSet<String>,
}

/// What a difference is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An import of the root.
    Import(Named),
    /// An export of the root.
    Export(Named),
    /// A key.
    Key {
        /// The kind.
        kind: String,
        /// The key.
        name: String,
        /// How sure it is.
        grade: Grade,
    },
    /// A pattern of keys.
    Pattern {
        /// The kind.
        kind: String,
        /// The pattern.
        pattern: String,
    },
    /// A key that both versions have, in instances that only one has it in.
    Holder {
        /// The kind.
        kind: String,
        /// The key or pattern.
        name: String,
    },
    /// How sure a key is.
    Grade {
        /// The kind.
        kind: String,
        /// The key.
        name: String,
        /// Before and after.
        change: (Grade, Grade),
    },
    /// How much is proven of a kind.
    Verdict {
        /// The kind.
        kind: String,
        /// Before and after.
        change: (Verdict, Verdict),
    },
    /// A kind of which all names are gone through in one version only.
    Enumerates {
        /// The kind.
        kind: String,
    },
    /// A reason for which calls of a kind are not resolved, in one version only.
    Open {
        /// The kind.
        kind: String,
        /// The reason.
        reason: String,
    },
}

impl What {
    /// The kind of resource, if it is about one.
    pub fn kind(&self) -> Option<&str> {
        match self {
            What::Import(_) | What::Export(_) => None,
            What::Key { kind, .. }
            | What::Pattern { kind, .. }
            | What::Holder { kind, .. }
            | What::Grade { kind, .. }
            | What::Verdict { kind, .. }
            | What::Enumerates { kind }
            | What::Open { kind, .. } => Some(kind),
        }
    }
}

impl Diff {
    /// What is different in `new`, by names of components.
    pub fn between(old: &Lock, new: &Lock) -> Diff {
        let names: BTreeSet<&String> = old.components.keys().chain(new.components.keys()).collect();
        let components = names.into_iter().map(|name| {
            let (old, new) = (old.components.get(name), new.components.get(name));
            ComponentDiff::between(name, old, new)
        });
        Diff {
            components: components.collect(),
        }
    }

    /// The difference of one component.
    pub fn of(component: ComponentDiff) -> Diff {
        Diff {
            components: vec![component],
        }
    }

    /// Whether what is needed, imported or exported differs anywhere.
    pub fn differs(&self) -> bool {
        self.components.iter().any(ComponentDiff::differs)
    }
}

impl ComponentDiff {
    /// What is different in `new`. A version that is not there needs nothing.
    pub fn between(name: &str, old: Option<&Entry>, new: Option<&Entry>) -> ComponentDiff {
        let mut diff = ComponentDiff {
            name: name.to_string(),
            old_digest: old.map(|entry| entry.digest.clone()),
            new_digest: new.map(|entry| entry.digest.clone()),
            new: Vec::new(),
            gone: Vec::new(),
            stronger: Vec::new(),
            weaker: Vec::new(),
        };
        let nothing = Entry::nothing();
        let (old, new) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
        diff.names(&old.imports, &new.imports, What::Import);
        diff.names(&old.exports, &new.exports, What::Export);
        let none = Need::none();
        let kinds: BTreeSet<&String> = old.needs.keys().chain(new.needs.keys()).collect();
        for kind in kinds {
            let (old, new) = (old.needs.get(kind), new.needs.get(kind));
            diff.need(kind, old.unwrap_or(&none), new.unwrap_or(&none));
        }
        for section in [
            &mut diff.new,
            &mut diff.gone,
            &mut diff.stronger,
            &mut diff.weaker,
        ] {
            section.sort();
        }
        diff
    }

    /// Whether what is needed, imported or exported differs, or only one version is there.
    /// Other code that needs the same is no difference.
    pub fn differs(&self) -> bool {
        self.old_digest.is_some() != self.new_digest.is_some()
            || !(self.new.is_empty()
                && self.gone.is_empty()
                && self.stronger.is_empty()
                && self.weaker.is_empty())
    }

    fn names(
        &mut self,
        old: &BTreeSet<Named>,
        new: &BTreeSet<Named>,
        what: impl Fn(Named) -> What,
    ) {
        let change = |named: &Named| Change::new(what(named.clone()), &BTreeSet::new());
        self.new.extend(new.difference(old).map(change));
        self.gone.extend(old.difference(new).map(change));
    }

    fn need(&mut self, kind: &str, old: &Need, new: &Need) {
        self.keys(kind, old, new);
        let kind = || kind.to_string();
        let pattern = |pattern: &String| What::Pattern {
            kind: kind(),
            pattern: pattern.clone(),
        };
        let held = |need: &Need, name: &String| need.patterns.get(name).cloned();
        for name in union(&old.patterns, &new.patterns) {
            match (held(old, name), held(new, name)) {
                (None, Some(in_new)) => self.new.push(Change::new(pattern(name), &in_new)),
                (Some(in_old), None) => self.gone.push(Change::new(pattern(name), &in_old)),
                (Some(in_old), Some(in_new)) => self.holders(&kind(), name, &in_old, &in_new),
                (None, None) => {}
            }
        }
        for reason in union(&old.open, &new.open) {
            let what = What::Open {
                kind: kind(),
                reason: reason.clone(),
            };
            match (old.open.get(reason), new.open.get(reason)) {
                (None, Some(instances)) => self.weaker.push(Change::new(what, instances)),
                (Some(instances), None) => self.stronger.push(Change::new(what, instances)),
                _ => {}
            }
        }
        // Between `none` and `complete` nothing is proven better or worse: the keys tell.
        let proven = |verdict: Verdict| verdict.max(Verdict::Complete);
        let what = What::Verdict {
            kind: kind(),
            change: (old.verdict, new.verdict),
        };
        let those = |need: &Need| {
            let worst = need.instances.iter();
            let worst = worst.filter(|(_, proven)| proven.verdict == need.verdict);
            worst.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>()
        };
        match proven(old.verdict).cmp(&proven(new.verdict)) {
            std::cmp::Ordering::Less => self.weaker.push(Change::new(what, &those(new))),
            std::cmp::Ordering::Greater => self.stronger.push(Change::new(what, &those(old))),
            std::cmp::Ordering::Equal => {}
        }
        let enumerating = |need: &Need| {
            let all = need
                .instances
                .iter()
                .filter(|(_, proven)| proven.enumerates);
            all.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>()
        };
        let what = What::Enumerates { kind: kind() };
        match (old.enumerates, new.enumerates) {
            (false, true) => self.weaker.push(Change::new(what, &enumerating(new))),
            (true, false) => self.stronger.push(Change::new(what, &enumerating(old))),
            _ => {}
        }
    }

    fn keys(&mut self, kind: &str, old: &Need, new: &Need) {
        for name in union(&old.keys, &new.keys) {
            let key = |grade| What::Key {
                kind: kind.to_string(),
                name: name.clone(),
                grade,
            };
            match (old.keys.get(name), new.keys.get(name)) {
                (None, Some(held)) => {
                    let change = Change::new(key(held.grade), &held.instances);
                    self.new.push(change);
                }
                (Some(held), None) => {
                    let change = Change::new(key(held.grade), &held.instances);
                    self.gone.push(change);
                }
                (Some(before), Some(after)) => {
                    self.holders(kind, name, &before.instances, &after.instances);
                    let what = What::Grade {
                        kind: kind.to_string(),
                        name: name.clone(),
                        change: (before.grade, after.grade),
                    };
                    let change = Change::new(what, &after.instances);
                    match (before.grade, after.grade) {
                        (Grade::Exact, Grade::Candidate) => self.weaker.push(change),
                        (Grade::Candidate, Grade::Exact) => self.stronger.push(change),
                        _ => {}
                    }
                }
                (None, None) => {}
            }
        }
    }

    /// A key that other instances use now.
    fn holders(
        &mut self,
        kind: &str,
        name: &str,
        before: &BTreeSet<String>,
        after: &BTreeSet<String>,
    ) {
        let change = |instances: BTreeSet<String>| {
            let what = What::Holder {
                kind: kind.to_string(),
                name: name.to_string(),
            };
            (!instances.is_empty()).then(|| Change::new(what, &instances))
        };
        self.new.extend(change(after - before));
        self.gone.extend(change(before - after));
    }
}

impl Change {
    fn new(what: What, instances: &BTreeSet<String>) -> Change {
        Change {
            what,
            instances: instances.clone(),
        }
    }
}

impl Entry {
    /// What a component that is not there needs.
    fn nothing() -> Entry {
        Entry {
            path: String::new(),
            digest: String::new(),
            imports: BTreeSet::new(),
            exports: BTreeSet::new(),
            needs: BTreeMap::new(),
        }
    }
}

fn union<'m, A, B>(a: &'m BTreeMap<String, A>, b: &'m BTreeMap<String, B>) -> BTreeSet<&'m String> {
    a.keys().chain(b.keys()).collect()
}
