//! Middleware on a plan: which edges a rule means, and where its instances stand.
//!
//! A middleware is fused with what it guards, so that nobody comes by it: with the provider
//! where everybody who reaches that export passes the same middleware, else with the consumer.

use super::chain::Ends;
use super::model::{ProblemCode, ReasonCode};
use super::planner::{Edge, Planner, Way};
use super::targets::Wanted;
use crate::base::{InterfaceName, same_interface};
use crate::compose::{EXPORT, IMPORT};
use crate::workload::profile::Answer;
use crate::workload::{Instancing, Middleware};
use std::collections::{BTreeMap, BTreeSet};

/// What stands behind a middleware.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Inner {
    /// An export of a node.
    Export(usize, String),
    /// The outside, for a binary and an interface on its track.
    Outside(usize, String),
}

/// Instances that were made: of a component, in front of something, in a binary; for one per
/// edge, also the edge.
type Made = BTreeMap<(String, Inner, usize, Option<String>), (usize, String)>;

impl<'d> Planner<'_, 'd, '_> {
    /// Puts middleware on every edge that its rules mean.
    pub(super) fn guard(&mut self) {
        let rules = self.input.rules.middleware;
        if rules.is_empty() {
            return;
        }
        self.loose_middleware(rules);
        let mut made = Made::new();
        let mut matched = BTreeSet::new();
        let exports = self.guard_exports(rules, &mut made, &mut matched);
        let mut edge = 0;
        while edge < self.edges.len() {
            self.guard_edge(edge, rules, &exports, &mut made, &mut matched);
            edge += 1;
        }
        for (position, rule) in rules.iter().enumerate() {
            if !matched.contains(&position) && !rule.optional {
                let message = format!(
                    "middleware `{}` on `{}` matches no edge",
                    rule.component, rule.on.value
                );
                let help = "add `optional = true` if it may match nothing";
                let places = vec![(rule.span, String::new())];
                self.problem(ProblemCode::UnknownName, message, places, Some(help));
            }
        }
    }

    /// A middleware that is to run on its own guards nothing.
    fn loose_middleware(&mut self, rules: &[Middleware]) {
        let lists = [
            (self.input.rules.isolate, "isolate"),
            (self.input.rules.scale_separately, "scale-separately"),
        ];
        for rule in rules {
            for (list, key) in lists {
                let entry = list.iter().find(|name| name.value == rule.component.value);
                if let Some(entry) = entry {
                    let message = format!(
                        "`{}` must stand on `{}`, but `{key}` takes it out of the binary that \
                         it guards: whoever links to that by name comes by it",
                        rule.component, rule.on.value
                    );
                    let places = vec![
                        (entry.span, format!("`{}` in `{key}`", rule.component)),
                        (rule.span, "the rule".to_string()),
                    ];
                    let help = "take it out of that list: a middleware is fused with what it \
                                guards";
                    self.problem(ProblemCode::OrderViolated, message, places, Some(help));
                }
            }
        }
    }

    /// Exports that the host calls, or nobody: the middleware in front of each.
    fn guard_exports(
        &mut self,
        rules: &'d [Middleware],
        made: &mut Made,
        matched: &mut BTreeSet<usize>,
    ) -> BTreeMap<(usize, String), Vec<&'d str>> {
        let mut chains = BTreeMap::new();
        for (node, export) in self.open.clone() {
            let name = self.nodes[node].name.clone();
            let ends = Ends::new(&export, EXPORT, &name);
            let chain = self.chain(rules, ends, matched);
            let names = chain.iter().map(|rule| rule.component.value.as_str());
            chains.insert((node, export.clone()), names.collect());
            if chain.is_empty() {
                continue;
            }
            let inner = Inner::Export(node, export.clone());
            let key = format!("{EXPORT} {export}");
            let via = self.place_all(&chain, &export, inner, node, None, &key, made);
            self.fronts.push((node, export, via));
        }
        chains
    }

    /// Exports that are not only consumed inside of their binary.
    pub(super) fn open_exports(&self) -> Vec<(usize, String)> {
        let mut inside: BTreeSet<(usize, &str)> = BTreeSet::new();
        let mut across: BTreeSet<(usize, &str)> = BTreeSet::new();
        for edge in &self.edges {
            if let Wanted::Component { node, export } = &edge.wanted {
                match edge.way {
                    Way::Static => inside.insert((*node, export.as_str())),
                    _ => across.insert((*node, export.as_str())),
                };
            }
        }
        let mut open = Vec::new();
        for (position, node) in self.nodes.iter().enumerate().filter(|(_, n)| !n.middleware) {
            for (export, item) in &self.part(position).package.world.exports {
                let key = (position, export.as_str());
                let implements = item.attributes.implements.as_deref();
                let called = self.input.profile.export(export, implements);
                let called = matches!(called, Answer::Yes(..));
                let chosen = self.chosen_export(export);
                let open_here = match &chosen {
                    Some(name) => *name == node.name,
                    None if inside.contains(&key) => false,
                    None => called || !across.contains(&key),
                };
                if open_here {
                    open.push((position, export.clone()));
                }
            }
        }
        open
    }

    /// The component that a `[[link]]` names for an export of the whole.
    pub(super) fn chosen_export(&self, export: &str) -> Option<String> {
        let mut links = self.input.rules.links.iter();
        let link = links
            .find(|link| link.consumer.value == EXPORT && link.import.value.matches(export))?;
        Some(link.provider.value.clone())
    }

    fn guard_edge(
        &mut self,
        edge: usize,
        rules: &'d [Middleware],
        exports: &BTreeMap<(usize, String), Vec<&'d str>>,
        made: &mut Made,
        matched: &mut BTreeSet<usize>,
    ) {
        let it = &self.edges[edge];
        if matches!(it.code, ReasonCode::Middleware | ReasonCode::TypesOnly)
            || it.way == Way::Broken
        {
            return;
        }
        let (consumer, import, way) = (it.consumer, it.import.clone(), it.way);
        let item = self.item(consumer, &import);
        let implements = item.and_then(|item| item.attributes.implements.clone());
        let mut interface = implements.unwrap_or_else(|| import.clone());
        // A link between two names is an edge of what is provided.
        if let Wanted::Component { export, .. } = &it.wanted
            && !same_interface(&interface, export)
        {
            interface.clone_from(export);
        }
        let consumer_name = self.component(consumer).to_string();
        let (inner, provider_name) = match it.wanted.clone() {
            Wanted::Component { node, export } => {
                let name = self.nodes[node].name.clone();
                (Inner::Export(node, export), name)
            }
            Wanted::Host { .. } => {
                let group = self.group(consumer);
                (Inner::Outside(group, track(&interface)), IMPORT.to_string())
            }
            _ => return,
        };
        let mut ends = Ends::new(&interface, &consumer_name, &provider_name);
        ends.passes = self.passes_on(consumer, &import, &interface);
        let chain = self.chain(rules, ends, matched);
        if chain.is_empty() {
            return;
        }
        let key = format!("{} {import}", self.nodes[consumer].name);
        let front = match (&inner, way) {
            (Inner::Export(node, export), Way::Runtime(_)) => {
                self.common_front(rules, *node, export, &chain, exports)
            }
            _ => false,
        };
        if let (true, Inner::Export(node, export)) = (front, &inner) {
            let (node, export) = (*node, export.clone());
            let known = self
                .fronts
                .iter()
                .find(|(n, e, _)| (*n, e) == (node, &export));
            let via = match known {
                Some((_, _, via)) => via.clone(),
                None => {
                    let via = self.place_all(&chain, &interface, inner, node, None, &key, made);
                    self.fronts.push((node, export, via.clone()));
                    via
                }
            };
            self.retarget(edge, &interface, via, None);
            return;
        }
        // Fused with the consumer: the innermost crosses, if anything does.
        let crossing = match way {
            Way::Runtime(_) => Some(self.edges[edge].clone()),
            _ => None,
        };
        let via = self.place_all(&chain, &interface, inner, consumer, crossing, &key, made);
        self.retarget(edge, &interface, via, Some(Way::Static));
    }

    /// Whether everybody who reaches an export passes the same middleware.
    fn common_front(
        &self,
        rules: &[Middleware],
        node: usize,
        export: &str,
        chain: &[&Middleware],
        exports: &BTreeMap<(usize, String), Vec<&'d str>>,
    ) -> bool {
        let names: Vec<&str> = chain
            .iter()
            .map(|rule| rule.component.value.as_str())
            .collect();
        if let Some(open) = exports.get(&(node, export.to_string()))
            && *open != names
        {
            return false;
        }
        let all = chain.iter().all(|rule| {
            let everybody = rule.consumer.as_ref().is_none_or(|glob| {
                let mut users = self.edges.iter().filter(|edge| {
                    matches!(&edge.wanted, Wanted::Component { node: n, export: e }
                        if *n == node && e == export)
                });
                users.all(|edge| glob.value.matches(self.component(edge.consumer)))
            });
            everybody && rule.instance == Instancing::Shared
        });
        // A rule that means other consumers of the same export would be missed here.
        let mut others = rules.iter().filter(|rule| {
            rule.on.value.matches(export) && !names.contains(&rule.component.value.as_str())
        });
        all && others.all(|rule| rule.consumer.is_none())
    }

    /// Points an edge at the outermost middleware.
    fn retarget(&mut self, edge: usize, interface: &str, via: Vec<usize>, way: Option<Way>) {
        let Some(outer) = via.first().copied() else {
            return;
        };
        let Some(export) = self.side(outer, interface, false) else {
            return;
        };
        let it = &mut self.edges[edge];
        it.wanted = Wanted::Component {
            node: outer,
            export,
        };
        it.via = via;
        if let Some(way) = way {
            it.way = way;
            it.code = ReasonCode::Middleware;
            it.why = "a middleware is fused with its consumer here".to_string();
            it.carried = None;
        }
    }

    /// The import or export of a node that is about an interface.
    pub(super) fn side(&self, node: usize, interface: &str, import: bool) -> Option<String> {
        let world = &self.part(node).package.world;
        let items = match import {
            true => &world.imports,
            false => &world.exports,
        };
        let found = items.iter().find(|(name, item)| {
            item.attributes.implements.is_none() && same_interface(interface, name)
        });
        found.map(|(name, _)| name.clone())
    }

    /// Instances of a chain in front of something, fused with a node. The innermost takes over
    /// `crossing`, an edge to another binary.
    #[allow(clippy::too_many_arguments)] // One call for each side of an edge.
    fn place_all(
        &mut self,
        chain: &[&Middleware],
        interface: &str,
        inner: Inner,
        with: usize,
        crossing: Option<Edge>,
        key: &str,
        made: &mut Made,
    ) -> Vec<usize> {
        let mut via = Vec::new();
        let mut inner = inner;
        let mut crossing = crossing;
        for rule in chain.iter().rev() {
            let component = rule.component.value.clone();
            let per_edge = (rule.instance == Instancing::PerEdge).then(|| key.to_string());
            let made_key = (component.clone(), inner.clone(), self.group(with), per_edge);
            let node = match made.get(&made_key) {
                Some((node, _)) => *node,
                None => {
                    let Some(node) = self.place(rule, interface, &inner, crossing.clone()) else {
                        return Vec::new();
                    };
                    self.join(node, with);
                    made.insert(made_key, (node, interface.to_string()));
                    node
                }
            };
            let Some(export) = self.side(node, interface, false) else {
                return Vec::new();
            };
            inner = Inner::Export(node, export);
            crossing = None;
            via.insert(0, node);
        }
        via
    }

    fn place(
        &mut self,
        rule: &Middleware,
        interface: &str,
        inner: &Inner,
        crossing: Option<Edge>,
    ) -> Option<usize> {
        let component = &rule.component.value;
        let part = self
            .input
            .parts
            .iter()
            .position(|part| part.name == *component)?;
        let world = &self.input.parts[part].package.world;
        let has = |items: &indexmap::IndexMap<String, crate::binary::world::WorldItem>| {
            items.iter().any(|(name, item)| {
                item.attributes.implements.is_none() && same_interface(interface, name)
            })
        };
        for (there, lacks) in [
            (has(&world.imports), "import"),
            (has(&world.exports), "export"),
        ] {
            if !there {
                let message =
                    format!("`{component}` cannot stand on `{interface}`: it does not {lacks} it");
                let places = vec![(rule.component.span, String::new())];
                self.problem(ProblemCode::OrderViolated, message, places, None);
                return None;
            }
        }
        let node = self.add_node(self.free_name(component), part, true);
        let import = self.side(node, interface, true)?;
        let wanted = match inner {
            Inner::Export(node, export) => Wanted::Component {
                node: *node,
                export: export.clone(),
            },
            Inner::Outside(..) => Wanted::Host { near: Vec::new() },
        };
        let why = "a middleware is fused with what it guards".to_string();
        let edge = match (crossing, inner) {
            (Some(crossing), _) => Edge {
                consumer: node,
                import: import.clone(),
                apart: None,
                ..crossing
            },
            (None, inner) => Edge {
                consumer: node,
                import: import.clone(),
                wanted,
                way: match inner {
                    Inner::Export(..) => Way::Static,
                    Inner::Outside(..) => Way::Outside,
                },
                code: ReasonCode::Middleware,
                why,
                refusals: Vec::new(),
                carried: None,
                via: Vec::new(),
                apart: None,
            },
        };
        self.edges.push(Edge {
            code: ReasonCode::Middleware,
            ..edge
        });
        self.add_edges(node, Some(&import));
        Some(node)
    }

    fn free_name(&self, base: &str) -> String {
        let taken = |name: &str| self.nodes.iter().any(|node| node.name == name);
        let mut name = base.to_string();
        let mut number = 2usize;
        while taken(&name) {
            name = format!("{base}-{number}");
            number += 1;
        }
        name
    }
}

/// An interface and its version track.
fn track(interface: &str) -> String {
    match interface.parse::<InterfaceName>() {
        Ok(name) => format!(
            "{}@{}",
            name.unversioned(),
            name.track().unwrap_or_default()
        ),
        Err(_) => interface.to_string(),
    }
}
