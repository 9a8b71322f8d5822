//! An `Application` of the Open Application Model, as wadm deploys it on wasmCloud 1
//! (`oam.schema.json` of wadm).

use super::doc::{About, By, Derived, Doc, Entry, List, Map, Node, What};
use super::model::{Component, Model, Port};
use super::out::{self, Written};
use super::resources;
use super::wasmcloud::{field, image};
use crate::workload::Profile;
use crate::workload::profile::Answer;
use std::collections::{BTreeMap, BTreeSet};

/// What a component is linked to, and the package: interfaces of one link.
type Links = BTreeMap<(String, String, String), BTreeSet<String>>;

/// A provider with the links that lead from it to components.
#[derive(Default)]
struct Provider {
    image: String,
    links: BTreeMap<String, Links>,
}

/// The application of a workload.
pub(super) fn write(model: &Model, profile: &Profile) -> Written {
    let mut written = Written::default();
    let mut providers: BTreeMap<String, Provider> = BTreeMap::new();
    let mut components = Vec::new();
    for component in &model.components {
        let mut links = Links::new();
        for port in &component.imports {
            link_of(
                model,
                profile,
                component,
                port,
                &mut links,
                &mut providers,
                &mut written,
            );
        }
        called(profile, component, &mut providers);
        components.push(entry(model, component, &links, &mut written));
    }
    components.extend(
        providers
            .iter()
            .map(|(name, provider)| capability(name, provider)),
    );
    let version = Entry::fill("version", "the version of the application");
    let root = Map::of([
        field("apiVersion", "core.oam.dev/v1beta1"),
        field("kind", "Application"),
        Entry::field(
            "metadata",
            Map::of([
                out::object_name(model),
                Entry::field("annotations", Map::of([version])),
            ]),
        ),
        Entry::field(
            "spec",
            Map::of([Entry::field(
                "components",
                List::of(By::Fields(&["name"]), components),
            )]),
        ),
    ]);
    let mut doc = Doc::new(&[("kind", "Application")], root);
    doc.head = out::head(model);
    written.docs.push(doc);
    written
}

fn link_of(
    model: &Model,
    profile: &Profile,
    component: &Component,
    port: &Port,
    links: &mut Links,
    providers: &mut BTreeMap<String, Provider>,
    written: &mut Written,
) {
    let Some(interface) = &port.interface else {
        written.warnings.push(format!(
            "`{}` imports `{}`, which is no interface, and links are about interfaces",
            component.name, port.name
        ));
        return;
    };
    let mut link = |target: String| {
        let key = (
            target,
            interface.namespace.clone(),
            interface.package.clone(),
        );
        links
            .entry(key)
            .or_default()
            .insert(interface.interface.clone());
    };
    if let Some(provider) = model.provider(component, port) {
        return link(provider.name.clone());
    }
    let implements = port.label.as_ref().map(|_| interface.to_string());
    match profile.import(&port.name, implements.as_deref()) {
        Answer::Yes(row, _) => {
            if let Some(image) = &row.provider {
                let name = image.rsplit('/').next().unwrap_or(image).to_string();
                let known = providers.entry(name.clone()).or_default();
                known.image = image.clone();
                link(name);
            }
        }
        Answer::No if port.types_only => {}
        _ => written.warnings.push(format!(
            "`{}` imports `{}`, which neither wasmCloud 1 nor a known provider has",
            component.name, port.name
        )),
    }
}

/// Exports that a provider calls: the links lead the other way.
fn called(profile: &Profile, component: &Component, providers: &mut BTreeMap<String, Provider>) {
    for port in &component.exports {
        let (Answer::Yes(..), Some(name)) = (profile.export(&port.name, None), &port.interface)
        else {
            continue;
        };
        let provider = match (name.namespace.as_str(), name.package.as_str()) {
            ("wasi", "http") => "http-server",
            ("wasmcloud", "messaging") => "messaging-nats",
            _ => continue,
        };
        let known = providers.entry(provider.to_string()).or_default();
        if known.image.is_empty() {
            known.image = format!("ghcr.io/wasmcloud/{provider}");
        }
        let key = (
            component.name.clone(),
            name.namespace.clone(),
            name.package.clone(),
        );
        let links = known.links.entry(component.name.clone()).or_default();
        links.entry(key).or_default().insert(name.interface.clone());
    }
}

fn entry(model: &Model, component: &Component, links: &Links, written: &mut Written) -> Entry {
    let mut properties = Map::of([image(component)]);
    let keys: Vec<(&str, bool)> = component
        .keys("config")
        .filter(|(k, _)| !model.is_secret(k))
        .collect();
    if component.need("config").is_some() && !keys.is_empty() {
        let values = keys
            .iter()
            .map(|(k, sure)| resources::value(model, component, "config", k, *sure));
        let values = Map::of(values).closed(resources::closed(model, component, "config", &[]));
        let named = Map::of([
            Entry::field("name", format!("{}-config", component.name)),
            Entry::field("properties", values),
        ]);
        let list = List::of(By::Fields(&["name"]), [Entry::item(named)]);
        properties.push(Entry::field("config", list).above(component.remarks("config")));
    }
    if component
        .need("env")
        .is_some_and(|need| !need.keys.is_empty())
    {
        let keys: Vec<&str> = component.keys("env").map(|(key, _)| key).collect();
        written.warnings.push(format!(
            "`{}` reads {} from its environment: an application has no field for that",
            component.name,
            super::words::quoted(keys)
        ));
    }
    properties.entries.extend(secrets(model, component));
    let mut traits = Vec::new();
    let scale = Map::of([Entry::field("instances", Node::Number(1))]);
    traits.push(Entry::item(Map::of([
        Entry::field("type", "spreadscaler"),
        Entry::field("properties", scale),
    ])));
    traits.extend(
        links
            .iter()
            .map(|(key, interfaces)| link(component, key, interfaces, None)),
    );
    let map = Map::of([
        Entry::field("name", component.name.as_str()),
        Entry::field("type", "component"),
        Entry::field("properties", properties),
        Entry::field("traits", List::of(By::Fields(LINK), traits)),
    ]);
    let because = format!("`{}` is a component of the workload", component.name);
    let about = About::Component(component.name.clone());
    Entry::item(map).because(Derived::new(What::Shape, about, because).of(&component.name))
}

/// What tells traits apart.
const LINK: &[&str] = &[
    "type",
    "properties.target.name",
    "properties.namespace",
    "properties.package",
];

/// Secrets have a key in a store that a policy names.
fn secrets(model: &Model, component: &Component) -> Option<Entry> {
    let kinds = ["config", "secret"];
    let keys = kinds.iter().flat_map(|kind| {
        component
            .keys(kind)
            .map(move |(key, sure)| (*kind, key, sure))
    });
    let keys: Vec<_> = keys.filter(|(_, key, _)| model.is_secret(key)).collect();
    if keys.is_empty() {
        return None;
    }
    let mut remarks = component.remarks("secret");
    remarks.push(
        "the policy is one of spec.policies, of type policy.secret.wasmcloud.dev/v1alpha1"
            .to_string(),
    );
    let items = keys.iter().map(|(kind, key, sure)| {
        let map = Map::of([
            Entry::field("name", *key),
            Entry::field(
                "properties",
                Map::of([
                    Entry::fill("policy", "the policy of the secrets backend"),
                    Entry::fill("key", format!("where the backend has {key}")),
                ]),
            ),
        ]);
        Entry::item(map).because(resources::key(component, kind, key, *sure))
    });
    let list = List::of(By::Fields(&["name"]), items);
    Some(Entry::field("secrets", list).above(remarks))
}

fn link(
    component: &Component,
    key: &(String, String, String),
    interfaces: &BTreeSet<String>,
    source: Option<Entry>,
) -> Entry {
    let because = format!("`{}` imports `{}:{}`", component.name, key.1, key.2);
    link_between(Some(&component.name), key, interfaces, source, because)
}

fn link_between(
    component: Option<&str>,
    (target, namespace, package): &(String, String, String),
    interfaces: &BTreeSet<String>,
    source: Option<Entry>,
    because: String,
) -> Entry {
    let items = interfaces.iter().map(|interface| {
        let about = About::Import(format!("{namespace}:{package}/{interface}"));
        let because = format!("{because}, and of it `{interface}`");
        Entry::item(interface.as_str()).because(Derived::new(What::Interface, about, because))
    });
    let mut properties = Map::of([
        Entry::field("target", Map::of([Entry::field("name", target.as_str())])),
        Entry::field("namespace", namespace.as_str()),
        Entry::field("package", package.as_str()),
        Entry::field("interfaces", List::of(By::Value, items)),
    ]);
    properties.entries.extend(source);
    let about = About::Import(format!("{namespace}:{package}"));
    let mut derived = Derived::new(What::Interface, about, because);
    derived.component = component.map(str::to_string);
    let map = Map::of([
        Entry::field("type", "link"),
        Entry::field("properties", properties),
    ]);
    Entry::item(map).because(derived)
}

/// A provider, with the links to the components that it calls.
fn capability(name: &str, provider: &Provider) -> Entry {
    let mut map = Map::of([
        Entry::field("name", name),
        Entry::field("type", "capability"),
        Entry::field(
            "properties",
            Map::of([Entry::fill(
                "image",
                format!("{} with its version", provider.image),
            )]),
        ),
    ]);
    let mut traits = Vec::new();
    for (component, links) in &provider.links {
        for (key, interfaces) in links {
            let (field, what) = match name {
                "http-server" => ("address", "where it listens, as 0.0.0.0:8080"),
                _ => ("subscriptions", "the subjects that the component gets"),
            };
            let config = Map::of([
                Entry::field("name", format!("{component}-{name}")),
                Entry::field("properties", Map::of([Entry::fill(field, what)])),
            ]);
            let config = List::of(By::Fields(&["name"]), [Entry::item(config)]);
            let source = Entry::field("source", Map::of([Entry::field("config", config)]));
            let because = format!("`{component}` exports `{}:{}`", key.1, key.2);
            traits.push(link_between(
                Some(component),
                key,
                interfaces,
                Some(source),
                because,
            ));
        }
    }
    if !traits.is_empty() {
        map.push(Entry::field("traits", List::of(By::Fields(LINK), traits)));
    }
    let because = format!("components are linked to `{name}`");
    let about = About::Component(name.to_string());
    Entry::item(map).because(Derived::new(What::Shape, about, because))
}
