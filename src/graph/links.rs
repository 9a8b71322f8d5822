//! Who provides what to whom.

use super::ids::*;
use super::program::*;
use super::reach::Reach;
use super::value::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What stands behind an import of an instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// An import of the root, by its position.
    Host(usize),
    /// Another instance: the one that lifts the functions or defines the types, however
    /// many layers of aliases and bundles lie between.
    Instance(InstanceId),
    /// Not understood; a note of the program says why.
    Unknown,
}

/// An import of an instance and who provides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// Import name.
    pub import: &'a str,
    /// Providers; several only when a bundle mixes them, none when the import holds nothing
    /// that anyone provides (a plain type).
    pub providers: Vec<Provider>,
    /// Functions below the import that the instance's own code can call; the empty name
    /// when the import is a function itself.
    pub called: Vec<&'a str>,
}

/// What an instance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Has core code of its own.
    Code,
    /// Only wires other instances together.
    Composition,
    /// Has no code anywhere inside: renames or bundles exports, as `wit-component` does for
    /// every exported interface.
    Glue,
    /// The host supplies its component.
    Outside,
}

/// Finds providers; remembers those of instances, which many imports share.
pub struct Links<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    /// What each instance's own code can call.
    calls: Vec<HashSet<Func>>,
    /// Host functions among them, by the import that they come from.
    host_calls: HashMap<(InstanceId, usize), Vec<HostId>>,
    known: HashMap<(ValueId, Behind), BTreeSet<Provider>>,
}

/// Whose origin is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Behind {
    /// Functions, components and modules.
    Code,
    /// Resource types.
    Types,
}

impl<'p, 'a, 'b> Links<'p, 'a, 'b> {
    /// Prepares for questions about `program`, of which `reach` says what can run.
    pub fn new(program: &'p Program<'a, 'b>, reach: &Reach) -> Self {
        let mut calls = vec![HashSet::new(); program.instances.len()];
        for (index, lower) in program.lowers.iter().enumerate() {
            if reach.lower_runs(LowerId(index as u32)) {
                calls[lower.instance.index()].insert(lower.func);
            }
        }
        // A core module root calls the host without lowering.
        for (host, callers) in reach.called() {
            for caller in callers {
                calls[caller.index()].insert(Func::Host(*host));
            }
        }
        let mut host_calls: HashMap<_, Vec<HostId>> = HashMap::new();
        for (index, calls) in calls.iter().enumerate() {
            for call in calls {
                if let Func::Host(host) = call {
                    let key = (program.instance_id(index), program.host(*host).import);
                    host_calls.entry(key).or_default().push(*host);
                }
            }
        }
        Links {
            program,
            calls,
            host_calls,
            known: HashMap::new(),
        }
    }

    /// The imports of an instance, in order of the arguments; for the root, its imports.
    pub fn of(&mut self, id: InstanceId) -> Vec<Link<'a>> {
        let program = self.program;
        let instance = program.instance(id);
        if instance.parent.is_none() {
            let link = |(index, import): (usize, &RootImport<'a>)| Link {
                import: import.name.name,
                providers: vec![Provider::Host(index)],
                called: self.called_of_host(id, index, &[]),
            };
            return program.imports.iter().enumerate().map(link).collect();
        }
        instance
            .args
            .iter()
            .map(|(import, item)| Link {
                import,
                providers: self.providers(*item),
                called: self.called(id, *item),
            })
            .collect()
    }

    fn called(&self, id: InstanceId, item: Item) -> Vec<&'a str> {
        let calls = &self.calls[id.index()];
        match item {
            Item::Func(func) if calls.contains(&func) => vec![""],
            Item::Instance(value) => match self.program.value(value) {
                InstanceValue::Host(host) => {
                    let host = self.program.host(*host);
                    self.called_of_host(id, host.import, &host.path)
                }
                InstanceValue::Exports { items, .. } => items
                    .iter()
                    .filter(|(_, item)| matches!(item, Item::Func(f) if calls.contains(f)))
                    .map(|(name, _)| *name)
                    .collect(),
                InstanceValue::Unknown => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// Functions of a host import that an instance calls, below `path`.
    fn called_of_host(&self, id: InstanceId, import: usize, path: &[&'a str]) -> Vec<&'a str> {
        let hosts = self.host_calls.get(&(id, import));
        let mut called: Vec<&'a str> = hosts
            .into_iter()
            .flatten()
            .map(|host| self.program.host(*host))
            .filter(|host| host.path.starts_with(path))
            .map(|host| host.path.get(path.len()).copied().unwrap_or(""))
            .collect();
        called.sort_unstable();
        called
    }

    /// Who provides an item: its functions or, when it has none, its resource types.
    pub fn providers(&mut self, item: Item) -> Vec<Provider> {
        let mut providers = self.behind(item, Behind::Code);
        if providers.is_empty() {
            providers = self.behind(item, Behind::Types);
        }
        providers.into_iter().collect()
    }

    /// Recursion is as deep as instance types nest, which validation bounds.
    fn behind(&mut self, item: Item, what: Behind) -> BTreeSet<Provider> {
        let program = self.program;
        let host = |id| Some(Provider::Host(program.host(id).import));
        let one = match (item, what) {
            (Item::Instance(value), _) => return self.behind_instance(value, what),
            (Item::Func(Func::Lift(lift)), Behind::Code) => {
                Some(Provider::Instance(program.lifts[lift.index()].instance))
            }
            (
                Item::Func(Func::Host(id))
                | Item::CoreModule(ModuleValue::Host(id))
                | Item::Component(ComponentValue::Host(id)),
                Behind::Code,
            ) => host(id),
            (Item::Component(ComponentValue::Defined { scope, .. }), Behind::Code) => {
                Some(Provider::Instance(scope))
            }
            (
                Item::Func(Func::Unknown)
                | Item::Component(ComponentValue::Unknown)
                | Item::CoreModule(ModuleValue::Unknown),
                Behind::Code,
            ) => Some(Provider::Unknown),
            (Item::Type(Some(resource)), Behind::Types) => {
                match &program.resources[resource.index()] {
                    Resource::Host(id) => host(*id),
                    Resource::Defined { instance, .. } => Some(Provider::Instance(*instance)),
                }
            }
            _ => None,
        };
        one.into_iter().collect()
    }

    fn behind_instance(&mut self, value: ValueId, what: Behind) -> BTreeSet<Provider> {
        if let Some(known) = self.known.get(&(value, what)) {
            return known.clone();
        }
        let program = self.program;
        let mut found = BTreeSet::new();
        match program.value(value) {
            InstanceValue::Host(id) => {
                found.insert(Provider::Host(program.host(*id).import));
            }
            InstanceValue::Exports { items, instance } => {
                for item in items.values() {
                    found.extend(self.behind(*item, what));
                }
                if found.is_empty() && what == Behind::Types {
                    found.extend(instance.map(Provider::Instance));
                }
            }
            InstanceValue::Unknown => {
                found.insert(Provider::Unknown);
            }
        }
        self.known.insert((value, what), found.clone());
        found
    }
}

impl Program<'_, '_> {
    /// What every instance is for, in the order of [`Program::instances`].
    pub fn roles(&self) -> Vec<Role> {
        let mut roles = vec![Role::Glue; self.instances.len()];
        // Children come after their parents.
        for (index, instance) in self.instances.iter().enumerate().rev() {
            let inner = |id: &InstanceId| roles[id.index()] != Role::Glue;
            roles[index] = if !instance.core.is_empty() {
                Role::Code
            } else if instance.component.is_none() && instance.parent.is_some() {
                Role::Outside
            } else if instance.children.iter().any(inner) || instance.parent.is_none() {
                Role::Composition
            } else {
                Role::Glue
            };
        }
        roles
    }
}
