//! Comparisons of bytes of names with bytes that are none: what they are equal to is assumed,
//! and the run goes on under this assumption for a while, then without it.

use super::machine::{Machine, Val};
use super::mark::Mark;
use super::tried::{Found, Handed, Try, is_name_byte};
use crate::flow::event::Site;
use crate::flow::step::{Binary, Unary};
use crate::graph::MemoryRef;
use std::collections::{BTreeMap, HashSet};

/// Steps that a run goes on after something was assumed, if nothing more is.
const QUIET: u64 = 3_000;
/// The same where the opposite was assumed before.
const OTHERWISE: u64 = 300;
/// Assumptions on top of each other that can be taken back one by one.
const NESTED: u32 = 48;
const MAX_TRIES: u32 = 52;
/// Tries of one run, and what they found.
const MAX_ATTEMPTS: u32 = 60_000;
const MAX_FOUND: usize = 20_000;
/// Tries of one instruction that compares something computed from a whole name.
const MAX_PROBES: u32 = 512;

/// What a comparison is about.
enum About {
    /// Bytes of a name: positions, whether changed, what they are compared with.
    Bytes {
        name: usize,
        bytes: Vec<(usize, bool, u8)>,
        /// The bytes that stand there now.
        have: BTreeMap<usize, u8>,
        stride: usize,
    },
    /// The end of a name: a byte of it is compared with what may separate it.
    End { name: usize, at: usize },
    /// What stands behind a name is compared with something else.
    Behind { name: usize },
    /// Something computed from a whole name, by the byte of the value that it stands in.
    Computed(Vec<(usize, usize)>),
}

impl Machine<'_, '_, '_> {
    /// An instruction with two operands of which one has marks.
    pub(super) fn compute(&mut self, op: Binary, left: Val, right: Val, bits: u64) {
        let equal = match op {
            Binary::I32Eq | Binary::I64Eq => Some(1),
            Binary::I32Ne | Binary::I64Ne | Binary::I32Xor | Binary::I64Xor => Some(0),
            _ => None,
        };
        let xor = matches!(op, Binary::I32Xor | Binary::I64Xor);
        if op == Binary::I32Sub {
            self.subtract(left, right);
        }
        if let Some(equal) = equal {
            let wide = matches!(op, Binary::I64Eq | Binary::I64Ne | Binary::I64Xor);
            let one_sided = match (left.mark.is_none(), right.mark.is_none()) {
                (false, true) => Some((left, right)),
                (true, false) => Some((right, left)),
                _ => None,
            };
            if let Some((name, other)) = one_sided {
                self.compare(name, other, if wide { 8 } else { 4 }, equal, xor);
            }
        }
        if let Some(bits) = self.forced.take() {
            self.values.push(Val::of(bits));
            return;
        }
        let mark = self
            .marks
            .binary(op, (left.bits, left.mark), (right.bits, right.mark));
        self.values.push(Val { bits, mark });
    }

    /// The last byte of a comparison may be compared by taking one from the other.
    fn subtract(&mut self, left: Val, right: Val) {
        let (value, other) = match (left.mark.is_none(), right.mark.is_none()) {
            (false, true) => (left, right),
            (true, false) => (right, left),
            _ => return,
        };
        let loaded = |load: &(Option<MemoryRef>, u32, u8, u64)| load.2 == 1 && load.3 == other.bits;
        if !self.recent().any(loaded) {
            return;
        }
        if let Some(About::Bytes { name, bytes, .. }) = self.about(value, other, 4)
            && let Some(current) = &self.current
            && current.name == name
            && let [(at, _, _)] = bytes[..]
            && let Some(handed) = self.seen.names.get(name)
            && current.end_from(handed.start) == at
        {
            self.compare(value, other, 4, 0, false);
        }
    }

    /// An instruction with one operand that has marks.
    pub(super) fn tested(&mut self, op: Unary, arg: Val) {
        if matches!(op, Unary::I32Eqz | Unary::I64Eqz)
            && let Some(About::End { name, at }) = self.about(arg, Val::default(), 4)
        {
            self.looks_for_end(name, at);
        }
    }

    /// A load at an address that has marks.
    pub(super) fn looked_up(&mut self, index: Mark) -> Mark {
        let lane = self.marks.only(index);
        self.seen.probed |= lane.is_mixed();
        self.marks.looked_up(index)
    }

    fn compare(&mut self, value: Val, other: Val, width: usize, equal: u64, xor: bool) {
        match self.about(value, other, width) {
            Some(About::Bytes {
                name,
                bytes,
                have,
                stride,
            }) => {
                let differs = value.bits != other.bits;
                let constant = (other.bits, width, stride);
                self.compare_bytes(name, bytes, &have, constant, differs, equal);
            }
            Some(About::End { name, at }) => self.looks_for_end(name, at),
            Some(About::Behind { name }) => {
                if let Some(current) = self.current.as_mut().filter(|c| c.name == name) {
                    current.overran = true;
                }
            }
            Some(About::Computed(places)) => {
                self.seen.probed = true;
                for (byte, name) in places {
                    let mask = match xor {
                        true => 0xff << (byte * 8),
                        false => u64::MAX,
                    };
                    if (value.bits ^ other.bits) & mask == 0 {
                        continue;
                    }
                    let result = match xor {
                        true => (value.bits ^ other.bits) & !mask,
                        false => equal,
                    };
                    self.probe(name, byte, other.bits, result);
                }
            }
            None => {}
        }
    }

    fn about(&self, value: Val, other: Val, width: usize) -> Option<About> {
        let lanes = self.marks.get(value.mark);
        let (have, want) = (value.bits.to_le_bytes(), other.bits.to_le_bytes());
        let mut bytes: Vec<(usize, bool, u8)> = Vec::new();
        let mut names = HashSet::new();
        let mut computed: Vec<(usize, usize)> = Vec::new();
        let mut places = Vec::new();
        for i in 0..width {
            if lanes[i].is_none() {
                // The whole can only be equal if this is.
                if have[i] != want[i] && computed.is_empty() {
                    return None;
                }
            } else if let Some((name, at, changed)) = lanes[i].byte() {
                bytes.push((at, changed, want[i]));
                names.insert(name);
                places.push(i);
            } else if let Some(name) = lanes[i].mixed() {
                computed.push((i, name));
            } else {
                return None;
            }
        }
        if !computed.is_empty() {
            let all = bytes.is_empty() && other.bits != 0;
            // One value that was computed is one place.
            let one = computed.iter().all(|(_, name)| *name == computed[0].1);
            if one {
                computed.truncate(1);
            }
            return all.then_some(About::Computed(computed));
        }
        let mut names = names.into_iter();
        let (Some(name), None) = (names.next(), names.next()) else {
            return None;
        };
        if bytes.windows(2).any(|w| w[0].0 + 1 != w[1].0) {
            return None;
        }
        if let [(at, _, byte)] = bytes[..] {
            let separator = self.seen.names.get(name).map(|n| n.bytes.len());
            if matches!(byte, 0 | b'=') {
                return Some(About::End { name, at });
            }
            if Some(at) == separator {
                return Some(About::Behind { name });
            }
        }
        let stride = match places[..] {
            [first, second, ..] => second - first,
            _ => 1,
        };
        let separator = self.seen.names.get(name).map(|n| n.bytes.len());
        let last = bytes.last().copied();
        // A comparison may take the separator along.
        if let Some((at, _, b'=')) = last
            && Some(at) == separator
        {
            bytes.pop();
        }
        let in_names = bytes
            .iter()
            .all(|(at, _, b)| is_name_byte(*b) && Some(*at) < separator);
        let have = bytes
            .iter()
            .zip(&places)
            .map(|((at, ..), i)| (*at, have[*i]));
        let have = have.collect();
        in_names.then_some(About::Bytes {
            name,
            bytes,
            have,
            stride,
        })
    }

    /// A byte of a name is compared with what may stand behind it.
    fn looks_for_end(&mut self, name: usize, at: usize) {
        let start = self.seen.names.get(name).map_or(0, |n| n.start);
        if let Some(current) = &mut self.current
            && current.name == name
        {
            let end = current.end_from(start);
            if at < end {
                current.scanned = true;
            } else if at == end && at > start && !current.failed && !current.scanned {
                current.ended = true;
            }
        }
    }

    fn compare_bytes(
        &mut self,
        name: usize,
        mut bytes: Vec<(usize, bool, u8)>,
        have: &BTreeMap<usize, u8>,
        (other, width, stride): (u64, usize, usize),
        differs: bool,
        equal: u64,
    ) {
        let Some(handed) = self.seen.names.get(name) else {
            return;
        };
        let start = handed.start;
        let first = bytes[0].0;
        let mut next = start;
        if let Some(current) = self.current.as_ref().filter(|c| c.name == name) {
            next = current.end_from(start);
            let again = first == start && current.any_at(first).is_some();
            if again {
                // Another comparison begins, so the one before came to its end.
                self.conclude();
            }
        }
        if bytes.iter().any(|(at, _, _)| *at < start) {
            // What stands before was found earlier, and is given.
            let given = |(at, changed, byte): &(usize, bool, u8)| {
                *at >= start || *changed || handed_byte(&self.seen.names, name, *at) == Some(*byte)
            };
            if !bytes.iter().all(given) {
                return;
            }
            bytes.retain(|(at, _, _)| *at >= start);
        }
        let Some((first, _, _)) = bytes.first().copied() else {
            return;
        };
        if !differs {
            // Equal by itself: the name has this byte, or it is assumed already.
            if let Some(current) = self.current.as_mut().filter(|c| c.name == name) {
                for byte in bytes {
                    if current.any_at(byte.0).is_none() {
                        current.assumed.push(byte);
                    }
                }
            }
            return;
        }
        if let Some(current) = &self.current {
            let known = |(at, changed, byte): &(usize, bool, u8)| {
                current.name == name && current.at(*at, *changed).is_some_and(|b| b != *byte)
            };
            if bytes.iter().any(known) {
                return;
            }
        }
        let before = match first == start || first == next {
            true => first - start,
            false => 0,
        };
        let literal = self.literal(other, width, before * stride.max(1), stride);
        // A byte is compared with one that stands in the code while something is looked for
        // in a name, such as `_`.
        let repeated = bytes.len() > 3 && bytes.windows(2).all(|w| w[0].2 == w[1].2);
        if repeated {
            return;
        }
        let punctuation = bytes.iter().all(|(_, _, b)| !b.is_ascii_alphanumeric());
        let middle = first != start && first != next;
        if bytes.len() < 3 && literal.is_none() && (middle || punctuation) {
            return;
        }
        // Bytes of one text follow each other; a byte that is looked for stays where it is.
        if let Some(current) = self.current.as_ref().filter(|c| c.name == name)
            && first == next
            && first > start
            && bytes.len() == 1
            && let (Some(one), Some(other)) = (current.base, literal)
            && one != other
        {
            return;
        }
        let trail = self.trail();
        let mut tried = match self.current.clone().filter(|c| c.name == name) {
            Some(current) => current,
            None => Try {
                name,
                assumed: Vec::new(),
                trail: trail.clone(),
                literal,
                ended: false,
                failed: false,
                folded: false,
                scanned: false,
                overran: false,
                base: literal,
            },
        };
        let handed = &self.seen.names[name].bytes;
        let folded = |(at, changed, _): &(usize, bool, u8)| {
            let own = handed.get(*at) == have.get(at);
            tried.any_at(*at).is_none() && (*changed || !own)
        };
        let folded = bytes.iter().any(folded);
        tried.folded |= folded;
        for byte in &bytes {
            tried
                .assumed
                .retain(|(at, changed, _)| (*at, *changed) != (byte.0, byte.1));
            tried.assumed.push(*byte);
        }
        tried.ended = false;
        tried.scanned = false;
        tried.base = literal.or(tried.base);
        // Deep down, what would follow if it were not equal is left out.
        if self.memories.tries >= NESTED && first == next {
            self.current = Some(tried);
            self.limit = (self.steps + QUIET).min(self.seen.limit);
            self.forced = Some(equal);
            return;
        }
        let address = literal.map_or(0, |(_, address)| address);
        self.attempt_once(tried, &trail, first, other, address, Val::of(equal));
        if first >= next
            && let Some(current) = self.current.as_mut().filter(|c| c.name == name)
        {
            current.failed = true;
            current.ended = false;
            self.limit = self.limit.min(self.steps + OTHERWISE);
        }
    }

    /// Something computed from a name is compared with something that is not.
    fn probe(&mut self, name: usize, byte: usize, other: u64, result: u64) {
        let trail = self.trail();
        let Some(site) = trail.last().copied() else {
            return;
        };
        let count = self.seen.probes.entry(site).or_default();
        if self.current.is_some() || *count >= MAX_PROBES {
            return;
        }
        *count += 1;
        let tried = Try {
            name: usize::MAX,
            assumed: Vec::new(),
            trail: Vec::new(),
            literal: None,
            ended: false,
            failed: true,
            folded: false,
            scanned: false,
            overran: false,
            base: None,
        };
        let other = other.rotate_left(byte as u32 * 8);
        self.attempt_once(tried, &trail, name, other, 0, Val::of(result));
    }

    fn attempt_once(
        &mut self,
        tried: Try,
        trail: &[Site],
        first: usize,
        other: u64,
        address: u32,
        pushed: Val,
    ) {
        let Some(site) = trail.last().copied() else {
            return;
        };
        let mut callers = [0; 2];
        for (slot, site) in callers.iter_mut().zip(trail.iter().rev().skip(1)) {
            *slot = site.offset;
        }
        let key = (site, callers, tried.name, first, other, address);
        if self.memories.tries >= MAX_TRIES
            || self.seen.attempts >= MAX_ATTEMPTS
            || self.steps >= self.seen.limit
            || !self.seen.tried.insert(key)
        {
            return;
        }
        self.seen.attempts += 1;
        self.attempt(tried, QUIET, pushed);
    }

    /// Where the text stands that bytes were compared with: the address of what was loaded
    /// last and is equal, so many bytes before.
    fn literal(
        &self,
        bits: u64,
        width: usize,
        before: usize,
        stride: usize,
    ) -> Option<(MemoryRef, u32)> {
        let fits = |(_, _, len, have): &(Option<MemoryRef>, u32, u8, u64)| {
            *have == bits && *len as usize <= width && *len > 0
        };
        let found = self.recent().find(|load| fits(load))?;
        let before = match (stride, found.2) {
            (1, 2) => before * 2,
            _ => before,
        };
        Some((found.0?, found.1.checked_sub(before as u32)?))
    }

    /// Writes down what the current try assumes.
    pub(super) fn conclude(&mut self) {
        let Some(current) = &self.current else {
            return;
        };
        if self.seen.found.len() >= MAX_FOUND {
            return;
        }
        let Some(handed) = self.seen.names.get(current.name) else {
            return;
        };
        let len = handed.bytes.len();
        let end = current.end_from(handed.start);
        let whole = (end == len && !current.overran) || current.ended;
        if current.overran && end == len {
            return;
        }
        let (from, to) = match end > handed.start {
            true if current.failed && !whole => return,
            true => (0, end),
            false => {
                let first = current.assumed.iter().map(|(at, _, _)| *at).min();
                match first {
                    Some(first) if current.end_from(first) == len && len - first >= 3 => {
                        (first, len)
                    }
                    _ => return,
                }
            }
        };
        let text = (from..to).map(|at| {
            let assumed = current.any_at(at);
            assumed.or(handed.bytes.get(at).copied()).unwrap_or(b'?')
        });
        let found = Found {
            trail: current.trail.clone(),
            literal: current.literal,
            text: text.collect(),
            given: if from > 0 { 0 } else { handed.start },
            suffix: from > 0,
            len,
            ended: current.ended,
            folded: current.folded,
        };
        self.seen.found.push(found);
    }
}

fn handed_byte(names: &[Handed], name: usize, at: usize) -> Option<u8> {
    names.get(name)?.bytes.get(at).copied()
}
