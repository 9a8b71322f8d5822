//! The picture as graphviz text: boxes with children become clusters.

use std::fmt::Write as _;

use super::layout::{box_text, label_lines, port_text};
use super::model::{BoxKind, LinkKind, Picture, Port};
use super::scene::{Place, Scene};
use super::text::clean;

/// Draws a picture as graphviz text, for `dot`.
#[must_use]
pub fn dot(picture: &Picture) -> String {
    let scene = Scene::new(picture);
    Writer {
        scene: &scene,
        out: String::new(),
    }
    .write()
}

struct Writer<'a> {
    scene: &'a Scene<'a>,
    out: String,
}

// Writing to a string cannot fail, so the results of `write!` are dropped below.
impl Writer<'_> {
    fn write(mut self) -> String {
        let picture = self.scene.picture;
        let title = quote(&[&clean(&picture.title), &clean(&picture.subtitle)]);
        let _ = write!(
            self.out,
            "digraph gusset {{\n  graph [rankdir=LR, compound=true, labelloc=t, labeljust=l, \
             fontname=\"sans-serif\", label={title}];\n  \
             node [shape=box, style=\"rounded,filled\", fillcolor=white, \
             fontname=\"sans-serif\", fontsize=11];\n  \
             edge [fontname=\"monospace\", fontsize=9, color=\"#5f6f82\"];\n"
        );
        self.boxes();
        let exports = picture.exports.iter().enumerate();
        self.ports(
            "source",
            "e",
            exports.map(|(at, port)| (at, vec![port])),
            "#eaf5ee",
        );
        let imports = self.scene.imports.iter();
        let imports =
            imports.map(|(at, all)| (at, all.iter().map(|&i| &picture.imports[i]).collect()));
        self.ports("sink", "i", imports, "#eef3fa");
        self.links();
        if self.scene.dropped > 0 {
            let _ = writeln!(
                self.out,
                "  // links that lead nowhere: {}",
                self.scene.dropped
            );
        }
        self.out.push_str("}\n");
        self.out
    }

    fn boxes(&mut self) {
        // Clusters that are open, innermost last.
        let mut open: Vec<usize> = Vec::new();
        for &index in &self.scene.top_down {
            let spot = &self.scene.boxes[index];
            while open.len() > spot.depth {
                open.pop();
                let _ = writeln!(self.out, "{}}}", indent(open.len()));
            }
            let item = &self.scene.picture.boxes[index];
            let text = box_text(item);
            let label = quote(&[&text.label, &text.sublabel]);
            let tip = quote(&[&clean(&item.label), &clean(&item.id.0), item.kind.name()]);
            let colour = colour(item.kind);
            let pad = indent(spot.depth);
            if spot.children.is_empty() {
                let _ = writeln!(
                    self.out,
                    "{pad}b{index} [label={label}, tooltip={tip}, color=\"{colour}\"];"
                );
            } else {
                let _ = write!(
                    self.out,
                    "{pad}subgraph cluster_b{index} {{\n{pad}  graph [label={label}, \
                     tooltip={tip}, style=\"rounded,filled\", fillcolor=\"#f4f6f9\", \
                     color=\"{colour}\"];\n{pad}  b{index} [shape=point, style=invis, label=\"\"];\n"
                );
                open.push(index);
            }
        }
        while !open.is_empty() {
            open.pop();
            let _ = writeln!(self.out, "{}}}", indent(open.len()));
        }
    }

    /// Ports of one border; those that share their arrows share a node.
    fn ports<'p>(
        &mut self,
        rank: &str,
        letter: &str,
        groups: impl Iterator<Item = (usize, Vec<&'p Port>)>,
        fill: &str,
    ) {
        let mut nodes = String::new();
        for (index, ports) in groups {
            let names: Vec<String> = ports.iter().map(|port| port_text(port)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut lines: Vec<String> = Vec::new();
            for port in &ports {
                lines.push(clean(&port.label));
                lines.extend(port.detail.iter().map(|line| format!("  {}", clean(line))));
            }
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let look = if ports.iter().any(|port| port.used) {
                format!("style=\"rounded,filled\", fillcolor=\"{fill}\"")
            } else {
                "style=\"rounded,dashed\", fontcolor=\"#7b8692\"".to_owned()
            };
            let _ = writeln!(
                nodes,
                "    {letter}{index} [label={}, tooltip={}, {look}];",
                quote(&names),
                quote(&lines)
            );
        }
        if !nodes.is_empty() {
            let _ = writeln!(self.out, "  {{\n    rank={rank};\n{nodes}  }}");
        }
    }

    fn links(&mut self) {
        for bundle in &self.scene.bundles {
            let trunk = &self.scene.trunks[bundle.trunk];
            let mut attributes: Vec<String> = Vec::new();
            if !trunk.labels.is_empty() {
                let lines = label_lines(trunk);
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                attributes.push(format!("label={}", quote(&lines)));
            }
            let names: Vec<String> = bundle
                .links
                .iter()
                .map(|&link| clean(&self.scene.picture.links[link].label))
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            attributes.push(format!("tooltip={}", quote(&names)));
            match bundle.kind {
                LinkKind::Static if trunk.unused => attributes.push("style=dashed".to_owned()),
                LinkKind::Static => {}
                LinkKind::Host => attributes.push("color=\"#8b97a6\"".to_owned()),
                LinkKind::Runtime => attributes.push("style=dashed, color=\"#7d4fc0\"".to_owned()),
                LinkKind::Unsatisfied => {
                    attributes.push("style=dotted, color=\"#c2303d\"".to_owned())
                }
            }
            // Graphviz ends an edge at a cluster's border only if one end is outside of it.
            if let Some(cluster) = self.cluster(bundle.from, bundle.to) {
                attributes.push(format!("ltail=cluster_b{cluster}"));
            }
            if let Some(cluster) = self.cluster(bundle.to, bundle.from) {
                attributes.push(format!("lhead=cluster_b{cluster}"));
            }
            let (from, to) = (node(bundle.from), node(bundle.to));
            let _ = writeln!(self.out, "  {from} -> {to} [{}];", attributes.join(", "));
        }
    }

    /// The cluster of an end, unless the other end is inside of it.
    fn cluster(&self, end: Place, other: Place) -> Option<usize> {
        let Place::Box(index) = end else { return None };
        let mut around = match other {
            Place::Box(other) => Some(other),
            _ => None,
        };
        while let Some(at) = around {
            if at == index {
                return None;
            }
            around = self.scene.boxes[at].parent;
        }
        (!self.scene.boxes[index].children.is_empty()).then_some(index)
    }
}

fn node(place: Place) -> String {
    match place {
        Place::Box(index) => format!("b{index}"),
        Place::Import(port) => format!("i{port}"),
        Place::Export(port) => format!("e{port}"),
    }
}

fn colour(kind: BoxKind) -> &'static str {
    match kind {
        BoxKind::Composition => "#7a8694",
        BoxKind::Component => "#3b74c4",
        BoxKind::Adapter => "#b0761a",
        BoxKind::Module => "#2f8a72",
        BoxKind::Glue => "#a7b0ba",
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(40) + 1)
}

/// A quoted graphviz string of cleaned lines; empty lines are left out. Graphviz reads
/// backslash escapes and HTML entities in labels, so both are taken out of play.
fn quote(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for (place, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
        if place > 0 {
            out.push_str("\\n");
        }
        for c in line.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                c => out.push(c),
            }
        }
    }
    out.push('"');
    out
}
