//! Boxes, labels, ports and gates.

use std::fmt::Write as _;

use super::super::layout::{
    HEADER_TEXT, LABEL_LINE, LABEL_PAD, PORT_PAD, ROW_INSET, Rect, box_text, label_lines,
    port_text, row_lines,
};
use super::super::text::{clean, num};
use super::Painter;

// Writing to a string cannot fail, so the results of `write!` are dropped below.
impl Painter<'_> {
    /// Boxes with children lie under the wires, boxes without above them.
    pub(super) fn boxes(&mut self, holders: bool) {
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

    pub(super) fn gates(&mut self) {
        for gate in &self.layout.gates {
            let (x, y) = (num(gate.x), num(gate.y));
            let _ = writeln!(
                self.out,
                "<circle class=\"g-gate\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>"
            );
        }
    }

    pub(super) fn labels(&mut self) {
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

    pub(super) fn ports(&mut self) {
        let picture = self.scene.picture;
        for (leader, frame) in self.layout.groups.clone() {
            let dim = if picture.imports[leader].used {
                ""
            } else {
                " g-unused"
            };
            self.rect(&format!("g-group{dim}"), frame, 10.0);
        }
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
}
