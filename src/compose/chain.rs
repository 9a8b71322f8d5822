//! Paths of an interface: from who consumes it, through what stands between, to who provides
//! it in the end.

use super::plan::{EXPORT, IMPORT};
use super::wiring::{Source, Wiring, interface_of};
use crate::base::{InterfaceName, same_interface};
use crate::binary::world::{ItemType, Member, WorldItem};

/// More paths than this are not followed. Instances put together from the functions of
/// others can make exponentially many.
const MAX_CHAINS: usize = 10_000;

/// A path of one interface: from a consumer through what stands between to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The node that imports; `None` for an export of the whole.
    pub consumer: Option<usize>,
    /// Its import, or the export of the whole.
    pub name: String,
    /// The interface of the path: what the consumer imports, or, where a link gives it
    /// something of another name, what is given.
    pub interface: String,
    /// Nodes that import the interface, also under a name of their own, and export it,
    /// outermost first.
    pub between: Vec<usize>,
    /// The node that provides it in the end; `None` for the outside.
    pub provider: Option<usize>,
    /// Whether the consumer exports the interface too, and something else besides, so that it
    /// may be meant as a middleware or as a consumer.
    pub both: bool,
}

/// There are more paths than are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an interface has more than {MAX_CHAINS} paths here, too many to look at each")]
pub struct TooManyChains;

impl Chain {
    /// The consumer for people: an instance, or `export`.
    pub fn consumer_name<'w>(&self, wiring: &'w Wiring<'_>) -> &'w str {
        self.consumer
            .map_or(EXPORT, |node| wiring.nodes[node].name.as_str())
    }

    /// The provider for people: an instance, or `import`.
    pub fn provider_name<'w>(&self, wiring: &'w Wiring<'_>) -> &'w str {
        self.provider
            .map_or(IMPORT, |node| wiring.nodes[node].name.as_str())
    }
}

/// All paths of the interfaces that `on` accepts: under the name that the consumer gives them,
/// the one that a label implements, or the one that the provider exports.
pub fn chains(wiring: &Wiring<'_>, on: &dyn Fn(&str) -> bool) -> Result<Vec<Chain>, TooManyChains> {
    let mut walk = Walk {
        wiring,
        given: given(wiring),
        chains: Vec::new(),
    };
    let provided = |source: &Source, interface: &str| {
        let given = wiring.provided(source);
        let other = given.filter(|given| !same_interface(given, interface));
        other.unwrap_or(interface).to_string()
    };
    let meant = |name: &str, interface: &str, source: &Source| {
        on(name) || on(interface) || wiring.provided(source).is_some_and(on)
    };
    for (number, node) in wiring.nodes.iter().enumerate() {
        let imports = &wiring.packages[node.package].world.imports;
        for (name, source) in &node.args {
            let interface = imports
                .get(name)
                .map_or(name.as_str(), |i| interface_of(name, i));
            // An interface of types alone cannot be called.
            let callable = imports.get(name).is_none_or(|item| calls(&item.ty));
            if !meant(name, interface, source) || !callable {
                continue;
            }
            let passes = match named_freely(name, imports.get(name)) {
                true => provided(source, interface),
                false => interface.to_string(),
            };
            let here = passes.as_str();
            let passes = walk.exports(number, here);
            if passes && !walk.used_otherwise(number, here) {
                continue;
            }
            let start = Chain {
                consumer: Some(number),
                name: name.clone(),
                interface: provided(source, interface),
                between: Vec::new(),
                provider: None,
                both: passes,
            };
            walk.follow(start, source, interface)?;
        }
    }
    for (name, export) in &wiring.exports {
        let interface = export.attributes.implements.as_deref().unwrap_or(name);
        if meant(name, interface, &export.source) {
            let start = Chain {
                consumer: None,
                name: name.clone(),
                interface: provided(&export.source, interface),
                between: Vec::new(),
                provider: None,
                both: false,
            };
            walk.follow(start, &export.source, interface)?;
        }
    }
    Ok(walk.chains)
}

/// For each node, what of it is given to others or exported.
fn given<'w>(wiring: &'w Wiring<'_>) -> Vec<Vec<&'w Source>> {
    let mut given = vec![Vec::new(); wiring.nodes.len()];
    let args = wiring.nodes.iter().flat_map(|n| n.args.values());
    let exports = wiring.exports.values().map(|export| &export.source);
    for source in args.chain(exports) {
        for node in source.nodes() {
            let of: Option<&mut Vec<&Source>> = given.get_mut(node);
            of.into_iter().for_each(|of| of.push(source));
        }
    }
    given
}

struct Walk<'w, 'a> {
    wiring: &'w Wiring<'a>,
    given: Vec<Vec<&'w Source>>,
    chains: Vec<Chain>,
}

impl Walk<'_, '_> {
    /// Whether a node exports an interface.
    fn exports(&self, node: usize, interface: &str) -> bool {
        let mut exports = self.wiring.package_of(node).world.exports.iter();
        exports.any(|(name, item)| same_interface(interface_of(name, item), interface))
    }

    /// Whether somebody uses functions of a node under another interface: those may call the
    /// interface without having been called through it.
    fn used_otherwise(&self, node: usize, interface: &str) -> bool {
        let mut given = self.given[node].iter();
        given.any(|source| self.other_use(source, node, interface))
    }

    fn other_use(&self, source: &Source, of: usize, interface: &str) -> bool {
        match source {
            Source::Import(_) => false,
            Source::Node(node) => *node == of,
            Source::Export { node, name } if *node == of => {
                let world = &self.wiring.package_of(of).world;
                world.exports.get(name).is_some_and(|item| {
                    !same_interface(interface_of(name, item), interface) && calls(&item.ty)
                })
            }
            Source::Export { .. } => false,
            Source::Member(of_source, _) => {
                !self.wiring.is_type(source) && self.other_use(of_source, of, interface)
            }
            Source::Bundle(parts) => parts
                .iter()
                .any(|(_, part)| self.other_use(part, of, interface)),
        }
    }

    fn follow(
        &mut self,
        mut chain: Chain,
        source: &Source,
        interface: &str,
    ) -> Result<(), TooManyChains> {
        let wiring = self.wiring;
        if self.chains.len() >= MAX_CHAINS {
            return Err(TooManyChains);
        }
        match source {
            Source::Import(_) => self.chains.push(chain),
            Source::Member(of, _) => self.follow(chain, of, interface)?,
            Source::Bundle(parts) => {
                let mut seen: Vec<&Source> = Vec::new();
                for (_, part) in parts.iter().filter(|(_, part)| !wiring.is_type(part)) {
                    let of = match part {
                        Source::Member(of, _) => of,
                        other => other,
                    };
                    if !seen.contains(&of) {
                        seen.push(of);
                        self.follow(chain.clone(), of, interface)?;
                    }
                }
            }
            Source::Node(node) | Source::Export { node, .. } => {
                let exported = match source {
                    Source::Export { name, .. } => {
                        let item = self.wiring.package_of(*node).world.exports.get(name);
                        item.map_or(name.as_str(), |item| interface_of(name, item))
                    }
                    _ => interface,
                };
                let inner = passes_on(wiring, *node, exported);
                if inner.is_empty() || chain.between.contains(node) {
                    chain.provider = Some(*node);
                    self.chains.push(chain);
                    return Ok(());
                }
                chain.between.push(*node);
                for source in inner {
                    self.follow(chain.clone(), source, exported)?;
                }
            }
        }
        Ok(())
    }
}

/// What a node is given for an interface that it also exports.
fn passes_on<'w>(wiring: &'w Wiring<'_>, node: usize, interface: &str) -> Vec<&'w Source> {
    let it = &wiring.nodes[node];
    let imports = wiring.packages[it.package].world.imports.iter();
    imports
        .filter_map(|(name, item)| {
            let source = it.args.get(name)?;
            let of = match named_freely(name, Some(item)) {
                true => wiring.provided(source).unwrap_or(name),
                false => interface_of(name, item),
            };
            same_interface(of, interface).then_some(source)
        })
        .collect()
}

/// Whether a node is given an interface under names of its own alone: it chooses whom it asks.
pub(super) fn hands_on(wiring: &Wiring<'_>, node: usize, interface: &str) -> bool {
    let it = &wiring.nodes[node];
    let mut imports = wiring.packages[it.package].world.imports.iter();
    !imports.any(|(name, item)| same_interface(interface_of(name, item), interface))
        && !passes_on(wiring, node, interface).is_empty()
}

/// Whether an import has a name of its own, so that only what it is given says what it is.
pub(super) fn named_freely(name: &str, item: Option<&WorldItem>) -> bool {
    name.parse::<InterfaceName>().is_err()
        && item.is_none_or(|item| item.attributes.implements.is_none())
}

/// Whether an item has anything that can be called.
fn calls(item: &ItemType) -> bool {
    match item {
        ItemType::Func(_) => true,
        ItemType::Instance(interface) => interface
            .members
            .values()
            .any(|member| !matches!(member, Member::Type(_))),
        ItemType::Type(_) => false,
        ItemType::Other(_) => true,
    }
}
