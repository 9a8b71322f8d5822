//! The machine's view of `explain`: `gusset.explain/1`. Fields may be added within version
//! 1; none is renamed or removed.

use crate::report::inspect::{RevealedFacts, SourcePlaceFacts};
use serde::Serialize;

/// What `gusset explain --format json` prints.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// Always `gusset.explain/1`.
    pub schema: &'static str,
    /// The path as given.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What was asked: `env:DATABASE_URL`, `env:*` or `env`.
    pub need: String,
    /// The kind of resource.
    pub kind: String,
    /// `none`, `complete`, `bounded` or `open`, for the kind in the whole file.
    pub verdict: &'static str,
    /// Whether the program goes through all names of the kind.
    pub enumerates: bool,
    /// The keys that were asked for; all of the kind when only the kind was.
    pub keys: Vec<KeyFacts>,
    /// The patterns that were asked for, or that the key matches.
    pub patterns: Vec<PatternFacts>,
    /// Calls that go through all names.
    pub enumerations: Vec<SiteFacts>,
    /// Calls of the kind that were not resolved.
    pub blockers: Vec<BlockerFacts>,
    /// Calls that a reviewer wants to see, such as `reveal`.
    pub audits: Vec<AuditFacts>,
    /// What the verdict assumes, and where the catalogue does not fit. Sentences for people.
    pub notes: Vec<String>,
}

/// A key and why it is there.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyFacts {
    /// The key.
    pub name: String,
    /// `exact` or `candidate`.
    pub grade: &'static str,
    /// Whether names that the program goes through were only seen to be compared with it;
    /// left out otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compared: bool,
    /// Whether names are changed before, so that case does not matter; left out otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub any_case: bool,
    /// At how many calls it arrives, or may be asked for where it stands in the type.
    pub calls: u64,
    /// The calls, each with one way to it; at most 100.
    pub sites: Vec<SiteFacts>,
    /// Where the program that an interpreter runs looks it up; left out for compiled programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourcePlaceFacts>,
    /// What becomes of a secret; `null` for other kinds. `audits` has the ways to the calls.
    pub revealed: Option<RevealedFacts>,
}

/// A pattern and why it is there.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PatternFacts {
    /// The pattern; `*` stands for any text.
    pub pattern: String,
    /// Whether names that the program goes through were only seen to be compared with it;
    /// left out otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compared: bool,
    /// At how many calls it arrives.
    pub calls: u64,
    /// The calls, each with one way to it; at most 100.
    pub sites: Vec<SiteFacts>,
    /// Where the program that an interpreter runs looks such names up; left out for compiled
    /// programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourcePlaceFacts>,
}

/// A call at which a name arrives.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteFacts {
    /// Id of the component instance that makes the call.
    pub instance: String,
    /// Its name in a name section.
    pub instance_name: Option<String>,
    /// In how many ways the analysis saw execution get there; one of them is shown.
    pub ways: u64,
    /// The bytes that arrive; `null` when the name stands in the type, or there is none.
    pub bytes: Option<BytesFacts>,
    /// How execution gets there.
    pub trace: TraceFacts,
}

/// Bytes of a name.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BytesFacts {
    /// The whole text that arrives; a key can be a part of it, as the host of a URL.
    pub text: String,
    /// Where its bytes come from, in their order in memory. Empty for a name that is made of
    /// numbers.
    pub pieces: Vec<PieceFacts>,
}

/// Bytes that come from one place.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PieceFacts {
    /// `data`: a data segment; `written`: an instruction; `unknown`.
    pub from: &'static str,
    /// Number of bytes.
    pub length: u32,
    /// Whether they were copied from the data segment before they arrive.
    pub copied: bool,
    /// Id of the core instance that has the segment or function.
    pub module: Option<String>,
    /// For `data`, the index of the segment.
    pub segment: Option<u64>,
    /// For `data`, bytes from the beginning of the segment.
    pub segment_offset: Option<u64>,
    /// For `data`, the first byte in the file; for `written`, the instruction in the file.
    pub file_offset: Option<u64>,
    /// For `written`, the function.
    pub function: Option<FunctionFacts>,
}

/// A function with a body.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FunctionFacts {
    /// Index in its module.
    pub index: u32,
    /// Its name in the name section, as the compiler wrote it.
    pub symbol: Option<String>,
    /// The same made readable, when it is mangled.
    pub demangled: Option<String>,
    /// First byte of its body in the file.
    pub start: u64,
    /// One past the last byte of its body in the file.
    pub end: u64,
}

/// How execution gets to a call.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceFacts {
    /// Where it comes in; `null` when no way was found.
    pub entry: Option<EntryFacts>,
    /// Other ways in that lead to the same calls.
    pub other_entries: Vec<EntryFacts>,
    /// Calls, outermost first.
    pub steps: Vec<StepFacts>,
    /// The host function that is called in the end, if that is known.
    pub target: Option<TargetFacts>,
    /// Whether the steps lead to the target; otherwise it may be reached in some way that is
    /// not followed.
    pub connected: bool,
}

/// A way into the program.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntryFacts {
    /// `export`, `start` (of a component or core module), `handed-out` (given to code that
    /// is not in the file), `destructor` or `canonical` (the canonical ABI calls it).
    pub kind: &'static str,
    /// For an export its name; for the start function of a module the core instance.
    pub name: Option<String>,
}

/// One call on the way.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepFacts {
    /// `way`: leads to what the analysis followed, a shortest chain of calls; `followed`:
    /// executed by the analysis; `lookup`: a proven lookup; `below`: leads from there to the
    /// host, a shortest chain of calls; `link`: a call to another component instance.
    pub part: &'static str,
    /// Id of the component instance; for a link, the one that is called.
    pub instance: String,
    /// Its name in a name section.
    pub instance_name: Option<String>,
    /// Id of the core instance; `null` for a link.
    pub module: Option<String>,
    /// The function; `null` for a link.
    pub function: Option<FunctionFacts>,
    /// For a link, what the called instance exports.
    pub export: Option<String>,
    /// The call in the file that leads on; `null` when the function as a whole is meant.
    pub offset: Option<u64>,
    /// How the call names its callee: `call`, or `pointer` when it goes through a table or
    /// reference.
    pub via: Option<&'static str>,
    /// Where the call stands in the source, the innermost inlined function first. Empty
    /// without debug information.
    pub source: Vec<SourceFacts>,
}

/// A place in source code.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourceFacts {
    /// The function, inlined or not.
    pub function: Option<String>,
    /// The file as the compiler wrote it down.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

/// The host function at the end.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetFacts {
    /// The interface with its version.
    pub interface: String,
    /// The function.
    pub function: String,
    /// The label of the import, when it has one.
    pub label: Option<String>,
    /// How the call gets its name: `parameter`, `lookup` (a function inside the file looks it
    /// up in the list that the host gives), `label` or `nothing`.
    pub takes: &'static str,
    /// The parameter, as the catalogue names it.
    pub parameter: Option<String>,
}

/// A call that was not resolved.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlockerFacts {
    /// The reason as in `gusset.inspect/1`.
    pub reason: &'static str,
    /// For `unsupported-instruction`, the proposal that the instruction belongs to.
    pub detail: Option<String>,
    /// The reason in plain words.
    pub message: String,
    /// What a person can do about it.
    pub help: String,
    /// Where.
    pub site: SiteFacts,
    /// Where it stands in the program that an interpreter runs; left out for compiled ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePlaceFacts>,
}

/// A call that a reviewer wants to see.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditFacts {
    /// What happens there: `reveal`.
    pub action: String,
    /// The key whose handle it happens to; `null` if that is not known.
    pub name: Option<String>,
    /// Where.
    pub site: SiteFacts,
}
