//! One index newtype per index space, so that a table index can't be used as a function's.

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as a position in a slice.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// A component of the file, in the order in which components begin; the root is 0.
    ComponentId
    /// A core module of the file, in the order in which modules begin.
    ModuleId

    /// Function index space of one core module, imports first.
    FuncId
    /// Table index space of one core module, imports first.
    TableId
    /// Memory index space of one core module, imports first.
    MemoryId
    /// Global index space of one core module, imports first.
    GlobalId
    /// Tag index space of one core module, imports first.
    TagId
    /// Type index space of one core module.
    TypeId

    /// Core function index space of one component.
    CoreFuncIndex
    /// Core table index space of one component.
    CoreTableIndex
    /// Core memory index space of one component.
    CoreMemoryIndex
    /// Core module index space of one component.
    CoreModuleIndex
    /// Core instance index space of one component.
    CoreInstanceIndex
    /// Function index space of one component.
    FuncIndex
    /// Type index space of one component.
    TypeIndex
    /// Instance index space of one component.
    InstanceIndex
    /// Component index space of one component.
    ComponentIndex
    /// Value index space of one component.
    ValueIndex
}
