//! The `gusset.toml` that `gusset init` writes.

use super::plain::clean;
use crate::base::{Glob, toml_key, toml_string};
use crate::gate::Report;
use crate::lock::{Entry, Facts, Need};
use crate::workload::InterfacePattern;

/// A component to be declared.
#[derive(Clone, Copy, Debug)]
pub struct Found<'f> {
    /// Its name.
    pub name: &'f str,
    /// Its path, relative to the file.
    pub path: &'f str,
    /// What it is and needs.
    pub facts: &'f Facts,
}

const HEAD: &str = "\
# The workload: its components, and what they are declared to need. `gusset check` compares
# this with the binaries and says no when one of them needs anything else.
#
# In lists of keys, `*` stands for anything: `APP_*`. In lists of imports, too, and a version
# may be left out or be the beginning of one: `wasi:http/*@0.2`.

[workload]
# name = \"…\"
";

/// What the components are and need, as declarations; `catalogue` are the files that say what
/// interfaces mean, relative to the file.
pub fn workload(found: &[Found<'_>], catalogue: &[String]) -> String {
    let mut out = HEAD.to_string();
    if !catalogue.is_empty() {
        out.push_str(&list("catalogue", catalogue));
    }
    for found in found {
        component(&mut out, found);
    }
    out
}

fn component(out: &mut String, found: &Found<'_>) {
    let name = toml_key(found.name);
    out.push_str(&format!("\n[components.{name}]\n"));
    out.push_str(&format!("path = {}\n", toml_string(found.path)));
    let imports = found.facts.imports.iter();
    let patterns: Option<Vec<String>> = imports.map(|i| import(&i.name)).collect();
    match patterns {
        Some(patterns) => {
            out.push_str("# What it may import; without this list, anything.\n");
            out.push_str(&list("imports", &patterns));
        }
        None => out.push_str("# It may import anything: the names are too odd for a list.\n"),
    }
    let entry = Entry::of(found.path, found.facts);
    if entry.needs.is_empty() {
        return;
    }
    out.push_str(&format!("\n[components.{name}.needs]\n"));
    for (kind, need) in &entry.needs {
        out.push_str(&format!("# {}\n", remark(need)));
        let keys = need.keys.iter().filter(|(_, held)| !held.runtime);
        let keys = keys.map(|(key, _)| Glob::escape(key));
        let keys: Vec<String> = keys.chain(need.patterns.keys().cloned()).collect();
        out.push_str(&list(&toml_key(kind), &keys));
    }
}

/// An import as a pattern that matches it alone.
fn import(name: &str) -> Option<String> {
    let text = match name.rsplit_once('@') {
        Some((name, version)) => format!("{}@{version}", Glob::escape(name)),
        None => Glob::escape(name),
    };
    let pattern = InterfacePattern::parse(&text).ok()?;
    pattern.matches(name).then_some(text)
}

/// What the list below says, and what it does not.
fn remark(need: &Need) -> String {
    let proven = match need.verdict.as_str() {
        "open" => "open: it may ask for more than these",
        "bounded" => "bounded: these are all, some of them known only in part",
        _ if need.keys.is_empty() => "complete: it asks for none by name",
        _ => "complete: these are all",
    };
    match need.enumerates {
        true => format!("{proven}; it also goes through all names"),
        false => proven.to_string(),
    }
}

/// A list on one line, or with one element on each when it is long.
fn list(name: &str, elements: &[String]) -> String {
    let elements: Vec<String> = elements.iter().map(|e| toml_string(e)).collect();
    let line = format!("{name} = [{}]\n", elements.join(", "));
    if line.chars().count() <= 90 {
        return line;
    }
    let lines = elements.iter().map(|element| format!("    {element},\n"));
    format!("{name} = [\n{}]\n", lines.collect::<String>())
}

/// Allowances for what the gate says no to, so that it says yes to what is there.
pub fn allowances(report: &Report) -> String {
    let mut out = String::new();
    let findings = report.findings.iter();
    for finding in findings.filter(|f| f.rule().can_be_allowed) {
        if out.is_empty() {
            out.push_str(
                "\n# What the gate would say no to. Each stands here as it was found: write down \
                 why it is\n# fine, or change the component and remove the entry.\n",
            );
        }
        let subject = Glob::escape(&finding.subject().to_string());
        out.push_str(&format!(
            "\n# {}\n[[policy.allow]]\n",
            clean(finding.message())
        ));
        out.push_str(&format!("rule = {}\n", toml_string(finding.rule().name)));
        out.push_str(&format!("subject = {}\n", toml_string(&subject)));
        if let Some(component) = &finding.component {
            out.push_str(&format!("component = {}\n", toml_string(component)));
        }
        out.push_str("reason = \"it was so when `gusset init` wrote this file\"\n");
    }
    out
}
