//! The index spaces of one component instance while it is being made.

use super::ids::*;
use super::value::*;
use crate::binary::{CoreSort, Sort};
use indexmap::IndexMap;

/// Index spaces, filled definition by definition.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    /// The instance that outer aliases continue in.
    pub scope: Option<InstanceId>,
    pub core_funcs: Vec<CoreFunc>,
    pub core_tables: Vec<CoreValue>,
    pub core_memories: Vec<CoreValue>,
    pub core_globals: Vec<CoreValue>,
    pub core_tags: Vec<CoreValue>,
    pub core_modules: Vec<ModuleValue>,
    pub core_instances: Vec<CoreInstanceValue<'a>>,
    pub funcs: Vec<Func>,
    pub types: Vec<Option<ResourceId>>,
    pub components: Vec<ComponentValue>,
    pub instances: Vec<ValueId>,
    pub values: u32,
    /// How many imports were taken so far.
    pub imports: usize,
    /// How many component instances were made so far.
    pub instantiations: u32,
    /// How many core instances were made so far.
    pub core_instantiations: u32,
}

/// What a core instance index stands for.
#[derive(Clone, Debug)]
pub(super) enum CoreInstanceValue<'a> {
    /// An instantiated module.
    Instance(CoreInstanceId),
    /// A bundle.
    Exports(IndexMap<&'a str, CoreValue>),
    /// An instance of a module whose code is not here.
    Outside(Option<HostId>),
}

impl Frame<'_> {
    /// Appends an item to the index space of its sort.
    pub(super) fn push(&mut self, item: Item) {
        match item {
            Item::CoreModule(m) => self.core_modules.push(m),
            Item::Func(f) => self.funcs.push(f),
            Item::Value => self.values += 1,
            Item::Type(t) => self.types.push(t),
            Item::Component(c) => self.components.push(c),
            Item::Instance(i) => self.instances.push(i),
        }
    }

    /// The item at `index` of the index space of `sort`.
    pub(super) fn get(&self, sort: Sort, index: u32) -> Option<Item> {
        let i = index as usize;
        Some(match sort {
            Sort::CoreModule => Item::CoreModule(*self.core_modules.get(i)?),
            Sort::Func => Item::Func(*self.funcs.get(i)?),
            Sort::Value => Item::Value,
            Sort::Type => Item::Type(*self.types.get(i)?),
            Sort::Component => Item::Component(*self.components.get(i)?),
            Sort::Instance => Item::Instance(*self.instances.get(i)?),
        })
    }

    /// Appends a core item to the index space of `sort`.
    pub(super) fn push_core(&mut self, sort: CoreSort, value: CoreValue) {
        match sort {
            CoreSort::Func => self.core_funcs.push(match value {
                CoreValue::Func(f) => f,
                CoreValue::Outside(_, Some(host)) => CoreFunc::Host(host),
                _ => CoreFunc::Unknown,
            }),
            CoreSort::Table => self.core_tables.push(value),
            CoreSort::Memory => self.core_memories.push(value),
            CoreSort::Global => self.core_globals.push(value),
            CoreSort::Tag => self.core_tags.push(value),
        }
    }

    /// The core item at `index` of the index space of `sort`.
    pub(super) fn get_core(&self, sort: CoreSort, index: u32) -> Option<CoreValue> {
        let i = index as usize;
        match sort {
            CoreSort::Func => self.core_funcs.get(i).map(|f| CoreValue::Func(*f)),
            CoreSort::Table => self.core_tables.get(i).copied(),
            CoreSort::Memory => self.core_memories.get(i).copied(),
            CoreSort::Global => self.core_globals.get(i).copied(),
            CoreSort::Tag => self.core_tags.get(i).copied(),
        }
    }
}
