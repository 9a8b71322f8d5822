//! What a frame is made of: nodes with slots at their sides, and edges between slots.

use super::measure::SLOT;
use super::nets::Cable;

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A box without boxes inside.
    Leaf(usize),
    /// A box with boxes inside.
    Holder(usize),
    /// A group of ports at the right border of the picture, by its first.
    Import(usize),
    /// A port at the left border of the picture.
    Export(usize),
    /// Where a wire passes the border of the frame.
    Pin,
    /// The label of a trunk.
    Label(usize),
    /// Room for a wire that passes a layer.
    Bend,
}

/// A place on the side of a node where wires of one cable end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) cable: Cable,
    /// Distance from the top of the node.
    pub(super) at: f64,
    /// Whether the place is given, because the wire goes on inside of the node.
    pub(super) fixed: bool,
    /// Height and width of the label that stands at it, inside of a leaf.
    pub(super) row: Option<(f64, f64)>,
}

impl Slot {
    /// The height that the slot takes in a leaf's column of rows.
    pub(super) fn row_height(&self) -> f64 {
        self.row.map_or(SLOT, |(height, _)| height)
    }
}

/// Something that takes up room in a layer.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) layer: usize,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
    /// Height of a box's own text, above a holder's inside or a leaf's rows.
    pub(super) head: f64,
    pub(super) left: Vec<Slot>,
    pub(super) right: Vec<Slot>,
    /// Indices into [`Frame::edges`].
    pub(super) left_edges: Vec<usize>,
    pub(super) right_edges: Vec<usize>,
}

impl Node {
    /// Whether it is a mere point of a wire.
    pub(super) fn is_point(&self) -> bool {
        matches!(self.what, What::Pin | What::Bend)
    }

    /// Whether it is a box of the picture.
    pub(super) fn is_box(&self) -> bool {
        matches!(self.what, What::Leaf(_) | What::Holder(_))
    }

    /// Whether labels stand in it.
    pub(super) fn has_rows(&self) -> bool {
        self.left.iter().any(|slot| slot.row.is_some())
    }

    /// The height of a leaf's text and rows together.
    pub(super) fn block(&self) -> f64 {
        if self.has_rows() {
            self.head + self.left.iter().map(Slot::row_height).sum::<f64>()
        } else {
            self.head
        }
    }

    /// Whether no wire ends here.
    pub(super) fn is_loose(&self) -> bool {
        self.left_edges.is_empty() && self.right_edges.is_empty()
    }
}

/// A piece of a cable between neighbouring layers.
#[derive(Debug)]
pub(super) struct Edge {
    /// Node and slot at the left end.
    pub(super) left: (usize, usize),
    /// Node and slot at the right end.
    pub(super) right: (usize, usize),
    /// How much it counts in the search for heights: calls inside of the picture more than
    /// the many to the host.
    pub(super) weight: f64,
}
