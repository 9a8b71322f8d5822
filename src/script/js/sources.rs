//! Source texts in the memory of SpiderMonkey.
//!
//! The engine keeps the text of each file as one block of UTF-8, and an object that holds its
//! address and length. So a source is what such a pair of words leads to, if all of it is
//! text and it parses; where it begins and ends is not guessed.

use crate::script::snapshot::Snapshot;
use std::collections::{BTreeMap, BTreeSet};

/// Shorter texts than this hold no lookup.
const SHORTEST: u32 = 16;
const LONGEST: u32 = 16 << 20;
/// Bytes that are looked at to find texts.
const WORK: usize = 256 << 20;
/// How far from the address of its text an object keeps the name of the file.
const NAME_WITHIN: u32 = 96;

/// What an engine that was started keeps: the name of the file that its own functions come
/// from, by address and length.
const OWN_FILE: &[u8] = b"self-hosted";
/// Words that stand in the engine itself.
const IN_ENGINE: &[u8] = b"self-hosted startup";
const IN_STARLING: &[u8] = b"StarlingMonkey";

/// The engine in a memory; `None` if it is not SpiderMonkey.
pub(super) fn engine(memory: &Snapshot<'_>) -> Option<&'static str> {
    if !memory.contains(IN_ENGINE) {
        return None;
    }
    let len = OWN_FILE.len() as u32;
    let started = memory.pairs().any(|(_, address, length)| {
        (length == len || length == len + 1)
            && memory.bytes(address, OWN_FILE.len()).as_deref() == Some(OWN_FILE)
    });
    started.then(|| match memory.contains(IN_STARLING) {
        true => "StarlingMonkey",
        false => "SpiderMonkey",
    })
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// Names and texts, by address.
    pub sources: Vec<(String, String)>,
    /// What was left out.
    pub unread: Vec<String>,
}

/// A text, and where the pair of words stands that leads to it.
struct Text {
    text: String,
    holders: Vec<u32>,
}

/// Finds sources.
pub(super) fn find(memory: &Snapshot<'_>) -> Found {
    let mut found = Found::default();
    let mut texts: BTreeMap<(u32, u32), Text> = BTreeMap::new();
    let mut refused: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut work = 0;
    for (holder, address, len) in memory.pairs() {
        if !(SHORTEST..=LONGEST).contains(&len) || refused.contains(&(address, len)) {
            continue;
        }
        if let Some(text) = texts.get_mut(&(address, len)) {
            text.holders.push(holder);
            continue;
        }
        // The last byte first: most lengths are no lengths.
        if !could_begin(memory.byte(address)) || is_control(memory.byte(address + (len - 1))) {
            continue;
        }
        match source(memory, address, len, &mut work) {
            Some(text) => {
                let holders = vec![holder];
                texts.insert((address, len), Text { text, holders });
            }
            None => {
                refused.insert((address, len));
            }
        }
        if work > WORK {
            found
                .unread
                .push("there are too many texts to look at".to_string());
            break;
        }
    }
    let mut kept: Vec<Text> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut end = 0;
    // The longest of those that begin at one place comes first; what lies inside of another
    // is a part of it.
    let mut all: Vec<((u32, u32), Text)> = texts.into_iter().collect();
    all.sort_by_key(|((address, len), _)| (*address, std::cmp::Reverse(*len)));
    for ((address, len), text) in all {
        let stop = u64::from(address) + u64::from(len);
        if stop > end && seen.insert(text.text.clone()) {
            end = stop;
            kept.push(text);
        }
    }
    let names = names(memory, &kept);
    let numbered = kept.into_iter().zip(names).enumerate();
    found.sources = numbered
        .map(|(index, (text, name))| {
            let name = name.unwrap_or_else(|| format!("source {}", index + 1));
            (name, text.text)
        })
        .collect();
    found
}

fn could_begin(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0xc3..=0xf4)
}

fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) || byte == 0x7f
}

/// The text at an address, if it may be a program that looks something up.
fn source(memory: &Snapshot<'_>, address: u32, len: u32, work: &mut usize) -> Option<String> {
    // Garbage ends soon: the beginning is looked at before all is.
    let start = memory.bytes(address, len.min(64) as usize)?;
    if start.iter().any(|b| is_control(*b)) {
        return None;
    }
    let bytes = memory.bytes(address, len as usize)?;
    let control = bytes.iter().position(|b| is_control(*b));
    *work += control.unwrap_or(bytes.len());
    if control.is_some() {
        return None;
    }
    let text = std::str::from_utf8(&bytes).ok()?;
    // What connects the engine with the host is made by the tool that built the component.
    let glue = text.contains("import.meta.builtin") || text.contains("$memory.buffer");
    let words = ["import", "export", "function", "=>", "process"];
    (!glue && words.iter().any(|word| text.contains(word)) && is_program(text))
        .then(|| text.to_string())
}

/// Whether a text is more than words: messages of the engine are texts, too.
fn is_program(text: &str) -> bool {
    text.contains(['(', '{', ';', '=']) && text.contains(['\n', ';', '}', ')'])
}

/// Names of files: objects that hold a text hold the name of its file at some distance,
/// the same for all. The distance that gives most names is taken.
fn names(memory: &Snapshot<'_>, texts: &[Text]) -> Vec<Option<String>> {
    let mut by_holder: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, text) in texts.iter().enumerate() {
        for holder in &text.holders {
            by_holder.insert(*holder, index);
        }
    }
    let mut by_distance: BTreeMap<u32, BTreeMap<usize, String>> = BTreeMap::new();
    for (at, word) in memory.words() {
        let Some(index) = by_holder.get(&word) else {
            continue;
        };
        for distance in (4..=NAME_WITHIN).step_by(4) {
            let other = memory.word(at.wrapping_add(distance));
            let (address, len) = (memory.word(other), memory.word(other.wrapping_add(4)));
            if !other.is_multiple_of(4) || !(4..1024).contains(&len) {
                continue;
            }
            if let Some(name) = memory.c_string(address, len as usize)
                && (name.len() == len as usize || name.len() + 1 == len as usize)
                && is_file(name)
            {
                let names = by_distance.entry(distance).or_default();
                names.entry(*index).or_insert(name.to_string());
            }
        }
    }
    let most = by_distance
        .iter()
        .max_by_key(|(distance, names)| (names.len(), std::cmp::Reverse(**distance)));
    // Nothing tells two objects apart if only one name was found: the nearest counts.
    let names = most.map(|(_, names)| names.clone()).unwrap_or_default();
    (0..texts.len()).map(|i| names.get(&i).cloned()).collect()
}

fn is_file(name: &str) -> bool {
    let ends = [".js", ".mjs", ".cjs", ".ts", ".mts", ".jsx", ".tsx"];
    ends.iter().any(|end| name.ends_with(end))
}
