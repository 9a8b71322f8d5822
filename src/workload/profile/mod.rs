//! Host profiles: what a version of a host provides, calls and links, as data.
//!
//! `docs/profiles.md` is the reference of the format. Built-in profiles are files of the same
//! format in `profiles/`; no host is named in code.

mod read;
mod serve;
#[cfg(test)]
mod tests;

pub use serve::{Answer, Match};

use super::error::TomlErrors;
use crate::base::{SourceFile, Spanned};
use semver::Version;
use std::fmt;
use std::sync::Arc;

/// The profiles that are built in: name and text.
pub const BUILTIN_PROFILES: &[(&str, &str)] = &[
    (
        "wasmcloud-2.7",
        include_str!("../../../profiles/wasmcloud-2.7.toml"),
    ),
    (
        "wash-dev-2.7",
        include_str!("../../../profiles/wash-dev-2.7.toml"),
    ),
    (
        "wasmcloud-1",
        include_str!("../../../profiles/wasmcloud-1.toml"),
    ),
    (
        "wasmtime-48",
        include_str!("../../../profiles/wasmtime-48.toml"),
    ),
    ("spin-4.1", include_str!("../../../profiles/spin-4.1.toml")),
    (
        "wrpc-wasmtime",
        include_str!("../../../profiles/wrpc-wasmtime.toml"),
    ),
];

/// What a host provides, calls and links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The file; all spans are its.
    pub source: Arc<SourceFile>,
    /// Its name.
    pub name: Spanned<String>,
    /// The host, in one line.
    pub summary: String,
    /// Names of the profiles that it builds on, nearest first.
    pub extends: Vec<String>,
    /// Whether the host provides some interfaces only to workloads that declare them.
    pub declares: bool,
    /// Kinds of resources under which the host shows every environment variable again.
    pub copies_env_to: Vec<String>,
    /// How the host tells requests to several components apart.
    pub routing: Routing,
    /// What components may import. Where several rows are about one interface, the first that
    /// answers counts.
    pub interfaces: Vec<Served>,
    /// What the host calls.
    pub exports: Vec<Called>,
    /// How components of a workload meet on this host, in order of preference.
    pub links: Vec<Mechanism>,
    /// What surprises people.
    pub quirks: Vec<Quirk>,
}

/// Interfaces that a host provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Names without version: `wasi:keyvalue/store`; for an import that is no interface, its
    /// name.
    pub interfaces: Vec<String>,
    /// Versions; without any, the host provides the interface under every version.
    pub versions: Vec<ServedVersion>,
    /// How versions meet.
    pub matching: Matching,
    /// Whether the host states its version where it compares declarations. If it does not,
    /// every declared version passes there.
    pub states_version: bool,
    /// When it is there.
    pub when: When,
    /// What the user has to set on the host for it, as they type it.
    pub option: Option<String>,
    /// The part of the host that provides it.
    pub plugin: Option<String>,
    /// The process besides the host that provides it, such as an image.
    pub provider: Option<String>,
    /// Whether imports with a label of their own are provided.
    pub labels: Labels,
    /// Keys of configuration without which it is not there; `{label}` stands for the label of
    /// the import.
    pub required_config: Vec<String>,
    /// Keys of configuration that it reads.
    pub config: Vec<String>,
    /// Whether it reaches nothing outside of the program but streams, clocks and chance.
    pub ambient: bool,
    /// What a person should know.
    pub note: Option<String>,
}

/// Interfaces that a host calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Names without version.
    pub interfaces: Vec<String>,
    /// Versions; without any, every version.
    pub versions: Vec<ServedVersion>,
    /// How versions meet.
    pub matching: Matching,
    /// Whether the workload has to declare it.
    pub declared: bool,
    /// What happens when several components export it.
    pub several: Several,
    /// Keys of configuration without which it is not called.
    pub required_config: Vec<String>,
    /// Keys of configuration that go with it.
    pub config: Vec<String>,
    /// The command that calls it, where that depends on the export.
    pub command: Option<String>,
    /// What a person should know.
    pub note: Option<String>,
}

/// How two components meet at run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mechanism {
    /// Which way.
    pub kind: MechanismKind,
    /// How the names of import and export meet.
    pub matching: Matching,
    /// What it cannot carry or connect.
    pub refuses: Vec<Limit>,
    /// Error types that get to know of a failure on the way: `wrpc:rpc/error@0.1.0#error`. A
    /// function whose result cannot hold one of them traps.
    pub errors: Vec<String>,
    /// Whether a call can fail on the way.
    pub may_fail: bool,
    /// Whether instances of the provider keep what they know between calls.
    pub state: State,
    /// What the bytes travel over.
    pub transports: Vec<String>,
    /// What a person should know.
    pub note: Option<String>,
}

/// Ways to meet at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MechanismKind {
    /// Both are components of one workload on one host.
    Workload,
    /// Calls cross a network or a socket.
    Rpc,
}

/// What a mechanism cannot carry or connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Functions whose type is `async`.
    AsyncFunction,
    /// Functions whose type is not `async`.
    SyncFunction,
    /// `stream`
    Stream,
    /// `future`
    Future,
    /// `error-context`
    ErrorContext,
    /// `map`
    Map,
    /// `borrow`
    Borrow,
    /// Handles of resources that the provider makes.
    Resource,
    /// Handles of resources that neither side makes.
    HostResource,
    /// Imports that are no instance.
    FunctionImport,
    /// Imports with a label.
    Label,
    /// Several components that export what one imports.
    SeveralExporters,
    /// Components that import from each other.
    Cycle,
}

/// How versions meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matching {
    /// The text of both is the same.
    Exact,
    /// Both are on one track of semantic versions.
    #[default]
    Track,
}

/// When a host provides an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// To everybody.
    #[default]
    Always,
    /// To workloads that declare it.
    Declared,
    /// When the host was started with an option.
    Configured,
}

/// Whether imports with a label are provided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Labels {
    /// No.
    #[default]
    Refused,
    /// As well as those without.
    Accepted,
    /// They alone.
    Only,
}

/// What happens when several components export what the host calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Several {
    /// Each is called, told apart by the host's own means.
    #[default]
    Each,
    /// The first in the order of the manifest is called, the others are not.
    First,
    /// The host refuses the workload.
    Refused,
}

/// How a host tells requests to several components apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Routing {
    /// It does not.
    #[default]
    None,
    /// By the host that a request names.
    Host,
    /// By the path of a request.
    Path,
}

/// Whether instances keep what they know between calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// They do, as long as the consumer's instance lives.
    #[default]
    Kept,
    /// Functions that are `async` and take no handles run in an instance of their own.
    LostWhenAsync,
}

/// Something that surprises people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quirk {
    /// Its name.
    pub id: String,
    /// One sentence.
    pub text: String,
}

/// A version that a host has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServedVersion {
    /// This one: `0.2.6`, `0.2.0-draft`.
    Full(Version),
    /// Some version on this track: `0.2`, `1`.
    Track(String),
}

impl Profile {
    /// Reads a profile. One that it extends must be built in.
    ///
    /// # Errors
    /// Everything that is wrong with the file, with places.
    pub fn parse(source: &Arc<SourceFile>) -> Result<Profile, TomlErrors> {
        read::profile(source)
    }

    /// A built-in profile; `None` when there is none of this name.
    pub fn builtin(name: &str) -> Option<Result<Profile, TomlErrors>> {
        let (name, text) = BUILTIN_PROFILES.iter().find(|(known, _)| *known == name)?;
        let source = SourceFile::new(format!("profiles/{name}.toml"), *text);
        Some(Profile::parse(&Arc::new(source)))
    }

    /// A way to meet at run time.
    pub fn mechanism(&self, kind: MechanismKind) -> Option<&Mechanism> {
        self.links.iter().find(|link| link.kind == kind)
    }
}

impl MechanismKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            MechanismKind::Workload => "workload",
            MechanismKind::Rpc => "rpc",
        }
    }
}

impl Limit {
    /// Every limit, in the order of the documentation.
    pub const ALL: [Limit; 13] = [
        Limit::AsyncFunction,
        Limit::SyncFunction,
        Limit::Stream,
        Limit::Future,
        Limit::ErrorContext,
        Limit::Map,
        Limit::Borrow,
        Limit::Resource,
        Limit::HostResource,
        Limit::FunctionImport,
        Limit::Label,
        Limit::SeveralExporters,
        Limit::Cycle,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::AsyncFunction => "async-function",
            Limit::SyncFunction => "sync-function",
            Limit::Stream => "stream",
            Limit::Future => "future",
            Limit::ErrorContext => "error-context",
            Limit::Map => "map",
            Limit::Borrow => "borrow",
            Limit::Resource => "resource",
            Limit::HostResource => "host-resource",
            Limit::FunctionImport => "function-import",
            Limit::Label => "label",
            Limit::SeveralExporters => "several-exporters",
            Limit::Cycle => "cycle",
        }
    }
}

impl When {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            When::Always => "always",
            When::Declared => "declared",
            When::Configured => "configured",
        }
    }
}

impl fmt::Display for ServedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServedVersion::Full(version) => version.fmt(f),
            ServedVersion::Track(track) => f.write_str(track),
        }
    }
}
