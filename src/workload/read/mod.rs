//! TOML → typed values: every value with its span, everything wrong collected, and keys that
//! nobody asked for refused. The reader of each file is a list of the keys it knows.

mod table;
mod value;

pub use table::Table;
pub use value::{Element, Value};

use super::error::{Problem, TomlErrors};
use crate::base::{ByteRange, SourceFile};
use std::sync::Arc;
use toml::de::DeTable;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// One more.
    pub fn push(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// Reads a file: `read` turns the table of the whole file into a value. Fails when the text is
/// not TOML, when `read` finds a problem, and when it leaves a key unread.
pub fn document<T>(
    source: &Arc<SourceFile>,
    read: impl FnOnce(&mut Table<'_>, &mut Problems) -> Option<T>,
) -> Result<T, TomlErrors> {
    let errors = |mut problems: Vec<Problem>| {
        problems.sort_by_key(|problem| problem.span);
        TomlErrors {
            source: Arc::clone(source),
            problems,
        }
    };
    let (document, broken) = DeTable::parse_recoverable(source.text());
    if !broken.is_empty() {
        let problem = |e: toml::de::Error| {
            let span = e.span().map_or(ByteRange::new(0, 0), range);
            let message = e.message().trim().replace('\n', ", ");
            let message = match message.as_str() {
                "duplicate key" => format!("the key `{}` stands here twice", source.slice(span)),
                _ => format!("not TOML: {message}"),
            };
            Problem::new(span, message)
        };
        return Err(errors(broken.into_iter().map(problem).collect()));
    }
    let mut problems = Problems::default();
    let mut root = Table::root(document.get_ref());
    let value = read(&mut root, &mut problems);
    // Without a value, nobody knows which keys there may be.
    if value.is_some() {
        root.finish(&mut problems);
    }
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ if problems.is_empty() => Err(errors(vec![Problem::new(
            ByteRange::new(0, 0),
            "this file says nothing that can be used",
        )])),
        _ => Err(errors(problems.found)),
    }
}

/// A range of the parser as one of ours.
fn range(range: std::ops::Range<usize>) -> ByteRange {
    ByteRange::new(range.start as u64, range.end as u64)
}

/// `did you mean …?` with the nearest of some names, if one is near.
pub fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = names.into_iter().map(|known| {
        let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
        (distance, known)
    });
    let near = near.min()?;
    let limit = (name.chars().count() / 3).clamp(1, 3);
    (near.0 <= limit).then_some(near.1)
}
