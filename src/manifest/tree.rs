//! A manifest as it was found: values with places, whatever the syntax.

use crate::base::{ByteRange, Spanned};

/// A value that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What stands there.
    pub value: Value,
    /// Where; of a collection, from its first entry to the end of its last.
    pub span: ByteRange,
    /// Whether it stands within brackets, or on one line where lines matter.
    pub flow: bool,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Named entries, in the order of the file.
    Map(Vec<(Spanned<String>, Found)>),
    /// Entries, in the order of the file.
    List(Vec<Found>),
    /// Anything else, as text.
    Text(String),
    /// Nothing.
    Null,
}

impl Found {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Found> {
        self.entry(key).map(|(_, found)| found)
    }

    /// A key and its value.
    pub fn entry(&self, key: &str) -> Option<(&Spanned<String>, &Found)> {
        let entries = self.entries().iter();
        let mut found = entries.filter(|(name, _)| name.value == key);
        found.next().map(|(name, found)| (name, found))
    }

    /// Named entries; none of what is no map.
    pub fn entries(&self) -> &[(Spanned<String>, Found)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Entries of a list; none of what is no list.
    pub fn items(&self) -> &[Found] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        match &self.value {
            Value::Map(entries) => entries.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Text(text) => text.is_empty(),
            Value::Null => true,
        }
    }
}
