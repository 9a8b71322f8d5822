//! Wires with their arrowheads and tooltips.

use std::fmt::Write as _;

use super::super::model::LinkKind;
use super::super::text::clean;
use super::path::{arrow, curve};
use super::{Audience, Painter};

// Writing to a string cannot fail, so the results of `write!` are dropped below.
impl Painter<'_> {
    pub(super) fn wires(&mut self) {
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
}
