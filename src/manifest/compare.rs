//! What a manifest must say against what it says.

use super::doc::{By, Closed, Derived, Doc, Entry, List, Map, Node};
use super::hosts;
use super::tree::{Found, Value};
use crate::base::ByteRange;

/// A way from the root of a document to an entry.
pub type Path = Vec<Step>;

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// An entry of a list, from 0.
    Index(usize),
}

/// One thing that a manifest says otherwise.
#[derive(Clone, Debug)]
pub struct Difference<'d> {
    /// Which document of the file, from 0.
    pub document: usize,
    /// Where in it: of what is missing, the collection in which it would stand.
    pub path: Path,
    /// The bytes to show.
    pub span: ByteRange,
    /// What is different.
    pub change: Change<'d>,
}

/// What is different.
#[derive(Clone, Debug)]
pub enum Change<'d> {
    /// An entry is not there. The reasons are those of the entry, or if it has none, of what
    /// it contains.
    Missing {
        /// What to add.
        entry: &'d Entry,
        /// Why.
        reasons: Vec<&'d Derived>,
    },
    /// A value is another one.
    Wrong {
        /// What must stand there.
        node: &'d Node,
        /// Why.
        reason: &'d Derived,
        /// What stands there; nothing for what has parts.
        found: Option<String>,
    },
    /// An entry is there for nothing.
    Stale {
        /// Its key or text.
        name: String,
        /// What it belongs to.
        of: &'d Closed,
    },
    /// A secret has its value in the file.
    Secret {
        /// The key.
        name: String,
        /// What it belongs to.
        of: &'d Closed,
    },
}

/// A document that could not be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// None of the documents is the wanted one.
    #[error("no document of this file has {0}")]
    Nothing(String),
    /// Several are.
    #[error("several documents of this file have {0}, and none of them is called `{1}`")]
    Several(String, String),
}

/// Compares the documents of a manifest with those of a file.
///
/// # Errors
/// When a document cannot be found.
pub(super) fn compare<'d>(
    docs: &'d [Doc],
    found: &[Found],
) -> Result<Vec<Difference<'d>>, SelectError> {
    let mut differences = Vec::new();
    for doc in docs {
        let document = select(doc, found)?;
        if let Some(root) = found.get(document) {
            let mut compare = Compare {
                document,
                path: Vec::new(),
                differences: &mut differences,
            };
            compare.map(&doc.root, root, start(root));
        }
    }
    Ok(differences)
}

/// The document that is meant: by its fields, and of several by its name.
pub(super) fn select(doc: &Doc, found: &[Found]) -> Result<usize, SelectError> {
    let fits = |found: &Found| {
        let mut fields = doc.select.iter();
        fields.all(|(key, value)| found.get(key).and_then(Found::text) == Some(*value))
    };
    let candidates = found.iter().enumerate().filter(|(_, found)| fits(found));
    let candidates: Vec<usize> = candidates.map(|(index, _)| index).collect();
    let fields = doc.select.iter().map(|(k, v)| format!("`{k}: {v}`"));
    let fields = fields.collect::<Vec<_>>().join(" and ");
    match candidates.as_slice() {
        [] => Err(SelectError::Nothing(fields)),
        [only] => Ok(*only),
        several => {
            let name = name_of(doc);
            let called = |index: &&usize| {
                let document = found.get(**index);
                let metadata = document.and_then(|d| d.get("metadata"));
                metadata.and_then(|m| m.get("name")).and_then(Found::text) == Some(name.as_str())
            };
            let named = several.iter().find(called).copied();
            named.ok_or(SelectError::Several(fields, name))
        }
    }
}

/// The beginning of a document.
fn start(found: &Found) -> ByteRange {
    let first = found.entries().first().map(|(key, _)| key.span);
    first.unwrap_or(ByteRange::new(found.span.start, found.span.start))
}

fn name_of(doc: &Doc) -> String {
    let mut metadata = doc.root.entries.iter();
    let metadata = metadata.find(|entry| entry.key == "metadata");
    let entries = metadata.map(|entry| entry.node.entries());
    let mut entries = entries.unwrap_or_default().iter();
    let name = entries.find(|entry| entry.key == "name");
    name.and_then(|entry| entry.node.scalar())
        .unwrap_or_default()
}

struct Compare<'c, 'd> {
    document: usize,
    path: Path,
    differences: &'c mut Vec<Difference<'d>>,
}

impl<'d> Compare<'_, 'd> {
    fn push(&mut self, span: ByteRange, change: Change<'d>) {
        self.differences.push(Difference {
            document: self.document,
            path: self.path.clone(),
            span,
            change,
        });
    }

    /// `at` is what is shown of a map when something is missing in it: its key.
    fn map(&mut self, map: &'d Map, found: &Found, at: ByteRange) {
        for entry in &map.entries {
            match found.entry(&entry.key) {
                Some((key, value)) => {
                    self.path.push(Step::Key(entry.key.clone()));
                    self.value(entry, value, key.span);
                    self.path.pop();
                }
                None => self.missing(entry, at),
            }
        }
        let Some(closed) = &map.closed else {
            return;
        };
        for (key, value) in found.entries() {
            let name = key.value.clone();
            let known = map.entries.iter().any(|entry| entry.key == name) || closed.admits(&name);
            self.path.push(Step::Key(name.clone()));
            if closed.secrets.contains(&name) && !value.is_empty() {
                self.push(key.span, Change::Secret { name, of: closed });
            } else if closed.complete && !known {
                self.push(key.span, Change::Stale { name, of: closed });
            }
            self.path.pop();
        }
    }

    fn list(&mut self, list: &'d List, found: &Found, at: ByteRange) {
        let items = found.items();
        let mut used = vec![false; items.len()];
        for entry in &list.entries {
            let mut first = None;
            for ((index, item), used) in items.iter().enumerate().zip(&mut used) {
                if same(list.by, &entry.node, item) {
                    *used = true;
                    first = first.or(Some((index, item)));
                }
            }
            match first {
                // A host that allows more than is needed is the person's choice.
                Some(_) if list.by == By::Host => {}
                Some((index, item)) => {
                    self.path.push(Step::Index(index));
                    self.value(entry, item, item_place(list.by, item));
                    self.path.pop();
                }
                None => self.missing(entry, at),
            }
        }
        let Some(closed) = list.closed.as_ref().filter(|closed| closed.complete) else {
            return;
        };
        for ((index, item), used) in items.iter().enumerate().zip(used) {
            let name = describe(list.by, item);
            if !used && !closed.admits(&name) {
                self.path.push(Step::Index(index));
                let span = item_place(list.by, item);
                self.push(span, Change::Stale { name, of: closed });
                self.path.pop();
            }
        }
    }

    fn value(&mut self, entry: &'d Entry, found: &Found, at: ByteRange) {
        match (&entry.node, &found.value) {
            (Node::Map(map), Value::Map(_) | Value::Null) => self.map(map, found, at),
            (Node::List(list), Value::List(_) | Value::Null) => self.list(list, found, at),
            // Whatever a person decides on, in whatever form.
            (Node::Fill { .. }, _) => {}
            (node, value) => {
                let text = match value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                };
                if text.is_some() && node.scalar() == text {
                    return;
                }
                let mut reasons = Vec::new();
                reasons_of(entry, &mut reasons);
                if let Some(reason) = reasons.first().copied() {
                    let span = match text {
                        Some(_) => found.span,
                        None => at,
                    };
                    let found = text;
                    self.push(
                        span,
                        Change::Wrong {
                            node,
                            reason,
                            found,
                        },
                    );
                }
            }
        }
    }

    fn missing(&mut self, entry: &'d Entry, at: ByteRange) {
        let mut reasons = Vec::new();
        reasons_of(entry, &mut reasons);
        if !reasons.is_empty() {
            self.push(at, Change::Missing { entry, reasons });
        }
    }
}

/// Why an entry must be there: its own reason, or those of what it contains.
fn reasons_of<'d>(entry: &'d Entry, reasons: &mut Vec<&'d Derived>) {
    match &entry.derived {
        Some(derived) => reasons.push(derived),
        None => {
            for inner in entry.node.entries() {
                reasons_of(inner, reasons);
            }
        }
    }
}

/// Whether an entry of a list is the wanted one.
fn same(by: By, want: &Node, found: &Found) -> bool {
    match by {
        By::Value => found.text().is_some() && want.scalar().as_deref() == found.text(),
        By::Host => match (want.scalar(), found.text()) {
            (Some(want), Some(found)) => hosts::allows(found, &want),
            _ => false,
        },
        By::Fields(fields) => fields.iter().all(|field| {
            let found = text_at(found, field).unwrap_or_default();
            wanted_at(want, field).unwrap_or_default() == found
        }),
    }
}

/// The text at a way of fields, as `properties.target.name`.
fn text_at<'f>(found: &'f Found, field: &str) -> Option<&'f str> {
    let mut parts = field.split('.');
    parts.try_fold(found, |found, part| found.get(part))?.text()
}

fn wanted_at(want: &Node, field: &str) -> Option<String> {
    let mut parts = field.split('.');
    let node = parts.try_fold(want, |node, part| {
        let entry = node.entries().iter().find(|entry| entry.key == part);
        entry.map(|entry| &entry.node)
    });
    node?.scalar()
}

/// What an entry of a list is called.
fn describe(by: By, found: &Found) -> String {
    match by {
        By::Fields(fields) => {
            let texts = fields.iter().filter_map(|field| text_at(found, field));
            let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
            match texts.is_empty() {
                true => "an entry without a name".to_string(),
                false => texts.join(":"),
            }
        }
        By::Value | By::Host => found
            .text()
            .unwrap_or("an entry that is no text")
            .to_string(),
    }
}

/// What is shown of an entry of a list: the field by which people know it.
fn item_place(by: By, found: &Found) -> ByteRange {
    let field = match by {
        By::Fields(fields) => fields.last().or(fields.first()),
        By::Value | By::Host => None,
    };
    let value = field.and_then(|field| found.get(field));
    let first = found.entries().first().map(|(key, _)| key.span);
    value
        .map(|value| value.span)
        .or(first)
        .unwrap_or(found.span)
}

/// Whether everything of some documents that no difference is about is also in others, in the
/// same order.
pub(super) fn kept(before: &[Found], after: &[Found], differences: &[Difference<'_>]) -> bool {
    let touched = |document: usize, path: &[Step]| {
        differences.iter().any(|difference| {
            let entry = !matches!(difference.change, Change::Missing { .. });
            entry && difference.document == document && difference.path == path
        })
    };
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .enumerate()
            .all(|(document, (before, after))| {
                let mut path = Vec::new();
                same_but(before, after, &mut path, &|path| touched(document, path))
            })
}

fn same_but(
    before: &Found,
    after: &Found,
    path: &mut Path,
    touched: &dyn Fn(&[Step]) -> bool,
) -> bool {
    match (&before.value, &after.value) {
        // What was empty may have got contents, and may have lost all of them.
        (Value::Null, _) => true,
        (Value::Map(entries), Value::Null) => entries.is_empty(),
        (Value::Map(old), Value::Map(_)) => old.iter().all(|(key, value)| {
            path.push(Step::Key(key.value.clone()));
            let same = touched(path)
                || after
                    .get(&key.value)
                    .is_some_and(|new| same_but(value, new, path, touched));
            path.pop();
            same
        }),
        (Value::List(old), Value::List(new)) => {
            let mut rest = new.iter();
            old.iter().enumerate().all(|(index, item)| {
                path.push(Step::Index(index));
                let same = touched(path) || rest.any(|new| same_but(item, new, path, touched));
                path.pop();
                same
            })
        }
        (Value::Text(old), Value::Text(new)) => old == new,
        _ => before.is_empty(),
    }
}
