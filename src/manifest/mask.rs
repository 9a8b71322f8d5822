//! A file as it may be shown: secrets masked.

use super::doc::{Doc, Entry, Node};
use super::tree::Found;
use crate::base::SourceFile;
use std::collections::BTreeSet;

/// The same text with a `*` for every byte of a value that is a secret: one whose key is known
/// as such, and everything in an object of the kind `Secret`. Places stay the same.
pub(super) fn mask(source: &SourceFile, docs: &[Doc], found: &[Found]) -> SourceFile {
    let mut secrets = BTreeSet::new();
    for doc in docs {
        collect(
            doc.root.closed.as_ref().map(|c| &c.secrets),
            &doc.root.entries,
            &mut secrets,
        );
    }
    let mut bytes = source.text().as_bytes().to_vec();
    for document in found {
        let whole = document.get("kind").and_then(Found::text) == Some("Secret");
        for (key, value) in document.entries() {
            let all = whole && matches!(key.value.as_str(), "data" | "stringData");
            hide(
                &mut bytes,
                value,
                all || secrets.contains(key.value.as_str()),
                &secrets,
            );
        }
    }
    SourceFile::new(source.name(), String::from_utf8_lossy(&bytes))
}

fn collect<'d>(
    of: Option<&'d BTreeSet<String>>,
    entries: &'d [Entry],
    secrets: &mut BTreeSet<&'d str>,
) {
    secrets.extend(of.into_iter().flatten().map(String::as_str));
    for entry in entries {
        let of = match &entry.node {
            Node::Map(map) => map.closed.as_ref(),
            Node::List(list) => list.closed.as_ref(),
            _ => None,
        };
        collect(
            of.map(|closed| &closed.secrets),
            entry.node.entries(),
            secrets,
        );
    }
}

fn hide(bytes: &mut [u8], found: &Found, secret: bool, secrets: &BTreeSet<&str>) {
    if secret && found.text().is_some() {
        let range = usize::try_from(found.span.start)
            .ok()
            .zip(usize::try_from(found.span.end).ok());
        let value = range.and_then(|(start, end)| bytes.get_mut(start..end));
        for byte in value.unwrap_or_default() {
            if !byte.is_ascii_whitespace() {
                *byte = b'*';
            }
        }
    }
    for (key, value) in found.entries() {
        hide(
            bytes,
            value,
            secret || secrets.contains(key.value.as_str()),
            secrets,
        );
    }
    for item in found.items() {
        hide(bytes, item, secret, secrets);
    }
}
