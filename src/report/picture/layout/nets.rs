//! Links cut at the borders they cross, and sorted into the frames they pass.

use std::collections::{BTreeMap, BTreeSet};

use super::super::scene::{Place, Scene};
use super::rank::{Graph, ranks};

/// A place inside one frame where a wire begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    /// A child of the frame.
    Box(usize),
    /// The border of the frame itself.
    Pin,
    /// A group of ports of the picture; only in frame 0.
    Import(usize),
    /// A port of the picture; only in frame 0.
    Export(usize),
}

/// A trunk that runs to the right, or back to the left because of a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cable {
    pub(super) trunk: usize,
    pub(super) backward: bool,
}

/// The part of a cable inside one frame: many callers, one called.
#[derive(Debug)]
pub(super) struct Net {
    pub(super) sources: BTreeSet<Stop>,
    pub(super) target: Stop,
    /// Whether its label is a node of this frame. It is not if it stands inside of the box
    /// that is called.
    pub(super) labelled: bool,
}

/// The inside of a box, or the whole picture, before anything has a position.
#[derive(Debug, Default)]
pub(super) struct FramePlan {
    pub(super) children: Vec<usize>,
    pub(super) columns: usize,
    pub(super) nets: BTreeMap<Cable, Net>,
}

/// One piece of a wire: the frame it passes and where it enters that frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) frame: usize,
    pub(super) from: Stop,
    pub(super) to: Stop,
    /// Whether this is the innermost frame that holds both ends of the link.
    meeting: bool,
}

/// All frames and the way of every bundle through them.
#[derive(Debug)]
pub(super) struct Plan {
    /// Frame 0 is the whole picture; for the others see [`frame_of`].
    pub(super) frames: Vec<FramePlan>,
    /// The column of every box in its frame.
    pub(super) column: Vec<usize>,
    /// Parallel to the bundles of the scene. Empty for a link from a box to itself.
    pub(super) routes: Vec<(Cable, Vec<Leg>)>,
}

/// The frame inside a box.
pub(super) fn frame_of(index: usize) -> usize {
    index + 1
}

/// Cuts all bundles and ranks all frames.
pub(super) fn plan(scene: &Scene<'_>) -> Plan {
    let mut frames: Vec<FramePlan> = Vec::with_capacity(scene.boxes.len() + 1);
    frames.push(FramePlan {
        children: scene.roots.clone(),
        ..FramePlan::default()
    });
    frames.extend(scene.boxes.iter().map(|spot| FramePlan {
        children: spot.children.clone(),
        ..FramePlan::default()
    }));
    let legs: Vec<Vec<Leg>> = scene
        .bundles
        .iter()
        .map(|bundle| legs(scene, bundle.from, bundle.to))
        .collect();
    let column = columns(scene, &mut frames, &legs);

    let mut routes = Vec::with_capacity(legs.len());
    for (bundle, legs) in scene.bundles.iter().zip(legs) {
        let backward = legs
            .iter()
            .any(|leg| leg.meeting && points_left(leg.from, leg.to, &column));
        let cable = Cable {
            trunk: bundle.trunk,
            backward,
        };
        let trunk = &scene.trunks[bundle.trunk];
        let speaks = !trunk.labels.is_empty() && (backward || !is_leaf(scene, trunk.to));
        for leg in &legs {
            let net = frames[leg.frame].nets.entry(cable).or_insert_with(|| Net {
                sources: BTreeSet::new(),
                target: leg.to,
                labelled: false,
            });
            net.sources.insert(leg.from);
            net.labelled |= leg.meeting && speaks;
        }
        routes.push((cable, legs));
    }
    Plan {
        frames,
        column,
        routes,
    }
}

/// Whether a place is a box without boxes inside.
pub(super) fn is_leaf(scene: &Scene<'_>, place: Place) -> bool {
    matches!(place, Place::Box(index) if scene.boxes[index].children.is_empty())
}

/// Whether a wire between two stops of one frame has to run from right to left.
fn points_left(from: Stop, to: Stop, column: &[usize]) -> bool {
    let side = |stop| match stop {
        Stop::Export(_) => Some((0, 0)),
        Stop::Box(index) => Some((1, column[index])),
        Stop::Import(_) => Some((2, 0)),
        // Between a box and its own inside a wire always runs forward.
        Stop::Pin => None,
    };
    side(from).zip(side(to)).is_some_and(|(from, to)| from > to)
}

/// Ranks the children of every frame; gives the column of every box.
fn columns(scene: &Scene<'_>, frames: &mut [FramePlan], legs: &[Vec<Leg>]) -> Vec<usize> {
    let mut local = vec![0_usize; scene.boxes.len()];
    let mut graphs: Vec<Graph> = Vec::with_capacity(frames.len());
    for frame in frames.iter() {
        for (place, &child) in frame.children.iter().enumerate() {
            local[child] = place;
        }
        graphs.push(Graph {
            count: frame.children.len(),
            edges: BTreeMap::new(),
            entries: BTreeSet::new(),
        });
    }
    for leg in legs.iter().flatten() {
        let graph = &mut graphs[leg.frame];
        match (leg.from, leg.to) {
            (Stop::Box(from), Stop::Box(to)) => {
                *graph.edges.entry((local[from], local[to])).or_default() += 1;
            }
            (Stop::Pin | Stop::Export(_), Stop::Box(to)) => {
                graph.entries.insert(local[to]);
            }
            _ => {}
        }
    }
    let mut column = vec![0; scene.boxes.len()];
    for (frame, graph) in frames.iter_mut().zip(&graphs) {
        let ranks = ranks(graph);
        frame.columns = ranks.iter().map(|rank| rank + 1).max().unwrap_or(0);
        for (&child, rank) in frame.children.iter().zip(ranks) {
            column[child] = rank;
        }
    }
    column
}

/// The pieces of a link, from the caller outwards to the frame where both ends meet, and
/// inwards to the called.
fn legs(scene: &Scene<'_>, from: Place, to: Place) -> Vec<Leg> {
    if from == to {
        return Vec::new();
    }
    let (up, down) = (ancestry(scene, from), ancestry(scene, to));
    // Both lists start at the outermost box; the ends meet inside the last shared one.
    let shared = up.iter().zip(&down).take_while(|(a, b)| a == b).count();
    let meeting = shared.checked_sub(1).map_or(0, |last| frame_of(up[last]));
    let mut legs = Vec::new();
    for at in (shared + 1..up.len()).rev() {
        let frame = frame_of(up[at - 1]);
        legs.push(Leg {
            frame,
            from: Stop::Box(up[at]),
            to: Stop::Pin,
            meeting: false,
        });
    }
    legs.push(Leg {
        frame: meeting,
        from: stop(from, up.get(shared)),
        to: stop(to, down.get(shared)),
        meeting: true,
    });
    for at in shared + 1..down.len() {
        let frame = frame_of(down[at - 1]);
        legs.push(Leg {
            frame,
            from: Stop::Pin,
            to: Stop::Box(down[at]),
            meeting: false,
        });
    }
    legs
}

/// The stop of an end in the frame where a link's ends meet: the box that holds the end, the
/// border if the end is the frame itself, or a port.
fn stop(end: Place, holder: Option<&usize>) -> Stop {
    match (end, holder) {
        (Place::Import(port), _) => Stop::Import(port),
        (Place::Export(port), _) => Stop::Export(port),
        (Place::Box(_), Some(&holder)) => Stop::Box(holder),
        (Place::Box(_), None) => Stop::Pin,
    }
}

/// A box and all boxes around it, outermost first; nothing for a port.
fn ancestry(scene: &Scene<'_>, place: Place) -> Vec<usize> {
    let mut path = Vec::new();
    let mut next = match place {
        Place::Box(index) => Some(index),
        Place::Import(_) | Place::Export(_) => None,
    };
    while let Some(index) = next {
        path.push(index);
        next = scene.boxes[index].parent;
    }
    path.reverse();
    path
}
