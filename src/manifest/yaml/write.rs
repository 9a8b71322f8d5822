//! Documents → YAML, in block style.

use crate::base::toml_string;
use crate::manifest::doc::{Doc, Entry, Node};
use crate::manifest::words::{comment, fill_in};
use std::fmt::Write as _;

/// The documents as one file.
pub fn write(docs: &[Doc]) -> String {
    let mut out = String::new();
    for (index, doc) in docs.iter().enumerate() {
        if index > 0 {
            out.push_str("---\n");
        }
        for line in &doc.head {
            out.push_str(&comment(line));
            out.push('\n');
        }
        // A comment belongs to what follows without a gap.
        if !doc.head.is_empty() {
            out.push('\n');
        }
        if doc.root.entries.is_empty() {
            out.push_str("{}\n");
        }
        for entry in &doc.root.entries {
            field(&mut out, entry, 0);
        }
    }
    out
}

/// The lines of one entry of a map or list whose entries begin in a column, from 0.
pub(super) fn entry(entry: &Entry, column: usize, of_list: bool) -> String {
    let mut out = String::new();
    match of_list {
        true => item(&mut out, entry, column),
        false => field(&mut out, entry, column),
    }
    out
}

fn indent(out: &mut String, column: usize) {
    out.extend(std::iter::repeat_n(' ', column));
}

fn above(out: &mut String, entry: &Entry, column: usize) {
    for line in &entry.above {
        indent(out, column);
        out.push_str(&comment(line));
        out.push('\n');
    }
}

fn field(out: &mut String, entry: &Entry, column: usize) {
    above(out, entry, column);
    indent(out, column);
    out.push_str(&scalar(&entry.key));
    out.push(':');
    value(out, entry, column);
}

fn item(out: &mut String, entry: &Entry, column: usize) {
    above(out, entry, column);
    indent(out, column);
    out.push('-');
    match &entry.node {
        Node::Map(map) if !map.entries.is_empty() => {
            // The first field stands behind the dash; comments above it would not.
            let mut lines = String::new();
            for field_of in &map.entries {
                field(&mut lines, field_of, column + 2);
            }
            match lines.get(column..).and_then(|rest| rest.strip_prefix("  ")) {
                Some(rest) if !rest.starts_with('#') => {
                    out.push(' ');
                    out.push_str(rest);
                }
                _ => {
                    out.push('\n');
                    out.push_str(&lines);
                }
            }
        }
        _ => value(out, entry, column),
    }
}

/// What stands behind `key:` or `-`, up to the end of its last line.
fn value(out: &mut String, entry: &Entry, column: usize) {
    let beside = entry.beside.clone();
    let beside = match &entry.node {
        Node::Fill { what, initial } if initial.is_empty() => Some(match beside {
            Some(beside) => format!("{}; {beside}", fill_in(what)),
            None => fill_in(what),
        }),
        _ => beside,
    };
    let remark = |out: &mut String| {
        if let Some(text) = &beside {
            // Writing to a string cannot fail.
            let _ = write!(out, "  {}", comment(text));
        }
        out.push('\n');
    };
    match &entry.node {
        Node::Map(map) if map.entries.is_empty() => {
            out.push_str(" {}");
            remark(out);
        }
        Node::List(list) if list.entries.is_empty() => {
            out.push_str(" []");
            remark(out);
        }
        Node::Map(map) => {
            remark(out);
            for inner in &map.entries {
                field(out, inner, column + 2);
            }
        }
        Node::List(list) => {
            remark(out);
            for inner in &list.entries {
                item(out, inner, column + 2);
            }
        }
        node => {
            out.push(' ');
            out.push_str(&flow(node));
            remark(out);
        }
    }
}

/// A value on one line, as it stands within brackets.
pub fn flow(node: &Node) -> String {
    match node {
        Node::Text(text) => scalar(text),
        Node::Fill { initial, .. } => scalar(initial),
        Node::Number(number) => number.to_string(),
        Node::Bool(value) => value.to_string(),
        Node::List(list) => {
            let parts = list.entries.iter().map(|entry| flow(&entry.node));
            format!("[{}]", parts.collect::<Vec<_>>().join(", "))
        }
        Node::Map(map) => {
            let parts = map.entries.iter();
            let parts = parts.map(|e| format!("{}: {}", scalar(&e.key), flow(&e.node)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as a scalar that every version of YAML reads as this text.
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_string();
    }
    // Escapes that TOML has are in both versions of YAML, those of eight digits for characters
    // outside the printable set included.
    toml_string(text)
}

/// Letters first, so that it is no number and no date; then what has no meaning in YAML. The
/// words for truth and nothing of YAML 1.1 are excluded in every case.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan",
    ];
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let lower = text.to_ascii_lowercase();
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(good)
        && !WORDS.contains(&lower.as_str())
}
