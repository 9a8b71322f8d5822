//! TOML: writing with comments, reading with places, and edits that keep everything else.

use super::compare::{Change, Difference, Step};
use super::doc::{Doc, Entry, Map, Node};
use super::tree::{Found, Value};
use super::words::{comment, fill_in};
use crate::base::{ByteRange, Spanned, toml_key, toml_string};
use toml::de::{DeTable, DeValue};
use toml_edit::{Array, DocumentMut, InlineTable, Item};

/// The documents as one file: there is one.
pub(super) fn write(docs: &[Doc]) -> String {
    let mut out = String::new();
    for doc in docs {
        for line in &doc.head {
            out.push_str(&comment(line));
            out.push('\n');
        }
        out.push('\n');
        table(&mut out, &doc.root, "");
    }
    out
}

fn is_table(node: &Node) -> bool {
    matches!(node, Node::Map(map) if !map.inline)
}

fn is_tables(node: &Node) -> bool {
    match node {
        Node::List(list) => {
            !list.entries.is_empty() && list.entries.iter().all(|entry| is_table(&entry.node))
        }
        _ => false,
    }
}

/// Values first: behind a header they would belong to the table below it.
fn table(out: &mut String, map: &Map, path: &str) {
    let inner = |key: &str| match path {
        "" => toml_key(key),
        path => format!("{path}.{}", toml_key(key)),
    };
    let is_value = |entry: &&Entry| !is_table(&entry.node) && !is_tables(&entry.node);
    for entry in map.entries.iter().filter(is_value) {
        lines(out, entry);
    }
    for entry in map.entries.iter().filter(|entry| !is_value(entry)) {
        let path = inner(&entry.key);
        match &entry.node {
            Node::Map(map) => {
                // A table of tables alone needs no header.
                let values = map.entries.is_empty() || map.entries.iter().any(|e| is_value(&e));
                if values {
                    header(out, entry, &format!("[{path}]"));
                }
                table(out, map, &path);
            }
            Node::List(list) => {
                for item in &list.entries {
                    header(out, item, &format!("[[{path}]]"));
                    if let Node::Map(map) = &item.node {
                        table(out, map, &path);
                    }
                }
            }
            _ => {}
        }
    }
}

fn header(out: &mut String, entry: &Entry, text: &str) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    for line in &entry.above {
        out.push_str(&comment(line));
        out.push('\n');
    }
    out.push_str(text);
    out.push('\n');
}

fn lines(out: &mut String, entry: &Entry) {
    for line in &entry.above {
        out.push_str(&comment(line));
        out.push('\n');
    }
    out.push_str(&format!("{} = ", toml_key(&entry.key)));
    match &entry.node {
        Node::List(list) if list.entries.iter().any(|e| e.beside.is_some()) => {
            out.push_str("[\n");
            for item in &list.entries {
                out.push_str(&format!("    {},", value(&item.node)));
                beside(out, item);
            }
            out.push(']');
        }
        node => out.push_str(&value(node)),
    }
    beside(out, entry);
}

fn beside(out: &mut String, entry: &Entry) {
    let fill = match &entry.node {
        Node::Fill { what, initial } if initial.is_empty() => Some(fill_in(what)),
        _ => None,
    };
    let parts: Vec<String> = fill.into_iter().chain(entry.beside.clone()).collect();
    if !parts.is_empty() {
        out.push_str(&format!("  {}", comment(&parts.join("; "))));
    }
    out.push('\n');
}

fn value(node: &Node) -> String {
    match node {
        Node::Text(text) => toml_string(text),
        Node::Fill { initial, .. } => toml_string(initial),
        Node::Number(number) => number.to_string(),
        Node::Bool(value) => value.to_string(),
        Node::List(list) => {
            let parts: Vec<String> = list.entries.iter().map(|e| value(&e.node)).collect();
            format!("[{}]", parts.join(", "))
        }
        Node::Map(map) if map.entries.is_empty() => "{}".to_string(),
        Node::Map(map) => {
            let parts = map.entries.iter();
            let parts = parts.map(|e| format!("{} = {}", toml_key(&e.key), value(&e.node)));
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Reads a text.
///
/// # Errors
/// Where it is not TOML.
pub(super) fn read(text: &str) -> Result<Found, (ByteRange, String)> {
    let document = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let span = ByteRange::new(span.start as u64, span.end as u64);
        (
            span,
            format!("not TOML: {}", error.message().trim().replace('\n', ", ")),
        )
    })?;
    Ok(Found {
        value: map(document.get_ref()),
        span: ByteRange::new(0, text.len() as u64),
        flow: false,
    })
}

fn place(span: std::ops::Range<usize>) -> ByteRange {
    ByteRange::new(span.start as u64, span.end as u64)
}

fn map(table: &DeTable<'_>) -> Value {
    let entries = table.iter().map(|(key, value)| {
        let name = Spanned::new(key.get_ref().to_string(), place(key.span()));
        (name, found(value))
    });
    let mut entries: Vec<(Spanned<String>, Found)> = entries.collect();
    entries.sort_by_key(|(key, _)| key.span);
    Value::Map(entries)
}

fn found(value: &toml::Spanned<DeValue<'_>>) -> Found {
    let of = match value.get_ref() {
        DeValue::Table(table) => map(table),
        DeValue::Array(array) => Value::List(array.iter().map(found).collect()),
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Text(number.as_str().to_string()),
        DeValue::Float(number) => Value::Text(number.as_str().to_string()),
        DeValue::Boolean(value) => Value::Text(value.to_string()),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
    };
    Found {
        value: of,
        span: place(value.span()),
        flow: false,
    }
}

/// Makes all changes that some differences ask for; comments and order stay.
///
/// # Errors
/// When the text has another form than the changes expect.
pub(super) fn edit(text: &str, differences: &[Difference<'_>]) -> Result<String, String> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|_| "the file is not TOML".to_string())?;
    for difference in differences {
        if let Change::Wrong { node, .. } = &difference.change {
            let item = at(document.as_item_mut(), &difference.path)?;
            replace(item, node);
        }
    }
    for difference in differences {
        if let Change::Missing { entry, .. } = &difference.change {
            let parent = at(document.as_item_mut(), &difference.path)?;
            insert(parent, entry)?;
        }
    }
    // Later entries first, so that earlier ones keep their places.
    let mut stale: Vec<&Vec<Step>> = Vec::new();
    for difference in differences {
        if let Change::Stale { .. } | Change::Secret { .. } = &difference.change {
            stale.push(&difference.path);
        }
    }
    stale.sort();
    for path in stale.into_iter().rev() {
        remove(document.as_item_mut(), path)?;
    }
    Ok(document.to_string())
}

fn at<'i>(root: &'i mut Item, path: &[Step]) -> Result<&'i mut Item, String> {
    let mut item = root;
    for step in path {
        let inner = match step {
            Step::Key(key) => item.get_mut(key.as_str()),
            Step::Index(index) => item.get_mut(*index),
        };
        item = inner.ok_or_else(|| "an entry is not there any more".to_string())?;
    }
    Ok(item)
}

/// The text around a value stays, its comment included.
fn replace(item: &mut Item, node: &Node) {
    let mut new = edit_value(node);
    if let Some(old) = item.as_value() {
        *new.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(new);
}

fn insert(parent: &mut Item, entry: &Entry) -> Result<(), String> {
    if entry.key.is_empty() {
        return match parent {
            Item::ArrayOfTables(tables) => {
                tables.push(edit_table(entry));
                Ok(())
            }
            _ => {
                let array = parent.as_array_mut();
                let array = array.ok_or("a list of another form stands there")?;
                array.push(edit_value(&entry.node));
                Ok(())
            }
        };
    }
    let item = match &entry.node {
        node if is_tables(node) => {
            let tables = node.entries().iter().map(edit_table);
            Item::ArrayOfTables(tables.collect())
        }
        node if is_table(node) && parent.as_inline_table().is_none() => {
            Item::Table(edit_table(entry))
        }
        node => Item::Value(edit_value(node)),
    };
    let table = parent.as_table_like_mut();
    let table = table.ok_or("no table stands there")?;
    table.insert(&entry.key, item);
    // The comments of a value stand before its key.
    let value = !is_table(&entry.node) && !is_tables(&entry.node);
    if let Some(mut key) = table.key_mut(&entry.key).filter(|_| value) {
        let above: String = entry
            .above
            .iter()
            .map(|line| format!("{}\n", comment(line)))
            .collect();
        key.leaf_decor_mut().set_prefix(above);
    }
    let mut behind = String::new();
    beside(&mut behind, entry);
    if let Some(value) = table.get_mut(&entry.key).and_then(Item::as_value_mut) {
        value.decor_mut().set_suffix(behind.trim_end());
    }
    Ok(())
}

fn edit_table(entry: &Entry) -> toml_edit::Table {
    let mut text = String::new();
    let mut above: String = entry
        .above
        .iter()
        .map(|line| format!("{}\n", comment(line)))
        .collect();
    above.insert(0, '\n');
    if let Node::Map(map) = &entry.node {
        table(&mut text, map, "");
    }
    let parsed = text.parse::<DocumentMut>().unwrap_or_default();
    let mut new = parsed.as_table().clone();
    new.set_implicit(false);
    new.set_position(None);
    new.decor_mut().set_prefix(above);
    new
}

fn edit_value(node: &Node) -> toml_edit::Value {
    match node {
        Node::Text(text) => text.as_str().into(),
        Node::Fill { initial, .. } => initial.as_str().into(),
        Node::Number(number) => i64::try_from(*number).unwrap_or(i64::MAX).into(),
        Node::Bool(value) => (*value).into(),
        Node::List(list) => {
            let array: Array = list.entries.iter().map(|e| edit_value(&e.node)).collect();
            array.into()
        }
        Node::Map(map) => {
            let mut table = InlineTable::new();
            for entry in &map.entries {
                table.insert(&entry.key, edit_value(&entry.node));
            }
            table.into()
        }
    }
}

fn remove(root: &mut Item, path: &[Step]) -> Result<(), String> {
    let Some((last, parent)) = path.split_last() else {
        return Err("the whole file would go".to_string());
    };
    let parent = at(root, parent)?;
    match (last, parent) {
        (Step::Key(key), parent) => {
            let table = parent.as_table_like_mut().ok_or("no table stands there")?;
            table.remove(key);
        }
        (Step::Index(index), Item::ArrayOfTables(tables)) if *index < tables.len() => {
            tables.remove(*index);
        }
        (Step::Index(index), parent) => {
            let array = parent.as_array_mut().ok_or("no list stands there")?;
            if *index < array.len() {
                let gone = array.remove(*index);
                keep_comment(array, *index, &gone);
            }
        }
    }
    Ok(())
}

/// A comment behind the element before stands in front of the one that goes: it stays.
fn keep_comment(array: &mut Array, index: usize, gone: &toml_edit::Value) {
    let before = gone.decor().prefix().and_then(|raw| raw.as_str());
    let before = before.unwrap_or_default();
    let Some(end) = before.rfind('\n').filter(|_| before.contains('#')) else {
        return;
    };
    let comment = before.get(..end).unwrap_or_default().to_string();
    match array.get_mut(index) {
        Some(next) => {
            let old = next.decor().prefix().and_then(|raw| raw.as_str());
            let old = old.unwrap_or_default().to_string();
            next.decor_mut().set_prefix(format!("{comment}{old}"));
        }
        None => {
            let old = array.trailing().as_str().unwrap_or_default().to_string();
            let old = if old.starts_with('\n') {
                old
            } else {
                format!("\n{old}")
            };
            array.set_trailing(format!("{comment}{old}"));
            array.set_trailing_comma(true);
        }
    }
}
