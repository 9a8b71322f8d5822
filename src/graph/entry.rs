//! Where execution comes into a program, with the names that the outside has for it.

use super::ids::*;
use super::program::*;
use super::value::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A way in, most telling ones first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entry {
    /// An export of the root: `wasi:cli/run@0.2.0#run`, or a plain name.
    Export(String),
    /// A start definition of a component.
    Start,
    /// The start function of a core module instance.
    ModuleStart(CoreInstanceId),
    /// Given to code that is not in the file.
    HandedOut,
    /// The destructor of a resource.
    Destructor,
    /// An allocator that the canonical ABI calls, or what it calls after a result was read.
    Canonical,
}

impl Program<'_, '_> {
    /// All ways in, by the core function that they lead to.
    pub fn ways_in(&self) -> BTreeMap<CoreFunc, BTreeSet<Entry>> {
        let mut found: BTreeMap<CoreFunc, BTreeSet<Entry>> = BTreeMap::new();
        let mut add = |func: CoreFunc, entry: Entry| {
            let func = self.behind_trampolines(func);
            found.entry(func).or_default().insert(entry);
        };
        let lift = |id: LiftId, entry: Entry, add: &mut dyn FnMut(CoreFunc, Entry)| {
            let lift = &self.lifts[id.index()];
            add(lift.func, entry.clone());
            if let Some(callback) = lift.options.callback {
                add(callback, entry);
            }
            if let Some(func) = lift.options.post_return {
                add(func, Entry::Canonical);
            }
            if let Some(func) = lift.options.realloc {
                add(func, Entry::Canonical);
            }
        };
        for export in &self.exports {
            let name = export.name.name;
            match export.item {
                RootItem::Item(item) => {
                    for (below, id) in self.lifts_of(item) {
                        let name = joined(name, &below);
                        lift(id, Entry::Export(name), &mut add);
                    }
                }
                RootItem::Core(CoreValue::Func(func), _) => {
                    add(func, Entry::Export(name.to_string()));
                }
                RootItem::Core(..) => {}
            }
        }
        for start in &self.starts {
            if let Func::Lift(id) = start {
                lift(*id, Entry::Start, &mut add);
            }
        }
        for item in &self.escaped {
            for (_, id) in self.lifts_of(*item) {
                lift(id, Entry::HandedOut, &mut add);
            }
        }
        for value in &self.escaped_core {
            if let CoreValue::Func(func) = value {
                add(*func, Entry::HandedOut);
            }
        }
        for (index, instance) in self.core_instances.iter().enumerate() {
            let id = self.core_instance_id(index);
            if let Some(start) = self.binary.module(instance.module).start {
                add(self.func(id, start), Entry::ModuleStart(id));
            }
        }
        for resource in &self.resources {
            if let Resource::Defined {
                dtor: Some(dtor), ..
            } = resource
            {
                add(*dtor, Entry::Destructor);
            }
        }
        for lower in &self.lowers {
            if let Some(realloc) = lower.options.realloc {
                add(realloc, Entry::Canonical);
            }
        }
        found
    }

    /// What an instance calls a function that it lifts, in its exports:
    /// `wasi:http/handler@0.2.0#handle`.
    pub fn export_of_lift(&self, id: LiftId) -> Option<String> {
        let owner = self.lifts[id.index()].instance;
        let InstanceValue::Exports { items, .. } = self.value(self.instance(owner).exports) else {
            return None;
        };
        items.iter().find_map(|(name, item)| {
            let found = self.lifts_of(*item).into_iter().find(|(_, l)| *l == id)?;
            Some(joined(name, &found.0))
        })
    }

    /// Lifted functions in an item, with their names below it.
    fn lifts_of(&self, item: Item) -> Vec<(Vec<&str>, LiftId)> {
        let mut found = Vec::new();
        let mut seen: HashSet<ValueId> = HashSet::new();
        let mut todo: Vec<(Vec<&str>, Item)> = vec![(Vec::new(), item)];
        while let Some((path, item)) = todo.pop() {
            match item {
                Item::Func(Func::Lift(id)) => found.push((path, id)),
                Item::Instance(value) if seen.insert(value) => {
                    if let InstanceValue::Exports { items, .. } = self.value(value) {
                        for (name, item) in items.iter().rev() {
                            let mut path = path.clone();
                            path.push(name);
                            todo.push((path, *item));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// `interface#function`, as the canonical ABI joins them.
fn joined(name: &str, below: &[&str]) -> String {
    match below.is_empty() {
        true => name.to_string(),
        false => format!("{name}#{}", below.join(".")),
    }
}
