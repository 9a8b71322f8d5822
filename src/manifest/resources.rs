//! What one component may use, in the shape that a `WorkloadDeployment` and the project file
//! of `wash` share (`localResources`).

use super::doc::{About, By, Closed, Derived, Entry, List, Map, Node, What};
use super::hosts;
use super::model::{Component, Model};
use super::words::quoted;
use crate::base::Glob;
use std::collections::BTreeSet;

/// Small differences of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Custom resources: references are objects with a name.
    Kubernetes,
    /// The project file: no volumes of its own.
    Wash,
}

impl Style {
    /// How a reference to an object is found again.
    fn by(self) -> By {
        match self {
            Style::Kubernetes => By::Fields(&["name"]),
            Style::Wash => By::Value,
        }
    }
}

/// The entries, in the order of the API.
pub(super) fn entries(model: &Model, component: &Component, style: Style) -> Vec<Entry> {
    let mut entries = Vec::new();
    entries.extend(environment(model, component, style));
    entries.extend(config(model, component, style));
    if style == Style::Kubernetes && uses_files(component) {
        entries.push(mounts(component));
    }
    entries.extend(allowed_hosts(component, "allowedHosts"));
    entries.extend(lookups(component));
    entries
}

/// Whether a call that takes a path can run.
pub(super) fn uses_files(component: &Component) -> bool {
    component.need("path").is_some()
}

/// The volume of a component.
pub(super) fn volume_name(component: &Component) -> String {
    let name = super::model::object_name(&component.name);
    // With the ending it must stay a label of 63 characters.
    let name: String = name.chars().take(57).collect();
    format!("{}-files", name.trim_end_matches('-'))
}

/// Why a key is there.
pub(super) fn key(component: &Component, kind: &str, key: &str, sure: bool) -> Derived {
    let verb = if sure { "reads" } else { "may read" };
    let because = format!("`{}` {verb} {kind} `{key}`", component.name);
    let about = About::Key(kind.to_string(), key.to_string());
    Derived::new(What::Key, about, because)
        .of(&component.name)
        .sure(sure)
}

/// A key with the value that somebody gave it, or a place for one.
pub(super) fn value(
    model: &Model,
    component: &Component,
    kind: &str,
    name: &str,
    sure: bool,
) -> Entry {
    let derived = key(component, kind, name, sure);
    let entry = match model.value(kind, name) {
        Some(value) => Entry::field(name, value),
        None => Entry::fill(name, format!("{kind} {name}")),
    };
    let entry = entry.because(derived);
    match sure {
        true => entry,
        false => entry.beside("not proven to be read"),
    }
}

/// What closes a collection of keys of a kind.
pub(super) fn closed(model: &Model, component: &Component, kind: &str, also: &[&str]) -> Closed {
    let mut globs = component.patterns(kind);
    for other in also {
        globs.extend(component.patterns(other));
        globs.extend(component.keys(other).map(|(key, _)| Glob::literal(key)));
    }
    Closed {
        what: What::Key,
        kind: kind.to_string(),
        component: Some(component.name.clone()),
        complete: component.is_closed(kind) && also.iter().all(|kind| component.is_closed(kind)),
        also: globs,
        secrets: model.secrets().clone(),
    }
}

/// A reference to an object, with the keys that come from it.
fn reference(
    component: &Component,
    kind: &str,
    object: &str,
    keys: &[&str],
    style: Style,
) -> Entry {
    let because = format!(
        "`{}` reads {kind} {}",
        component.name,
        quoted(keys.iter().copied())
    );
    let about = match keys {
        [only] => About::Key(kind.to_string(), only.to_string()),
        _ => About::Kind(kind.to_string()),
    };
    let derived = Derived::new(What::Key, about, because).of(&component.name);
    let item = match style {
        Style::Kubernetes => Entry::item(Map::of([Entry::field("name", object)])),
        Style::Wash => Entry::item(object),
    };
    item.because(derived)
        .above([format!("has {}", keys.join(", "))])
}

fn environment(model: &Model, component: &Component, style: Style) -> Option<Entry> {
    component.need("env")?;
    let keys: Vec<(&str, bool)> = component.keys("env").collect();
    let (secret, plain): (Vec<_>, Vec<_>) = keys.iter().partition(|(key, _)| model.is_secret(key));
    // Objects of a cluster are not there on a developer's machine.
    let from_maps =
        style == Style::Kubernetes && !model.settings.config_maps.is_empty() && !plain.is_empty();
    let mut map = Map::default();
    // The host shows the environment through `wasi:config`, too.
    let inline = plain
        .iter()
        .filter(|(key, _)| !from_maps || model.value("env", key).is_some());
    let inline = inline.map(|(key, sure)| value(model, component, "env", key, *sure));
    let mut config = Map::of(inline).closed(closed(model, component, "env", &["config"]));
    if from_maps && let Some(closed) = &mut config.closed {
        let all = plain.iter().map(|(key, _)| Glob::literal(key));
        closed.also.extend(all);
    }
    map.push(Entry::field("config", config));
    if from_maps {
        let names: Vec<&str> = plain.iter().map(|(key, _)| *key).collect();
        let maps = model.settings.config_maps.iter();
        let maps = maps.map(|object| reference(component, "env", object, &names, style));
        map.push(Entry::field("configFrom", List::of(style.by(), maps)));
    }
    if !secret.is_empty() {
        let names: Vec<&str> = secret.iter().map(|(key, _)| *key).collect();
        let from = reference(component, "env", &model.secret_name(), &names, style);
        map.push(Entry::field("secretFrom", List::of(style.by(), [from])));
    }
    Some(Entry::field("environment", map).above(component.remarks("env")))
}

/// Keys of `wasi:config`; secrets among them come with the interface.
fn config(model: &Model, component: &Component, style: Style) -> Option<Entry> {
    component.need("config")?;
    let keys = component
        .keys("config")
        .filter(|(key, _)| !model.is_secret(key));
    let in_maps = style == Style::Kubernetes && !model.settings.config_maps.is_empty();
    let keys: Vec<(&str, bool)> = keys.collect();
    let inline = keys
        .iter()
        .filter(|(key, _)| !in_maps || model.value("config", key).is_some());
    let inline = inline.map(|(key, sure)| value(model, component, "config", key, *sure));
    let mut closed = closed(model, component, "config", &[]);
    closed
        .also
        .extend(keys.iter().map(|(key, _)| Glob::literal(key)));
    let map = Map::of(inline).closed(closed);
    Some(Entry::field("config", map).above(component.remarks("config")))
}

fn mounts(component: &Component) -> Entry {
    let map = Map::of([
        Entry::field("name", volume_name(component)),
        Entry::fill("mountPath", "the folder that the program expects"),
    ]);
    let because = format!("`{}` uses files", component.name);
    let derived = Derived::new(What::Shape, About::Kind("path".to_string()), because);
    let mut about = component.remarks("path");
    let paths: Vec<&str> = component.keys("path").map(|(path, _)| path).collect();
    if !paths.is_empty() {
        about.push(format!("paths: {}", paths.join(", ")));
    }
    let item = Entry::item(map).because(derived.of(&component.name));
    Entry::field("volumeMounts", List::of(By::Fields(&["name"]), [item])).above(about)
}

/// Hosts that requests go to. Without the list, the host refuses every request.
pub(super) fn allowed_hosts(component: &Component, field: &str) -> Option<Entry> {
    hosts_of(component, field, &["http-host"], hosts::entry)
}

/// A list of hosts from the keys of some kinds, each as `write` says it.
pub(super) fn hosts_of(
    component: &Component,
    field: &str,
    kinds: &[&str],
    write: impl Fn(&str) -> Option<String>,
) -> Option<Entry> {
    if !kinds.iter().any(|kind| component.need(kind).is_some()) {
        return None;
    }
    let mut above = Vec::new();
    let mut items: Vec<Entry> = Vec::new();
    let mut complete = true;
    let mut seen = BTreeSet::new();
    for kind in kinds {
        complete &= component.is_closed(kind);
        let open = component
            .need(kind)
            .into_iter()
            .flat_map(|need| need.open.keys());
        above.extend(open.map(|reason| {
            format!(
                "{kind} is open: {}; there may be more hosts",
                crate::needs::phrase(reason)
            )
        }));
        let patterns = component
            .need(kind)
            .into_iter()
            .flat_map(|need| need.patterns.keys());
        let patterns = patterns.map(|pattern| (pattern.as_str(), true));
        for (name, sure) in component.keys(kind).chain(patterns) {
            let Some(text) = write(name) else {
                complete = false;
                above.push(format!(
                    "{kind} {name} cannot be said here: allow what covers it"
                ));
                continue;
            };
            if !seen.insert(text.clone()) {
                continue;
            }
            let verb = if sure { "calls" } else { "may call" };
            let because = format!("`{}` {verb} host `{name}`", component.name);
            let about = About::Key(kind.to_string(), name.to_string());
            let derived = Derived::new(What::Host, about, because);
            let item = Entry::item(Node::Text(text));
            let item = item.because(derived.of(&component.name).sure(sure));
            items.push(match sure {
                true => item,
                false => item.beside("not proven to be called"),
            });
        }
    }
    let list = List::of(By::Host, items).closed(Closed {
        what: What::Host,
        kind: kinds.first().copied().unwrap_or_default().to_string(),
        component: Some(component.name.clone()),
        complete,
        also: Vec::new(),
        secrets: BTreeSet::new(),
    });
    Some(Entry::field(field, list).above(above))
}

/// Names that are looked up. Without the list, the host refuses every lookup.
fn lookups(component: &Component) -> Option<Entry> {
    hosts_of(component, "allowedIpNameLookups", &["dns-name"], |name| {
        // A name is looked up without a port.
        hosts::entry(name).filter(|entry| !entry.contains(':'))
    })
}
