//! YAML → values with places.

use crate::base::{ByteRange, Spanned};
use crate::manifest::tree::{Found, Value};
use serde::de::DeserializeOwned;
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

/// Why a text could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: ByteRange,
}

/// A collection that is being read.
struct Open {
    flow: bool,
    start: u64,
    end: u64,
    of: Contents,
}

enum Contents {
    Map {
        entries: Vec<(Spanned<String>, Found)>,
        key: Option<Spanned<String>>,
    },
    List(Vec<Found>),
}

/// Reads all documents of a text.
///
/// # Errors
/// What is no YAML; and what is, but would hide from a reader of the manifest what it says:
/// aliases, keys that stand twice, keys that are no texts.
pub fn read(text: &str) -> Result<Vec<Found>, YamlError> {
    let mut documents = Vec::new();
    let mut stack: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(0) as u64;
            YamlError {
                message: format!("not YAML: {}", first_line(&error.to_string())),
                span: ByteRange::new(at, at),
            }
        })?;
        let (start, end) = bytes(&span);
        let place = ByteRange::new(start, end);
        let done = match event {
            Event::Scalar(value, style, _, _) => {
                let null = style == ScalarStyle::Plain && is_null(&value);
                let value = match null {
                    true => Value::Null,
                    false => Value::Text(value.into_owned()),
                };
                Some(Found {
                    value,
                    span: place,
                    flow: false,
                })
            }
            Event::MappingStart(style, _, _) => {
                let of = Contents::Map {
                    entries: Vec::new(),
                    key: None,
                };
                stack.push(Open::new(style, start, of));
                None
            }
            Event::SequenceStart(style, _, _) => {
                stack.push(Open::new(style, start, Contents::List(Vec::new())));
                None
            }
            Event::MappingEnd | Event::SequenceEnd => stack.pop().map(|open| open.close(end)),
            Event::Alias(_) => {
                return Err(YamlError {
                    message: "aliases are not followed: write the value out".to_string(),
                    span: place,
                });
            }
            _ => None,
        };
        let Some(done) = done else {
            continue;
        };
        match stack.last_mut() {
            Some(open) => open.take(done)?,
            None => documents.push(done),
        }
    }
    Ok(documents)
}

/// Reads the one document of a text as a type.
///
/// # Errors
/// Where it is not of the type. No value of the text is repeated: it may be a secret.
pub fn typed<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        let at = error.location();
        let said = first_line(&error.to_string());
        let known = ["unknown field", "missing field", "duplicate"];
        let message = match known.iter().any(|words| said.contains(words)) {
            // The place is said with the snippet.
            true => said
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_string(),
            false => "a value of another type is expected here".to_string(),
        };
        let at = at.map_or(0, |at| offset_of(text, at.line(), at.column()));
        YamlError {
            message,
            span: ByteRange::new(at, at),
        }
    })
}

/// The byte offset of a line and a column in characters, both from 1.
fn offset_of(text: &str, line: u64, column: u64) -> u64 {
    let line = usize::try_from(line).unwrap_or(usize::MAX).max(1);
    let column = usize::try_from(column).unwrap_or(usize::MAX).max(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = text.get(start..).unwrap_or_default();
    let within = rest.char_indices().nth(column - 1).map_or(0, |(at, _)| at);
    (start + within) as u64
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_string()
}

/// The core schema of YAML 1.2, `null`.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn bytes(span: &Span) -> (u64, u64) {
    let start = span.start.byte_offset().unwrap_or(0) as u64;
    let end = span.end.byte_offset().unwrap_or(0) as u64;
    (start, end.max(start))
}

impl Open {
    fn new(style: StructureStyle, start: u64, of: Contents) -> Open {
        Open {
            flow: style == StructureStyle::Flow,
            start,
            end: start,
            of,
        }
    }

    fn take(&mut self, found: Found) -> Result<(), YamlError> {
        self.end = self.end.max(found.span.end);
        match &mut self.of {
            Contents::List(items) => items.push(found),
            Contents::Map { entries, key } => match key.take() {
                Some(key) => entries.push((key, found)),
                None => {
                    let span = found.span;
                    let name = match found.value {
                        Value::Text(name) => name,
                        _ => return Err(error(span, "a key must be a text")),
                    };
                    if entries.iter().any(|(known, _)| known.value == name) {
                        return Err(error(span, "this key stands here twice"));
                    }
                    *key = Some(Spanned::new(name, span));
                }
            },
        }
        Ok(())
    }

    /// `end` is where the parser sees the end: for block style that is the beginning of
    /// whatever follows.
    fn close(self, end: u64) -> Found {
        let end = match self.flow {
            true => end,
            false => self.end,
        };
        Found {
            value: match self.of {
                Contents::List(items) => Value::List(items),
                Contents::Map { entries, .. } => Value::Map(entries),
            },
            span: ByteRange::new(self.start, end),
            flow: self.flow,
        }
    }
}

fn error(span: ByteRange, message: &str) -> YamlError {
    YamlError {
        message: message.to_string(),
        span,
    }
}
