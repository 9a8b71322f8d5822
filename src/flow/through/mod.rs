//! Which functions write through which of their parameters, and what their results point
//! to.
//!
//! A variable in a data segment may be written by a function that is given its address and
//! that nothing of interest is called from, so that it is never run. What such a function
//! does is found from its code: parameters and addresses are followed through locals,
//! operands, the stack frame, globals, cells at constant addresses, calls and results.

mod operand;
mod pass;
mod walk;

use super::callgraph::{CallGraph, Key};
use super::engine::Engine;
use super::step::{Body, Op, constants};
use crate::graph::{CoreFunc, GlobalRef, MemoryRef};
use operand::{Operand, Set};
use std::collections::{BTreeMap, HashMap, HashSet};
use walk::Walk;

/// How many bytes after a variable's address a write through it may reach. The length is in
/// general not known; statics that are larger and written only from their middle on are not
/// covered (`docs/analysis.md`, assumptions).
pub(super) const REACH: u32 = 1_024;

/// Bodies with more locals times labels are not followed.
const MAX_WORK: usize = 1_000_000;

/// How often a body is gone through until nothing changes.
const MAX_ROUNDS: usize = 10;

/// How often everything is gone through until nothing that functions leave in globals and
/// cells changes.
const MAX_PASSES: usize = 8;

/// What one function does for its callers.
#[derive(Clone, Default, PartialEq)]
struct Effect {
    /// Parameters through which it writes.
    written: u64,
    /// What its results may be: parameters, and addresses of data.
    returned: Option<Operand>,
}

/// A place where functions leave addresses of data for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shared {
    Global(GlobalRef),
    Cell(MemoryRef, u32),
}

/// Addresses of data that functions leave where others find them.
#[derive(Default)]
struct Left {
    held: HashMap<Shared, Set>,
    /// Places that got more addresses in this pass.
    changed: HashSet<Shared>,
}

impl Left {
    fn leave(&mut self, place: Shared, addresses: &Set) {
        let held = self.held.entry(place).or_default();
        let all = held.union(addresses);
        if all != *held {
            *held = all;
            self.changed.insert(place);
        }
    }

    fn at(&self, place: Shared) -> Set {
        self.held.get(&place).cloned().unwrap_or_default()
    }
}

/// What is found in one body.
#[derive(Default)]
struct Found {
    effect: Effect,
    /// Constants that it gives to functions, with the parameter.
    passed: Vec<(CoreFunc, usize, u32)>,
    /// Where it writes at constant addresses: address and length.
    stores: Vec<(u32, u32)>,
    /// Where it reads at constant addresses: the same.
    loads: Vec<(u32, u32)>,
    /// Globals and cells that it reads.
    shared: HashSet<Shared>,
    /// Stack pointers that it sets to something that is not computed from them.
    stacks_set: Vec<GlobalRef>,
    /// Whether it writes to more places than are kept.
    overflows: bool,
}

/// What is known of all functions while they are gone through.
#[derive(Default)]
struct Through {
    effects: HashMap<Key, Effect>,
    left: Left,
}

impl Engine<'_, '_, '_> {
    /// Notes as written what functions are given to write to.
    pub(crate) fn note_writes_through(&mut self, graph: &CallGraph) {
        let mut through = Through::default();
        let mut found: BTreeMap<Key, Found> = BTreeMap::new();
        let mut stale: Option<HashSet<Shared>> = None;
        for pass in 0..=MAX_PASSES {
            if pass == MAX_PASSES {
                // It does not settle: every address that is mentioned may be written.
                for (key, found) in &mut found {
                    *found = self.through_undecoded(*key);
                    through.effects.insert(*key, found.effect.clone());
                }
                break;
            }
            let stacks = self.stack_pointers.len();
            self.pass(graph, stale.as_ref(), &mut through, &mut found);
            for global in found.values().flat_map(|f| &f.stacks_set) {
                self.stack_pointers.remove(global);
            }
            let changed = std::mem::take(&mut through.left.changed);
            let settled = self.stack_pointers.len() == stacks;
            if settled && changed.is_empty() {
                break;
            }
            stale = settled.then_some(changed);
        }
        for (key, found) in found {
            let memory = self.first_memory(key.0);
            for (address, len) in found.stores {
                if let Some(memory) = memory {
                    self.images.write(memory, address, len);
                }
            }
            for (callee, param, address) in found.passed {
                let CoreFunc::Defined(id, func) = callee else {
                    continue;
                };
                let effect = through.effects.get(&(id, func));
                let mask = effect.map_or(0, |e| e.written);
                if let Some(memory) = memory
                    && param < 64
                    && mask & 1 << param != 0
                {
                    self.images.write(memory, address, REACH);
                }
            }
            let mut loads = found.loads;
            loads.sort_unstable();
            loads.dedup();
            self.constant_loads.insert(key, loads);
        }
    }

    /// Goes through all functions, callees first; later through those alone that read what
    /// changed, and their callers.
    fn pass(
        &mut self,
        graph: &CallGraph,
        stale: Option<&HashSet<Shared>>,
        through: &mut Through,
        found: &mut BTreeMap<Key, Found>,
    ) {
        let mut changed: HashSet<CoreFunc> = HashSet::new();
        for group in &graph.groups {
            let concerned = |key: &Key| {
                let reads = |stale| found.get(key).is_none_or(|f| !f.shared.is_disjoint(stale));
                let calls = graph.calls.get(key).into_iter().flatten();
                stale.is_none_or(reads) || calls.into_iter().any(|c| changed.contains(c))
            };
            if !group.iter().any(concerned) {
                continue;
            }
            // Circles are gone round until they are settled.
            let calls_itself = |key: &Key| {
                let callee = CoreFunc::Defined(key.0, key.1);
                graph.calls.get(key).is_some_and(|c| c.contains(&callee))
            };
            let circle = group.len() > 1 || group.iter().any(calls_itself);
            for _ in 0..if circle { MAX_ROUNDS } else { 1 } {
                let mut again = false;
                for key in group {
                    if !self.run_once.contains(key) && self.look_through(*key, through, found) {
                        changed.insert(CoreFunc::Defined(key.0, key.1));
                        again = true;
                    }
                }
                if !again {
                    break;
                }
            }
        }
    }

    /// Goes through one function. Whether it does more than was known.
    fn look_through(
        &mut self,
        key: Key,
        through: &mut Through,
        found: &mut BTreeMap<Key, Found>,
    ) -> bool {
        let mut one = match self.body(key.0, key.1) {
            Ok(body) => self.through(key, &body, through),
            Err(_) => self.through_undecoded(key),
        };
        // What an allocator is given are its own objects, never statics.
        let callee = CoreFunc::Defined(key.0, key.1);
        if self.summaries.contains_key(&callee) {
            one.effect = Effect::default();
        }
        let before = through.effects.insert(key, one.effect.clone());
        let changed = before.unwrap_or_default() != one.effect;
        found.insert(key, one);
        changed
    }

    /// A body that is not followed: it writes through every parameter, and at every address
    /// of data that it mentions, and these are what it may return.
    fn through_undecoded(&self, key: Key) -> Found {
        let program = self.program;
        let module = program.binary.module(program.core_instance(key.0).module);
        let mentioned = module
            .defined(key.1)
            .map(|body| constants(module, body, program.binary.bytes));
        let (mut addresses, globals) = mentioned.unwrap_or_default();
        addresses.extend(globals.iter().filter_map(|g| self.immutable(key, *g)));
        let memory = self.first_memory(key.0);
        let is_data = |a: &u32| memory.is_some_and(|m| *a >= 8 && self.images.covers(m, *a));
        addresses.retain(is_data);
        let returned = Operand {
            params: u64::MAX,
            ..Operand::near(Set::of(addresses.iter().copied()))
        };
        Found {
            effect: Effect {
                written: u64::MAX,
                returned: Some(returned),
            },
            stores: addresses.into_iter().map(|a| (a, REACH)).collect(),
            ..Found::default()
        }
    }

    fn through(&self, key: Key, body: &Body, through: &mut Through) -> Found {
        let locals = body.locals as usize;
        let labels = body
            .ops
            .iter()
            .filter(|op| matches!(op, Op::Label | Op::Loop(_)))
            .count();
        if locals.saturating_mul(labels) > MAX_WORK {
            return self.through_undecoded(key);
        }
        let mut entry: Vec<Operand> = (0..body.params as usize).map(Operand::param).collect();
        entry.resize_with(locals, || Operand::constant(0));
        let mut walk = Walk::new(self, key, through);
        // Jumps back to loop heads and slots filled late need further rounds.
        for round in 0..MAX_ROUNDS {
            if !walk.run(body, &entry) {
                break;
            }
            walk.found.overflows |= round + 1 == MAX_ROUNDS;
        }
        let found = walk.found;
        match found.overflows {
            true => self.through_undecoded(key),
            false => found,
        }
    }
}
