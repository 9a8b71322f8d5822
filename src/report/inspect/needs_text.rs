//! Needs for people: one row per kind, gaps below it.

use super::text::block;
use super::wire::{
    BlockerFacts, FileFacts, KeyFacts, NeedFacts, PatternFacts, RevealSiteFacts, RevealedFacts,
    SourcePlaceFacts,
};
use crate::needs::phrase;
use crate::report::plain::{cells, clean, count, pad};
use crate::report::style;

/// Gaps shown per kind unless everything is asked for.
const GAPS: usize = 3;

/// Keys are broken into lines of about this width.
const WIDTH: usize = 76;

/// The block of needs; empty when no import makes any possible.
pub(super) fn needs(facts: &FileFacts, all: bool) -> String {
    let shown: Vec<&NeedFacts> = facts
        .needs
        .iter()
        .filter(|n| all || n.verdict != "none")
        .collect();
    let width = shown.iter().map(|n| cells(&n.kind)).max().unwrap_or(0);
    let several = facts.instances.iter().filter(|i| i.role == "code").count() > 1;
    let mut rows = Vec::new();
    let hidden = |k: &KeyFacts| !all && k.origin.is_some();
    let mut folded = 0;
    for need in &shown {
        let lead = format!("{}  {}  ", pad(&need.kind, width), verdict(&need.verdict));
        let indent = " ".repeat(cells(&need.kind).max(width) + 2 + VERDICT + 2);
        let keys = need.keys.iter().filter(|k| !hidden(k));
        let mut words: Vec<String> = keys.map(|k| key(facts, k, several)).collect();
        words.extend(need.patterns.iter().map(pattern));
        if need.enumerates {
            words.push("goes through all names".to_string());
        }
        let lines = lines(&words);
        for (index, line) in lines.iter().enumerate() {
            let before = if index == 0 { &lead } else { &indent };
            rows.push(format!("{before}{line}").trim_end().to_string());
        }
        for line in reveals(facts, need, several) {
            rows.push(format!("{indent}{line}"));
        }
        folded += need.keys.iter().filter(|k| hidden(k)).count();
        let gaps = if all { usize::MAX } else { GAPS };
        for blocker in need.blockers.iter().take(gaps) {
            rows.push(format!("{indent}{}", gap(blocker)));
        }
        let more = need.blockers.len().saturating_sub(gaps);
        if more > 0 {
            rows.push(format!(
                "{indent}and {} like these (--all)",
                count(more, "gap")
            ));
        }
    }
    if folded > 0 {
        rows.push(format!("runtime keys hidden: {folded} (--all)"));
    }
    if rows.is_empty() && !facts.needs.is_empty() {
        rows.push("none".to_string());
    }
    block("needs", &rows)
}

/// Width of the longest verdict.
const VERDICT: usize = 8;

fn verdict(word: &str) -> String {
    let padded = pad(word, VERDICT);
    match word {
        "open" => style::strong(&padded),
        _ => padded,
    }
}

fn key(facts: &FileFacts, key: &KeyFacts, several: bool) -> String {
    let mut text = match key.name.is_empty() {
        true => "(empty)".to_string(),
        false => clean(&key.name),
    };
    if key.grade == "candidate" {
        text.push('?');
    }
    if key.case.is_some() {
        text.push_str(" (any case)");
    }
    if let Some(place) = places(&key.source) {
        text.push_str(&format!(" ({place})"));
    }
    if several {
        let names: Vec<String> = key.instances.iter().map(|id| label(facts, id)).collect();
        text.push_str(&format!(" ({})", names.join(", ")));
    }
    text
}

fn pattern(pattern: &PatternFacts) -> String {
    match places(&pattern.source) {
        Some(place) => format!("{} ({place})", clean(&pattern.pattern)),
        None => clean(&pattern.pattern),
    }
}

/// The first of places in an interpreted program, and how many more there are.
fn places(source: &[SourcePlaceFacts]) -> Option<String> {
    let (first, more) = source.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        n => format!(", {n} more"),
    };
    Some(format!("{}{more}", place(first)))
}

fn place(place: &SourcePlaceFacts) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", clean(&place.file)),
        None => clean(&place.file),
    }
}

/// What becomes of keys that stand for something hidden; keys with the same fate share a
/// line.
fn reveals(facts: &FileFacts, need: &NeedFacts, several: bool) -> Vec<String> {
    let mut fates: Vec<(String, Vec<String>)> = Vec::new();
    for key in &need.keys {
        let Some(revealed) = &key.revealed else {
            continue;
        };
        let fate = fate(facts, revealed, several);
        match fates.iter_mut().find(|(other, _)| *other == fate) {
            Some((_, keys)) => keys.push(clean(&key.name)),
            None => fates.push((fate, vec![clean(&key.name)])),
        }
    }
    // One fate for all needs no names.
    let alone = fates.len() == 1;
    let line = |(fate, keys): (String, Vec<String>)| match alone {
        true => fate,
        false => format!("{}: {fate}", keys.join(", ")),
    };
    fates.into_iter().map(line).collect()
}

fn fate(facts: &FileFacts, revealed: &RevealedFacts, several: bool) -> String {
    const SHOWN: usize = 2;
    let site = |site: &RevealSiteFacts| {
        let name = site.demangled.as_ref().or(site.function.as_ref());
        let function = name.map_or("a call".to_string(), |f| format!("`{}`", clean(f)));
        match several {
            true => format!("{function} ({})", label(facts, &site.instance)),
            false => function,
        }
    };
    let places = |which: &str| {
        let sites = revealed.sites.iter().filter(|s| s.which == which);
        let mut names: Vec<String> = sites.map(site).collect();
        names.dedup();
        if names.len() > SHOWN {
            let more = names.len() - SHOWN;
            names.truncate(SHOWN);
            names.push(format!("{more} more"));
        }
        names.join(", ")
    };
    match &*revealed.verdict {
        "revealed" => format!("revealed in {}", places("this")),
        "unknown" => format!("may be revealed in {}", places("unknown")),
        "passed-on" => {
            let mut functions: Vec<String> = Vec::new();
            for to in &revealed.passed_on {
                functions.push(format!("`{}`", clean(&to.function)));
            }
            functions.truncate(SHOWN);
            format!(
                "not revealed here, may be passed on by {}",
                functions.join(", ")
            )
        }
        _ => "never revealed".to_string(),
    }
}

fn label(facts: &FileFacts, id: &str) -> String {
    let instance = facts.instances.iter().find(|i| i.id == id);
    match instance.and_then(|i| i.name.as_deref()) {
        Some(name) => clean(name),
        None => id.to_string(),
    }
}

/// Words in lines; at least one line.
fn lines(words: &[String]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if cells(&lines[last]) + 2 + cells(word) <= WIDTH {
            lines[last].push_str("  ");
            lines[last].push_str(word);
        } else {
            lines.push(word.clone());
        }
    }
    lines
}

fn gap(blocker: &BlockerFacts) -> String {
    let what = phrase(&blocker.reason);
    let mut text = format!("open: {what}");
    if let Some(function) = blocker.demangled.as_ref().or(blocker.function.as_ref()) {
        text.push_str(&format!(", in `{}`", clean(function)));
    }
    if let Some(source) = &blocker.source {
        text.push_str(&format!(", at {}", place(source)));
    }
    match blocker.offset {
        Some(offset) => text.push_str(&format!(" ({}, +{offset:#x})", blocker.instance)),
        None => text.push_str(&format!(" ({})", blocker.instance)),
    }
    text
}
