//! `spin.toml`, manifest version 2 (`spin_manifest::schema::v2`).

use super::doc::{About, By, Closed, Derived, Doc, Entry, List, Map, Node, What};
use super::hosts;
use super::model::{Component, Model, Port, Route, object_name};
use super::out::{self, Written};
use super::resources;
use crate::base::Glob;
use crate::workload::Profile;
use crate::workload::profile::Answer;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds whose keys are variables of the application.
const VARIABLES: [&str; 2] = ["variable", "config"];

/// The application of a workload.
pub(super) fn write(model: &Model, profile: &Profile) -> Written {
    let mut written = Written::default();
    let version = Derived::new(
        What::Shape,
        About::Field("spin_manifest_version".to_string()),
        "`spin_manifest_version` must be 2",
    );
    let name = out::named(
        model.title().map(object_name),
        "the name of the application",
    );
    let mut root = Map::of([
        Entry::field("spin_manifest_version", Node::Number(2)).because(version),
        Entry::field("application", Map::of([name])),
    ]);
    root.entries.extend(variables(model, &mut written));
    root.entries.extend(triggers(model, &mut written));
    let components = model.components.iter();
    let components = components.map(|c| component(model, profile, c, &mut written));
    root.push(Entry::field("component", Map::of(components)));
    let mut doc = Doc::new(&[], root);
    doc.head = out::head(model);
    written.docs.push(doc);
    written
}

/// Names of variables are lower-case words joined by `_` (`spin_manifest`, `Id<'_', true>`).
fn is_variable(name: &str) -> bool {
    name.split('_').all(|word| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn variables(model: &Model, written: &mut Written) -> Option<Entry> {
    let mut names: BTreeMap<&str, (bool, &Component, &str)> = BTreeMap::new();
    for component in &model.components {
        for kind in VARIABLES {
            for (key, sure) in component.keys(kind) {
                if !is_variable(key) {
                    let shown = key.escape_debug();
                    let name = &component.name;
                    written.warnings.push(format!(
                        "`{name}` reads {kind} `{shown}`, which no variable of Spin can be called: \
                         lower-case words joined by `_`"
                    ));
                    continue;
                }
                let known = names.entry(key).or_insert((sure, component, kind));
                known.0 |= sure;
            }
        }
    }
    if names.is_empty() {
        return None;
    }
    let entries = names.into_iter().map(|(name, (sure, component, kind))| {
        let derived = resources::key(component, kind, name, sure);
        let map = match (model.is_secret(name), model.value(kind, name)) {
            // A default would put the secret into this file.
            (true, _) => Map::of([
                Entry::field("required", Node::Bool(true)),
                shape("secret", Node::Bool(true), format!("`{name}` is a secret")),
            ]),
            (false, Some(value)) => Map::of([Entry::field("default", value)]),
            (false, None) => Map::of([Entry::fill(
                "default",
                format!("{name}; or `required = true` if the program fails without it"),
            )]),
        };
        Entry::field(name, map).because(derived)
    });
    let complete = model
        .components
        .iter()
        .all(|c| VARIABLES.iter().all(|kind| c.is_closed(kind)));
    let patterns = model.components.iter();
    let patterns = patterns.flat_map(|c| VARIABLES.map(|kind| c.patterns(kind)).concat());
    let map = Map::of(entries).closed(Closed {
        what: What::Key,
        kind: "variable".to_string(),
        component: None,
        complete,
        also: patterns.collect(),
        secrets: BTreeSet::new(),
    });
    Some(Entry::field("variables", map))
}

fn shape(key: &str, node: Node, because: String) -> Entry {
    let derived = Derived::new(What::Shape, About::Field(key.to_string()), because);
    Entry::field(key, node).because(derived)
}

fn triggers(model: &Model, written: &mut Written) -> Option<Entry> {
    let mut http = Vec::new();
    let mut redis = Vec::new();
    let handles = |c: &&Component| {
        c.exports_package("wasi", "http", "incoming-handler")
            || c.exports_package("wasi", "http", "handler")
    };
    let count = model.components.iter().filter(handles).count();
    for component in &model.components {
        let id = object_name(&component.name);
        if handles(&component) {
            let routes: Vec<&Route> = model.routes_to(&component.name).collect();
            let paths: BTreeSet<String> = routes.iter().map(|route| pattern(route)).collect();
            if routes.iter().any(|route| route.host.is_some()) {
                written.warnings.push(format!(
                    "a route to `{}` names a host, and Spin tells requests apart by their path alone",
                    component.name
                ));
            }
            for path in &paths {
                let map = [Entry::field("route", path.as_str()), of(&id)];
                http.push(trigger(component, "http", Map::of(map)));
            }
            if paths.is_empty() {
                let initial = if count == 1 { "/..." } else { "" };
                let node = Node::Fill {
                    what: "the paths that it answers".to_string(),
                    initial: initial.to_string(),
                };
                let map = Map::of([Entry::field("route", node), of(&id)]);
                http.push(trigger(component, "http", map));
            }
        }
        let redis_handler = |p: &Port| {
            p.is("spin", "redis", "inbound-redis") || p.is("fermyon", "spin", "inbound-redis")
        };
        if component.exports.iter().any(redis_handler) {
            let channel = Entry::fill("channel", "the channel that it listens to");
            redis.push(trigger(component, "redis", Map::of([channel, of(&id)])));
        }
        if component.exports_package("wasi", "cli", "run") {
            written.warnings.push(format!(
                "`{}` is a command, and Spin has no trigger of its own for commands",
                component.name
            ));
        }
    }
    let mut map = Map::default();
    for (kind, list) in [("http", http), ("redis", redis)] {
        if !list.is_empty() {
            // Several routes may lead to one component; without any, the route is a person's.
            let fields: &[&str] = match kind {
                "http" if !model.routes.is_empty() => &["component", "route"],
                _ => &["component"],
            };
            map.push(Entry::field(kind, List::of(By::Fields(fields), list)));
        }
    }
    (!map.entries.is_empty()).then(|| Entry::field("trigger", map))
}

fn of(id: &str) -> Entry {
    Entry::field("component", id)
}

/// Spin's routes end in `...` when they stand for everything below.
fn pattern(route: &Route) -> String {
    let path = route.path.as_deref().unwrap_or("/");
    format!("{}/...", path.trim_end_matches('/'))
}

fn trigger(component: &Component, kind: &str, map: Map) -> Entry {
    let because = format!("`{}` exports a handler of {kind}", component.name);
    let about = About::Component(component.name.clone());
    Entry::item(map).because(Derived::new(What::Shape, about, because).of(&component.name))
}

fn component(
    model: &Model,
    profile: &Profile,
    component: &Component,
    written: &mut Written,
) -> Entry {
    let source = Node::Fill {
        what: "the binary".to_string(),
        initial: component.path.clone(),
    };
    let mut map = Map::of([Entry::field("source", source)]);
    let list = |field: &str, kind: &str| names(component, field, kind);
    let write = |host: &str| hosts::entry(host).map(|host| outbound(&host));
    map.entries.extend(resources::hosts_of(
        component,
        "allowed_outbound_hosts",
        &["http-host", "socket-address"],
        write,
    ));
    map.entries.extend(list("key_value_stores", "bucket"));
    let sqlite = |p: &Port| p.is("spin", "sqlite", "sqlite") || p.is("fermyon", "spin", "sqlite");
    if component.imports.iter().any(sqlite) {
        map.entries.extend(list("sqlite_databases", "database"));
    }
    map.entries.extend(list("ai_models", "model"));
    map.entries.extend(environment(model, component, written));
    map.entries.extend(templates(component));
    map.entries
        .extend(dependencies(model, profile, component, written));
    let mut above = component.remarks("path");
    if resources::uses_files(component) {
        let paths: Vec<&str> = component.keys("path").map(|(path, _)| path).collect();
        above.push(match paths.is_empty() {
            true => "it uses files: `files` says which".to_string(),
            false => format!(
                "it uses the files {}: `files` says where they are",
                paths.join(", ")
            ),
        });
    }
    let because = format!("`{}` is a component of the workload", component.name);
    let about = About::Component(component.name.clone());
    let derived = Derived::new(What::Shape, about, because).of(&component.name);
    Entry::field(object_name(&component.name), map)
        .because(derived)
        .above(above)
}

/// A host as Spin wants it: a scheme always, and a port that goes with it. Neither is known;
/// a person narrows it.
fn outbound(host: &str) -> String {
    match host.contains(':') {
        true => format!("*://{host}"),
        false => format!("*://{host}:*"),
    }
}

/// A list of names of one kind.
fn names(component: &Component, field: &str, kind: &str) -> Option<Entry> {
    component.need(kind)?;
    let items = component.keys(kind).map(|(name, sure)| {
        let verb = if sure { "opens" } else { "may open" };
        let because = format!("`{}` {verb} {kind} `{name}`", component.name);
        let about = About::Key(kind.to_string(), name.to_string());
        let derived = Derived::new(What::Key, about, because);
        Entry::item(name).because(derived.of(&component.name).sure(sure))
    });
    let list = List::of(By::Value, items).closed(Closed {
        what: What::Key,
        kind: kind.to_string(),
        component: Some(component.name.clone()),
        complete: component.is_closed(kind),
        also: component.patterns(kind),
        secrets: BTreeSet::new(),
    });
    Some(Entry::field(field, list).above(component.remarks(kind)))
}

/// The environment is text of the manifest: nothing for secrets.
fn environment(model: &Model, component: &Component, written: &mut Written) -> Option<Entry> {
    component.need("env")?;
    let mut entries = Vec::new();
    for (key, sure) in component.keys("env") {
        if model.is_secret(key) {
            written.warnings.push(format!(
                "`{}` reads the secret `{key}` from its environment, and Spin gives secrets to \
                 variables alone",
                component.name
            ));
            continue;
        }
        entries.push(resources::value(model, component, "env", key, sure));
    }
    let map = Map::of(entries).closed(resources::closed(model, component, "env", &[]));
    Some(Entry::field("environment", map).above(component.remarks("env")))
}

/// A component sees the variables that it is given.
fn templates(component: &Component) -> Option<Entry> {
    let mut entries = Vec::new();
    let mut above = Vec::new();
    let mut complete = true;
    let mut also: Vec<Glob> = Vec::new();
    for kind in VARIABLES {
        for (key, sure) in component.keys(kind).filter(|(key, _)| is_variable(key)) {
            let node = Node::Fill {
                what: String::new(),
                initial: format!("{{{{ {key} }}}}"),
            };
            let derived = resources::key(component, kind, key, sure);
            entries.push(Entry::field(key, node).because(derived));
        }
        above.extend(component.remarks(kind));
        complete &= component.is_closed(kind);
        also.extend(component.patterns(kind));
    }
    if entries.is_empty() && above.is_empty() {
        return None;
    }
    let map = Map::of(entries).closed(Closed {
        what: What::Key,
        kind: "variable".to_string(),
        component: Some(component.name.clone()),
        complete,
        also,
        secrets: BTreeSet::new(),
    });
    Some(Entry::field("variables", map).above(above))
}

/// Imports that Spin does not provide: it fuses them when the application is loaded.
fn dependencies(
    model: &Model,
    profile: &Profile,
    component: &Component,
    written: &mut Written,
) -> Option<Entry> {
    let mut entries = Vec::new();
    for port in &component.imports {
        let implements = port.interface.as_ref().map(ToString::to_string);
        let implements = implements.filter(|_| port.label.is_some());
        let provider = model.provider(component, port);
        let answer = profile.import(&port.name, implements.as_deref());
        let types = port.types_only && answer == Answer::No;
        if provider.is_none() && (types || matches!(answer, Answer::Yes(..))) {
            continue;
        }
        let because = format!("`{}` imports `{}`", component.name, port.name);
        let about = About::Import(port.name.clone());
        let derived = Derived::new(What::Interface, about, because).of(&component.name);
        let entry = match provider {
            Some(provider) => {
                let path = Entry::field("component", object_name(&provider.name));
                Entry::field(port.name.as_str(), Map::of([path]).inline())
            }
            None => {
                let remark = match answer {
                    Answer::OtherVersion(row) => {
                        let versions = row.versions.iter().map(ToString::to_string);
                        format!(
                            "Spin has {} of it; ",
                            versions.collect::<Vec<_>>().join(", ")
                        )
                    }
                    _ => String::new(),
                };
                written.warnings.push(format!(
                    "`{}` imports `{}`, which neither Spin nor a component of the workload provides",
                    component.name, port.name
                ));
                let what = format!("{remark}`{{ path = \"…\" }}` of a component that exports it");
                Entry::fill(port.name.as_str(), what)
            }
        };
        entries.push(entry.because(derived));
    }
    (!entries.is_empty()).then(|| Entry::field("dependencies", Map::of(entries)))
}
