//! What is needed, and how sure that is.

use crate::catalogue::Kind;
use crate::flow::{Site, Text, Why};
use crate::graph::InstanceId;
use std::collections::{BTreeMap, BTreeSet};

/// Needs of all instances.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// By instance, then kind. A kind that no import makes possible is left out.
    pub instances: BTreeMap<InstanceId, BTreeMap<Kind, Need>>,
    /// What the reader should know beside the verdicts.
    pub notes: Vec<String>,
}

/// How much is proven of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No path from an export or start function reaches a call of this kind.
    None,
    /// Every call that can run was resolved to exact keys: these are all.
    Complete,
    /// Every call was resolved, some to a pattern.
    Bounded,
    /// Some call was not resolved.
    Open,
}

impl Verdict {
    /// The word for machines and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::None => "none",
            Verdict::Complete => "complete",
            Verdict::Bounded => "bounded",
            Verdict::Open => "open",
        }
    }
}

/// How sure a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The bytes are proven to reach the key parameter.
    Exact,
    /// They may.
    Candidate,
}

impl Grade {
    /// The word for machines and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Grade::Exact => "exact",
            Grade::Candidate => "candidate",
        }
    }
}

/// Needs of one kind.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Whether a call of this kind can run.
    pub reached: bool,
    /// Whether the program goes through all names.
    pub enumerates: bool,
    /// Keys by name.
    pub keys: BTreeMap<String, Key>,
    /// Patterns, each with the calls it stands for.
    pub patterns: BTreeMap<String, BTreeSet<Vec<Site>>>,
    /// Calls that were not resolved.
    pub blockers: BTreeSet<Blocker>,
    /// Calls that go through all names.
    pub enumerations: BTreeSet<Vec<Site>>,
    /// Calls to be shown to a reviewer, by action.
    pub audits: BTreeMap<String, BTreeSet<Vec<Site>>>,
}

/// A key and where it is used.
#[derive(Clone, Debug)]
pub struct Key {
    /// How sure it is.
    pub grade: Grade,
    /// Calls in progress when it arrives, outermost first, and where its bytes stand. Empty
    /// for a key that stands in the type.
    pub sites: BTreeMap<Vec<Site>, Text>,
}

/// Why a call was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocker {
    /// The reason.
    pub reason: BlockReason,
    /// Calls in progress, outermost first; may be empty.
    pub trail: Vec<Site>,
}

/// Why a verdict is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockReason {
    /// The flow analysis says why.
    Flow(Why),
    /// Code reads the whole list of names itself.
    ReadsList,
    /// A call that the call graph reaches, but no execution did.
    NeverArrived,
    /// The catalogue does not fit the types of the program.
    Catalogue,
}

impl BlockReason {
    /// The reason as one word for machines.
    pub fn as_str(self) -> &'static str {
        match self {
            BlockReason::Flow(why) => match why {
                Why::Input => "key-from-input",
                Why::Bytes => "key-partly-unknown",
                Why::Budget => "budget",
                Why::Recursion => "recursion",
                Why::IndirectCall => "unresolved-indirect-call",
                Why::Instruction(_) => "unsupported-instruction",
                Why::OtherInstance => "key-from-other-instance",
                Why::Unanalysed => "unanalysed",
            },
            BlockReason::ReadsList => "reads-whole-list",
            BlockReason::NeverArrived => "call-not-executed",
            BlockReason::Catalogue => "catalogue-mismatch",
        }
    }
}

impl Need {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        if !self.blockers.is_empty() {
            Verdict::Open
        } else if !self.patterns.is_empty() {
            Verdict::Bounded
        } else if self.reached || !self.keys.is_empty() || self.enumerates {
            Verdict::Complete
        } else {
            Verdict::None
        }
    }
}
