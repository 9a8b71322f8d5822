//! `inspect` for people.

use super::needs_text::needs;
use super::tree::{LONGEST, instances};
use super::wire::*;
use crate::base::shell_word;
use crate::report::plain::{cells, clean, count, hash, pad, size};
use crate::report::style;
use std::fmt::Write as _;

/// How much of the facts is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What fits an ordinary screen.
    Short,
    /// Every function, instance, module and section.
    All,
}

/// Width of the first column.
const HEAD: usize = 10;

/// Lists are broken at this width; a row with one long name may be wider.
const WIDTH: usize = 100;

/// One file as text, colours included.
pub fn file(facts: &FileFacts, detail: Detail) -> String {
    let mut out = headline(facts);
    let blocks = [
        world(facts, detail),
        instances(facts, detail),
        needs(facts, detail == Detail::All),
        binary(facts, detail),
        notes(facts, detail),
        help(facts, detail),
    ];
    for block in blocks.iter().filter(|b| !b.is_empty()) {
        out.push('\n');
        out.push_str(block);
    }
    out
}

fn headline(facts: &FileFacts) -> String {
    let mut line = format!(
        "{}  {}, {}, sha256 {}, digest {}",
        style::strong(&title(facts)),
        facts.kind,
        size(facts.size),
        hash(&facts.sha256),
        hash(&facts.digest)
    );
    if !facts.conventions.is_empty() {
        let _ = write!(line, ", {}", facts.conventions.join(" + "));
    }
    line.push('\n');
    line
}

/// The path, or what messages call standard input.
pub(super) fn title(facts: &FileFacts) -> String {
    match facts.path.as_str() {
        "-" => "<stdin>".to_string(),
        path => clean(path),
    }
}

/// Compilers first, then what processed their output; each name and version once.
fn tools(facts: &FileFacts) -> Vec<String> {
    let mut tools: Vec<String> = Vec::new();
    for producer in facts.producers.iter().filter(|p| p.field == "processed-by") {
        let version = producer.version.split([' ', '(']).next().unwrap_or("");
        let tool = clean(format!("{} {version}", producer.name).trim_end());
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    let compilers = ["rustc", "clang", "Go", "TinyGo", "zig", "LLVM", "javy"];
    let rank = |tool: &String| {
        let name = tool.split(' ').next().unwrap_or("");
        compilers
            .iter()
            .position(|c| *c == name)
            .unwrap_or(compilers.len())
    };
    tools.sort_by_key(rank);
    tools
}

/// Rows under a heading that stands in the first column.
pub(super) fn block(head: &str, rows: &[String]) -> String {
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let head = if index == 0 { head } else { "" };
        let _ = writeln!(out, "{}{row}", style::head(&pad(head, HEAD)));
    }
    out
}

fn world(facts: &FileFacts, detail: Detail) -> String {
    let export_name = |e: &ExportFacts| named(&e.name, e.implements.as_deref());
    let import_name = |i: &ImportFacts| named(&i.name, i.implements.as_deref());
    let listed = facts.kind == "component" || detail == Detail::All;
    let exports = facts.exports.iter().filter(|_| listed).map(export_name);
    let names = exports.chain(facts.imports.iter().map(import_name));
    let width = names.map(|n| cells(&n)).max().unwrap_or(0).min(60);

    let mut rows = Vec::new();
    if !listed {
        rows = module_exports(facts);
    }
    for export in facts.exports.iter().filter(|_| listed) {
        let about = match (export.functions.is_empty(), export.ty) {
            (true, "func") if facts.kind == "component" => String::new(),
            (true, ty) => ty.to_string(),
            (false, _) if detail == Detail::All => count(export.functions.len(), "function"),
            (false, _) => names_of(&export.functions, &export.async_functions),
        };
        rows.push(row(&export_name(export), width, &about));
        rows.extend(external_id(export.external_id.as_deref()));
        if detail == Detail::All {
            let is_async = &export.async_functions;
            rows.extend(export.functions.iter().map(|f| function(f, is_async, &[])));
        }
    }
    let mut out = block("exports", &or_nothing(rows));

    let mut rows = Vec::new();
    for import in &facts.imports {
        rows.push(row(&import_name(import), width, &usage(import, detail)));
        rows.extend(external_id(import.external_id.as_deref()));
        if detail == Detail::All {
            let functions = import.functions.iter();
            rows.extend(
                functions.map(|f| function(f, &import.async_functions, &import.never_called)),
            );
        }
    }
    out.push_str(&block("imports", &or_nothing(rows)));
    out
}

fn or_nothing(mut rows: Vec<String>) -> Vec<String> {
    if rows.is_empty() {
        rows.push("nothing".to_string());
    }
    rows
}

/// Exports of a core module: a few functions by name, everything else as numbers.
fn module_exports(facts: &FileFacts) -> Vec<String> {
    const SHOWN: usize = 20;
    let functions = facts.exports.iter().filter(|e| e.ty == "func");
    let mut words: Vec<String> = functions.map(|e| clean(&e.name)).collect();
    if words.len() > SHOWN {
        let more = words.len() - SHOWN;
        words.truncate(SHOWN);
        words.push(format!("{more} more functions"));
    }
    for ty in ["memory", "table", "global", "tag"] {
        match (facts.exports.iter().filter(|e| e.ty == ty).count(), ty) {
            (0, _) => {}
            (n, "memory") if n > 1 => words.push(format!("{n} memories")),
            (n, _) => words.push(count(n, ty)),
        }
    }
    match words.is_empty() {
        true => Vec::new(),
        false => wrap(&words),
    }
}

/// A line below an import or export.
fn function(name: &str, is_async: &[String], never_called: &[String]) -> String {
    let has = |list: &[String]| list.iter().any(|n| n == name);
    let marks = match (has(is_async), has(never_called)) {
        (true, true) => style::dim("  async, never called"),
        (true, false) => "  async".to_string(),
        (false, true) => style::dim("  never called"),
        (false, false) => String::new(),
    };
    format!("  {}{marks}", clean(name))
}

fn row(name: &str, width: usize, about: &str) -> String {
    match about.is_empty() {
        true => name.to_string(),
        false => format!("{}  {about}", pad(name, width)),
    }
}

fn named(name: &str, implements: Option<&str>) -> String {
    match implements {
        Some(interface) => format!("{} ({})", clean(name), clean(interface)),
        None => clean(name),
    }
}

/// Stands below the import or export that it belongs to.
fn external_id(id: Option<&str>) -> Option<String> {
    id.map(|id| format!("  external-id `{}`", clean(id)))
}

/// A few names in full, many as a number.
fn names_of(functions: &[String], is_async: &[String]) -> String {
    let mark = |name: &String| match is_async.contains(name) {
        true => format!("{} (async)", clean(name)),
        false => clean(name),
    };
    match (functions.len(), is_async.len()) {
        (0, _) => String::new(),
        (1..=3, _) => functions.iter().map(mark).collect::<Vec<_>>().join(", "),
        (n, 0) => count(n, "function"),
        (n, a) => format!("{} ({a} async)", count(n, "function")),
    }
}

fn usage(import: &ImportFacts, detail: Detail) -> String {
    if !import.used {
        return style::dim("never called");
    }
    let used: Vec<String> = import
        .functions
        .iter()
        .filter(|f| !import.never_called.contains(f))
        .cloned()
        .collect();
    let names = names_of(&used, &import.async_functions);
    match (import.ty, import.functions.len(), used.len()) {
        ("func", ..) => "used".to_string(),
        ("instance", 0, _) => "types only".to_string(),
        ("core", 0, _) => "no functions".to_string(),
        (_, 0, _) => import.ty.to_string(),
        (_, 1, 1) if detail == Detail::All => "used".to_string(),
        (_, total, n) if n == total && (n > 3 || detail == Detail::All) => {
            format!("all {} used", names_or_count(&used, import))
        }
        (_, total, n) if n == total => names,
        (_, total, n) if n > 3 || detail == Detail::All => {
            format!("{n} of {total} functions used")
        }
        (_, total, n) => format!("{names} ({n} of {total} functions used)"),
    }
}

fn names_or_count(used: &[String], import: &ImportFacts) -> String {
    match import.async_functions.len() {
        0 => count(used.len(), "function"),
        n => format!("{} ({n} async)", count(used.len(), "function")),
    }
}

fn binary(facts: &FileFacts, detail: Detail) -> String {
    let mut out = String::new();
    if !facts.proposals.is_empty() {
        out.push_str(&block("proposals", &wrap(&facts.proposals)));
    }
    out.push_str(&block("size", &wrap(&sizes(facts, detail))));
    let tools = tools(facts);
    if !tools.is_empty() {
        out.push_str(&block("built by", &wrap(&tools)));
    }
    if detail == Detail::All {
        let metadata: Vec<String> = facts
            .metadata
            .iter()
            .map(|(name, value)| format!("{} {}", clean(name), clean(value)))
            .collect();
        out.push_str(&block("metadata", &metadata));
        out.push_str(&block("sha256", std::slice::from_ref(&facts.sha256)));
        let digest = facts.digest.trim_start_matches("sha256:").to_string();
        out.push_str(&block("digest", &[digest]));
    }
    out
}

/// Parts that add up to the size of the file.
fn sizes(facts: &FileFacts, detail: Detail) -> Vec<String> {
    let shown = if detail == Detail::All { usize::MAX } else { 4 };
    let sections = facts.sections.iter().filter(|s| s.size > 0).take(shown);
    let mut left = facts.size;
    let mut sizes = Vec::new();
    for section in sections {
        left = left.saturating_sub(section.size);
        sizes.push(format!("{} {}", clean(&section.name), size(section.size)));
    }
    // What stands between the contents of sections: their ids and lengths, and the headers
    // of components and modules.
    if left > 0 {
        let name = match (detail, sizes.is_empty()) {
            (Detail::Short, false) => "rest",
            _ => "headers",
        };
        sizes.push(format!("{name} {}", size(left)));
    }
    sizes
}

/// Words separated by commas, broken at [`WIDTH`] where words allow.
fn wrap<S: AsRef<str>>(words: &[S]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (index, word) in words.iter().map(AsRef::as_ref).enumerate() {
        let end = if index + 1 == words.len() { "" } else { "," };
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            let _ = write!(line, "{word}{end}");
        } else if HEAD + cells(line) + 1 + cells(word) + end.len() <= WIDTH {
            let _ = write!(line, " {word}{end}");
        } else {
            lines.push(format!("{word}{end}"));
        }
    }
    lines
}

/// As many notes as fit a screen.
const NOTES: usize = 10;

fn notes(facts: &FileFacts, detail: Detail) -> String {
    let mut notes: Vec<String> = facts.notes.iter().map(|n| clean(n)).collect();
    if detail == Detail::Short && notes.len() > NOTES {
        let more = notes.len() - NOTES;
        notes.truncate(NOTES);
        notes.push(format!("{more} more"));
    }
    block("notes", &notes)
}

fn help(facts: &FileFacts, detail: Detail) -> String {
    let hidden = facts.imports.iter().any(|i| i.functions.len() > 3)
        || facts.exports.iter().any(|e| e.functions.len() > 3)
        || facts.instances.iter().any(|i| i.role == "glue")
        || facts.instances.len() > LONGEST
        || facts.notes.len() > NOTES;
    let path = shell_word(&clean(&facts.path));
    let mut out = String::new();
    if let Some(need) = facts.needs.iter().find(|n| n.verdict == "open") {
        let calls = match need.blockers.len() {
            1 => "the call that was not resolved",
            _ => "the calls that were not resolved",
        };
        let _ = writeln!(
            out,
            "{} `gusset explain {path} {}` shows {calls}",
            style::help("help:"),
            clean(&need.kind)
        );
    }
    if detail == Detail::Short && hidden {
        let _ = writeln!(
            out,
            "{} `gusset inspect --all {path}` lists every function, instance and section",
            style::help("help:"),
        );
    }
    out
}
