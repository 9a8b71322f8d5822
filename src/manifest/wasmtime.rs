//! The command line of `wasmtime run` or `wasmtime serve`, ready to be pasted.

use super::model::{Component, Model};
use super::out::Written;
use super::words::comment;
use crate::base::shell_word;
use crate::workload::Profile;
use crate::workload::profile::{Answer, When};

/// One command for each component that the command line can start.
pub(super) fn write(model: &Model, profile: &Profile) -> (Written, String) {
    let mut written = Written::default();
    let mut out = String::new();
    let mut any = false;
    for component in &model.components {
        if !out.is_empty() {
            out.push('\n');
        }
        match command(profile, component) {
            Some(command) => {
                any = true;
                lines(&mut out, model, profile, component, &command, &mut written);
            }
            None => {
                let text = format!(
                    "{}: it exports nothing that the command line calls",
                    component.name
                );
                out.push_str(&comment(&text));
                out.push('\n');
            }
        }
    }
    if !any {
        written
            .warnings
            .push("no component exports what the command line calls".to_string());
    }
    (written, out)
}

/// The command that the host has for an export.
fn command(profile: &Profile, component: &Component) -> Option<String> {
    component
        .exports
        .iter()
        .find_map(|port| match profile.export(&port.name, None) {
            Answer::Yes(row, _) => row.command.clone(),
            _ => None,
        })
}

fn lines(
    out: &mut String,
    model: &Model,
    profile: &Profile,
    component: &Component,
    command: &str,
    written: &mut Written,
) {
    let mut remarks = vec![component.name.clone()];
    let mut options: Vec<String> = Vec::new();
    let mut option = |text: String| {
        if !options.contains(&text) {
            options.push(text);
        }
    };
    if command.ends_with("serve") {
        // Without it, the environment and the like are not linked.
        option("-S cli".to_string());
    }
    for port in &component.imports {
        let implements = port.interface.as_ref().map(ToString::to_string);
        let implements = implements.filter(|_| port.label.is_some());
        match profile.import(&port.name, implements.as_deref()) {
            Answer::Yes(row, _) if row.when == When::Always => {}
            Answer::No if port.types_only => {}
            Answer::Yes(row, _) => {
                for text in row
                    .option
                    .iter()
                    .filter(|_| port.used || !component.needs.is_empty())
                {
                    option(text.clone());
                }
            }
            _ => {
                let name = &port.name;
                let remark =
                    format!("nothing provides {name}: compose it with a component that exports it");
                written
                    .warnings
                    .push(format!("`{}`: {remark}", component.name));
                remarks.push(remark);
            }
        }
    }
    if component.need("socket-address").is_some() || component.need("dns-name").is_some() {
        option("-S inherit-network".to_string());
    }
    if component.need("dns-name").is_some() {
        option("-S allow-ip-name-lookup".to_string());
    }
    for (key, sure) in component.keys("env") {
        // Without a value, it is the one of whoever runs the command.
        let value = model.value("env", key).map(|value| format!("={value}"));
        option(format!(
            "--env {}",
            shell_word(&format!("{key}{}", value.unwrap_or_default()))
        ));
        if !sure {
            remarks.push(format!("not proven to be read: {key}"));
        }
    }
    for (key, _) in component.keys("config") {
        if model.is_secret(key) {
            remarks.push(format!("fill in yourself: -S config-var={key}=…, a secret"));
            continue;
        }
        let value = model.value("config", key).unwrap_or("FILL-IN");
        option(format!(
            "-S {}",
            shell_word(&format!("config-var={key}={value}"))
        ));
    }
    if super::resources::uses_files(component) {
        option("--dir FILL-IN".to_string());
        let paths: Vec<&str> = component.keys("path").map(|(path, _)| path).collect();
        remarks.push(format!(
            "fill in: the folder that is HOST::GUEST for {}",
            paths.join(", ")
        ));
    }
    for kind in component.needs.keys() {
        remarks.extend(component.remarks(kind));
    }
    for remark in &remarks {
        out.push_str(&comment(remark));
        out.push('\n');
    }
    out.push_str(command);
    for option in &options {
        out.push_str(&format!(" \\\n    {option}"));
    }
    out.push_str(&format!(" \\\n    {}\n", shell_word(&component.path)));
}
