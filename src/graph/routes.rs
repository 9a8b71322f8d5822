//! How execution comes from one function to another: shortest chains of calls, for people
//! who want to see why something can be reached.

use super::entry::Entry;
use super::ids::*;
use super::program::*;
use super::reach::Reach;
use super::value::*;
use crate::binary::{CallSite, Callee, IndirectCall, ModuleId, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Calls of a program, from the callee's side.
pub struct Routes<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    callers: HashMap<CoreFunc, Vec<CoreFunc>>,
    /// Groups of calls through pointers that can reach the same functions.
    groups: Vec<Group>,
    groups_of: HashMap<CoreFunc, Vec<usize>>,
    entries: BTreeMap<CoreFunc, BTreeSet<Entry>>,
}

/// Functions that call through one table with one type.
struct Group {
    table: Option<TableRef>,
    /// `None` for calls of references, which may have any type.
    ty: Option<(ModuleId, TypeId)>,
    callers: Vec<CoreFunc>,
}

/// How a call names its callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// By index.
    Call,
    /// Through a table or a reference: the call may reach the function.
    Pointer,
    /// From a lowered function to the function of another instance that it stands for.
    Link,
}

/// One step of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The function.
    pub func: CoreFunc,
    /// How it comes to the next step; `None` at the end.
    pub via: Option<Via>,
    /// The call instruction in the file.
    pub offset: Option<u64>,
}

/// All that leads to one function.
pub struct Ways<'r, 'p, 'a, 'b> {
    routes: &'r Routes<'p, 'a, 'b>,
    /// The next step towards the target.
    next: HashMap<CoreFunc, Option<(CoreFunc, Via)>>,
    /// Ways in, the best first.
    entries: Vec<(Entry, CoreFunc)>,
}

/// What calls through pointers have in common: the table, if it is exact, and the type of the
/// callee; a call through a reference has neither.
type Pointers = (Option<TableRef>, Option<(ModuleId, TypeId)>);

impl<'p, 'a, 'b> Routes<'p, 'a, 'b> {
    /// Collects the calls of everything that can run.
    pub fn new(program: &'p Program<'a, 'b>, reach: &Reach) -> Self {
        let mut routes = Routes {
            program,
            callers: HashMap::new(),
            groups: Vec::new(),
            groups_of: HashMap::new(),
            entries: program.ways_in(),
        };
        let mut grouped: BTreeMap<Pointers, Vec<CoreFunc>> = BTreeMap::new();
        for (index, instance) in program.core_instances.iter().enumerate() {
            let id = program.core_instance_id(index);
            let module = program.binary.module(instance.module);
            for body in 0..module.bodies.len() {
                let func = module.func_of_body(body);
                if !reach.runs(program, id, func) || module.scan.trampoline(body).is_some() {
                    continue;
                }
                let caller = CoreFunc::Defined(id, func);
                for callee in module.scan.calls(body) {
                    let callee = program.behind_trampolines(program.func(id, *callee));
                    routes.callers.entry(callee).or_default().push(caller);
                }
                for call in module.scan.indirect_calls(body) {
                    let table = routes.exact_table(id, *call);
                    let ty = Some((module.id, call.ty));
                    grouped.entry((table, ty)).or_default().push(caller);
                }
                if module.scan.calls_ref(body) {
                    grouped.entry((None, None)).or_default().push(caller);
                }
            }
        }
        for (index, lower) in program.lowers.iter().enumerate() {
            if let Func::Lift(lift) = lower.func {
                let lift = &program.lifts[lift.index()];
                let lower = CoreFunc::Lower(LowerId::from_index(index));
                let options = &lift.options;
                let entered = [Some(lift.func), options.callback, options.post_return];
                for func in entered.into_iter().flatten() {
                    let func = program.behind_trampolines(func);
                    routes.callers.entry(func).or_default().push(lower);
                }
            }
        }
        for ((table, ty), callers) in grouped {
            routes.add_group(Group { table, ty, callers });
        }
        routes
    }

    fn exact_table(&self, id: CoreInstanceId, call: IndirectCall) -> Option<TableRef> {
        let tables = &self.program.core_instance(id).tables;
        let table = tables.get(call.table.index()).copied().flatten();
        table.filter(|t| self.program.tables[t.index()].exact)
    }

    fn add_group(&mut self, group: Group) {
        let program = self.program;
        let entries: Vec<TableEntry> = match group.table {
            Some(table) => {
                let slots = program.tables[table.index()].slots.values();
                slots.copied().collect()
            }
            None => program.address_taken().to_vec(),
        };
        let number = self.groups.len();
        for entry in entries {
            let fits = match group.ty {
                Some((module, ty)) => program.same_type(module, ty, &entry),
                None => true,
            };
            if fits {
                let callee = program.behind_trampolines(entry.func);
                let groups = self.groups_of.entry(callee).or_default();
                if groups.last() != Some(&number) {
                    groups.push(number);
                }
            }
        }
        self.groups.push(group);
    }

    /// Everything from which execution can come to `target`, by shortest ways.
    pub fn to(&self, target: CoreFunc) -> Ways<'_, 'p, 'a, 'b> {
        let target = self.program.behind_trampolines(target);
        let mut next: HashMap<CoreFunc, Option<(CoreFunc, Via)>> = HashMap::new();
        let mut entries: Vec<(Entry, CoreFunc)> = Vec::new();
        let mut groups_seen = vec![false; self.groups.len()];
        let mut todo = VecDeque::from([target]);
        next.insert(target, None);
        while let Some(func) = todo.pop_front() {
            for entry in self.entries.get(&func).into_iter().flatten() {
                entries.push((entry.clone(), func));
            }
            let mut visit = |caller: CoreFunc, via: Via| {
                next.entry(caller).or_insert_with(|| {
                    todo.push_back(caller);
                    Some((func, via))
                });
            };
            for caller in self.callers.get(&func).into_iter().flatten() {
                let via = match caller {
                    CoreFunc::Lower(_) => Via::Link,
                    _ => Via::Call,
                };
                visit(*caller, via);
            }
            for number in self.groups_of.get(&func).into_iter().flatten() {
                if !std::mem::replace(&mut groups_seen[*number], true) {
                    for caller in &self.groups[*number].callers {
                        visit(*caller, Via::Pointer);
                    }
                }
            }
        }
        // Found nearest first; among ways in of one sort the nearest one comes first.
        let rank = |entry: &Entry| match entry {
            Entry::Export(_) => 0,
            Entry::Start | Entry::ModuleStart(_) => 1,
            Entry::HandedOut => 2,
            Entry::Destructor => 3,
            Entry::Canonical => 4,
        };
        entries.sort_by_key(|(entry, _)| rank(entry));
        Ways {
            routes: self,
            next,
            entries,
        }
    }

    /// The first instruction of `caller` that gets to `callee` this way.
    fn call_offset(&self, caller: CoreFunc, callee: CoreFunc, via: Via) -> Option<u64> {
        let CoreFunc::Defined(id, func) = caller else {
            return None;
        };
        let program = self.program;
        let module = program.binary.module(program.core_instance(id).module);
        let sites = module.call_sites(module.defined(func)?, program.binary.bytes);
        let fits = |site: &&CallSite| match (site.callee, via) {
            (Callee::Func(named), Via::Call) => {
                program.behind_trampolines(program.func(id, named)) == callee
            }
            (Callee::Table(call), Via::Pointer) => {
                let table = self.exact_table(id, call);
                let groups = self.groups_of.get(&callee).into_iter().flatten();
                groups
                    .map(|number| &self.groups[*number])
                    .any(|group| group.table == table && group.ty == Some((module.id, call.ty)))
            }
            (Callee::Reference, Via::Pointer) => true,
            _ => false,
        };
        sites.iter().find(fits).map(|site| site.offset)
    }
}

impl Ways<'_, '_, '_, '_> {
    /// Ways into the program that lead to the target: exports first, each sort by distance.
    pub fn entries(&self) -> &[(Entry, CoreFunc)] {
        &self.entries
    }

    /// A shortest chain of calls from a function to the target, both included; `None` when
    /// there is none.
    pub fn from(&self, func: CoreFunc) -> Option<Vec<Hop>> {
        let mut hops = Vec::new();
        let mut at = func;
        loop {
            match self.next.get(&at)? {
                None => {
                    hops.push(Hop {
                        func: at,
                        via: None,
                        offset: None,
                    });
                    return Some(hops);
                }
                Some((next, via)) => {
                    hops.push(Hop {
                        func: at,
                        via: Some(*via),
                        offset: self.routes.call_offset(at, *next, *via),
                    });
                    at = *next;
                }
            }
        }
    }
}

impl Program<'_, '_> {
    /// A function, or what it forwards to when it does nothing else.
    pub fn behind_trampolines(&self, mut func: CoreFunc) -> CoreFunc {
        // A chain of shims is as long as adapters are stacked.
        for _ in 0..16 {
            let CoreFunc::Defined(id, index) = func else {
                break;
            };
            let module = self.binary.module(self.core_instance(id).module);
            let trampoline = module
                .defined(index)
                .and_then(|b| module.scan.trampoline(b));
            match trampoline.and_then(|t| self.trampoline_target(id, t)) {
                Some(target) => func = target,
                None => break,
            }
        }
        func
    }
}
