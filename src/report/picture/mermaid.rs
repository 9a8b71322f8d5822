//! The picture as a mermaid flowchart, which many forges draw inside of Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::layout::{box_text, label_lines, port_text};
use super::model::{BoxKind, LinkKind, Picture, Port};
use super::scene::{Place, Scene};
use super::text::clean;

/// The number of arrows that mermaid draws unless its page allows more.
const MOST_EDGES: usize = 500;

/// Draws a picture as a mermaid flowchart.
#[must_use]
pub fn mermaid(picture: &Picture) -> String {
    let scene = Scene::new(picture);
    Writer {
        scene: &scene,
        anchors: anchors(&scene),
        out: String::new(),
    }
    .write()
}

/// Mermaid refuses an arrow between a subgraph and something inside of it; boxes with such
/// links get a small node of their own for them.
fn anchors(scene: &Scene<'_>) -> BTreeSet<usize> {
    let mut anchors = BTreeSet::new();
    for bundle in &scene.bundles {
        let (Place::Box(from), Place::Box(to)) = (bundle.from, bundle.to) else {
            continue;
        };
        for (outer, inner) in [(from, to), (to, from)] {
            let holder = !scene.boxes[outer].children.is_empty();
            if holder && is_around(scene, outer, inner) {
                anchors.insert(outer);
            }
        }
    }
    anchors
}

fn is_around(scene: &Scene<'_>, outer: usize, inner: usize) -> bool {
    let mut at = Some(inner);
    while let Some(index) = at {
        if index == outer {
            return true;
        }
        at = scene.boxes[index].parent;
    }
    false
}

struct Writer<'a> {
    scene: &'a Scene<'a>,
    anchors: BTreeSet<usize>,
    out: String,
}

// Writing to a string cannot fail, so the results of `write!` are dropped below.
impl Writer<'_> {
    fn write(mut self) -> String {
        let picture = self.scene.picture;
        // A title in front matter would be read as YAML; a comment cannot go wrong.
        let title = clean(&picture.title);
        if !title.is_empty() {
            let _ = writeln!(self.out, "%% {}", title.replace(['{', '}', '%'], "_"));
        }
        if self.scene.bundles.len() > MOST_EDGES {
            let _ = writeln!(
                self.out,
                "%% {} arrows: more than the {MOST_EDGES} mermaid draws by default, raise maxEdges",
                self.scene.bundles.len()
            );
        }
        self.out.push_str("flowchart LR\n");
        for (index, port) in picture.exports.iter().enumerate() {
            self.port('e', index, &[port]);
        }
        self.boxes();
        for (leader, ports) in self.scene.imports.iter() {
            let ports: Vec<&Port> = ports.iter().map(|&port| &picture.imports[port]).collect();
            self.port('i', leader, &ports);
        }
        self.links();
        self.classes();
        self.out
    }

    /// Ports that share their arrows, as one node.
    fn port(&mut self, letter: char, index: usize, ports: &[&Port]) {
        let class = match (ports.iter().any(|port| port.used), letter) {
            (false, _) => "unused",
            (true, 'e') => "export",
            (true, _) => "import",
        };
        let names: Vec<String> = ports.iter().map(|port| port_text(port)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let label = quote(&names);
        // Round ends suit one line only.
        let (open, close) = if names.len() > 1 {
            ("(", ")")
        } else {
            ("([", "])")
        };
        let _ = writeln!(self.out, "  {letter}{index}{open}{label}{close}:::{class}");
    }

    fn boxes(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for &index in &self.scene.top_down {
            let spot = &self.scene.boxes[index];
            while open.len() > spot.depth {
                open.pop();
                let _ = writeln!(self.out, "{}end", indent(open.len()));
            }
            let item = &self.scene.picture.boxes[index];
            let text = box_text(item);
            let label = quote(&[&text.label, &text.sublabel]);
            let pad = indent(spot.depth);
            if spot.children.is_empty() {
                let kind = item.kind.name();
                let _ = writeln!(self.out, "{pad}b{index}[{label}]:::{kind}");
            } else {
                // Mermaid leaves room for one line above the content.
                let label = quote(&[&text.label]);
                let _ = writeln!(self.out, "{pad}subgraph b{index} [{label}]");
                let _ = writeln!(self.out, "{pad}  direction LR");
                if self.anchors.contains(&index) {
                    let _ = writeln!(self.out, "{pad}  a{index}(( ))");
                }
                open.push(index);
            }
        }
        while !open.is_empty() {
            open.pop();
            let _ = writeln!(self.out, "{}end", indent(open.len()));
        }
    }

    fn links(&mut self) {
        for bundle in &self.scene.bundles {
            let trunk = &self.scene.trunks[bundle.trunk];
            let arrow = match bundle.kind {
                LinkKind::Static | LinkKind::Host if !trunk.unused => "-->",
                LinkKind::Unsatisfied => "-.-x",
                _ => "-.->",
            };
            let lines = label_lines(trunk);
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let label = if lines.is_empty() {
                String::new()
            } else {
                format!("|{}|", quote(&lines))
            };
            let from = self.node(bundle.from, bundle.to);
            let to = self.node(bundle.to, bundle.from);
            let _ = writeln!(self.out, "  {from} {arrow}{label} {to}");
        }
    }

    fn node(&self, place: Place, other: Place) -> String {
        match (place, other) {
            (Place::Box(index), Place::Box(other))
                if self.anchors.contains(&index) && is_around(self.scene, index, other) =>
            {
                format!("a{index}")
            }
            (Place::Box(index), _) => format!("b{index}"),
            (Place::Import(port), _) => format!("i{port}"),
            (Place::Export(port), _) => format!("e{port}"),
        }
    }

    /// Borders only: they show on light and dark pages alike.
    fn classes(&mut self) {
        for kind in BoxKind::ALL {
            let style = match kind {
                BoxKind::Composition => "stroke:#7a8694",
                BoxKind::Component => "stroke:#3b74c4",
                BoxKind::Adapter => "stroke:#b0761a",
                BoxKind::Module => "stroke:#2f8a72",
                BoxKind::Glue => "stroke:#a7b0ba,stroke-dasharray:3 3",
            };
            let _ = writeln!(self.out, "  classDef {} {style}", kind.name());
        }
        self.out.push_str("  classDef export stroke:#5f9f78\n");
        self.out.push_str("  classDef import stroke:#6f8fbb\n");
        self.out
            .push_str("  classDef unused stroke:#b9c1ca,stroke-dasharray:3 3\n");
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(40) + 1)
}

/// A quoted mermaid string of cleaned lines; empty lines are left out. Only characters that
/// mean nothing to mermaid, Markdown or HTML stay as they are; the rest become mermaid's
/// numeric entities.
fn quote(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for (place, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
        if place > 0 {
            out.push_str("<br>");
        }
        for c in line.chars() {
            if c.is_alphanumeric()
                || matches!(c, ' ' | '-' | '.' | ':' | '/' | '@' | '+' | ',' | '…')
            {
                out.push(c);
            } else {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    // An empty label is an error, a space is not.
    if out.len() == 1 {
        out.push(' ');
    }
    out.push('"');
    out
}
