//! What is needed, and how sure that is.

use super::sinks::{HostFunction, PassedTo};
use crate::catalogue::Kind;
use crate::flow::{Site, Text, Why};
use crate::graph::InstanceId;
use crate::script::SourcePlace;
use std::collections::{BTreeMap, BTreeSet};

/// Needs of all instances.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// By instance, then kind. A kind that no import makes possible is left out.
    pub instances: BTreeMap<InstanceId, BTreeMap<Kind, Need>>,
    /// The calls that keys arrive at and gaps are about.
    pub calls: Vec<NamedCall>,
    /// Kinds of which some calls are to be shown to a reviewer, according to the catalogue.
    pub audited: BTreeSet<Kind>,
    /// Functions that were proven to look a name up.
    pub lookups: Vec<Site>,
    /// What the reader should know beside the verdicts.
    pub notes: Vec<String>,
}

/// A call that takes a name, or matters by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCall {
    /// The kind of resource.
    pub kind: Kind,
    /// The host functions: one, or all that hand over the list that is looked through.
    pub functions: Vec<HostFunction>,
    /// What the function does with a name.
    pub takes: Takes,
}

/// How a call gets its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// In a parameter, named as in the catalogue.
    Parameter(String),
    /// A function inside looks the name up in a list that the host function gives.
    Lookup,
    /// From the label of its import.
    Label,
    /// Not at all: it goes through all names, or the call itself is what matters.
    Nothing,
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
    /// Those of [`Need::patterns`] that were only seen in comparisons: more than what may
    /// arrive, so that they change no verdict.
    pub seen_patterns: BTreeSet<String>,
    /// Patterns, each with the calls it stands for.
    pub patterns: BTreeMap<String, BTreeMap<Vec<Site>, Arrival>>,
    /// Patterns of interpreted programs: where they stand there.
    pub pattern_places: BTreeMap<String, BTreeSet<SourcePlace>>,
    /// Calls that were not resolved.
    pub blockers: BTreeSet<Blocker>,
    /// Calls that go through all names: calls in progress, and which of [`Needs::calls`].
    pub enumerations: BTreeMap<Vec<Site>, usize>,
    /// Calls to be shown to a reviewer, by action: calls in progress, and what is known.
    pub audits: BTreeMap<String, BTreeMap<Vec<Site>, Audit>>,
    /// Whether a call to be shown to a reviewer can run.
    pub audited: bool,
    /// Where handles that keys were exchanged for can leave the instance.
    pub passed_on: BTreeSet<PassedTo>,
}

/// A call to be shown to a reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The call, as a position of [`Needs::calls`].
    pub call: usize,
    /// The key that the handle was exchanged for; `None` if that is not known.
    pub name: Option<String>,
}

/// A name that arrives at a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// The bytes and where they come from.
    pub text: Text,
    /// The call, as a position of [`Needs::calls`].
    pub call: usize,
}

/// A key and where it is used.
#[derive(Clone, Debug)]
pub struct Key {
    /// How sure it is.
    pub grade: Grade,
    /// Calls in progress when it arrives, outermost first, and where its bytes stand. Empty
    /// for a key that stands in the type.
    pub sites: BTreeMap<Vec<Site>, Arrival>,
    /// For a key that stands in the type of the program: the calls that use it, as positions
    /// of [`Needs::calls`].
    pub labels: BTreeSet<usize>,
    /// Whether it is only known from comparisons that a run made with names.
    pub compared: bool,
    /// Whether names are changed before they are compared with it, so that case does not
    /// matter.
    pub any_case: bool,
    /// Whether only a language runtime asks for it: one that the catalogue names does, and
    /// every call it arrives at lies below calls that do not come back, such as a panic.
    pub runtime: bool,
    /// Where an interpreted program looks it up.
    pub places: BTreeSet<SourcePlace>,
}

/// Why a call was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocker {
    /// The reason.
    pub reason: BlockReason,
    /// Calls in progress, outermost first; may be empty.
    pub trail: Vec<Site>,
    /// The call that it is about, as a position of [`Needs::calls`].
    pub call: Option<usize>,
    /// Where it stands in an interpreted program.
    pub place: Option<SourcePlace>,
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
    /// There are more names than are listed.
    TooMany,
    /// An interpreter runs a program: what that does is not proven.
    Interpreted,
    /// An interpreter runs a program of which not all could be read.
    Unread,
    /// An interpreted program computes the name.
    Computed,
    /// An interpreted program gives all names, or the function that looks them up, to code
    /// that is not followed.
    HandedOn,
}

/// How many keys, and how many patterns, are listed for one kind of one instance. A person
/// reads no more, and a program that was made to has millions.
pub(super) const MAX_NAMES: usize = 2_000;

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
            BlockReason::TooMany => "too-many-keys",
            BlockReason::Interpreted => "interpreted",
            BlockReason::Unread => "interpreted-unread",
            BlockReason::Computed => "interpreted-computed-key",
            BlockReason::HandedOn => "interpreted-handed-on",
        }
    }
}

impl Need {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        if !self.blockers.is_empty() {
            Verdict::Open
        } else if self
            .patterns
            .keys()
            .any(|p| !self.seen_patterns.contains(p))
        {
            Verdict::Bounded
        } else if self.reached || !self.keys.is_empty() || self.enumerates {
            Verdict::Complete
        } else {
            Verdict::None
        }
    }
}

/// The word of a [`BlockReason`] as people say it.
pub fn phrase(reason: &str) -> &str {
    match reason {
        "key-from-input" => "the key of a call comes from input",
        "key-partly-unknown" => "the key of a call is known only in part",
        "budget" => "the analysis ran out of budget",
        "recursion" => "recursion is deeper than is followed",
        "unresolved-indirect-call" => "a call through a pointer may get here",
        "unsupported-instruction" => "an instruction is not supported",
        "key-from-other-instance" => "the key comes from another instance",
        "unanalysed" => "code that is not in the file may call it",
        "reads-whole-list" => "code reads the whole list by itself",
        "call-not-executed" => "a call can be reached, but no execution got to it",
        "catalogue-mismatch" => "the catalogue does not fit the type",
        "interpreted" => "an interpreter runs a program, which is read but not proven",
        "interpreted-unread" => "an interpreter runs a program that could not be read whole",
        "interpreted-computed-key" => "the program computes the key of a lookup",
        "interpreted-handed-on" => "the program hands all names, or the lookup, to other code",
        "too-many-keys" => "there are more keys than are listed",
        other => other,
    }
}
