//! What is asked, and what comes out: functions and shapes, without names of interfaces.

use super::super::event::{Site, Why};
use crate::graph::{CoreFunc, LiftId, LowerId};
use std::collections::{BTreeMap, BTreeSet};

/// More secrets than this are told apart as one, the last.
pub(super) const MAX_SECRETS: usize = 31;

/// Where a name is that a function is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameAt {
    /// It is this one.
    Label(String),
    /// Core parameters with its address and its length in bytes.
    Params(usize, usize),
    /// Somewhere else: which one is not known.
    Unknown,
}

/// What a function of the host gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A handle of the secret with a name.
    Handle(NameAt),
    /// The bytes of the secret whose handle is in a core parameter, if it is known in which.
    Revealed(Option<usize>),
    /// The bytes of what has a name, when the name is one of these.
    Value(NameAt, BTreeSet<String>),
}

/// What of the arguments gets out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A number.
    Number(usize),
    /// The bytes at an address; the next parameter is their number.
    Bytes(usize),
    /// Everything that an address leads to.
    Deep(usize),
}

/// A call with which something gets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakSink {
    /// The function.
    pub func: CoreFunc,
    /// Classes of ways out, by their number. If the function is called on a handle, each
    /// with the bit of the handles that lead there.
    pub sinks: Vec<(u32, usize)>,
    /// The core parameter with the handle that decides.
    pub handle: Option<usize>,
    /// What gets out.
    pub taken: Vec<Taken>,
}

/// What is asked about secrets.
#[derive(Clone, Debug, Default)]
pub struct LeakQuestion {
    /// Functions that give secrets or handles of them.
    pub sources: Vec<(CoreFunc, Gives)>,
    /// Ways out.
    pub sinks: Vec<LeakSink>,
    /// Functions that give handles to ways out, and the bit.
    pub ways: Vec<(CoreFunc, u32)>,
    /// Functions whose results the user vouches for.
    pub trusted: BTreeSet<CoreFunc>,
    /// Host functions by who implements them: what one is given, another may hand out.
    pub packages: BTreeMap<CoreFunc, u32>,
    /// Names in the environment that are secrets.
    pub environment: BTreeSet<String>,
    /// The number of the class of results of exports.
    pub exports: Option<usize>,
    /// Lifted functions that the outside calls once for each instance of the program.
    pub once: BTreeSet<LiftId>,
    /// Classes that a stream may lead to.
    pub streams: Vec<usize>,
}

/// How a secret gets to a way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeakHow {
    /// Its bytes arrive, through copies that were followed.
    Copied,
    /// Something arrives that was computed from it.
    Computed,
    /// It may arrive: here it was lost sight of.
    Lost(Why),
    /// A part of it decides which of many ways a program goes, and each may tell.
    Chosen,
}

/// A secret that gets, or may get, to a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// How.
    pub how: LeakHow,
    /// The way to the call, outermost first.
    pub trail: Vec<Site>,
    /// The function that takes it, if it was seen.
    pub func: Option<CoreFunc>,
}

/// What was found out about secrets.
#[derive(Clone, Debug, Default)]
pub struct Leaks {
    /// Names of secrets that were met; `None` for those whose name is not known.
    pub secrets: Vec<Option<String>>,
    /// By secret and class of ways out.
    pub flows: BTreeMap<(usize, usize), Leak>,
    /// Where each is revealed.
    pub revealed: BTreeMap<usize, BTreeSet<Vec<Site>>>,
    /// Calls between instances that each is given to, and whether as a value.
    pub passed: BTreeSet<(usize, LowerId, bool)>,
    /// Functions of the user's that were met.
    pub trusted: BTreeSet<CoreFunc>,
    /// Steps that it took.
    pub steps: u64,
}
