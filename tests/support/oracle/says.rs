//! What the analysis says of a file, and how that compares with what was seen.

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{FileFacts, InstanceFacts, NeedFacts};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Needs of the file and of each instance.
pub(crate) struct Says {
    pub(crate) needs: Vec<NeedFacts>,
    pub(crate) instances: Vec<InstanceFacts>,
}

/// A folder below `fixtures`.
pub(crate) fn fixtures(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(below)
}

impl Says {
    pub(crate) fn of(bytes: &[u8]) -> Says {
        let binary = Binary::parse(bytes).unwrap();
        let facts = FileFacts::with_needs("file", &binary, &Catalogue::builtin().unwrap());
        Says {
            needs: facts.needs,
            instances: facts.instances,
        }
    }

    pub(crate) fn need(&self, kind: &str) -> Option<&NeedFacts> {
        self.needs.iter().find(|need| need.kind == kind)
    }

    /// Keys of one instance and kind.
    pub(crate) fn keys(&self, instance: &str, kind: &str) -> BTreeSet<&str> {
        let instance = self.instances.iter().find(|i| i.id == instance);
        let instance = instance.unwrap_or_else(|| panic!("there is no instance {instance:?}"));
        let needs = instance.needs.iter().filter(|need| need.kind == kind);
        needs
            .flat_map(|n| &n.keys)
            .map(|k| k.name.as_str())
            .collect()
    }

    /// Whether a name that was asked for is reported.
    pub(crate) fn reports(&self, kind: &str, name: &str) -> bool {
        self.need(kind).is_some_and(|need| {
            let starts = |pattern: &str| {
                let parts: Vec<&str> = pattern.split('*').collect();
                let (first, last) = (parts[0], parts[parts.len() - 1]);
                name.len() >= first.len() + last.len()
                    && name.starts_with(first)
                    && name.ends_with(last)
            };
            need.keys.iter().any(|key| key.name == name)
                || need.patterns.iter().any(|p| starts(&p.pattern))
        })
    }

    /// Whether the verdict of a kind claims that nothing is missing.
    pub(crate) fn claims_all(&self, kind: &str) -> bool {
        let open = |need: &NeedFacts| need.verdict == "open" || need.enumerates;
        !self.need(kind).is_some_and(open)
    }

    /// Why what was seen contradicts what is said, if it does.
    pub(crate) fn contradiction(&self, file: &str, kind: &str, name: &str) -> Option<String> {
        // All names at once: that is the flag, not a key.
        if name == "*" {
            let flag = self.need(kind).is_some_and(|need| need.enumerates);
            return (!flag).then(|| format!("{file}: goes through all {kind}, not said"));
        }
        (self.claims_all(kind) && !self.reports(kind, name)).then(|| {
            let verdict = self.need(kind).map_or("none", |need| need.verdict.as_ref());
            format!("{file}: {kind} is {verdict}, but `{name}` was asked for")
        })
    }
}

/// What came of many files, from several threads.
#[derive(Default)]
pub(crate) struct Tally {
    lies: Mutex<Vec<String>>,
    /// By file: how many names were seen, and how many of these are reported.
    seen: Mutex<BTreeMap<String, (usize, usize)>>,
}

impl Tally {
    pub(crate) fn add(&self, says: &Says, file: &str, seen: &BTreeSet<(String, String)>) {
        let mut reported = 0;
        for (kind, name) in seen {
            reported += usize::from(says.reports(kind, name));
            self.lies
                .lock()
                .unwrap()
                .extend(says.contradiction(file, kind, name));
        }
        let counts = (seen.len(), reported);
        self.seen.lock().unwrap().insert(file.to_string(), counts);
    }

    /// Names seen, and names reported among them. Panics on any lie.
    pub(crate) fn finish(self) -> (usize, usize) {
        let lies = self.lies.into_inner().unwrap();
        assert!(lies.is_empty(), "lies:\n{}", lies.join("\n"));
        let seen = self.seen.into_inner().unwrap();
        let sum = |f: fn(&(usize, usize)) -> usize| seen.values().map(f).sum();
        (sum(|c| c.0), sum(|c| c.1))
    }
}

/// Does something to every item, on two threads.
pub(crate) fn in_parallel<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(item) = items.get(at) else { return };
                        work(item);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
