//! A comparison for machines.

use super::Comparison;
use crate::lock::{Change, ComponentDiff, What};
use serde::Serialize;

/// The name of the format.
pub const SCHEMA: &str = "gusset.diff/1";

/// The text of the JSON document.
///
/// # Errors
/// None that can happen with these types; serialization has the type of one.
pub fn json(comparison: &Comparison) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(&Document::of(comparison))?;
    Ok(format!("{text}\n"))
}

/// `gusset diff --format json`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Document {
    /// `gusset.diff/1`.
    pub schema: &'static str,
    /// The earlier version, as the user named it.
    pub old: String,
    /// The later version.
    pub new: String,
    /// Whether what is needed, imported or exported differs anywhere.
    pub differs: bool,
    /// Components that are in either, by name.
    pub components: Vec<Component>,
    /// How many changes there are.
    pub summary: Summary,
}

/// How two versions of a component differ.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Digest without custom sections before; `null` when it was not there.
    pub old_digest: Option<String>,
    /// Digest without custom sections after; `null` when it is not there.
    pub new_digest: Option<String>,
    /// Whether it differs; other code that needs the same is no difference.
    pub differs: bool,
    /// What the later version has and the earlier had not.
    pub new: Vec<Item>,
    /// What the earlier version had and the later has not.
    pub gone: Vec<Item>,
    /// What is better proven.
    pub stronger: Vec<Item>,
    /// What is less well proven.
    pub weaker: Vec<Item>,
}

/// One change.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// `import`, `export`, `key`, `pattern`, `holder` (a key that both versions have, in
    /// instances of which only one has it), `grade`, `verdict`, `enumerates` or `open` (a
    /// reason why calls are not resolved).
    pub what: &'static str,
    /// The kind of resource; `null` for imports and exports.
    pub kind: Option<String>,
    /// The name of the import, export or key, the pattern, or the reason; `null` where the
    /// kind says it all.
    pub name: Option<String>,
    /// The interface that a labelled import or export implements.
    pub implements: Option<String>,
    /// The grade or verdict before; `null` where there is none.
    pub before: Option<&'static str>,
    /// The grade or verdict after; `null` where there is none.
    pub after: Option<&'static str>,
    /// Structural paths of the instances concerned.
    pub instances: Vec<String>,
}

/// How many changes there are in all components.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Changes in `new`.
    pub new: usize,
    /// Changes in `gone`.
    pub gone: usize,
    /// Changes in `stronger`.
    pub stronger: usize,
    /// Changes in `weaker`.
    pub weaker: usize,
}

impl Document {
    /// A comparison as it is written.
    pub fn of(comparison: &Comparison) -> Document {
        let all = &comparison.diff.components;
        let sum = |section: fn(&ComponentDiff) -> usize| all.iter().map(section).sum();
        Document {
            schema: SCHEMA,
            old: comparison.old.clone(),
            new: comparison.new.clone(),
            differs: comparison.diff.differs(),
            components: all.iter().map(Component::of).collect(),
            summary: Summary {
                new: sum(|c| c.new.len()),
                gone: sum(|c| c.gone.len()),
                stronger: sum(|c| c.stronger.len()),
                weaker: sum(|c| c.weaker.len()),
            },
        }
    }
}

impl Component {
    fn of(diff: &ComponentDiff) -> Component {
        let items = |changes: &[Change]| changes.iter().map(Item::of).collect();
        let mut gone: Vec<Item> = items(&diff.gone);
        for item in &mut gone {
            std::mem::swap(&mut item.before, &mut item.after);
        }
        Component {
            name: diff.name.clone(),
            old_digest: diff.old_digest.clone(),
            new_digest: diff.new_digest.clone(),
            differs: diff.differs(),
            new: items(&diff.new),
            gone,
            stronger: items(&diff.stronger),
            weaker: items(&diff.weaker),
        }
    }
}

impl Item {
    fn of(change: &Change) -> Item {
        let mut item = Item {
            what: "",
            kind: change.what.kind().map(str::to_string),
            name: None,
            implements: None,
            before: None,
            after: None,
            instances: change.instances.iter().cloned().collect(),
        };
        item.what = match &change.what {
            What::Import(named) | What::Export(named) => {
                item.name = Some(named.name.clone());
                item.implements.clone_from(&named.implements);
                match &change.what {
                    What::Import(_) => "import",
                    _ => "export",
                }
            }
            What::Key { name, grade, .. } => {
                item.name = Some(name.clone());
                item.after = Some(grade.as_str());
                "key"
            }
            What::Pattern { pattern, .. } => {
                item.name = Some(pattern.clone());
                "pattern"
            }
            What::Holder { name, .. } => {
                item.name = Some(name.clone());
                "holder"
            }
            What::Grade { name, change, .. } => {
                item.name = Some(name.clone());
                item.before = Some(change.0.as_str());
                item.after = Some(change.1.as_str());
                "grade"
            }
            What::Verdict { change, .. } => {
                item.before = Some(change.0.as_str());
                item.after = Some(change.1.as_str());
                "verdict"
            }
            What::Enumerates { .. } => "enumerates",
            What::Open { reason, .. } => {
                item.name = Some(reason.clone());
                "open"
            }
        };
        item
    }
}
