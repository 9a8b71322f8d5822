//! What names in a program stand for once all aliases and arguments are followed.

use super::ids::*;
use crate::binary::{self, ComponentId, CoreSort, FuncId, ModuleId, Sort, StringEncoding};
use indexmap::IndexMap;

/// Something that a component imports, exports or passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// A core module.
    CoreModule(ModuleValue),
    /// A function.
    Func(Func),
    /// A value; values are not followed.
    Value,
    /// A type; only resources are followed.
    Type(Option<ResourceId>),
    /// A component.
    Component(ComponentValue),
    /// An instance.
    Instance(ValueId),
}

impl Item {
    /// The sort of the item.
    pub fn sort(&self) -> Sort {
        match self {
            Item::CoreModule(_) => Sort::CoreModule,
            Item::Func(_) => Sort::Func,
            Item::Value => Sort::Value,
            Item::Type(_) => Sort::Type,
            Item::Component(_) => Sort::Component,
            Item::Instance(_) => Sort::Instance,
        }
    }
}

/// A component function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Func {
    /// From an import of the root.
    Host(HostId),
    /// Lifted from a core function.
    Lift(LiftId),
    /// Not understood; a note of the program says why.
    Unknown,
}

/// A core module that can be instantiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModuleValue {
    /// Defined in the file.
    Defined(ModuleId),
    /// From an import of the root: its code is not here.
    Host(HostId),
    /// Not understood; a note of the program says why.
    Unknown,
}

/// A component that can be instantiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ComponentValue {
    /// Defined in the file, closing over the instance in whose component it is defined.
    Defined {
        /// The component.
        component: ComponentId,
        /// The instance that outer aliases start from.
        scope: InstanceId,
    },
    /// From an import of the root: its code is not here.
    Host(HostId),
    /// Not understood; a note of the program says why.
    Unknown,
}

/// What an instance exports.
#[derive(Clone, Debug)]
pub enum InstanceValue<'a> {
    /// An instance from the host: every export is the host's.
    Host(HostId),
    /// Exports of a component instance, or a bundle made by hand.
    Exports {
        /// The component instance; `None` for a bundle.
        instance: Option<InstanceId>,
        /// Name → item, in order of definition.
        items: IndexMap<&'a str, Item>,
    },
    /// Not understood; a note of the program says why.
    Unknown,
}

/// A core item that core modules import and export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoreValue {
    /// A function.
    Func(CoreFunc),
    /// A table.
    Table(TableRef),
    /// A memory.
    Memory(MemoryRef),
    /// A global.
    Global(GlobalRef),
    /// A tag; tags are not followed.
    Tag,
    /// From outside (an import of a root core module), or not understood (a note says why).
    Outside(CoreSort, Option<HostId>),
}

/// A core function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoreFunc {
    /// A function with a body: the instance that defines it and its index there.
    Defined(CoreInstanceId, FuncId),
    /// A lowered component function.
    Lower(LowerId),
    /// A built-in function of the component model.
    Builtin(BuiltinId),
    /// An import of a root core module, or an export of a module whose code is not here.
    Host(HostId),
    /// Not understood; a note of the program says why.
    Unknown,
}

/// A core function lifted to a component function.
#[derive(Clone, Debug)]
pub struct Lift {
    /// The instance whose component has the `canon lift`.
    pub instance: InstanceId,
    /// Where the definition stands in the file.
    pub offset: u64,
    /// The core function.
    pub func: CoreFunc,
    /// Type of the component function.
    pub ty: binary::TypeIndex,
    /// Options.
    pub options: Options,
}

/// A component function lowered to a core function.
#[derive(Clone, Debug)]
pub struct Lower {
    /// The instance whose component has the `canon lower`.
    pub instance: InstanceId,
    /// Where the definition stands in the file.
    pub offset: u64,
    /// The component function, all aliases followed.
    pub func: Func,
    /// The same in the index space of the component, for its type.
    pub index: binary::FuncIndex,
    /// Options.
    pub options: Options,
}

/// Canonical options with every index resolved.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How strings are encoded.
    pub encoding: StringEncoding,
    /// The memory that pointers point to.
    pub memory: Option<MemoryRef>,
    /// Allocator.
    pub realloc: Option<CoreFunc>,
    /// Called after results are read.
    pub post_return: Option<CoreFunc>,
    /// Called with events of an async lift.
    pub callback: Option<CoreFunc>,
    /// Whether the async ABI is used.
    pub is_async: bool,
}

/// A use of a built-in function.
#[derive(Clone, Debug)]
pub struct BuiltinUse {
    /// The instance whose component defines it.
    pub instance: InstanceId,
    /// Its name in the specification.
    pub name: &'static str,
    /// The resource type it is made for.
    pub resource: Option<ResourceId>,
    /// The table from which it calls functions.
    pub calls_table: Option<TableRef>,
    /// Whether it calls a function reference that it is given.
    pub calls_ref: bool,
    /// Whether it calls a table that could not be resolved.
    pub calls_unknown: bool,
    /// Options.
    pub options: Options,
}

/// A resource type.
#[derive(Clone, Debug)]
pub enum Resource {
    /// From an import of the root.
    Host(HostId),
    /// Defined by an instance.
    Defined {
        /// The instance.
        instance: InstanceId,
        /// Its destructor.
        dtor: Option<CoreFunc>,
    },
}

/// Something reached through an import of the root: the import, then export names of
/// nested instances. An empty path is the import itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host<'a> {
    /// Position in [`super::Program::imports`].
    pub import: usize,
    /// Names below the import.
    pub path: Vec<&'a str>,
}
