//! What a host that compares declarations makes of a workload before it starts: which declared
//! interfaces bind to which plugin, which components link, what is dropped without a word, and
//! what passes here and fails when a component is linked.
//!
//! The steps are those of wasmCloud 2.7 (`engine/workload.rs`, `plugin/mod.rs`, `wit.rs` of
//! wash-runtime); what the plugins have is data of the profile.

use super::circle::circle;
use crate::base::InterfaceName;
use crate::binary::world::{ItemType, World};
use crate::workload::Profile;
use crate::workload::profile::{Labels, Served, ServedVersion, When};
use std::collections::{BTreeMap, BTreeSet};

/// A declared entry: `hostInterfaces` of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// `wasi` in `wasi:keyvalue`.
    pub namespace: String,
    /// `keyvalue` in `wasi:keyvalue`.
    pub package: String,
    /// Interfaces of the package.
    pub interfaces: Vec<String>,
    /// The version, when the entry states one.
    pub version: Option<String>,
    /// The label that it is for.
    pub name: Option<String>,
    /// Keys of configuration.
    pub config: Vec<String>,
}

/// A component as it is deployed.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'w> {
    /// Its name.
    pub name: &'w str,
    /// Its world.
    pub world: &'w World,
    /// Whether it is the service of the workload.
    pub service: bool,
}

/// What the host makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Entries that a plugin serves: component, position of the entry, plugin.
    pub bound: Vec<(String, usize, String)>,
    /// Links between components: consumer, import, provider.
    pub linked: Vec<(String, String, String)>,
    /// Positions of entries that no component imports or exports: dropped without a word.
    pub dropped: Vec<usize>,
    /// Why the host refuses the workload.
    pub refused: Vec<Refusal>,
    /// Imports that pass all of this and find nobody when the component is linked.
    pub fails_at_link: Vec<(String, String)>,
}

/// Why a host refuses a workload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody serves a declared entry.
    #[error("workload component `{component}` asks for `{package}`, which no plugin serves so")]
    NotServed {
        /// The component.
        component: String,
        /// Position of the entry.
        entry: usize,
        /// `wasi:keyvalue`
        package: String,
    },
    /// A plugin lacks keys of configuration.
    #[error("`{plugin}` needs config `{key}` for `{component}`")]
    Config {
        /// The component.
        component: String,
        /// The plugin.
        plugin: String,
        /// The key.
        key: String,
    },
    /// Several components export what one imports.
    #[error("`{interface}` is exported by {}", .exporters.join(" and by "))]
    TwoExporters {
        /// The interface.
        interface: String,
        /// Who exports it.
        exporters: Vec<String>,
    },
    /// Components that import from each other.
    #[error("components import from each other: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}

/// An import as the matching sees it: a label stands beside the interface that it implements.
struct Import<'w> {
    name: &'w str,
    interface: InterfaceName,
    label: Option<&'w str>,
}

/// Step 1: instances are looked at, functions and types are not.
fn imports<'w>(component: &Deployed<'w>) -> Vec<Import<'w>> {
    let items = component.world.imports.iter();
    let items = items.filter(|(_, item)| matches!(item.ty, ItemType::Instance(_)));
    let imports = items.filter_map(|(name, item)| {
        let implements = item.attributes.implements.as_deref();
        Some(Import {
            name,
            interface: implements.unwrap_or(name).parse().ok()?,
            label: implements.map(|_| name.as_str()),
        })
    });
    imports.collect()
}

/// Compares a workload with what the host of a profile has.
pub fn match_declared(
    profile: &Profile,
    components: &[Deployed<'_>],
    declared: &[Declared],
) -> Matched {
    let mut matched = Matched::default();
    let exporters = exporters(components);
    let mut wanted = BTreeSet::new();
    for component in components {
        let imports = imports(component);
        // Step 3: an entry is asked for when all of its interfaces occur in the component,
        // imported or exported, whatever their labels and versions.
        for (position, entry) in declared.iter().enumerate() {
            if !occurs(entry, component, &imports) {
                continue;
            }
            wanted.insert(position);
            // Step 2: what the host itself calls or links is no matter of plugins.
            if builtin(profile, entry) || inside(entry, component, &imports, &exporters) {
                continue;
            }
            match plugin(profile, entry) {
                Some(row) => bind(component, position, entry, row, &mut matched),
                // Step 7.
                None => matched.refused.push(Refusal::NotServed {
                    component: component.name.to_string(),
                    entry: position,
                    package: format!("{}:{}", entry.namespace, entry.package),
                }),
            }
        }
        for import in &imports {
            link(component, import, &exporters, &mut matched);
        }
        late(profile, component, declared, &mut matched);
    }
    matched.dropped = (0..declared.len())
        .filter(|p| !wanted.contains(p))
        .collect();
    cycle(&mut matched);
    matched
}

/// Exports by their exact text. What the service exports is offered to nobody.
fn exporters<'w>(components: &[Deployed<'w>]) -> BTreeMap<&'w str, Vec<&'w str>> {
    let mut exporters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for component in components.iter().filter(|component| !component.service) {
        for export in component.world.exports.keys() {
            exporters.entry(export).or_default().push(component.name);
        }
    }
    exporters
}

fn same_package(entry: &Declared, name: &InterfaceName) -> bool {
    entry.namespace == name.namespace && entry.package == name.package
}

fn occurs(entry: &Declared, component: &Deployed<'_>, imports: &[Import<'_>]) -> bool {
    let exports = component.world.exports.keys();
    let exports: Vec<InterfaceName> = exports.filter_map(|name| name.parse().ok()).collect();
    let imported = imports.iter().map(|import| &import.interface);
    let there: BTreeSet<&str> = imported
        .chain(&exports)
        .filter(|name| same_package(entry, name))
        .map(|name| name.interface.as_str())
        .collect();
    entry
        .interfaces
        .iter()
        .all(|name| there.contains(name.as_str()))
}

/// Step 4: exactly one other component exports all that is imported of an entry.
fn inside(
    entry: &Declared,
    component: &Deployed<'_>,
    imports: &[Import<'_>],
    exporters: &BTreeMap<&str, Vec<&str>>,
) -> bool {
    let mut of_entry = imports.iter().filter(|import| {
        import.label.is_none()
            && same_package(entry, &import.interface)
            && entry.interfaces.contains(&import.interface.interface)
    });
    let served = |import: &Import<'_>| {
        let others = exporters.get(import.name).map(Vec::as_slice);
        matches!(others, Some([one]) if *one != component.name)
    };
    let mut any = false;
    of_entry.all(|import| {
        any = true;
        served(import)
    }) && any
}

fn names(entry: &Declared) -> impl Iterator<Item = String> + '_ {
    let package = format!("{}:{}", entry.namespace, entry.package);
    entry
        .interfaces
        .iter()
        .map(move |name| format!("{package}/{name}"))
}

fn builtin(profile: &Profile, entry: &Declared) -> bool {
    names(entry).all(|name| {
        let called = profile
            .exports
            .iter()
            .any(|row| row.interfaces.contains(&name));
        let mut rows = profile.interfaces.iter();
        let always = rows.any(|row| row.plugin.is_none() && row.interfaces.contains(&name));
        called || always
    })
}

/// Steps 5 and 6: a plugin by its name, else by its world; entries with a name go to rows that
/// take labels. Versions are compared as text, when both sides state one.
fn plugin<'p>(profile: &'p Profile, entry: &Declared) -> Option<&'p Served> {
    let has = |row: &&Served| {
        let version = match (&entry.version, row.states_version, row.versions.is_empty()) {
            (Some(stated), true, false) => row.versions.iter().any(|version| match version {
                ServedVersion::Full(version) => version.to_string() == *stated,
                ServedVersion::Track(_) => false,
            }),
            _ => true,
        };
        row.plugin.is_some() && version && names(entry).all(|name| row.interfaces.contains(&name))
    };
    let rows = || profile.interfaces.iter().filter(has);
    if let Some(name) = &entry.name
        && let Some(row) = rows().find(|row| row.plugin.as_ref() == Some(name))
    {
        return Some(row);
    }
    rows().find(|row| match (&entry.name, row.labels) {
        (None, Labels::Refused | Labels::Accepted) => true,
        (Some(_), Labels::Only | Labels::Accepted) => true,
        (None, Labels::Only) | (Some(_), Labels::Refused) => false,
    })
}

fn bind(
    component: &Deployed<'_>,
    position: usize,
    entry: &Declared,
    row: &Served,
    matched: &mut Matched,
) {
    let plugin = row.plugin.clone().unwrap_or_default();
    let label = entry.name.as_deref().unwrap_or_default();
    for key in &row.required_config {
        // Step 9: an entry without a name is for no label.
        if key == "{label}" && entry.name.is_none() {
            continue;
        }
        let key = key.replace("{label}", label);
        if !entry.config.contains(&key) {
            matched.refused.push(Refusal::Config {
                component: component.name.to_string(),
                plugin: plugin.clone(),
                key,
            });
        }
    }
    matched
        .bound
        .push((component.name.to_string(), position, plugin));
}

/// Components meet by the exact text of import and export; labels never do.
fn link(
    component: &Deployed<'_>,
    import: &Import<'_>,
    exporters: &BTreeMap<&str, Vec<&str>>,
    matched: &mut Matched,
) {
    if import.label.is_some() {
        return;
    }
    match exporters.get(import.name).map(Vec::as_slice) {
        Some([one]) if *one != component.name => matched.linked.push((
            component.name.to_string(),
            import.name.to_string(),
            (*one).to_string(),
        )),
        // Also where a plugin could serve it.
        Some(several) if several.len() > 1 => {
            let refusal = Refusal::TwoExporters {
                interface: import.name.to_string(),
                exporters: several.iter().map(|name| (*name).to_string()).collect(),
            };
            if !matched.refused.contains(&refusal) {
                matched.refused.push(refusal);
            }
        }
        _ => {}
    }
}

/// Step 8: what is not declared is not asked for, and so is not there when a component is
/// linked.
fn late(profile: &Profile, component: &Deployed<'_>, declared: &[Declared], matched: &mut Matched) {
    for (name, item) in &component.world.imports {
        if super::carry::only_types(&item.ty) {
            continue;
        }
        let own = |(consumer, import, _): &(String, String, String)| {
            consumer == component.name && import == name
        };
        if matched.linked.iter().any(own) {
            continue;
        }
        let implements = item.attributes.implements.as_deref();
        let interface = implements.unwrap_or(name).parse::<InterfaceName>().ok();
        let by_plugin = matched.bound.iter().any(|(consumer, position, _)| {
            let entry = declared.get(*position);
            consumer == component.name
                && entry
                    .zip(interface.as_ref())
                    .is_some_and(|(entry, interface)| {
                        same_package(entry, interface)
                            && entry.interfaces.contains(&interface.interface)
                            && entry.name.as_deref() == implements.map(|_| name.as_str())
                    })
        });
        let linked = match profile.import(name, implements) {
            crate::workload::profile::Answer::Yes(row, _) => match row.plugin {
                // The linker has the versions that the plugin was built with.
                Some(_) => by_plugin,
                None => row.when != When::Declared,
            },
            _ => false,
        };
        if !linked {
            let late = (component.name.to_string(), name.clone());
            matched.fails_at_link.push(late);
        }
    }
}

fn cycle(matched: &mut Matched) {
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (consumer, _, provider) in &matched.linked {
        let providers = needs.entry(consumer.clone()).or_default();
        providers.insert(provider.clone());
    }
    matched.refused.extend(circle(needs).map(Refusal::Cycle));
}
