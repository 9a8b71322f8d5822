//! The linked program: all instances, and what every name stands for.

use super::ids::*;
use super::note::Note;
use super::value::*;
use crate::binary::{
    Binary, ComponentId, CoreImport, CoreItem, ExternName, FuncId, ModuleId, Shape, Sort, TypeId,
    ValType,
};
use indexmap::IndexSet;

/// All instances of a binary as instantiating its root makes them, with every alias,
/// argument and canonical definition followed.
#[derive(Debug)]
pub struct Program<'a, 'b> {
    /// The binary it was built from.
    pub binary: &'b Binary<'a>,
    /// Imports of the root.
    pub imports: Vec<RootImport<'a>>,
    /// Exports of the root.
    pub exports: Vec<RootExport<'a>>,
    /// Component instances; the root comes first, outer before inner.
    pub instances: Vec<Instance<'a>>,
    /// Core module instances in the order of instantiation.
    pub core_instances: Vec<CoreInstance<'a>>,
    /// Lifted functions.
    pub lifts: Vec<Lift>,
    /// Lowered functions.
    pub lowers: Vec<Lower>,
    /// Uses of built-in functions.
    pub builtins: Vec<BuiltinUse>,
    /// Resource types.
    pub resources: Vec<Resource>,
    /// Tables.
    pub tables: Vec<TableState>,
    /// Memories.
    pub memories: Vec<MemoryState>,
    /// Globals.
    pub globals: Vec<GlobalState>,
    /// What was not understood.
    pub notes: Vec<Note>,
    /// Functions that component start definitions call.
    pub starts: Vec<Func>,
    /// Items handed to components or modules whose code is not here.
    pub escaped: Vec<Item>,
    /// Core items handed to modules whose code is not here.
    pub escaped_core: Vec<CoreValue>,
    pub(super) address_taken: std::cell::OnceCell<Vec<TableEntry>>,
    pub(super) hosts: IndexSet<Host<'a>>,
    pub(super) values: Vec<InstanceValue<'a>>,
}

/// An import of the root.
#[derive(Clone, Debug)]
pub struct RootImport<'a> {
    /// Name and attributes. For a core module, the first-level import name.
    pub name: ExternName<'a>,
    /// What is imported; `None` for the imports of a core module under one name.
    pub sort: Option<Sort>,
    /// What it is made of.
    pub shape: Shape,
}

/// An export of the root.
#[derive(Clone, Debug)]
pub struct RootExport<'a> {
    /// Name and attributes.
    pub name: ExternName<'a>,
    /// What is exported.
    pub item: RootItem,
    /// What it is made of.
    pub shape: Option<Shape>,
}

/// What the root exports.
#[derive(Clone, Copy, Debug)]
pub enum RootItem {
    /// An item of a component.
    Item(Item),
    /// An item of a core module.
    Core(CoreValue, CoreItem),
}

/// A component instance, or the root around a core module.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// Structural path: `root`, `root/0`, `root/0/2`; each number counts the
    /// instantiations of the parent. Stripping names does not change it.
    pub path: String,
    /// The instance that contains it.
    pub parent: Option<InstanceId>,
    /// Its name in the name section of its parent; an alias for people.
    pub name: Option<&'a str>,
    /// The component; `None` for a core module root, or when the host supplies it.
    pub component: Option<ComponentId>,
    /// Instances that it makes.
    pub children: Vec<InstanceId>,
    /// Core instances that it makes.
    pub core: Vec<CoreInstanceId>,
    /// What it was given for each import, in order of the arguments.
    pub args: Vec<(&'a str, Item)>,
    /// What it exports.
    pub exports: ValueId,
}

/// A core module instance.
#[derive(Clone, Debug)]
pub struct CoreInstance<'a> {
    /// Structural path: that of the owner, then `m` and the number of the instantiation
    /// among the owner's core instantiations, such as `root/0/m1`.
    pub path: String,
    /// The component instance that makes it.
    pub owner: InstanceId,
    /// Its name in the name section of its owner, or that of the module.
    pub name: Option<&'a str>,
    /// The module.
    pub module: ModuleId,
    /// What each import was given, aligned with the module's imports.
    pub imports: Vec<CoreValue>,
    /// Function index space of the imported functions.
    pub imported_funcs: Vec<CoreFunc>,
    /// Table index space; `None` for a table from outside.
    pub tables: Vec<Option<TableRef>>,
    /// Memory index space; `None` for a memory from outside.
    pub memories: Vec<Option<MemoryRef>>,
    /// Global index space; `None` for a global from outside.
    pub globals: Vec<Option<GlobalRef>>,
}

/// A table and what its slots hold.
#[derive(Clone, Debug)]
pub struct TableState {
    /// The instance that defines it.
    pub owner: CoreInstanceId,
    /// Slot → entry, for slots that element segments fill.
    pub slots: std::collections::BTreeMap<u64, TableEntry>,
    /// Whether the slots are all that can ever be called through it. `false` when code
    /// writes it, something outside can reach it, or a segment was not resolved.
    pub exact: bool,
}

/// A function in a table, with the type under which its module knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableEntry {
    /// The function.
    pub func: CoreFunc,
    /// The module whose segment or code names the function, and its type there; `None`
    /// when only a value was known.
    pub ty: Option<(ModuleId, TypeId)>,
}

/// A memory.
#[derive(Clone, Debug)]
pub struct MemoryState {
    /// The instance that defines it.
    pub owner: CoreInstanceId,
    /// Its type.
    pub ty: crate::binary::Memory,
}

/// A global.
#[derive(Clone, Debug)]
pub struct GlobalState {
    /// The instance that defines it.
    pub owner: CoreInstanceId,
    /// Type of its value.
    pub ty: ValType,
    /// Whether code may change it.
    pub mutable: bool,
    /// Its value after instantiation, when it could be computed.
    pub initial: Option<Const>,
}

/// The value of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Const {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// 32-bit float, as bits.
    F32(u32),
    /// 64-bit float, as bits.
    F64(u64),
    /// A null reference.
    Null,
    /// A function reference.
    Func(CoreFunc),
}

impl<'a, 'b> Program<'a, 'b> {
    /// The id of the instance at a position of [`Program::instances`].
    pub fn instance_id(&self, position: usize) -> InstanceId {
        InstanceId(position as u32)
    }

    /// The id of the core instance at a position of [`Program::core_instances`].
    pub fn core_instance_id(&self, position: usize) -> CoreInstanceId {
        CoreInstanceId(position as u32)
    }

    /// A component instance.
    pub fn instance(&self, id: InstanceId) -> &Instance<'a> {
        &self.instances[id.index()]
    }

    /// A core module instance.
    pub fn core_instance(&self, id: CoreInstanceId) -> &CoreInstance<'a> {
        &self.core_instances[id.index()]
    }

    /// A thing that comes from the host.
    pub fn host(&self, id: HostId) -> &Host<'a> {
        &self.hosts[id.index()]
    }

    /// What an instance exports.
    pub fn value(&self, id: ValueId) -> &InstanceValue<'a> {
        &self.values[id.index()]
    }

    /// A function of a core instance's index space, imports followed.
    pub fn func(&self, instance: CoreInstanceId, func: FuncId) -> CoreFunc {
        let imported = &self.core_instance(instance).imported_funcs;
        match imported.get(func.index()) {
            Some(imported) => *imported,
            None => CoreFunc::Defined(instance, func),
        }
    }

    /// Name and attributes of the root import that something comes from, and the function
    /// or nested path below it (`None` when the import itself is meant).
    pub fn host_name(&self, id: HostId) -> (&RootImport<'a>, Option<String>) {
        let host = self.host(id);
        let below = (!host.path.is_empty()).then(|| host.path.join("."));
        (&self.imports[host.import], below)
    }

    /// Every core import of every core instance, with what it was resolved to.
    pub fn core_imports(
        &self,
    ) -> impl Iterator<Item = (&CoreInstance<'a>, &CoreImport<'a>, &CoreValue)> {
        self.core_instances.iter().flat_map(|instance| {
            let imports = &self.binary.module(instance.module).imports;
            imports
                .iter()
                .zip(&instance.imports)
                .map(move |(import, value)| (instance, import, value))
        })
    }
}
