//! `WorkloadDeployment` of wasmCloud 2 (`runtime.wasmcloud.dev/v1alpha1`).

pub(super) mod interfaces;
pub mod schema;

use super::doc::{About, By, Derived, Doc, Entry, List, Map, What};
use super::model::{Component, Model, ModelError};
use super::out::Written;
use super::resources::{self, Style};
use super::tree::Found;
use super::yaml;
use crate::base::{ByteRange, SourceFile};
use crate::workload::Profile;

/// The API that the documents are of.
const API: &str = "runtime.wasmcloud.dev/v1alpha1";

/// The deployment of a workload on the host of a profile.
///
/// # Errors
/// When it is not clear which component is the service.
pub(super) fn write(model: &Model, profile: &Profile) -> Result<Written, ModelError> {
    let mut written = Written::default();
    let service = model.service()?;
    let mut spec = Map::default();
    if let Some(list) = interfaces::list(model, profile, &mut written) {
        spec.push(Entry::field("hostInterfaces", list));
    }
    let is_service = |component: &Component| service.is_some_and(|s| s.name == component.name);
    let others = model.components.iter().filter(|c| !is_service(c));
    let components: Vec<Entry> = others.map(|c| component(model, c)).collect();
    if !components.is_empty() {
        let list = List::of(By::Fields(&["name"]), components);
        spec.push(Entry::field("components", list));
    }
    if let Some(service) = service {
        spec.push(self::service(model, service));
    }
    let volumes = model.components.iter().filter(|c| resources::uses_files(c));
    let volumes: Vec<Entry> = volumes.map(volume).collect();
    if !volumes.is_empty() {
        let list = List::of(By::Fields(&["name"]), volumes);
        spec.push(Entry::field("volumes", list));
    }
    let template = Map::of([Entry::field("spec", spec)]);
    let root = Map::of([
        field("apiVersion", API),
        field("kind", "WorkloadDeployment"),
        Entry::field("metadata", Map::of([super::out::object_name(model)])),
        Entry::field("spec", Map::of([Entry::field("template", template)])),
    ]);
    let mut doc = Doc::new(&[("kind", "WorkloadDeployment")], root);
    doc.head = super::out::head(model);
    written.docs.push(doc);
    Ok(written)
}

/// A field that the API prescribes.
pub(super) fn field(key: &str, value: &str) -> Entry {
    let because = format!("`{key}` must be `{value}`");
    let about = About::Field(key.to_string());
    Entry::field(key, value).because(Derived::new(What::Shape, about, because))
}

fn component(model: &Model, component: &Component) -> Entry {
    let mut map = Map::of([
        Entry::field("name", component.name.as_str()),
        image(component),
    ]);
    map.entries.extend(local_resources(model, component));
    let because = format!("`{}` is a component of the workload", component.name);
    Entry::item(map).because(present(component, because))
}

/// A service has no name of its own.
fn service(model: &Model, component: &Component) -> Entry {
    let mut map = Map::of([image(component)]);
    map.entries.extend(local_resources(model, component));
    let because = format!("`{}` exports `wasi:cli/run`", component.name);
    Entry::field("service", map)
        .because(present(component, because))
        .above([format!(
            "{}: it runs as long as the workload",
            component.name
        )])
}

fn present(component: &Component, because: String) -> Derived {
    let about = About::Component(component.name.clone());
    Derived::new(What::Shape, about, because).of(&component.name)
}

/// Where the binary is published.
pub(super) fn image(component: &Component) -> Entry {
    match component.reference() {
        Some(reference) => {
            let because = format!("`{}` is published as `{reference}`", component.name);
            let about = About::Field(format!("{}.image", component.name));
            let derived = Derived::new(What::Shape, about, because).of(&component.name);
            Entry::field("image", reference).because(derived)
        }
        None => Entry::fill("image", format!("where {} is published", component.path)),
    }
}

fn local_resources(model: &Model, component: &Component) -> Option<Entry> {
    let entries = resources::entries(model, component, Style::Kubernetes);
    let map = Map::of(entries);
    (!map.entries.is_empty()).then(|| Entry::field("localResources", map))
}

fn volume(component: &Component) -> Entry {
    let name = resources::volume_name(component);
    let map = Map::of([
        Entry::field("name", name.as_str()),
        Entry::field("ephemeral", Map::default())
            .beside("gone with the workload; `hostPath: {path: …}` is a folder of the host"),
    ]);
    let because = format!("`{}` uses files", component.name);
    let about = About::Kind("path".to_string());
    Entry::item(map).because(Derived::new(What::Shape, about, because).of(&component.name))
}

/// A field of a document that no deployment has, or a value of another type: the API drops
/// the first without a word.
pub(super) fn unknown(source: &SourceFile, document: &Found) -> Option<(ByteRange, String)> {
    let text = source.slice(document.span);
    let error = yaml::typed::<schema::WorkloadDeployment>(text).err()?;
    let start = document.span.start + error.span.start;
    let rest = source.slice(ByteRange::new(start, document.span.end));
    let word = rest.find([':', ' ', '\n']).unwrap_or(rest.len());
    Some((ByteRange::new(start, start + word as u64), error.message))
}
