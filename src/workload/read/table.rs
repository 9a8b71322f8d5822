//! A table of which every key is asked for or refused.

use super::value::{Element, Value};
use super::{Problems, did_you_mean, range};
use crate::base::{ByteRange, Spanned};
use crate::workload::error::Problem;
use std::collections::BTreeSet;
use toml::de::{DeTable, DeValue};

/// A table while it is read.
#[derive(Debug)]
pub struct Table<'d> {
    entries: &'d DeTable<'d>,
    /// How people call it: `[components.api]`; empty for the file.
    name: String,
    /// Its header, or the braces of an inline table.
    span: ByteRange,
    asked: BTreeSet<&'static str>,
}

impl<'d> Table<'d> {
    pub(super) fn root(entries: &'d DeTable<'d>) -> Table<'d> {
        Table::new(entries, String::new(), ByteRange::new(0, 0))
    }

    pub(super) fn new(entries: &'d DeTable<'d>, name: String, span: ByteRange) -> Table<'d> {
        Table {
            entries,
            name,
            span,
            asked: BTreeSet::new(),
        }
    }

    /// Where it begins: its header.
    pub fn span(&self) -> ByteRange {
        self.span
    }

    /// How people call it: `[components.api]`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a key.
    pub fn get(&mut self, key: &'static str) -> Option<Value<'d>> {
        self.asked.insert(key);
        let (at, value) = self.entries.get_key_value(key)?;
        Some(Value::new(
            Spanned::new(key.to_string(), range(at.span())),
            self.inner_name(key),
            value,
        ))
    }

    /// The value of a key that must be there.
    pub fn require(&mut self, key: &'static str, problems: &mut Problems) -> Option<Value<'d>> {
        let value = self.get(key);
        if value.is_none() {
            let place = match self.name.as_str() {
                "" => "this file".to_string(),
                name => format!("`{name}`"),
            };
            problems.push(Problem::new(self.span, format!("{place} has no `{key}`")));
        }
        value
    }

    /// All entries, in the order of the file: for tables whose keys are names that the user
    /// chose.
    pub fn entries(&self) -> Vec<Value<'d>> {
        let entries = self.entries.iter().map(|(key, value)| {
            let name = key.get_ref().to_string();
            let inner = self.inner_name(&name);
            Value::new(Spanned::new(name, range(key.span())), inner, value)
        });
        let mut entries: Vec<Value<'d>> = entries.collect();
        entries.sort_by_key(|value| value.key().span);
        entries
    }

    /// Refuses every key that was not asked for.
    pub fn finish(self, problems: &mut Problems) {
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            let place = match self.name.as_str() {
                "" => String::new(),
                name => format!(" in `{name}`"),
            };
            let message = format!("unknown key `{}`{place}", name.escape_debug());
            let help = match did_you_mean(name, self.asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let known: Vec<String> = self.asked.iter().map(|k| format!("`{k}`")).collect();
                    format!("known keys: {}", known.join(", "))
                }
            };
            problems.push(Problem::new(range(key.span()), message).help(help));
        }
    }

    fn inner_name(&self, key: &str) -> String {
        let bare = key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let key = if bare && !key.is_empty() {
            key.to_string()
        } else {
            format!("\"{}\"", key.escape_debug())
        };
        match self.name.trim_matches(['[', ']']) {
            "" => key,
            outer => format!("{outer}.{key}"),
        }
    }
}

impl<'d> Value<'d> {
    /// The table that it is.
    pub fn table(&self, problems: &mut Problems) -> Option<Table<'d>> {
        match self.raw() {
            DeValue::Table(entries) => {
                let name = format!("[{}]", self.name());
                Some(Table::new(entries, name, self.span()))
            }
            _ => self.refuse("a table", problems),
        }
    }

    /// The tables of the array that it is: `[[link]]`.
    pub fn tables(&self, problems: &mut Problems) -> Vec<Table<'d>> {
        let Some(elements) = self.array("an array of tables", problems) else {
            return Vec::new();
        };
        let tables = elements
            .into_iter()
            .map(|element| match element.as_table() {
                Some(table) => Some(table),
                None => element.refuse("a table", problems),
            });
        tables.collect::<Vec<_>>().into_iter().flatten().collect()
    }
}

impl<'d> Element<'d> {
    /// The table that it is, if it is one.
    pub fn as_table(&self) -> Option<Table<'d>> {
        let DeValue::Table(entries) = self.raw else {
            return None;
        };
        let name = format!("[[{}]]", self.name());
        Some(Table::new(entries, name, self.span))
    }
}
