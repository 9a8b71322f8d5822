//! Types of all edges, who each resource is, circles and limits.

use super::super::fit::{Place, fits_renamed};
use super::super::wiring::Source;
use super::{PlanError, Planner};
use crate::binary::world::{ItemType, Side, TypePath};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many components and core modules hosts and validators accept in one component,
/// together and at any depth.
const MAX_PARTS: usize = 1_000;

/// How many instances they accept, aliases, imports and exports of instances included.
const MAX_INSTANCES: usize = 1_000;

/// Where a resource type comes into being.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// Outside, at an import of the whole.
    Outside(TypePath),
    /// In a node.
    Node(usize, TypePath),
    /// Not followed.
    Unknown,
}

impl Planner<'_, '_> {
    pub(super) fn check(&mut self) {
        if let Err(cycle) = self.wiring.order() {
            let mut names: Vec<String> = cycle.iter().map(|node| self.name(*node)).collect();
            names.extend(names.first().cloned());
            self.errors.push(PlanError::Cycle(names));
            return;
        }
        for node in 0..self.wiring.nodes.len() {
            let args = self.wiring.nodes[node].args.clone();
            for (name, source) in &args {
                self.check_edge(node, name, source);
            }
        }
    }

    fn check_edge(&mut self, node: usize, name: &str, source: &Source) {
        let Source::Export {
            node: provider,
            name: export,
        } = source
        else {
            // Imports of the whole were joined from what the nodes expect.
            return;
        };
        let world = Arc::clone(&self.wiring.package_of(node).world);
        let provided = Arc::clone(&self.wiring.package_of(*provider).world);
        let consumer_place = Place {
            world: &world,
            side: Side::Import,
            name,
        };
        let provider_place = Place {
            world: &provided,
            side: Side::Export,
            name: export,
        };
        let renames = self.renames.get(&(node, name.to_string()));
        let renames = renames.map_or(&[][..], Vec::as_slice);
        let pairs = match fits_renamed(consumer_place, provider_place, renames) {
            Ok(pairs) => pairs,
            Err(mismatch) => {
                self.errors.push(PlanError::Type {
                    consumer: self.name(node),
                    import: name.to_string(),
                    provider: self.name(*provider),
                    mismatch: Box::new(mismatch),
                });
                return;
            }
        };
        let mut said = BTreeSet::new();
        for (here, there) in pairs {
            let expected = self.origin(node, &here, 0);
            let found = self.origin(*provider, &there, 0);
            if expected != found && said.insert(here.clone()) {
                self.errors.push(PlanError::Resource {
                    resource: here.name().into(),
                    import: name.into(),
                    consumer: self.name(node).into(),
                    expected: self.origin_words(&expected).into(),
                    provider: self.name(*provider).into(),
                    found: self.origin_words(&found).into(),
                });
            }
        }
    }

    fn origin(&self, node: usize, path: &TypePath, depth: usize) -> Origin {
        let path = self.wiring.package_of(node).world.origin(path);
        if path.side == Side::Export {
            return Origin::Node(node, path.clone());
        }
        // Every step goes to another node, and nodes are in no circle.
        if depth > self.wiring.nodes.len() {
            return Origin::Unknown;
        }
        match self.wiring.nodes[node].args.get(&path.item) {
            Some(source) => self.source_origin(source, path.member.as_deref(), depth + 1),
            None => Origin::Unknown,
        }
    }

    fn source_origin(&self, source: &Source, member: Option<&str>, depth: usize) -> Origin {
        let at = |side, item: &str| TypePath {
            side,
            item: item.to_string(),
            member: member.map(str::to_string),
        };
        match (source, member) {
            (Source::Import(name), _) => {
                let path = at(Side::Import, name);
                Origin::Outside(self.wiring.world.origin(&path).clone())
            }
            (Source::Export { node, name }, _) => {
                self.origin(*node, &at(Side::Export, name), depth)
            }
            (Source::Node(node), Some(member)) => {
                let path = TypePath {
                    side: Side::Export,
                    item: member.to_string(),
                    member: None,
                };
                self.origin(*node, &path, depth)
            }
            (Source::Member(of, name), None) => self.source_origin(of, Some(name), depth),
            (Source::Bundle(parts), Some(member)) => {
                match parts.iter().find(|(name, _)| name == member) {
                    Some((_, part)) => self.source_origin(part, None, depth),
                    None => Origin::Unknown,
                }
            }
            _ => Origin::Unknown,
        }
    }

    fn origin_words(&self, origin: &Origin) -> String {
        match origin {
            Origin::Outside(path) => format!("outside (`{}`)", path.item),
            Origin::Node(node, _) => format!("`{}`", self.name(*node)),
            Origin::Unknown => "an unknown place".to_string(),
        }
    }

    pub(super) fn check_limits(&mut self) {
        let used: BTreeSet<usize> = self.wiring.nodes.iter().map(|n| n.package).collect();
        let parts = used
            .iter()
            .map(|p| self.wiring.packages[*p].parts)
            .sum::<usize>()
            + 1;
        let counts = [
            ("components and core modules", parts, MAX_PARTS),
            ("instances", self.instances(), MAX_INSTANCES),
        ];
        for (what, found, limit) in counts {
            if found > limit {
                self.errors.push(PlanError::Limit { what, found, limit });
            }
        }
    }

    /// Entries of the index space of instances, as the encoder fills it.
    fn instances(&self) -> usize {
        let is_instance = |source: &Source| match source {
            Source::Export { node, name } => {
                let exports = &self.wiring.package_of(*node).world.exports;
                let item = exports.get(name).map(|item| &item.ty);
                matches!(item, Some(ItemType::Instance(_)))
            }
            Source::Bundle(_) => true,
            _ => false,
        };
        let args = self.wiring.nodes.iter().flat_map(|node| node.args.values());
        let exports = self.wiring.exports.values().map(|export| &export.source);
        let sources: BTreeSet<&Source> = args.chain(exports.clone()).collect();
        let imports = self.wiring.world.imports.values();
        let imports = imports.filter(|item| matches!(item.ty, ItemType::Instance(_)));
        imports.count()
            + self.wiring.nodes.len()
            + sources.into_iter().filter(|s| is_instance(s)).count()
            + exports.filter(|s| is_instance(s)).count()
    }
}
