//! Lock → text. One key is one line, so that a diff of the file reads like one of needs.

use super::entry::{Entry, Lock, Named, Need};
use crate::base::{toml_key as key, toml_string as string};
use crate::needs::Verdict;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The version of the format.
pub(super) const VERSION: u64 = 1;

const HEAD: &str = "\
# What the components need, as `gusset lock` found it. Written by the tool: change the
# components, not this file, and review its diff.
";

impl Lock {
    /// The text of the file. The same lock gives the same bytes.
    pub fn to_toml(&self) -> String {
        let mut out = format!("{HEAD}version = {VERSION}\n");
        for (name, entry) in &self.components {
            component(&mut out, name, entry);
        }
        out
    }
}

fn component(out: &mut String, name: &str, entry: &Entry) {
    let name = key(name);
    line(out, format_args!("\n[component.{name}]"));
    line(out, format_args!("path = {}", string(&entry.path)));
    line(out, format_args!("digest = {}", string(&entry.digest)));
    list(out, "imports", entry.imports.iter().map(named));
    list(out, "exports", entry.exports.iter().map(named));
    for (kind, need) in &entry.needs {
        line(
            out,
            format_args!("\n[component.{name}.needs.{}]", key(kind)),
        );
        self::need(out, need);
    }
}

fn need(out: &mut String, need: &Need) {
    let verdict = |verdict: Verdict| string(verdict.as_str());
    line(out, format_args!("verdict = {}", verdict(need.verdict)));
    line(out, format_args!("enumerates = {}", need.enumerates));
    let instances = need.instances.iter().map(|(id, proven)| {
        let enumerates = if proven.enumerates {
            ", enumerates = true"
        } else {
            ""
        };
        let verdict = verdict(proven.verdict);
        format!("{{ id = {}, verdict = {verdict}{enumerates} }}", string(id))
    });
    list(out, "instances", instances);
    let keys = need.keys.iter().map(|(name, held)| {
        let grade = string(held.grade.as_str());
        let origin = match held.runtime {
            true => ", origin = \"runtime\"",
            false => "",
        };
        let instances = ids(&held.instances);
        format!(
            "{{ name = {}, grade = {grade}{origin}, instances = {instances} }}",
            string(name)
        )
    });
    list(out, "keys", keys);
    let patterns = need.patterns.iter().map(|(pattern, instances)| {
        let instances = ids(instances);
        format!(
            "{{ pattern = {}, instances = {instances} }}",
            string(pattern)
        )
    });
    list(out, "patterns", patterns);
    let open = need.open.iter().map(|(reason, instances)| {
        let instances = ids(instances);
        format!("{{ reason = {}, instances = {instances} }}", string(reason))
    });
    list(out, "open", open);
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// An array with one element on a line; nothing when it is empty.
fn list(out: &mut String, name: &str, elements: impl Iterator<Item = String>) {
    let elements: Vec<String> = elements.collect();
    if elements.is_empty() {
        return;
    }
    line(out, format_args!("{name} = ["));
    for element in elements {
        line(out, format_args!("    {element},"));
    }
    line(out, format_args!("]"));
}

fn named(named: &Named) -> String {
    match &named.implements {
        None => string(&named.name),
        Some(interface) => format!(
            "{{ name = {}, implements = {} }}",
            string(&named.name),
            string(interface)
        ),
    }
}

fn ids(ids: &BTreeSet<String>) -> String {
    let ids: Vec<String> = ids.iter().map(|id| string(id)).collect();
    format!("[{}]", ids.join(", "))
}
