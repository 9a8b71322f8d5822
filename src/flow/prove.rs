//! Closing functions bottom-up: a function is closed when a run on unknown input resolves
//! every name that arrives in it. Only functions that are not closed are followed into
//! from their callers. Openness is sticky: once open, a function stays open.

use super::callgraph::{CallGraph, Key};
use super::engine::{Engine, Run, Stop, Watched};
use super::event::{Arrived, Event, Site, Why};
use super::handles::GivenAt;
use super::leak::{LeakQuestion, Leaks};
use super::source::Answer;
use super::value::Value;
use super::world::World;
use crate::binary::{FuncId, TypeId};
use crate::graph::{CoreFunc, CoreInstanceId, InstanceId, Program, Reach};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Steps for one function, and for all of them.
const FUEL: u64 = 300_000;
const TOTAL_FUEL: u64 = 4_000_000;
/// How often everything is gone through before what is left counts as open.
const ROUNDS: usize = 8;

/// How often a function is run that runs out of its budget.
const TRIES: u32 = 3;

/// What one finding costs, in steps: findings are kept, sorted and compared.
const PER_FINDING: u64 = 20;

/// What the analysis is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Calls to the outside at which names arrive, or which matter by themselves.
    pub calls: Vec<(CoreFunc, usize, Option<super::place::Place>)>,
    /// Functions that give a list of names and values, how they answer in tries, and the
    /// watch that their lookups belong to.
    pub sources: Vec<(CoreFunc, Answer, usize)>,
    /// Functions from outside that do not return.
    pub never_return: Vec<CoreFunc>,
    /// Functions that give a handle for the name they are called with, or for this one.
    pub handles: Vec<(CoreFunc, GivenAt, Option<String>)>,
    /// Functions that are called for a handle: the core parameter that holds it. What arrives
    /// at them is the name that the handle stands for.
    pub handle_calls: Vec<(CoreFunc, usize)>,
    /// Component instances whose code is not looked at: what it calls in other instances is
    /// called with anything.
    pub opaque: BTreeSet<InstanceId>,
    /// Whether names should say where their bytes come from.
    pub evidence: bool,
    /// Whether functions are followed from every entry instead of being closed one by one.
    pub plain: bool,
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
    /// Functions that only calls which do not come back lead to, and these themselves: what
    /// runs there is on the way to the end of the program.
    pub ending: HashSet<(CoreInstanceId, FuncId)>,
}

/// Answers a question about a program of which `reach` says what can run.
pub fn analyse<'r>(
    program: &Program<'_, '_>,
    reach: &'r Reach,
    question: &'r Question,
) -> Findings {
    let mut engine = Engine::new(program);
    engine.recorder.on = question.evidence;
    for (func, at, label) in &question.handles {
        let given = (*at, label.clone());
        engine.handles.gives.insert(*func, given);
    }
    engine.handles.takes = question.handle_calls.iter().copied().collect();
    for (func, watch, place) in &question.calls {
        engine.watched.entry(*func).or_default().push(Watched {
            watch: *watch,
            place: place.clone(),
        });
    }
    let graph = CallGraph::new(&engine, reach, &question.opaque);
    let sources: HashSet<CoreFunc> = question.sources.iter().map(|(f, _, _)| *f).collect();
    let interesting = graph.reaching(|_, calls| {
        let watched = |c: &CoreFunc| engine.watched.contains_key(c) || sources.contains(c);
        calls.iter().any(watched)
    });
    let mut prover = Prover::new(engine, graph, reach, question);
    if interesting.is_empty() {
        return prover.findings;
    }
    prover.prepare(&sources);
    match question.plain {
        true => prover.follow_all(),
        false => prover.close(),
    }
    prover.collect();
    prover.findings.ending = prover.engine.find_ending(&prover.graph);
    prover.findings
}

/// Where secrets can go in a program. The question about names says which functions look
/// things up and which do not come back.
pub fn leaks(
    program: &Program<'_, '_>,
    reach: &Reach,
    question: &Question,
    secrets: &LeakQuestion,
) -> Leaks {
    let engine = Engine::new(program);
    let graph = CallGraph::new(&engine, reach, &BTreeSet::new());
    let sources: HashSet<CoreFunc> = question.sources.iter().map(|(f, _, _)| *f).collect();
    let mut prover = Prover::new(engine, graph, reach, question);
    prover.prepare(&sources);
    super::leak::trace(&mut prover.engine, &prover.graph, reach, secrets)
}

pub(super) struct Prover<'r, 'p, 'a, 'b> {
    pub engine: Engine<'p, 'a, 'b>,
    pub question: &'r Question,
    pub reach: &'r Reach,
    pub graph: CallGraph,
    pub findings: Findings,
    /// What the last run of each function found.
    pub results: BTreeMap<Key, Found>,
    spent: u64,
    /// Functions that pointers may lead to.
    pointed_at: HashSet<Key>,
    /// Answers of [`Prover::watches_below`].
    pub below: std::cell::RefCell<HashMap<Key, BTreeSet<usize>>>,
}

/// What one run of a function found.
#[derive(Clone, Default)]
pub(super) struct Found {
    pub events: Vec<Event>,
    pub unresolved: Vec<(Key, Why, Vec<Site>)>,
    /// How many functions were open when it ran.
    open_then: usize,
    /// Functions of which it mattered whether they are open, and whether types of pointers
    /// did.
    asked: HashSet<Key>,
    asked_pointers: bool,
}

impl Found {
    fn is_closed(&self) -> bool {
        let resolved = |e: &Event| matches!(e.arrived, Arrived::Exact(_) | Arrived::Nothing);
        self.unresolved.is_empty() && self.events.iter().all(resolved)
    }
}

impl<'r, 'p, 'a, 'b> Prover<'r, 'p, 'a, 'b> {
    fn new(
        engine: Engine<'p, 'a, 'b>,
        graph: CallGraph,
        reach: &'r Reach,
        question: &'r Question,
    ) -> Self {
        Prover {
            pointed_at: pointed_at(engine.program),
            engine,
            question,
            reach,
            graph,
            findings: Findings::default(),
            results: BTreeMap::new(),
            spent: 0,
            below: Default::default(),
        }
    }

    /// Finds what functions do as a whole, and which data is no constant.
    fn prepare(&mut self, sources: &HashSet<CoreFunc>) {
        self.engine.never_return = self.question.never_return.iter().copied().collect();
        for (func, answer, _) in &self.question.sources {
            self.engine.answers.insert(*func, *answer);
        }
        self.engine.find_returning(&self.graph);
        self.engine.run_starts(&self.graph);
        self.engine.find_allocators(&self.graph);
        self.engine.find_bump_allocators(&self.graph);
        self.engine.note_static_stores(&self.graph);
        self.engine.note_writes_through(&self.graph);
        self.find_lookups(sources);
    }
}

impl Prover<'_, '_, '_, '_> {
    /// Runs functions, callees first, until nothing new is open.
    fn close(&mut self) {
        for round in 0..ROUNDS {
            let opened = self.engine.openness.opened.len();
            self.engine.constants_changed = false;
            for group in self.graph.groups.clone() {
                // In a group of functions that call each other, one that opens concerns the
                // others.
                for _ in 0..group.len().min(3) {
                    let before = self.engine.openness.opened.len();
                    for key in &group {
                        self.visit(*key);
                    }
                    if self.engine.openness.opened.len() == before {
                        break;
                    }
                }
            }
            if self.engine.constants_changed {
                self.results.clear();
                continue;
            }
            if self.engine.openness.opened.len() == opened {
                return;
            }
            if round + 1 == ROUNDS {
                break;
            }
        }
        self.give_up();
    }

    /// The plain method: every function counts as open and is followed, from the entries, by
    /// one run for each, of which nothing is left out.
    fn follow_all(&mut self) {
        for key in self.graph.functions.clone() {
            self.engine.open(key);
        }
        for _ in 0..ROUNDS {
            self.engine.constants_changed = false;
            self.results.clear();
            for key in self.roots() {
                let func = CoreFunc::Defined(key.0, key.1);
                let known = self.engine.summaries.contains_key(&func);
                if !known && !self.engine.run_once.contains(&key) {
                    let found = self.run(key);
                    self.results.insert(key, found);
                }
            }
            if !self.engine.constants_changed {
                return;
            }
        }
        self.give_up();
    }

    /// No fixpoint: nothing that was found counts as closed.
    fn give_up(&mut self) {
        for (key, found) in &mut self.results {
            found.unresolved.push((*key, Why::Budget, vec![site(*key)]));
        }
    }

    fn visit(&mut self, key: Key) {
        if !self.concerns(key)
            || self.engine.run_once.contains(&key)
            || self
                .engine
                .summaries
                .contains_key(&CoreFunc::Defined(key.0, key.1))
        {
            return;
        }
        let known = self.results.get(&key);
        // What was given up stays a gap, and is not tried for ever.
        let info = self.engine.info.get(&key);
        let exhausted = info.is_some_and(|i| i.exhausted >= TRIES);
        if known.is_some_and(|f| exhausted || !self.is_stale(f)) {
            return;
        }
        self.engine.openness.asked.clear();
        self.engine.openness.asked_pointers = false;
        let opened = self.engine.openness.opened.len();
        let mut found = self.run(key);
        found.open_then = opened;
        found.asked = std::mem::take(&mut self.engine.openness.asked);
        found.asked_pointers = self.engine.openness.asked_pointers;
        if !found.is_closed() {
            self.engine.open(key);
        }
        self.results.insert(key, found);
    }

    /// Whether a run asked about a function that was opened since.
    fn is_stale(&self, found: &Found) -> bool {
        let since = self.engine.openness.opened.get(found.open_then..);
        let mut since = since.unwrap_or(&[]).iter();
        since.any(|key| {
            let pointed_at = found.asked_pointers && self.pointed_at.contains(key);
            pointed_at || found.asked.contains(key)
        })
    }

    /// Whether a run of the function could find anything.
    fn concerns(&mut self, key: Key) -> bool {
        let calls = &self.graph.calls[&key];
        if calls.iter().any(|c| self.engine.matters(c)) {
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
        if module.scan.calls_ref(body) {
            return program
                .address_taken()
                .iter()
                .any(|e| self.engine.matters(&e.func));
        }
        let types: BTreeSet<TypeId> = indirect.iter().map(|c| c.ty).collect();
        types
            .into_iter()
            .any(|ty| self.engine.pointer_matters(module_id, ty))
    }

    fn run(&mut self, key: Key) -> Found {
        let fuel = FUEL.min(TOTAL_FUEL.saturating_sub(self.spent));
        let mut run = Run::new(fuel);
        run.last = !self.question.plain;
        let program = self.engine.program;
        let module = program.binary.module(program.core_instance(key.0).module);
        let params = module.signature(key.1).map_or(0, |s| s.params.len());
        let args: Vec<Value> = (0..params)
            .map(|_| self.engine.symbols.fresh_value(true))
            .collect();
        let globals = self.engine.entry_globals();
        let mut world = World::new(globals);
        self.engine.bound_lengths(key.0, key.1, &args, &mut world);
        let result = self.engine.execute(key.0, key.1, args, world, &mut run);
        self.spent += fuel - run.fuel + run.found() as u64 * PER_FINDING;
        let mut found = Found {
            events: run.events,
            unresolved: run.unresolved,
            ..Found::default()
        };
        found.events.sort();
        found.events.dedup();
        if let Err(stop) = result {
            let why = match stop {
                Stop::Fuel => {
                    self.engine.info.entry(key).or_default().exhausted += 1;
                    Why::Budget
                }
                Stop::Opaque(why) => why,
            };
            found.unresolved.push((key, why, vec![site(key)]));
        }
        found.unresolved.sort();
        found.unresolved.dedup();
        found
    }
}

/// Functions that pointers may lead to, what stands behind trampolines included.
fn pointed_at(program: &Program<'_, '_>) -> HashSet<Key> {
    let entries = program.address_taken().iter();
    let both = entries.flat_map(|e| [e.func, program.behind_trampolines(e.func)]);
    let lifted = program.lifts.iter().map(|lift| lift.func);
    both.chain(lifted)
        .filter_map(|func| match func {
            CoreFunc::Defined(id, func) => Some((id, func)),
            _ => None,
        })
        .collect()
}

pub(super) fn site(key: Key) -> Site {
    Site {
        instance: key.0,
        func: key.1,
        offset: 0,
    }
}
