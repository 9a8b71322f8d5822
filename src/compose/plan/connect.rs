//! Instances of the components, and who provides what to whom.

use super::super::fit::{Place, fits};
use super::super::wiring::{Package, Source, interface_of};
use super::{EXPORT, PlanError, Planner};
use crate::base::{ByteRange, InterfaceName, same_but_version, same_interface};
use crate::binary::world::{Side, World, WorldItem};
use indexmap::IndexMap;

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
                self.spare.push((name, package));
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
        self.middleware.iter().any(|m| m.component.value == name)
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
        for other in (0..self.wiring.nodes.len()).filter(|other| *other != node) {
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
        let missing = |near| PlanError::NoExport {
            provider: provider.to_string(),
            import: interface.to_string(),
            near,
            span,
        };
        let node = self.wiring.nodes.iter().position(|n| n.name == provider);
        let node = node.ok_or_else(|| missing(None))?;
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
                Err(missing(near.cloned()))
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
                    span: link.import.span,
                });
            }
        }
    }

    /// What nobody inside imports is exported, and what links say.
    fn connect_exports(&mut self, fresh: &[usize]) {
        let used: Vec<Source> = self
            .wiring
            .nodes
            .iter()
            .flat_map(|node| node.args.values().cloned())
            .collect();
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
            if let [node] = nodes[..] {
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
        let link =
            links.find(|link| link.consumer.value == EXPORT && link.import.value.matches(name));
        link.map(|link| link.provider.value.clone())
    }
}
