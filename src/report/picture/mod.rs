//! Pictures: instances as boxes, links as arrows, drawn as SVG, HTML, graphviz or mermaid text.
//!
//! [`Picture`] is plain data and knows nothing about the rest of gusset, so that a binary, a
//! link plan and a composition can all be drawn by filling one. Rendering is a pure function
//! of that data: the same picture gives the same bytes.
//!
//! Names come from binaries that nobody vouches for. Every renderer therefore passes text
//! through `text`, which makes control characters and bidirectional overrides visible,
//! before it escapes the text for its own language.
//!
//! Reading order: `model` (what is drawn) → `scene` (references resolved, links bundled,
//! imports grouped) → `layout` (positions) → `svg` and `html`. `dot` and `mermaid` need no positions
//! and start from the scene.

mod dot;
mod groups;
mod html;
#[cfg(test)]
mod injection_tests;
mod layout;
mod mermaid;
mod model;
mod scene;
mod svg;
#[cfg(test)]
mod tests;
mod text;

pub use dot::dot;
pub use html::html;
pub use mermaid::mermaid;
pub use model::{BoxId, BoxKind, Detail, End, Link, LinkKind, Picture, PictureBox, Port};
pub use svg::svg;

/// A language in which a picture can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A standalone SVG document.
    Svg,
    /// Graphviz text.
    Dot,
    /// A mermaid flowchart.
    Mermaid,
    /// One self-contained, interactive page.
    Html,
}

/// Draws a picture in the given language.
#[must_use]
pub fn render(picture: &Picture, format: Format) -> String {
    match format {
        Format::Svg => svg(picture),
        Format::Dot => dot(picture),
        Format::Mermaid => mermaid(picture),
        Format::Html => html(picture),
    }
}
