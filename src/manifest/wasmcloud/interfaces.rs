//! `hostInterfaces`: what the workload asks of the host.
//!
//! One entry without a name for each package, and one for each label. An entry is bound to
//! the components that have every one of its interfaces (`WitWorld::includes_bidirectional`
//! of wash-runtime); where components use different parts of a package, that is said.

use crate::manifest::doc::{About, By, Closed, Derived, Entry, List, Map, What};
use crate::manifest::host::{self, Import};
use crate::manifest::model::{Component, Model, Port};
use crate::manifest::out::Written;
use crate::manifest::words::quoted;
use crate::workload::Profile;
use std::collections::{BTreeMap, BTreeSet};

/// What makes an entry: namespace, package, label.
type Key = (String, String, Option<String>);

/// An entry while it is collected.
#[derive(Default)]
struct Asked {
    /// Interfaces, each with the components that use it.
    interfaces: BTreeMap<String, BTreeSet<String>>,
    /// Versions that components name.
    versions: BTreeSet<String>,
    /// Whether the host has exactly what was asked for, every time.
    same: bool,
    /// Keys of configuration without which the interface is not there.
    required: BTreeSet<String>,
    /// Keys that the host reads.
    optional: BTreeSet<String>,
    remarks: BTreeSet<String>,
}

/// The list; `None` when nothing needs to be declared.
pub(in crate::manifest) fn list(
    model: &Model,
    profile: &Profile,
    written: &mut Written,
) -> Option<List> {
    let mut asked: BTreeMap<Key, Asked> = BTreeMap::new();
    for component in &model.components {
        for port in &component.imports {
            import(model, profile, component, port, &mut asked, written);
        }
        for port in &component.exports {
            export(profile, component, port, &mut asked);
        }
    }
    several_http(model, profile, written);
    let mut entries = Vec::new();
    for (key, asked) in &asked {
        uneven(model, key, asked, written);
        entries.push(entry(model, key, asked));
    }
    let closed = Closed {
        what: What::Interface,
        kind: String::new(),
        component: None,
        complete: true,
        also: Vec::new(),
        secrets: BTreeSet::new(),
    };
    let by = By::Fields(&["namespace", "package", "name"]);
    (!entries.is_empty()).then(|| List::of(by, entries).closed(closed))
}

fn import(
    model: &Model,
    profile: &Profile,
    component: &Component,
    port: &Port,
    asked: &mut BTreeMap<Key, Asked>,
    written: &mut Written,
) {
    match host::import(profile, model, component, port) {
        Import::Always | Import::Workload => {}
        Import::Unsayable => written.warnings.push(format!(
            "`{}` imports `{}`, which is no interface that a manifest can name: compose it with a \
             component that provides it",
            component.name, port.name
        )),
        Import::Declare { row, same, remark } => {
            let Some(asked) = add(asked, component, port, same) else {
                return;
            };
            if let Some(remark) = remark {
                written.warnings.push(format!("`{}`: {remark}", port.name));
                asked.remarks.insert(remark);
            }
            let label = port.label.as_deref().unwrap_or_default();
            let keys = |keys: &[String]| -> Vec<String> {
                keys.iter()
                    .map(|key| key.replace("{label}", label))
                    .collect()
            };
            if let Some(row) = row {
                asked.required.extend(keys(&row.required_config));
                asked.optional.extend(keys(&row.config));
            }
        }
    }
}

fn export(profile: &Profile, component: &Component, port: &Port, asked: &mut BTreeMap<Key, Asked>) {
    let Some((row, same)) = host::export(profile, port) else {
        return;
    };
    if !row.declared {
        return;
    }
    if let Some(asked) = add(asked, component, port, same) {
        asked.required.extend(row.required_config.iter().cloned());
        asked.optional.extend(row.config.iter().cloned());
        if let Some(note) = &row.note {
            asked.remarks.insert(note.clone());
        }
    }
}

fn add<'a>(
    asked: &'a mut BTreeMap<Key, Asked>,
    component: &Component,
    port: &Port,
    same: bool,
) -> Option<&'a mut Asked> {
    let name = port.interface.as_ref()?;
    let key = (
        name.namespace.clone(),
        name.package.clone(),
        port.label.clone(),
    );
    let fresh = || Asked {
        same: true,
        ..Asked::default()
    };
    let asked = asked.entry(key).or_insert_with(fresh);
    let users = asked.interfaces.entry(name.interface.clone()).or_default();
    users.insert(component.name.clone());
    asked.same &= same;
    asked
        .versions
        .extend(name.version.as_ref().map(ToString::to_string));
    Some(asked)
}

/// Whether some user of a package does not have every interface that the entry lists.
fn uneven(model: &Model, key: &Key, asked: &Asked, written: &mut Written) {
    let (namespace, package, _) = key;
    let users: BTreeSet<&String> = asked.interfaces.values().flatten().collect();
    for component in model.components.iter().filter(|c| users.contains(&c.name)) {
        let ports = || component.imports.iter().chain(&component.exports);
        let has = |name: &&String| ports().any(|port| port.is(namespace, package, name));
        let lacks: Vec<&str> = asked
            .interfaces
            .keys()
            .filter(|i| !has(i))
            .map(String::as_str)
            .collect();
        if !lacks.is_empty() {
            written.warnings.push(format!(
                "`{}` has no {} of `{namespace}:{package}`, which other components use: the host \
                 binds an entry only to components that have all of its interfaces; deploy them as \
                 two workloads",
                component.name,
                quoted(lacks)
            ));
        }
    }
}

/// The host calls one component with requests.
fn several_http(model: &Model, profile: &Profile, written: &mut Written) {
    let called = |component: &&Component| {
        let mut rows = component
            .exports
            .iter()
            .filter_map(|port| host::export(profile, port));
        rows.any(|(row, _)| row.several == crate::workload::profile::Several::First)
    };
    let called: Vec<&str> = model
        .components
        .iter()
        .filter(called)
        .map(|c| c.name.as_str())
        .collect();
    if let [first, _, ..] = called.as_slice() {
        written.warnings.push(format!(
            "{} export an http handler, and the host calls the first of the manifest alone, \
             `{first}`: deploy them as workloads of their own, or compose a router in front",
            quoted(called.iter().copied())
        ));
    }
}

fn entry(model: &Model, key: &Key, asked: &Asked) -> Entry {
    let (namespace, package, label) = key;
    let whole = format!("{namespace}:{package}");
    let users: BTreeSet<&str> = asked
        .interfaces
        .values()
        .flatten()
        .map(String::as_str)
        .collect();
    let who = quoted(users.iter().copied());
    let verb = if users.len() == 1 { "uses" } else { "use" };
    let mut map = Map::of([
        Entry::field("namespace", namespace.as_str()),
        Entry::field("package", package.as_str()),
    ]);
    if let Some(label) = label {
        map.entries.insert(0, Entry::field("name", label.as_str()));
    }
    // One version that the host has as it is; else the host picks what fits.
    if let (Some(version), true, true) = (
        asked.versions.first(),
        asked.same,
        asked.versions.len() == 1,
    ) {
        let because = format!("{who} {verb} `{whole}` in version {version}, which the host has");
        let about = About::Import(format!("{whole}@{version}"));
        let derived = Derived::new(What::Version, about, because);
        map.push(Entry::field("version", version.as_str()).because(derived));
    }
    let interfaces = asked.interfaces.iter().map(|(interface, users)| {
        let who = quoted(users.iter().map(String::as_str));
        let because = format!("{who} {verb} `{whole}/{interface}`");
        let about = About::Import(format!("{whole}/{interface}"));
        Entry::item(interface.as_str()).because(Derived::new(What::Interface, about, because))
    });
    let closed = Closed {
        what: What::Interface,
        kind: format!("{whole}/"),
        component: None,
        complete: true,
        also: Vec::new(),
        secrets: BTreeSet::new(),
    };
    let interfaces = List::of(By::Value, interfaces).closed(closed);
    map.push(Entry::field("interfaces", interfaces));
    map.entries.extend(config(model, key, asked));
    let secrets = secrets(model, key, &users);
    map.entries.extend(references(model, key, &users));
    map.entries.extend(secrets);
    let said = match label {
        Some(label) => format!("{who} {verb} `{whole}` as `{label}`"),
        None => format!("{who} {verb} `{whole}`"),
    };
    let about = About::Import(match label {
        Some(label) => label.clone(),
        None => whole,
    });
    Entry::item(map)
        .because(Derived::new(What::Interface, about, said))
        .above(asked.remarks.iter().cloned())
}

/// Keys without which the interface is not there.
fn config(model: &Model, key: &Key, asked: &Asked) -> Option<Entry> {
    let (namespace, package, label) = key;
    let mut config = Map::default();
    for name in &asked.required {
        // A secret with a label has its key from a Secret.
        if label.as_ref() == Some(name) {
            continue;
        }
        let about = About::Key(format!("{namespace}:{package}"), name.clone());
        let because = format!("the host needs `{name}` for `{namespace}:{package}`");
        let derived = Derived::new(What::Key, about, because);
        let entry = match hosts_of_routes(model, asked, name) {
            Some(host) => Entry::field(name, host),
            None => Entry::fill(name, what_is(namespace, package, name)),
        };
        config.push(entry.because(derived));
    }
    if let Some(aliases) = aliases_of_routes(model, asked) {
        let about = About::Key(format!("{namespace}:{package}"), "host-aliases".to_string());
        let because = "routes name several hosts".to_string();
        let derived = Derived::new(What::Key, about, because);
        config.push(Entry::field("host-aliases", aliases).because(derived));
    }
    let optional: Vec<&str> = asked.optional.iter().map(String::as_str).collect();
    let optional = match optional.is_empty() {
        true => None,
        false => Some(format!("the host also reads {}", optional.join(", "))),
    };
    match (config.entries.is_empty(), optional) {
        (true, None) => None,
        // A key that may be missing is not written down, but a person should know of it.
        (true, Some(optional)) => Some(Entry::field("config", config).beside(optional)),
        (false, optional) => Some(Entry::field("config", config).above(optional)),
    }
}

fn what_is(namespace: &str, package: &str, key: &str) -> String {
    match (namespace, package, key) {
        ("wasi", "http", "host") => {
            "the host name of requests; gusset.toml has [[route]] for it".to_string()
        }
        _ => format!("{key} of {namespace}:{package}"),
    }
}

/// Host names of routes to the components of an entry, in the order of the file.
fn route_hosts(model: &Model, asked: &Asked) -> Vec<String> {
    let users: BTreeSet<&String> = asked.interfaces.values().flatten().collect();
    let mut hosts: Vec<String> = Vec::new();
    for route in model
        .routes
        .iter()
        .filter(|route| users.contains(&route.to))
    {
        hosts.extend(
            route
                .host
                .iter()
                .filter(|host| !hosts.contains(host))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
    hosts
}

fn hosts_of_routes(model: &Model, asked: &Asked, key: &str) -> Option<String> {
    let first = route_hosts(model, asked).into_iter().next();
    first.filter(|_| key == "host")
}

fn aliases_of_routes(model: &Model, asked: &Asked) -> Option<String> {
    let known = asked.optional.contains("host-aliases");
    let others: Vec<String> = route_hosts(model, asked).into_iter().skip(1).collect();
    (known && !others.is_empty()).then(|| others.join(","))
}

/// Objects that hold configuration which components read through the interface.
fn references(model: &Model, key: &Key, users: &BTreeSet<&str>) -> Option<Entry> {
    let names = keys_of(model, key, users, "config", false)?;
    if model.settings.config_maps.is_empty() {
        return None;
    }
    let maps = model.settings.config_maps.iter();
    let maps = maps.map(|object| from(object, "config", &names));
    Some(Entry::field(
        "configFrom",
        List::of(By::Fields(&["name"]), maps),
    ))
}

/// The object that holds secrets which components read through the interface.
fn secrets(model: &Model, key: &Key, users: &BTreeSet<&str>) -> Option<Entry> {
    let (namespace, package, label) = key;
    let names = match (namespace.as_str(), package.as_str(), label) {
        ("wasmcloud", "secrets", Some(label)) => vec![label.clone()],
        ("wasmcloud", "secrets", None) => {
            keys_of(model, key, users, "secret", true).unwrap_or_default()
        }
        _ => keys_of(model, key, users, "config", true)?,
    };
    let from = from(&model.secret_name(), "secret", &names);
    let list = List::of(By::Fields(&["name"]), [from]);
    let open = model
        .components
        .iter()
        .filter(|c| users.contains(c.name.as_str()));
    let open = open
        .filter(|_| label.is_none())
        .flat_map(|c| c.remarks("secret"));
    Some(Entry::field("secretFrom", list).above(open.collect::<BTreeSet<_>>()))
}

/// Keys of a kind that users of `wasi:config` or `wasmcloud:secrets` read, secret or not.
fn keys_of(
    model: &Model,
    key: &Key,
    users: &BTreeSet<&str>,
    kind: &str,
    secret: bool,
) -> Option<Vec<String>> {
    let (namespace, package, _) = key;
    let fits = match kind {
        "config" => namespace == "wasi" && package == "config",
        _ => namespace == "wasmcloud" && package == "secrets",
    };
    if !fits {
        return None;
    }
    let components = model
        .components
        .iter()
        .filter(|c| users.contains(c.name.as_str()));
    let mut keys = BTreeSet::new();
    for component in components {
        // A label is the key of an entry of its own.
        let label = |key: &str| {
            component
                .imports
                .iter()
                .any(|p| p.label.as_deref() == Some(key))
        };
        let of = component
            .keys(kind)
            .map(|(key, _)| key)
            .filter(|key| !label(key));
        keys.extend(of.filter(|key| model.is_secret(key) == secret));
    }
    (!keys.is_empty()).then(|| keys.into_iter().map(str::to_string).collect())
}

fn from(object: &str, kind: &str, keys: &[String]) -> Entry {
    let names = keys.iter().map(String::as_str);
    let because = format!("{kind} {} must come from somewhere", quoted(names.clone()));
    let about = match keys {
        [only] => About::Key(kind.to_string(), only.clone()),
        _ => About::Kind(kind.to_string()),
    };
    let item = Entry::item(Map::of([Entry::field("name", object)]));
    let item = item.because(Derived::new(What::Key, about, because));
    match keys.is_empty() {
        true => item,
        false => item.above([format!("has {}", names.collect::<Vec<_>>().join(", "))]),
    }
}
