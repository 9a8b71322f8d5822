//! Lookups in a list of names and values: proven ones, and code that reads the list by
//! itself.

use super::callgraph::Key;
use super::engine::{Mode, Summary};
use super::prove::{Prover, site};
use super::step::Op;
use crate::graph::CoreFunc;
use std::collections::{BTreeSet, HashSet};

impl Prover<'_, '_, '_, '_> {
    pub(super) fn find_lookups(&mut self, sources: &HashSet<CoreFunc>) {
        if sources.is_empty() {
            return;
        }
        let near_source = self
            .graph
            .reaching(|_, calls| calls.iter().any(|c| sources.contains(c)));
        let mut candidates: Vec<Key> = Vec::new();
        for key in &self.graph.functions {
            if let Ok(body) = self.engine.body(key.0, key.1)
                && compares_bytes(&body.ops)
            {
                candidates.push(*key);
            }
        }
        // Summaries would hide what tries must see: allocation runs for real here.
        let summaries = std::mem::take(&mut self.engine.summaries);
        self.engine.mode = Mode::Concrete;
        let mut lookups: Vec<(Key, bool)> = Vec::new();
        let mut passed: HashSet<Key> = HashSet::new();
        let mut cells: BTreeSet<u32> = BTreeSet::new();
        for with_length in [false, true] {
            for key in &candidates {
                self.engine.visited.clear();
                if self.engine.looks_up(*key, with_length) {
                    passed.extend(&self.engine.visited);
                    cells.extend(self.engine.environ_cells(*key, with_length));
                    lookups.push((*key, with_length));
                }
            }
            if !lookups.is_empty() {
                break;
            }
        }
        self.engine.mode = Mode::Abstract;
        self.engine.summaries = summaries;
        let watch = self.question.sources.first().map_or(0, |(_, _, w)| *w);
        for (key, with_length) in &lookups {
            let summary = Summary::Lookup {
                watch,
                with_length: *with_length,
            };
            self.engine
                .summaries
                .insert(CoreFunc::Defined(key.0, key.1), summary);
            self.findings.lookups.push(site(*key));
        }
        self.find_readers(sources, &near_source, &lookups, &passed, &cells, watch);
    }

    /// Functions that get at the list otherwise than through a lookup.
    fn find_readers(
        &mut self,
        sources: &HashSet<CoreFunc>,
        near_source: &HashSet<Key>,
        lookups: &[(Key, bool)],
        passed: &HashSet<Key>,
        cells: &BTreeSet<u32>,
        watch: usize,
    ) {
        let is_lookup = |key: &Key| lookups.iter().any(|(k, _)| k == key);
        let inner = |key: &Key| passed.contains(key) && near_source.contains(key);
        let mut readers: BTreeSet<Key> = BTreeSet::new();
        for key in &self.graph.functions {
            if is_lookup(key) || passed.contains(key) {
                continue;
            }
            let calls = &self.graph.calls[key];
            let gets_list = calls.iter().any(|callee| match callee {
                CoreFunc::Defined(id, func) => {
                    let callee = (*id, *func);
                    !is_lookup(&callee) && inner(&callee)
                }
                other => sources.contains(other),
            });
            if gets_list {
                readers.insert(*key);
            }
        }
        if !cells.is_empty() {
            for key in self.graph.functions.clone() {
                if is_lookup(&key) || passed.contains(&key) {
                    continue;
                }
                if self.engine.loads_from(key, cells) {
                    readers.insert(key);
                }
            }
        }
        for key in readers {
            self.findings.readers.push((site(key), watch));
        }
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
