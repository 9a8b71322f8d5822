//! `.wash/config.yaml`: the project file of `wash dev` (`wash::config`). Keys below `dev` are
//! in snake case, those below `workload` and in lists of components in camel case.

use super::doc::{About, By, Derived, Doc, Entry, List, Map, Node, What};
use super::model::{Component, Model, ModelError};
use super::out::{self, Written};
use super::resources::{self, Style};
use super::wasmcloud::interfaces;
use crate::workload::Profile;
use std::collections::BTreeSet;

/// The project file of a workload: its first component is the one under development.
///
/// # Errors
/// When it is not clear which component is the service.
pub(super) fn write(model: &Model, profile: &Profile) -> Result<Written, ModelError> {
    let mut written = Written::default();
    let service = model.service()?;
    let is_service = |c: &&Component| service.is_some_and(|s| s.name == c.name);
    let main = model.components.iter().find(|c| !is_service(c)).or(service);
    let mut root = Map::default();
    if let Some(main) = main {
        let entries = resources::entries(model, main, Style::Wash);
        if !entries.is_empty() {
            let said = format!("what {} may use", main.name);
            root.push(Entry::field("workload", Map::of(entries)).above([said]));
        }
    }
    let mut dev = Map::default();
    if let Some(main) = main {
        dev.push(path("component_path", main));
        if service.is_some_and(|s| s.name == main.name) {
            let because = format!("`{}` exports `wasi:cli/run`", main.name);
            let about = About::Component(main.name.clone());
            let derived = Derived::new(What::Shape, about, because).of(&main.name);
            dev.push(Entry::field("service", Node::Bool(true)).because(derived));
        }
    }
    let not_main = |c: &&Component| main.is_none_or(|main| main.name != c.name);
    if let Some(service) = service.filter(not_main) {
        dev.push(path("service_file", service));
        if ["env", "config", "http-host"]
            .iter()
            .any(|kind| service.need(kind).is_some())
        {
            written.warnings.push(format!(
                "what the service `{}` may use cannot be said beside another component",
                service.name
            ));
        }
    }
    let others = model
        .components
        .iter()
        .filter(not_main)
        .filter(|c| !is_service(c));
    let others: Vec<Entry> = others.map(|c| component(model, c)).collect();
    if !others.is_empty() {
        dev.push(Entry::field(
            "components",
            List::of(By::Fields(&["name"]), others),
        ));
    }
    // What has neither a label nor a required key is derived by `wash dev` itself.
    if let Some(mut list) = interfaces::list(model, profile, &mut written) {
        list.entries.retain(|entry| {
            let fields = entry.node.entries();
            fields
                .iter()
                .any(|f| f.key == "name" || (f.key == "config" && !f.node.entries().is_empty()))
        });
        list.closed = None;
        for entry in &mut list.entries {
            if let Some(fields) = entry.node.entries_mut() {
                fields.retain(|field| !matches!(field.key.as_str(), "configFrom" | "secretFrom"));
                if !fields.iter().any(|field| field.key == "config") {
                    fields.push(Entry::field("config", Map::default()));
                }
            }
        }
        if !list.entries.is_empty() {
            dev.push(Entry::field("host_interfaces", list));
        }
    }
    root.push(Entry::field("dev", dev));
    let secrets = secret_keys(model);
    if !secrets.is_empty() {
        let items = secrets.iter().map(|key| {
            let because =
                format!("`{key}` is a secret that the program reads from its environment");
            let about = About::Key("env".to_string(), key.to_string());
            Entry::item(*key).because(Derived::new(What::Key, about, because))
        });
        let list = List::of(By::Value, items);
        let of = Map::of([Entry::field("fromEnv", list)]);
        let said = "taken from the environment of whoever runs `wash dev`".to_string();
        let secrets = Map::of([Entry::field(model.secret_name(), of).above([said])]);
        root.push(Entry::field("secrets", secrets));
    }
    let mut doc = Doc::new(&[], root);
    doc.head = out::head(model);
    written.docs.push(doc);
    Ok(written)
}

fn secret_keys(model: &Model) -> BTreeSet<&str> {
    let keys = model.components.iter().flat_map(|c| c.keys("env"));
    keys.map(|(key, _)| key)
        .filter(|key| model.is_secret(key))
        .collect()
}

/// Where a binary is; a person may have it elsewhere.
fn path(key: &str, component: &Component) -> Entry {
    let node = Node::Fill {
        what: format!("the binary of {}", component.name),
        initial: component.path.clone(),
    };
    let because = format!("`{}` is a component of the workload", component.name);
    let about = About::Component(component.name.clone());
    Entry::field(key, node).because(Derived::new(What::Shape, about, because).of(&component.name))
}

fn component(model: &Model, component: &Component) -> Entry {
    let file = Node::Fill {
        what: "the binary".to_string(),
        initial: component.path.clone(),
    };
    let mut map = Map::of([
        Entry::field("name", component.name.as_str()),
        Entry::field("file", file),
    ]);
    map.entries
        .extend(resources::entries(model, component, Style::Wash));
    let because = format!("`{}` is a component of the workload", component.name);
    let about = About::Component(component.name.clone());
    Entry::item(map).because(Derived::new(What::Shape, about, because).of(&component.name))
}
