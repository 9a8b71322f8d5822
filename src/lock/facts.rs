//! What is known about one binary, as plain data without the binary.

use super::words;
use crate::base::Glob;
use crate::needs::{Grade, Verdict};
use serde::{Deserialize, Serialize};

/// Everything the gate, the lock and `diff` look at in one binary. It depends on the bytes and
/// on the catalogue, and on nothing else: not on the path, and not on the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// `sha256:…` of the file without custom sections.
    pub digest: String,
    /// `component` or `module`.
    pub kind: String,
    /// Imports of the root, in the order of the file.
    pub imports: Vec<ImportFact>,
    /// Exports of the root, in the order of the file.
    pub exports: Vec<ExportFact>,
    /// Component instances; the root first.
    pub instances: Vec<InstanceFact>,
    /// What is needed, by instance (in the order of `instances`) and kind. A kind that is not
    /// listed for an instance is `none` there.
    pub needs: Vec<NeedFact>,
    /// What could not be followed. Needs that depend on it are open.
    pub gaps: Vec<Gap>,
    /// What a reader should know about the needs.
    pub notes: Vec<String>,
    /// Proposals of WebAssembly that the binary uses.
    pub proposals: Vec<String>,
}

/// An import of the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportFact {
    /// Its name: `wasi:http/types@0.2.6`, or a label.
    pub name: String,
    /// The interface that a labelled import implements.
    pub implements: Option<String>,
    /// What it is: `instance`, `func`, …; `core` for the imports of a core module.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether anything of it can be called; true of an import without functions.
    pub used: bool,
    /// Functions that can be called or are handed on, sorted; empty for a function.
    pub functions: Vec<String>,
}

/// An export of the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportFact {
    /// Its name: `wasi:http/incoming-handler@0.2.6`, or a label.
    pub name: String,
    /// The interface that a labelled export implements.
    pub implements: Option<String>,
}

/// A component instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceFact {
    /// Structural path: `root/1`.
    pub id: String,
    /// Its name, an alias for people.
    pub name: Option<String>,
}

/// What one instance needs of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedFact {
    /// Structural path of the instance.
    pub instance: String,
    /// The kind of resource.
    pub kind: String,
    /// How much is proven.
    #[serde(with = "words::verdict")]
    pub verdict: Verdict,
    /// Whether the program goes through all names.
    pub enumerates: bool,
    /// Keys, sorted by name.
    pub keys: Vec<KeyFact>,
    /// Patterns of keys, sorted.
    pub patterns: Vec<PatternFact>,
    /// Calls that were not resolved.
    pub blockers: Vec<BlockerFact>,
    /// Ways to calls that go through all names.
    pub enumerations: Vec<Vec<Step>>,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFact {
    /// The key.
    pub name: String,
    /// How sure it is.
    #[serde(with = "words::grade")]
    pub grade: Grade,
    /// Whether only a language runtime asks for it, on its way to the end of the program.
    pub runtime: bool,
    /// How many calls it arrives at; 0 for a key that stands in the type.
    pub sites: u64,
    /// The shortest way to one of them, outermost first.
    pub trail: Vec<Step>,
}

/// Keys of which a part is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternFact {
    /// The pattern, as [`Glob`] reads it.
    pub pattern: String,
    /// How many calls it arrives at.
    pub sites: u64,
    /// The shortest way to one of them, outermost first.
    pub trail: Vec<Step>,
}

/// A call that was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockerFact {
    /// Why, as one word.
    pub reason: String,
    /// The way there, outermost first; may be empty.
    pub trail: Vec<Step>,
}

/// A function on the way to a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Structural path of the instance whose code it is.
    pub instance: String,
    /// Structural path of the core instance: `root/1/m0`.
    pub module: String,
    /// The name of the function, if the binary has one.
    pub name: Option<String>,
    /// Its number in the core module.
    pub function: u32,
    /// Offset in the file of the instruction that the way continues from.
    pub offset: u64,
}

/// Something that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Structural path of the instance concerned.
    pub instance: String,
    /// Where it stands in the file, when that can be said.
    pub offset: Option<u64>,
    /// What happened.
    pub message: String,
}

impl PatternFact {
    /// The pattern, to be compared with others.
    pub fn glob(&self) -> Glob {
        Glob::new(&self.pattern)
    }
}

impl Facts {
    /// What people call an instance: its name, or its path.
    pub fn instance_name<'f>(&'f self, id: &'f str) -> &'f str {
        let instance = self.instances.iter().find(|instance| instance.id == id);
        instance
            .and_then(|instance| instance.name.as_deref())
            .unwrap_or(id)
    }

    /// The kinds that any instance needs, sorted, each once.
    pub fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = self.needs.iter().map(|need| need.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// What the instances need of one kind.
    pub fn of_kind<'f>(&'f self, kind: &'f str) -> impl Iterator<Item = &'f NeedFact> {
        self.needs.iter().filter(move |need| need.kind == kind)
    }

    /// The verdict about one kind over all instances.
    pub fn verdict(&self, kind: &str) -> Verdict {
        let verdicts = self.of_kind(kind).map(|need| need.verdict);
        verdicts.max().unwrap_or(Verdict::None)
    }
}
