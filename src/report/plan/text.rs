//! A plan for people.

use super::super::columns::columns;
use super::super::plain::clean;
use super::super::style::{dim, head};
use crate::plan::{Decision, Group, HostService, LinkPlan, PlannedEdge, ReasonCode};
use std::fmt::Write as _;

/// A table of edges with reasons and risks, then the binaries. Without `all`, what a host has
/// for everybody is one line for each instance, and what gives only types is left out.
pub fn text(plan: &LinkPlan, all: bool) -> String {
    let mut out = String::new();
    let (components, binaries) = (plan.components.len(), plan.groups.len());
    let _ = writeln!(
        out,
        "{} for {}: {components} component{} in {binaries} binar{}\n",
        head("plan"),
        clean(&plan.profile),
        if components == 1 { "" } else { "s" },
        if binaries == 1 { "y" } else { "ies" },
    );
    out.push_str(&edges(plan, all));
    out.push('\n');
    if !plan.routes.is_empty() {
        out.push_str(&routes(plan));
        out.push('\n');
    }
    for group in &plan.groups {
        out.push_str(&binary(group));
    }
    let notes: Vec<String> = plan.notes.iter().map(|note| clean(note)).collect();
    for note in &notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn edges(plan: &LinkPlan, all: bool) -> String {
    let mut rows = vec![["edge", "interface", "decision", "why"].map(str::to_string)];
    // Risks stand below the row that they are about.
    let mut below: Vec<Vec<String>> = vec![Vec::new()];
    let mut row = |cells: [String; 4], lines: Vec<String>| {
        rows.push(cells);
        below.push(lines);
    };
    let mut at = 0;
    while let Some(edge) = plan.edges.get(at) {
        let same = |other: &&PlannedEdge| other.consumer == edge.consumer;
        let count = plan.edges[at..].iter().take_while(same).count();
        let of_one = &plan.edges[at..at + count];
        at += count;
        let mut plain: Vec<&str> = Vec::new();
        for edge in of_one {
            if !all && edge.reason.code == ReasonCode::TypesOnly {
                continue;
            }
            if !all && is_plain(edge) {
                plain.push(&edge.import);
                continue;
            }
            let mut lines: Vec<String> = edge.risks.iter().map(|r| clean(&r.text)).collect();
            if edge.decision == Decision::Unsatisfied || all {
                for refused in &edge.refused {
                    let provider = refused.provider.as_ref().map(|p| format!(" {p}"));
                    let provider = provider.unwrap_or_default();
                    let text = format!("not {}{provider}: {}", refused.decision, refused.text);
                    if refused.text != edge.reason.text {
                        lines.push(clean(&text));
                    }
                }
            }
            row(cells(edge), lines);
        }
        if !plain.is_empty() {
            let what = format!(
                "{} interface{}",
                plain.len(),
                if plain.len() == 1 { "" } else { "s" }
            );
            row(
                [
                    format!("{} → host", clean(&edge.consumer)),
                    what,
                    "host".to_string(),
                    format!("{}: there for everybody", packages(&plain)),
                ],
                Vec::new(),
            );
        }
    }
    if rows.len() == 1 {
        return "no imports\n".to_string();
    }
    let table = columns(&rows);
    let indent = rows
        .iter()
        .map(|row| super::super::plain::cells(&row[0]))
        .max();
    let indent = " ".repeat(indent.unwrap_or(0) + 2);
    let mut out = String::new();
    for (line, lines) in table.lines().zip(below) {
        out.push_str(line);
        out.push('\n');
        for line in lines {
            let _ = writeln!(out, "{indent}! {line}");
        }
    }
    out
}

/// Which requests go where, in the order in which they are tried.
fn routes(plan: &LinkPlan) -> String {
    let mut rows: Vec<[String; 3]> = Vec::new();
    let row = |what: String, to: String| [String::new(), what, to];
    for route in &plan.routes {
        let what = format!(
            "{}{}",
            clean(route.host.as_deref().unwrap_or_default()),
            clean(&route.path)
        );
        rows.push(row(what, format!("→ {}", clean(&route.to))));
    }
    let first = plan.routes.first();
    let by = match first.and_then(|route| route.router.as_deref()) {
        Some(router) => {
            let any = |r: &crate::plan::PlannedRoute| r.host.is_none() && r.path == "/";
            if !plan.routes.iter().any(any) {
                rows.push(row("anything else".to_string(), "404".to_string()));
            }
            format!("`{}` chooses", clean(router))
        }
        None => "the host chooses".to_string(),
    };
    if let Some(first) = rows.first_mut() {
        first[0] = "routes".to_string();
        first[2] = format!("{}, {by}", first[2]);
    }
    columns(&rows)
}

/// What the host has for everybody, without any act of the user.
fn is_plain(edge: &PlannedEdge) -> bool {
    let Decision::Host(HostService {
        plugin: None,
        declare: false,
        option: None,
        required_config,
        ..
    }) = &edge.decision
    else {
        return false;
    };
    required_config.is_empty() && edge.risks.is_empty() && edge.implements.is_none()
}

/// The packages of interfaces, each once.
fn packages(names: &[&str]) -> String {
    let mut packages: Vec<String> = Vec::new();
    for name in names {
        let package = name.split('/').next().unwrap_or(name);
        let package = clean(package);
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
    packages.join(", ")
}

fn cells(edge: &PlannedEdge) -> [String; 4] {
    let provider = match (&edge.decision, edge.decision.target()) {
        (_, Some(target)) => target.provider.clone(),
        (Decision::Host(_), _) if edge.reason.code == ReasonCode::TypesOnly => "—".to_string(),
        (Decision::Host(_), _) => "host".to_string(),
        (Decision::Provider { .. }, _) => "provider".to_string(),
        (Decision::Virtual { .. }, _) => "adapter".to_string(),
        _ => "?".to_string(),
    };
    let mut interface = clean(&edge.import);
    if let Some(implements) = &edge.implements {
        interface = format!("{interface} ({})", clean(implements));
    }
    [
        format!("{} → {}", clean(&edge.consumer), clean(&provider)),
        interface,
        edge.decision.kind().to_string(),
        clean(&edge.reason.text),
    ]
}

fn binary(group: &Group) -> String {
    let mut out = String::new();
    let inside: Vec<String> = group.instances.iter().map(|i| clean(&i.name)).collect();
    let _ = write!(out, "{}  {}", head("binary"), clean(&group.name));
    match inside.as_slice() {
        [_] => out.push('\n'),
        inside => {
            let _ = writeln!(out, " = {}", inside.join(" + "));
        }
    }
    for export in &group.exports {
        let mut what = Vec::new();
        if export.called_by_host {
            what.push("the host calls it".to_string());
        }
        if !export.via.is_empty() {
            let via: Vec<String> = export.via.iter().map(|name| clean(name)).collect();
            what.push(format!("through {}", via.join(" → ")));
        }
        if !export.consumers.is_empty() {
            let consumers: Vec<String> = export.consumers.iter().map(|c| clean(c)).collect();
            what.push(format!("for {}", consumers.join(", ")));
        }
        if !export.required_config.is_empty() {
            let keys: Vec<String> = export
                .required_config
                .iter()
                .map(|k| format!("`{}`", clean(k)))
                .collect();
            what.push(format!("needs config {}", keys.join(", ")));
        }
        let what = match what.is_empty() {
            true => dim("nobody calls it"),
            false => what.join(", "),
        };
        let _ = writeln!(out, "        exports {}  {what}", clean(&export.name));
    }
    out
}
