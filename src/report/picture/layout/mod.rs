//! Positions for a scene: nested boxes, each laid out in layers from left to right.
//!
//! Why not a library: `layout-rs` ignores subgraphs (its issue 37), and nesting is what a
//! composition is about; the layout engines that do nest are not written in Rust. So this is
//! the textbook method (Sugiyama), applied to one box at a time from the inside out:
//!
//! 1. [`nets`] cuts every link at the borders of the boxes it crosses, so that what is left
//!    for one *frame* (the inside of a box, or the whole picture) is flat.
//! 2. [`rank`] gives every child of a frame a column; arrows point right, circles are cut.
//! 3. [`frame`] adds what is between the columns: label nodes, and bends that reserve room
//!    for wires that pass a column. Wires that say the same thing to the same end share them.
//! 4. [`order`] sorts every column to avoid crossings, [`place`] finds heights,
//!    [`columns`] widths.
//! 5. [`wrap`] breaks a frame into rows if it would be far wider than high.
//! 6. [`route`] joins the pieces of every wire again.
//!
//! Labels and bends are nodes like boxes, which is why nothing can overlap. Every step has a
//! bounded number of rounds; very long wires in very large frames are drawn straight, behind
//! the boxes, rather than paid for.

mod columns;
mod frame;
mod measure;
mod nets;
mod node;
mod order;
mod place;
mod rank;
mod route;
mod wrap;

use std::collections::BTreeMap;

use super::scene::Scene;
use frame::Frame;
pub(super) use measure::{
    ARROW, HEADER_TEXT, LABEL_LINE, LABEL_PAD, PORT_PAD, ROW_INSET, box_text, label_lines,
    port_text, row_lines,
};

/// A point of the drawing; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A rectangle of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

impl Rect {
    fn moved(self, by: Point) -> Self {
        Self {
            x: self.x + by.x,
            y: self.y + by.y,
            ..self
        }
    }
}

/// Where a trunk says what it carries.
#[derive(Debug)]
pub(super) struct LabelSpot {
    /// Index into [`Scene::trunks`].
    pub(super) trunk: usize,
    pub(super) rect: Rect,
    /// Whether it stands in the box that is called, rather than on the wire.
    pub(super) inside: bool,
}

/// All positions, relative to the top left corner of the drawing.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Parallel to the boxes of the scene.
    pub(super) boxes: Vec<Rect>,
    /// Parallel to the boxes of the scene: the middle of their text.
    pub(super) text_middle: Vec<f64>,
    /// Parallel to the imports of the picture.
    pub(super) imports: Vec<Rect>,
    /// Frames around imports that share an arrow, by their first.
    pub(super) groups: BTreeMap<usize, Rect>,
    /// Parallel to the exports of the picture.
    pub(super) exports: Vec<Rect>,
    /// Parallel to the bundles of the scene: from the caller to the called. Between two
    /// points at different heights the wire is an S-curve.
    pub(super) wires: Vec<Vec<Point>>,
    pub(super) labels: Vec<LabelSpot>,
    /// Where wires pass the border of a box.
    pub(super) gates: Vec<Point>,
}

/// Finds a place for everything in a scene.
pub(super) fn layout(scene: &Scene<'_>) -> Layout {
    let plan = nets::plan(scene);
    let mut frames: Vec<Frame> = Vec::new();
    frames.resize_with(plan.frames.len(), Frame::default);
    // Children come after their parents in `top_down`, and the whole picture is frame 0.
    let inside_out = scene
        .top_down
        .iter()
        .rev()
        .map(|&index| nets::frame_of(index))
        .chain([0]);
    for at in inside_out {
        let mut frame = Frame::build(scene, &plan, at, &frames);
        order::order(&mut frame);
        place::place(&mut frame);
        columns::columns(&mut frame);
        wrap::wrap(&mut frame);
        frames[at] = frame;
    }
    route::assemble(scene, &plan, &frames)
}
