//! One frame as a layered graph: boxes, ports and pins, and the label nodes and bends between.

use std::collections::{BTreeMap, BTreeSet};

use super::super::scene::{Place, Scene};
use super::measure::{
    HEADER_TEXT, ROW_INSET, SLOT, box_size, count, group_size, label_size, port_size, row_size,
    slots_height,
};
use super::nets::{Cable, FramePlan, Net, Plan, Stop, frame_of};
use super::node::{Edge, Node, Slot, What};
use super::wrap::Detours;

/// The most bends in one frame. Beyond it, the longest wires run straight.
const MOST_BENDS: usize = 24_000;

/// The inside of a box, or the whole picture.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) nodes: Vec<Node>,
    pub(super) layers: Vec<Vec<usize>>,
    pub(super) edges: Vec<Edge>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Left and right end of every layer.
    pub(super) spans: Vec<(f64, f64)>,
    /// The nodes of children and ports.
    pub(super) stops: BTreeMap<Stop, usize>,
    /// The pin of every cable that crosses the border.
    pub(super) pins: BTreeMap<Cable, usize>,
    /// How wires get from one row to the next, if the frame is broken into rows.
    pub(super) detours: Detours,
    /// The bends and labels of every cable, by layer.
    pub(super) chains: BTreeMap<Cable, BTreeMap<usize, usize>>,
}

impl Frame {
    /// Makes nodes and edges; frames of inner boxes must be complete in `done`.
    pub(super) fn build(scene: &Scene<'_>, plan: &Plan, at: usize, done: &[Self]) -> Self {
        let wanted = &plan.frames[at];
        let mut frame = Self::default();
        let layer_of = frame.make_layers(wanted, plan);
        for &child in &wanted.children {
            frame.add_box(scene, child, layer_of[2 * plan.column[child] + 2], done);
        }
        let (first, last) = (0, frame.layers.len() - 1);
        if at == 0 {
            for (port, item) in scene.picture.exports.iter().enumerate() {
                let node = frame.add(What::Export(port), first, port_size(item));
                frame.stops.insert(Stop::Export(port), node);
            }
            for (leader, ports) in scene.imports.iter() {
                let mut items = ports.iter().map(|&port| &scene.picture.imports[port]);
                let size = match (ports.len(), items.next()) {
                    (1, Some(item)) => port_size(item),
                    (_, first) => group_size(first.into_iter().chain(items)),
                };
                let node = frame.add(What::Import(leader), last, size);
                frame.stops.insert(Stop::Import(leader), node);
            }
        } else {
            // The head of the box must fit.
            frame.width = box_size(&scene.picture.boxes[at - 1]).0;
        }
        for (&cable, net) in &wanted.nets {
            if net.target == Stop::Pin || net.sources.contains(&Stop::Pin) {
                let right = (net.target == Stop::Pin) != cable.backward;
                let node = frame.add(What::Pin, if right { last } else { first }, (0.0, 0.0));
                frame.pins.insert(cable, node);
            }
        }
        let straight = frame.too_long(wanted);
        for (&cable, net) in &wanted.nets {
            frame.wire(scene, cable, net, straight.contains(&cable), done);
        }
        frame.fit_heads();
        frame
    }

    /// Makes the layers: pins, then labels and boxes in turn, then pins. Label layers that no
    /// label needs are left out. Gives the layer for every position in the full row.
    fn make_layers(&mut self, wanted: &FramePlan, plan: &Plan) -> Vec<usize> {
        let full = 2 * wanted.columns + 3;
        let mut needed: BTreeSet<usize> = (0..full).step_by(2).collect();
        for (cable, net) in wanted.nets.iter().filter(|(_, net)| net.labelled) {
            let target = match net.target {
                Stop::Box(child) => 2 * plan.column[child] + 2,
                Stop::Export(_) => 0,
                Stop::Import(_) => full - 1,
                Stop::Pin if cable.backward => 0,
                Stop::Pin => full - 1,
            };
            needed.insert(if cable.backward {
                target + 1
            } else {
                target - 1
            });
        }
        self.layers = vec![Vec::new(); needed.len()];
        let mut next = 0;
        (0..full)
            .map(|place| {
                let layer = next;
                next += usize::from(needed.contains(&place));
                layer
            })
            .collect()
    }

    fn add(&mut self, what: What, layer: usize, (w, h): (f64, f64)) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node {
            what,
            layer,
            x: 0.0,
            y: 0.0,
            w,
            h,
            head: 0.0,
            left: Vec::new(),
            right: Vec::new(),
            left_edges: Vec::new(),
            right_edges: Vec::new(),
        });
        self.layers[layer].push(index);
        index
    }

    fn add_box(&mut self, scene: &Scene<'_>, index: usize, layer: usize, done: &[Self]) {
        let node = if scene.boxes[index].children.is_empty() {
            let size = box_size(&scene.picture.boxes[index]);
            let node = self.add(What::Leaf(index), layer, size);
            self.nodes[node].head = size.1;
            node
        } else {
            let inside = &done[frame_of(index)];
            let node = self.add(What::Holder(index), layer, (inside.width, inside.height));
            self.nodes[node].head = HEADER_TEXT;
            node
        };
        self.stops.insert(Stop::Box(index), node);
    }

    /// The node of a stop of a cable.
    pub(super) fn node_of(&self, cable: Cable, stop: Stop) -> Option<usize> {
        match stop {
            Stop::Pin => self.pins.get(&cable).copied(),
            stop => self.stops.get(&stop).copied(),
        }
    }

    /// The nets that must do without bends to keep the frame within bounds: the longest.
    fn too_long(&self, wanted: &FramePlan) -> BTreeSet<Cable> {
        let mut spans: Vec<(usize, Cable)> = Vec::new();
        for (&cable, net) in &wanted.nets {
            let layers = net.sources.iter().chain([&net.target]);
            let layers = layers.filter_map(|&stop| self.node_of(cable, stop));
            let layers: Vec<usize> = layers.map(|node| self.nodes[node].layer).collect();
            let low = layers.iter().min().copied().unwrap_or(0);
            let high = layers.iter().max().copied().unwrap_or(0);
            spans.push((high - low, cable));
        }
        spans.sort();
        let mut total = 0;
        spans
            .into_iter()
            .filter_map(|(span, cable)| {
                total += span;
                (total > MOST_BENDS).then_some(cable)
            })
            .collect()
    }

    /// Makes label, bends and edges of one net. Callers further away join the chain of bends
    /// where it passes them.
    fn wire(&mut self, scene: &Scene<'_>, cable: Cable, net: &Net, straight: bool, done: &[Self]) {
        let Some(target) = self.node_of(cable, net.target) else {
            return;
        };
        let sources: Vec<usize> = net
            .sources
            .iter()
            .filter_map(|&stop| self.node_of(cable, stop))
            .collect();
        let end = self.nodes[target].layer;
        let distance = |node: &usize| self.nodes[*node].layer.abs_diff(end);
        let farthest = sources.iter().map(distance).max().unwrap_or(0);
        let layer_at = |steps: usize| {
            if cable.backward {
                end + steps
            } else {
                end - steps
            }
        };
        let mut chain = BTreeMap::new();
        for steps in 1..farthest {
            let layer = layer_at(steps);
            let (what, size) = if steps == 1 && net.labelled {
                (
                    What::Label(cable.trunk),
                    label_size(&scene.trunks[cable.trunk]),
                )
            } else if straight {
                continue;
            } else {
                (What::Bend, (0.0, 0.0))
            };
            chain.insert(layer, self.add(what, layer, size));
        }
        let mut links: BTreeSet<(usize, usize)> = BTreeSet::new();
        for mut from in sources {
            // Follow the chain from each caller; the set drops what others did before.
            loop {
                let layer = self.nodes[from].layer;
                let steps = layer.abs_diff(end);
                let next = if steps <= 1 {
                    target
                } else {
                    match chain.get(&layer_at(steps - 1)) {
                        Some(&bend) => bend,
                        None => break,
                    }
                };
                links.insert((from, next));
                if next == target {
                    break;
                }
                from = next;
            }
        }
        self.chains.insert(cable, chain);
        // A straight wire needs its ends even without edges.
        for &stop in net.sources.iter().chain([&net.target]) {
            if let Some(node) = self.node_of(cable, stop) {
                self.slot(node, cable, (stop == net.target) == cable.backward, done);
            }
        }
        if !cable.backward
            && matches!(self.nodes[target].what, What::Leaf(_))
            && !scene.trunks[cable.trunk].labels.is_empty()
            && let Some(slot) = self.find_slot(target, cable, false)
        {
            let (width, height) = row_size(&scene.trunks[cable.trunk]);
            self.nodes[target].left[slot].row = Some((height, width));
        }
        let to_host = matches!(scene.trunks[cable.trunk].to, Place::Import(_));
        let weight = if to_host { 1.0 } else { 5.0 };
        for (from, to) in links {
            let (left, right) = if cable.backward {
                (to, from)
            } else {
                (from, to)
            };
            let left_slot = self.slot(left, cable, true, done);
            let right_slot = self.slot(right, cable, false, done);
            self.nodes[left].right_edges.push(self.edges.len());
            self.nodes[right].left_edges.push(self.edges.len());
            self.edges.push(Edge {
                left: (left, left_slot),
                right: (right, right_slot),
                weight,
            });
        }
    }

    /// Finds or makes the slot of a cable on one side of a node.
    fn slot(&mut self, node: usize, cable: Cable, on_right: bool, done: &[Self]) -> usize {
        if let Some(slot) = self.find_slot(node, cable, on_right) {
            return slot;
        }
        let item = &mut self.nodes[node];
        let inner = match item.what {
            What::Holder(index) => {
                let inside = &done[frame_of(index)];
                let pin = inside.pins.get(&cable).map(|&pin| &inside.nodes[pin]);
                pin.filter(|pin| (pin.layer > 0) == on_right)
                    .map(|pin| pin.y)
            }
            _ => None,
        };
        let at = inner.unwrap_or(item.h / 2.0);
        let side = if on_right {
            &mut item.right
        } else {
            &mut item.left
        };
        side.push(Slot {
            cable,
            at,
            fixed: inner.is_some(),
            row: None,
        });
        side.len() - 1
    }

    /// The slot of a cable on one side of a node.
    pub(super) fn find_slot(&self, node: usize, cable: Cable, on_right: bool) -> Option<usize> {
        let node = &self.nodes[node];
        let side = if on_right { &node.right } else { &node.left };
        side.iter().position(|slot| slot.cable == cable)
    }

    /// Makes boxes high enough for their wires. Wires that end at a holder itself end at its
    /// head; those that go on inside move down with the inside.
    fn fit_heads(&mut self) {
        for node in &mut self.nodes {
            match node.what {
                What::Leaf(_) => {
                    let rows = node.left.iter().filter_map(|slot| slot.row);
                    let widest = rows.map(|(_, width)| width).fold(0.0, f64::max);
                    node.w = node.w.max(widest + 2.0 * ROW_INSET);
                    let bare = if node.has_rows() { 0 } else { node.left.len() };
                    node.h = (node.block() + if node.has_rows() { 16.0 } else { 0.0 })
                        .max(slots_height(node.right.len().max(bare)));
                }
                What::Holder(_) => {
                    let free = |side: &[Slot]| side.iter().filter(|slot| !slot.fixed).count();
                    let most = free(&node.left).max(free(&node.right));
                    node.head = node.head.max(slots_height(most));
                    node.h += node.head;
                    for side in [&mut node.left, &mut node.right] {
                        let mut next = 0;
                        for slot in side {
                            if slot.fixed {
                                slot.at += node.head;
                            } else {
                                slot.at = SLOT * (count(next) + 1.0);
                                next += 1;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }
}
