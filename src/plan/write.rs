//! The planner's nodes and edges → the plan.

use super::build;
use super::carry::{carry, functions, some};
use super::host::{Decided, types_only};
use super::model::*;
use super::planner::{Edge, Planner, Way};
use super::targets::Wanted;
use crate::base::{InterfaceName, same_interface};
use crate::binary::world::{Attributes, ItemType};
use crate::compose::{Plan, PlanError};
use crate::workload::profile::{Answer, Matching, Mechanism, MechanismKind, Several};
use std::collections::{BTreeMap, BTreeSet};

impl Planner<'_, '_, '_> {
    pub(super) fn finish(mut self) -> LinkPlan {
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_by_key(|edge| self.edges[*edge].consumer);
        let edges: Vec<PlannedEdge> = order
            .into_iter()
            .map(|edge| self.planned(&self.edges[edge]))
            .collect();
        let components = self.input.parts.iter().map(|part| PlannedComponent {
            name: part.name.clone(),
            sha256: part.package.sha256.to_string(),
            generated: self.input.rules.router == Some(&*part.name),
        });
        let mut plan = LinkPlan {
            schema: SCHEMA.to_string(),
            profile: self.input.profile.name.value.clone(),
            components: components.collect(),
            groups: self.groups(&edges),
            edges,
            routes: self.routes(),
            problems: Vec::new(),
            notes: Vec::new(),
        };
        self.worlds(&mut plan);
        self.called_exports(&plan);
        self.mechanism_notes(&plan);
        plan.problems = self.problems;
        plan.notes = self.notes;
        plan
    }

    fn planned(&self, edge: &Edge) -> PlannedEdge {
        let part = self.part(edge.consumer);
        let item = part.package.world.imports.get(&edge.import);
        let attributes = item.map_or_else(Attributes::default, |item| item.attributes.clone());
        let decided = self.decided(edge);
        let via = edge.via.iter().map(|node| self.nodes[*node].name.clone());
        PlannedEdge {
            consumer: self.nodes[edge.consumer].name.clone(),
            import: edge.import.clone(),
            implements: attributes.implements,
            external_id: attributes.external_id,
            decision: decided.decision,
            via: via.collect(),
            reason: decided.reason,
            refused: decided.refused,
            risks: decided.risks,
            evidence: Evidence {
                called: part.called.get(&edge.import).cloned().unwrap_or_default(),
                functions: item.map_or(0, |item| functions(&item.ty).len()),
            },
        }
    }

    fn decided(&self, edge: &Edge) -> Decided {
        let target = match &edge.wanted {
            Wanted::Component { node, export } => Some(Target {
                provider: self.nodes[*node].name.clone(),
                export: export.clone(),
            }),
            _ => None,
        };
        let links = &self.input.profile.links;
        let mut decided = match (edge.way, target, &edge.wanted) {
            (Way::Static, Some(target), _) => {
                let text = self.static_text(edge);
                Decided::new(Decision::Static(target), edge.code, text)
            }
            (Way::Runtime(way), Some(target), _) => {
                let mechanism = &links[way];
                let decision = match mechanism.kind {
                    MechanismKind::Workload => Decision::Workload(target),
                    MechanismKind::Rpc => Decision::Rpc(target),
                };
                let mut decided = Decided::new(decision, edge.code, edge.why.clone());
                decided.risks = self.risks(edge, mechanism);
                decided.refused.push(Refused {
                    decision: DecisionKind::Static,
                    provider: None,
                    text: match edge.apart {
                        Some(_) => "a rule keeps them apart".to_string(),
                        None => "`as = \"static\"` would fuse them".to_string(),
                    },
                });
                decided
            }
            (Way::Broken, target, _) => {
                let mut decided = Decided::new(Decision::Unsatisfied, edge.code, edge.why.clone());
                decided.refused.push(Refused {
                    decision: DecisionKind::Static,
                    provider: target.map(|target| target.provider),
                    text: edge.why.clone(),
                });
                decided
            }
            (_, _, Wanted::Virtual { adapter }) => Decided::new(
                Decision::Virtual {
                    adapter: adapter.clone(),
                },
                ReasonCode::Virtualized,
                format!("`{adapter}` stands in for the host"),
            ),
            (_, _, Wanted::Nobody { code, why }) => {
                Decided::new(Decision::Unsatisfied, *code, why.clone())
            }
            (_, _, Wanted::Host { near }) => self.hosted_or_near(edge, near),
            (_, Some(_), _) => types_only(),
            (_, None, _) => self.hosted_or_near(edge, &[]),
        };
        for (position, refusals) in &edge.refusals {
            if let Some(mechanism) = links.get(*position) {
                decided.refused.push(Refused {
                    decision: match mechanism.kind {
                        MechanismKind::Workload => DecisionKind::Workload,
                        MechanismKind::Rpc => DecisionKind::Rpc,
                    },
                    provider: None,
                    text: refusals.join("; "),
                });
            }
        }
        if matches!(edge.wanted, Wanted::Component { .. }) {
            let host = self.hosted(edge.consumer, &edge.import);
            if matches!(host.decision, Decision::Host(_) | Decision::Provider { .. }) {
                decided.refused.push(Refused {
                    decision: host.decision.kind(),
                    provider: None,
                    text: "a component exports it; a `[[link]]` with `provider = \"import\"` \
                           leaves it to the host"
                        .to_string(),
                });
            }
        }
        decided
    }

    fn hosted_or_near(&self, edge: &Edge, near: &[(String, String)]) -> Decided {
        let mut decided = self.hosted(edge.consumer, &edge.import);
        if decided.decision == Decision::Unsatisfied
            && let Some(item) = self.item(edge.consumer, &edge.import)
            && super::carry::only_types(&item.ty)
        {
            return types_only();
        }
        if decided.decision == Decision::Unsatisfied && !near.is_empty() {
            let closest = near
                .iter()
                .map(|(name, export)| format!("`{name}` exports `{export}`"));
            let closest: Vec<String> = closest.collect();
            decided.reason.text = format!("closest: {} (another track)", closest.join(", "));
            for (name, export) in near {
                decided.refused.push(Refused {
                    decision: DecisionKind::Static,
                    provider: Some(name.clone()),
                    text: format!("`{export}` is on another version track"),
                });
            }
        }
        decided
    }

    fn static_text(&self, edge: &Edge) -> String {
        let world = &self.part(edge.consumer).package.world;
        let mut links = self.input.profile.links.iter();
        let reports = links
            .find(|mechanism| mechanism.may_fail && !mechanism.errors.is_empty())
            .map(|mechanism| carry(world, &edge.import, mechanism, &BTreeSet::new()).reports);
        match reports {
            Some(reports) if !reports.is_empty() => format!(
                "{}; the transport error of {} never occurs",
                edge.why,
                some(&reports)
            ),
            _ => edge.why.clone(),
        }
    }

    fn risks(&self, edge: &Edge, mechanism: &Mechanism) -> Vec<Risk> {
        let mut risks = Vec::new();
        let mut risk = |code, functions: &[String], text: String| {
            risks.push(Risk {
                code,
                functions: functions.to_vec(),
                text,
            });
        };
        if let Some(carried) = &edge.carried {
            let all = carried.traps.len() + carried.reports.len();
            if !carried.traps.is_empty() {
                let text = format!(
                    "no transport error in {} of {all} function{}: a network failure traps",
                    carried.traps.len(),
                    if all == 1 { "" } else { "s" },
                );
                risk(RiskCode::Traps, &carried.traps, text);
            }
            if !carried.reports.is_empty() {
                let text = format!("{} can return a transport error", some(&carried.reports));
                risk(RiskCode::TransportError, &carried.reports, text);
            }
            if !carried.forgets.is_empty() {
                let text = format!(
                    "{} may run in an instance of its own: what the provider keeps between \
                     calls is lost",
                    some(&carried.forgets)
                );
                risk(RiskCode::StateLost, &carried.forgets, text);
            }
            if mechanism.may_fail && !carried.handles.is_empty() {
                let text = "dropping a handle drops nothing on the other side".to_string();
                risk(RiskCode::RemoteDrop, &carried.handles, text);
            }
        }
        let versioned = edge.import.parse::<InterfaceName>();
        if mechanism.matching == Matching::Exact
            && versioned.is_ok_and(|name| name.version.is_some())
        {
            let text = "versions meet as text: both sides must be released together".to_string();
            risk(RiskCode::ExactVersion, &[], text);
        }
        risks
    }

    fn groups(&mut self, edges: &[PlannedEdge]) -> Vec<Group> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for node in 0..self.nodes.len() {
            members.entry(self.group(node)).or_default().push(node);
        }
        let open = self.open.clone();
        let mut groups = Vec::new();
        for nodes in members.values() {
            let main = nodes.iter().find(|node| !self.nodes[**node].middleware);
            let main = main.copied().unwrap_or(nodes[0]);
            let instances = nodes.iter().map(|node| GroupInstance {
                name: self.nodes[*node].name.clone(),
                component: self.component(*node).to_string(),
            });
            groups.push(Group {
                name: self.nodes[main].name.clone(),
                instances: instances.collect(),
                imports: Vec::new(),
                exports: self.exports_of(nodes, &open, edges),
            });
        }
        groups
    }

    fn exports_of(
        &mut self,
        nodes: &[usize],
        open: &[(usize, String)],
        edges: &[PlannedEdge],
    ) -> Vec<GroupExport> {
        let mut exports: Vec<GroupExport> = Vec::new();
        for node in nodes {
            let world = &self.part(*node).package.world;
            for (name, item) in &world.exports {
                let instance = self.nodes[*node].name.clone();
                let crosses = |edge: &&PlannedEdge| {
                    matches!(&edge.decision, Decision::Workload(t) | Decision::Rpc(t)
                        if t.provider == instance && t.export == *name)
                };
                let consumers = edges.iter().filter(crosses);
                let consumers: Vec<String> = consumers.map(|e| e.consumer.clone()).collect();
                let own = open.iter().any(|(n, export)| n == node && export == name);
                let front = self
                    .fronts
                    .iter()
                    .find(|(n, export, via)| n == node && export == name && !via.is_empty());
                // What stands in front answers for it.
                let leads = self.fronts.iter().find(|(_, export, via)| {
                    via.first() == Some(node) && same_interface(export, name)
                });
                let leads_open =
                    leads.is_some_and(|(n, export, _)| open.contains(&(*n, export.clone())));
                let is_open = (own && front.is_none()) || leads_open;
                if !is_open && consumers.is_empty() {
                    continue;
                }
                let implements = item.attributes.implements.as_deref();
                let called = match self.input.profile.export(name, implements) {
                    Answer::Yes(row, _) if is_open => Some(row),
                    _ => None,
                };
                let via = leads.map(|(_, _, via)| via.as_slice()).unwrap_or_default();
                exports.push(GroupExport {
                    name: name.clone(),
                    instance,
                    via: via.iter().map(|n| self.nodes[*n].name.clone()).collect(),
                    called_by_host: called.is_some(),
                    required_config: called
                        .map(|r| r.required_config.clone())
                        .unwrap_or_default(),
                    consumers,
                });
            }
        }
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for export in &exports {
            let before = seen.insert(export.name.clone(), export.instance.clone());
            if let Some(before) = before {
                let message = format!(
                    "`{}` would be exported by `{before}` and by `{}` of one binary",
                    export.name, export.instance
                );
                let help = "say which one with a `[[link]]` with `consumer = \"export\"`";
                self.problem(ProblemCode::CannotFuse, message, Vec::new(), Some(help));
            }
        }
        exports
    }

    /// The imports of each binary: what the fused components have in common is one import.
    fn worlds(&mut self, plan: &mut LinkPlan) {
        for position in 0..plan.groups.len() {
            let group = &plan.groups[position];
            let names = match self.world_of(plan, group) {
                Ok(names) => names,
                Err(errors) => {
                    for error in errors {
                        let places = error.places();
                        let message = format!("the binary `{}`: {error}", group.name);
                        let help = error.help();
                        self.problem(ProblemCode::CannotFuse, message, places, help.as_deref());
                    }
                    continue;
                }
            };
            let imports = names.into_iter().filter_map(|(name, attributes)| {
                let inside = |edge: &&PlannedEdge| {
                    group.instances.iter().any(|i| i.name == edge.consumer)
                        && edge.decision.kind() != DecisionKind::Static
                };
                let of_group = || plan.edges.iter().filter(inside);
                let exact = of_group().find(|edge| edge.import == name);
                let edge = exact
                    .or_else(|| of_group().find(|edge| same_interface(&edge.import, &name)))?;
                Some((name, attributes, edge))
            });
            let mut done = Vec::new();
            for (name, attributes, edge) in imports.collect::<Vec<_>>() {
                let decision = self.joined_decision(&name, &attributes, edge, &group.name);
                done.push(GroupImport {
                    name,
                    implements: attributes.implements,
                    decision,
                });
            }
            plan.groups[position].imports = done;
        }
    }

    fn joined_decision(
        &mut self,
        name: &str,
        attributes: &Attributes,
        edge: &PlannedEdge,
        group: &str,
    ) -> Decision {
        if name == edge.import {
            return edge.decision.clone();
        }
        let profile = self.input.profile;
        match &edge.decision {
            Decision::Host(_) | Decision::Provider { .. }
                if edge.reason.code != ReasonCode::TypesOnly =>
            {
                let decided = super::host::decide(profile, name, attributes.implements.as_deref());
                if decided.decision == Decision::Unsatisfied {
                    let message = format!(
                        "fused, `{group}` imports `{name}` instead of `{}`: {}",
                        edge.import, decided.reason.text
                    );
                    let help = "build the components against one version";
                    self.problem(ProblemCode::CannotFuse, message, Vec::new(), Some(help));
                }
                decided.decision
            }
            Decision::Workload(_) | Decision::Rpc(_) => {
                let exact = profile
                    .links
                    .iter()
                    .any(|link| link.matching == Matching::Exact);
                if exact {
                    let message = format!(
                        "fused, `{group}` imports `{name}` instead of `{}`, and the host \
                         compares versions as text",
                        edge.import
                    );
                    let help = "build the components against one version";
                    self.problem(ProblemCode::CannotFuse, message, Vec::new(), Some(help));
                }
                edge.decision.clone()
            }
            decision => decision.clone(),
        }
    }

    fn world_of(
        &self,
        plan: &LinkPlan,
        group: &Group,
    ) -> Result<Vec<(String, Attributes)>, Vec<PlanError>> {
        let find = |component: &str| {
            let mut parts = self.input.parts.iter();
            parts.find(|part| part.name == component)
        };
        let list = |imports: &indexmap::IndexMap<String, crate::binary::world::WorldItem>| {
            let items = imports.iter();
            let items = items.filter(|(_, item)| !matches!(item.ty, ItemType::Type(_)));
            let items = items.map(|(name, item)| (name.clone(), item.attributes.clone()));
            items.collect()
        };
        if let [only] = group.instances.as_slice() {
            let part = find(&only.component);
            return Ok(part.map_or_else(Vec::new, |part| list(&part.package.world.imports)));
        }
        let packages = group.instances.iter().filter_map(|instance| {
            let part = find(&instance.component)?;
            Some((instance.name.clone(), part.package.clone()))
        });
        let packages: Vec<_> = packages.collect();
        let links = build::links(plan, group, &packages);
        let resolved = Plan::resolve(build::draft(packages, &links))?;
        Ok(list(&resolved.wiring().world.imports))
    }

    /// Several binaries that export what the host calls.
    fn called_exports(&mut self, plan: &LinkPlan) {
        let mut offers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for group in &plan.groups {
            for export in group.exports.iter().filter(|export| export.called_by_host) {
                offers.entry(&export.name).or_default().push(&group.name);
            }
        }
        for (export, groups) in offers.into_iter().filter(|(_, groups)| groups.len() > 1) {
            let Answer::Yes(row, _) = self.input.profile.export(export, None) else {
                continue;
            };
            let names: Vec<String> = groups.iter().map(|name| format!("`{name}`")).collect();
            let what = match row.several {
                Several::Each => continue,
                Several::First => format!("the host calls {} alone", names[0]),
                Several::Refused => "the host calls one".to_string(),
            };
            let message = format!("{} export `{export}`, and {what}", names.join(" and "));
            let help = "deploy them as workloads of their own, or fuse them behind one export";
            self.problem(
                ProblemCode::AmbiguousExport,
                message,
                Vec::new(),
                Some(help),
            );
        }
    }

    fn mechanism_notes(&mut self, plan: &LinkPlan) {
        for mechanism in &self.input.profile.links {
            let used = plan.edges.iter().any(|edge| {
                matches!(
                    (&edge.decision, mechanism.kind),
                    (Decision::Workload(_), MechanismKind::Workload)
                        | (Decision::Rpc(_), MechanismKind::Rpc)
                )
            });
            if let (true, Some(note)) = (used, &mechanism.note) {
                self.notes
                    .push(format!("{}: {note}", mechanism.kind.as_str()));
            }
        }
    }
}
