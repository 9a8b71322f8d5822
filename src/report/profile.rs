//! Host profiles, for people; and a profile as it is written.

use super::columns::columns;
use super::plain::clean;
use super::style::head;
use crate::base::toml_string;
use crate::workload::Profile;
use crate::workload::profile::{Labels, Served, When};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Profiles, one in a line.
pub fn list(profiles: &[Profile]) -> String {
    let rows = profiles
        .iter()
        .map(|profile| [clean(&profile.name.value), clean(&profile.summary)]);
    columns(&rows.collect::<Vec<_>>())
}

/// What a profile says.
pub fn show(profile: &Profile) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}  {}",
        clean(&profile.name.value),
        clean(&profile.summary)
    );
    if !profile.extends.is_empty() {
        let _ = writeln!(out, "extends {}", clean(&profile.extends.join(", ")));
    }
    let _ = writeln!(out, "\n{}", head("provides"));
    let mut rows = Vec::new();
    for row in &profile.interfaces {
        for package in packages(&row.interfaces) {
            let versions = row.versions.iter().map(ToString::to_string);
            let versions: Vec<String> = versions.collect();
            rows.push([
                format!("  {}", clean(&versions.join(", "))),
                condition(row),
                package,
            ]);
        }
    }
    out.push_str(&columns(&rows));
    for row in profile.interfaces.iter() {
        if let Some(note) = &row.note {
            let _ = writeln!(
                out,
                "  {}: {}",
                packages(&row.interfaces).join(", "),
                clean(note)
            );
        }
    }
    let _ = writeln!(out, "\n{}", head("calls"));
    let rows = profile.exports.iter().map(|row| {
        let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
        let mut what = Vec::new();
        what.extend(
            row.command
                .as_ref()
                .map(|command| format!("`{}`", clean(command))),
        );
        if row.declared {
            what.push("when declared".to_string());
        }
        if !row.required_config.is_empty() {
            what.push(format!(
                "with config {}",
                clean(&row.required_config.join(", "))
            ));
        }
        what.extend(row.note.as_ref().map(|note| clean(note)));
        [
            format!("  {}", clean(&row.interfaces.join(", "))),
            clean(&versions.join(", ")),
            what.join("; "),
        ]
    });
    out.push_str(&columns(&rows.collect::<Vec<_>>()));
    if !profile.links.is_empty() {
        let _ = writeln!(out, "\n{}", head("links components"));
        for link in &profile.links {
            let refuses: Vec<&str> = link.refuses.iter().map(|limit| limit.as_str()).collect();
            let _ = write!(out, "  {}", link.kind.as_str());
            if !refuses.is_empty() {
                let _ = write!(out, "  not for {}", refuses.join(", "));
            }
            if let Some(note) = &link.note {
                let _ = write!(out, "; {}", clean(note));
            }
            out.push('\n');
        }
    }
    if !profile.quirks.is_empty() {
        let _ = writeln!(out, "\n{}", head("quirks"));
        let rows = profile.quirks.iter();
        let rows = rows.map(|quirk| [format!("  {}", clean(&quirk.id)), clean(&quirk.text)]);
        out.push_str(&columns(&rows.collect::<Vec<_>>()));
    }
    out
}

/// `wasi:io/{error, poll}` for interfaces of one package.
fn packages(interfaces: &[String]) -> Vec<String> {
    let mut packages: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in interfaces {
        let (package, interface) = name.split_once('/').unwrap_or((name, ""));
        match packages.iter_mut().find(|(known, _)| *known == package) {
            Some((_, interfaces)) => interfaces.push(interface),
            None => packages.push((package, vec![interface])),
        }
    }
    let shown = packages
        .into_iter()
        .map(|(package, names)| match names.as_slice() {
            [""] => clean(package),
            [one] => clean(&format!("{package}/{one}")),
            several => clean(&format!("{package}/{{{}}}", several.join(", "))),
        });
    shown.collect()
}

fn condition(row: &Served) -> String {
    let mut words = Vec::new();
    match (row.when, &row.option) {
        (When::Always, _) => words.push("always".to_string()),
        (When::Declared, _) => words.push("when declared".to_string()),
        (When::Configured, option) => {
            words.push(format!(
                "with `{}`",
                clean(option.as_deref().unwrap_or_default())
            ));
        }
    }
    match row.labels {
        Labels::Refused => {}
        Labels::Accepted => words.push("labels too".to_string()),
        Labels::Only => words.push("labels only".to_string()),
    }
    words.extend(
        row.plugin
            .as_ref()
            .map(|plugin| format!("plugin {}", clean(plugin))),
    );
    words.extend(
        row.provider
            .as_ref()
            .map(|image| format!("provider {}", clean(image))),
    );
    if !row.required_config.is_empty() {
        words.push(format!("config {}", clean(&row.required_config.join(", "))));
    }
    words.join(", ")
}

/// A profile that provides some interfaces and calls others; names with their versions.
pub fn derived(name: &str, summary: &str, provides: &[String], calls: &[String]) -> String {
    let mut out = String::from("# Format: docs/profiles.md.\n\n[profile]\n");
    let _ = writeln!(out, "name = {}", toml_string(name));
    let _ = writeln!(out, "summary = {}", toml_string(summary));
    out.push_str("matching = \"track\"\n");
    for (table, names) in [("interface", provides), ("export", calls)] {
        let mut versions: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for name in names {
            let (interface, version) = match name.split_once('@') {
                Some((interface, version)) => (interface, Some(version)),
                None => (name.as_str(), None),
            };
            versions.entry(version).or_default().push(interface);
        }
        for (version, interfaces) in versions {
            let _ = writeln!(out, "\n[[{table}]]\nid = [");
            for interface in interfaces {
                let _ = writeln!(out, "    {},", toml_string(interface));
            }
            out.push_str("]\n");
            if let Some(version) = version {
                let _ = writeln!(out, "versions = {}", toml_string(version));
            }
        }
    }
    out
}
