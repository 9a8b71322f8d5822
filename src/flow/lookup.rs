//! Lookups in a list of names and values: proven ones, and code that reads the list by
//! itself.

use super::callgraph::Key;
use super::engine::{Mode, Summary};
use super::environ::{Cells, FORMS, LookupForm};
use super::prove::{Prover, site};
use super::step::Op;
use crate::binary::{ModuleId, TypeId};
use crate::graph::{CoreFunc, TableEntry, TableRef};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What concrete runs told about a list.
#[derive(Default)]
struct Discovered {
    lookups: Vec<(Key, LookupForm)>,
    /// Functions that only change it, by a name that they are given.
    setters: HashSet<Key>,
    /// What these runs passed through.
    passed: HashSet<Key>,
    /// Words that lead to it.
    cells: Cells,
    /// Functions in which a name was looked at while the list was being built.
    curious: BTreeSet<Key>,
}

impl Discovered {
    fn is_entrance(&self, key: &Key) -> bool {
        self.setters.contains(key) || self.lookups.iter().any(|(k, _)| k == key)
    }
}

impl Prover<'_, '_, '_, '_> {
    pub(super) fn find_lookups(&mut self, sources: &HashSet<CoreFunc>) {
        if sources.is_empty() {
            return;
        }
        // Summaries would hide what tries must see: allocation runs for real here.
        let summaries = std::mem::take(&mut self.engine.summaries);
        self.engine.mode = Mode::Concrete;
        let near_source = self
            .graph
            .reaching(|_, calls| calls.iter().any(|c| sources.contains(c)));
        let mut found = Discovered::default();
        self.try_lookups(&near_source, &mut found);
        let mut readers = self.find_readers(sources, &near_source, &found);
        if self.try_setters(&readers, &mut found) {
            readers = self.find_readers(sources, &near_source, &found);
        }
        self.engine.mode = Mode::Abstract;
        self.engine.summaries = summaries;
        let watch = self.question.sources.first().map_or(0, |(_, _, w)| *w);
        for (key, form) in &found.lookups {
            let form = *form;
            let func = CoreFunc::Defined(key.0, key.1);
            let summary = Summary::Lookup { watch, form };
            self.engine.summaries.insert(func, summary);
            self.findings.lookups.push(site(*key));
        }
        for key in readers {
            self.findings.readers.push((site(key), watch));
        }
    }

    fn try_lookups(&mut self, near_source: &HashSet<Key>, found: &mut Discovered) {
        let mut candidates: Vec<Key> = Vec::new();
        for key in &self.graph.functions {
            if let Ok(body) = self.engine.body(key.0, key.1)
                && compares_bytes(&body.ops)
            {
                candidates.push(*key);
            }
        }
        self.engine.visited.clear();
        self.engine.fresh_world();
        let started = std::mem::take(&mut self.engine.visited);
        for form in FORMS {
            for key in &candidates {
                self.engine.visited.clear();
                if self.engine.looks_up(*key, form) {
                    found.passed.extend(&self.engine.visited);
                    self.engine.list_cells((*key, form), &mut found.cells);
                    found.lookups.push((*key, form));
                }
            }
            if !found.lookups.is_empty() {
                break;
            }
        }
        // What fetches the list may copy it, not look for a name in it.
        for (key, form) in found.lookups.clone() {
            match self.engine.first_look((key, form)) {
                Some(trail) => {
                    let inside = trail.iter().filter(|k| **k != key);
                    found
                        .curious
                        .extend(inside.filter(|k| near_source.contains(k)));
                }
                None => {
                    found.curious.insert(key);
                }
            }
        }
        let fetched = started.iter().any(|key| near_source.contains(key));
        if fetched && self.engine.starts_blindly() {
            found.passed.extend(started);
        }
    }

    /// Finds functions that only change the list, among those that get at it and their
    /// callers. Whether there are any.
    fn try_setters(&mut self, readers: &BTreeSet<Key>, found: &mut Discovered) -> bool {
        let Some(lookup) = found.lookups.first().copied() else {
            return false;
        };
        let callers = self.graph.callers();
        let mut near = readers.clone();
        for _ in 0..2 {
            let above: Vec<Key> = near
                .iter()
                .flat_map(|key| callers.get(key).into_iter().flatten().copied())
                .collect();
            near.extend(above);
        }
        for key in near {
            self.engine.visited.clear();
            if self.engine.changes(key, lookup) {
                found.setters.insert(key);
                found.passed.extend(&self.engine.visited);
            }
        }
        !found.setters.is_empty()
    }

    /// Functions that get at the list otherwise than through a lookup.
    fn find_readers(
        &mut self,
        sources: &HashSet<CoreFunc>,
        near_source: &HashSet<Key>,
        found: &Discovered,
    ) -> BTreeSet<Key> {
        let mut readers = found.curious.clone();
        // Who uses an address that stands in data is not known.
        for (key, _) in &found.lookups {
            if let Some(memory) = self.engine.first_memory(key.0)
                && let Some(cells) = found.cells.get(&memory)
                && self.engine.images.mentions(memory, cells)
            {
                readers.insert(*key);
            }
        }
        let mut inner: HashSet<Key> = HashSet::new();
        for key in &found.passed {
            let leads = near_source.contains(key) || self.engine.gets_at(*key, &found.cells);
            if leads && !found.is_entrance(key) {
                inner.insert(*key);
            }
        }
        let gives = |func: &CoreFunc| match func {
            CoreFunc::Defined(id, func) => inner.contains(&(*id, *func)),
            other => sources.contains(other),
        };
        let mut through: HashMap<(Option<TableRef>, ModuleId, TypeId), bool> = HashMap::new();
        for key in self.graph.functions.clone() {
            if found.passed.contains(&key) || found.is_entrance(&key) {
                continue;
            }
            let called = self.graph.calls[&key].iter().any(gives)
                || self.calls_through(key, gives, &mut through)
                || self.engine.gets_at(key, &found.cells);
            if called {
                readers.insert(key);
            }
        }
        readers
    }

    /// Whether a function calls one for which `gives` holds through a table.
    fn calls_through(
        &self,
        key: Key,
        gives: impl Fn(&CoreFunc) -> bool,
        known: &mut HashMap<(Option<TableRef>, ModuleId, TypeId), bool>,
    ) -> bool {
        let program = self.engine.program;
        let instance = program.core_instance(key.0);
        let module = program.binary.module(instance.module);
        let Some(body) = module.defined(key.1) else {
            return false;
        };
        // A trampoline goes to one slot: that is a call like any other.
        let trampoline = module.scan.trampoline(body);
        if trampoline.is_some_and(|t| program.trampoline_target(key.0, t).is_some()) {
            return false;
        }
        let taken = program.address_taken();
        if module.scan.calls_ref(body) && taken.iter().any(|e| gives(&e.func)) {
            return true;
        }
        module.scan.indirect_calls(body).iter().any(|call| {
            let table = instance.tables.get(call.table.index()).copied().flatten();
            let exact = table.filter(|t| program.tables[t.index()].exact);
            let fits = |entry: &TableEntry| {
                gives(&entry.func) && program.same_type(instance.module, call.ty, entry)
            };
            *known
                .entry((exact, instance.module, call.ty))
                .or_insert_with(|| match exact {
                    Some(table) => program.tables[table.index()].slots.values().any(fits),
                    None => taken.iter().any(fits),
                })
        })
    }
}

/// Whether a body looks at single bytes and knows `=`: what a lookup in an environment must
/// do unless it is inlined elsewhere.
fn compares_bytes(ops: &[Op]) -> bool {
    let loads = ops
        .iter()
        .any(|op| matches!(op, Op::Load(a) if a.bytes == 1));
    loads && ops.contains(&Op::Const(u64::from(b'=')))
}
