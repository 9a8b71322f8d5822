//! Where the catalogue and a program disagree.

use super::HostFunction;
use crate::binary::Ty;
use crate::catalogue::{Kind, Origin};
use std::fmt;

/// A row of the catalogue that does not fit the function it is about. The names that the
/// function takes are then unknown.
#[derive(Clone, Debug)]
pub struct CatalogueMismatch {
    /// The function.
    pub host: HostFunction,
    /// The kind of resource whose names are unknown.
    pub kind: Option<Kind>,
    /// The parameter that the row names.
    pub parameter: Option<String>,
    /// The row.
    pub origin: Origin,
    /// What is wrong.
    pub reason: MismatchReason,
}

/// What is wrong with a row.
#[derive(Clone, Debug)]
pub enum MismatchReason {
    /// The type of the function could not be read.
    NoType,
    /// A core module imports the interface: there are no types before it is a component.
    Untyped,
    /// The function has no such parameter.
    NoParameter {
        /// Its parameters.
        has: Vec<String>,
    },
    /// A step of the path leads nowhere.
    NoStep {
        /// The step as written.
        step: String,
        /// The type it starts from.
        ty: Ty,
    },
    /// The path leads to something that is no name.
    NotAName {
        /// Its type.
        ty: Ty,
    },
    /// The path leads to something that is no socket address.
    NotAnAddress {
        /// Its type.
        ty: Ty,
    },
    /// The result is no list of pairs of strings.
    NotPairs {
        /// Its type.
        ty: Option<Ty>,
    },
    /// Through lists of fixed length the path leads to more than 64 values.
    TooMany,
    /// A place beyond the first 4 GiB of a value.
    TooLarge,
    /// The import has no label, so nothing names the resource.
    NoLabel,
    /// The program passes values as references of the GC proposal.
    GcAbi,
    /// The core import has not the parameters that the row counts on.
    CoreSignature,
}

impl fmt::Display for MismatchReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MismatchReason::NoType => f.write_str("its type could not be read"),
            MismatchReason::Untyped => f.write_str(
                "a core module imports it, whose types are known only once it is a component",
            ),
            MismatchReason::NoParameter { has } if has.is_empty() => {
                f.write_str("the function has no parameters")
            }
            MismatchReason::NoParameter { has } => {
                write!(f, "the parameters are {}", has.join(", "))
            }
            MismatchReason::NoStep { step, ty } => write!(f, "`{step}` is not in `{ty}`"),
            MismatchReason::NotAName { ty } => {
                write!(f, "`{ty}` is neither a string nor an integer")
            }
            MismatchReason::NotAnAddress { ty } => write!(f, "`{ty}` is no socket address"),
            MismatchReason::NotPairs { ty: Some(ty) } => {
                write!(f, "the result is `{ty}`, not `list<tuple<string, string>>`")
            }
            MismatchReason::NotPairs { ty: None } => f.write_str("it has no result"),
            MismatchReason::TooMany => f.write_str("it stands for too many values"),
            MismatchReason::TooLarge => f.write_str("the value is larger than any memory"),
            MismatchReason::NoLabel => {
                f.write_str("the interface is imported without a label to name it")
            }
            MismatchReason::GcAbi => {
                f.write_str("the program passes values as garbage-collected references")
            }
            MismatchReason::CoreSignature => {
                f.write_str("the core import has other parameters than described")
            }
        }
    }
}

impl fmt::Display for CatalogueMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HostFunction {
            interface,
            function,
            ..
        } = &self.host;
        match &self.parameter {
            Some(parameter) => write!(f, "`{parameter}` of `{function}` in `{interface}`")?,
            None => write!(f, "`{function}` in `{interface}`")?,
        }
        write!(f, ", as {} describes it: {}", self.origin, self.reason)
    }
}
