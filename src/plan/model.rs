//! A link plan: for every import of every component, who satisfies it and how.
//!
//! The types are the wire format too: `gusset.plan/1`, with the schema in
//! `docs/schema/plan-1.json`. Fields may be added within version 1.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The schema of [`LinkPlan`].
pub const SCHEMA: &str = "gusset.plan/1";

/// The plan of a workload on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkPlan {
    /// `gusset.plan/1`
    pub schema: String,
    /// The host profile that it is for.
    pub profile: String,
    /// The components, in the order of the workload.
    pub components: Vec<PlannedComponent>,
    /// One for each import of each component, in the order of components and imports; then
    /// those of middleware.
    pub edges: Vec<PlannedEdge>,
    /// What is deployed: each group is one binary.
    pub groups: Vec<Group>,
    /// Which requests of http go where, in the order in which they are tried.
    #[serde(default)]
    pub routes: Vec<PlannedRoute>,
    /// What cannot be, apart from edges that are unsatisfied.
    pub problems: Vec<PlanProblem>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// A component of the workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedComponent {
    /// Its name in the workload.
    pub name: String,
    /// SHA-256 of its binary, in hexadecimal digits.
    pub sha256: String,
    /// Whether gusset makes it: the router of the routes.
    #[serde(default)]
    pub generated: bool,
}

/// A route of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedRoute {
    /// The host that a request names, without a port; any without.
    pub host: Option<String>,
    /// The path that a request is at or below: `/` for any.
    pub path: String,
    /// The component that answers.
    pub to: String,
    /// The instance that chooses; without one, it is the host.
    pub router: Option<String>,
}

/// One import of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedEdge {
    /// The instance that imports: the name of a component, for further instances of a
    /// middleware with a number behind it.
    pub consumer: String,
    /// The import; for one with a label, the label.
    pub import: String,
    /// For an import with a label, the interface that it implements.
    pub implements: Option<String>,
    /// The identity that the thing has outside of WebAssembly.
    pub external_id: Option<String>,
    /// Who satisfies it and how.
    #[serde(flatten)]
    pub decision: Decision,
    /// Middleware between consumer and provider, outermost first; the edges of it stand in the
    /// plan too.
    pub via: Vec<String>,
    /// Why.
    pub reason: Reason,
    /// What else could have been, and why it is not.
    pub refused: Vec<Refused>,
    /// What can go wrong at run time.
    pub risks: Vec<Risk>,
    /// What the decision goes by.
    pub evidence: Evidence,
}

/// Who satisfies an import, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// Fused into one binary with its provider.
    Static(Target),
    /// Another component of the same workload on the same host.
    Workload(Target),
    /// A component that is called over a network or a socket.
    Rpc(Target),
    /// The host itself or a plugin of it.
    Host(HostService),
    /// A native process besides the host.
    Provider {
        /// Which one, such as the image of it.
        provider: String,
    },
    /// An adapter that stands in for the host.
    Virtual {
        /// The adapter.
        adapter: String,
    },
    /// Nobody: the workload does not start, or fails at the first call.
    Unsatisfied,
}

/// The other end of an edge between components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Target {
    /// The instance that provides.
    pub provider: String,
    /// Its export.
    pub export: String,
}

/// What a host does for an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostService {
    /// The plugin of the host, when the profile names one.
    pub plugin: Option<String>,
    /// The version that the host has, when it is another than that of the import.
    pub version: Option<String>,
    /// Whether the workload must declare it.
    pub declare: bool,
    /// What must be set on the host.
    pub option: Option<String>,
    /// Keys of configuration that it needs.
    pub required_config: Vec<String>,
}

/// Why an edge is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// One word, for machines.
    pub code: ReasonCode,
    /// One sentence.
    pub text: String,
}

/// Why an edge is what it is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// A `[[link]]` says `as = "static"`.
    RuleStatic,
    /// A `[[link]]` says `as = "runtime"`.
    RuleRuntime,
    /// One of the two is in `isolate`.
    Isolated,
    /// The provider is in `scale-separately`.
    ScaledSeparately,
    /// A middleware is fused with what it guards.
    Middleware,
    /// No way of the host to link at run time can carry it.
    CannotCross,
    /// The host links no components.
    NoRuntimeLinks,
    /// The provider asks nothing of the outside.
    Library,
    /// Both are in one binary for other reasons.
    Together,
    /// Nothing speaks against linking at run time.
    Preferred,
    /// The host provides it.
    HostServes,
    /// A process besides the host provides it.
    ProviderServes,
    /// `[virt]` says so.
    Virtualized,
    /// It gives nothing but types, which every binary brings itself.
    TypesOnly,
    /// Nobody provides it.
    NobodyProvides,
    /// Several could provide it.
    Ambiguous,
    /// Whoever could provide it does not fit.
    DoesNotFit,
}

/// An alternative that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// Which decision it would have been.
    pub decision: DecisionKind,
    /// Who would have provided.
    pub provider: Option<String>,
    /// Why not, one sentence.
    pub text: String,
}

/// A decision without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // The cases of `Decision`.
pub enum DecisionKind {
    Static,
    Workload,
    Rpc,
    Host,
    Provider,
    Virtual,
    Unsatisfied,
}

/// What can go wrong at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Risk {
    /// One word, for machines.
    pub code: RiskCode,
    /// Functions that it is about; empty for all.
    pub functions: Vec<String>,
    /// One sentence.
    pub text: String,
}

/// What can go wrong at run time, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RiskCode {
    /// A failure on the way traps, since no result can say it.
    Traps,
    /// A failure on the way comes back as an error that the consumer must handle.
    TransportError,
    /// What the provider keeps between calls is lost.
    StateLost,
    /// The host has an older version: what was added since is not there.
    OlderHost,
    /// Names meet as text: the next release of either side ends the link.
    ExactVersion,
    /// Dropping a handle drops nothing on the other side.
    RemoteDrop,
    /// Types are not compared when the workload starts.
    UncheckedTypes,
}

/// What a decision goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Functions of the import that code can call, in the order of the import.
    pub called: Vec<String>,
    /// How many functions the import has.
    pub functions: usize,
}

/// Components that are fused into one binary, and that binary's world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The name of the binary: that of its first component that is no middleware.
    pub name: String,
    /// Instances inside.
    pub instances: Vec<GroupInstance>,
    /// Imports of the binary.
    pub imports: Vec<GroupImport>,
    /// Exports of the binary.
    pub exports: Vec<GroupExport>,
}

/// An instance inside a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupInstance {
    /// Its name: as a consumer and a provider of edges.
    pub name: String,
    /// The component.
    pub component: String,
}

/// An import of a group's binary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupImport {
    /// Its name: of imports on one track that were joined, the latest.
    pub name: String,
    /// For an import with a label, the interface that it implements.
    pub implements: Option<String>,
    /// Who satisfies it and how.
    #[serde(flatten)]
    pub decision: Decision,
}

/// An export of a group's binary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupExport {
    /// Its name.
    pub name: String,
    /// The instance inside that answers first.
    pub instance: String,
    /// Middleware in front of the component that answers in the end, outermost first.
    pub via: Vec<String>,
    /// Whether the host calls it.
    pub called_by_host: bool,
    /// Keys of configuration that the host needs for it.
    pub required_config: Vec<String>,
    /// Instances of other groups that import it at run time.
    pub consumers: Vec<String>,
}

/// Something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanProblem {
    /// One word, for machines.
    pub code: ProblemCode,
    /// What is wrong, one sentence.
    pub message: String,
    /// The places of the workload that it is about, each with what it says there.
    pub places: Vec<ProblemPlace>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place of the workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProblemPlace {
    /// First byte in the file.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
    /// What stands there.
    pub text: String,
}

/// Something that cannot be, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// Rules that contradict each other, or what types need.
    Contradiction,
    /// A rule that names what is not there.
    UnknownName,
    /// A required middleware that does not stand where it must.
    OrderViolated,
    /// Components of a group that cannot be fused.
    CannotFuse,
    /// Groups that import from each other where the host does not allow it.
    Cycle,
    /// Several groups export what the host calls, and it calls one of them.
    AmbiguousExport,
}

impl Decision {
    /// The decision without its details.
    pub fn kind(&self) -> DecisionKind {
        match self {
            Decision::Static(_) => DecisionKind::Static,
            Decision::Workload(_) => DecisionKind::Workload,
            Decision::Rpc(_) => DecisionKind::Rpc,
            Decision::Host(_) => DecisionKind::Host,
            Decision::Provider { .. } => DecisionKind::Provider,
            Decision::Virtual { .. } => DecisionKind::Virtual,
            Decision::Unsatisfied => DecisionKind::Unsatisfied,
        }
    }

    /// The other end, when it is a component.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Decision::Static(target) | Decision::Workload(target) | Decision::Rpc(target) => {
                Some(target)
            }
            _ => None,
        }
    }
}

impl DecisionKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            DecisionKind::Static => "static",
            DecisionKind::Workload => "workload",
            DecisionKind::Rpc => "rpc",
            DecisionKind::Host => "host",
            DecisionKind::Provider => "provider",
            DecisionKind::Virtual => "virtual",
            DecisionKind::Unsatisfied => "unsatisfied",
        }
    }
}

impl fmt::Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl LinkPlan {
    /// As JSON, with a line break at the end.
    ///
    /// # Errors
    /// When serde cannot write it, which these types give no reason for.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Reads what [`LinkPlan::to_json`] wrote.
    ///
    /// # Errors
    /// For everything else; whether the schema is [`SCHEMA`] is for the caller to see.
    pub fn of_json(text: &str) -> serde_json::Result<LinkPlan> {
        serde_json::from_str(text)
    }

    /// Whether nothing is unsatisfied and nothing is wrong.
    pub fn holds(&self) -> bool {
        let unsatisfied = |edge: &PlannedEdge| edge.decision == Decision::Unsatisfied;
        self.problems.is_empty() && !self.edges.iter().any(unsatisfied)
    }

    /// The group that an instance is in.
    pub fn group_of(&self, instance: &str) -> Option<&Group> {
        let inside = |group: &&Group| group.instances.iter().any(|i| i.name == instance);
        self.groups.iter().find(inside)
    }

    /// The component that an instance is one of.
    pub fn component_of(&self, instance: &str) -> Option<&str> {
        let mut inside = self.groups.iter().flat_map(|group| &group.instances);
        let found = inside.find(|inside| inside.name == instance)?;
        Some(&found.component)
    }
}
