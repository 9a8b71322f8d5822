//! One binary on a host: what is served, what needs a declaration, what is missing.

use super::carry::only_types;
use super::host;
use super::input::Part;
use super::model::{Decision, ReasonCode, Risk};
use crate::binary::world::ItemType;
use crate::workload::Profile;
use crate::workload::profile::Answer;
use serde::Serialize;

/// The schema of [`FitReport`].
pub const FIT_SCHEMA: &str = "gusset.fit/1";

/// Binaries against a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FitReport {
    /// `gusset.fit/1`
    pub schema: String,
    /// The host profile.
    pub profile: String,
    /// The binaries, in the order in which they were given.
    pub files: Vec<Fit>,
}

/// One binary against a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fit {
    /// The path as given.
    pub path: String,
    /// Imports, in the order of the file.
    pub imports: Vec<FitImport>,
    /// Exports, in the order of the file.
    pub exports: Vec<FitExport>,
}

/// What the host does for an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FitImport {
    /// The import; for one with a label, the label.
    pub name: String,
    /// For an import with a label, the interface that it implements.
    pub implements: Option<String>,
    /// What the host does for it.
    #[serde(flatten)]
    pub decision: Decision,
    /// Whether it is there without any act of the user.
    pub at_once: bool,
    /// One sentence.
    pub text: String,
    /// What can go wrong at run time.
    pub risks: Vec<Risk>,
    /// Functions that code can call.
    pub called: Vec<String>,
}

/// Whether the host calls an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FitExport {
    /// The export.
    pub name: String,
    /// Whether the host calls it.
    pub called: bool,
    /// The command that calls it, where that depends on the export.
    pub command: Option<String>,
    /// Keys of configuration that the host needs for it.
    pub required_config: Vec<String>,
    /// One sentence, when there is something to say.
    pub text: Option<String>,
}

/// Holds a binary against a host.
pub fn fit(profile: &Profile, path: &str, part: &Part<'_>) -> Fit {
    let world = &part.package.world;
    let items = world.imports.iter();
    let items = items.filter(|(_, item)| !matches!(item.ty, ItemType::Type(_)));
    let imports = items.map(|(name, item)| {
        let implements = item.attributes.implements.clone();
        let mut decided = host::decide(profile, name, implements.as_deref());
        if decided.decision == Decision::Unsatisfied && only_types(&item.ty) {
            decided = host::types_only();
        }
        let at_once = match &decided.decision {
            Decision::Host(service) => {
                !service.declare && service.option.is_none() && service.required_config.is_empty()
            }
            _ => false,
        };
        let text = match decided.reason.code {
            ReasonCode::NobodyProvides => {
                format!(
                    "`{}` has no such interface; another component must",
                    profile.name
                )
            }
            _ => decided.reason.text,
        };
        FitImport {
            name: name.clone(),
            implements,
            decision: decided.decision,
            at_once,
            text,
            risks: decided.risks,
            called: part.called.get(name).cloned().unwrap_or_default(),
        }
    });
    let exports = world.exports.iter();
    let exports = exports.filter(|(_, item)| !matches!(item.ty, ItemType::Type(_)));
    let exports = exports.map(|(name, item)| {
        let row = match profile.export(name, item.attributes.implements.as_deref()) {
            Answer::Yes(row, _) => Some(row),
            _ => None,
        };
        let other = matches!(
            profile.export(name, item.attributes.implements.as_deref()),
            Answer::OtherVersion(_)
        );
        let text = match other {
            true => Some("the host calls another version".to_string()),
            false => row.and_then(|row| row.note.clone()),
        };
        FitExport {
            name: name.clone(),
            called: row.is_some(),
            command: row.and_then(|row| row.command.clone()),
            required_config: row.map(|r| r.required_config.clone()).unwrap_or_default(),
            text,
        }
    });
    Fit {
        path: path.to_string(),
        imports: imports.collect(),
        exports: exports.collect(),
    }
}

impl Fit {
    /// Whether the host alone is enough.
    pub fn fits(&self) -> bool {
        let mut imports = self.imports.iter();
        imports.all(|import| import.decision != Decision::Unsatisfied)
    }
}

impl FitReport {
    /// As JSON, with a line break at the end.
    ///
    /// # Errors
    /// When serde cannot write it, which these types give no reason for.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}
