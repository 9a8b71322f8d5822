//! The tree of instances, for people.

use super::text::{Detail, block};
use super::wire::*;
use crate::report::plain::{cells, clean, count, hash, pad, size};
use crate::report::style;
use std::collections::HashMap;

/// Columns are aligned up to this width; beyond it they move right.
const WIDEST: usize = 60;

/// As many lines as anybody reads; a small file can ask for thousands of instances.
pub(super) const LONGEST: usize = 100;

/// What links call an instance: its name if no other has it, else its path.
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

/// A row of the tree before its columns are aligned.
enum Row<'f> {
    Instance {
        lead: String,
        instance: &'f InstanceFacts,
    },
    Below(String),
}

pub(super) fn instances(facts: &FileFacts, detail: Detail) -> String {
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
        let Some(&instance) = by_id.get(id) else {
            continue;
        };
        rows.push(Row::Instance { lead, instance });
        let children: Vec<&str> = instance
            .children
            .iter()
            .map(String::as_str)
            .filter(|c| by_id.get(c).is_some_and(|i| shown(i)))
            .collect();
        let bar = if children.is_empty() { "  " } else { "│ " };
        let mut details = Vec::new();
        if id != "root" {
            details = inner_links(instance, &labels);
        }
        if detail == Detail::All {
            details.extend(instance.modules.iter().map(module_line));
        }
        let details = details.iter();
        rows.extend(details.map(|line| Row::Below(format!("{below}{bar}  {line}"))));
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
    let mut rows = aligned(&rows);
    if detail == Detail::Short && rows.len() > LONGEST {
        let more = rows.len() - LONGEST;
        rows.truncate(LONGEST);
        rows.push(format!("{more} more lines"));
    }
    block("instances", &rows)
}

/// Name, path, digest and role; the path is left out when no instance has a name.
fn aligned(rows: &[Row<'_>]) -> Vec<String> {
    let instances = || {
        rows.iter().filter_map(|row| match row {
            Row::Instance { lead, instance } if instance.id != "root" => Some((lead, *instance)),
            _ => None,
        })
    };
    let label = |instance: &InstanceFacts| {
        let name = instance.name.as_deref().filter(|n| !n.is_empty());
        name.map_or_else(|| instance.id.clone(), clean)
    };
    let named = instances().any(|(_, i)| label(i) != i.id);
    let widths = instances().map(|(lead, i)| cells(lead) + cells(&label(i)));
    let first = widths.filter(|w| *w <= WIDEST).max().unwrap_or(0);
    let widths = instances().map(|(_, i)| cells(&i.id));
    let second = widths.filter(|w| *w <= WIDEST).max().unwrap_or(0);
    let line = |row: &Row<'_>| match row {
        Row::Below(line) => line.clone(),
        Row::Instance { instance, .. } if instance.id == "root" => style::strong("root"),
        Row::Instance { lead, instance } => {
            let label = label(instance);
            let gap = " ".repeat(first.saturating_sub(cells(lead) + cells(&label)));
            let mut line = format!("{lead}{}{gap}", style::strong(&label));
            if named {
                let id = if label == instance.id {
                    ""
                } else {
                    &instance.id
                };
                line.push_str(&format!("  {}", pad(id, second)));
            }
            if let Some(component) = &instance.component {
                let digest = format!("digest {}", hash(component));
                line.push_str(&format!("  {}", style::dim(&digest)));
            }
            if matches!(instance.role, "composition" | "glue" | "outside") {
                line.push_str(&format!("  {}", instance.role));
            }
            line
        }
    };
    rows.iter().map(line).collect()
}

/// `← import  from provider` for what another instance provides; what the host provides
/// stands in the imports already.
fn inner_links(instance: &InstanceFacts, labels: &Labels<'_>) -> Vec<String> {
    let from = |link: &LinkFacts| {
        let providers = link.from.iter().filter_map(|from| match from {
            ProviderFacts::Instance(id) => Some(labels.of(id)),
            ProviderFacts::Host(_) => None,
            ProviderFacts::Unknown(why) => Some(format!("unknown ({why})")),
        });
        let providers: Vec<String> = providers.collect();
        (!providers.is_empty()).then(|| (clean(&link.import), providers.join(", ")))
    };
    let links: Vec<(String, String)> = instance.links.iter().filter_map(from).collect();
    let widths = links.iter().map(|(import, _)| cells(import));
    let width = widths.filter(|w| *w <= WIDEST).max().unwrap_or(0);
    links
        .iter()
        .map(|(import, from)| format!("← {}  from {from}", pad(import, width)))
        .collect()
}

fn module_line(module: &ModuleFacts) -> String {
    let name = module.name.as_deref().map(clean).unwrap_or_default();
    let lead = [module.id.as_str(), &name].join(" ");
    let functions = match (module.functions, module.reachable_functions) {
        (0, _) => "no functions".to_string(),
        (all, running) if all == running => {
            format!("{}, all can run", count(all as usize, "function"))
        }
        (all, running) => format!("{running} of {all} functions can run"),
    };
    format!(
        "{}  core module, {}, {functions}",
        lead.trim_end(),
        size(module.size)
    )
}
