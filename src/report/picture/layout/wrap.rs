//! Long frames broken into rows, like lines of text.
//!
//! A chain of fifteen middlewares in one line cannot be read on any screen or page. A frame
//! that is much wider than high is cut between layers, and the pieces are put under each
//! other. A wire that passes a cut leaves its row at the right, runs back in a lane between
//! the rows, and enters the next row from the left. Wires keep their order on the way, so
//! that the lanes do not cross each other.

use std::collections::BTreeMap;

use super::frame::Frame;
use super::measure::{PAD, count};
use super::nets::Cable;

/// A narrower frame is never cut.
const WIDE: f64 = 1800.0;
/// The shape to aim for, width to height.
const ASPECT: f64 = 1.9;
/// Distance between two lanes.
const LANE: f64 = 10.0;
/// Distance between lanes and anything else.
const CLEAR: f64 = 18.0;
/// With more wires than this across a cut, the lanes would be worse than the width.
const MOST_LANES: usize = 12;

/// The way of a wire from one row to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detour {
    /// Where it goes down at the right.
    pub(super) right: f64,
    /// Where it runs back.
    pub(super) lane: f64,
    /// Where it goes down at the left.
    pub(super) left: f64,
}

/// Detours by cable and the layer before the cut.
pub(super) type Detours = BTreeMap<(Cable, usize), Detour>;

/// Breaks a placed frame into rows if it is long.
pub(super) fn wrap(frame: &mut Frame) {
    let cuts = cuts(frame);
    if cuts.is_empty() {
        return;
    }
    let last = frame.layers.len() - 1;
    let lanes: Vec<Vec<Cable>> = cuts.iter().map(|&cut| cables_across(frame, cut)).collect();
    let mut detours = Detours::new();
    let (mut top, mut width) = (0.0, frame.spans[0].1);
    let mut first = 0;
    for row in 0..=cuts.len() {
        let end = cuts.get(row).copied().unwrap_or(last);
        let before = row.checked_sub(1).map_or(&[][..], |row| &lanes[row]);
        let after = lanes.get(row).map_or(&[][..], Vec::as_slice);
        // The lanes from the row above, then the row itself.
        if row > 0 {
            top += CLEAR + LANE * count(before.len());
            for (place, &cable) in before.iter().enumerate() {
                if let Some(detour) = detours.get_mut(&(cable, cuts[row - 1])) {
                    // The topmost lane goes down farthest left.
                    detour.left = PAD + LANE * count(place);
                    detour.lane = top - LANE * count(before.len() - place);
                }
            }
        }
        let indent = if row == 0 {
            0.0
        } else {
            PAD + CLEAR + LANE * count(before.len())
        };
        let right = if row == 0 {
            frame.spans[0].0
        } else {
            frame.spans[first].0
        };
        top = move_row(frame, first..=end, indent - right, top);
        let mut edge = frame.spans[end].1;
        for (place, &cable) in after.iter().enumerate() {
            let right = edge + CLEAR + LANE * count(place);
            detours.insert(
                (cable, end),
                Detour {
                    right,
                    lane: 0.0,
                    left: 0.0,
                },
            );
        }
        if !after.is_empty() {
            edge += CLEAR + LANE * count(after.len());
        }
        width = f64::max(width, edge + PAD);
        first = end + 1;
    }
    // The right border is where the widest row ends.
    let width = width.max(frame.spans[last].1);
    for &node in &frame.layers[last] {
        frame.nodes[node].x = width;
    }
    // What runs to the border bends just before it, not over the free part of the last row.
    let channel = frame.spans[last].0 - frame.spans[last - 1].1;
    frame.spans[last - 1].1 = width - channel;
    frame.spans[last] = (width, width);
    frame.width = width;
    frame.height = top;
    frame.detours = detours;
}

/// The layers after which to cut; nothing if the frame is fine as it is.
fn cuts(frame: &Frame) -> Vec<usize> {
    let pieces = (frame.width / (ASPECT * frame.height)).sqrt().round();
    // Ports have their places at the outer borders: only frames that end in pins are cut.
    let ends_in_pins = frame
        .layers
        .last()
        .is_some_and(|layer| layer.iter().all(|&node| frame.nodes[node].is_point()));
    if frame.width < WIDE || pieces < 2.0 || !ends_in_pins {
        return Vec::new();
    }
    let last = frame.layers.len() - 1;
    let goal = frame.width / pieces;
    let mut cuts = Vec::new();
    let mut start = frame.spans[0].0;
    for layer in 1..last.saturating_sub(1) {
        // A cut is due when the next layer would reach further past the goal than this one
        // stays behind it.
        let (here, next) = (
            frame.spans[layer].1 - start,
            frame.spans[layer + 1].1 - start,
        );
        if here + next > 2.0 * goal && has_boxes(frame, layer) {
            cuts.push(layer);
            start = frame.spans[layer + 1].0;
        }
    }
    let fits = |&cut: &usize| cables_across(frame, cut).len() <= MOST_LANES;
    if cuts.iter().all(fits) && !has_straight_wires(frame) {
        cuts
    } else {
        Vec::new()
    }
}

fn has_boxes(frame: &Frame, layer: usize) -> bool {
    frame.layers[layer]
        .iter()
        .any(|&node| frame.nodes[node].is_box())
}

/// Wires without bends would run through the rows.
fn has_straight_wires(frame: &Frame) -> bool {
    frame.nodes.iter().any(|node| {
        node.left.len() > node.left_edges.len() || node.right.len() > node.right_edges.len()
    })
}

/// The cables that pass the channel after a layer, the lowest first.
fn cables_across(frame: &Frame, cut: usize) -> Vec<Cable> {
    let mut lowest: BTreeMap<Cable, f64> = BTreeMap::new();
    for edge in &frame.edges {
        let (node, slot) = (&frame.nodes[edge.left.0], edge.left.1);
        if node.layer == cut {
            let y = node.y + node.right[slot].at;
            let low = lowest.entry(node.right[slot].cable).or_insert(y);
            *low = low.max(y);
        }
    }
    let mut cables: Vec<(Cable, f64)> = lowest.into_iter().collect();
    cables.sort_by(|a, b| b.1.total_cmp(&a.1));
    cables.into_iter().map(|(cable, _)| cable).collect()
}

/// Moves some layers right and up or down so that their content begins under `top`; gives
/// where it ends, with padding on both sides.
fn move_row(
    frame: &mut Frame,
    layers: std::ops::RangeInclusive<usize>,
    right: f64,
    top: f64,
) -> f64 {
    let nodes: Vec<usize> = frame.layers[layers.clone()].concat();
    let highest = nodes
        .iter()
        .map(|&node| frame.nodes[node].y)
        .fold(f64::INFINITY, f64::min);
    let down = if highest.is_finite() {
        top + PAD - highest
    } else {
        0.0
    };
    let mut bottom = top + PAD;
    for node in nodes {
        let node = &mut frame.nodes[node];
        node.x += right;
        node.y += down;
        bottom = bottom.max(node.y + node.h);
    }
    for span in &mut frame.spans[layers] {
        span.0 += right;
        span.1 += right;
    }
    bottom + PAD
}
