//! Typed sinks: where, among the core arguments of every host call, a resource name is.
//!
//! The catalogue says which parameter of which function holds a name, in WIT terms; the
//! component's own types and the canonical ABI say where that parameter is when a core
//! module calls. Nothing is matched by how it is called inside a core module.

mod core;
mod find;
mod handles;
mod import;
mod mismatch;
mod place;
mod render;
mod source;

#[cfg(test)]
mod tests;

pub use handles::PassedTo;
pub(in crate::needs) use import::imported;
pub use mismatch::{CatalogueMismatch, MismatchReason};
pub use render::Render;
pub use source::{SourceLayout, SourceUse};

use crate::binary::ResourceName;
use crate::catalogue::{CoreAnswer, Kind};
use crate::flow::GivenAt;
use crate::flow::place::Place;
use crate::graph::{HostId, InstanceId, LowerId};

/// All that the catalogue says about the host calls of a program.
#[derive(Clone, Debug, Default)]
pub struct Sinks {
    /// Calls that take names or have effects, in order of their targets.
    pub uses: Vec<SinkUse>,
    /// Calls that hand over names with their values.
    pub sources: Vec<SourceUse>,
    /// Calls whose name is in the type of the program.
    pub labels: Vec<LabelUse>,
    /// Calls that do not come back.
    pub exits: Vec<CoreTarget>,
    /// How functions without a type answer where a program is run.
    pub answers: Vec<(CoreTarget, CoreAnswer)>,
    /// Exports that the host calls with names of its own configuration.
    pub triggers: Vec<TriggerUse>,
    /// Calls that give a handle for a name.
    pub handles: Vec<HandleUse>,
    /// Where catalogue and types disagree. While such a function can be called, nothing is
    /// proven about its kind.
    pub mismatches: Vec<CatalogueMismatch>,
}

/// What a core module calls when it calls the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoreTarget {
    /// A lowered component function. The instance that has it is the one that calls.
    Lower(LowerId),
    /// An import of a core module that is the whole file.
    Host(HostId),
}

/// A host function as it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFunction {
    /// What to call for it.
    pub target: CoreTarget,
    /// The interface with its version; for a core module, the first-level import name.
    pub interface: String,
    /// The function.
    pub function: String,
    /// The label under which the interface is imported, when that is not its name.
    pub label: Option<String>,
}

/// A host call that takes a name or has an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkUse {
    /// The function.
    pub host: HostFunction,
    /// The kind of resource.
    pub kind: Kind,
    /// What the call means.
    pub role: Role,
}

/// What a host call means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The value there is the name of a resource.
    Key(KeyPlace),
    /// The value there is the beginning of names: `APP_` means `APP_*`. When it is an
    /// absent `option`, all names are meant.
    Prefix(KeyPlace),
    /// All names are gone through.
    Enumerates,
    /// To be shown to a reviewer, such as `reveal`.
    Audit {
        /// What happens.
        action: String,
        /// The core parameter that holds the handle that it happens to.
        handle: Option<usize>,
    },
    /// Something leaves for the network.
    Egress,
    /// The program looks at the directories it was given.
    Mount,
}

/// Where a name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// The parameter as the catalogue names it: `msg.subject`.
    pub parameter: String,
    /// The same in core arguments.
    pub place: Place,
    /// How what is read there becomes a name.
    pub render: Render,
}

/// A host call whose name is the label of its import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelUse {
    /// The function; its label is the name.
    pub host: HostFunction,
    /// The kind of resource.
    pub kind: Kind,
    /// The label: an exact name, known from the type.
    pub name: String,
    /// The instance that can call it.
    pub instance: InstanceId,
}

/// A host call that gives a handle for the name that it takes, or for its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandleUse {
    /// The function.
    pub host: HostFunction,
    /// The kind of resource.
    pub kind: Kind,
    /// The instance that can call it.
    pub instance: InstanceId,
    /// Where the handle is after the call.
    pub at: GivenAt,
    /// What the handle is of.
    pub resource: ResourceName,
    /// The name, when it is the label of the import.
    pub label: Option<String>,
}

/// An export that the host calls with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerUse {
    /// The interface with its version.
    pub interface: String,
    /// The function.
    pub function: String,
    /// The kind of resource that the name is of.
    pub kind: Kind,
}

impl Sinks {
    /// The uses with one target.
    pub fn of(&self, target: CoreTarget) -> impl Iterator<Item = &SinkUse> {
        self.uses.iter().filter(move |u| u.host.target == target)
    }
}
