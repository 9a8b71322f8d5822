//! Why a component cannot be virtualized as told.

use super::least::OpenVerdicts;
use crate::binary::{ParseError, world::WorldError};
use crate::compose::{BuildError, EncodeError, PackageError};

/// Why a component cannot be virtualized as told.
#[derive(Debug, thiserror::Error)]
pub enum VirtError {
    /// The component cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Something that was asked for would have no effect.
    #[error("{what} would have no effect: the component does not import {interface}")]
    NoEffect {
        /// What was asked for, as it is written on the command line.
        what: String,
        /// The interface that it is about.
        interface: String,
    },
    /// Two statements that cannot both hold.
    #[error("{0}")]
    Contradiction(String),
    /// A value that cannot be given.
    #[error("{0}")]
    Value(String),
    /// The component imports an interface in a form that is not known.
    #[error("`{interface}` has a type that adapters are not made for: {reason}")]
    Unsupported {
        /// The interface.
        interface: String,
        /// What is odd about it.
        reason: String,
    },
    /// An adapter that is no component. Cannot happen with those that are made here.
    #[error("the adapter `{adapter}` cannot be used: {message}")]
    Adapter {
        /// Its name.
        adapter: String,
        /// What is wrong with it.
        message: String,
    },
    /// An adapter needs something that the component does not import: the result would need
    /// more of its host than the component does.
    #[error(
        "the adapter `{adapter}` needs `{import}`, which the component does not import; nothing \
         new may be imported"
    )]
    NewImport {
        /// The adapter.
        adapter: String,
        /// What it needs.
        import: String,
    },
    /// An import stays, and uses a type that would come from an adapter.
    #[error(
        "`{import}` stays an import and uses `{used}`, which an adapter would provide; \
         virtualize both, or neither"
    )]
    UsesInside {
        /// The import that stays.
        import: String,
        /// The type.
        used: String,
    },
    /// Least privilege was asked for, and is not proven.
    #[error(transparent)]
    Open(#[from] OpenVerdicts),
    /// The result cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The result is not valid.
    #[error("the result is not valid: {0}")]
    Invalid(#[from] ParseError),
    /// The types of the result cannot be read.
    #[error("the types of the result cannot be read: {0}")]
    World(#[from] WorldError),
    /// The result is not what was meant.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl VirtError {
    /// What to do about it, if there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            VirtError::Package(PackageError::Parse(error)) => Some(error.help()),
            VirtError::NoEffect { .. } => {
                Some("`gusset inspect` lists what is imported; leave the option out")
            }
            VirtError::Open(_) => Some(
                "`gusset explain` shows the calls; `--if-open leave` or `restrict` goes on all \
                 the same",
            ),
            VirtError::Adapter { .. }
            | VirtError::Encode(_)
            | VirtError::Invalid(_)
            | VirtError::World(_)
            | VirtError::Build(_) => Some("this is a defect of gusset, and nothing was written"),
            _ => None,
        }
    }
}
