//! Closing functions bottom-up: a function is closed when a run on unknown input resolves
//! every name that arrives in it. Only functions that are not closed are followed into
//! from their callers. Openness is sticky: once open, a function stays open.

use super::callgraph::{CallGraph, Key, behind_trampolines};
use super::engine::{Engine, Run, Stop, Summary, Watched};
use super::event::{Arrived, Event, Site, Why};
use super::source::Answer;
use super::step::{Op, Target};
use super::value::Value;
use super::world::World;
use crate::graph::{CoreFunc, Func, Program, Reach};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Steps for one function, and for all of them.
const FUEL: u64 = 200_000;
const TOTAL_FUEL: u64 = 5_000_000;
/// How often everything is gone through before what is left counts as open.
const ROUNDS: usize = 8;

/// What the analysis is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// How many things are watched; they are numbered from 0.
    pub watches: usize,
    /// Calls to the outside at which names arrive, or which matter by themselves.
    pub calls: Vec<(CoreFunc, usize, Option<super::place::Place>)>,
    /// Functions that give a list of names and values, how they answer in tries, and the
    /// watch that their lookups belong to.
    pub sources: Vec<(CoreFunc, Answer, usize)>,
    /// Functions from outside that do not return.
    pub never_return: Vec<CoreFunc>,
}

/// What the analysis found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Names and gaps, each with an example of how execution gets there.
    pub events: Vec<Event>,
    /// Functions that read a whole list of names by themselves: function, watch.
    pub readers: Vec<(Site, usize)>,
    /// Functions that were proven lookups.
    pub lookups: Vec<Site>,
}

/// Answers a question about a program of which `reach` says what can run.
pub fn analyse(program: &Program<'_, '_>, reach: &Reach, question: &Question) -> Findings {
    let mut engine = Engine::new(program);
    for (func, watch, place) in &question.calls {
        engine.watched.entry(*func).or_default().push(Watched {
            watch: *watch,
            place: place.clone(),
        });
    }
    let graph = CallGraph::new(&engine, reach);
    let sources: HashSet<CoreFunc> = question.sources.iter().map(|(f, _, _)| *f).collect();
    let interesting = graph.reaching(|_, calls| {
        let watched = |c: &CoreFunc| engine.watched.contains_key(c) || sources.contains(c);
        calls.iter().any(watched)
    });
    let mut prover = Prover {
        engine,
        reach,
        question,
        graph,
        findings: Findings::default(),
        open: HashSet::new(),
        results: BTreeMap::new(),
        spent: 0,
    };
    if interesting.is_empty() {
        return prover.findings;
    }
    let never = question.never_return.iter().copied().collect();
    prover.engine.find_returning(&prover.graph, &never);
    prover.engine.note_static_stores(&prover.graph);
    prover.engine.note_writes_through(&prover.graph);
    prover.engine.find_allocators(&prover.graph);
    prover.find_lookups(&sources);
    prover.close();
    prover.collect();
    prover.findings
}

pub(super) struct Prover<'r, 'p, 'a, 'b> {
    pub engine: Engine<'p, 'a, 'b>,
    reach: &'r Reach,
    pub question: &'r Question,
    pub graph: CallGraph,
    pub findings: Findings,
    /// Functions that are not closed.
    open: HashSet<Key>,
    /// What the last run of each function found.
    results: BTreeMap<Key, Found>,
    spent: u64,
}

/// What one run of a function found.
#[derive(Clone, Default)]
struct Found {
    events: Vec<Event>,
    unresolved: Vec<(Key, Why, Vec<Site>)>,
    /// How many functions were open when it ran.
    open_then: usize,
}

impl Found {
    fn is_closed(&self) -> bool {
        let resolved = |e: &Event| matches!(e.arrived, Arrived::Exact(_) | Arrived::Nothing);
        self.unresolved.is_empty() && self.events.iter().all(resolved)
    }
}

impl Prover<'_, '_, '_, '_> {
    /// Runs functions, callees first, until nothing new is open.
    fn close(&mut self) {
        for round in 0..ROUNDS {
            let opened = self.open.len();
            self.engine.constants_changed = false;
            for group in self.graph.groups.clone() {
                // In a group of functions that call each other, one that opens concerns the
                // others.
                for _ in 0..group.len().min(3) {
                    let before = self.open.len();
                    for key in &group {
                        self.visit(*key);
                    }
                    if self.open.len() == before {
                        break;
                    }
                }
            }
            if self.engine.constants_changed {
                self.results.clear();
                continue;
            }
            if self.open.len() == opened {
                return;
            }
            if round + 1 == ROUNDS {
                break;
            }
        }
        // No fixpoint: nothing that was found counts as closed.
        for (key, found) in &mut self.results {
            found.unresolved.push((*key, Why::Budget, vec![site(*key)]));
        }
    }

    fn visit(&mut self, key: Key) {
        if !self.concerns(key)
            || self
                .engine
                .summaries
                .contains_key(&CoreFunc::Defined(key.0, key.1))
        {
            return;
        }
        if self
            .results
            .get(&key)
            .is_some_and(|f| f.open_then == self.open.len())
        {
            return;
        }
        let mut found = self.run(key);
        found.open_then = self.open.len();
        if !found.is_closed() {
            self.open.insert(key);
            self.engine.info.entry(key).or_default().follow = true;
        }
        self.results.insert(key, found);
    }

    /// Whether a call matters: to something watched, a lookup, or a function that is open.
    fn matters(&self, callee: &CoreFunc) -> bool {
        match callee {
            CoreFunc::Defined(id, func) => {
                let summary = self.engine.summaries.get(callee);
                self.open.contains(&(*id, *func)) || matches!(summary, Some(Summary::Lookup { .. }))
            }
            CoreFunc::Lower(id) => {
                let program = self.engine.program;
                let lifted = match program.lowers[id.index()].func {
                    Func::Lift(lift) => self.matters(&program.lifts[lift.index()].func),
                    _ => false,
                };
                lifted || self.engine.watched.contains_key(callee)
            }
            other => self.engine.watched.contains_key(other),
        }
    }

    /// The instructions of a function from which a call that matters can be reached.
    fn live(&mut self, key: Key) -> Option<Rc<[bool]>> {
        let body = self.engine.body(key.0, key.1).ok()?;
        let program = self.engine.program;
        let module_id = program.core_instance(key.0).module;
        let matters = |op: &Op| match op {
            Op::Call(callee) => {
                self.matters(&behind_trampolines(program, program.func(key.0, *callee)))
            }
            Op::CallIndirect(_, ty) => program
                .address_taken()
                .iter()
                .any(|e| program.same_type(module_id, *ty, e) && self.matters(&e.func)),
            _ => false,
        };
        let mut live: Vec<bool> = body.ops.iter().map(matters).collect();
        // Backwards, until loops settle.
        loop {
            let mut changed = false;
            for pc in (0..body.ops.len()).rev() {
                if live[pc] {
                    continue;
                }
                let next = || live.get(pc + 1).copied().unwrap_or(false);
                let at = |t: &Target| live[t.pc as usize];
                let reaches = match &body.ops[pc] {
                    Op::Return | Op::Unreachable => false,
                    Op::Jump(target) => at(target),
                    Op::JumpIf(target) | Op::JumpUnless(target) => at(target) || next(),
                    Op::JumpTable(targets) => targets.iter().any(at),
                    _ => next(),
                };
                live[pc] = reaches;
                changed |= reaches;
            }
            if !changed {
                return Some(live.into());
            }
        }
    }

    /// Whether a run of the function could find anything.
    fn concerns(&mut self, key: Key) -> bool {
        let calls = &self.graph.calls[&key];
        if calls.iter().any(|c| self.matters(c)) {
            return true;
        }
        let program = self.engine.program;
        let module_id = program.core_instance(key.0).module;
        let module = program.binary.module(module_id);
        let Some(body) = module.defined(key.1) else {
            return false;
        };
        if module.scan.trampoline(body).is_some() {
            return false;
        }
        let indirect = module.scan.indirect_calls(body);
        if indirect.is_empty() && !module.scan.calls_ref(body) {
            return false;
        }
        program.address_taken().iter().any(|entry| {
            let typed = indirect
                .iter()
                .any(|c| program.same_type(module_id, c.ty, entry));
            (typed || module.scan.calls_ref(body)) && self.matters(&entry.func)
        })
    }

    fn run(&mut self, key: Key) -> Found {
        let fuel = FUEL.min(TOTAL_FUEL.saturating_sub(self.spent));
        let mut run = Run::new(fuel);
        run.live = self.live(key);
        let program = self.engine.program;
        let module = program.binary.module(program.core_instance(key.0).module);
        let params = module.signature(key.1).map_or(0, |s| s.params.len());
        let args: Vec<Value> = (0..params)
            .map(|_| self.engine.symbols.fresh_value(true))
            .collect();
        let globals = self.engine.entry_globals();
        let result = self
            .engine
            .execute(key.0, key.1, args, World::new(globals), &mut run);
        self.spent += fuel - run.fuel;
        let mut found = Found {
            events: run.events,
            unresolved: run.unresolved,
            open_then: 0,
        };
        found.events.sort();
        found.events.dedup();
        if let Err(stop) = result {
            let why = match stop {
                Stop::Fuel => Why::Budget,
                Stop::Opaque(why) => why,
            };
            found.unresolved.push((key, why, vec![site(key)]));
        }
        found.unresolved.sort();
        found.unresolved.dedup();
        found
    }

    /// Puts together what holds for every execution: what closed functions found, and what
    /// open functions found that nobody follows into.
    fn collect(&mut self) {
        let roots = self.roots();
        let mut events: BTreeSet<Event> = BTreeSet::new();
        let results = std::mem::take(&mut self.results);
        for (key, found) in &results {
            let closed = !self.open.contains(key);
            if !closed && !roots.contains(key) {
                continue;
            }
            events.extend(found.events.iter().cloned());
            for (callee, why, trail) in &found.unresolved {
                for watch in self.open_watches(*callee, *why, &results) {
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

    /// The watches for which a function that was not followed is open.
    fn open_watches(&self, key: Key, why: Why, results: &BTreeMap<Key, Found>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut todo = vec![(key, why)];
        while let Some((key, why)) = todo.pop() {
            // A run that was given up leaves everything below open; the others say what.
            let given_up = !matches!(why, Why::IndirectCall | Why::OtherInstance);
            let Some(result) = results.get(&key).filter(|_| !given_up) else {
                found.extend(self.watches_below(key));
                continue;
            };
            if !seen.insert(key) {
                continue;
            }
            let open = |e: &&Event| matches!(e.arrived, Arrived::Unknown(_) | Arrived::Prefix(_));
            found.extend(result.events.iter().filter(open).map(|e| e.watch));
            todo.extend(
                result
                    .unresolved
                    .iter()
                    .map(|(callee, why, _)| (*callee, *why)),
            );
        }
        found
    }

    /// Functions that something else than a followed call enters.
    fn roots(&self) -> HashSet<Key> {
        let mut entered: HashSet<Key> = HashSet::new();
        for callees in self.graph.calls.values() {
            for callee in callees {
                if let CoreFunc::Defined(id, func) = callee {
                    entered.insert((*id, *func));
                }
            }
        }
        let program = self.engine.program;
        let mut roots: HashSet<Key> = self
            .graph
            .functions
            .iter()
            .copied()
            .filter(|key| !entered.contains(key))
            .collect();
        for func in program.entries() {
            if let CoreFunc::Defined(id, func) = func {
                roots.insert((id, func));
            }
        }
        // What lies between instances is not followed: the callee stands for itself.
        for lower in &program.lowers {
            if let Func::Lift(lift) = lower.func
                && let CoreFunc::Defined(id, func) = program.lifts[lift.index()].func
            {
                roots.insert((id, func));
            }
        }
        let _ = self.reach;
        roots
    }

    /// The watches that calls below a function concern.
    fn watches_below(&self, key: Key) -> BTreeSet<usize> {
        let mut seen: HashSet<Key> = HashSet::new();
        let mut todo = vec![key];
        let mut found = BTreeSet::new();
        let mut opened_tables = false;
        while let Some(key) = todo.pop() {
            if !seen.insert(key) {
                continue;
            }
            for callee in self.graph.calls.get(&key).into_iter().flatten() {
                if let Some(Summary::Lookup { watch, .. }) = self.engine.summaries.get(callee) {
                    found.insert(*watch);
                    continue;
                }
                if let Some(watched) = self.engine.watched.get(callee) {
                    found.extend(watched.iter().map(|w| w.watch));
                }
                if let CoreFunc::Defined(id, func) = callee {
                    todo.push((*id, *func));
                }
            }
            let program = self.engine.program;
            let module = program.binary.module(program.core_instance(key.0).module);
            let indirect = module
                .defined(key.1)
                .is_some_and(|b| !module.scan.indirect_calls(b).is_empty());
            if indirect && !opened_tables {
                opened_tables = true;
                for entry in program.address_taken() {
                    if let CoreFunc::Defined(id, func) = entry.func
                        && self.open.contains(&(id, func))
                    {
                        todo.push((id, func));
                    }
                }
            }
        }
        found
    }
}

pub(super) fn site(key: Key) -> Site {
    Site {
        instance: key.0,
        func: key.1,
        offset: 0,
    }
}

/// Every question has numbered answers; those of one watch.
pub fn by_watch(findings: &Findings) -> HashMap<usize, Vec<&Event>> {
    let mut found: HashMap<usize, Vec<&Event>> = HashMap::new();
    for event in &findings.events {
        found.entry(event.watch).or_default().push(event);
    }
    found
}
