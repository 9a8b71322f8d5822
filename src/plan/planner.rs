//! The planner: nodes, edges, and which nodes are fused.
//!
//! Targets are found first, then what types and rules say about each edge between components.
//! Edges that must be fused join groups; what is left is linked at run time, unless both ends
//! are in one group already. Middleware is put in last: it is fused with what it guards.

use super::carry::{self, Carried, carry};
use super::host::Decided;
use super::input::{Input, Part};
use super::model::{PlanProblem, ProblemCode, ProblemPlace, ReasonCode};
use super::targets::{Index, Wanted};
use crate::base::{ByteRange, same_interface};
use crate::binary::world::{Side, TypePath, WorldItem};
use crate::compose::{Place, fits_renamed, renames};
use crate::workload::profile::{Limit, Matching, Mechanism};
use std::collections::BTreeSet;

/// An instance: a component, or one of a middleware.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// Position in [`Input::parts`].
    pub(super) part: usize,
    pub(super) middleware: bool,
}

/// An import of a node.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) consumer: usize,
    pub(super) import: String,
    pub(super) wanted: Wanted,
    /// How it is linked when another component provides it.
    pub(super) way: Way,
    pub(super) code: ReasonCode,
    pub(super) why: String,
    /// Why each way of the host to link at run time cannot carry it.
    pub(super) refusals: Vec<(usize, Vec<String>)>,
    /// What the way makes of it, for risks.
    pub(super) carried: Option<Carried>,
    /// Middleware between, outermost first.
    pub(super) via: Vec<usize>,
    /// Whether it may be fused when both ends are in one binary for other reasons.
    pub(super) apart: Option<Vec<(ByteRange, String)>>,
}

/// How an edge between components is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Not between components.
    Outside,
    /// Fused.
    Static,
    /// A position in [`crate::workload::Profile::links`].
    Runtime(usize),
    /// Not at all.
    Broken,
}

pub(super) struct Planner<'i, 'd, 'a> {
    pub(super) input: &'i Input<'d, 'a>,
    pub(super) index: Index,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// Union-find over nodes: which are in one binary.
    joined: Vec<usize>,
    pub(super) problems: Vec<PlanProblem>,
    pub(super) notes: Vec<String>,
    /// For each node, middleware in front of an export of it: export, instances outermost
    /// first.
    pub(super) fronts: Vec<(usize, String, Vec<usize>)>,
    /// Exports of nodes that their binaries export for the host or for nobody, before
    /// middleware stands in front of them.
    pub(super) open: Vec<(usize, String)>,
}

impl<'i, 'd, 'a> Planner<'i, 'd, 'a> {
    pub(super) fn new(input: &'i Input<'d, 'a>) -> Self {
        let guards = |name: &str| {
            let mut rules = input.rules.middleware.iter();
            rules.any(|rule| rule.component.value == name)
        };
        let mut planner = Planner {
            input,
            index: Index::of(input),
            nodes: Vec::new(),
            edges: Vec::new(),
            joined: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            fronts: Vec::new(),
            open: Vec::new(),
        };
        for (part, one) in input.parts.iter().enumerate() {
            if !guards(&one.name) {
                planner.add_node(one.name.clone(), part, false);
            }
        }
        planner
    }

    pub(super) fn add_node(&mut self, name: String, part: usize, middleware: bool) -> usize {
        self.joined.push(self.nodes.len());
        self.nodes.push(Node {
            name,
            part,
            middleware,
        });
        self.nodes.len() - 1
    }

    pub(super) fn part(&self, node: usize) -> &'i Part<'a> {
        &self.input.parts[self.nodes[node].part]
    }

    pub(super) fn item(&self, node: usize, import: &str) -> Option<&'i WorldItem> {
        self.part(node).package.world.imports.get(import)
    }

    /// The representative of the binary that a node is in.
    pub(super) fn group(&self, node: usize) -> usize {
        let mut at = node;
        while self.joined[at] != at {
            at = self.joined[at];
        }
        at
    }

    /// Puts two nodes into one binary. The representative is the earlier one.
    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.group(a), self.group(b));
        let (low, high) = (a.min(b), a.max(b));
        self.joined[high] = low;
    }

    /// Makes the edges of a node, except for one import.
    pub(super) fn add_edges(&mut self, node: usize, except: Option<&str>) {
        for (import, item) in &self.part(node).package.world.imports {
            let own_type = matches!(item.ty, crate::binary::world::ItemType::Type(_));
            if Some(import.as_str()) == except || own_type {
                continue;
            }
            let wanted = self.wanted(node, import, item);
            let edge = self.classify(node, import, wanted);
            self.edges.push(edge);
        }
    }

    /// What types and rules say about an edge.
    fn classify(&mut self, consumer: usize, import: &str, wanted: Wanted) -> Edge {
        let mut edge = Edge {
            consumer,
            import: import.to_string(),
            wanted,
            way: Way::Outside,
            code: ReasonCode::HostServes,
            why: String::new(),
            refusals: Vec::new(),
            carried: None,
            via: Vec::new(),
            apart: None,
        };
        let Wanted::Component { node, export } = edge.wanted.clone() else {
            return edge;
        };
        let provider = node;
        let pairs = fits_renamed(
            Place {
                world: &self.part(consumer).package.world,
                side: Side::Import,
                name: import,
            },
            Place {
                world: &self.part(provider).package.world,
                side: Side::Export,
                name: &export,
            },
            &self.renames(consumer, import, provider, &export),
        );
        let pairs = match pairs {
            Ok(pairs) => pairs,
            Err(mismatch) => {
                edge.way = Way::Broken;
                edge.code = ReasonCode::DoesNotFit;
                edge.why = format!(
                    "`{}` exports `{export}` with another type: {mismatch}",
                    self.nodes[provider].name
                );
                return edge;
            }
        };
        let made: BTreeSet<TypePath> = pairs
            .into_iter()
            .filter(|(_, there)| there.side == Side::Export)
            .map(|(here, _)| here)
            .collect();
        let mut runtime = None;
        for (position, mechanism) in self.input.profile.links.iter().enumerate() {
            let carried = self.carried(consumer, import, &export, mechanism, &made);
            if carried.refusals.is_empty() {
                runtime = Some((position, carried));
                break;
            }
            edge.refusals.push((position, carried.refusals));
        }
        self.choose(&mut edge, provider, runtime);
        edge
    }

    /// Functions that have another name on the side of the provider, when a link joins two
    /// names.
    fn renames(
        &self,
        consumer: usize,
        import: &str,
        provider: usize,
        export: &str,
    ) -> Vec<(String, String)> {
        if same_interface(import, export) {
            return Vec::new();
        }
        let found = self.part(provider).package.world.exports.get(export);
        let both = self.item(consumer, import).zip(found);
        both.and_then(|(here, there)| renames(here, there).ok())
            .unwrap_or_default()
    }

    fn carried(
        &self,
        consumer: usize,
        import: &str,
        export: &str,
        mechanism: &Mechanism,
        made: &BTreeSet<TypePath>,
    ) -> Carried {
        let world = &self.part(consumer).package.world;
        let mut carried = carry(world, import, mechanism, made);
        if mechanism.matching == Matching::Exact && import != export {
            let text = format!("names meet as text, and `{export}` is another");
            carried.refusals.push(text);
        } else if !same_interface(import, export) {
            let implements = self.item(consumer, import);
            let implements = implements.and_then(|i| i.attributes.implements.as_deref());
            if implements.is_none_or(|interface| !same_interface(interface, export)) {
                let text = format!("`{export}` is another interface");
                carried.refusals.push(text);
            }
        }
        let others = self.index.exporters(export).len();
        if others > 1 && mechanism.refuses.contains(&Limit::SeveralExporters) {
            let text = format!("{others} components export it, and the host refuses that");
            carried.refusals.push(text);
        }
        carried
    }

    /// Rules first, then what must be, then what is better.
    fn choose(&mut self, edge: &mut Edge, provider: usize, runtime: Option<(usize, Carried)>) {
        let rules = self.said(edge.consumer, provider, &edge.import);
        let mut apart = rules.apart;
        if let Some(span) = rules.runtime {
            apart.push((span, "`as = \"runtime\"`".to_string()));
        }
        if let Some(span) = rules.fused {
            if !apart.is_empty() {
                apart.insert(0, (span, "`as = \"static\"`".to_string()));
                let message = format!(
                    "`{}` of `{}` is to be fused with `{}` and kept apart from it",
                    edge.import, self.nodes[edge.consumer].name, self.nodes[provider].name
                );
                let help = "drop one of these";
                self.problem(ProblemCode::Contradiction, message, apart, Some(help));
            }
            edge.way = Way::Static;
            edge.code = ReasonCode::RuleStatic;
            edge.why = "`as = \"static\"`".to_string();
            return;
        }
        let only_types = self
            .item(edge.consumer, &edge.import)
            .is_some_and(|item| carry::only_types(&item.ty));
        match runtime {
            Some((way, carried)) => {
                edge.way = Way::Runtime(way);
                edge.carried = Some(carried);
                (edge.code, edge.why) = match () {
                    () if rules.runtime.is_some() => {
                        (ReasonCode::RuleRuntime, "`as = \"runtime\"`".to_string())
                    }
                    () if rules.isolated => (
                        ReasonCode::Isolated,
                        "`isolate` keeps them apart".to_string(),
                    ),
                    () if rules.scaled => {
                        let name = &self.nodes[provider].name;
                        let text = format!("`{name}` is in `scale-separately`");
                        (ReasonCode::ScaledSeparately, text)
                    }
                    () => (
                        ReasonCode::Preferred,
                        "nothing needs them in one binary".to_string(),
                    ),
                };
                edge.apart = (!apart.is_empty()).then_some(apart);
            }
            None if only_types => {
                edge.way = Way::Outside;
                edge.code = ReasonCode::TypesOnly;
                edge.why = "types only: every binary brings them along".to_string();
            }
            None if apart.is_empty() => {
                edge.way = Way::Static;
                (edge.code, edge.why) = self.cannot_cross(&edge.refusals);
            }
            None => {
                let (code, why) = self.cannot_cross(&edge.refusals);
                let message = format!(
                    "`{}` of `{}` is kept apart from `{}`, but only fusing can connect them: {why}",
                    edge.import, self.nodes[edge.consumer].name, self.nodes[provider].name
                );
                let help = "drop the rule, or change the interface";
                self.problem(ProblemCode::Contradiction, message, apart, Some(help));
                edge.way = Way::Broken;
                edge.code = code;
                edge.why = why;
            }
        }
    }

    fn cannot_cross(&self, refusals: &[(usize, Vec<String>)]) -> (ReasonCode, String) {
        let links = &self.input.profile.links;
        let texts = refusals.iter().filter_map(|(position, found)| {
            let kind = links.get(*position)?.kind.as_str();
            Some(format!("{kind}: {}", found.first()?))
        });
        let texts: Vec<String> = texts.collect();
        match texts.is_empty() {
            true => (
                ReasonCode::NoRuntimeLinks,
                format!("`{}` links no components", self.input.profile.name),
            ),
            false => (ReasonCode::CannotCross, texts.join("; ")),
        }
    }

    pub(super) fn problem(
        &mut self,
        code: ProblemCode,
        message: String,
        places: Vec<(ByteRange, String)>,
        help: Option<&str>,
    ) {
        let places = places.into_iter().map(|(span, text)| ProblemPlace {
            start: span.start,
            end: span.end,
            text,
        });
        let problem = PlanProblem {
            code,
            message,
            places: places.collect(),
            help: help.map(str::to_string),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// What the host says to an import.
    pub(super) fn hosted(&self, node: usize, import: &str) -> Decided {
        let implements = self
            .item(node, import)
            .and_then(|item| item.attributes.implements.as_deref());
        super::host::decide(self.input.profile, import, implements)
    }
}
