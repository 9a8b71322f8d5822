//! `.env.example`: the names of environment variables, each on a line of its own.

use super::compare::{Change, Difference, Step};
use super::doc::{Closed, Doc, Entry, Map, Node, What};
use super::model::Model;
use super::out::{self, Written};
use super::resources;
use super::tree::{Found, Value};
use super::words::comment;
use crate::base::{ByteRange, SourceFile, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// The names that the components of a workload read.
pub(super) fn write(model: &Model) -> Written {
    let mut written = Written::default();
    let mut map = Map::default();
    let mut lines: BTreeMap<&str, (bool, BTreeSet<&str>)> = BTreeMap::new();
    let mut head = out::head(model);
    for component in &model.components {
        for (key, sure) in component.keys("env") {
            let line = lines.entry(key).or_default();
            line.0 |= sure;
            line.1.insert(&component.name);
        }
        head.extend(
            component
                .remarks("env")
                .into_iter()
                .map(|r| format!("{}: {r}", component.name)),
        );
    }
    for (key, (sure, users)) in lines {
        let users: Vec<&str> = users.into_iter().collect();
        if !is_name(key) {
            written.warnings.push(format!(
                "`{}` is no name that a file of this form can have",
                key.escape_debug()
            ));
            continue;
        }
        let Some(component) = model
            .components
            .iter()
            .find(|c| users.first() == Some(&c.name.as_str()))
        else {
            continue;
        };
        let mut said = users.join(", ");
        if model.is_secret(key) {
            said.push_str("; a secret");
        }
        if !sure {
            said.push_str("; not proven to be read");
        }
        let node = match model.value("env", key) {
            Some(value) => Node::Text(value.to_string()),
            None => Node::Fill {
                what: String::new(),
                initial: String::new(),
            },
        };
        let entry = Entry::field(key, node).above([said]);
        map.push(entry.because(resources::key(component, "env", key, sure)));
    }
    let complete = model.components.iter().all(|c| c.is_closed("env"));
    let also = model
        .components
        .iter()
        .flat_map(|c| c.patterns("env"))
        .collect();
    let map = map.closed(Closed {
        what: What::Key,
        kind: "env".to_string(),
        component: None,
        complete,
        also,
        secrets: model.secrets().clone(),
    });
    let mut doc = Doc::new(&[], map);
    doc.head = head;
    written.docs.push(doc);
    written
}

/// What readers of such files take as a name.
fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty() && name.chars().all(good)
}

/// The documents as text.
pub(super) fn text(docs: &[Doc]) -> String {
    let mut out = String::new();
    for doc in docs {
        for line in &doc.head {
            out.push_str(&comment(line));
            out.push('\n');
        }
        for entry in &doc.root.entries {
            out.push('\n');
            out.push_str(&lines(entry));
        }
    }
    out
}

/// The lines of one name.
pub(super) fn lines(entry: &Entry) -> String {
    let mut out = String::new();
    for line in &entry.above {
        out.push_str(&comment(line));
        out.push('\n');
    }
    let value = entry.node.scalar().unwrap_or_default();
    out.push_str(&format!("{}={}\n", entry.key, quote(&value)));
    out
}

/// A value as every reader of such files takes it.
fn quote(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if value.chars().all(plain) {
        return value.to_string();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    let escaped = escaped
        .replace('$', "\\$")
        .replace('\n', "\\n")
        .replace('\r', "\\r");
    format!("\"{escaped}\"")
}

/// Reads names and values with their places.
///
/// # Errors
/// Where a line is no `NAME=value`.
pub(super) fn read(source: &SourceFile) -> Result<Found, (ByteRange, String)> {
    let mut entries: Vec<(Spanned<String>, Found)> = Vec::new();
    let text = source.text();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim();
        if plain.is_empty() || plain.starts_with('#') {
            continue;
        }
        let place =
            |from: usize, to: usize| ByteRange::new((start + from) as u64, (start + to) as u64);
        let whole = place(0, line.trim_end().len());
        let Some((name, value)) = line.split_once('=') else {
            return Err((whole, "expected `NAME=value`".to_string()));
        };
        let bare = name.trim();
        let bare = bare.strip_prefix("export ").unwrap_or(bare).trim();
        let from = name.rfind(bare).unwrap_or(0);
        let value_from = name.len() + 1 + (value.len() - value.trim_start().len());
        let value = value.trim();
        let unquoted = match closing(value) {
            None => value
                .split(" #")
                .next()
                .unwrap_or_default()
                .trim()
                .to_string(),
            Some(Some(end)) => unquote(value.get(..end).unwrap_or_default()),
            Some(None) => {
                let message = "values of several lines are not followed here";
                return Err((whole, message.to_string()));
            }
        };
        let key = Spanned::new(bare.to_string(), place(from, from + bare.len()));
        if entries.iter().any(|(known, _)| known.value == key.value) {
            return Err((key.span, "this name stands here twice".to_string()));
        }
        let span = place(
            value_from.min(line.len()),
            (value_from + value.len()).min(line.len()),
        );
        let found = Found {
            value: Value::Text(unquoted),
            span,
            flow: false,
        };
        entries.push((key, found));
    }
    Ok(Found {
        value: Value::Map(entries),
        span: ByteRange::new(0, text.len() as u64),
        flow: false,
    })
}

/// Makes all changes that some differences ask for, line by line.
pub(super) fn edit(source: &SourceFile, found: &[Found], differences: &[Difference<'_>]) -> String {
    let mut added = String::new();
    let mut removed: BTreeSet<&str> = BTreeSet::new();
    let mut changed: BTreeMap<&str, String> = BTreeMap::new();
    for difference in differences {
        match (&difference.change, difference.path.last()) {
            (Change::Missing { entry, .. }, _) => added.push_str(&lines(entry)),
            (Change::Wrong { node, .. }, Some(Step::Key(key))) => {
                changed.insert(key, node.scalar().unwrap_or_default());
            }
            (Change::Stale { name, .. }, _) => {
                removed.insert(name);
            }
            // The name stays, its value goes.
            (Change::Secret { name, .. }, _) => {
                changed.insert(name, String::new());
            }
            _ => {}
        }
    }
    let mut out = String::new();
    let mut at = 0;
    let entries: Vec<_> = found.iter().flat_map(Found::entries).collect();
    for line in source.text().split_inclusive('\n') {
        let range = at..at + line.len() as u64;
        at = range.end;
        let entry = entries
            .iter()
            .find(|(key, _)| range.contains(&key.span.start));
        let name = entry.map(|(key, _)| key.value.as_str()).unwrap_or_default();
        if entry.is_some() && removed.contains(name) {
            continue;
        }
        match changed.get(name).filter(|_| entry.is_some()) {
            Some(value) => out.push_str(&format!("{name}={}\n", quote(value))),
            None => out.push_str(line),
        }
    }
    if !added.is_empty() {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(&added);
    }
    out
}

/// Where a value in quotes ends, if it begins with one, and if it ends.
fn closing(value: &str) -> Option<Option<usize>> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    for (at, c) in value.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(Some(at + 1)),
            _ => {}
        }
    }
    Some(None)
}

fn unquote(value: &str) -> String {
    let single = value.starts_with('\'');
    let inner = value.get(1..value.len() - 1).unwrap_or_default();
    if single {
        return inner.to_string();
    }
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, _) => out.push(c),
        }
    }
    out
}
