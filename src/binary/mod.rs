//! Bytes → a validated, indexed model. The only layer that knows `wasmparser`, except for
//! instruction stepping in `flow/step`. Resolves no link: that is `graph`.

pub mod abi;
mod calls;
mod component;
mod constexpr;
mod custom;
mod digest;
mod dwarf;
mod error;
mod ids;
mod module;
mod names;
mod parse;
mod proposals;
mod read_canon;
mod read_component;
mod read_module;
mod scan;
mod section;
mod shape;
mod types;
mod wit;
pub mod world;

pub use calls::{CallSite, Callee};
pub use component::{
    Alias, Builtin, Canon, CanonOptions, Component, CoreInstance, CoreSort, CoreSortIndex,
    Definition, DefinitionKind, Export, ExternName, Import, Instance, Sort, SortIndex,
    StringEncoding, TypeDef,
};
pub use constexpr::{ConstExpr, ConstOp};
pub use custom::{Metadata, Producer};
pub use dwarf::{Frame, Lines};
pub use error::ParseError;
pub use ids::*;
pub use module::{
    CoreItem, CoreType, Data, Element, ElementItems, ElementMode, Export as CoreExport, FuncSig,
    Global, Import as CoreImport, Memory, Module, Table, ValType,
};
pub use names::{ComponentNames, ModuleNames, is_extern_name};
pub use parse::{MAX_NESTING, panic_is_caught};
pub use proposals::{Proposal, Proposals};
pub use scan::{IndirectCall, Scan, Trampoline};
pub use section::{Custom, Nested, Section};
pub use shape::{Shape, ShapeItem};
pub use types::{FuncType, ResourceName, Ty, TyKind, TypeReader};
pub use wit::WitError;

/// A component or core module that was read and validated.
#[derive(Debug)]
pub struct Binary<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// What the file itself is.
    pub root: Root,
    /// All components of the file, outer before inner.
    pub components: Vec<Component<'a>>,
    /// All core modules of the file, in file order.
    pub modules: Vec<Module<'a>>,
    /// What the file uses beyond the first WebAssembly release.
    pub proposals: Proposals,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// A component.
    Component(ComponentId),
    /// A core module.
    Module(ModuleId),
}

impl<'a> Binary<'a> {
    /// A component by id. Ids come from this binary, so they are in range; a foreign id
    /// gives the root's neighbour or panics like any slice index.
    pub fn component(&self, id: ComponentId) -> &Component<'a> {
        &self.components[id.index()]
    }

    /// A core module by id; see [`Binary::component`] for foreign ids.
    pub fn module(&self, id: ModuleId) -> &Module<'a> {
        &self.modules[id.index()]
    }
}
