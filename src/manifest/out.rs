//! A manifest before it is text.

use super::doc::{Doc, Entry, Node};
use super::model::Model;

/// A manifest, as documents or as finished text.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Its documents.
    pub(super) docs: Vec<Doc>,
    /// What a person should know before deploying it, one sentence each.
    pub(super) warnings: Vec<String>,
}

/// The first lines of every manifest with comments.
pub(super) fn head(model: &Model) -> Vec<String> {
    let title = model.title().unwrap_or("workload");
    let mut lines = vec![
        format!("{title}: written by gusset from the binaries."),
        "A value that says `fill in` is for a person to decide; everything else follows from the code."
            .to_string(),
    ];
    for component in model.components.iter().filter(|c| c.gaps > 0) {
        let name = &component.name;
        lines.push(format!(
            "{name}: parts of the binary could not be followed; it may need more than is listed."
        ));
    }
    lines
}

/// The name of an object: that of the workload, which a person may change.
pub(super) fn object_name(model: &Model) -> Entry {
    named(
        model.title().map(|_| model.object_name()),
        "the name of the workload",
    )
}

/// A name that is known or not.
pub(super) fn named(known: Option<String>, what: &str) -> Entry {
    let node = Node::Fill {
        what: what.to_string(),
        initial: known.unwrap_or_default(),
    };
    Entry::field("name", node)
}
