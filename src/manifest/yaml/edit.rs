//! Edits of a YAML text that leave everything else as it is, to the byte.
//!
//! An edit is made at the places that the reader reports, and then proven: the text is read
//! again, and it must say what it said before with exactly the changes that were asked for.
//! What cannot be proven is refused.

use super::read::read;
use super::write;
use crate::manifest::compare::{Change, Difference, Step};
use crate::manifest::doc::{Entry, Node};
use crate::manifest::tree::{Found, Value};
use std::collections::BTreeMap;

/// Why a text cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is in a form that these edits do not know.
    #[error("the file cannot be changed without changing what a person wrote: {0}")]
    Form(String),
}

/// One change of the text: the bytes of a range become others.
struct Splice {
    start: usize,
    end: usize,
    text: String,
}

/// Makes all changes that some differences ask for.
///
/// # Errors
/// When the form of the text does not allow a change, or its result is not what was asked for.
pub fn edit(
    text: &str,
    documents: &[Found],
    differences: &[Difference<'_>],
) -> Result<String, EditError> {
    let mut splices = Vec::new();
    let mut removals: Vec<(usize, Vec<Step>)> = Vec::new();
    for difference in differences {
        if let Change::Stale { .. } | Change::Secret { .. } = difference.change {
            removals.push((difference.document, difference.path.clone()));
        }
    }
    // What is added to one collection is added at one place.
    let mut added: BTreeMap<(usize, &[Step]), Vec<&Entry>> = BTreeMap::new();
    for difference in differences {
        let Some(root) = documents.get(difference.document) else {
            return Err(form("a document is not there any more"));
        };
        match &difference.change {
            Change::Missing { entry, .. } => {
                let place = (difference.document, difference.path.as_slice());
                added.entry(place).or_default().push(entry);
            }
            Change::Wrong { node, .. } => {
                splices.push(Edit { text, root }.replace(&difference.path, node)?);
            }
            Change::Stale { .. } | Change::Secret { .. } => {}
        }
    }
    for ((document, path), entries) in &added {
        let root = documents
            .get(*document)
            .ok_or_else(|| form("a document is gone"))?;
        splices.push(Edit { text, root }.insert(path, entries)?);
    }
    for (document, root) in documents.iter().enumerate() {
        let of_document = removals.iter().filter(|(d, _)| *d == document);
        let paths: Vec<&Vec<Step>> = of_document.map(|(_, path)| path).collect();
        let grows = |path: &[Step]| added.contains_key(&(document, path));
        splices.extend(Edit { text, root }.remove(&paths, &grows)?);
    }
    apply(text, splices)
}

/// Applies splices that do not overlap; those of one place in the order of the list.
fn apply(text: &str, mut splices: Vec<Splice>) -> Result<String, EditError> {
    splices.sort_by_key(|splice| (splice.start, splice.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for splice in splices {
        let before = text.get(at..splice.start);
        let before = before.ok_or_else(|| form("two changes concern the same lines"))?;
        out.push_str(before);
        out.push_str(&splice.text);
        at = splice.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    match read(&out) {
        Ok(_) => Ok(out),
        Err(_) => Err(form("the result would not be YAML")),
    }
}

fn form(why: &str) -> EditError {
    EditError::Form(why.to_string())
}

/// Entries as lines that begin in a column.
fn block(entries: &[&Entry], column: usize) -> String {
    let lines = entries
        .iter()
        .map(|entry| write::entry(entry, column, entry.key.is_empty()));
    lines.collect()
}

struct Edit<'e> {
    text: &'e str,
    root: &'e Found,
}

impl Edit<'_> {
    /// The value at a path, and where the key or item of it begins.
    fn at(&self, path: &[Step]) -> Result<(&Found, usize), EditError> {
        let mut found = self.root;
        let mut start = offset(found.span.start);
        for step in path {
            (found, start) = match step {
                Step::Key(key) => {
                    let (key, value) = found.entry(key).ok_or_else(|| form("a key is gone"))?;
                    (value, offset(key.span.start))
                }
                Step::Index(index) => {
                    let item = found.items().get(*index);
                    let item = item.ok_or_else(|| form("an entry of a list is gone"))?;
                    (item, offset(item.span.start))
                }
            };
        }
        Ok((found, start))
    }

    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.rfind('\n').map_or(0, |end| end + 1)
    }

    /// The end of the line, its line break included.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    fn insert(&self, path: &[Step], entries: &[&Entry]) -> Result<Splice, EditError> {
        let (parent, start) = self.at(path)?;
        if parent.is_empty() || parent.text().is_some() {
            return self.fill(path, parent, start, entries);
        }
        if parent.flow {
            return self.insert_in_brackets(parent, entries);
        }
        let column = self.column_of_entries(parent)?;
        let at = self.after(offset(parent.span.end));
        let mut text = block(entries, column);
        if !self.text.get(..at).unwrap_or_default().ends_with('\n') {
            text.insert(0, '\n');
        }
        Ok(Splice {
            start: at,
            end: at,
            text,
        })
    }

    /// Where the keys or dashes of a collection in block style stand.
    fn column_of_entries(&self, parent: &Found) -> Result<usize, EditError> {
        let (start, _) = entry_range(parent, 0).ok_or_else(|| form("a collection is empty"))?;
        if let Value::Map(_) = parent.value {
            return Ok(self.column(start));
        }
        let lead = self.text.get(self.line_start(start)..start);
        let dash = lead.and_then(|lead| lead.rfind('-'));
        dash.ok_or_else(|| form("an entry of a list begins below its dash"))
    }

    /// The beginning of the next line after the value that ends here. The parser may report
    /// the end of a value with several lines behind its last line break.
    fn after(&self, end: usize) -> usize {
        let before = self.text.get(..end).unwrap_or_default();
        match before.ends_with('\n') {
            true => end,
            false => self.line_end(end),
        }
    }

    /// Gives contents to a collection that has none: `{}`, `[]`, or nothing at all.
    fn fill(
        &self,
        path: &[Step],
        parent: &Found,
        start: usize,
        entries: &[&Entry],
    ) -> Result<Splice, EditError> {
        if parent.text().is_some_and(|text| !text.is_empty()) {
            return Err(form("a text stands where a collection is expected"));
        }
        if path.is_empty() {
            return Err(form("the document is empty"));
        }
        let column = self.column(start) + 2;
        let block = block(entries, column);
        let (from, to) = match parent.flow {
            true => (offset(parent.span.start), offset(parent.span.end)),
            false => {
                // Behind the colon.
                let line = self
                    .text
                    .get(start..self.line_end(start))
                    .unwrap_or_default();
                let colon = line.find(':').ok_or_else(|| form("a key has no colon"))?;
                (start + colon + 1, start + colon + 1)
            }
        };
        // Whatever stands behind it on the line is a comment, and stays with the key.
        let rest = self.text.get(to..self.line_end(to)).unwrap_or_default();
        if !rest.trim().is_empty() && !rest.trim().starts_with('#') {
            return Err(form("a line has more than one value"));
        }
        let rest = rest.trim_end();
        let head = self.text.get(..from).unwrap_or_default();
        let trimmed = head.trim_end_matches(' ').len();
        Ok(Splice {
            start: trimmed,
            end: self.line_end(to),
            text: format!("{rest}\n{block}"),
        })
    }

    fn insert_in_brackets(&self, parent: &Found, entries: &[&Entry]) -> Result<Splice, EditError> {
        let end = match &parent.value {
            Value::Map(entries) => entries.last().map(|(_, value)| value.span.end),
            Value::List(items) => items.last().map(|item| item.span.end),
            _ => None,
        };
        let at = end
            .map(offset)
            .ok_or_else(|| form("brackets without contents"))?;
        let text = entries.iter().map(|entry| {
            let value = write::flow(&entry.node);
            match entry.key.is_empty() {
                true => format!(", {value}"),
                false => format!(", {}: {value}", write::scalar(&entry.key)),
            }
        });
        Ok(Splice {
            start: at,
            end: at,
            text: text.collect(),
        })
    }

    fn replace(&self, path: &[Step], node: &Node) -> Result<Splice, EditError> {
        let (found, _) = self.at(path)?;
        if found.text().is_none() || node.scalar().is_none() {
            return Err(form(
                "a collection stands where a text is expected, or the reverse",
            ));
        }
        let (start, end) = (offset(found.span.start), offset(found.span.end));
        let old = self.text.get(start..end).unwrap_or_default();
        if old.contains('\n') {
            return Err(form("a value has several lines"));
        }
        Ok(Splice {
            start,
            end,
            text: write::flow(node),
        })
    }

    /// Takes entries out, with the comments behind them. Comments above stay.
    /// A collection that also grows keeps its form.
    fn remove(
        &self,
        paths: &[&Vec<Step>],
        grows: &dyn Fn(&[Step]) -> bool,
    ) -> Result<Vec<Splice>, EditError> {
        let mut splices = Vec::new();
        let mut parents: Vec<&[Step]> = Vec::new();
        for path in paths {
            if let Some((_, parent)) = path.split_last()
                && !parents.contains(&parent)
            {
                parents.push(parent);
            }
        }
        for parent in parents {
            let (found, start) = self.at(parent)?;
            let size = found.entries().len().max(found.items().len());
            let gone = |step: &Step| {
                paths
                    .iter()
                    .any(|path| path.split_last() == Some((step, parent)))
            };
            let steps: Vec<Step> = match &found.value {
                Value::Map(entries) => entries
                    .iter()
                    .map(|(k, _)| Step::Key(k.value.clone()))
                    .collect(),
                _ => (0..size).map(Step::Index).collect(),
            };
            let count = steps.iter().filter(|step| gone(step)).count();
            if found.flow {
                splices.extend(self.remove_from_brackets(found, &steps, &gone));
                continue;
            }
            if count == size && !grows(parent) {
                splices.push(self.empty(found, start)?);
                continue;
            }
            for (position, step) in steps.iter().enumerate().filter(|(_, step)| gone(step)) {
                splices.push(self.remove_lines(found, position, step)?);
            }
        }
        Ok(splices)
    }

    fn remove_lines(
        &self,
        parent: &Found,
        position: usize,
        step: &Step,
    ) -> Result<Splice, EditError> {
        let (start, end) = entry_range(parent, position).ok_or_else(|| form("an entry is gone"))?;
        let line = self.line_start(start);
        let lead = self.text.get(line..start).unwrap_or_default();
        let alone = match step {
            Step::Key(_) => lead.trim().is_empty(),
            Step::Index(_) => lead.trim() == "-",
        };
        if !alone {
            // The first key of an entry of a list shares the line with the dash.
            return self.remove_behind_dash(parent, position, start, end);
        }
        Ok(Splice {
            start: line,
            end: self.after(end),
            text: String::new(),
        })
    }

    /// The next entry moves up to where this one stood.
    fn remove_behind_dash(
        &self,
        parent: &Found,
        position: usize,
        start: usize,
        end: usize,
    ) -> Result<Splice, EditError> {
        let next = entry_range(parent, position + 1).map(|(next, _)| next);
        let next = next.ok_or_else(|| form("an entry has nothing else on its line"))?;
        let between = self.text.get(self.after(end)..next).unwrap_or_default();
        match between.trim().is_empty() {
            true => Ok(Splice {
                start,
                end: next,
                text: String::new(),
            }),
            false => Err(form(
                "a comment stands between two keys of which the first goes",
            )),
        }
    }

    /// Nothing is left of a collection: brackets say so.
    fn empty(&self, found: &Found, start: usize) -> Result<Splice, EditError> {
        let brackets = match found.value {
            Value::List(_) => "[]",
            _ => "{}",
        };
        let from = offset(found.span.start);
        let key_line = self.line_end(start);
        if from < key_line {
            return Err(form("a collection begins on the line of its key"));
        }
        let head = self.text.get(start..key_line).unwrap_or_default();
        let colon = head.find(':').ok_or_else(|| form("a key has no colon"))?;
        let tail = head.get(colon + 1..).unwrap_or_default().trim();
        if !tail.is_empty() && !tail.starts_with('#') {
            return Err(form("a line has more than one value"));
        }
        let space = if tail.is_empty() { "" } else { "  " };
        let between = self
            .text
            .get(key_line..self.line_start(from))
            .unwrap_or_default();
        Ok(Splice {
            start: start + colon + 1,
            end: self.after(offset(found.span.end)),
            text: format!(" {brackets}{space}{tail}\n{between}"),
        })
    }

    fn remove_from_brackets(
        &self,
        parent: &Found,
        steps: &[Step],
        gone: &dyn Fn(&Step) -> bool,
    ) -> Vec<Splice> {
        let mut splices = Vec::new();
        let stays = |index: usize| steps.get(index).is_some_and(|step| !gone(step));
        for (position, step) in steps.iter().enumerate() {
            let Some((start, end)) = entry_range(parent, position).filter(|_| gone(step)) else {
                continue;
            };
            // With the comma before it, or if nothing stays before it, with that behind it.
            let before = (0..position).rev().any(stays);
            let previous = position.checked_sub(1).and_then(|p| entry_range(parent, p));
            let next = entry_range(parent, position + 1);
            let (start, end) = match (before, previous, next) {
                (true, Some((_, previous)), _) => (previous, end),
                (_, _, Some((next, _))) => (start, next),
                _ => (start, end),
            };
            let text = String::new();
            splices.push(Splice { start, end, text });
        }
        splices
    }
}

/// Where an entry begins, its key included, and ends.
fn entry_range(parent: &Found, position: usize) -> Option<(usize, usize)> {
    match &parent.value {
        Value::Map(entries) => {
            let (key, value) = entries.get(position)?;
            let end = offset(value.span.end).max(offset(key.span.end));
            Some((offset(key.span.start), end))
        }
        Value::List(items) => {
            let item = items.get(position)?;
            Some((offset(item.span.start), offset(item.span.end)))
        }
        _ => None,
    }
}

fn offset(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
