//! What an execution finds out: names that arrive at places, and where proof ends.

use crate::binary::FuncId;
use crate::graph::{CoreInstanceId, InstanceId, MemoryRef};

/// A call in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// The core instance whose code runs.
    pub instance: CoreInstanceId,
    /// The function.
    pub func: FuncId,
    /// Offset in the file of the instruction it is at.
    pub offset: u32,
}

/// The bytes of a name and where they come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text {
    /// The bytes, converted to UTF-8 from the encoding of the call.
    pub bytes: Vec<u8>,
    /// Address of the first byte when it was called.
    pub address: u32,
    /// Whether the bytes stand in a data segment, so that the address is evidence; otherwise
    /// they were built at run time.
    pub literal: bool,
    /// Where the bytes in memory come from, in their order; before they were converted to
    /// UTF-8. Empty unless the question asked for evidence, and for names that are made of
    /// numbers.
    pub pieces: Vec<Piece>,
}

/// Bytes of a name that come from one place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Piece {
    /// The place.
    pub source: Source,
    /// How many bytes.
    pub len: u32,
}

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A data segment puts them at this address; from there they were copied, if they arrive
    /// at another one.
    Data {
        /// The memory.
        memory: MemoryRef,
        /// Address of the first of them.
        address: u32,
    },
    /// An instruction wrote them.
    Written(Site),
    /// Not known.
    Unknown,
}

/// What arrived at a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arrived {
    /// Exactly this name.
    Exact(Text),
    /// A name that starts with these known bytes; how it goes on is not known.
    Prefix(Text),
    /// No name: an `option` without value, or an empty list.
    Nothing,
    /// Not resolved.
    Unknown(Why),
}

/// Why a name was not resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// Its address or length is computed from input.
    Input,
    /// Its address and length are known, its bytes are not.
    Bytes,
    /// The execution ran out of its budget before it got here.
    Budget,
    /// Recursion deeper than is followed.
    Recursion,
    /// A call through a pointer that was not resolved could get here.
    IndirectCall,
    /// An instruction without a rule, by its proposal.
    Instruction(&'static str),
    /// The name comes from another instance.
    OtherInstance,
    /// Code that is not in the file, or was not followed.
    Unanalysed,
}

/// Something that one execution found out about one watched thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Event {
    /// What is watched, by number.
    pub watch: usize,
    /// The component instance that makes the call.
    pub caller: InstanceId,
    /// What arrived.
    pub arrived: Arrived,
    /// Whether the path there is one that can run; `false` where several rounds of a loop
    /// were taken together.
    pub certain: bool,
    /// Calls in progress, outermost first.
    pub trail: Vec<Site>,
}
