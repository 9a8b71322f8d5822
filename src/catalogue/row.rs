//! The rows of a catalogue.

use super::{Kind, ParamPath, Versions};
use std::fmt;
use std::sync::Arc;

/// One fact about one function of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The interface without version: `wasi:config/store`.
    pub interface: String,
    /// Its versions.
    pub versions: Versions,
    /// The function: `get`, `[method]bucket.get`.
    pub function: String,
    /// The fact.
    pub fact: Fact,
    /// Where it is written.
    pub origin: Origin,
}

/// Where a row is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// Whether the file is built in.
    pub builtin: bool,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What is known about a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A parameter holds the name of a resource.
    Key {
        /// Of which kind.
        kind: Kind,
        /// Which parameter, or which part of it.
        parameter: ParamPath,
        /// How the value there is a name.
        format: Format,
        /// Whether the value is only the beginning of names, and its absence means all.
        prefix: bool,
    },
    /// The name is the label under which the interface is imported.
    Label {
        /// Of which kind.
        kind: Kind,
    },
    /// Calling it goes through all names.
    Enumerates {
        /// Of which kind.
        kind: Kind,
    },
    /// A call that a reviewer wants to see, such as `reveal` of a secret.
    Audit {
        /// Of which kind the thing is.
        kind: Kind,
        /// What happens to it.
        action: String,
    },
    /// A call that has an effect but names nothing itself.
    Mark {
        /// The kind of resource that it concerns.
        kind: Kind,
        /// The effect.
        mark: Mark,
    },
    /// The result is a list of names with their values: the guest looks names up itself.
    Source {
        /// Of which kind.
        kind: Kind,
    },
    /// When exported: the host calls it with a name that only its configuration knows.
    Trigger {
        /// Of which kind.
        kind: Kind,
    },
    /// The call does not come back.
    Exits,
    /// Nothing: an override that silences earlier rows.
    Nothing,
}

/// How a value is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// A string is the name; a number is, in decimal.
    Plain,
    /// A string is a URL, and its host and port are the name.
    Url,
    /// A variant with the cases `ipv4` and `ipv6`, each a record of `port` and `address`.
    SocketAddress,
}

/// An effect that a call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// Something leaves for the network.
    Egress,
    /// The program looks at the directories it was given.
    Mount,
}

impl Fact {
    /// The kind of resource concerned; `None` for [`Fact::Exits`] and
    /// [`Fact::Nothing`].
    pub fn kind(&self) -> Option<&Kind> {
        match self {
            Fact::Key { kind, .. }
            | Fact::Label { kind }
            | Fact::Enumerates { kind }
            | Fact::Audit { kind, .. }
            | Fact::Mark { kind, .. }
            | Fact::Source { kind }
            | Fact::Trigger { kind } => Some(kind),
            Fact::Exits | Fact::Nothing => None,
        }
    }

    /// Whether both say something about the same thing, be it the same or not. One
    /// parameter may hold names of two kinds.
    fn same_subject(&self, other: &Fact) -> bool {
        let parameter = |fact: &Fact| match fact {
            Fact::Key { parameter, .. } => Some(parameter.clone()),
            _ => None,
        };
        std::mem::discriminant(self) == std::mem::discriminant(other)
            && self.kind() == other.kind()
            && parameter(self) == parameter(other)
    }
}

impl Row {
    pub(super) fn repeats(&self, other: &Row) -> bool {
        self.interface == other.interface
            && self.function == other.function
            && self.fact.same_subject(&other.fact)
            && self.versions.overlap(&other.versions)
    }
}

/// Names that a language runtime asks for by itself, on its way to the end of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeRow {
    /// The runtime, for people.
    pub name: String,
    /// The kind of resource.
    pub kind: Kind,
    /// The names.
    pub keys: Vec<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// One fact about one import of a core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreRow {
    /// First-level import name.
    pub module: String,
    /// Second-level import name.
    pub function: String,
    /// The fact.
    pub fact: CoreFact,
    /// Where it is written.
    pub origin: Origin,
}

/// What is known about a core import. It has no WIT type, so parameters are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreFact {
    /// Two parameters hold the address and the length in bytes of a name in UTF-8.
    Key {
        /// Of which kind.
        kind: Kind,
        /// Core parameter with the address; the next one has the length.
        address: usize,
    },
    /// Fills memory with names and values.
    Source {
        /// Of which kind.
        kind: Kind,
        /// How.
        layout: EnvironLayout,
    },
    /// A call that has an effect but names nothing itself.
    Mark {
        /// The kind of resource that it concerns.
        kind: Kind,
        /// The effect.
        mark: Mark,
    },
    /// The call does not come back.
    Exits,
    /// How it answers where a program is run to see what it does with names. Says nothing
    /// about any name.
    Answer(CoreAnswer),
    /// Nothing: an override that silences earlier rows.
    Nothing,
}

/// How a core function answers where a program is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoreAnswer {
    /// What it returns, if it returns something.
    pub result: u64,
    /// What it writes.
    pub writes: Vec<CoreWrite>,
}

/// Something that a core function writes to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreWrite {
    /// The parameter with the address.
    pub at: usize,
    /// Bytes from there.
    pub offset: u32,
    /// How many bytes: 1, 2, 4 or 8.
    pub bytes: u8,
    /// What.
    pub value: CoreWritten,
}

/// What a core function writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreWritten {
    /// This number.
    Number(u64),
    /// The same, as input of the program.
    Input(u64),
    /// What this parameter holds.
    Parameter(usize),
    /// The sum of the lengths in a list of addresses and lengths: the parameter with its
    /// address; the next one has the number of its items.
    Gathered(usize),
    /// A number that grows from call to call.
    Ticks,
    /// As many bytes that look like any as this parameter says.
    Noise(usize),
}

/// How a core function hands over names and values. WASI preview 1, `environ_get` and
/// `environ_sizes_get`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvironLayout {
    /// Parameter 0: where pointers to `NAME=value\0` are written, one word each;
    /// parameter 1: where the texts are written.
    Entries,
    /// Parameter 0: where the number of entries is written; parameter 1: where the number
    /// of bytes of all texts is written.
    Sizes,
}

impl CoreRow {
    pub(super) fn repeats(&self, other: &CoreRow) -> bool {
        let address = |fact: &CoreFact| match fact {
            CoreFact::Key { address, .. } => Some(*address),
            _ => None,
        };
        (&self.module, &self.function) == (&other.module, &other.function)
            && std::mem::discriminant(&self.fact) == std::mem::discriminant(&other.fact)
            && address(&self.fact) == address(&other.fact)
    }
}
