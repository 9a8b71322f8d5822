//! Functions around allocators that do the same: what a compiler's runtime calls.

use super::super::callgraph::CallGraph;
use super::super::discover::shape;
use super::super::engine::{Engine, Mode, Summary};
use super::machine::Key;
use crate::graph::CoreFunc;
use std::collections::BTreeSet;

/// Callers of callers of allocators are looked at, and of each layer so many.
const LAYERS: usize = 3;
const MOST: usize = 60;
/// A wrapper has few instructions.
const MAX_BODY: usize = 400;

impl Engine<'_, '_, '_> {
    /// Summarises functions that behave like allocators and call one.
    pub(super) fn find_allocating_wrappers(&mut self, graph: &CallGraph) {
        let known: Vec<(Key, Summary)> = self
            .summaries
            .iter()
            .filter_map(|(func, summary)| match (func, summary) {
                (_, Summary::Lookup { .. }) => None,
                (CoreFunc::Defined(id, func), summary) => Some(((*id, *func), *summary)),
                _ => None,
            })
            .collect();
        let malloc = known.iter().filter_map(|(key, summary)| match summary {
            Summary::Allocate { size: 0 } if shape(self, *key) == Some((1, 1)) => Some(*key),
            _ => None,
        });
        let Some(malloc) = malloc.min() else {
            return;
        };
        let callers = graph.callers();
        let mut layer: BTreeSet<Key> = known.iter().map(|(key, _)| *key).collect();
        let mut seen = layer.clone();
        self.mode = Mode::Concrete;
        // Summaries would hide what tries must see.
        let mut summaries = std::mem::take(&mut self.summaries);
        for _ in 0..LAYERS {
            let above = layer
                .iter()
                .flat_map(|k| callers.get(k).into_iter().flatten());
            let mut next: BTreeSet<Key> = BTreeSet::new();
            for key in above.copied().collect::<BTreeSet<Key>>() {
                if seen.insert(key) && next.len() < MOST && self.is_wrapper(key) {
                    next.insert(key);
                }
            }
            let mut found = BTreeSet::new();
            for key in next {
                if let Some(summary) = self.behaves_like(key, malloc) {
                    summaries.insert(CoreFunc::Defined(key.0, key.1), summary);
                    found.insert(key);
                }
            }
            layer = found;
        }
        self.summaries = summaries;
        self.mode = Mode::Abstract;
    }

    fn is_wrapper(&mut self, key: Key) -> bool {
        let fits = matches!(shape(self, key), Some((1..=4, 1) | (1..=3, 0)));
        fits && self
            .body(key.0, key.1)
            .is_ok_and(|body| body.ops.len() <= MAX_BODY)
    }

    fn behaves_like(&mut self, key: Key, malloc: Key) -> Option<Summary> {
        let sized = |n: u32| vec![n];
        match shape(self, key)? {
            (1, 1) if self.allocates(key, |n| vec![n]) => Some(Summary::Allocate { size: 0 }),
            (2, 1) => {
                if self.allocates(key, |n| vec![n, 8]) && self.aligns(key) {
                    return Some(Summary::Allocate { size: 0 });
                }
                if self.allocates(key, |n| vec![1, n]) && self.multiplies(key) {
                    return Some(Summary::AllocateZeroed);
                }
                if self.allocates(key, |n| vec![16, n]) {
                    return Some(Summary::Allocate { size: 1 });
                }
                let moves = self.moves(key, malloc, &sized, |p| vec![p, 300]);
                moves.then_some(Summary::Reallocate {
                    object: 0,
                    old: None,
                    new: 1,
                })
            }
            (4, 1) => {
                let moves = self.moves(key, malloc, &sized, |p| vec![p, 24, 8, 300]);
                moves.then_some(Summary::Reallocate {
                    object: 0,
                    old: Some(1),
                    new: 3,
                })
            }
            (1, 0) if self.frees(key, malloc, &sized, &[]) => Some(Summary::Free),
            (3, 0) if self.frees(key, malloc, &sized, &[24, 8]) => Some(Summary::Free),
            _ => None,
        }
    }
}
