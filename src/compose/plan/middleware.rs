//! Middleware: which edges a rule means, in which order it stands there, and its instances.

use super::super::chain::named_freely;
use super::super::wiring::{Package, Source, interface_of};
use super::connect::find;
use super::{EXPORT, Edge, IMPORT, PlanError, Planner, order};
use crate::base::{InterfaceName, same_interface};
use crate::binary::world::WorldItem;
use crate::workload::{Instancing, Middleware};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// One side of an edge: who consumes, and under which name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Consumer {
    /// An import of a node.
    Node(usize, String),
    /// An export of the whole.
    Export(String),
}

/// Instances that were made: of a middleware, in front of a source (`None` for the outside);
/// for one per edge, also the edge.
type Made = HashMap<(String, Option<Source>, Option<Consumer>), (usize, String)>;

impl<'a> Planner<'_, 'a> {
    /// Puts the middleware on every edge that its rules mean.
    pub(super) fn insert_middleware(&mut self) {
        let mut made = Made::new();
        let mut matched = HashSet::new();
        let mut todo: VecDeque<Consumer> = VecDeque::new();
        for (number, node) in self.wiring.nodes.iter().enumerate() {
            let imports = self.wiring.packages[node.package].world.imports.keys();
            todo.extend(imports.map(|name| Consumer::Node(number, name.clone())));
        }
        todo.extend(
            self.wiring
                .exports
                .keys()
                .map(|n| Consumer::Export(n.clone())),
        );
        while let Some(consumer) = todo.pop_front() {
            self.edge(consumer, &mut made, &mut matched, &mut todo);
        }
        for (position, rule) in self.middleware.iter().enumerate() {
            if !matched.contains(&position) && !rule.optional {
                self.unmatched(rule);
            }
        }
        // Exports of the whole come last.
        self.edges.sort_by_key(|edge| edge.consumer == EXPORT);
    }

    fn unmatched(&mut self, rule: &Middleware) {
        let on = &rule.on.value;
        let mut consumers: Vec<String> = Vec::new();
        for node in &self.wiring.nodes {
            let imports = &self.wiring.packages[node.package].world.imports;
            if imports.keys().any(|name| on.matches(name)) {
                consumers.push(format!("`{}`", node.name));
            }
        }
        let exported = self.wiring.exports.keys().any(|name| on.matches(name));
        let why = match (consumers.is_empty(), exported) {
            (true, false) => format!("nothing imports or exports `{on}`"),
            (true, true) => format!("`{on}` is only exported, and `where` means other edges"),
            _ => format!(
                "`{on}` is imported by {}, and `where` means other edges",
                consumers.join(", ")
            ),
        };
        self.errors.push(PlanError::Unmatched {
            component: rule.component.value.clone(),
            why,
            span: rule.span,
        });
    }

    fn source_of(&self, consumer: &Consumer) -> Option<Source> {
        match consumer {
            Consumer::Node(node, name) => self.wiring.nodes[*node].args.get(name).cloned(),
            Consumer::Export(name) => self.wiring.exports.get(name).map(|e| e.source.clone()),
        }
    }

    /// The interface of an edge and what the consumer calls itself.
    fn describe(&self, consumer: &Consumer) -> (String, String, String) {
        match consumer {
            Consumer::Node(node, name) => {
                let world = &self.wiring.package_of(*node).world;
                let interface = world.imports.get(name).map(|item| interface_of(name, item));
                let interface = interface.unwrap_or(name);
                // A link between two names is an edge of what is provided: that is what a
                // middleware has to stand before.
                let provided = match self.wiring.nodes[*node].args.get(name) {
                    Some(source) => self.wiring.provided(source),
                    None => None,
                };
                let provided = provided.filter(|p| !same_interface(p, interface));
                let interface = provided.unwrap_or(interface).to_string();
                (self.name(*node), name.clone(), interface)
            }
            Consumer::Export(name) => {
                let export = self.wiring.exports.get(name);
                let implements = export.and_then(|e| e.attributes.implements.as_deref());
                // A link may have given it another name.
                let provided = || self.wiring.provided(&export?.source);
                let interface = implements.or_else(provided).unwrap_or(name).to_string();
                (EXPORT.to_string(), name.clone(), interface)
            }
        }
    }

    fn edge(
        &mut self,
        consumer: Consumer,
        made: &mut Made,
        matched: &mut HashSet<usize>,
        todo: &mut VecDeque<Consumer>,
    ) {
        let source = self.source_of(&consumer);
        let (who, name, interface) = self.describe(&consumer);
        let provider = match &source {
            Some(source) => self.provider(source),
            None => IMPORT.to_string(),
        };
        let mut edge = Edge {
            consumer: who.clone(),
            name,
            provider: provider.clone(),
            via: Vec::new(),
        };
        let own = match &consumer {
            Consumer::Node(node, _) => self.middleware_name(*node),
            Consumer::Export(_) => None,
        };
        let passes = self.passes_on(&consumer, &interface);
        let all = self.middleware;
        let mut rules: Vec<&Middleware> = Vec::new();
        for (position, rule) in all.iter().enumerate() {
            let side = |glob: &Option<crate::base::Spanned<crate::base::Glob>>, name: &str| {
                glob.as_ref().is_none_or(|glob| glob.value.matches(name))
            };
            let component = &rule.component.value;
            let outer = passes && side(&rule.consumer, EXPORT);
            if !rule.on.value.matches(&interface)
                || !(side(&rule.consumer, &who) || outer)
                || !side(&rule.provider, &provider)
                || own.as_ref() == Some(component)
            {
                continue;
            }
            // It stands in front of the component that hands on, so for all behind it.
            if passes && side(&rule.provider, &who) {
                continue;
            }
            matched.insert(position);
            let there = || rules.iter().any(|r| r.component.value == *component);
            if !(rule.unique && there()) {
                rules.push(rule);
            }
        }
        let where_ = format!("{} → {provider} ({interface})", edge.consumer);
        self.company(&rules, &where_);
        let chain = match order(&rules) {
            Ok(chain) => chain,
            Err(circle) => {
                let error = PlanError::Contradiction(circle);
                if !self.errors.contains(&error) {
                    self.errors.push(error);
                }
                return;
            }
        };
        let mut inner = source;
        for rule in chain.iter().rev() {
            let placed = self.place(rule, &interface, inner, &consumer, made, todo);
            let Some((node, export)) = placed else {
                return;
            };
            edge.via.insert(0, self.name(node));
            inner = Some(Source::Export { node, name: export });
        }
        if let (Some(source), false) = (inner, chain.is_empty()) {
            match &consumer {
                Consumer::Node(node, name) => {
                    self.open.retain(|(n, i)| (n, i) != (node, name));
                    let args = &mut self.wiring.nodes[*node].args;
                    args.insert(name.clone(), source);
                }
                Consumer::Export(name) => {
                    if let Some(export) = self.wiring.exports.get_mut(name) {
                        export.source = source;
                    }
                }
            }
        }
        self.edges.push(edge);
    }

    /// Whether a node hands on, by an import with a name of its own, an interface that it
    /// exports, as a router does.
    fn passes_on(&self, consumer: &Consumer, interface: &str) -> bool {
        let Consumer::Node(node, name) = consumer else {
            return false;
        };
        let world = &self.wiring.package_of(*node).world;
        named_freely(name, world.imports.get(name)) && find(&world.exports, interface).is_some()
    }

    /// The middleware that a node is an instance of.
    fn middleware_name(&self, node: usize) -> Option<String> {
        let sha256 = self.wiring.package_of(node).sha256;
        let spare = self.spare.iter().find(|(_, p)| p.sha256 == sha256);
        spare.map(|(name, _)| name.clone())
    }

    /// `requires` and `conflicts`.
    fn company(&mut self, rules: &[&Middleware], edge: &str) {
        let there = |name: &str| rules.iter().any(|rule| rule.component.value == name);
        for rule in rules {
            let component = rule.component.value.clone();
            for required in rule.requires.iter().filter(|name| !there(&name.value)) {
                self.errors.push(PlanError::Requires {
                    component: component.clone(),
                    edge: edge.to_string(),
                    required: required.value.clone(),
                    span: required.span,
                });
            }
            for other in rule.conflicts.iter().filter(|name| there(&name.value)) {
                self.errors.push(PlanError::Conflicts {
                    component: component.clone(),
                    edge: edge.to_string(),
                    other: other.value.clone(),
                    span: other.span,
                });
            }
        }
    }

    /// An instance of a middleware in front of a source: the node, and the export that
    /// stands for the source.
    fn place(
        &mut self,
        rule: &Middleware,
        interface: &str,
        inner: Option<Source>,
        consumer: &Consumer,
        made: &mut Made,
        todo: &mut VecDeque<Consumer>,
    ) -> Option<(usize, String)> {
        let component = rule.component.value.clone();
        let per_edge = rule.instance == Instancing::PerEdge;
        let outside = inner.is_none().then(|| version_of(interface));
        let key = match (&inner, per_edge) {
            // Requests to the outside are told apart by interface.
            (None, _) => (
                format!("{component} {}", outside.unwrap_or_default()),
                None,
                per_edge.then(|| consumer.clone()),
            ),
            _ => (
                component.clone(),
                inner.clone(),
                per_edge.then(|| consumer.clone()),
            ),
        };
        if let Some(done) = made.get(&key) {
            return Some(done.clone());
        }
        let package: Package<'a> = self.spare.get(&component)?.clone();
        let side = |items: &indexmap::IndexMap<String, WorldItem>, lacks| {
            let found = find(items, interface).map(|(name, _)| name.to_string());
            found.ok_or(PlanError::NoMiddleware {
                component: component.clone(),
                interface: interface.to_string(),
                lacks,
                span: rule.component.span,
            })
        };
        let world = Arc::clone(&package.world);
        let (import, export) = match (
            side(&world.imports, "import"),
            side(&world.exports, "export"),
        ) {
            (Ok(import), Ok(export)) => (import, export),
            (Err(error), _) | (_, Err(error)) => {
                if !self.errors.contains(&error) {
                    self.errors.push(error);
                }
                return None;
            }
        };
        let node = self.add_node(&component, &package);
        match inner {
            Some(source) => {
                let args = &mut self.wiring.nodes[node].args;
                args.insert(import.clone(), source);
            }
            None => self.open.push((node, import.clone())),
        }
        self.connect_node(node, Some(&import));
        // What it imports besides is an edge like any other.
        let others = world.imports.keys().filter(|name| **name != import);
        todo.extend(others.map(|name| Consumer::Node(node, name.clone())));
        made.insert(key, (node, export.clone()));
        Some((node, export))
    }
}

/// The interface and its version track.
fn version_of(interface: &str) -> String {
    match interface.parse::<InterfaceName>() {
        Ok(name) => format!(
            "{}@{}",
            name.unversioned(),
            name.track().unwrap_or_default()
        ),
        Err(_) => interface.to_string(),
    }
}
