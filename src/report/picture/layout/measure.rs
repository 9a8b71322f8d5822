//! How large text and the things around it are, in user units (CSS pixels).
//!
//! There is no font at hand to measure with. Interface names are set in a monospaced face,
//! whose width is known well enough; other text is estimated from above, and the drawing
//! leaves it room to be a little wider.

use super::super::model::{PictureBox, Port};
use super::super::scene::Trunk;
use super::super::text::{cells, clean, shorten};

/// Width of a character of a box's label: 13 px, bold, proportional.
const LABEL_CELL: f64 = 7.8;
/// Width of a character of monospaced text at 11 px.
const MONO_CELL: f64 = 6.7;
/// Height of one line of a wire's label.
pub(crate) const LABEL_LINE: f64 = 14.0;
/// Space around a wire's label.
pub(crate) const LABEL_PAD: f64 = 7.0;
/// Space left and right of a port's text.
pub(crate) const PORT_PAD: f64 = 11.0;
/// Space left and right of a label inside of a box.
pub(crate) const ROW_INSET: f64 = 17.0;
/// Space around the ports of a group.
pub(super) const GROUP_PAD: f64 = 6.0;
/// Distance between two ports of a group.
pub(super) const GROUP_GAP: f64 = 4.0;
/// Length of an arrowhead.
pub(crate) const ARROW: f64 = 8.0;
/// Height of label and sublabel in the head of a box with children.
pub(crate) const HEADER_TEXT: f64 = 46.0;
/// Padding inside of a box with children, below the head and at the borders.
pub(super) const PAD: f64 = 16.0;
/// Distance between the ends of two wires at a box.
pub(super) const SLOT: f64 = 16.0;

const LONGEST: usize = 44;
const MOST_LINES: usize = 4;
/// The longest name inside of a box that stays on one line, in cells.
const ONE_LINE: usize = 24;

/// The two lines of a box as they are drawn.
pub(crate) struct BoxText {
    pub(crate) label: String,
    pub(crate) sublabel: String,
}

/// What is written in a box.
pub(crate) fn box_text(item: &PictureBox) -> BoxText {
    let name = if item.label.is_empty() {
        &item.id.0
    } else {
        &item.label
    };
    BoxText {
        label: shorten(&clean(name), 34),
        sublabel: shorten(&clean(&item.sublabel), 40),
    }
}

/// What is written in a port.
pub(crate) fn port_text(port: &Port) -> String {
    shorten(&clean(&port.label), LONGEST)
}

/// What is written beside a wire: a few names, then how many there are more.
pub(crate) fn label_lines(trunk: &Trunk) -> Vec<String> {
    let all = &trunk.labels;
    let shown = if all.len() > MOST_LINES {
        MOST_LINES - 1
    } else {
        all.len()
    };
    let mut lines: Vec<String> = all[..shown]
        .iter()
        .map(|label| shorten(label, LONGEST))
        .collect();
    if shown < all.len() {
        lines.push(format!("+ {} more", all.len() - shown));
    }
    lines
}

/// One line of a label inside of a box.
pub(crate) struct RowLine {
    pub(crate) text: String,
    /// Whether it is the package of the name on the next line.
    pub(crate) package: bool,
}

/// What is written in a box where a trunk arrives. Long names take two lines, because boxes
/// may well be high, but should not be wide.
pub(crate) fn row_lines(trunk: &Trunk) -> Vec<RowLine> {
    let mut lines = Vec::new();
    for line in label_lines(trunk) {
        let split = if cells(&line) > ONE_LINE {
            line.split_once('/')
        } else {
            None
        };
        let (package, name) = split.map_or(("", line.as_str()), |(package, name)| (package, name));
        if !package.is_empty() {
            lines.push(RowLine {
                text: format!("{package}/"),
                package: true,
            });
        }
        lines.push(RowLine {
            text: name.to_owned(),
            package: false,
        });
    }
    lines
}

/// The size of a label inside of a box.
pub(super) fn row_size(trunk: &Trunk) -> (f64, f64) {
    let lines = row_lines(trunk);
    let widest = lines
        .iter()
        .map(|line| width(&line.text, MONO_CELL))
        .fold(0.0, f64::max);
    (widest, LABEL_LINE * count(lines.len()) + 8.0)
}

/// The smallest size of a box's text: what a box without children needs, and the head of one
/// with children.
pub(super) fn box_size(item: &PictureBox) -> (f64, f64) {
    let text = box_text(item);
    let width = (width(&text.label, LABEL_CELL)).max(width(&text.sublabel, MONO_CELL));
    let height = if text.sublabel.is_empty() { 40.0 } else { 54.0 };
    ((width + 34.0).max(112.0), height)
}

/// The size of a port.
pub(super) fn port_size(port: &Port) -> (f64, f64) {
    (width(&port_text(port), MONO_CELL) + 2.0 * PORT_PAD, 26.0)
}

/// The size of a group of imports: their ports under each other, in a frame.
pub(super) fn group_size<'a>(ports: impl Iterator<Item = &'a Port>) -> (f64, f64) {
    let mut size = (0.0_f64, 2.0 * GROUP_PAD - GROUP_GAP);
    for port in ports {
        let (w, h) = port_size(port);
        size = (size.0.max(w + 2.0 * GROUP_PAD), size.1 + h + GROUP_GAP);
    }
    size
}

/// The size of a wire's label.
pub(super) fn label_size(trunk: &Trunk) -> (f64, f64) {
    let lines = label_lines(trunk);
    let widest = lines
        .iter()
        .map(|line| width(line, MONO_CELL))
        .fold(0.0, f64::max);
    (
        widest + 2.0 * LABEL_PAD,
        LABEL_LINE * count(lines.len()) + 6.0,
    )
}

/// The height a side of a box needs for a number of wires.
pub(super) fn slots_height(slots: usize) -> f64 {
    SLOT * count(slots) + 14.0
}

fn width(text: &str, cell: f64) -> f64 {
    count(cells(text)) * cell
}

/// A small number as a float.
pub(super) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
