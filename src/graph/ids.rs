//! Indexes into the arenas of a [`super::Program`].

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(super) u32);

        impl $name {
            /// The index as a position in its arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The index of the entry at a position of its arena.
            #[allow(dead_code)] // Not every arena is walked by position.
            pub(crate) fn from_index(position: usize) -> Self {
                Self(position as u32)
            }
        }
    )*};
}

index! {
    /// A component instance; 0 is the root.
    InstanceId
    /// A core module instance.
    CoreInstanceId
    /// What an instance exports, seen as one value.
    ValueId
    /// A core function lifted to a component function.
    LiftId
    /// A component function lowered to a core function.
    LowerId
    /// A use of a built-in function.
    BuiltinId
    /// Something that comes from an import of the root.
    HostId
    /// A resource type.
    ResourceId
    /// A table that some core instance defines.
    TableRef
    /// A memory that some core instance defines.
    MemoryRef
    /// A global that some core instance defines.
    GlobalRef
}
