//! A core module as typed arenas.

use super::constexpr::ConstExpr;
use super::ids::{ComponentId, FuncId, GlobalId, MemoryId, ModuleId, TableId, TagId, TypeId};
use super::scan::Scan;
use super::section::{Custom, Section};
use crate::base::ByteRange;
use std::collections::HashMap;

/// A validated core module.
#[derive(Debug)]
pub struct Module<'a> {
    /// Its place in [`super::Binary::modules`].
    pub id: ModuleId,
    /// The component that defines it; `None` when the file itself is a core module.
    pub parent: Option<ComponentId>,
    /// All of its bytes, header included.
    pub range: ByteRange,
    /// Type index space.
    pub types: Vec<CoreType>,
    /// Imports in order, of all kinds.
    pub imports: Vec<Import<'a>>,
    /// Function index space: the type of each function, imported ones first.
    pub funcs: Vec<TypeId>,
    /// How many functions are imported.
    pub imported_funcs: u32,
    /// Table index space, imports first.
    pub tables: Vec<Table<'a>>,
    /// How many tables are imported.
    pub imported_tables: u32,
    /// Memory index space, imports first.
    pub memories: Vec<Memory>,
    /// How many memories are imported.
    pub imported_memories: u32,
    /// Global index space, imports first.
    pub globals: Vec<Global<'a>>,
    /// How many globals are imported.
    pub imported_globals: u32,
    /// Tag index space: the function type of each tag, imports first.
    pub tags: Vec<TypeId>,
    /// How many tags are imported.
    pub imported_tags: u32,
    /// Exports in order.
    pub exports: Vec<Export<'a>>,
    pub(super) export_index: HashMap<&'a str, u32>,
    /// The start function.
    pub start: Option<FuncId>,
    /// Element segments.
    pub elements: Vec<Element<'a>>,
    /// Data segments.
    pub data: Vec<Data<'a>>,
    /// Bodies of the defined functions, in order; the first belongs to function
    /// `imported_funcs`.
    pub bodies: Vec<ByteRange>,
    /// Calls and references of each body.
    pub scan: Scan,
    /// Sections in file order, custom ones included.
    pub sections: Vec<Section>,
    /// Custom sections.
    pub customs: Vec<Custom<'a>>,
}

/// An entry of the type index space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreType {
    /// A function type.
    Func(FuncSig),
    /// A struct, array or continuation type of the GC or stack-switching proposals.
    Other,
}

/// Parameters and results of a core function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FuncSig {
    /// Parameter types.
    pub params: Box<[ValType]>,
    /// Result types.
    pub results: Box<[ValType]>,
    /// Whether a call through a table can reach it under another signature: the type is
    /// open to subtypes, has a supertype, or mentions types of its own module.
    pub subtyped: bool,
}

/// A core value type. Reference types are told apart only as far as linking needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// `funcref`.
    FuncRef,
    /// `externref`.
    ExternRef,
    /// Any other reference.
    OtherRef,
}

/// An import of a core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import<'a> {
    /// First level name.
    pub module: &'a str,
    /// Second level name.
    pub name: &'a str,
    /// What is imported and its index in that index space.
    pub item: CoreItem,
    /// Where the import stands in the file.
    pub offset: u64,
}

/// An export of a core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export<'a> {
    /// Export name.
    pub name: &'a str,
    /// What is exported.
    pub item: CoreItem,
}

/// An entry of one of a core module's index spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreItem {
    /// A function.
    Func(FuncId),
    /// A table.
    Table(TableId),
    /// A memory.
    Memory(MemoryId),
    /// A global.
    Global(GlobalId),
    /// A tag.
    Tag(TagId),
}

/// A table. Sizes are in elements.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// Whether its elements are functions.
    pub holds_functions: bool,
    /// Initial size.
    pub initial: u64,
    /// Greatest size, when limited.
    pub maximum: Option<u64>,
    /// The value of every element before segments apply; `None` is null.
    pub init: Option<ConstExpr<'a>>,
}

/// A memory. Sizes are in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Whether addresses are 64 bits wide.
    pub memory64: bool,
    /// Whether threads share it.
    pub shared: bool,
    /// Initial size.
    pub initial: u64,
    /// Greatest size, when limited.
    pub maximum: Option<u64>,
    /// Page size in bytes as a power of two: 16 unless custom page sizes are used.
    pub page_size_log2: u32,
}

/// A global.
#[derive(Clone, Debug)]
pub struct Global<'a> {
    /// Type of its value.
    pub ty: ValType,
    /// Whether code may change it.
    pub mutable: bool,
    /// Initial value; `None` for an imported global.
    pub init: Option<ConstExpr<'a>>,
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    /// When and where it applies.
    pub mode: ElementMode<'a>,
    /// Its items.
    pub items: ElementItems<'a>,
}

/// When and where an element segment applies.
#[derive(Clone, Debug)]
pub enum ElementMode<'a> {
    /// Only through `table.init`.
    Passive,
    /// At instantiation.
    Active {
        /// The table written.
        table: TableId,
        /// Index of the first element written.
        offset: ConstExpr<'a>,
    },
    /// Never; it only declares functions for `ref.func`.
    Declared,
}

/// The items of an element segment.
#[derive(Clone, Debug)]
pub enum ElementItems<'a> {
    /// Function indexes.
    Funcs(Box<[FuncId]>),
    /// Constant expressions.
    Exprs(Box<[ConstExpr<'a>]>),
}

impl ElementItems<'_> {
    /// How many items.
    pub fn len(&self) -> usize {
        match self {
            ElementItems::Funcs(funcs) => funcs.len(),
            ElementItems::Exprs(exprs) => exprs.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A data segment.
#[derive(Clone, Debug)]
pub struct Data<'a> {
    /// The memory and address written at instantiation; `None` for a passive segment.
    pub active: Option<(MemoryId, ConstExpr<'a>)>,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where its bytes stand in the file.
    pub range: ByteRange,
}

impl<'a> Module<'a> {
    /// The signature of a function, imported or defined; `None` for an index out of range.
    pub fn signature(&self, func: FuncId) -> Option<&FuncSig> {
        self.type_signature(*self.funcs.get(func.index())?)
    }

    /// The signature behind a type index; `None` when that is no function type.
    pub fn type_signature(&self, ty: TypeId) -> Option<&FuncSig> {
        match self.types.get(ty.index())? {
            CoreType::Func(sig) => Some(sig),
            CoreType::Other => None,
        }
    }

    /// Position of a defined function among the bodies; `None` for an imported one.
    pub fn defined(&self, func: FuncId) -> Option<usize> {
        let index = func.0.checked_sub(self.imported_funcs)? as usize;
        (index < self.bodies.len()).then_some(index)
    }

    /// The function that has the body at `index`.
    pub fn func_of_body(&self, index: usize) -> FuncId {
        FuncId(self.imported_funcs + index as u32)
    }

    /// The export called `name`.
    pub fn export(&self, name: &str) -> Option<CoreItem> {
        let index = *self.export_index.get(name)?;
        self.exports.get(index as usize).map(|e| e.item)
    }

    /// Constant expressions that can hold references to functions: initial values of globals
    /// and tables, and items of element segments.
    pub fn constants(&self) -> impl Iterator<Item = &ConstExpr<'a>> {
        let globals = self.globals.iter().filter_map(|g| g.init.as_ref());
        let tables = self.tables.iter().filter_map(|t| t.init.as_ref());
        let elements = self.elements.iter().flat_map(|e| match &e.items {
            ElementItems::Funcs(_) => &[],
            ElementItems::Exprs(exprs) => &exprs[..],
        });
        globals.chain(tables).chain(elements)
    }

    /// The first custom section called `name`.
    pub fn custom(&self, name: &str) -> Option<&Custom<'a>> {
        self.customs.iter().find(|c| c.name == name)
    }
}
