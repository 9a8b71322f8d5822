//! A plan as a picture.

use super::PlanView;
use crate::base::same_interface;
use crate::compose::{EXPORT, IMPORT};
use crate::report::picture::{BoxKind, End, Link, LinkKind, Picture, PictureBox, Port};
use crate::report::plain::hash;

impl PlanView {
    /// Instances as boxes, middleware as adapters on the arrows of the edges that it is on.
    pub fn picture(&self) -> Picture {
        let middleware = |name: &String| self.edges.iter().any(|edge| edge.via.contains(name));
        let boxes = self.instances.iter().map(|instance| PictureBox {
            id: instance.name.clone().into(),
            label: instance.name.clone(),
            sublabel: format!("sha256 {}", hash(&instance.sha256)),
            parent: None,
            kind: match middleware(&instance.name) {
                true => BoxKind::Adapter,
                false => BoxKind::Component,
            },
            details: Vec::new(),
        });
        let port = |name: &String| Port {
            label: name.clone(),
            detail: Vec::new(),
            used: true,
        };
        let s = if self.instances.len() == 1 { "" } else { "s" };
        let mut picture = Picture {
            title: "composition".to_string(),
            subtitle: format!("{} instance{s}", self.instances.len()),
            boxes: boxes.collect(),
            links: Vec::new(),
            imports: self.imports.iter().map(port).collect(),
            exports: self.exports.iter().map(port).collect(),
        };
        for edge in &self.edges {
            let first = match edge.consumer.as_str() {
                EXPORT => position(&self.exports, &edge.name).map(End::Export),
                consumer => Some(End::Box(consumer.into())),
            };
            let last = match edge.provider.as_str() {
                IMPORT => position(&self.imports, &edge.name).map(End::Import),
                provider => Some(End::Box(provider.into())),
            };
            let through = edge.via.iter().map(|name| End::Box(name.clone().into()));
            let ends: Vec<End> = first.into_iter().chain(through).chain(last).collect();
            for pair in ends.windows(2) {
                let [from, to] = pair else { continue };
                let link = Link {
                    from: from.clone(),
                    to: to.clone(),
                    label: edge.name.clone(),
                    detail: Vec::new(),
                    kind: match to {
                        End::Import(_) => LinkKind::Host,
                        _ => LinkKind::Static,
                    },
                };
                // A shared middleware is on several edges, and calls on only once.
                if !picture.links.contains(&link) {
                    picture.links.push(link);
                }
            }
        }
        picture
    }
}

/// The port of an interface: of its name, or of another version on its track.
fn position(ports: &[String], name: &str) -> Option<usize> {
    let exact = ports.iter().position(|port| port == name);
    exact.or_else(|| ports.iter().position(|port| same_interface(port, name)))
}
