//! A picture with its references resolved: boxes as a forest of indices, links bundled.

use std::collections::BTreeMap;

use super::groups::ImportGroups;
use super::model::{End, LinkKind, Picture};
use super::text::clean;

/// A resolved end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Index into [`Scene::boxes`], which is also the index into [`Picture::boxes`].
    Box(usize),
    /// Index into [`Picture::imports`] of the first import of a group.
    Import(usize),
    /// Index into [`Picture::exports`].
    Export(usize),
}

/// All links of one kind between the same two ends: drawn as one wire.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) kind: LinkKind,
    /// Indices into [`Picture::links`].
    pub(super) links: Vec<usize>,
    /// Index into [`Scene::trunks`].
    pub(super) trunk: usize,
}

/// Bundles that say the same thing to the same end: they share a label, and run together
/// from where they meet.
#[derive(Debug)]
pub(super) struct Trunk {
    pub(super) to: Place,
    pub(super) kind: LinkKind,
    /// Cleaned labels, sorted, without the one that the port at the end shows.
    pub(super) labels: Vec<String>,
    /// Whether the port at an end says that nothing calls through here.
    pub(super) unused: bool,
}

/// The place of a box in the forest.
#[derive(Debug, Default, Clone)]
pub(super) struct Spot {
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    pub(super) depth: usize,
}

/// A picture in which every reference is known to lead somewhere.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) picture: &'a Picture,
    /// Parallel to [`Picture::boxes`].
    pub(super) boxes: Vec<Spot>,
    /// Boxes without a parent, in picture order.
    pub(super) roots: Vec<usize>,
    /// Every box after its parent; siblings in picture order.
    pub(super) top_down: Vec<usize>,
    pub(super) imports: ImportGroups,
    pub(super) bundles: Vec<Bundle>,
    pub(super) trunks: Vec<Trunk>,
    /// How many links lead nowhere and are not drawn.
    pub(super) dropped: usize,
}

impl<'a> Scene<'a> {
    pub(super) fn new(picture: &'a Picture) -> Self {
        let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, item) in picture.boxes.iter().enumerate() {
            ids.entry(&item.id.0).or_insert(index);
        }
        let (boxes, roots, top_down) = forest(picture, &ids);
        let mut scene = Self {
            picture,
            boxes,
            roots,
            top_down,
            imports: ImportGroups::new(picture),
            bundles: Vec::new(),
            trunks: Vec::new(),
            dropped: 0,
        };
        scene.bundle(&ids);
        scene
    }

    /// Groups links into bundles and bundles into trunks, in the order of first appearance.
    fn bundle(&mut self, ids: &BTreeMap<&str, usize>) {
        let mut known: BTreeMap<(Place, Place, LinkKind), usize> = BTreeMap::new();
        for (index, link) in self.picture.links.iter().enumerate() {
            let (from, to) = (self.resolve(&link.from, ids), self.resolve(&link.to, ids));
            let (Some(from), Some(to)) = (from, to) else {
                self.dropped += 1;
                continue;
            };
            if !drawable(from, to) {
                self.dropped += 1;
                continue;
            }
            let slot = *known.entry((from, to, link.kind)).or_insert_with(|| {
                let (kind, links) = (link.kind, Vec::new());
                self.bundles.push(Bundle {
                    from,
                    to,
                    kind,
                    links,
                    trunk: 0,
                });
                self.bundles.len() - 1
            });
            self.bundles[slot].links.push(index);
        }
        let mut trunks: BTreeMap<(Place, LinkKind, Vec<String>, bool), usize> = BTreeMap::new();
        for slot in 0..self.bundles.len() {
            let Bundle { from, to, kind, .. } = self.bundles[slot];
            let labels = self.labels(slot);
            let unused = self.port_unused(from) || self.port_unused(to);
            let next = self.trunks.len();
            let trunk = *trunks
                .entry((to, kind, labels.clone(), unused))
                .or_insert(next);
            if trunk == next {
                self.trunks.push(Trunk {
                    to,
                    kind,
                    labels,
                    unused,
                });
            }
            self.bundles[slot].trunk = trunk;
        }
    }

    fn resolve(&self, end: &End, ids: &BTreeMap<&str, usize>) -> Option<Place> {
        match end {
            End::Box(id) => ids.get(id.0.as_str()).map(|&index| Place::Box(index)),
            End::Import(port) => self.imports.leader(*port).map(Place::Import),
            End::Export(port) => {
                (*port < self.picture.exports.len()).then_some(Place::Export(*port))
            }
        }
    }

    /// The labels of a bundle that its ends do not already show.
    fn labels(&self, bundle: usize) -> Vec<String> {
        let links = self.bundles[bundle].links.iter();
        let mut labels: Vec<String> = links
            .map(|&link| &self.picture.links[link])
            .filter(|link| {
                let shown = [self.port_label(&link.from), self.port_label(&link.to)];
                !link.label.is_empty() && !shown.contains(&Some(&link.label))
            })
            .map(|link| clean(&link.label))
            .collect();
        labels.sort();
        labels.dedup();
        labels
    }

    fn port_label(&self, end: &End) -> Option<&str> {
        let port = match end {
            End::Box(_) => None,
            End::Import(port) => self.picture.imports.get(*port),
            End::Export(port) => self.picture.exports.get(*port),
        };
        port.map(|port| port.label.as_str())
    }

    fn port_unused(&self, place: Place) -> bool {
        match place {
            Place::Box(_) => false,
            Place::Import(port) => !self.picture.imports[port].used,
            Place::Export(port) => !self.picture.exports[port].used,
        }
    }
}

/// Two ports of the same border have no room for a wire between them.
fn drawable(from: Place, to: Place) -> bool {
    !matches!(
        (from, to),
        (Place::Import(_), Place::Import(_)) | (Place::Export(_), Place::Export(_))
    )
}

type Forest = (Vec<Spot>, Vec<usize>, Vec<usize>);

/// Hangs every box under its parent; a box whose chain of parents does not end is a root.
fn forest(picture: &Picture, ids: &BTreeMap<&str, usize>) -> Forest {
    let count = picture.boxes.len();
    let mut parents: Vec<Option<usize>> = picture
        .boxes
        .iter()
        .map(|item| {
            item.parent
                .as_ref()
                .and_then(|id| ids.get(id.0.as_str()).copied())
        })
        .collect();
    // 0: not seen, otherwise the number of the walk that saw it.
    let mut seen = vec![0_usize; count];
    for start in 0..count {
        let walk = start + 1;
        let mut at = start;
        while seen[at] == 0 {
            seen[at] = walk;
            match parents[at] {
                // The walk met itself: cut the circle here.
                Some(parent) if seen[parent] == walk => parents[at] = None,
                Some(parent) => at = parent,
                None => {}
            }
        }
    }
    let mut spots = vec![Spot::default(); count];
    let mut roots = Vec::new();
    for (index, parent) in parents.iter().enumerate() {
        spots[index].parent = *parent;
        match parent {
            Some(parent) => spots[*parent].children.push(index),
            None => roots.push(index),
        }
    }
    let mut top_down = Vec::with_capacity(count);
    let mut stack: Vec<usize> = roots.iter().rev().copied().collect();
    while let Some(index) = stack.pop() {
        top_down.push(index);
        let depth = spots[index].depth + 1;
        for child in spots[index].children.clone().into_iter().rev() {
            spots[child].depth = depth;
            stack.push(child);
        }
    }
    (spots, roots, top_down)
}
