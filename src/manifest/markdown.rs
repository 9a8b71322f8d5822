//! A page for people: what the components of a workload need, and what is not known.

use super::model::{Component, Model, Port};
use super::out::Written;
use super::words::visible;
use crate::lock::Need;
use crate::needs::{Grade, phrase};

/// The page of a workload.
pub(super) fn write(model: &Model) -> (Written, String) {
    let mut out = format!(
        "# {}\n\nWritten by gusset from the binaries.\n",
        text(model.title().unwrap_or("workload"))
    );
    out.push_str("\n| component | binary | exports |\n|---|---|---|\n");
    for component in &model.components {
        let exports: Vec<String> = component.exports.iter().map(|p| code(&p.name)).collect();
        let (name, path) = (code(&component.name), code(&component.path));
        out.push_str(&format!("| {name} | {path} | {} |\n", exports.join(", ")));
    }
    for component in &model.components {
        section(&mut out, model, component);
    }
    if !model.routes.is_empty() {
        out.push_str("\n## Routes\n\n| host | path | component |\n|---|---|---|\n");
        for route in &model.routes {
            let part = |part: &Option<String>| part.as_deref().map_or("any".to_string(), code);
            let (host, path) = (part(&route.host), part(&route.path));
            out.push_str(&format!("| {host} | {path} | {} |\n", code(&route.to)));
        }
    }
    (Written::default(), out)
}

fn section(out: &mut String, model: &Model, component: &Component) {
    out.push_str(&format!("\n## {}\n\n", text(&component.name)));
    if let Some(reference) = component.reference() {
        out.push_str(&format!("Published as {}.\n\n", code(&reference)));
    }
    out.push_str(&format!("Contents {}.\n", code(&component.digest)));
    if component.gaps > 0 {
        out.push_str(
            "\nParts of the binary could not be followed; it may need more than is listed.\n",
        );
    }
    if !component.needs.is_empty() {
        out.push_str("\n| needs | verdict | keys |\n|---|---|---|\n");
        for (kind, need) in &component.needs {
            let keys = keys(model, need);
            out.push_str(&format!(
                "| {} | {} | {keys} |\n",
                text(kind),
                need.verdict.as_str()
            ));
        }
    }
    let imports = |used: bool| -> Vec<String> {
        let ports = component
            .imports
            .iter()
            .filter(move |port| port.used == used);
        ports.map(|port| import(model, component, port)).collect()
    };
    for (title, imports) in [
        ("Imports", imports(true)),
        ("Imports that nothing calls", imports(false)),
    ] {
        if !imports.is_empty() {
            out.push_str(&format!("\n{title}: {}.\n", imports.join(", ")));
        }
    }
}

fn import(model: &Model, component: &Component, port: &Port) -> String {
    let mut said = code(&port.name);
    if let (Some(_), Some(interface)) = (&port.label, &port.interface) {
        said.push_str(&format!(" ({})", code(&interface.to_string())));
    }
    if let Some(provider) = model.provider(component, port) {
        said.push_str(&format!(" from {}", code(&provider.name)));
    }
    said
}

fn keys(model: &Model, need: &Need) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (key, held) in &need.keys {
        let mut said = code(key);
        let secret = model.is_secret(key).then_some("secret");
        let unsure = (held.grade != Grade::Exact).then_some("not proven");
        let remarks: Vec<&str> = secret.into_iter().chain(unsure).collect();
        if !remarks.is_empty() {
            said.push_str(&format!(" ({})", remarks.join(", ")));
        }
        parts.push(said);
    }
    parts.extend(need.patterns.keys().map(|pattern| code(pattern)));
    parts.extend(
        need.open
            .keys()
            .map(|reason| format!("open: {}", text(phrase(reason)))),
    );
    if need.enumerates {
        parts.push("goes through all of them".to_string());
    }
    parts.join(", ")
}

/// Code that stays in its cell. A backtick in it needs a longer fence.
fn code(name: &str) -> String {
    let shown = visible(name).replace('|', "\\|");
    match shown.contains('`') {
        true => format!("`` {shown} ``"),
        false => format!("`{shown}`"),
    }
}

/// Text that is no markup.
fn text(words: &str) -> String {
    let mut out = String::new();
    for c in visible(words).chars() {
        if "\\`*_[]<>|#!~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
