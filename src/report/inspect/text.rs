//! `inspect` for people.

use super::wire::*;
use crate::report::plain::{cells, clean, count, pad, size};
use crate::report::style;
use std::collections::HashMap;
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

/// One file as text, colours included.
pub fn file(facts: &FileFacts, detail: Detail) -> String {
    let mut out = headline(facts);
    let blocks = [
        world(facts, detail),
        instances(facts, detail),
        binary(facts, detail),
        notes(facts),
        help(facts, detail),
    ];
    for block in blocks.iter().filter(|b| !b.is_empty()) {
        out.push('\n');
        out.push_str(block);
    }
    out
}

fn headline(facts: &FileFacts) -> String {
    let sha = &facts.sha256;
    let mut line = format!(
        "{}  {}, {}, sha256 {}…{}",
        style::strong(&clean(&facts.path)),
        facts.kind,
        size(facts.size),
        &sha[..4],
        &sha[60..]
    );
    if !facts.conventions.is_empty() {
        let _ = write!(line, ", {}", facts.conventions.join(" + "));
    }
    let tools = tools(facts);
    if !tools.is_empty() {
        let _ = write!(line, ", built with {}", tools.join(" + "));
    }
    line.push('\n');
    line
}

/// Compilers first, then what processed their output; each name once.
fn tools(facts: &FileFacts) -> Vec<String> {
    let mut tools: Vec<String> = Vec::new();
    for producer in facts.producers.iter().filter(|p| p.field == "processed-by") {
        let version = producer.version.split([' ', '(']).next().unwrap_or("");
        let tool = clean(format!("{} {version}", producer.name).trim_end());
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    let compilers = [
        "rustc",
        "clang",
        "Go",
        "TinyGo",
        "zig",
        "LLVM",
        "javy",
        "wit-bindgen",
    ];
    let rank = |tool: &String| {
        let name = tool.split(' ').next().unwrap_or("");
        compilers
            .iter()
            .position(|c| *c == name)
            .unwrap_or(compilers.len())
    };
    tools.sort_by_key(rank);
    if tools.len() > 4 {
        let more = tools.len() - 3;
        tools.truncate(3);
        tools.push(format!("{more} more"));
    }
    tools
}

/// Rows under a heading that stands in the first column.
fn block(head: &str, rows: &[String]) -> String {
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        let head = if index == 0 { head } else { "" };
        let _ = writeln!(out, "{}{row}", style::head(&pad(head, HEAD)));
    }
    out
}

fn world(facts: &FileFacts, detail: Detail) -> String {
    let exports: Vec<_> = facts
        .exports
        .iter()
        .filter(|e| facts.kind == "component" || e.ty == "func" || detail == Detail::All)
        .collect();
    let export_name = |e: &&ExportFacts| named(&e.name, e.implements.as_deref());
    let import_name = |i: &ImportFacts| named(&i.name, i.implements.as_deref());
    let widths = exports
        .iter()
        .map(export_name)
        .chain(facts.imports.iter().map(import_name))
        .map(|name| cells(&name));
    let width = widths.max().unwrap_or(0).min(60);

    let mut rows = Vec::new();
    for export in &exports {
        let mut about = Vec::new();
        about.extend(external_id(export.external_id.as_deref()));
        if export.functions.is_empty() && export.ty != "func" {
            about.push(export.ty.to_string());
        } else {
            about.push(names(&export.functions, &export.async_functions));
        }
        rows.push(row(&export_name(export), width, &about));
    }
    if rows.is_empty() {
        rows.push("nothing".to_string());
    }
    let mut out = block("exports", &rows);

    let mut rows = Vec::new();
    for import in &facts.imports {
        let mut about = Vec::new();
        about.extend(external_id(import.external_id.as_deref()));
        about.push(usage(import));
        rows.push(row(&import_name(import), width, &about));
        if detail == Detail::All {
            for function in &import.functions {
                let mark = match import.never_called.contains(function) {
                    true => style::dim("  never called"),
                    false => String::new(),
                };
                rows.push(format!("  {}{mark}", clean(function)));
            }
        }
    }
    if rows.is_empty() {
        rows.push("nothing".to_string());
    }
    out.push_str(&block("imports", &rows));
    out
}

fn row(name: &str, width: usize, about: &[String]) -> String {
    let about: Vec<&str> = about
        .iter()
        .map(String::as_str)
        .filter(|a| !a.is_empty())
        .collect();
    if about.is_empty() {
        return name.to_string();
    }
    format!("{}  {}", pad(name, width), about.join(", "))
}

fn named(name: &str, implements: Option<&str>) -> String {
    match implements {
        Some(interface) => format!("{} ({})", clean(name), clean(interface)),
        None => clean(name),
    }
}

fn external_id(id: Option<&str>) -> Option<String> {
    id.map(|id| format!("external-id `{}`", clean(id)))
}

/// A few names in full, many as a number.
fn names(functions: &[String], is_async: &[String]) -> String {
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

fn usage(import: &ImportFacts) -> String {
    let total = import.functions.len();
    let called: Vec<String> = import
        .functions
        .iter()
        .filter(|f| !import.never_called.contains(f))
        .cloned()
        .collect();
    if !import.used {
        return style::dim("never called");
    }
    let names = names(&called, &import.async_functions);
    match (import.ty, total, called.len()) {
        ("instance" | "core", 0, _) => "types only".to_string(),
        (_, 0, _) => import.ty.to_string(),
        (_, total, n) if n == total && n > 3 => format!("all {names} called"),
        (_, total, n) if n == total => names,
        (_, total, n) if n > 3 => format!("{n} of {total} functions called"),
        (_, total, n) => format!("{names} ({n} of {total} functions called)"),
    }
}

/// What people call an instance: its name if no other has it, else its path.
struct Labels<'f> {
    by_id: HashMap<&'f str, String>,
}

impl<'f> Labels<'f> {
    fn new(facts: &'f FileFacts) -> Self {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for name in facts.instances.iter().filter_map(|i| i.name.as_deref()) {
            *seen.entry(name).or_default() += 1;
        }
        let label = |instance: &'f InstanceFacts| {
            let unique = instance.name.as_deref().filter(|n| seen.get(n) == Some(&1));
            (
                instance.id.as_str(),
                unique.map_or_else(|| instance.id.clone(), clean),
            )
        };
        Labels {
            by_id: facts.instances.iter().map(label).collect(),
        }
    }

    fn of(&self, id: &str) -> String {
        self.by_id.get(id).cloned().unwrap_or_else(|| clean(id))
    }
}

fn instances(facts: &FileFacts, detail: Detail) -> String {
    let shown = |i: &InstanceFacts| detail == Detail::All || i.role != "glue";
    if facts.instances.iter().filter(|i| shown(i)).count() < 2 && detail == Detail::Short {
        return String::new();
    }
    let labels = Labels::new(facts);
    let by_id: HashMap<&str, &InstanceFacts> =
        facts.instances.iter().map(|i| (i.id.as_str(), i)).collect();
    let mut rows = Vec::new();
    // Depth first, children in order; a work list, since nesting is the file's choice.
    let mut todo: Vec<(&str, String, String)> = vec![("root", String::new(), String::new())];
    while let Some((id, lead, below)) = todo.pop() {
        let Some(instance) = by_id.get(id) else {
            continue;
        };
        let label = labels.of(id);
        let mut line = format!("{lead}{}", style::strong(&label));
        if label != instance.id {
            let _ = write!(line, "  {}", instance.id);
        }
        if let Some(component) = instance.component.as_deref().filter(|_| id != "root") {
            let short = component.get(7..11).unwrap_or("");
            let _ = write!(line, "  {}", style::dim(&format!("sha256 {short}…")));
        }
        if matches!(instance.role, "composition" | "glue" | "outside") && id != "root" {
            let _ = write!(line, "  {}", instance.role);
        }
        rows.push(line);
        let children: Vec<&str> = instance
            .children
            .iter()
            .map(String::as_str)
            .filter(|c| by_id.get(c).is_some_and(|i| shown(i)))
            .collect();
        let bar = if children.is_empty() { "  " } else { "│ " };
        for link in instance.links.iter().filter(|_| id != "root") {
            rows.extend(inner_link(link, &labels).map(|l| format!("{below}{bar}  {l}")));
        }
        if detail == Detail::All {
            for module in &instance.modules {
                rows.push(format!("{below}{bar}  {}", module_line(module)));
            }
        }
        for (index, child) in children.iter().enumerate().rev() {
            let last = index + 1 == children.len();
            let (branch, bar) = if last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            todo.push((child, format!("{below}{branch}"), format!("{below}{bar}")));
        }
    }
    block("instances", &rows)
}

/// `← interface from provider` for what another instance provides; what the host provides
/// stands in the imports already.
fn inner_link(link: &LinkFacts, labels: &Labels<'_>) -> Option<String> {
    let providers: Vec<String> = link
        .from
        .iter()
        .filter_map(|from| match from {
            ProviderFacts::Instance(id) => Some(labels.of(id)),
            ProviderFacts::Host(_) => None,
            ProviderFacts::Unknown(why) => Some(format!("unknown ({why})")),
        })
        .collect();
    let from = providers.join(", ");
    (!from.is_empty()).then(|| format!("← {} from {from}", clean(&link.import)))
}

fn module_line(module: &ModuleFacts) -> String {
    let name = module.name.as_deref().map(clean).unwrap_or_default();
    let lead = [module.id.as_str(), &name].join(" ");
    format!(
        "{}  core module, {}, {} ({} can run)",
        lead.trim_end(),
        size(module.size),
        count(module.functions as usize, "function"),
        module.reachable_functions
    )
}

fn binary(facts: &FileFacts, detail: Detail) -> String {
    let mut out = String::new();
    if !facts.proposals.is_empty() {
        out.push_str(&block("uses", &wrap(&facts.proposals, 78 - HEAD)));
    }
    let shown = if detail == Detail::All { usize::MAX } else { 4 };
    let mut sizes: Vec<String> = facts
        .sections
        .iter()
        .filter(|s| s.size > 0)
        .take(shown)
        .map(|s| format!("{} {}", clean(&s.name), size(s.size)))
        .collect();
    let hidden: u64 = facts.sections.iter().skip(shown).map(|s| s.size).sum();
    if hidden > 0 {
        sizes.push(format!("rest {}", size(hidden)));
    }
    let sizes: Vec<&str> = sizes.iter().map(String::as_str).collect();
    out.push_str(&block("size", &wrap(&sizes, 78 - HEAD)));
    if detail == Detail::All {
        let metadata: Vec<String> = facts
            .metadata
            .iter()
            .map(|(name, value)| format!("{} {}", clean(name), clean(value)))
            .collect();
        out.push_str(&block("metadata", &metadata));
        out.push_str(&block("digest", std::slice::from_ref(&facts.digest)));
    }
    out
}

/// Words separated by commas, in lines of at most `width` cells where words allow.
fn wrap(words: &[&str], width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (index, word) in words.iter().enumerate() {
        let end = if index + 1 == words.len() { "" } else { "," };
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            let _ = write!(line, "{word}{end}");
        } else if cells(line) + 1 + cells(word) + end.len() <= width {
            let _ = write!(line, " {word}{end}");
        } else {
            lines.push(format!("{word}{end}"));
        }
    }
    lines
}

fn notes(facts: &FileFacts) -> String {
    let notes: Vec<String> = facts.notes.iter().map(|n| clean(n)).collect();
    block("notes", &notes)
}

fn help(facts: &FileFacts, detail: Detail) -> String {
    if detail == Detail::All {
        return String::new();
    }
    let path = clean(&facts.path);
    let hidden = facts.imports.iter().any(|i| i.functions.len() > 3)
        || facts.instances.iter().any(|i| i.role == "glue");
    match hidden {
        true => format!(
            "{} `gusset inspect --all {path}` lists every function, instance and section\n",
            style::help("help:")
        ),
        false => String::new(),
    }
}
