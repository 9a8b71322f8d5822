//! A plan → a picture: binaries around their instances, what crosses between them, the host.

use crate::plan::{Decision, LinkPlan, PlannedEdge};
use crate::report::picture::{
    BoxId, BoxKind, Detail, End, Link, LinkKind, Picture, PictureBox, Port,
};
use std::collections::BTreeMap;

/// The picture of a plan.
pub fn picture(plan: &LinkPlan) -> Picture {
    let mut picture = Picture {
        title: format!("link plan for {}", plan.profile),
        subtitle: format!(
            "{} components in {} binaries",
            plan.components.len(),
            plan.groups.len()
        ),
        ..Picture::default()
    };
    // Middleware, and the router of the routes.
    let guards = |name: &str| {
        let via = plan.edges.iter().flat_map(|edge| &edge.via);
        let made = plan.components.iter().filter(|one| one.generated);
        via.chain(made.map(|one| &one.name)).any(|v| v == name)
    };
    for group in &plan.groups {
        let binary = format!("binary {}", group.name);
        let fused = group.instances.len() > 1;
        if fused {
            picture.boxes.push(PictureBox {
                id: binary.clone().into(),
                label: group.name.clone(),
                sublabel: "one binary".to_string(),
                parent: None,
                kind: BoxKind::Composition,
                details: Vec::new(),
            });
        }
        for instance in &group.instances {
            let in_front = group
                .exports
                .iter()
                .any(|export| export.via.contains(&instance.name));
            picture.boxes.push(PictureBox {
                id: id(&instance.name),
                label: instance.name.clone(),
                sublabel: String::new(),
                parent: fused.then(|| binary.clone().into()),
                kind: match guards(&instance.name) || in_front {
                    true => BoxKind::Adapter,
                    false => BoxKind::Component,
                },
                details: details(plan, &instance.name),
            });
        }
        for export in group
            .exports
            .iter()
            .filter(|e| e.consumers.is_empty() || e.called_by_host)
        {
            picture.links.push(Link {
                from: End::Export(picture.exports.len()),
                to: End::Box(id(&export.instance)),
                label: export.name.clone(),
                detail: Vec::new(),
                kind: LinkKind::Host,
            });
            picture.exports.push(Port {
                label: export.name.clone(),
                detail: export.required_config.clone(),
                used: export.called_by_host,
            });
        }
    }
    let mut ports: BTreeMap<(String, LinkKind), usize> = BTreeMap::new();
    for edge in &plan.edges {
        let kind = kind(&edge.decision);
        let to = match edge.decision.target() {
            Some(target) => End::Box(id(&target.provider)),
            None => {
                let port = ports.entry((port_label(edge), kind));
                let port = *port.or_insert_with(|| {
                    picture.imports.push(Port {
                        label: port_label(edge),
                        detail: vec![edge.reason.text.clone()],
                        used: true,
                    });
                    picture.imports.len() - 1
                });
                End::Import(port)
            }
        };
        picture.links.push(Link {
            from: End::Box(id(&edge.consumer)),
            label: match to {
                End::Import(_) => port_label(edge),
                _ => edge.import.clone(),
            },
            to,
            detail: edge.risks.iter().map(|risk| risk.text.clone()).collect(),
            kind,
        });
    }
    picture
}

/// Binaries and instances may have one name.
fn id(instance: &str) -> BoxId {
    format!("instance {instance}").into()
}

fn port_label(edge: &PlannedEdge) -> String {
    match &edge.implements {
        Some(implements) => format!("{} ({implements})", edge.import),
        None => edge.import.clone(),
    }
}

fn kind(decision: &Decision) -> LinkKind {
    match decision {
        Decision::Static(_) | Decision::Virtual { .. } => LinkKind::Static,
        Decision::Workload(_) | Decision::Rpc(_) => LinkKind::Runtime,
        Decision::Host(_) | Decision::Provider { .. } => LinkKind::Host,
        Decision::Unsatisfied => LinkKind::Unsatisfied,
    }
}

fn details(plan: &LinkPlan, instance: &str) -> Vec<Detail> {
    let edges = plan.edges.iter().filter(|edge| edge.consumer == instance);
    let items = edges.map(|edge| {
        format!(
            "{}: {}, {}",
            edge.import,
            edge.decision.kind(),
            edge.reason.text
        )
    });
    vec![Detail {
        heading: "decisions".to_string(),
        items: items.collect(),
    }]
}
