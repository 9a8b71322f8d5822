//! Which components are fused, after each edge was looked at on its own.

use super::circle::circle;
use super::model::{ProblemCode, ReasonCode};
use super::planner::{Planner, Way};
use super::targets::Wanted;
use crate::workload::profile::Limit;
use std::collections::{BTreeMap, BTreeSet};

impl Planner<'_, '_, '_> {
    /// Joins what must be, then libraries with their only users, and fuses what is in one
    /// binary anyway.
    pub(super) fn fuse(&mut self) {
        for edge in 0..self.edges.len() {
            if self.edges[edge].way == Way::Static
                && let Some(provider) = self.provider(edge)
            {
                self.join(self.edges[edge].consumer, provider);
            }
        }
        self.join_libraries();
        self.settle();
    }

    /// The node that an edge asks.
    pub(super) fn provider(&self, edge: usize) -> Option<usize> {
        match &self.edges[edge].wanted {
            Wanted::Component { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// A library with one user is fused with it: no call leaves the binary, and no state is
    /// there twice.
    fn join_libraries(&mut self) {
        let libraries = self.libraries();
        let mut users: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for edge in 0..self.edges.len() {
            if let Some(provider) = self.provider(edge).filter(|p| libraries.contains(p))
                && self.edges[edge].way != Way::Outside
            {
                users.entry(provider).or_default().push(edge);
            }
        }
        loop {
            let mut changed = false;
            for (library, edges) in &users {
                let groups: BTreeSet<usize> = edges
                    .iter()
                    .map(|edge| self.group(self.edges[*edge].consumer))
                    .collect();
                let own = self.group(*library);
                let mut groups = groups.into_iter();
                let (Some(only), None) = (groups.next(), groups.next()) else {
                    continue;
                };
                if only == own || self.kept_apart(only, own) {
                    continue;
                }
                self.join(only, own);
                for edge in edges {
                    if matches!(self.edges[*edge].way, Way::Runtime(_)) {
                        let name = self.nodes[*library].name.clone();
                        let edge = &mut self.edges[*edge];
                        edge.way = Way::Static;
                        edge.code = ReasonCode::Library;
                        edge.why = format!(
                            "`{name}` asks nothing of the outside, and nobody else uses it"
                        );
                    }
                }
                changed = true;
            }
            if !changed {
                break;
            }
        }
    }

    /// Whether rules keep members of two groups apart.
    fn kept_apart(&self, a: usize, b: usize) -> bool {
        (0..self.edges.len()).any(|edge| {
            let Some(provider) = self.provider(edge) else {
                return false;
            };
            let ends = (self.group(self.edges[edge].consumer), self.group(provider));
            self.edges[edge].apart.is_some() && (ends == (a, b) || ends == (b, a))
        })
    }

    /// A binary cannot be linked with itself: what is in one is fused.
    pub(super) fn settle(&mut self) {
        for edge in 0..self.edges.len() {
            let Some(provider) = self.provider(edge) else {
                continue;
            };
            let consumer = self.edges[edge].consumer;
            if self.group(consumer) != self.group(provider) {
                continue;
            }
            let (consumer_name, name) = (&self.nodes[consumer].name, &self.nodes[provider].name);
            match (self.edges[edge].way, self.edges[edge].apart.clone()) {
                (Way::Runtime(_), Some(apart)) => {
                    let message = format!(
                        "`{consumer_name}` is kept apart from `{name}`, but other links fuse \
                         both: {}",
                        self.chain_of(consumer, provider)
                    );
                    let help = "drop the rule, or link one of these at run time";
                    self.problem(ProblemCode::Contradiction, message, apart, Some(help));
                    self.edges[edge].way = Way::Broken;
                    self.edges[edge].code = ReasonCode::DoesNotFit;
                    self.edges[edge].why = "rules contradict each other".to_string();
                }
                (Way::Runtime(_), None) => {
                    let edge = &mut self.edges[edge];
                    edge.way = Way::Static;
                    edge.code = ReasonCode::Together;
                    edge.why = "both are in one binary for other reasons".to_string();
                }
                (Way::Outside, _) if self.edges[edge].code == ReasonCode::TypesOnly => {
                    self.edges[edge].way = Way::Static;
                    self.edges[edge].code = ReasonCode::Together;
                    self.edges[edge].why = "types of a component in the same binary".to_string();
                }
                _ => {}
            }
        }
    }

    /// Static edges that connect two nodes, for people.
    fn chain_of(&self, from: usize, to: usize) -> String {
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut todo = std::collections::VecDeque::from([from]);
        while let Some(node) = todo.pop_front() {
            if node == to {
                break;
            }
            for edge in 0..self.edges.len() {
                let Some(provider) = self.provider(edge) else {
                    continue;
                };
                if self.edges[edge].way != Way::Static {
                    continue;
                }
                let consumer = self.edges[edge].consumer;
                for (here, there) in [(consumer, provider), (provider, consumer)] {
                    if here == node && there != from && !before.contains_key(&there) {
                        before.insert(there, node);
                        todo.push_back(there);
                    }
                }
            }
        }
        let mut names = vec![format!("`{}`", self.nodes[to].name)];
        let mut at = to;
        while let Some(previous) = before.get(&at) {
            names.push(format!("`{}`", self.nodes[*previous].name));
            at = *previous;
        }
        names.reverse();
        names.join(" – ")
    }

    /// Binaries that import from each other, where the host does not allow it.
    pub(super) fn cycles(&mut self) {
        let mut needs: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for edge in 0..self.edges.len() {
            let Way::Runtime(way) = self.edges[edge].way else {
                continue;
            };
            let refuses = &self.input.profile.links[way].refuses;
            if let Some(provider) = self
                .provider(edge)
                .filter(|_| refuses.contains(&Limit::Cycle))
            {
                let consumer = self.group(self.edges[edge].consumer);
                let provider = self.group(provider);
                needs.entry(consumer).or_default().insert(provider);
            }
        }
        if let Some(circle) = circle(needs) {
            let names = circle.iter().map(|node| self.nodes[*node].name.clone());
            let names: Vec<String> = names.collect();
            let message = format!(
                "these binaries import from each other, which the host refuses: {}",
                names.join(" → ")
            );
            let help = "fuse them with `as = \"static\"`, or take one of the links out";
            self.problem(ProblemCode::Cycle, message, Vec::new(), Some(help));
        }
    }
}
