//! The legend under a drawing: what is in the picture, and only that.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::model::{BoxKind, LinkKind};
use super::super::scene::Scene;
use super::super::text::num;

/// A drawn legend.
pub(super) struct Legend {
    pub(super) svg: String,
    pub(super) width: f64,
    pub(super) height: f64,
}

const HEIGHT: f64 = 34.0;
const MIDDLE: f64 = 18.0;

/// Draws the legend of a scene; empty if there is nothing to explain.
// Writing to a string cannot fail, so the results of `write!` are dropped.
pub(super) fn draw(scene: &Scene<'_>) -> Legend {
    let mut legend = Legend {
        svg: String::new(),
        width: 0.0,
        height: 0.0,
    };
    let picture = scene.picture;
    let kinds: BTreeSet<BoxKind> = picture.boxes.iter().map(|item| item.kind).collect();
    for kind in BoxKind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
        let name = kind.name();
        let x = legend.width;
        let _ = writeln!(
            legend.svg,
            "<g class=\"g-box g-{name} g-leaf\"><rect class=\"g-shape\" x=\"{}\" y=\"{}\" \
             width=\"18\" height=\"12\" rx=\"3\"/><rect class=\"g-strip\" x=\"{}\" y=\"{}\" \
             width=\"3\" height=\"8\" rx=\"1\"/></g>",
            num(x),
            num(MIDDLE - 6.0),
            num(x + 2.5),
            num(MIDDLE - 4.0)
        );
        legend.word(24.0, name);
    }
    let links: BTreeSet<LinkKind> = scene.bundles.iter().map(|bundle| bundle.kind).collect();
    for kind in LinkKind::ALL
        .into_iter()
        .filter(|kind| links.contains(kind))
    {
        let words = match kind {
            LinkKind::Static => "static link",
            LinkKind::Runtime => "link at run time",
            LinkKind::Host => "call to the host",
            LinkKind::Unsatisfied => "nobody provides it",
        };
        let x = legend.width;
        let _ = writeln!(
            legend.svg,
            "<g class=\"g-wire g-{}\"><path class=\"g-line\" d=\"M{} {MIDDLE}h24\"/>\
             <path class=\"g-tip\" d=\"M{} {MIDDLE}l-7 -3.5v7z\"/></g>",
            kind.name(),
            num(x),
            num(x + 30.0)
        );
        legend.word(36.0, words);
    }
    let mut ports = picture.imports.iter().chain(&picture.exports);
    if ports.any(|port| !port.used) {
        let _ = writeln!(
            legend.svg,
            "<g class=\"g-port g-import g-unused\"><rect class=\"g-pill\" x=\"{}\" y=\"{}\" \
             width=\"24\" height=\"12\" rx=\"6\"/></g>",
            num(legend.width),
            num(MIDDLE - 6.0)
        );
        legend.word(30.0, "never called");
    }
    if scene.dropped > 0 {
        let what = if scene.dropped == 1 {
            "link leads nowhere: it is"
        } else {
            "links lead nowhere: they are"
        };
        legend.word(0.0, &format!("{} {what} not drawn", scene.dropped));
    }
    legend
}

impl Legend {
    /// Writes a word after a sample and moves on.
    fn word(&mut self, after: f64, word: &str) {
        let x = self.width + after;
        let _ = writeln!(
            self.svg,
            "<text class=\"g-legend\" x=\"{}\" y=\"{}\">{word}</text>",
            num(x),
            num(MIDDLE + 4.0)
        );
        let letters = u32::try_from(word.chars().count()).unwrap_or(0);
        self.width = x + 6.0 * f64::from(letters) + 22.0;
        self.height = HEIGHT;
    }
}
