//! From what runs of functions found to what holds for the program.

use super::callgraph::Key;
use super::engine::Summary;
use super::event::{Arrived, Event, Why};
use super::prove::{Found, Prover};
use crate::graph::{CoreFunc, Func, LiftId, LowerId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many gaps of one kind are told per function.
const EXAMPLES: usize = 8;

impl Prover<'_, '_, '_, '_> {
    /// Puts together what holds for every execution: what closed functions found, and what
    /// open functions found that nobody follows into.
    pub(super) fn collect(&mut self) {
        let roots = self.roots();
        let mut events: BTreeSet<Event> = BTreeSet::new();
        let results = std::mem::take(&mut self.results);
        let open = self.open_watches(&results);
        for (key, found) in &results {
            let info = self.engine.info.get(key).copied().unwrap_or_default();
            let counts = !info.follow || info.skipped || roots.contains(key);
            if !counts {
                continue;
            }
            events.extend(found.events.iter().cloned());
            let mut told: HashMap<(usize, Why), usize> = HashMap::new();
            for (callee, why, trail) in &found.unresolved {
                let watches = match is_given_up(*why) {
                    true => self.watches_below(*callee),
                    false => match open.get(callee) {
                        Some(watches) => watches.clone(),
                        None => self.watches_below(*callee),
                    },
                };
                for watch in watches {
                    let count = told.entry((watch, *why)).or_default();
                    *count += 1;
                    if *count > EXAMPLES {
                        continue;
                    }
                    events.insert(Event {
                        watch,
                        caller: self.engine.program.core_instance(callee.0).owner,
                        arrived: Arrived::Unknown(*why),
                        certain: true,
                        trail: trail.clone(),
                    });
                }
            }
        }
        self.findings.events = events.into_iter().collect();
    }

    /// For each function that ran, the watches for which it is open: those of names that did
    /// not resolve, and of the functions it could not follow.
    fn open_watches(&self, results: &BTreeMap<Key, Found>) -> HashMap<Key, BTreeSet<usize>> {
        let unresolved = |e: &&Event| matches!(e.arrived, Arrived::Unknown(_) | Arrived::Prefix(_));
        let mut open: HashMap<Key, BTreeSet<usize>> = HashMap::new();
        let mut edges: BTreeSet<(Key, Key)> = BTreeSet::new();
        for (key, found) in results {
            let watches = open.entry(*key).or_default();
            watches.extend(found.events.iter().filter(unresolved).map(|e| e.watch));
            for (callee, why, _) in &found.unresolved {
                match is_given_up(*why) || !results.contains_key(callee) {
                    true => watches.extend(self.watches_below(*callee)),
                    false => {
                        edges.insert((*key, *callee));
                    }
                }
            }
        }
        loop {
            let mut changed = false;
            for (key, callee) in &edges {
                let more = open.get(callee).cloned().unwrap_or_default();
                let watches = open.entry(*key).or_default();
                let before = watches.len();
                watches.extend(more);
                changed |= watches.len() != before;
            }
            if !changed {
                return open;
            }
        }
    }

    /// Functions that something else than a followed call enters.
    pub(super) fn roots(&self) -> BTreeSet<Key> {
        let mut entered: HashSet<Key> = HashSet::new();
        for callees in self.graph.calls.values() {
            for callee in callees {
                if let CoreFunc::Defined(id, func) = callee {
                    entered.insert((*id, *func));
                }
            }
        }
        let program = self.engine.program;
        entered.extend(self.in_tables());
        let mut roots: BTreeSet<Key> = self
            .graph
            .functions
            .iter()
            .copied()
            .filter(|key| !entered.contains(key))
            .collect();
        let inner = self.followed_lifts();
        for func in program.entries() {
            if let CoreFunc::Defined(id, index) = func
                && !inner.contains(&func)
            {
                roots.insert((id, index));
            }
        }
        roots
    }

    /// Lifted functions that only other instances call, and only by calls that are followed.
    fn followed_lifts(&self) -> HashSet<CoreFunc> {
        let program = self.engine.program;
        let mut inner: HashSet<CoreFunc> = HashSet::new();
        let mut outer: HashSet<CoreFunc> = HashSet::new();
        for (index, lift) in program.lifts.iter().enumerate() {
            match self.reach.entered(LiftId::from_index(index)) {
                true => outer.insert(lift.func),
                false => inner.insert(lift.func),
            };
        }
        for (index, lower) in program.lowers.iter().enumerate() {
            let id = LowerId::from_index(index);
            let opaque = self.question.opaque.contains(&lower.instance);
            let followed = !opaque && self.engine.crossings.get(&id).is_some_and(Option::is_some);
            if let Func::Lift(lift) = lower.func
                && self.reach.lower_runs(id)
                && !followed
            {
                outer.insert(program.lifts[lift.index()].func);
            }
        }
        inner.retain(|func| !outer.contains(func));
        inner
    }

    /// Functions that tables hold of which only code in the file calls entries: each such
    /// call was followed, or is a gap.
    fn in_tables(&self) -> HashSet<Key> {
        let program = self.engine.program;
        let calls = |b: &crate::graph::BuiltinUse| {
            b.calls_table.is_some() || b.calls_ref || b.calls_unknown
        };
        if program.tables.iter().any(|t| !t.exact) || program.builtins.iter().any(calls) {
            return HashSet::new();
        }
        let entries = program.tables.iter().flat_map(|t| t.slots.values());
        let keys = entries.filter_map(|entry| match entry.func {
            CoreFunc::Defined(id, func) => Some((id, func)),
            _ => None,
        });
        keys.collect()
    }

    /// The watches that a call of a function concerns by itself.
    fn watches_of(&self, callee: &CoreFunc) -> Vec<usize> {
        match self.engine.summaries.get(callee) {
            Some(Summary::Lookup { watch, .. }) => vec![*watch],
            _ => {
                let watched = self.engine.watched.get(callee);
                watched.into_iter().flatten().map(|w| w.watch).collect()
            }
        }
    }

    /// The watches that calls below a function concern.
    fn watches_below(&self, key: Key) -> BTreeSet<usize> {
        if let Some(known) = self.below.borrow().get(&key) {
            return known.clone();
        }
        let found = self.find_watches_below(key);
        self.below.borrow_mut().insert(key, found.clone());
        found
    }

    fn find_watches_below(&self, key: Key) -> BTreeSet<usize> {
        let mut seen: HashSet<Key> = HashSet::new();
        let mut todo = vec![key];
        let mut found = BTreeSet::new();
        let mut opened_tables = false;
        while let Some(key) = todo.pop() {
            if !seen.insert(key) {
                continue;
            }
            for callee in self.graph.calls.get(&key).into_iter().flatten() {
                found.extend(self.watches_of(callee));
                if let CoreFunc::Defined(id, func) = callee {
                    todo.push((*id, *func));
                }
            }
            let program = self.engine.program;
            let module = program.binary.module(program.core_instance(key.0).module);
            let through_pointer = module.defined(key.1).is_some_and(|b| {
                !module.scan.indirect_calls(b).is_empty() || module.scan.calls_ref(b)
            });
            if through_pointer && !std::mem::replace(&mut opened_tables, true) {
                for entry in program.address_taken() {
                    if let CoreFunc::Defined(id, func) = entry.func {
                        todo.push((id, func));
                    }
                    found.extend(self.watches_of(&entry.func));
                }
            }
        }
        found
    }
}

/// Whether a run ended before it could say for what a function is open.
fn is_given_up(why: Why) -> bool {
    !matches!(why, Why::IndirectCall | Why::OtherInstance)
}
