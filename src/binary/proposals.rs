//! Which proposals beyond the first WebAssembly release a binary uses.

use std::fmt;

macro_rules! proposals {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A proposal that a binary can use. Names are those of the proposals; for the
        /// component model, those of the switches that engines have for them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Proposal {
            $($(#[$doc])* $name,)*
        }

        impl Proposal {
            const ALL: &'static [Proposal] = &[$(Proposal::$name),*];

            /// Its name in lower-case words joined by `-`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Proposal::$name => $text,)*
                }
            }
        }
    };
}

proposals! {
    /// Mutable globals imported or exported.
    MutableGlobal = "mutable-global",
    /// Sign-extension instructions.
    SignExtension = "sign-extension",
    /// Conversions that saturate.
    SaturatingFloatToInt = "saturating-float-to-int",
    /// Several results or block parameters.
    MultiValue = "multi-value",
    /// `memory.copy`, `memory.fill`, passive segments.
    BulkMemory = "bulk-memory",
    /// `externref`, several tables, table instructions.
    ReferenceTypes = "reference-types",
    /// 128-bit vectors.
    Simd = "simd",
    /// Vector instructions with implementation-defined results.
    RelaxedSimd = "relaxed-simd",
    /// Atomic instructions and shared memories.
    Threads = "threads",
    /// Shared functions, tables and globals.
    SharedEverythingThreads = "shared-everything-threads",
    /// `return_call` and its relatives.
    TailCall = "tail-call",
    /// Several memories.
    MultiMemory = "multi-memory",
    /// 64-bit memories or tables.
    Memory64 = "memory64",
    /// Arithmetic in constant expressions.
    ExtendedConst = "extended-const",
    /// Exceptions with `try_table`.
    Exceptions = "exceptions",
    /// Exceptions with `try`/`catch`.
    LegacyExceptions = "legacy-exceptions",
    /// Typed function references.
    FunctionReferences = "function-references",
    /// Garbage-collected structs and arrays.
    Gc = "gc",
    /// Custom descriptors of GC types.
    CustomDescriptors = "custom-descriptors",
    /// Continuations.
    StackSwitching = "stack-switching",
    /// 128-bit integer arithmetic.
    WideArithmetic = "wide-arithmetic",
    /// `memory.discard`.
    MemoryControl = "memory-control",
    /// Pages of another size than 64 KiB.
    CustomPageSizes = "custom-page-sizes",
    /// Async functions, streams, futures and their built-ins.
    ComponentAsync = "component-model-async",
    /// `error-context` values.
    ComponentErrorContext = "component-model-error-context",
    /// `implements` on imports and exports.
    ComponentImplements = "component-model-implements",
    /// `external-id` on imports and exports.
    ComponentExternalId = "component-model-external-id",
    /// Split versions in import and export names.
    ComponentCanonNames = "component-model-canon-names",
    /// Value imports, exports and start functions.
    ComponentValues = "component-model-values",
    /// Lists of fixed length.
    ComponentFixedLengthLists = "component-model-fixed-length-lists",
    /// `map` values.
    ComponentMap = "component-model-map",
    /// Threads of the component model.
    ComponentThreading = "component-model-threading",
    /// Canonical ABI on GC types.
    ComponentGc = "component-model-gc",
}

impl Proposal {
    /// Stands for "nothing beyond the first release" in tables that need an entry.
    pub(super) const NONE: Option<Proposal> = None;
}

/// A set of proposals.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Proposals(u64);

impl Proposals {
    /// Adds a proposal; `None` adds nothing.
    #[inline(always)]
    pub fn insert(&mut self, proposal: impl Into<Option<Proposal>>) {
        if let Some(proposal) = proposal.into() {
            self.0 |= 1 << proposal as u8;
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Proposals) {
        self.0 |= other.0;
    }

    /// Whether `proposal` is in the set.
    pub fn contains(self, proposal: Proposal) -> bool {
        self.0 & (1 << proposal as u8) != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The proposals of the set, older ones first.
    pub fn iter(self) -> impl Iterator<Item = Proposal> {
        Proposal::ALL
            .iter()
            .copied()
            .filter(move |p| self.contains(*p))
    }
}

impl fmt::Debug for Proposals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
