//! Allocators that only move a global on, as components written by hand have them: found by
//! their form and by what they give.

use super::callgraph::{CallGraph, Key};
use super::engine::{Engine, Mode, Summary};
use super::step::Op;
use crate::binary::GlobalId;
use crate::graph::{CoreFunc, CoreValue, GlobalRef, RootItem};
use std::collections::{BTreeSet, HashSet};

impl Engine<'_, '_, '_> {
    /// Summarises the allocators of canonical options that write nothing but globals which
    /// nobody else looks at.
    pub(super) fn find_bump_allocators(&mut self, graph: &CallGraph) {
        let program = self.program;
        let lowers = program.lowers.iter().filter_map(|l| l.options.realloc);
        let lifts = program.lifts.iter().filter_map(|l| l.options.realloc);
        let keys: BTreeSet<Key> = lowers
            .chain(lifts)
            .filter_map(|func| match program.behind_trampolines(func) {
                CoreFunc::Defined(id, func) => Some((id, func)),
                _ => None,
            })
            .collect();
        for key in keys {
            let func = CoreFunc::Defined(key.0, key.1);
            if !self.summaries.contains_key(&func) && self.is_bump_allocator(key, graph) {
                self.summaries.insert(func, Summary::Allocate { size: 3 });
            }
        }
    }

    fn is_bump_allocator(&mut self, key: Key, graph: &CallGraph) -> bool {
        let Some(globals) = self.touched_globals(key) else {
            return false;
        };
        let exported = self.program.exports.iter().any(|e| match e.item {
            RootItem::Core(CoreValue::Global(global), _) => globals.contains(&global),
            _ => false,
        });
        let shared = graph.functions.iter().any(|other| {
            *other != key
                && match self.body(other.0, other.1) {
                    Ok(body) => body.ops.iter().any(|op| {
                        let touched = global_of(op).and_then(|g| self.global_ref(*other, g));
                        touched.is_some_and(|g| globals.contains(&g))
                    }),
                    Err(_) => true,
                }
        });
        if exported || shared || self.shape_of(key) != Some((4, 1)) {
            return false;
        }
        // Objects lie behind everything that the file puts into memory.
        let Some(memory) = self.first_memory(key.0) else {
            return false;
        };
        let end = self.images.end(memory);
        self.mode = Mode::Concrete;
        let fits = self.allocates(key, |n| vec![0, 0, 8, n])
            && self.first_object(key).is_some_and(|start| start >= end);
        self.mode = Mode::Abstract;
        fits
    }

    /// The globals that a function reads or writes, if it neither writes memory nor calls
    /// anything.
    fn touched_globals(&mut self, key: Key) -> Option<HashSet<GlobalRef>> {
        let body = self.body(key.0, key.1).ok()?;
        let mut globals = HashSet::new();
        for op in &body.ops {
            match op {
                Op::Store(_)
                | Op::MemoryCopy { .. }
                | Op::MemoryFill(_)
                | Op::MemoryInit(..)
                | Op::Call(_)
                | Op::CallIndirect(..)
                | Op::Opaque { .. } => return None,
                op => {
                    if let Some(global) = global_of(op) {
                        globals.insert(self.global_ref(key, global)?);
                    }
                }
            }
        }
        Some(globals)
    }

    fn global_ref(&self, key: Key, global: GlobalId) -> Option<GlobalRef> {
        let globals = &self.program.core_instance(key.0).globals;
        globals.get(global.index()).copied().flatten()
    }
}

fn global_of(op: &Op) -> Option<GlobalId> {
    match op {
        Op::GlobalGet(global) | Op::GlobalSet(global) => Some(*global),
        _ => None,
    }
}
