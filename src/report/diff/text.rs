//! A comparison for people.

use super::words::Words;
use super::{Comparison, sections};
use crate::lock::ComponentDiff;
use crate::report::plain::{cells, clean, hash, pad};
use crate::report::style;

/// A block for each component that differs, and a line about the others.
pub fn text(comparison: &Comparison) -> String {
    let (old, new) = (clean(&comparison.old), clean(&comparison.new));
    let mut out = format!("{} → {}\n", style::strong(&old), style::strong(&new));
    let all = &comparison.diff.components;
    let (differing, same): (Vec<_>, Vec<_>) = all.iter().partition(|c| c.differs());
    for component in &differing {
        out.push('\n');
        out.push_str(&block(component));
    }
    if !same.is_empty() {
        out.push('\n');
        for component in same {
            out.push_str(&unchanged(component));
        }
    }
    if all.is_empty() {
        out.push_str("\nno components\n");
    }
    out
}

fn block(component: &ComponentDiff) -> String {
    let mut out = format!(
        "{}  {}\n",
        style::strong(&clean(&component.name)),
        fate(component)
    );
    for (name, changes) in sections(component) {
        let words: Vec<Words> = changes.iter().map(|c| Words::of(name, c)).collect();
        let width = |column: fn(&Words) -> &str| words.iter().map(|w| cells(column(w))).max();
        let kinds = width(|w| &w.kind).unwrap_or(0);
        let texts = width(|w| &w.text).unwrap_or(0).min(60);
        for (index, words) in words.iter().enumerate() {
            let label = if index == 0 { name } else { "" };
            let label = style::head(&pad(label, "stronger".len()));
            let line = format!(
                "{}  {}  {}",
                pad(&words.kind, kinds),
                pad(&words.text, texts),
                words.remark
            );
            out.push_str(&format!("  {label}  {}\n", line.trim_end()));
        }
    }
    out
}

/// What became of the binary.
pub(super) fn fate(component: &ComponentDiff) -> String {
    match (&component.old_digest, &component.new_digest) {
        (None, Some(new)) => format!("added, {}", hash(new)),
        (Some(old), None) => format!("removed, was {}", hash(old)),
        (Some(old), Some(new)) if old == new => "the same code".to_string(),
        (Some(old), Some(new)) => format!("{} → {}", hash(old), hash(new)),
        (None, None) => String::new(),
    }
}

fn unchanged(component: &ComponentDiff) -> String {
    let code = match component.old_digest == component.new_digest {
        true => "the same code",
        false => "other code that needs the same",
    };
    format!("{}  {code}\n", style::strong(&clean(&component.name)))
}
