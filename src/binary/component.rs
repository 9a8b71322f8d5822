//! A component as the ordered list of its definitions.

use super::ids::*;
use super::section::{Custom, Section};
use crate::base::ByteRange;

/// A validated component.
#[derive(Debug)]
pub struct Component<'a> {
    /// Its place in [`super::Binary::components`].
    pub id: ComponentId,
    /// The component that defines it; `None` for the root.
    pub parent: Option<ComponentId>,
    /// All of its bytes, header included.
    pub range: ByteRange,
    /// Definitions in file order. Each pushes one entry on one index space (an export
    /// pushes the exported thing again), so that instantiation is one walk over the list.
    pub definitions: Vec<Definition<'a>>,
    /// Sections in file order, custom ones included.
    pub sections: Vec<Section>,
    /// Custom sections.
    pub customs: Vec<Custom<'a>>,
    pub(super) types: Option<Types>,
}

/// The validator's types of one component; its own index spaces.
pub(super) struct Types(pub wasmparser::types::Types);

impl std::fmt::Debug for Types {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Types")
    }
}

/// A definition and where it stands.
#[derive(Clone, Debug)]
pub struct Definition<'a> {
    /// Offset in the file.
    pub offset: u64,
    /// What is defined.
    pub kind: DefinitionKind<'a>,
}

/// What a definition defines.
#[derive(Clone, Debug)]
pub enum DefinitionKind<'a> {
    /// A core module.
    CoreModule(ModuleId),
    /// A core instance.
    CoreInstance(CoreInstance<'a>),
    /// One or more core types; linking has no use for them.
    CoreType,
    /// A nested component.
    Component(ComponentId),
    /// An instance.
    Instance(Instance<'a>),
    /// An alias.
    Alias(Alias<'a>),
    /// A type.
    Type(TypeDef),
    /// A canonical definition.
    Canon(Canon),
    /// The start function of the component, with its arguments.
    Start {
        /// The function called.
        func: FuncIndex,
        /// How many values it defines.
        results: u32,
    },
    /// An import.
    Import(Import<'a>),
    /// An export.
    Export(Export<'a>),
}

/// A core instance expression.
#[derive(Clone, Debug)]
pub enum CoreInstance<'a> {
    /// Instantiation of a module.
    Instantiate {
        /// The module.
        module: CoreModuleIndex,
        /// Instances given for the first-level import names.
        args: Vec<(&'a str, CoreInstanceIndex)>,
    },
    /// A bundle of definitions.
    Exports(Vec<(&'a str, CoreSortIndex)>),
}

/// An instance expression.
#[derive(Clone, Debug)]
pub enum Instance<'a> {
    /// Instantiation of a component.
    Instantiate {
        /// The component.
        component: ComponentIndex,
        /// What is given for each import.
        args: Vec<(&'a str, SortIndex)>,
    },
    /// A bundle of definitions.
    Exports(Vec<(ExternName<'a>, SortIndex)>),
}

/// An entry of a core index space of a component. Tables, memories, globals and tags are
/// only ever aliased or bundled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreSortIndex {
    /// Which index space.
    pub sort: CoreSort,
    /// The entry.
    pub index: u32,
}

/// The core index spaces whose entries core instances export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoreSort {
    /// Functions.
    Func,
    /// Tables.
    Table,
    /// Memories.
    Memory,
    /// Globals.
    Global,
    /// Tags.
    Tag,
}

/// An entry of one of the index spaces whose entries can be imported and exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortIndex {
    /// Which index space.
    pub sort: Sort,
    /// The entry.
    pub index: u32,
}

/// What a component can import and export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// A core module.
    CoreModule,
    /// A function.
    Func,
    /// A value.
    Value,
    /// A type.
    Type,
    /// A component.
    Component,
    /// An instance.
    Instance,
}

impl Sort {
    /// The sort as the specification spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::CoreModule => "module",
            Sort::Func => "func",
            Sort::Value => "value",
            Sort::Type => "type",
            Sort::Component => "component",
            Sort::Instance => "instance",
        }
    }
}

/// An alias.
#[derive(Clone, Debug)]
pub enum Alias<'a> {
    /// An export of an instance.
    InstanceExport {
        /// What it is.
        sort: Sort,
        /// The instance.
        instance: InstanceIndex,
        /// Export name.
        name: &'a str,
    },
    /// An export of a core instance.
    CoreInstanceExport {
        /// What it is.
        sort: CoreSort,
        /// The core instance.
        instance: CoreInstanceIndex,
        /// Export name.
        name: &'a str,
    },
    /// A definition of an enclosing component.
    Outer {
        /// What it is; `None` for a core type.
        sort: Option<Sort>,
        /// How many components outwards; 0 is the component itself.
        count: u32,
        /// Index in that component.
        index: u32,
    },
}

/// A type definition, as far as linking needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeDef {
    /// A new resource type.
    Resource {
        /// Called when the last handle is dropped.
        dtor: Option<CoreFuncIndex>,
    },
    /// Any other type.
    Other,
}

/// A canonical definition.
#[derive(Clone, Debug)]
pub enum Canon {
    /// A core function made a component function.
    Lift {
        /// The core function.
        core: CoreFuncIndex,
        /// Its component function type.
        ty: TypeIndex,
        /// Options.
        options: CanonOptions,
    },
    /// A component function made a core function.
    Lower {
        /// The component function.
        func: FuncIndex,
        /// Options.
        options: CanonOptions,
    },
    /// A built-in function of the component model.
    Builtin(Builtin),
}

/// How values cross the canonical ABI.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CanonOptions {
    /// How strings are encoded in memory.
    pub encoding: StringEncoding,
    /// The memory that pointers point to.
    pub memory: Option<CoreMemoryIndex>,
    /// Allocator for what the callee writes.
    pub realloc: Option<CoreFuncIndex>,
    /// Called after the results of a lifted function are read.
    pub post_return: Option<CoreFuncIndex>,
    /// Whether the async ABI is used.
    pub is_async: bool,
    /// Called with events of an async lift.
    pub callback: Option<CoreFuncIndex>,
}

/// String encodings of the canonical ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum StringEncoding {
    /// UTF-8; lengths count bytes.
    #[default]
    Utf8,
    /// UTF-16; lengths count code units.
    Utf16,
    /// Latin-1, or UTF-16 when the top bit of the length is set.
    Latin1Utf16,
}

/// A built-in function of the component model.
#[derive(Clone, Debug)]
pub struct Builtin {
    /// Its name in the specification, such as `resource.drop`.
    pub name: &'static str,
    /// The type it is made for: a resource, stream or future.
    pub ty: Option<TypeIndex>,
    /// The table from which it calls functions (`thread.new-indirect` and
    /// `thread.spawn-indirect`).
    pub calls_table: Option<CoreTableIndex>,
    /// Whether it calls a function reference that it is given (`thread.spawn-ref`).
    pub calls_ref: bool,
    /// Options.
    pub options: CanonOptions,
}

/// A name with its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ExternName<'a> {
    /// The name itself.
    pub name: &'a str,
    /// The interface that a plainly named instance implements.
    pub implements: Option<&'a str>,
    /// The part of the version that the name leaves out.
    pub version_suffix: Option<&'a str>,
    /// The identity that the thing has outside of WebAssembly.
    pub external_id: Option<&'a str>,
}

/// An import of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import<'a> {
    /// Its name and attributes.
    pub name: ExternName<'a>,
    /// What is imported.
    pub sort: Sort,
    /// Whether a type import stands for an abstract resource.
    pub is_resource: bool,
}

/// An export of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export<'a> {
    /// Its name and attributes.
    pub name: ExternName<'a>,
    /// What is exported.
    pub item: SortIndex,
}

impl<'a> Component<'a> {
    /// Imports in order.
    pub fn imports(&self) -> impl Iterator<Item = &Import<'a>> {
        self.definitions.iter().filter_map(|d| match &d.kind {
            DefinitionKind::Import(import) => Some(import),
            _ => None,
        })
    }

    /// Exports in order.
    pub fn exports(&self) -> impl Iterator<Item = &Export<'a>> {
        self.definitions.iter().filter_map(|d| match &d.kind {
            DefinitionKind::Export(export) => Some(export),
            _ => None,
        })
    }

    /// The first custom section called `name`.
    pub fn custom(&self, name: &str) -> Option<&Custom<'a>> {
        self.customs.iter().find(|c| c.name == name)
    }
}
