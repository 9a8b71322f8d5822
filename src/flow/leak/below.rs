//! What calls below a function can come to, from the call graph alone.

use super::super::callgraph::CallGraph;
use super::machine::Key;
use super::question::{Gives, LeakQuestion};
use crate::binary::{TableId, TypeId};
use crate::graph::{CoreFunc, CoreInstanceId, Func, Program, Resource};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// What can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Ways out.
    pub sinks: BTreeSet<usize>,
    /// Whether a secret, or a handle of one, may come in.
    pub source: bool,
    /// Whether code of other instances may run.
    pub crosses: bool,
}

pub(super) struct Below {
    calls: HashMap<Key, Rc<Vec<CoreFunc>>>,
    /// What of these is only called through a table.
    through_tables: HashMap<Key, HashSet<CoreFunc>>,
    /// Answers of [`Below::reveals`], by the functions in progress that matter.
    revealing: RefCell<HashMap<(CoreFunc, Vec<Key>), bool>>,
    of_host: HashMap<CoreFunc, Reach>,
    known: RefCell<HashMap<CoreFunc, Rc<Reach>>>,
}

impl Below {
    pub(super) fn new(
        program: &Program<'_, '_>,
        graph: &CallGraph,
        question: &LeakQuestion,
    ) -> Below {
        let mut of_host: HashMap<CoreFunc, Reach> = HashMap::new();
        for sink in &question.sinks {
            let reach = of_host.entry(sink.func).or_default();
            reach.sinks.extend(sink.sinks.iter().map(|(_, sink)| *sink));
        }
        for (func, gives) in &question.sources {
            // A value without declared names is none.
            if !matches!(gives, Gives::Value(_, names) if names.is_empty()) {
                of_host.entry(*func).or_default().source = true;
            }
        }
        // Through streams and tasks things get to where others take them on.
        for (index, builtin) in program.builtins.iter().enumerate() {
            let sends = builtin.name.contains("stream") || builtin.name.contains("future");
            let func = CoreFunc::Builtin(crate::graph::BuiltinId::from_index(index));
            let reach = of_host.entry(func).or_default();
            if sends {
                reach.sinks.extend(question.streams.iter().copied());
            }
            if builtin.name.starts_with("task") {
                reach.sinks.extend(question.exports);
            }
        }
        let mut by_type: HashMap<(CoreInstanceId, TableId, TypeId), Rc<Vec<CoreFunc>>> =
            HashMap::new();
        let mut calls = HashMap::new();
        let mut through_tables: HashMap<Key, HashSet<CoreFunc>> = HashMap::new();
        for key in &graph.functions {
            let direct: BTreeSet<CoreFunc> = graph.calls[key].iter().copied().collect();
            let mut called = direct.clone();
            let id = program.core_instance(key.0).module;
            let module = program.binary.module(id);
            if let Some(body) = module.defined(key.1) {
                if module.scan.calls_ref(body) {
                    let all = program.address_taken().iter();
                    called.extend(all.map(|e| program.behind_trampolines(e.func)));
                }
                for call in module.scan.indirect_calls(body) {
                    let fitting = by_type
                        .entry((key.0, call.table, call.ty))
                        .or_insert_with(|| Rc::new(fitting(program, key.0, call.table, call.ty)));
                    called.extend(fitting.iter().copied());
                }
            }
            let tables = called.difference(&direct).copied().collect();
            through_tables.insert(*key, tables);
            // Dropping a handle runs the destructor.
            let drops: Vec<CoreFunc> = called
                .iter()
                .filter_map(|callee| destructor(program, *callee))
                .collect();
            called.extend(drops);
            let lifted: Vec<CoreFunc> = called
                .iter()
                .filter_map(|callee| match callee {
                    CoreFunc::Lower(id) => match program.lowers[id.index()].func {
                        Func::Lift(lift) => Some(&program.lifts[lift.index()]),
                        _ => None,
                    },
                    _ => None,
                })
                .flat_map(|lift| {
                    let options = &lift.options;
                    [Some(lift.func), options.callback, options.post_return]
                })
                .flatten()
                .map(|func| program.behind_trampolines(func))
                .collect();
            called.extend(lifted);
            calls.insert(*key, Rc::new(called.into_iter().collect()));
        }
        Below {
            through_tables,
            revealing: RefCell::default(),
            calls,
            of_host,
            known: RefCell::default(),
        }
    }

    /// Whether a secret may come in below a function, if tables do not lead to functions that
    /// are in progress.
    pub(super) fn reveals(
        &self,
        program: &Program<'_, '_>,
        func: CoreFunc,
        active: &[Key],
    ) -> bool {
        let mut active: Vec<Key> = active.to_vec();
        active.sort_unstable();
        active.dedup();
        // Only those that lead to a secret make a difference.
        active.retain(|(id, func)| self.of(program, CoreFunc::Defined(*id, *func)).source);
        let func = program.behind_trampolines(func);
        if let Some(known) = self.revealing.borrow().get(&(func, active.clone())) {
            return *known;
        }
        let running = |func: &CoreFunc| match func {
            CoreFunc::Defined(id, func) => active.contains(&(*id, *func)),
            _ => false,
        };
        let mut found = false;
        // Whether a table is on the way counts: what is called directly is called.
        let mut seen: HashSet<(CoreFunc, bool)> = HashSet::new();
        let mut todo = vec![(func, false)];
        while let Some((func, by_table)) = todo.pop() {
            if by_table && running(&func) || !seen.insert((func, by_table)) {
                continue;
            }
            if self.of_host.get(&func).is_some_and(|reach| reach.source) {
                found = true;
                break;
            }
            match func {
                CoreFunc::Defined(id, index) => {
                    let tables = self.through_tables.get(&(id, index));
                    for callee in self
                        .calls
                        .get(&(id, index))
                        .into_iter()
                        .flat_map(|c| c.iter())
                    {
                        let indirect = tables.is_some_and(|t| t.contains(callee));
                        todo.push((*callee, by_table || indirect));
                    }
                }
                CoreFunc::Lower(id) => {
                    if let Func::Lift(lift) = program.lowers[id.index()].func {
                        let lift = &program.lifts[lift.index()];
                        todo.push((program.behind_trampolines(lift.func), by_table));
                        todo.extend(lift.options.callback.map(|f| (f, by_table)));
                        todo.extend(lift.options.post_return.map(|f| (f, by_table)));
                    }
                }
                _ => {}
            }
        }
        self.revealing.borrow_mut().insert((func, active), found);
        found
    }

    /// What a call of a function can come to.
    pub(super) fn of(&self, program: &Program<'_, '_>, func: CoreFunc) -> Rc<Reach> {
        let func = program.behind_trampolines(func);
        if let Some(known) = self.known.borrow().get(&func) {
            return Rc::clone(known);
        }
        let mut reach = Reach::default();
        let mut seen: HashSet<CoreFunc> = HashSet::new();
        let mut todo = vec![func];
        while let Some(func) = todo.pop() {
            if !seen.insert(func) {
                continue;
            }
            if let Some(more) = self.of_host.get(&func) {
                reach.sinks.extend(more.sinks.iter().copied());
                reach.source |= more.source;
            }
            match func {
                CoreFunc::Defined(id, index) => {
                    let calls = self.calls.get(&(id, index));
                    todo.extend(calls.into_iter().flat_map(|c| c.iter().copied()));
                }
                CoreFunc::Lower(id) => {
                    if let Func::Lift(lift) = program.lowers[id.index()].func {
                        reach.crosses = true;
                        let lift = &program.lifts[lift.index()];
                        todo.push(program.behind_trampolines(lift.func));
                        todo.extend(lift.options.callback);
                        todo.extend(lift.options.post_return);
                    }
                }
                _ => {}
            }
        }
        let reach = Rc::new(reach);
        self.known.borrow_mut().insert(func, Rc::clone(&reach));
        reach
    }
}

/// Functions that a call through a table may reach, whatever the index is.
pub(super) fn fitting(
    program: &Program<'_, '_>,
    id: CoreInstanceId,
    table: TableId,
    ty: TypeId,
) -> Vec<CoreFunc> {
    let instance = program.core_instance(id);
    let table = instance.tables.get(table.index()).copied().flatten();
    let state = table
        .map(|t| &program.tables[t.index()])
        .filter(|t| t.exact);
    let fits = |e: &&crate::graph::TableEntry| program.same_type(instance.module, ty, e);
    let mut found: Vec<CoreFunc> = match state {
        Some(state) => state.slots.values().filter(fits).map(|e| e.func).collect(),
        None => program
            .address_taken()
            .iter()
            .filter(fits)
            .map(|e| e.func)
            .collect(),
    };
    for func in &mut found {
        *func = program.behind_trampolines(*func);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The destructor that a built-in for dropping a handle calls.
pub(super) fn destructor(program: &Program<'_, '_>, func: CoreFunc) -> Option<CoreFunc> {
    let CoreFunc::Builtin(id) = func else {
        return None;
    };
    let builtin = &program.builtins[id.index()];
    let drops = builtin.name.starts_with("resource.drop");
    match builtin.resource.map(|r| &program.resources[r.index()]) {
        Some(Resource::Defined { dtor, .. }) if drops => {
            dtor.map(|dtor| program.behind_trampolines(dtor))
        }
        _ => None,
    }
}
