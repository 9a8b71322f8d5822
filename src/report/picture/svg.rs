//! The drawing as a standalone SVG document.
//!
//! Only plain shapes, classes and presentation rules: no variables, markers or filters, which
//! many viewers outside of browsers do not know. Colours follow the reader's scheme where the
//! viewer can tell, and are the light ones elsewhere.

use std::fmt::Write as _;

use super::layout::{
    ARROW, HEADER_TEXT, LABEL_LINE, LABEL_PAD, Layout, PORT_PAD, Point, ROW_INSET, Rect, box_text,
    label_lines, layout, port_text, row_lines,
};
use super::legend;
use super::model::{LinkKind, Picture};
use super::scene::{Place, Scene};
use super::text::{clean, num, shorten, xml};

const STYLE: &str = include_str!("picture.css");
const MARGIN: f64 = 24.0;

/// Draws a picture as a standalone SVG document.
#[must_use]
pub fn svg(picture: &Picture) -> String {
    let scene = Scene::new(picture);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&drawing(&scene, Audience::Reader));
    out
}

/// Who looks at the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Somebody who can only look: a document of its own, with tooltips.
    Reader,
    /// The page, whose script needs to find things: with data attributes and tab stops.
    Page,
}

/// The `svg` element.
pub(super) fn drawing(scene: &Scene<'_>, audience: Audience) -> String {
    Painter {
        scene,
        layout: layout(scene),
        audience,
        out: String::new(),
    }
    .paint()
}

struct Painter<'a> {
    scene: &'a Scene<'a>,
    layout: Layout,
    audience: Audience,
    out: String,
}

// Writing to a string cannot fail, so the results of `write!` are dropped below.
impl Painter<'_> {
    fn paint(mut self) -> String {
        let picture = self.scene.picture;
        let (title, subtitle) = (clean(&picture.title), clean(&picture.subtitle));
        let head = self.head_height();
        let legend = legend::draw(self.scene);
        // Proportional text is as wide as the viewer's font makes it; leave room.
        let title_width =
            9.5 * f64::from(u32::try_from(title.chars().count().min(80)).unwrap_or(80));
        let inner = self
            .layout
            .width
            .max(legend.width)
            .max(title_width)
            .max(160.0);
        let width = inner + 2.0 * MARGIN;
        let height = head + self.layout.height + legend.height + MARGIN;

        let fixed = match self.audience {
            Audience::Reader => format!(" width=\"{}\" height=\"{}\"", num(width), num(height)),
            Audience::Page => " id=\"picture\"".to_owned(),
        };
        let _ = writeln!(
            self.out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gusset-picture\" \
             viewBox=\"0 0 {} {}\"{fixed} role=\"{}\" aria-label=\"{}\">",
            num(width),
            num(height),
            if self.audience == Audience::Page {
                "group"
            } else {
                "img"
            },
            xml(&shorten(&title, 200)),
        );
        let _ = writeln!(self.out, "<style>\n{STYLE}</style>");
        if self.audience == Audience::Reader {
            let _ = writeln!(self.out, "<title>{}</title>", xml(&title));
            let _ = writeln!(
                self.out,
                "<rect class=\"g-paper\" width=\"{}\" height=\"{}\"/>",
                num(width),
                num(height)
            );
            self.headline(&title, &subtitle);
        }
        let shift = (inner - self.layout.width) / 2.0;
        let _ = writeln!(
            self.out,
            "<g transform=\"translate({} {})\">",
            num(MARGIN + shift),
            num(head)
        );
        self.boxes(true);
        self.wires();
        self.gates();
        self.boxes(false);
        self.labels();
        self.ports();
        self.out.push_str("</g>\n");
        let _ = writeln!(
            self.out,
            "<g transform=\"translate({} {})\">\n{}</g>\n</svg>",
            num(MARGIN),
            num(head + self.layout.height),
            legend.svg
        );
        self.out
    }

    fn head_height(&self) -> f64 {
        if self.audience == Audience::Page {
            return MARGIN / 2.0;
        }
        let has = |text: &str| f64::from(u8::from(!text.is_empty()));
        MARGIN / 2.0
            + 30.0 * has(&self.scene.picture.title)
            + 20.0 * has(&self.scene.picture.subtitle)
    }

    fn headline(&mut self, title: &str, subtitle: &str) {
        let mut y = MARGIN / 2.0;
        for (text, class, line) in [(title, "g-title", 30.0), (subtitle, "g-subtitle", 20.0)] {
            if !text.is_empty() {
                y += line;
                let text = xml(&shorten(text, 80));
                let (x, y) = (num(MARGIN), num(y - 6.0));
                let _ = writeln!(
                    self.out,
                    "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"
                );
            }
        }
    }

    /// Boxes with children lie under the wires, boxes without above them.
    fn boxes(&mut self, holders: bool) {
        for &index in &self.scene.top_down {
            if self.scene.boxes[index].children.is_empty() != holders {
                self.one_box(index, holders);
            }
        }
    }

    fn one_box(&mut self, index: usize, holder: bool) {
        let item = &self.scene.picture.boxes[index];
        let rect = self.layout.boxes[index];
        let text = box_text(item);
        let depth = if self.scene.boxes[index].depth.is_multiple_of(2) {
            "g-even"
        } else {
            "g-odd"
        };
        let class = if holder {
            format!("g-holder {depth}")
        } else {
            "g-leaf".to_owned()
        };
        let kind = item.kind.name();
        let name = clean(if item.label.is_empty() {
            &item.id.0
        } else {
            &item.label
        });
        self.open(
            &format!("g-box g-{kind} {class}"),
            "box",
            index,
            &format!("{kind} {name}"),
        );
        let more = [
            name,
            clean(&item.sublabel),
            format!("{kind}, {}", clean(&item.id.0)),
        ];
        let lines: Vec<&str> = more
            .iter()
            .map(String::as_str)
            .filter(|line| !line.is_empty())
            .collect();
        self.tooltip(&lines.join("\n"));
        self.rect("g-shape", rect, 7.0);
        // The coloured edge says the kind; the legend explains it.
        let inset = rect.x + 1.0;
        let strip = if holder {
            HEADER_TEXT - 14.0
        } else {
            rect.h - 14.0
        };
        let _ = writeln!(
            self.out,
            "<rect class=\"g-strip\" x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>",
            num(inset + 3.0),
            num(rect.y + 7.0),
            num(strip)
        );
        let lines = if text.sublabel.is_empty() { 0.0 } else { 8.0 };
        let middle = self.layout.text_middle[index];
        self.text("g-label", rect.x + 17.0, middle + 4.5 - lines, &text.label);
        if !text.sublabel.is_empty() {
            self.text(
                "g-sublabel",
                rect.x + 17.0,
                middle + 4.5 + lines + 1.0,
                &text.sublabel,
            );
        }
        self.out.push_str("</g>\n");
    }

    fn wires(&mut self) {
        for index in 0..self.scene.bundles.len() {
            let bundle = &self.scene.bundles[index];
            let trunk = &self.scene.trunks[bundle.trunk];
            let dim = if trunk.unused { " g-unused" } else { "" };
            let class = format!("g-wire g-{}{dim}", bundle.kind.name());
            let (trunk, kind) = (bundle.trunk, bundle.kind);
            let path = curve(&self.layout.wires[index]);
            if path.is_empty() {
                continue;
            }
            let data = match self.audience {
                Audience::Page => format!(" data-wire=\"{index}\" data-trunk=\"{trunk}\""),
                Audience::Reader => String::new(),
            };
            let _ = writeln!(self.out, "<g class=\"{class}\"{data}>");
            self.tooltip(&self.wire_tooltip(index));
            if self.audience == Audience::Page {
                let _ = writeln!(self.out, "<path class=\"g-hit\" d=\"{path}\"/>");
            }
            let _ = writeln!(self.out, "<path class=\"g-line\" d=\"{path}\"/>");
            if let Some(tip) = arrow(&self.layout.wires[index]) {
                let head = if kind == LinkKind::Unsatisfied {
                    "g-tip g-open"
                } else {
                    "g-tip"
                };
                let _ = writeln!(self.out, "<path class=\"{head}\" d=\"{tip}\"/>");
            }
            self.out.push_str("</g>\n");
        }
    }

    fn wire_tooltip(&self, index: usize) -> String {
        let bundle = &self.scene.bundles[index];
        let mut lines = vec![format!(
            "{} → {}",
            self.name(bundle.from),
            self.name(bundle.to)
        )];
        for &link in bundle.links.iter().take(12) {
            let link = &self.scene.picture.links[link];
            let mut line = clean(&link.label);
            if !link.detail.is_empty() {
                let functions: Vec<String> = link.detail.iter().take(8).map(|f| clean(f)).collect();
                line.push_str(": ");
                line.push_str(&functions.join(", "));
                if link.detail.len() > functions.len() {
                    line.push_str(", …");
                }
            }
            lines.push(line);
        }
        if bundle.links.len() > 12 {
            lines.push(format!("+ {} more", bundle.links.len() - 12));
        }
        lines.push(bundle.kind.name().to_owned());
        lines.join("\n")
    }

    fn name(&self, place: Place) -> String {
        let picture = self.scene.picture;
        clean(match place {
            Place::Box(index) if picture.boxes[index].label.is_empty() => {
                &picture.boxes[index].id.0
            }
            Place::Box(index) => &picture.boxes[index].label,
            Place::Import(port) => &picture.imports[port].label,
            Place::Export(port) => &picture.exports[port].label,
        })
    }

    fn gates(&mut self) {
        for gate in &self.layout.gates {
            let (x, y) = (num(gate.x), num(gate.y));
            let _ = writeln!(
                self.out,
                "<circle class=\"g-gate\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>"
            );
        }
    }

    fn labels(&mut self) {
        for at in 0..self.layout.labels.len() {
            let spot = &self.layout.labels[at];
            let (index, rect, inside) = (spot.trunk, spot.rect, spot.inside);
            let trunk = &self.scene.trunks[index];
            let dim = if trunk.unused { " g-unused" } else { "" };
            let class = format!("g-name g-{}{dim}", trunk.kind.name());
            let all = trunk.labels.join("\n");
            let spoken = format!(
                "link {} to {}",
                trunk.labels.join(", "),
                self.name(trunk.to)
            );
            self.open(&class, "trunk", index, &spoken);
            self.tooltip(&all);
            let mut y = rect.y + 13.5;
            if inside {
                self.rect(
                    "g-row",
                    Rect {
                        x: rect.x + 9.0,
                        w: rect.w - 12.0,
                        ..rect
                    },
                    4.0,
                );
                for line in row_lines(trunk) {
                    let class = if line.package {
                        "g-mono g-package"
                    } else {
                        "g-mono"
                    };
                    self.text(class, rect.x + ROW_INSET, y + 1.0, &line.text);
                    y += LABEL_LINE;
                }
            } else {
                self.rect("g-tag", rect, 4.0);
                for line in label_lines(trunk) {
                    self.text("g-mono", rect.x + LABEL_PAD, y, &line);
                    y += LABEL_LINE;
                }
            }
            self.out.push_str("</g>\n");
        }
    }

    fn ports(&mut self) {
        let picture = self.scene.picture;
        let exports = picture.exports.iter().zip(self.layout.exports.clone());
        let imports = picture.imports.iter().zip(self.layout.imports.clone());
        let exports = exports
            .enumerate()
            .map(|(at, (port, rect))| ("export", at, port, rect));
        let imports = imports
            .enumerate()
            .map(|(at, (port, rect))| ("import", at, port, rect));
        for (side, at, port, rect) in exports.chain(imports) {
            let dim = if port.used { "" } else { " g-unused" };
            let name = clean(&port.label);
            self.open(
                &format!("g-port g-{side}{dim}"),
                side,
                at,
                &format!("{side} {name}"),
            );
            let mut lines = vec![name];
            lines.extend(port.detail.iter().take(12).map(|line| clean(line)));
            lines.push(if port.used {
                side.to_owned()
            } else {
                format!("{side}, never called")
            });
            self.tooltip(&lines.join("\n"));
            self.rect("g-pill", rect, rect.h / 2.0);
            self.text(
                "g-mono",
                rect.x + PORT_PAD,
                rect.y + rect.h / 2.0 + 3.8,
                &port_text(port),
            );
            self.out.push_str("</g>\n");
        }
    }

    /// Opens a group that the page can select.
    fn open(&mut self, class: &str, data: &str, index: usize, spoken: &str) {
        let _ = match self.audience {
            Audience::Reader => writeln!(self.out, "<g class=\"{class}\">"),
            Audience::Page => writeln!(
                self.out,
                "<g class=\"{class}\" data-{data}=\"{index}\" tabindex=\"0\" role=\"button\" \
                 aria-label=\"{}\">",
                xml(&shorten(spoken, 300))
            ),
        };
    }

    fn tooltip(&mut self, text: &str) {
        let _ = writeln!(self.out, "<title>{}</title>", xml(text));
    }

    fn rect(&mut self, class: &str, rect: Rect, radius: f64) {
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            num(rect.x),
            num(rect.y),
            num(rect.w),
            num(rect.h),
            num(radius)
        );
    }

    fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (x, y, text) = (num(x), num(y), xml(text));
        let _ = writeln!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"
        );
    }
}

/// The path of a wire: lines between points of one height or side, with rounded corners
/// where they meet, and S-curves elsewhere.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let Some(&first) = points.first() else {
        return path;
    };
    let _ = write!(path, "M{} {}", num(first.x), num(first.y));
    let mut from = first;
    for (at, &to) in points.iter().enumerate().skip(1) {
        if is_line(from, to) {
            let corner = points.get(at + 1).filter(|next| is_line(to, **next));
            let end = corner.map_or(to, |_| towards(to, from));
            let _ = write!(path, "L{} {}", num(end.x), num(end.y));
            if let Some(&next) = corner {
                let start = towards(to, next);
                let (x, y) = (num(start.x), num(start.y));
                let _ = write!(path, "Q{} {} {x} {y}", num(to.x), num(to.y));
                from = start;
                continue;
            }
        } else {
            let middle = num(f64::midpoint(from.x, to.x));
            let (x, y) = (num(to.x), num(to.y));
            let _ = write!(path, "C{middle} {} {middle} {y} {x} {y}", num(from.y));
        }
        from = to;
    }
    path
}

fn is_line(a: Point, b: Point) -> bool {
    (a.x - b.x).abs() < 0.05 || (a.y - b.y).abs() < 0.05
}

/// A point a corner's radius away from a corner, but at most halfway.
fn towards(corner: Point, other: Point) -> Point {
    let (dx, dy) = (other.x - corner.x, other.y - corner.y);
    let share = (7.0 / dx.hypot(dy).max(0.1)).min(0.5);
    Point {
        x: corner.x + dx * share,
        y: corner.y + dy * share,
    }
}

/// The arrowhead at the end of a wire, pointing along its last piece.
fn arrow(points: &[Point]) -> Option<String> {
    let [.., before, tip] = points else {
        return None;
    };
    let (half, length) = (ARROW * 0.45, ARROW);
    let (dx, dy) = if (before.x - tip.x).abs() < 0.05 {
        (0.0, if tip.y > before.y { length } else { -length })
    } else {
        (if tip.x > before.x { length } else { -length }, 0.0)
    };
    let across = if dx == 0.0 { (half, 0.0) } else { (0.0, half) };
    Some(format!(
        "M{} {}L{} {}L{} {}Z",
        num(tip.x),
        num(tip.y),
        num(tip.x - dx - across.0),
        num(tip.y - dy - across.1),
        num(tip.x - dx + across.0),
        num(tip.y - dy + across.1),
    ))
}
