//! Instances of the components, and who provides what to whom.

use super::super::fit::{Place, fits};
use super::super::wiring::{Package, Source, interface_of};
use super::{EXPORT, PlanError, Planner};
use crate::base::{ByteRange, InterfaceName, same_but_version, same_interface, unversioned};
use crate::binary::is_extern_name;
use crate::binary::world::{Side, World, WorldItem};
use indexmap::IndexMap;
use std::collections::HashSet;

/// The first item that is about an interface.
pub(super) fn find<'w>(
    items: &'w IndexMap<String, WorldItem>,
    interface: &str,
) -> Option<(&'w str, &'w WorldItem)> {
    let mut items = items.iter().map(|(name, item)| (name.as_str(), item));
    items.find(|(name, item)| {
        item.attributes.implements.is_none() && same_interface(interface, name)
    })
}

/// The export of a provider that fits an import with a name of its own, if there is only one.
fn only_fit<'w>(consumer: Place<'_>, provider: &'w World) -> Option<&'w str> {
    if consumer.name.parse::<InterfaceName>().is_ok() {
        return None;
    }
    let mut fit = provider.exports.keys().filter(|name| {
        let export = Place {
            world: provider,
            side: Side::Export,
            name,
        };
        fits(consumer, export).is_ok()
    });
    match (fit.next(), fit.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

impl<'a> Planner<'_, 'a> {
    /// Makes the nodes and their edges. Components that are middleware wait in `spare`.
    pub(super) fn connect(&mut self, parts: Vec<(String, Package<'a>)>) {
        let mut fresh = Vec::new();
        for (name, package) in parts {
            if self.is_middleware(&name) {
                self.spare.insert(name, package);
            } else {
                fresh.push(self.add_node(&name, &package));
            }
        }
        for node in &fresh {
            self.connect_node(*node, None);
        }
        self.unknown_links();
        self.connect_exports(&fresh);
    }

    fn is_middleware(&self, name: &str) -> bool {
        self.between.contains(name)
    }

    /// Connects the imports of a node that are not connected yet, except one.
    pub(super) fn connect_node(&mut self, node: usize, except: Option<&str>) {
        let world = std::sync::Arc::clone(&self.wiring.package_of(node).world);
        for (name, item) in &world.imports {
            if Some(name.as_str()) == except || self.wiring.nodes[node].args.contains_key(name) {
                continue;
            }
            match self.find_provider(node, name, item) {
                Ok(Some(source)) => {
                    self.wiring.nodes[node].args.insert(name.clone(), source);
                }
                Ok(None) => self.open.push((node, name.clone())),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn find_provider(
        &mut self,
        node: usize,
        name: &str,
        item: &WorldItem,
    ) -> Result<Option<Source>, PlanError> {
        let interface = interface_of(name, item);
        let consumer = self.name(node);
        let link = self
            .links
            .iter()
            .find(|link| link.consumer.value == consumer && link.import.value.matches(name));
        if let Some(link) = link {
            if let Some(source) = self.named_export(node, name, item, link)? {
                return Ok(Some(source));
            }
            let world = &self.wiring.package_of(node).world;
            let consumer = Place {
                world,
                side: Side::Import,
                name,
            };
            return self.linked(&link.provider.value, interface, consumer, link.span);
        }
        // A label asks for a backend of its own: nobody inside is one by chance.
        if item.attributes.implements.is_some() {
            return Ok(None);
        }
        let mut found = Vec::new();
        let mut near = None;
        let exporters = self.exporters.get(unversioned(interface));
        for other in exporters
            .into_iter()
            .flatten()
            .copied()
            .filter(|other| *other != node)
        {
            let package = self.wiring.package_of(other);
            if self.is_middleware(&self.wiring.nodes[other].name) {
                continue;
            }
            if let Some((export, _)) = find(&package.world.exports, interface) {
                found.push((other, export.to_string()));
            } else if near.is_none() {
                let mut exports = package.world.exports.keys();
                near = exports
                    .find(|export| same_but_version(interface, export))
                    .map(|export| (other, export.clone()));
            }
        }
        match (found.as_slice(), near) {
            ([(node, name)], _) => Ok(Some(Source::Export {
                node: *node,
                name: name.clone(),
            })),
            ([], Some((other, export))) => {
                self.notes.push(format!(
                    "`{consumer}` imports `{name}`; `{}` exports `{export}`, another version \
                     track, so the import stays open",
                    self.name(other)
                ));
                Ok(None)
            }
            ([], None) => Ok(None),
            (several, _) => Err(PlanError::AmbiguousProvider {
                consumer,
                import: name.to_string(),
                providers: several.iter().map(|(node, _)| self.name(*node)).collect(),
            }),
        }
    }

    /// What a link says: `import` for the outside, or the export of an instance that is about
    /// the same interface; an import with a name of its own takes the only one that fits.
    fn linked(
        &self,
        provider: &str,
        interface: &str,
        consumer: Place<'_>,
        span: ByteRange,
    ) -> Result<Option<Source>, PlanError> {
        if provider == super::IMPORT {
            return Ok(None);
        }
        let missing = |near, known| PlanError::NoExport {
            provider: provider.to_string(),
            import: interface.to_string(),
            near,
            known,
            span,
        };
        let node = self.wiring.nodes.iter().position(|n| n.name == provider);
        let node = node.ok_or_else(|| missing(None, Vec::new()))?;
        let world = &self.wiring.package_of(node).world;
        let exports = &world.exports;
        match find(exports, interface)
            .map(|(name, _)| name)
            .or_else(|| only_fit(consumer, world))
        {
            Some(name) => Ok(Some(Source::Export {
                node,
                name: name.to_string(),
            })),
            None => {
                let mut names = exports.keys();
                let near = names.find(|export| same_but_version(interface, export));
                Err(missing(near.cloned(), exports.keys().cloned().collect()))
            }
        }
    }

    /// Links that are about no import.
    fn unknown_links(&mut self) {
        for link in self.links {
            let consumer = &link.consumer.value;
            if consumer == EXPORT || self.is_middleware(consumer) {
                continue;
            }
            let node = self.wiring.nodes.iter().find(|n| n.name == *consumer);
            let imports = node.map(|n| &self.wiring.packages[n.package].world.imports);
            let matches = |imports: &IndexMap<String, WorldItem>| {
                imports.keys().any(|name| link.import.value.matches(name))
            };
            if !imports.is_some_and(matches) {
                self.errors.push(PlanError::NoImport {
                    consumer: consumer.clone(),
                    import: link.import.value.to_string(),
                    known: imports.map_or_else(Vec::new, |i| i.keys().cloned().collect()),
                    span: link.import.span,
                });
            }
        }
    }

    /// What nobody inside imports is exported, and what links say.
    fn connect_exports(&mut self, fresh: &[usize]) {
        let args = self.wiring.nodes.iter().flat_map(|node| node.args.values());
        let mut used: HashSet<Source> = args.cloned().collect();
        // What is exported under another name is not exported under its own.
        used.extend(self.renamed_exports());
        let mut offers: IndexMap<String, Vec<usize>> = IndexMap::new();
        for node in fresh {
            for name in self.wiring.package_of(*node).world.exports.keys() {
                let source = Source::Export {
                    node: *node,
                    name: name.clone(),
                };
                let chosen = self.chosen_export(name);
                let wanted = match &chosen {
                    Some(provider) => *provider == self.wiring.nodes[*node].name,
                    None => !used.contains(&source),
                };
                if wanted {
                    offers.entry(name.clone()).or_default().push(*node);
                }
            }
        }
        for (name, nodes) in offers {
            let renamed = self.wiring.exports.get(&name).map(|e| e.source.nodes());
            if let (Some(from), true) = (renamed, self.chosen_export(&name).is_some()) {
                let from = from.into_iter().chain(nodes);
                let providers = from.map(|node| self.name(node)).collect();
                self.errors
                    .push(PlanError::AmbiguousExport { name, providers });
            } else if self.wiring.exports.contains_key(&name) {
                // A link gave this name to something else.
            } else if let [node] = nodes[..] {
                let source = Source::Export {
                    node,
                    name: name.clone(),
                };
                self.export(&name, source);
            } else {
                self.errors.push(PlanError::AmbiguousExport {
                    name,
                    providers: nodes.iter().map(|node| self.name(*node)).collect(),
                });
            }
        }
    }

    fn chosen_export(&self, name: &str) -> Option<String> {
        let mut links = self.links.iter();
        let link = links.find(|link| {
            let of = link.consumer.value == EXPORT && link.export.is_none();
            of && link.import.value.matches(name)
        });
        link.map(|link| link.provider.value.clone())
    }

    /// Exports of the whole under names that links give them; what they are.
    fn renamed_exports(&mut self) -> Vec<Source> {
        let mut sources = Vec::new();
        for link in self.links.iter().filter(|l| l.consumer.value == EXPORT) {
            let Some(wanted) = &link.export else {
                continue;
            };
            let name = link.import.value.as_str();
            let source = match self.export_of(&link.provider.value, wanted) {
                Ok((node, export)) => Source::Export { node, name: export },
                Err(error) => {
                    self.errors.push(error);
                    continue;
                }
            };
            if !is_extern_name(name) {
                self.errors.push(PlanError::ExportName {
                    name: name.to_string(),
                    span: link.import.span,
                });
            } else if let Some(other) = self.wiring.exports.get(name) {
                let nodes = other.source.nodes().into_iter().chain(source.nodes());
                self.errors.push(PlanError::AmbiguousExport {
                    name: name.to_string(),
                    providers: nodes.map(|node| self.name(node)).collect(),
                });
            } else {
                self.export(name, source.clone());
                sources.push(source);
            }
        }
        sources
    }
}
