//! Where layers stand from left to right, with channels between them that are wide enough for
//! the curves.

use super::frame::Frame;
use super::measure::{ARROW, PAD};
use super::node::{Node, What};

const NARROWEST_CHANNEL: f64 = 30.0;
const WIDEST_CHANNEL: f64 = 150.0;

/// Gives every node of a frame its place from left to right, and the frame its width.
pub(super) fn columns(frame: &mut Frame) {
    let count_layers = frame.layers.len();
    let mut steepest = vec![0.0_f64; count_layers];
    let mut wires = vec![0_usize; count_layers];
    for edge in &frame.edges {
        let (left, right) = (&frame.nodes[edge.left.0], &frame.nodes[edge.right.0]);
        let rise = left.y + left.right[edge.left.1].at - right.y - right.left[edge.right.1].at;
        steepest[left.layer] = steepest[left.layer].max(rise.abs());
        wires[left.layer] += 1;
    }
    let least_width = frame.width;
    let mut x = 0.0;
    frame.spans.clear();
    for layer in 0..count_layers {
        let width = layer_width(frame, layer);
        place_in_layer(frame, layer, x, width);
        frame.spans.push((x, x + width));
        x += width;
        if layer + 1 < count_layers {
            let needed = NARROWEST_CHANNEL + ARROW + 0.16 * steepest[layer];
            // An empty border needs no more than padding.
            let bare = wires[layer] == 0 && (layer == 0 || layer + 2 == count_layers);
            x += if bare {
                PAD
            } else {
                needed.min(WIDEST_CHANNEL)
            };
        }
    }
    // A box may be wider than its content: its right border, and the pins on it, move.
    let extra = (least_width - x).max(0.0);
    if extra > 0.0 {
        for layer in 1..count_layers {
            let share = if layer + 1 == count_layers {
                extra
            } else {
                extra / 2.0
            };
            frame.spans[layer].0 += share;
            frame.spans[layer].1 += share;
            for at in 0..frame.layers[layer].len() {
                let node = frame.layers[layer][at];
                frame.nodes[node].x += share;
            }
        }
    }
    frame.width = x + extra;
}

fn layer_width(frame: &Frame, layer: usize) -> f64 {
    frame.layers[layer]
        .iter()
        .map(|&node| frame.nodes[node].w)
        .fold(0.0, f64::max)
}

/// Leaves of a layer get one width; exports end, and imports begin, at one line.
fn place_in_layer(frame: &mut Frame, layer: usize, x: f64, width: f64) {
    let leaf = |node: &Node| matches!(node.what, What::Leaf(_));
    let widths = frame.layers[layer].iter().map(|&node| &frame.nodes[node]);
    let leaf_width = widths
        .filter(|node| leaf(node))
        .map(|node| node.w)
        .fold(0.0, f64::max);
    for at in 0..frame.layers[layer].len() {
        let node = frame.layers[layer][at];
        let node = &mut frame.nodes[node];
        if leaf(node) {
            node.w = leaf_width;
        }
        node.x = match node.what {
            What::Import(_) => x,
            What::Export(_) => x + width - node.w,
            _ => x + (width - node.w) / 2.0,
        };
    }
}
