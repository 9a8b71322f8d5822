//! How high nodes stand, once their order is known.
//!
//! Heights are found by relaxation: layer by layer, every node moves to where its wires would
//! be straight, as far as its neighbours in the layer allow. For a fixed order that is a
//! least-squares problem with an exact linear-time solution ([`settle`]).

use super::frame::Frame;
use super::measure::{PAD, SLOT, count};
use super::node::{Edge, Node, What};

const ROUNDS: usize = 10;
/// Distance of a wire from the corner of a box.
const EDGE: f64 = 6.0;
/// A box moves at most this far to make its strongest wire straight.
const NUDGE: f64 = 10.0;

/// Gives every node of an ordered frame its height in the frame.
pub(super) fn place(frame: &mut Frame) {
    spread_slots(frame);
    stack(frame);
    for round in 0..ROUNDS {
        let rightward = round % 2 == 0;
        for step in 0..frame.layers.len() {
            let layer = if rightward {
                step
            } else {
                frame.layers.len() - 1 - step
            };
            // The last rounds listen to both sides.
            let sides = (
                rightward || round + 2 >= ROUNDS,
                !rightward || round + 2 >= ROUNDS,
            );
            relax(frame, layer, sides);
        }
    }
    straighten(frame);
    normalize(frame);
}

/// Puts the slots of leaves beside their labels, or else around the middle of the side.
fn spread_slots(frame: &mut Frame) {
    for node in &mut frame.nodes {
        let middle = node.h / 2.0;
        let is_leaf = matches!(node.what, What::Leaf(_));
        let rows = node
            .has_rows()
            .then(|| (node.h - node.block()) / 2.0 + node.head - 2.0);
        for side in [&mut node.left, &mut node.right] {
            let first = middle - SLOT * (count(side.len()) - 1.0) / 2.0;
            for (place, slot) in side.iter_mut().enumerate() {
                if is_leaf {
                    slot.at = first + SLOT * count(place);
                } else if !slot.fixed && !matches!(node.what, What::Holder(_)) {
                    slot.at = middle;
                }
            }
        }
        if let Some(mut next) = rows {
            for slot in &mut node.left {
                slot.at = next + slot.row_height() / 2.0;
                next += slot.row_height();
            }
        }
        if is_leaf {
            level(node, &frame.edges);
        }
    }
}

/// Lets the most important call leave a leaf at the height where its own call comes in: a
/// chain of boxes becomes a line.
fn level(node: &mut Node, edges: &[Edge]) {
    let weight = |slot: usize| {
        let mine = node.right_edges.iter().map(|&edge| &edges[edge]);
        mine.filter(|edge| edge.left.1 == slot)
            .map(|edge| edge.weight)
            .fold(0.0, f64::max)
    };
    let heaviest = (0..node.right.len())
        .rev()
        .max_by(|&a, &b| weight(a).total_cmp(&weight(b)));
    let (Some(heaviest), Some(entry)) = (heaviest, node.left.first()) else {
        return;
    };
    let wanted = entry.at - node.right[heaviest].at;
    let (first, last) = (node.right[0].at, node.right[node.right.len() - 1].at);
    let shift = wanted.min(node.h - EDGE - last).max(EDGE - first);
    for slot in &mut node.right {
        slot.at += shift;
    }
}

/// The least distance between two nodes of a layer.
fn gap(above: &Node, below: &Node) -> f64 {
    match (above.what, below.what) {
        (What::Pin | What::Bend, What::Pin | What::Bend) => 13.0,
        (What::Leaf(_) | What::Holder(_), What::Leaf(_) | What::Holder(_)) => 26.0,
        (What::Leaf(_) | What::Holder(_), _) | (_, What::Leaf(_) | What::Holder(_)) => 18.0,
        _ => 9.0,
    }
}

/// First heights: every layer from the top.
fn stack(frame: &mut Frame) {
    for layer in &frame.layers {
        let mut next = 0.0;
        for (place, &node) in layer.iter().enumerate() {
            if place > 0 {
                next += gap(&frame.nodes[layer[place - 1]], &frame.nodes[node]);
            }
            frame.nodes[node].y = next;
            next += frame.nodes[node].h;
        }
    }
}

/// How much a wire wants to be straight: most between two bends, where nothing else explains
/// a step.
fn pull(a: &Node, b: &Node) -> f64 {
    match (a.is_point(), b.is_point()) {
        (true, true) => 8.0,
        (false, false) => 1.0,
        _ => 2.0,
    }
}

/// The height a node would have if one of its edges were straight, and how much it matters.
fn wish(frame: &Frame, node: usize, edge: usize) -> (f64, f64) {
    let edge = &frame.edges[edge];
    let (left, right) = (&frame.nodes[edge.left.0], &frame.nodes[edge.right.0]);
    let (out, into) = (left.right[edge.left.1].at, right.left[edge.right.1].at);
    let weight = pull(left, right) * edge.weight;
    if edge.left.0 == node {
        (right.y + into - out, weight)
    } else {
        (left.y + out - into, weight)
    }
}

fn relax(frame: &mut Frame, layer: usize, (from_left, from_right): (bool, bool)) {
    let order = frame.layers[layer].clone();
    let mut wishes = Vec::with_capacity(order.len());
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(order.len());
    for (place, &node) in order.iter().enumerate() {
        if let Some(&above) = place.checked_sub(1).and_then(|above| order.get(above)) {
            let above = &frame.nodes[above];
            offset += above.h + gap(above, &frame.nodes[node]);
        }
        offsets.push(offset);
        let item = &frame.nodes[node];
        let left = item.left_edges.iter().filter(|_| from_left);
        let right = item.right_edges.iter().filter(|_| from_right);
        let (mut sum, mut weights) = (0.0, 0.0);
        for &edge in left.chain(right) {
            let (y, weight) = wish(frame, node, edge);
            sum += y * weight;
            weights += weight;
        }
        if weights == 0.0 {
            // Nobody pulls: stay, but give way.
            (sum, weights) = (item.y * 0.01, 0.01);
        }
        wishes.push((sum / weights - offset, weights));
    }
    for ((&node, y), offset) in order.iter().zip(settle(&wishes)).zip(offsets) {
        frame.nodes[node].y = y + offset;
    }
}

/// The non-decreasing sequence closest to the wishes by weighted squares (pool adjacent
/// violators).
fn settle(wishes: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(wishes.len());
    for &(wish, weight) in wishes {
        let mut pool = (wish, weight, 1);
        while let Some(&(above, weight, size)) = pools.last() {
            if above <= pool.0 {
                break;
            }
            let total = weight + pool.1;
            pool = (
                (above * weight + pool.0 * pool.1) / total,
                total,
                size + pool.2,
            );
            pools.pop();
        }
        pools.push(pool);
    }
    pools
        .iter()
        .flat_map(|&(value, _, size)| std::iter::repeat_n(value, size))
        .collect()
}

/// Takes small steps out of wires: every node moves, within the room it has, to where its
/// strongest wire is straight.
fn straighten(frame: &mut Frame) {
    let last = frame.layers.len() - 1;
    // Wires are followed from the middle outwards last, so that steps end up at the borders
    // of the frame only if nothing else helps.
    for layer in 1..=last {
        align(frame, layer, true);
    }
    for layer in (0..last).rev() {
        align(frame, layer, false);
    }
    align(frame, last, true);
}

fn align(frame: &mut Frame, layer: usize, to_left: bool) {
    for place in 0..frame.layers[layer].len() {
        let node = frame.layers[layer][place];
        let item = &frame.nodes[node];
        let edges = if to_left {
            &item.left_edges
        } else {
            &item.right_edges
        };
        let strongest = edges
            .iter()
            .map(|&edge| wish(frame, node, edge))
            .min_by(|a, b| {
                b.1.total_cmp(&a.1)
                    .then((a.0 - item.y).abs().total_cmp(&(b.0 - item.y).abs()))
            });
        let Some((y, _)) = strongest else { continue };
        if item.is_box() && (y - item.y).abs() > NUDGE {
            continue;
        }
        let order = &frame.layers[layer];
        let low = place.checked_sub(1).map_or(f64::NEG_INFINITY, |above| {
            let above = &frame.nodes[order[above]];
            above.y + above.h + gap(above, item)
        });
        let high = order.get(place + 1).map_or(f64::INFINITY, |&below| {
            let below = &frame.nodes[below];
            below.y - gap(item, below) - item.h
        });
        // Rounding may have left less than no room.
        frame.nodes[node].y = y.min(high).max(low);
    }
}

/// Moves the frame's content to its top, and measures its height.
fn normalize(frame: &mut Frame) {
    let top = frame
        .nodes
        .iter()
        .map(|node| node.y)
        .fold(f64::INFINITY, f64::min);
    let mut bottom: f64 = 0.0;
    for node in &mut frame.nodes {
        node.y += PAD - top;
        bottom = bottom.max(node.y + node.h);
    }
    frame.height = bottom + PAD;
}
