//! A `ConfigMap` with the keys of configuration and a `Secret` with those of secrets, as
//! skeletons: every key, no value.

use super::doc::{About, Closed, Derived, Doc, Entry, Map, Node, What};
use super::model::Model;
use super::out::{self, Written};
use super::wasmcloud::field;
use crate::base::Glob;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds whose keys have plain values.
const PLAIN: [&str; 3] = ["env", "config", "variable"];

/// A key with whoever reads it.
#[derive(Default)]
struct Use<'m> {
    sure: bool,
    kinds: BTreeSet<&'m str>,
    users: BTreeSet<&'m str>,
}

/// The two objects; one that would have no keys is left out.
pub(super) fn write(model: &Model) -> Written {
    let mut written = Written::default();
    let mut plain: BTreeMap<&str, Use<'_>> = BTreeMap::new();
    let mut secret: BTreeMap<&str, Use<'_>> = BTreeMap::new();
    let mut remarks = Vec::new();
    for component in &model.components {
        for kind in PLAIN.iter().copied().chain(["secret"]) {
            for (key, sure) in component.keys(kind) {
                if !is_key(key) {
                    let shown = key.escape_debug();
                    written.warnings.push(format!(
                        "`{shown}` is no key that an object of Kubernetes can have"
                    ));
                    continue;
                }
                let of = match model.is_secret(key) {
                    true => secret.entry(key).or_default(),
                    false => plain.entry(key).or_default(),
                };
                of.sure |= sure;
                of.kinds.insert(kind);
                of.users.insert(&component.name);
            }
            let said = component.remarks(kind).into_iter();
            remarks.extend(said.map(|line| format!("{}: {line}", component.name)));
        }
    }
    let complete = |kinds: &[&str]| {
        model
            .components
            .iter()
            .all(|c| kinds.iter().all(|kind| c.is_closed(kind)))
    };
    let patterns = |kinds: &[&str]| -> Vec<Glob> {
        let components = model.components.iter();
        components
            .flat_map(|c| kinds.iter().flat_map(|k| c.patterns(k)).collect::<Vec<_>>())
            .collect()
    };
    let config = model.settings.config_maps.first().cloned();
    let config = config.unwrap_or_else(|| format!("{}-config", model.object_name()));
    let closed = |kind: &str, complete, also, secrets| Closed {
        what: What::Key,
        kind: kind.to_string(),
        component: None,
        complete,
        also,
        secrets,
    };
    if !plain.is_empty() {
        let closed = closed(
            "config",
            complete(&PLAIN),
            patterns(&PLAIN),
            model.secrets().clone(),
        );
        let data = keys(model, &plain).closed(closed);
        written
            .docs
            .push(object("ConfigMap", config, Entry::field("data", data)));
    }
    if !secret.is_empty() {
        let kinds = ["secret"];
        let closed = closed(
            "secret",
            complete(&kinds),
            patterns(&kinds),
            BTreeSet::new(),
        );
        let data = keys(model, &secret).closed(closed);
        written.docs.push(object(
            "Secret",
            model.secret_name(),
            Entry::field("stringData", data),
        ));
    }
    if let Some(first) = written.docs.first_mut() {
        first.head = out::head(model);
        first.head.extend(remarks);
    }
    written
}

fn object(kind: &'static str, name: String, data: Entry) -> Doc {
    let about = About::Field("metadata.name".to_string());
    let because = format!("the workload refers to this {kind} as `{name}`");
    let named = Entry::field("name", name).because(Derived::new(What::Shape, about, because));
    let root = Map::of([
        field("apiVersion", "v1"),
        field("kind", kind),
        Entry::field("metadata", Map::of([named])),
        data,
    ]);
    let select: &[(&str, &str)] = match kind {
        "Secret" => &[("kind", "Secret")],
        _ => &[("kind", "ConfigMap")],
    };
    Doc::new(select, root)
}

fn keys(model: &Model, keys: &BTreeMap<&str, Use<'_>>) -> Map {
    let entries = keys.iter().map(|(key, of)| {
        let users: Vec<&str> = of.users.iter().copied().collect();
        let kinds: Vec<&str> = of.kinds.iter().copied().collect();
        let (users, kind) = (users.join(", "), kinds.join(", "));
        let value = of.kinds.iter().find_map(|kind| model.value(kind, key));
        let node = match value {
            Some(value) => Node::Text(value.to_string()),
            None => Node::Fill {
                what: format!("{kind} {key}, for {users}"),
                initial: String::new(),
            },
        };
        let first = kinds.first().copied().unwrap_or_default();
        let verb = if of.sure { "read" } else { "may be read" };
        let because = format!("{kind} `{key}` is {verb} by {users}");
        let about = About::Key(first.to_string(), key.to_string());
        Entry::field(*key, node).because(Derived::new(What::Key, about, because).sure(of.sure))
    });
    Map::of(entries)
}

/// Keys of objects (`k8s.io/apimachinery`, `IsConfigMapKey`).
fn is_key(key: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=253).contains(&key.len()) && key.chars().all(good) && key != "." && !key.starts_with("..")
}
