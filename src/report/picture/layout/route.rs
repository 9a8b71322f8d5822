//! Frames put into each other, and the pieces of every wire joined.

use std::collections::BTreeMap;

use super::super::scene::{Place, Scene};
use super::frame::Frame;
use super::measure::{GROUP_GAP, GROUP_PAD, HEADER_TEXT, port_size};
use super::nets::{Cable, Leg, Plan, frame_of};
use super::node::What;
use super::{LabelSpot, Layout, Point, Rect};

/// Gives everything its place in the whole picture.
pub(super) fn assemble(scene: &Scene<'_>, plan: &Plan, frames: &[Frame]) -> Layout {
    let whole = &frames[0];
    let mut layout = Layout {
        width: whole.width,
        height: whole.height,
        boxes: vec![Rect::default(); scene.boxes.len()],
        text_middle: vec![0.0; scene.boxes.len()],
        imports: vec![Rect::default(); scene.picture.imports.len()],
        groups: BTreeMap::new(),
        exports: vec![Rect::default(); scene.picture.exports.len()],
        wires: Vec::with_capacity(scene.bundles.len()),
        labels: Vec::new(),
        gates: Vec::new(),
    };
    let mut origins = vec![Point { x: 0.0, y: 0.0 }; frames.len()];
    for at in [0]
        .into_iter()
        .chain(scene.top_down.iter().map(|&index| frame_of(index)))
    {
        // A frame's origin is known once the frame around it has been seen.
        if at == 0 || !scene.boxes[at - 1].children.is_empty() {
            put(scene, &frames[at], at, &mut origins, &mut layout);
        }
    }
    for (bundle, (cable, legs)) in scene.bundles.iter().zip(&plan.routes) {
        let wire = match (bundle.from, legs.is_empty()) {
            (Place::Box(index), true) => own_loop(layout.boxes[index]),
            _ => join(frames, &origins, *cable, legs),
        };
        layout.wires.push(wire);
    }
    layout
}

fn put(scene: &Scene<'_>, frame: &Frame, at: usize, origins: &mut [Point], layout: &mut Layout) {
    let origin = origins[at];
    for node in &frame.nodes {
        let rect = Rect {
            x: node.x,
            y: node.y,
            w: node.w,
            h: node.h,
        }
        .moved(origin);
        match node.what {
            What::Leaf(index) => {
                layout.boxes[index] = rect;
                let top = rect.y + (node.h - node.block()) / 2.0;
                layout.text_middle[index] = top + node.head / 2.0;
                layout.labels.extend(node.left.iter().filter_map(|slot| {
                    let (h, _) = slot.row?;
                    let (x, y, w) = (rect.x, rect.y + slot.at - h / 2.0, rect.w);
                    Some(LabelSpot {
                        trunk: slot.cable.trunk,
                        rect: Rect { x, y, w, h },
                        inside: true,
                    })
                }));
            }
            What::Holder(index) => {
                layout.boxes[index] = rect;
                layout.text_middle[index] = rect.y + HEADER_TEXT / 2.0;
                origins[frame_of(index)] = Point {
                    x: rect.x,
                    y: rect.y + node.head,
                };
            }
            What::Import(leader) => put_imports(scene, leader, rect, layout),
            What::Export(port) => layout.exports[port] = rect,
            What::Label(trunk) => layout.labels.push(LabelSpot {
                trunk,
                rect,
                inside: false,
            }),
            What::Pin => layout.gates.push(Point {
                x: rect.x,
                y: rect.y,
            }),
            What::Bend => {}
        }
    }
}

/// Stacks the ports of a group in its frame; an import alone is its own frame.
fn put_imports(scene: &Scene<'_>, leader: usize, frame: Rect, layout: &mut Layout) {
    let ports = scene.imports.members(leader);
    if let [port] = ports {
        layout.imports[*port] = frame;
        return;
    }
    layout.groups.insert(leader, frame);
    let (x, mut y) = (frame.x + GROUP_PAD, frame.y + GROUP_PAD);
    for &port in ports {
        let (_, h) = port_size(&scene.picture.imports[port]);
        let w = frame.w - 2.0 * GROUP_PAD;
        layout.imports[port] = Rect { x, y, w, h };
        y += h + GROUP_GAP;
    }
}

/// The whole way of a wire, through all frames, from the caller to the called.
fn join(frames: &[Frame], origins: &[Point], cable: Cable, legs: &[Leg]) -> Vec<Point> {
    let mut wire = Vec::new();
    for leg in legs {
        let mut points = piece(&frames[leg.frame], cable, leg).unwrap_or_default();
        if cable.backward {
            points.reverse();
        }
        let origin = origins[leg.frame];
        wire.extend(points.iter().map(|p| Point {
            x: p.x + origin.x,
            y: p.y + origin.y,
        }));
    }
    simplify(wire)
}

/// The points of a wire in one frame, from left to right.
fn piece(frame: &Frame, cable: Cable, leg: &Leg) -> Option<Vec<Point>> {
    let from = frame.node_of(cable, leg.from)?;
    let to = frame.node_of(cable, leg.to)?;
    let (left, right) = if cable.backward {
        (to, from)
    } else {
        (from, to)
    };
    let (first, last) = (frame.nodes[left].layer, frame.nodes[right].layer);
    let between = frame.chains.get(&cable).into_iter().flatten();
    let between = between.filter(|&(&layer, _)| first < layer && layer < last);
    let stops: Vec<usize> = [left]
        .into_iter()
        .chain(between.map(|(_, &node)| node))
        .chain([right])
        .collect();

    let mut points = Vec::new();
    for (place, &at) in stops.iter().enumerate() {
        let node = &frame.nodes[at];
        let (start, end) = frame.spans[node.layer];
        if place > 0 {
            let slot = frame.find_slot(at, cable, false)?;
            let y = node.y + node.left[slot].at;
            points.push(Point { x: start, y });
            points.push(Point { x: node.x, y });
        }
        if place + 1 < stops.len() {
            let slot = frame.find_slot(at, cable, true)?;
            let y = node.y + node.right[slot].at;
            points.push(Point {
                x: node.x + node.w,
                y,
            });
            points.push(Point { x: end, y });
            if let Some(detour) = frame.detours.get(&(cable, node.layer)) {
                let next = &frame.nodes[stops[place + 1]];
                let slot = frame.find_slot(stops[place + 1], cable, false)?;
                let (right, lane, left) = (detour.right, detour.lane, detour.left);
                points.push(Point { x: right, y });
                points.push(Point { x: right, y: lane });
                points.push(Point { x: left, y: lane });
                points.push(Point {
                    x: left,
                    y: next.y + next.left[slot].at,
                });
            }
        }
    }
    Some(points)
}

/// Drops points in the middle of a straight line.
fn simplify(points: Vec<Point>) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        let flat = |p: &Point| (p.y - point.y).abs() < 0.5;
        match out.as_slice() {
            [.., before, last] if flat(before) && flat(last) => {
                if let Some(last) = out.last_mut() {
                    last.x = point.x;
                }
            }
            [.., last] if flat(last) && (last.x - point.x).abs() < 0.05 => {}
            _ => out.push(point),
        }
    }
    out
}

/// A link from a box to itself: a small loop on its upper border.
fn own_loop(rect: Rect) -> Vec<Point> {
    let x = rect.x + rect.w - 14.0;
    [(-22.0, 0.0), (-22.0, -14.0), (0.0, -14.0), (0.0, 0.0)]
        .map(|(dx, dy)| Point {
            x: x + dx,
            y: rect.y + dy,
        })
        .to_vec()
}
