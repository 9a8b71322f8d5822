//! Which rules of middleware mean an edge, and in which order.

use super::model::ProblemCode;
use super::planner::Planner;
use crate::base::{Glob, InterfaceName, Spanned};
use crate::compose::{EXPORT, order};
use crate::workload::Middleware;
use std::collections::BTreeSet;

/// What rules look at: who consumes an interface of whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends<'e> {
    interface: &'e str,
    consumer: &'e str,
    provider: &'e str,
    /// Whether the consumer hands the interface on, as a router does.
    pub(super) passes: bool,
}

impl<'e> Ends<'e> {
    pub(super) fn new(interface: &'e str, consumer: &'e str, provider: &'e str) -> Ends<'e> {
        Ends {
            interface,
            consumer,
            provider,
            passes: false,
        }
    }

    /// Whether a rule means the edge.
    fn meant(&self, rule: &Middleware) -> bool {
        let side = |glob: &Option<Spanned<Glob>>, name: &str| {
            glob.as_ref().is_none_or(|glob| glob.value.matches(name))
        };
        let consumer =
            side(&rule.consumer, self.consumer) || self.passes && side(&rule.consumer, EXPORT);
        // What stands in front of the one that hands on is there for all behind it.
        let in_front = self.passes && side(&rule.provider, self.consumer);
        rule.component.value != self.consumer
            && rule.on.value.matches(self.interface)
            && consumer
            && side(&rule.provider, self.provider)
            && !in_front
    }
}

impl<'d> Planner<'_, 'd, '_> {
    /// The rules that mean an edge, outermost first.
    pub(super) fn chain(
        &mut self,
        rules: &'d [Middleware],
        ends: Ends<'_>,
        matched: &mut BTreeSet<usize>,
    ) -> Vec<&'d Middleware> {
        let mut chain: Vec<&Middleware> = Vec::new();
        for (position, rule) in rules.iter().enumerate() {
            if !ends.meant(rule) {
                continue;
            }
            matched.insert(position);
            let there = chain
                .iter()
                .any(|r| r.component.value == rule.component.value);
            if !(rule.unique && there) {
                chain.push(rule);
            }
        }
        let Ends {
            interface,
            consumer,
            provider,
            ..
        } = ends;
        let edge = format!("{consumer} → {provider} ({interface})");
        let there = |name: &str| chain.iter().any(|rule| rule.component.value == name);
        let mut wrong = Vec::new();
        for rule in &chain {
            for required in rule.requires.iter().filter(|name| !there(&name.value)) {
                let what = format!(
                    "`{}` on {edge} requires `{required}`, which is not there",
                    rule.component
                );
                wrong.push((what, required.span));
            }
            for other in rule.conflicts.iter().filter(|name| there(&name.value)) {
                let what = format!(
                    "`{}` and `{other}` must not both be on {edge}",
                    rule.component
                );
                wrong.push((what, other.span));
            }
        }
        for (message, span) in wrong {
            let places = vec![(span, String::new())];
            self.problem(ProblemCode::OrderViolated, message, places, None);
        }
        match order(&chain) {
            Ok(chain) => chain,
            Err(circle) => {
                let places = circle.iter().map(|before| {
                    let text = format!(
                        "`{}` of `{}`: `{}` must come before `{}`",
                        before.statement, before.of, before.outer, before.inner
                    );
                    (before.span, text)
                });
                let message = "these ordering rules contradict each other".to_string();
                let places = places.collect();
                let help = "drop one of these statements";
                self.problem(ProblemCode::Contradiction, message, places, Some(help));
                Vec::new()
            }
        }
    }

    /// Whether a node hands on, by an import with a name of its own, an interface that it
    /// exports, as a router does.
    pub(super) fn passes_on(&self, node: usize, import: &str, interface: &str) -> bool {
        let label = self.item(node, import);
        let label = label.is_some_and(|item| item.attributes.implements.is_some());
        let named = import.parse::<InterfaceName>().is_err() && !label;
        named && self.side(node, interface, false).is_some()
    }
}
