//! Imports that everybody uses in the same way, taken together.
//!
//! A component that was built with a standard library imports the same dozen interfaces as
//! its neighbours, whatever it does. Drawn one by one, they hide the calls that differ.
//! Imports with the same callers share one arrow; their ports stay apart.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{End, LinkKind, Picture};

/// What imports of one group have in common. The last field keeps an import alone.
type Use<'a> = (BTreeSet<(&'a End, LinkKind)>, bool, Option<usize>);

/// The imports of a picture in groups, by the first of each.
#[derive(Debug)]
pub(super) struct ImportGroups {
    leader: Vec<usize>,
    members: BTreeMap<usize, Vec<usize>>,
}

impl ImportGroups {
    /// Groups the imports of a picture.
    pub(super) fn new(picture: &Picture) -> Self {
        let mut uses: Vec<Use<'_>> = picture
            .imports
            .iter()
            .map(|port| (BTreeSet::new(), port.used, None))
            .collect();
        for link in &picture.links {
            if let End::Import(port) = link.to
                && let Some(item) = uses.get_mut(port)
            {
                item.0.insert((&link.from, link.kind));
                // Another name than the port's has to stand beside an arrow of its own.
                if link.label != picture.imports[port].label {
                    item.2 = Some(port);
                }
            }
            if let End::Import(port) = link.from
                && let Some(item) = uses.get_mut(port)
            {
                item.2 = Some(port);
            }
        }
        let mut leaders: BTreeMap<Use<'_>, usize> = BTreeMap::new();
        let mut groups = Self {
            leader: Vec::new(),
            members: BTreeMap::new(),
        };
        for (port, item) in uses.into_iter().enumerate() {
            let leader = *leaders.entry(item).or_insert(port);
            groups.leader.push(leader);
            groups.members.entry(leader).or_default().push(port);
        }
        groups
    }

    /// The first import of the group of an import that exists.
    pub(super) fn leader(&self, port: usize) -> Option<usize> {
        self.leader.get(port).copied()
    }

    /// All imports of a group; nothing if the import does not lead one.
    pub(super) fn members(&self, leader: usize) -> &[usize] {
        self.members.get(&leader).map_or(&[], Vec::as_slice)
    }

    /// Every group: its first import and all of its imports.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[usize])> {
        self.members
            .iter()
            .map(|(&leader, all)| (leader, all.as_slice()))
    }
}
