//! Rules of middleware, proven on a composition that was read from a binary.

use super::chain::{Chain, TooManyChains, chains, hands_on};
use super::plan::{EXPORT, IMPORT};
use super::prove::ProofError;
use super::required::Violation;
use super::who::{Who, around, around_at};
use super::wiring::Wiring;
use crate::base::{ByteRange, Glob, Sha256, Spanned};
use crate::workload::{InterfacePattern, Middleware, Order};
use indexmap::IndexSet;
use std::collections::HashMap;

/// An edge of rules: two instances that are no middleware, and what stands between them.
struct Edge {
    /// Names of the consumer: its own and those of compositions around it.
    consumer: Vec<String>,
    /// Names of the provider, likewise.
    provider: Vec<String>,
    /// The import, or the export of the whole.
    name: String,
    /// Middleware between them, outermost first: for each, which of the rules' components it
    /// is, by position.
    via: Vec<Vec<usize>>,
    /// Where on it each of the rules' components stands; filled when it is whole.
    places: HashMap<usize, Vec<usize>>,
    /// Structural paths of all.
    instances: Vec<String>,
}

/// A statement that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The statement or the rule in `gusset.toml`.
    pub span: ByteRange,
    /// The interface of the rule.
    pub on: String,
    /// What is wrong, and where.
    pub violation: Violation,
}

/// Proves rules on a wiring that was read from a binary. `component` says what a name means.
pub fn prove_order(
    wiring: &Wiring<'_>,
    rules: &[Middleware],
    component: &dyn Fn(&str) -> Option<Who>,
) -> Result<(), ProofError> {
    match broken_rules(wiring, rules, component).into_iter().next() {
        None => Ok(()),
        Some(broken) => Err(ProofError::Order(broken.violation.message)),
    }
}

/// Every statement of rules that does not hold: on each edge that a rule means, its component
/// is there, stands where it must, and has the company that it requires. A rule that means
/// no edge does not hold, unless it is optional.
pub fn broken_rules(
    wiring: &Wiring<'_>,
    rules: &[Middleware],
    component: &dyn Fn(&str) -> Option<Who>,
) -> Vec<Broken> {
    // Names of one component are interchangeable: each is a number among the components.
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut components: IndexSet<Who> = IndexSet::new();
    for rule in rules {
        let said_of = rule.order.iter().filter_map(|order| match &order.value {
            Order::Before(name) | Order::After(name) => Some(name),
            Order::First | Order::Last => None,
        });
        let company = rule.requires.iter().chain(&rule.conflicts);
        let company = company.map(|name| &name.value);
        let all = std::iter::once(&rule.component.value);
        for name in all.chain(said_of).chain(company) {
            if names.contains_key(name.as_str()) {
                continue;
            }
            match component(name) {
                Some(who) => names.insert(name, components.insert_full(who).0),
                None => {
                    let message = format!("no component is called `{name}`");
                    let unknown = |rule| said(rule, rule.span, message.clone(), &[]);
                    return rules.iter().map(unknown).collect();
                }
            };
        }
    }
    let mut middle = vec![false; components.len()];
    for rule in rules {
        if let Some(index) = names.get(rule.component.value.as_str()) {
            middle[*index] = true;
        }
    }
    let who = who_is(wiring, components.iter());
    let proof = Proof {
        wiring,
        names: &names,
        who,
        middle: &middle,
    };
    // Several rules are about one interface: its edges are looked for once.
    let mut edges: HashMap<&InterfacePattern, Result<Vec<Edge>, TooManyChains>> = HashMap::new();
    let mut broken = Vec::new();
    for rule in rules {
        let on = &rule.on.value;
        let edges = edges.entry(on).or_insert_with(|| proof.edges_of(on));
        broken.extend(proof.rule(rule, edges));
    }
    broken
}

/// For each node, which of some parts it is, by position.
fn who_is<'w>(wiring: &Wiring<'_>, parts: impl Iterator<Item = &'w Who>) -> Vec<Vec<usize>> {
    // Most are said by their bytes.
    let mut by_bytes: HashMap<Sha256, usize> = HashMap::new();
    let mut others: Vec<(usize, &Who)> = Vec::new();
    for (index, who) in parts.enumerate() {
        match who {
            Who::Bytes(sha256) => {
                by_bytes.insert(*sha256, index);
            }
            other => others.push((index, other)),
        }
    }
    let inner = wiring.inner.iter();
    let inner: Vec<Sha256> = inner.map(|inner| Sha256::of(inner.bytes)).collect();
    let nodes = 0..wiring.nodes.len();
    let of = |node: usize| {
        let own = wiring.package_of(node).sha256;
        let around = around_at(wiring, node).filter_map(|position| inner.get(position));
        let digests = std::iter::once(&own).chain(around);
        let found = digests.filter_map(|sha256| by_bytes.get(sha256));
        let mut found: Vec<usize> = found.copied().collect();
        let others = others.iter().filter(|(_, who)| who.is(wiring, node));
        found.extend(others.map(|(index, _)| *index));
        found.sort_unstable();
        found.dedup();
        found
    };
    nodes.map(of).collect()
}

fn said(rule: &Middleware, span: ByteRange, message: String, instances: &[String]) -> Broken {
    Broken {
        span,
        on: rule.on.value.to_string(),
        violation: Violation {
            message,
            instances: instances.to_vec(),
        },
    }
}

struct Proof<'p, 'a> {
    wiring: &'p Wiring<'a>,
    names: &'p HashMap<&'p str, usize>,
    /// Which of the components each node is, by number.
    who: Vec<Vec<usize>>,
    /// Which of the components are middleware.
    middle: &'p [bool],
}

impl Proof<'_, '_> {
    /// The edges of an interface.
    fn edges_of(&self, on: &InterfacePattern) -> Result<Vec<Edge>, TooManyChains> {
        let found = chains(self.wiring, &|interface| on.matches(interface))?;
        let found = found.iter().filter(|chain| on.matches(&chain.interface));
        let mut edges: Vec<Edge> = found.flat_map(|chain| self.edges(chain)).collect();
        for edge in &mut edges {
            for (place, who) in edge.via.iter().enumerate() {
                for index in who {
                    edge.places.entry(*index).or_default().push(place);
                }
            }
        }
        Ok(edges)
    }

    fn rule(&self, rule: &Middleware, edges: &Result<Vec<Edge>, TooManyChains>) -> Vec<Broken> {
        let name = &rule.component.value;
        let on = &rule.on.value;
        let edges = match edges {
            Ok(edges) => edges,
            Err(error) => return vec![said(rule, rule.span, format!("`{name}`: {error}"), &[])],
        };
        let mut broken = Vec::new();
        let mut met = false;
        for edge in edges {
            let means = |glob: &Option<Spanned<Glob>>, names: &[String]| {
                glob.as_ref()
                    .is_none_or(|glob| names.iter().any(|name| glob.value.matches(name)))
            };
            if means(&rule.consumer, &edge.consumer) && means(&rule.provider, &edge.provider) {
                met = true;
                self.edge(rule, edge, &mut broken);
            }
        }
        if !met && !rule.optional {
            let message = format!("`{name}` is on no edge: none of `{on}` is as the rule says");
            broken.push(said(rule, rule.span, message, &[]));
        }
        broken.dedup();
        broken
    }

    fn edge(&self, rule: &Middleware, edge: &Edge, broken: &mut Vec<Broken>) {
        let name = &rule.component.value;
        let positions = |name: &str| -> &[usize] {
            let index = self.names.get(name);
            let places = index.and_then(|index| edge.places.get(index));
            places.map_or(&[], Vec::as_slice)
        };
        let ends = |names: &[String]| names.first().cloned().unwrap_or_default();
        let shown = format!(
            "{} → {} ({})",
            ends(&edge.consumer),
            ends(&edge.provider),
            edge.name
        );
        let mut say = |span, message| broken.push(said(rule, span, message, &edge.instances));
        let own = positions(name);
        if own.is_empty() {
            say(rule.span, format!("`{name}` is not on {shown}"));
            return;
        }
        // One component may be there several times, also under two names: then one of its
        // places has to be right.
        let is = |right: &dyn Fn(usize) -> bool| own.iter().any(|place| right(*place));
        let beside = |other: &str, right: &dyn Fn(usize, usize) -> bool| {
            let others = positions(other);
            others.is_empty() || others == own || {
                let mut pairs = own
                    .iter()
                    .flat_map(|a| others.iter().map(move |b| (*a, *b)));
                pairs.any(|(place, other)| right(place, other))
            }
        };
        for statement in &rule.order {
            let holds = match &statement.value {
                Order::First => is(&|place| place == 0),
                Order::Last => is(&|place| place + 1 == edge.via.len()),
                Order::Before(other) => beside(other, &|place, other| place < other),
                Order::After(other) => beside(other, &|place, other| place > other),
            };
            if !holds {
                let words = statement.value.words();
                let message = format!("`{name}` must be `{words}`, and is not on {shown}");
                say(statement.span, message);
            }
        }
        for required in &rule.requires {
            if positions(&required.value).is_empty() {
                let message = format!(
                    "`{name}` requires `{}`, not there on {shown}",
                    required.value
                );
                say(required.span, message);
            }
        }
        for other in &rule.conflicts {
            let others = positions(&other.value);
            if !others.is_empty() && others != own {
                let message = format!("`{name}` and `{}` are both on {shown}", other.value);
                say(other.span, message);
            }
        }
    }

    /// A path, cut where a node stands that is no middleware.
    fn edges(&self, chain: &Chain) -> Vec<Edge> {
        let outer = match chain.consumer {
            // What a middleware calls by itself is no edge of its own interface.
            Some(node) if chain.both && self.who[node].iter().any(|i| self.middle[*i]) => {
                return Vec::new();
            }
            Some(node) => self.called(node),
            None => vec![EXPORT.to_string()],
        };
        let start = |consumer, from: Option<usize>| Edge {
            consumer,
            provider: Vec::new(),
            name: chain.name.clone(),
            via: Vec::new(),
            places: HashMap::new(),
            instances: from.into_iter().filter_map(|n| self.path(n)).collect(),
        };
        let mut edges = Vec::new();
        let mut edge = start(outer, chain.consumer);
        let mut before: Option<usize> = None;
        // What hands the interface on, as a router does, is no end: what stands in front of it
        // stands in front of everything behind it.
        let mut passed: Vec<String> = Vec::new();
        for node in &chain.between {
            edge.instances.extend(self.path(*node));
            let who = self.who[*node].clone();
            if who.iter().any(|index| self.middle[*index]) {
                // A middleware that is a composition has several nodes in a row.
                if !before.is_some_and(|before| self.one_composition(before, *node)) {
                    edge.via.push(who);
                }
                before = Some(*node);
            } else if hands_on(self.wiring, *node, &chain.interface) {
                passed.extend(self.called(*node));
                before = None;
            } else {
                edge.provider = self.called(*node);
                edge.provider.append(&mut passed);
                edges.push(std::mem::replace(
                    &mut edge,
                    start(self.called(*node), Some(*node)),
                ));
                before = None;
            }
        }
        edge.provider = match chain.provider {
            Some(node) => self.called(node),
            None => vec![IMPORT.to_string()],
        };
        edge.provider.append(&mut passed);
        edge.instances
            .extend(chain.provider.and_then(|n| self.path(n)));
        edges.push(edge);
        edges
    }

    fn path(&self, node: usize) -> Option<String> {
        self.wiring.nodes[node].path.clone()
    }

    /// Whether two nodes are within one composition that is a middleware as a whole.
    fn one_composition(&self, a: usize, b: usize) -> bool {
        let mut around_a = around(self.wiring, a);
        around_a.any(|outer| around(self.wiring, b).any(|other| std::ptr::eq(outer, other)))
    }

    /// Names of a node: its own, and those of the compositions around it.
    fn called(&self, node: usize) -> Vec<String> {
        let mut names = vec![self.wiring.nodes[node].name.clone()];
        names.extend(around(self.wiring, node).filter_map(|inner| inner.name.clone()));
        names
    }
}
