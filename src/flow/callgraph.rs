//! Who calls whom, who can return, and an order in which callees come first.

use super::engine::Engine;
use super::step::Op;
use crate::binary::{FuncId, ModuleId, TypeId};
use crate::graph::{CoreFunc, CoreInstanceId, Func, InstanceId, Reach};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A function with a body, in one instance.
pub(crate) type Key = (CoreInstanceId, FuncId);

/// Calls between reachable functions.
pub(crate) struct CallGraph {
    /// Reachable functions with bodies.
    pub functions: Vec<Key>,
    /// What each calls, with or without a body, through whatever lies between instances.
    pub calls: HashMap<Key, Vec<CoreFunc>>,
    /// Groups of functions that call each other, callees first.
    pub groups: Vec<Vec<Key>>,
}

impl CallGraph {
    pub(crate) fn new(
        engine: &Engine<'_, '_, '_>,
        reach: &Reach,
        opaque: &BTreeSet<InstanceId>,
    ) -> CallGraph {
        let program = engine.program;
        let mut functions = Vec::new();
        let mut calls: HashMap<Key, Vec<CoreFunc>> = HashMap::new();
        for (index, instance) in program.core_instances.iter().enumerate() {
            if opaque.contains(&instance.owner) {
                continue;
            }
            let id = program.core_instance_id(index);
            let module = program.binary.module(instance.module);
            for body in 0..module.bodies.len() {
                let func = module.func_of_body(body);
                if !reach.runs(program, id, func) {
                    continue;
                }
                let mut called: Vec<CoreFunc> = Vec::new();
                for callee in module.scan.calls(body) {
                    called.push(program.behind_trampolines(program.func(id, *callee)));
                }
                // A call to another instance is a call to what it lifts.
                for position in 0..called.len() {
                    if let CoreFunc::Lower(lower) = called[position]
                        && let Func::Lift(lift) = program.lowers[lower.index()].func
                    {
                        called.push(program.lifts[lift.index()].func);
                    }
                }
                functions.push((id, func));
                calls.insert((id, func), called);
            }
        }
        let groups = groups(&functions, &calls);
        CallGraph {
            functions,
            calls,
            groups,
        }
    }

    /// Callers of every function with a body.
    pub(crate) fn callers(&self) -> HashMap<Key, Vec<Key>> {
        let mut callers: HashMap<Key, Vec<Key>> = HashMap::new();
        for (caller, callees) in &self.calls {
            for callee in callees {
                if let CoreFunc::Defined(id, func) = callee {
                    callers.entry((*id, *func)).or_default().push(*caller);
                }
            }
        }
        for list in callers.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        callers
    }

    /// Everything that can reach a function for which `seed` holds, itself included.
    pub(crate) fn reaching(&self, seed: impl Fn(&Key, &[CoreFunc]) -> bool) -> HashSet<Key> {
        let callers = self.callers();
        let mut found: HashSet<Key> = HashSet::new();
        let mut todo: Vec<Key> = Vec::new();
        for function in &self.functions {
            if seed(function, &self.calls[function]) && found.insert(*function) {
                todo.push(*function);
            }
        }
        while let Some(function) = todo.pop() {
            for caller in callers.get(&function).into_iter().flatten() {
                if found.insert(*caller) {
                    todo.push(*caller);
                }
            }
        }
        found
    }
}

/// Strongly connected components, callees first (Tarjan, without recursion).
fn groups(functions: &[Key], calls: &HashMap<Key, Vec<CoreFunc>>) -> Vec<Vec<Key>> {
    let number: HashMap<Key, usize> = functions.iter().enumerate().map(|(i, k)| (*k, i)).collect();
    let edges: Vec<Vec<usize>> = functions
        .iter()
        .map(|f| {
            let defined = calls[f].iter().filter_map(|c| match c {
                CoreFunc::Defined(id, func) => number.get(&(*id, *func)).copied(),
                _ => None,
            });
            defined.collect()
        })
        .collect();
    let n = functions.len();
    let (mut index, mut low) = (vec![usize::MAX; n], vec![0; n]);
    let (mut on_stack, mut stack) = (vec![false; n], Vec::new());
    let mut next = 0;
    let mut found = Vec::new();
    for root in 0..n {
        if index[root] != usize::MAX {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((v, edge)) = work.pop() {
            if edge == 0 {
                index[v] = next;
                low[v] = next;
                next += 1;
                stack.push(v);
                on_stack[v] = true;
            }
            if let Some(&w) = edges[v].get(edge) {
                work.push((v, edge + 1));
                if index[w] == usize::MAX {
                    work.push((w, 0));
                } else if on_stack[w] {
                    low[v] = low[v].min(index[w]);
                }
                continue;
            }
            if low[v] == index[v] {
                let mut group = Vec::new();
                while let Some(w) = stack.pop() {
                    on_stack[w] = false;
                    group.push(functions[w]);
                    if w == v {
                        break;
                    }
                }
                group.sort_unstable();
                found.push(group);
            }
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[v]);
            }
        }
    }
    found
}

impl Engine<'_, '_, '_> {
    /// Finds the functions that can return: the least set such that some path to the end of
    /// the body passes only calls that can return.
    pub(crate) fn find_returning(&mut self, graph: &CallGraph) {
        let mut returns: HashSet<Key> = HashSet::new();
        let mut undecided: Vec<Key> = graph.groups.iter().flatten().copied().collect();
        loop {
            let before = undecided.len();
            let mut left = Vec::new();
            for key in undecided {
                let yes = match self.body(key.0, key.1) {
                    Ok(body) => self.reaches_end(key, &body.ops, &returns),
                    // What is not decoded may return.
                    Err(_) => true,
                };
                if yes {
                    returns.insert(key);
                } else {
                    left.push(key);
                }
            }
            undecided = left;
            if undecided.len() == before {
                break;
            }
        }
        for key in &graph.functions {
            self.info.entry(*key).or_default().returns = returns.contains(key);
        }
    }

    fn reaches_end(&self, key: Key, ops: &[Op], returns: &HashSet<Key>) -> bool {
        let mut seen = vec![false; ops.len()];
        let mut todo = vec![0usize];
        while let Some(start) = todo.pop() {
            let mut pc = start;
            while let Some(op) = ops.get(pc) {
                if std::mem::replace(&mut seen[pc], true) {
                    break;
                }
                match op {
                    Op::Return => return true,
                    Op::Unreachable => break,
                    Op::Jump(target) => {
                        todo.push(target.pc as usize);
                        break;
                    }
                    Op::JumpIf(target) | Op::JumpUnless(target) => todo.push(target.pc as usize),
                    Op::JumpTable(targets) => {
                        todo.extend(targets.iter().map(|t| t.pc as usize));
                        break;
                    }
                    Op::Call(callee) => {
                        let callee = self.program.func(key.0, *callee);
                        let mut callee = self.program.behind_trampolines(callee);
                        // What another instance lifts returns if its core function does.
                        if let CoreFunc::Lower(lower) = callee
                            && let Func::Lift(lift) = self.program.lowers[lower.index()].func
                        {
                            // A task may hand out its result and go on for ever.
                            let lift = &self.program.lifts[lift.index()];
                            if !lift.options.is_async {
                                callee = lift.func;
                            }
                        }
                        let comes_back = match callee {
                            CoreFunc::Defined(id, func) => returns.contains(&(id, func)),
                            other => !self.never_return.contains(&other),
                        };
                        if !comes_back {
                            break;
                        }
                    }
                    _ => {}
                }
                pc += 1;
            }
        }
        false
    }

    /// Functions that only calls which do not come back lead to. Empty when an entry of the
    /// program is one of these: then that tells nothing.
    pub(crate) fn find_ending(&self, graph: &CallGraph) -> HashSet<Key> {
        let program = self.program;
        let comes_back = |key: &Key| self.info.get(key).is_none_or(|info| info.returns);
        let mut alive: HashSet<Key> = HashSet::new();
        let mut todo: Vec<Key> = Vec::new();
        for entry in program.entries() {
            let CoreFunc::Defined(id, func) = program.behind_trampolines(entry) else {
                continue;
            };
            if !comes_back(&(id, func)) {
                return HashSet::new();
            }
            todo.push((id, func));
        }
        let mut types: HashSet<(ModuleId, TypeId)> = HashSet::new();
        while let Some(key) = todo.pop() {
            if !comes_back(&key) || !alive.insert(key) {
                continue;
            }
            for callee in graph.calls.get(&key).into_iter().flatten() {
                if let CoreFunc::Defined(id, func) = callee {
                    todo.push((*id, *func));
                }
            }
            let id = program.core_instance(key.0).module;
            let module = program.binary.module(id);
            let Some(body) = module.defined(key.1) else {
                continue;
            };
            let by_reference = module.scan.calls_ref(body);
            let called = module.scan.indirect_calls(body).iter().map(|c| c.ty);
            let called: Vec<TypeId> = called.filter(|ty| types.insert((id, *ty))).collect();
            if !by_reference && called.is_empty() {
                continue;
            }
            for entry in program.address_taken() {
                let fits =
                    by_reference || called.iter().any(|ty| program.same_type(id, *ty, entry));
                if fits && let CoreFunc::Defined(id, func) = program.behind_trampolines(entry.func)
                {
                    todo.push((id, func));
                }
            }
        }
        let ending = graph.functions.iter().filter(|key| !alive.contains(key));
        ending.copied().collect()
    }
}
