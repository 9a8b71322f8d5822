//! `explain` for people.

use super::rows::rows;
use super::wire::*;
use crate::base::shell_word;
use crate::report::inspect::SourcePlaceFacts;
use crate::report::plain::{cells, clean, count, pad};
use crate::report::style;
use std::collections::BTreeSet;

/// How many calls are shown of each key and instance, and of each kind of gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A few.
    Short,
    /// All that are known.
    All,
}

impl Detail {
    fn most(self) -> usize {
        match self {
            Detail::Short => 3,
            Detail::All => usize::MAX,
        }
    }
}

/// What is known of a name that the program looks for among all names.
const COMPARED: &str = "all names are gone through and compared with it";

/// An explanation as text, colours included.
pub fn text(facts: &Explanation, detail: Detail) -> String {
    let mut blocks: Vec<String> = Vec::new();
    if facts.need.contains(':') {
        for key in &facts.keys {
            let name = format!("{}:{}", facts.kind, shown(&key.name));
            let mut about = key.grade.to_string();
            match (key.grade, key.compared) {
                ("candidate", true) => {
                    let case = if key.any_case { ", case ignored" } else { "" };
                    about.push_str(&format!(" ({COMPARED}{case})"));
                }
                ("candidate", false) if key.source.is_empty() => {
                    about.push_str(" (it may arrive; rounds of a loop were taken together)");
                }
                _ => {}
            }
            blocks.extend(script(&name, &about, &key.source, detail));
            if key.source.is_empty() || !key.sites.is_empty() {
                blocks.extend(named(&name, &about, key.calls, &key.sites, detail));
            }
        }
        for pattern in &facts.patterns {
            let name = format!("{}:{}", facts.kind, clean(&pattern.pattern));
            let mut about = "pattern, `*` stands for any text".to_string();
            if pattern.compared {
                about.push_str(&format!(" ({COMPARED})"));
            }
            blocks.extend(script(&name, &about, &pattern.source, detail));
            if pattern.source.is_empty() || !pattern.sites.is_empty() {
                blocks.extend(named(&name, &about, pattern.calls, &pattern.sites, detail));
            }
        }
        blocks.extend(secrets(facts, detail));
    } else {
        blocks.push(overview(facts));
        blocks.extend(open(facts, detail));
    }
    blocks.extend(assumed(facts));
    blocks.extend(help(facts));
    blocks.join("\n")
}

fn shown(name: &str) -> String {
    match name.is_empty() {
        true => "(empty)".to_string(),
        false => clean(name),
    }
}

fn instance(site: &SiteFacts) -> String {
    clean(site.instance_name.as_deref().unwrap_or(&site.instance))
}

/// A key or pattern that an interpreted program looks up: a headline, and where.
fn script(name: &str, about: &str, source: &[SourcePlaceFacts], detail: Detail) -> Option<String> {
    if source.is_empty() {
        return None;
    }
    let mut lines = vec![format!(
        "{}  {about}, looked up by a program that is interpreted",
        style::strong(name)
    )];
    lines.extend(
        source
            .iter()
            .take(detail.most())
            .map(|p| format!("  {}", place(p))),
    );
    let more = source.len().saturating_sub(detail.most());
    if more > 0 {
        lines.push(format!("  and {} (--all)", count(more, "place")));
    }
    Some(lines.join("\n") + "\n")
}

fn place(place: &SourcePlaceFacts) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", clean(&place.file)),
        None => clean(&place.file),
    }
}

/// A key or pattern: a headline, and the ways to its calls.
fn named(name: &str, about: &str, calls: u64, sites: &[SiteFacts], detail: Detail) -> Vec<String> {
    let instances: BTreeSet<String> = sites.iter().map(instance).collect();
    let word = if instances.len() == 1 {
        "instance"
    } else {
        "instances"
    };
    let instances: Vec<String> = instances.into_iter().collect();
    let from_type = sites.iter().all(|s| s.bytes.is_none());
    let number = match from_type {
        true => "stands in the type, as the label of an import".to_string(),
        false => count(calls as usize, "call"),
    };
    let mut blocks = vec![format!(
        "{}  {about}, {number}, {word} {}\n",
        style::strong(name),
        instances.join(", ")
    )];
    let mut per_instance = std::collections::BTreeMap::new();
    let mut left_out = calls.saturating_sub(sites.len() as u64);
    let several = sites.len() > 1;
    for (index, site) in sites.iter().enumerate() {
        let n = per_instance.entry(&site.instance).or_insert(0);
        *n += 1;
        if *n > detail.most() {
            left_out += 1;
            continue;
        }
        let mut lines = Vec::new();
        if several {
            lines.push(format!(
                "call {} of {calls}, in {}",
                index + 1,
                instance(site)
            ));
        }
        lines.extend(rows(site));
        blocks.push(lines.join("\n") + "\n");
    }
    if left_out > 0 {
        let hint = if detail == Detail::Short {
            " (--all)"
        } else {
            ""
        };
        blocks.push(format!(
            "and {} more{hint}\n",
            count(left_out as usize, "call")
        ));
    }
    blocks
}

/// A kind: verdict and keys.
fn overview(facts: &Explanation) -> String {
    let mut about = vec![facts.verdict.to_string(), count(facts.keys.len(), "key")];
    if !facts.patterns.is_empty() {
        about.push(count(facts.patterns.len(), "pattern"));
    }
    match facts.blockers.len() {
        0 => {}
        n => about.push(format!("{} not resolved", count(n, "call"))),
    }
    if facts.enumerates {
        about.push("goes through all names".to_string());
    }
    let mut out = format!(
        "{}  {}\n",
        style::strong(&clean(&facts.kind)),
        about.join(", ")
    );
    let keys = facts
        .keys
        .iter()
        .map(|k| (shown(&k.name), k.grade, k.calls, &k.sites, &k.source));
    let patterns = facts.patterns.iter();
    let patterns = patterns.map(|p| (clean(&p.pattern), "pattern", p.calls, &p.sites, &p.source));
    let all: Vec<_> = keys.chain(patterns).collect();
    if all.is_empty() {
        return out;
    }
    out.push('\n');
    let width = all.iter().map(|(name, ..)| cells(name)).max().unwrap_or(0);
    for (name, grade, calls, sites, source) in all {
        let instances: BTreeSet<String> = sites.iter().map(instance).collect();
        let mut instances: Vec<String> = instances.into_iter().collect();
        instances.extend(source.iter().take(3).map(place));
        let calls = match sites.iter().all(|s| s.bytes.is_none()) && source.is_empty() {
            true => "label".to_string(),
            false => count(calls as usize, "call"),
        };
        let row = format!(
            "  {}  {}  {}  {}",
            pad(&name, width),
            pad(grade, 9),
            pad(&calls, 8),
            instances.join(", ")
        );
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Gaps, and calls that go through all names.
fn open(facts: &Explanation, detail: Detail) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut told = std::collections::BTreeMap::new();
    let mut left_out = 0;
    for (index, blocker) in facts.blockers.iter().enumerate() {
        let n = told.entry(blocker.reason).or_insert(0);
        *n += 1;
        if *n > detail.most() {
            left_out += 1;
            continue;
        }
        let detail = match &blocker.detail {
            Some(detail) => format!(" ({})", clean(detail)),
            None => String::new(),
        };
        let mut lines = vec![format!(
            "{} {}{detail}, in {}  {}",
            style::strong(&format!("open {}:", index + 1)),
            blocker.message,
            instance(&blocker.site),
            style::dim(blocker.reason),
        )];
        match &blocker.source {
            Some(source) => lines.push(format!("  {}", place(source))),
            None if blocker.reason.starts_with("interpreted") => {}
            None => lines.extend(rows(&blocker.site)),
        }
        if *n == 1 {
            lines.push(format!("  {} {}", style::help("help:"), blocker.help));
        }
        blocks.push(lines.join("\n") + "\n");
    }
    if left_out > 0 {
        blocks.push(format!(
            "and {} like these (--all)\n",
            count(left_out, "gap")
        ));
    }
    for site in facts.enumerations.iter().take(detail.most()) {
        let mut lines = vec![format!("goes through all names, in {}", instance(site))];
        lines.extend(rows(site));
        blocks.push(lines.join("\n") + "\n");
    }
    blocks
}

/// What becomes of secrets: the calls that reveal them, and where their handles can go.
fn secrets(facts: &Explanation, detail: Detail) -> Vec<String> {
    let mut blocks = Vec::new();
    for key in &facts.keys {
        let Some(revealed) = &key.revealed else {
            continue;
        };
        let name = shown(&key.name);
        let fate = match &*revealed.verdict {
            "revealed" => "is revealed",
            "unknown" => "may be revealed: calls reveal something, and it was not traced what",
            "passed-on" => "is not revealed where it is got, but its handle can leave",
            _ => "is never revealed, and by its type the handle cannot leave the instance",
        };
        blocks.push(format!("{} {fate}\n", style::strong(&name)));
        let about = |audit: &&AuditFacts| match &audit.name {
            Some(other) => *other == key.name,
            None => revealed
                .sites
                .iter()
                .any(|s| s.which == "unknown" && s.instance == audit.site.instance),
        };
        for audit in facts.audits.iter().filter(about).take(detail.most()) {
            let which = match audit.name {
                Some(_) => "",
                None => ", not traced of what",
            };
            let head = format!(
                "{}{which}, in {}",
                clean(&audit.action),
                instance(&audit.site)
            );
            let mut lines = vec![head];
            lines.extend(rows(&audit.site));
            blocks.push(lines.join("\n") + "\n");
        }
        let passed = revealed.passed_on.iter().map(|to| {
            let whom = match (&*to.to, &to.receiver) {
                ("instance", Some(id)) => format!("to {}", clean(id)),
                ("caller", _) => "to whoever calls".to_string(),
                _ => "to the host".to_string(),
            };
            format!(
                "  may be passed on {whom} by {}, from {}\n",
                clean(&to.function),
                clean(&to.instance)
            )
        });
        let passed: String = passed.collect();
        if !passed.is_empty() {
            blocks.push(passed);
        }
    }
    blocks
}

/// What the verdict assumes, where it proves something.
fn assumed(facts: &Explanation) -> Option<String> {
    let lines: Vec<String> = facts
        .notes
        .iter()
        .map(|n| format!("note: {}\n", clean(n)))
        .collect();
    (!lines.is_empty()).then(|| lines.concat())
}

fn help(facts: &Explanation) -> Option<String> {
    let path = shell_word(&clean(&facts.path));
    let say = |need: &str, what: &str| {
        let need = shell_word(&clean(need));
        Some(format!(
            "{} `gusset explain {path} {need}` {what}\n",
            style::help("help:")
        ))
    };
    match (facts.need.contains(':'), facts.keys.first()) {
        (true, _) if facts.verdict == "open" => say(
            &facts.kind,
            "shows what was not resolved: more keys may exist",
        ),
        (false, Some(key)) => say(
            &format!("{}:{}", facts.kind, key.name),
            "shows the way to a key",
        ),
        _ => None,
    }
}
