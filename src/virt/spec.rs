//! What is to be virtualized, and how.

use crate::base::Glob;
use crate::workload::InterfacePattern;

/// What a component is given by adapters instead of the host. What is `None` or empty stays as
/// it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// Environment variables.
    pub env: Option<Env>,
    /// Interfaces that are refused.
    pub deny: Vec<InterfacePattern>,
}

/// The environment variables that a component sees. A variable comes from the first of these
/// that has it: [`Env::set`], [`Env::rename`], [`Env::prefix`] with [`Env::allow`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env {
    /// Fixed variables, in the order in which they are listed.
    pub set: Vec<(String, String)>,
    /// Variables of the host that pass; none if empty. With a prefix, names without it.
    pub allow: Vec<Glob>,
    /// Variables of the host that do not pass although they match [`Env::allow`].
    pub deny: Vec<Glob>,
    /// Only variables of the host that begin so pass, and the component sees them without it.
    pub prefix: String,
    /// The component's name for a variable, and the host's.
    pub rename: Vec<(String, String)>,
}
