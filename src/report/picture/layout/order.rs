//! The order of nodes within layers: fewer crossings, by sorting each layer by where its
//! neighbours are (the barycenter heuristic), to and fro, for a bounded number of rounds.

use super::frame::Frame;
use super::node::{Slot, What};

/// Work that one frame may cost, in visits of edges.
const BUDGET: usize = 600_000;
const MOST_ROUNDS: usize = 16;

/// Sorts all layers of a frame, and the free slots of its boxes.
pub(super) fn order(frame: &mut Frame) {
    let rounds = (BUDGET / (frame.edges.len() + frame.nodes.len() + 1)).clamp(2, MOST_ROUNDS);
    let mut sorter = Sorter {
        position: vec![0; frame.nodes.len()],
        frame,
    };
    sorter.number();
    let mut best = sorter.frame.layers.clone();
    let mut fewest = sorter.crossings();
    for round in 0..rounds {
        if fewest == 0 && round > 0 {
            break;
        }
        sorter.sweep(round % 2 == 0);
        let crossings = sorter.crossings();
        if crossings < fewest || round == 0 {
            fewest = crossings;
            best.clone_from(&sorter.frame.layers);
        }
    }
    sorter.frame.layers = best;
    sorter.number();
    sorter.loose_last();
    sorter.sort_slots();
}

struct Sorter<'a> {
    frame: &'a mut Frame,
    /// The place of every node in its layer.
    position: Vec<usize>,
}

impl Sorter<'_> {
    fn number(&mut self) {
        for layer in &self.frame.layers {
            for (place, &node) in layer.iter().enumerate() {
                self.position[node] = place;
            }
        }
    }

    fn sweep(&mut self, rightward: bool) {
        let count = self.frame.layers.len();
        for step in 0..count {
            let layer = if rightward { step } else { count - 1 - step };
            let mut keyed: Vec<(f64, usize)> = self.frame.layers[layer]
                .iter()
                .map(|&node| (self.key(node, rightward), node))
                .collect();
            // The sort is stable: ties keep their order.
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (place, &(_, node)) in keyed.iter().enumerate() {
                self.position[node] = place;
                self.frame.layers[layer][place] = node;
            }
        }
    }

    /// Where a node wants to be, between 0 and 1: the mean of its neighbours on one side, or
    /// where it is.
    fn key(&self, node: usize, from_left: bool) -> f64 {
        let item = &self.frame.nodes[node];
        let edges = if from_left {
            &item.left_edges
        } else {
            &item.right_edges
        };
        if edges.is_empty() {
            return self.share(node, 0.5);
        }
        let sum: f64 = edges
            .iter()
            .map(|&edge| self.far_end(edge, from_left))
            .sum();
        sum / real(edges.len())
    }

    /// The height of an edge's far end as a share of its layer.
    fn far_end(&self, edge: usize, from_left: bool) -> f64 {
        let edge = &self.frame.edges[edge];
        if from_left {
            self.share(edge.left.0, self.within(edge.left.0, edge.left.1, true))
        } else {
            self.share(edge.right.0, self.within(edge.right.0, edge.right.1, false))
        }
    }

    fn share(&self, node: usize, within: f64) -> f64 {
        let layer = &self.frame.layers[self.frame.nodes[node].layer];
        (real(self.position[node]) + within) / real(layer.len())
    }

    /// The height of a slot as a share of its node; free slots count as its middle.
    fn within(&self, node: usize, slot: usize, on_right: bool) -> f64 {
        let node = &self.frame.nodes[node];
        let slot = if on_right {
            &node.right[slot]
        } else {
            &node.left[slot]
        };
        match node.what {
            What::Holder(_) if node.h > 0.0 => (slot.at / node.h).clamp(0.0, 1.0),
            _ => 0.5,
        }
    }

    /// Counts pairs of edges that cross, between all neighbouring layers.
    fn crossings(&self) -> usize {
        let mut gaps: Vec<Vec<(f64, f64)>> = vec![Vec::new(); self.frame.layers.len()];
        for (index, edge) in self.frame.edges.iter().enumerate() {
            let left = self.frame.nodes[edge.left.0].layer;
            gaps[left].push((self.far_end(index, true), self.far_end(index, false)));
        }
        gaps.iter_mut().map(|gap| inversions(gap)).sum()
    }

    /// Moves what has no wires to the end of its layer, in the order of the picture.
    fn loose_last(&mut self) {
        let frame = &mut *self.frame;
        for layer in &mut frame.layers {
            layer.sort_by_key(|&node| {
                let loose = frame.nodes[node].is_loose();
                (loose, if loose { node } else { self.position[node] })
            });
        }
        self.number();
    }

    /// Sorts the free slots of leaves by where their wires go.
    fn sort_slots(&mut self) {
        for node in 0..self.frame.nodes.len() {
            if !matches!(self.frame.nodes[node].what, What::Leaf(_)) {
                continue;
            }
            for on_right in [false, true] {
                let order = self.slot_order(node, on_right);
                let item = &mut self.frame.nodes[node];
                let (side, edges) = if on_right {
                    (&mut item.right, &item.right_edges)
                } else {
                    (&mut item.left, &item.left_edges)
                };
                let old: Vec<Slot> = side.clone();
                let mut moved_to = vec![0; old.len()];
                for (place, &from) in order.iter().enumerate() {
                    side[place] = old[from];
                    moved_to[from] = place;
                }
                for &edge in edges {
                    let edge = &mut self.frame.edges[edge];
                    let end = if on_right {
                        &mut edge.left
                    } else {
                        &mut edge.right
                    };
                    end.1 = moved_to[end.1];
                }
            }
        }
    }

    fn slot_order(&self, node: usize, on_right: bool) -> Vec<usize> {
        let item = &self.frame.nodes[node];
        let (side, edges) = if on_right {
            (&item.right, &item.right_edges)
        } else {
            (&item.left, &item.left_edges)
        };
        let mut sums = vec![(0.0, 0_usize); side.len()];
        for &edge in edges {
            let ends = &self.frame.edges[edge];
            let slot = if on_right { ends.left.1 } else { ends.right.1 };
            sums[slot].0 += self.far_end(edge, !on_right);
            sums[slot].1 += 1;
        }
        let mut order: Vec<usize> = (0..side.len()).collect();
        let mean = |slot: usize| sums[slot].0 / real(sums[slot].1.max(1));
        order.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)));
        order
    }
}

/// How many pairs are in opposite order on the two sides, by merge sort.
fn inversions(pairs: &mut [(f64, f64)]) -> usize {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut keys: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let mut buffer = keys.clone();
    let mut total = 0;
    let mut width = 1;
    while width < keys.len() {
        for start in (0..keys.len()).step_by(2 * width) {
            let middle = (start + width).min(keys.len());
            let end = (start + 2 * width).min(keys.len());
            let (mut left, mut right) = (start, middle);
            for place in &mut buffer[start..end] {
                if left < middle && (right >= end || keys[left] <= keys[right]) {
                    *place = keys[left];
                    left += 1;
                } else {
                    total += middle - left;
                    *place = keys[right];
                    right += 1;
                }
            }
        }
        std::mem::swap(&mut keys, &mut buffer);
        width *= 2;
    }
    total
}

fn real(number: usize) -> f64 {
    super::measure::count(number)
}
