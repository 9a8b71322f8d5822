//! The drawing as a standalone SVG document.
//!
//! Only plain shapes, classes and presentation rules: no variables, markers or filters, which
//! many viewers outside of browsers do not know. Colours follow the reader's scheme where the
//! viewer can tell, and are the light ones elsewhere.

mod legend;
mod path;
mod shapes;
mod wires;

use std::fmt::Write as _;

use super::layout::{Layout, Rect, layout};
use super::model::Picture;
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

    fn name(&self, place: Place) -> String {
        let picture = self.scene.picture;
        if let Place::Import(leader) = place
            && let Some(more) = self.scene.imports.members(leader).len().checked_sub(1)
            && more > 0
        {
            return format!("{} + {more} more", clean(&picture.imports[leader].label));
        }
        clean(match place {
            Place::Box(index) if picture.boxes[index].label.is_empty() => {
                &picture.boxes[index].id.0
            }
            Place::Box(index) => &picture.boxes[index].label,
            Place::Import(port) => &picture.imports[port].label,
            Place::Export(port) => &picture.exports[port].label,
        })
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
