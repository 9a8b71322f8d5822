//! The machine's view of `inspect`: `gusset.inspect/1`. Fields may be added within version
//! 1; none is renamed or removed.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What `gusset inspect --format json` prints.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inspection {
    /// Always `gusset.inspect/1`.
    pub schema: &'static str,
    /// One entry per file, in the order of the command line.
    pub files: Vec<FileEntry>,
}

/// A file that was read, or why it was not.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FileEntry {
    /// What is in the file.
    Facts(Box<FileFacts>),
    /// Why nothing can be said about the file.
    Failed(FileFailure),
}

/// Why nothing can be said about a file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileFailure {
    /// The path as given.
    pub path: String,
    /// What is wrong.
    pub error: Failure,
}

/// An error, where it is, and what to do.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// What was wrong.
    pub message: String,
    /// Byte offset in the file, when it has one.
    pub offset: Option<u64>,
    /// What to do about it.
    pub help: Option<String>,
}

/// What is in a file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileFacts {
    /// The path as given.
    pub path: String,
    /// SHA-256 of the file (of the binary, when the file is text).
    pub sha256: String,
    /// `sha256:` and the digest of the binary without custom sections: stripping and
    /// metadata do not change it.
    pub digest: String,
    /// Size of the binary in bytes.
    pub size: u64,
    /// `component` or `module`.
    pub kind: &'static str,
    /// Conventions that a core module follows instead of the component model:
    /// `wasi-preview1`, `wapc`, `wasmcloud-v0`.
    pub conventions: Vec<&'static str>,
    /// Imports, in file order.
    pub imports: Vec<ImportFacts>,
    /// Exports, in file order.
    pub exports: Vec<ExportFacts>,
    /// Component instances; the root comes first.
    pub instances: Vec<InstanceFacts>,
    /// Resource keys by kind.
    pub needs: Vec<NeedFacts>,
    /// What could not be followed, and what was assumed.
    pub notes: Vec<String>,
    /// Proposals beyond the first WebAssembly release that the binary uses.
    pub proposals: Vec<&'static str>,
    /// Tools that made the binary, of all its parts.
    pub producers: Vec<ProducerFacts>,
    /// What the root says about itself (`authors`, `licenses`, `version`, …).
    pub metadata: std::collections::BTreeMap<String, String>,
    /// Bytes per kind of section, of all parts together; nested parts are counted by their
    /// own sections.
    pub sections: Vec<SectionFacts>,
}

/// An import of the root.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportFacts {
    /// Import name; for a core module, the first-level name.
    pub name: String,
    /// `instance`, `func`, `component`, `module`, `type`, `value`; `core` for the imports of
    /// a core module under one name.
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// The name, when it is a plain label and no interface name.
    pub label: Option<String>,
    /// The interface that a label stands for.
    pub implements: Option<String>,
    /// Identity outside of WebAssembly.
    pub external_id: Option<String>,
    /// Whether anything in the file can call it or hands it on. `true` for imports without
    /// functions: types are used by being named.
    pub used: bool,
    /// Names of its functions.
    pub functions: Vec<String>,
    /// Those of them that nothing in the file can call and nothing hands on.
    pub never_called: Vec<String>,
    /// Those of them whose type is `async`.
    pub async_functions: Vec<String>,
}

/// An export of the root.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportFacts {
    /// Export name.
    pub name: String,
    /// `instance`, `func`, `component`, `module`, `type`, `value`; for a core module `func`,
    /// `table`, `memory`, `global`, `tag`.
    #[serde(rename = "type")]
    pub ty: &'static str,
    /// The name, when it is a plain label and no interface name.
    pub label: Option<String>,
    /// The interface that a label stands for.
    pub implements: Option<String>,
    /// Identity outside of WebAssembly.
    pub external_id: Option<String>,
    /// Names of its functions.
    pub functions: Vec<String>,
    /// Those of them whose type is `async`.
    pub async_functions: Vec<String>,
    /// Who provides it.
    pub from: Vec<ProviderFacts>,
}

/// A component instance.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstanceFacts {
    /// Structural path from the root.
    pub id: String,
    /// Its name in the name section, an alias for people.
    pub name: Option<String>,
    /// `code`, `composition`, `glue` (no code inside, as made around exported interfaces) or
    /// `outside` (the host supplies the component).
    pub role: &'static str,
    /// Digest of its component without custom sections; of the core module when the file is
    /// one; `null` when the host supplies it.
    pub component: Option<String>,
    /// Ids of the instances that it makes.
    pub children: Vec<String>,
    /// What it imports and from whom.
    pub links: Vec<LinkFacts>,
    /// Its core modules.
    pub modules: Vec<ModuleFacts>,
    /// Resource keys by kind.
    pub needs: Vec<NeedFacts>,
}

/// An import of an instance.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkFacts {
    /// Import name.
    pub import: String,
    /// Who provides it.
    pub from: Vec<ProviderFacts>,
    /// Whether the instance's own code can call it.
    pub used: bool,
    /// Functions of it that the instance's own code can call.
    pub called: Vec<String>,
}

/// A provider: exactly one field is set.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProviderFacts {
    /// Name of an import of the root.
    Host(String),
    /// Id of an instance.
    Instance(String),
    /// Not understood; `notes` say why.
    Unknown(String),
}

/// A core module inside an instance.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModuleFacts {
    /// Structural path of its core instance.
    pub id: String,
    /// Its name in a name section, an alias for people.
    pub name: Option<String>,
    /// Digest without custom sections.
    pub digest: String,
    /// Size in bytes.
    pub size: u64,
    /// How many functions it defines.
    pub functions: u64,
    /// How many of them can run.
    pub reachable_functions: u64,
}

/// A tool that had a part in making the binary.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProducerFacts {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// Name of the tool.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
}

/// Bytes of one kind of section.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SectionFacts {
    /// Section name of the specification; `custom:` and its own name for a custom section.
    pub name: String,
    /// Bytes of contents.
    pub size: u64,
    /// How many such sections.
    pub count: u64,
}

/// Resource keys of one kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NeedFacts {
    /// `env`, `config`, `secret`, `bucket`, … or a kind of a user's catalogue.
    pub kind: String,
    /// `none`, `complete`, `bounded` or `open`.
    pub verdict: Cow<'static, str>,
    /// Whether the program goes through all names.
    pub enumerates: bool,
    /// Keys, sorted.
    pub keys: Vec<KeyFacts>,
    /// Patterns, sorted.
    pub patterns: Vec<PatternFacts>,
    /// Calls that were not resolved.
    pub blockers: Vec<BlockerFacts>,
}

/// A key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyFacts {
    /// The key.
    pub name: String,
    /// `exact` or `candidate`.
    pub grade: Cow<'static, str>,
    /// Ids of the instances that use it.
    pub instances: Vec<String>,
    /// At how many calls it arrives.
    pub sites: u64,
    /// `runtime` if only the language runtime asks for it, when it ends the program; left out
    /// otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Cow<'static, str>>,
    /// Where the program that an interpreter runs looks it up; left out for compiled programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourcePlaceFacts>,
    /// `compared` if the program goes through all names and was only seen to compare them
    /// with the key; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Cow<'static, str>>,
    /// `ignored` if names are changed before they are compared with it, such as to lower
    /// case; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Cow<'static, str>>,
    /// Where what stands behind the key is looked at; `null` for kinds that are handed out
    /// as they are. Secrets have it.
    pub revealed: Option<RevealedFacts>,
}

/// What becomes of a secret after a component got its handle.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevealedFacts {
    /// `revealed`: a call reveals it; `unknown`: calls reveal something, and it may be this;
    /// `passed-on`: no call here does, but the handle can leave the instance; `never`: no
    /// call that can run reveals anything, and by its type the handle cannot leave.
    pub verdict: Cow<'static, str>,
    /// Calls that reveal it, or may.
    pub sites: Vec<RevealSiteFacts>,
    /// Where the handle can go, by the types of what the instance calls and exports.
    pub passed_on: Vec<PassedOnFacts>,
}

/// A call that reveals a secret.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RevealSiteFacts {
    /// Id of the instance.
    pub instance: String,
    /// The function that makes the call; `null` if no execution got to it.
    pub function: Option<String>,
    /// Its name made readable, when it is mangled.
    pub demangled: Option<String>,
    /// Where the call stands in the file.
    pub offset: Option<u64>,
    /// `this`: the handle is the one that was got for the key; `unknown`: it was not traced.
    pub which: Cow<'static, str>,
}

/// A function that can take a handle out of an instance.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassedOnFacts {
    /// Id of the instance that it can leave.
    pub instance: String,
    /// `host`: a host function takes it; `instance`: another instance does; `caller`: the
    /// instance returns it from one of its own functions.
    pub to: Cow<'static, str>,
    /// For `instance`, its id.
    pub receiver: Option<String>,
    /// The function.
    pub function: String,
}

/// A pattern that keys match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PatternFacts {
    /// The pattern; `*` stands for any text.
    pub pattern: String,
    /// Ids of the instances that use it.
    pub instances: Vec<String>,
    /// At how many calls it arrives.
    pub sites: u64,
    /// `compared` if the program goes through all names and was only seen to compare them
    /// with the pattern; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Cow<'static, str>>,
    /// Where the program that an interpreter runs looks such names up; left out for compiled
    /// programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourcePlaceFacts>,
}

/// A place in a program that an interpreter runs.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SourcePlaceFacts {
    /// The file, as the program knows it.
    pub file: String,
    /// The line, from 1; `null` when it is not known.
    pub line: Option<u32>,
}

/// A call that was not resolved.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlockerFacts {
    /// Why: `key-from-input`, `unresolved-indirect-call`, `reads-whole-list`, …
    pub reason: Cow<'static, str>,
    /// Id of the instance.
    pub instance: String,
    /// The function that makes the call, when it is known.
    pub function: Option<String>,
    /// Its name made readable, when it is mangled.
    pub demangled: Option<String>,
    /// Where the call stands in the file.
    pub offset: Option<u64>,
    /// Where it stands in the program that an interpreter runs; left out for compiled ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePlaceFacts>,
}

/// Everything about resource keys of one file: what takes long to find out, and can be kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileNeeds {
    /// The join over the file.
    pub file: Vec<NeedFacts>,
    /// By instance, in the order of [`FileFacts::instances`].
    pub instances: Vec<Vec<NeedFacts>>,
    /// What the reader should know about them.
    pub notes: Vec<String>,
}
