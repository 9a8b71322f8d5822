//! Rules of middleware, held against a finished plan.
//!
//! The planner puts middleware in; this looks only at what stands in the plan: whatever is
//! linked, at run time or in one binary, exported, or left to the host. It shares nothing with
//! the planner, so that it also judges plans that were read from a file.

use super::model::ReasonCode;
use super::model::{Decision, LinkPlan, PlanProblem, PlannedEdge, ProblemCode, ProblemPlace};
use crate::base::{ByteRange, Glob, Spanned, same_interface};
use crate::compose::{EXPORT, IMPORT};
use crate::workload::{Middleware, Order};

/// More steps than this are not followed; a plan has no circle of middleware.
const MAX_STEPS: usize = 1_000;

/// A way from who consumes an interface to who provides it.
#[derive(Clone, Debug)]
struct Way<'p> {
    interface: &'p str,
    consumer: &'p str,
    /// Middleware between, outermost first.
    via: Vec<&'p str>,
    /// The provider, and what hands the interface on to it.
    provider: Vec<&'p str>,
    /// How it is linked where it leaves a binary, for people.
    how: &'static str,
}

/// Statements of rules that do not hold on a plan.
pub fn order_violations(plan: &LinkPlan, rules: &[Middleware]) -> Vec<PlanProblem> {
    if rules.is_empty() {
        return Vec::new();
    }
    let walk = Walk { plan, rules };
    let mut found = Vec::new();
    for way in walk.ways() {
        for rule in rules.iter().filter(|rule| way.meant(rule)) {
            for (span, message) in way.broken(rule) {
                let problem = PlanProblem {
                    code: ProblemCode::OrderViolated,
                    message,
                    places: vec![ProblemPlace {
                        start: span.start,
                        end: span.end,
                        text: String::new(),
                    }],
                    help: Some("make the plan again with `gusset plan`".to_string()),
                };
                if !found.contains(&problem) {
                    found.push(problem);
                }
            }
        }
    }
    found
}

struct Walk<'p> {
    plan: &'p LinkPlan,
    rules: &'p [Middleware],
}

impl<'p> Walk<'p> {
    fn component(&self, instance: &'p str) -> &'p str {
        self.plan.component_of(instance).unwrap_or(instance)
    }

    fn is_middleware(&self, instance: &'p str) -> bool {
        let component = self.component(instance);
        self.rules
            .iter()
            .any(|rule| rule.component.value == component)
    }

    /// Whether gusset made an instance to choose between others.
    fn is_router(&self, instance: &'p str) -> bool {
        let component = self.component(instance);
        let mut made = self.plan.components.iter().filter(|one| one.generated);
        made.any(|one| one.name == component)
    }

    fn edges(&self, of: &'p str) -> impl Iterator<Item = &'p PlannedEdge> {
        self.plan
            .edges
            .iter()
            .filter(move |edge| edge.consumer == of)
    }

    /// What an edge is about: the interface of the import, or of what a link gives it.
    fn interface(edge: &'p PlannedEdge) -> &'p str {
        let own = edge.implements.as_deref().unwrap_or(&edge.import);
        match edge.decision.target() {
            Some(target) if !same_interface(own, &target.export) => &target.export,
            _ => own,
        }
    }

    /// Every way of every interface.
    fn ways(&self) -> Vec<Way<'p>> {
        let mut ways = Vec::new();
        for edge in &self.plan.edges {
            let interface = Self::interface(edge);
            let own = self.rules.iter().any(|rule| {
                rule.component.value == self.component(&edge.consumer)
                    && rule.on.value.matches(interface)
            });
            let nothing = edge.reason.code == ReasonCode::TypesOnly
                || matches!(
                    edge.decision,
                    Decision::Unsatisfied | Decision::Virtual { .. }
                );
            if own || nothing || self.is_router(&edge.consumer) {
                continue;
            }
            let way = Way {
                interface,
                consumer: self.component(&edge.consumer),
                via: Vec::new(),
                provider: Vec::new(),
                how: "fused",
            };
            self.follow(way, edge, &mut ways, 0);
        }
        for export in self.plan.groups.iter().flat_map(|group| &group.exports) {
            if !export.called_by_host && !export.consumers.is_empty() {
                continue;
            }
            let way = Way {
                interface: &export.name,
                consumer: EXPORT,
                via: Vec::new(),
                provider: Vec::new(),
                how: "called by the host",
            };
            self.enter(way, &export.instance, &mut ways, 0);
        }
        ways
    }

    fn follow(
        &self,
        mut way: Way<'p>,
        edge: &'p PlannedEdge,
        ways: &mut Vec<Way<'p>>,
        step: usize,
    ) {
        match &edge.decision {
            Decision::Workload(_) => way.how = "linked at run time",
            Decision::Rpc(_) => way.how = "linked over a network",
            Decision::Host(_) | Decision::Provider { .. } => way.how = "served by the host",
            _ => {}
        }
        match edge.decision.target() {
            Some(target) => self.enter(way, &target.provider, ways, step),
            None => {
                way.provider.push(IMPORT);
                ways.push(way);
            }
        }
    }

    fn enter(&self, mut way: Way<'p>, instance: &'p str, ways: &mut Vec<Way<'p>>, step: usize) {
        let same = |edge: &&'p PlannedEdge| same_interface(Self::interface(edge), way.interface);
        let inner: Vec<&PlannedEdge> = self.edges(instance).filter(same).collect();
        let passes = self.is_middleware(instance) || self.is_router(instance);
        if !passes || inner.is_empty() || step > MAX_STEPS {
            way.provider.insert(0, self.component(instance));
            ways.push(way);
            return;
        }
        match self.is_middleware(instance) {
            true => way.via.push(self.component(instance)),
            false => way.provider.push(self.component(instance)),
        }
        for edge in inner {
            self.follow(way.clone(), edge, ways, step + 1);
        }
    }
}

impl Way<'_> {
    fn meant(&self, rule: &Middleware) -> bool {
        let side = |glob: &Option<Spanned<Glob>>, names: &[&str]| {
            let Some(glob) = glob else { return true };
            names.iter().any(|name| glob.value.matches(name))
        };
        rule.component.value != self.consumer
            && rule.on.value.matches(self.interface)
            && side(&rule.consumer, &[self.consumer])
            && side(&rule.provider, &self.provider)
    }

    /// What of a rule does not hold: where it is said, and what is wrong.
    fn broken(&self, rule: &Middleware) -> Vec<(ByteRange, String)> {
        let name = rule.component.value.as_str();
        let provider = self.provider.first().copied().unwrap_or(IMPORT);
        let shown = format!(
            "{} → {provider} ({}, {})",
            self.consumer, self.interface, self.how
        );
        let places = |name: &str| {
            let via = self.via.iter().enumerate().filter(|(_, one)| **one == name);
            via.map(|(place, _)| place).collect::<Vec<usize>>()
        };
        let own = places(name);
        let (Some(first), Some(last)) = (own.first().copied(), own.last().copied()) else {
            return vec![(rule.span, format!("`{name}` does not stand on {shown}"))];
        };
        let mut broken = Vec::new();
        for order in &rule.order {
            let wrong = match &order.value {
                Order::First => first != 0,
                Order::Last => last + 1 != self.via.len(),
                Order::Before(other) => places(other).first().is_some_and(|o| *o < first),
                Order::After(other) => places(other).last().is_some_and(|o| *o > last),
            };
            if wrong {
                let words = order.value.words();
                broken.push((order.span, format!("`{name}` is not `{words}` on {shown}")));
            }
        }
        for required in &rule.requires {
            if places(&required.value).is_empty() {
                let message = format!("`{name}` requires `{required}`, which is not on {shown}");
                broken.push((required.span, message));
            }
        }
        broken
    }
}
