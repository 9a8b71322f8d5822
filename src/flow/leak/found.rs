//! What a run comes across.

use super::super::event::Site;
use super::machine::Machine;
use super::question::{Leak, LeakHow, MAX_SECRETS};
use super::word::Labels;
use crate::graph::{CoreFunc, LowerId};
use std::collections::{BTreeMap, BTreeSet};

/// Places where one secret is revealed that are kept.
const MAX_PLACES: usize = 64;

#[derive(Default)]
pub(super) struct Found {
    /// Names, by bit; the last bit is for names that are not known.
    pub names: Vec<String>,
    pub flows: BTreeMap<(u32, usize), Leak>,
    pub revealed: BTreeMap<u32, BTreeSet<Vec<Site>>>,
    pub passed: BTreeSet<(u32, LowerId, bool)>,
    pub trusted: BTreeSet<CoreFunc>,
}

/// The bit of secrets whose name is not known.
pub(super) const UNNAMED: u32 = 1 << MAX_SECRETS;

impl Found {
    /// The bit of a name.
    pub(super) fn bit(&mut self, name: &str) -> u32 {
        if let Some(at) = self.names.iter().position(|n| n == name) {
            return 1 << at;
        }
        if self.names.len() >= MAX_SECRETS {
            return UNNAMED;
        }
        self.names.push(name.to_string());
        1 << (self.names.len() - 1)
    }
}

/// The single bits of a set.
pub(super) fn bits(set: u32) -> impl Iterator<Item = u32> {
    (0..32).map(|i| 1 << i).filter(move |bit| set & bit != 0)
}

impl Machine<'_, '_, '_, '_> {
    /// Something with labels gets out.
    pub(super) fn leaves(
        &mut self,
        labels: Labels,
        sink: usize,
        func: Option<CoreFunc>,
        lost: super::super::event::Why,
    ) {
        if self.trusted > 0 {
            return;
        }
        for (set, how) in [
            (labels.bytes, LeakHow::Copied),
            (labels.derived, LeakHow::Computed),
            (labels.vague, LeakHow::Lost(lost)),
            (
                labels.stale & !labels.secrets(),
                LeakHow::Lost(super::super::event::Why::Bytes),
            ),
        ] {
            for bit in bits(set) {
                self.leak(bit, sink, how, func);
            }
        }
    }

    pub(super) fn leak(&mut self, bit: u32, sink: usize, how: LeakHow, func: Option<CoreFunc>) {
        let known = self.found.flows.get(&(bit, sink));
        if known.is_none_or(|leak| how < leak.how) {
            let leak = Leak {
                how,
                trail: self.trail.clone(),
                func,
            };
            self.found.flows.insert((bit, sink), leak);
        }
    }

    /// A secret is revealed here.
    pub(super) fn reveals(&mut self, set: u32) {
        if self.trusted > 0 {
            return;
        }
        for bit in bits(set) {
            let places = self.found.revealed.entry(bit).or_default();
            if places.len() < MAX_PLACES {
                places.insert(self.trail.clone());
            }
        }
    }
}
