//! A list of names and values in memory, in concrete runs: functions that look a name up in
//! it, functions that change it, where it lies, and code that gets at it.

use super::callgraph::Key;
use super::discover::{FUEL, shape};
use super::engine::Engine;
use super::source::PAIRS;
use super::step::Op;
use super::world::World;
use crate::graph::MemoryRef;
use std::collections::{BTreeMap, BTreeSet};

/// Where names are put for tries, and results: far above what modules use.
const SCRATCH: u32 = 0x3800_0000;
const OUT: u32 = SCRATCH + 0x1000;
/// How many bytes of a result area are looked at.
const OUT_LEN: u32 = 32;
/// A name and a value that the host does not know, for functions that set variables.
const ADDED: (&str, &str) = ("GUSSET_ADDED", "added value");
const CHANGED: &str = "other";

/// By memory, addresses of words that lead to a list.
pub(super) type Cells = BTreeMap<MemoryRef, BTreeSet<u32>>;

/// Which parameters of a lookup are what. All are `i32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LookupForm {
    params: usize,
    /// The parameter with the address of the name.
    pub name: usize,
    /// The one with its length; without it the name ends with NUL.
    pub len: Option<usize>,
    /// Whether the answer is written to the address in the first parameter, and nothing
    /// returned; otherwise the address of the value is returned, or zero.
    pub out: bool,
}

const fn form(params: usize, name: usize, len: Option<usize>, out: bool) -> LookupForm {
    LookupForm {
        params,
        name,
        len,
        out,
    }
}

/// The forms that are tried, in this order. Those after the first are for programs in which
/// the plain one was inlined into its wrappers, or was given a parameter that it ignores.
pub(super) const FORMS: [LookupForm; 6] = [
    form(1, 0, None, false),
    form(2, 0, Some(1), false),
    form(2, 0, None, false),
    form(2, 1, None, false),
    form(3, 1, Some(2), true),
    form(2, 1, None, true),
];

/// How functions that change a list are called.
#[derive(Clone, Copy)]
enum Change {
    /// `(name, value, whether to replace)`
    Set,
    /// `(NAME=value)`
    Put,
    /// `(name)`
    Unset,
}

impl Engine<'_, '_, '_> {
    /// Runs a lookup; gives the first bytes of the value that it finds, as many as `len`.
    fn look_up(
        &mut self,
        (key, form): (Key, LookupForm),
        name: &str,
        world: &mut World,
    ) -> Option<Option<Vec<u8>>> {
        let memory = self.first_memory(key.0)?;
        let mut bytes = name.as_bytes().to_vec();
        bytes.push(if form.len.is_some() { b'?' } else { 0 });
        self.write_bytes(world, memory, SCRATCH, &bytes);
        let mut args = vec![0; form.params];
        args[form.name] = SCRATCH;
        if let Some(len) = form.len {
            args[len] = name.len() as u32;
        }
        if form.out {
            args[0] = OUT;
            self.write_bytes(world, memory, OUT, &[0; OUT_LEN as usize]);
        }
        let result = self.try_run(key, &args, world, FUEL)?;
        const LEN: usize = 16;
        if !form.out {
            return Some(match result? {
                0 => None,
                address => self.text_at(world, memory, address, LEN),
            });
        }
        // Somewhere in the answer is the address of a value that was handed out.
        let values = PAIRS.iter().map(|(_, value)| *value);
        let values: Vec<&str> = values.chain([ADDED.1, CHANGED]).collect();
        let found = (0..OUT_LEN).step_by(4).find_map(|offset| {
            let word = self.text_at(world, memory, OUT + offset, 4)?;
            let word = u32::from_le_bytes(word.try_into().ok()?);
            let text = self.text_at(world, memory, word, LEN)?;
            let fits = values.iter().any(|v| text.starts_with(v.as_bytes()));
            (word >= 64 && fits).then_some(text)
        });
        Some(found)
    }

    /// Whether lookups give these values for these names.
    fn gives(
        &mut self,
        lookup: (Key, LookupForm),
        world: &World,
        expected: &[(&str, Option<&str>)],
    ) -> bool {
        expected.iter().all(|(name, value)| {
            let mut world = world.clone();
            match (self.look_up(lookup, name, &mut world), value) {
                (Some(None), None) => true,
                (Some(Some(text)), Some(value)) => text.starts_with(value.as_bytes()),
                _ => false,
            }
        })
    }

    /// Whether a function gives the value of a variable for its name.
    pub(super) fn looks_up(&mut self, key: Key, form: LookupForm) -> bool {
        if shape(self, key) != Some((form.params, usize::from(!form.out))) {
            return false;
        }
        let absent = ["GUSSET_ON", "GUSSET_ONE=", "NOT_THERE", ""].map(|name| (name, None));
        let known = PAIRS.iter().map(|(name, value)| (*name, Some(*value)));
        let expected: Vec<_> = known.chain(absent).collect();
        let world = self.fresh_world();
        self.gives((key, form), &world, &expected)
    }

    /// Whether a function only changes the variable that it is told.
    pub(super) fn changes(&mut self, key: Key, lookup: (Key, LookupForm)) -> bool {
        let changes: &[Change] = match shape(self, key) {
            Some((3, 1)) => &[Change::Set],
            Some((1, 1)) => &[Change::Put, Change::Unset],
            _ => return false,
        };
        changes
            .iter()
            .any(|change| self.changes_by(key, *change, lookup))
    }

    fn changes_by(&mut self, key: Key, change: Change, lookup: (Key, LookupForm)) -> bool {
        let [one, two, three] = PAIRS;
        let value = match change {
            Change::Set | Change::Put => Some(CHANGED),
            Change::Unset => None,
        };
        let mut world = self.fresh_world();
        // First what is not there, then what is.
        for (position, name) in [ADDED.0, one.0].into_iter().enumerate() {
            let text = match position {
                0 => ADDED.1,
                _ => CHANGED,
            };
            let Some(memory) = self.first_memory(key.0) else {
                return false;
            };
            // `putenv` keeps what it is given.
            let at = SCRATCH + 0x2000 + position as u32 * 0x100;
            let mut bytes = match change {
                Change::Put => format!("{name}={text}").into_bytes(),
                _ => name.as_bytes().to_vec(),
            };
            bytes.push(0);
            self.write_bytes(&mut world, memory, at, &bytes);
            let mut args = vec![at];
            if matches!(change, Change::Set) {
                let text_at = at + 0x80;
                let mut text = text.as_bytes().to_vec();
                text.push(0);
                self.write_bytes(&mut world, memory, text_at, &text);
                args.extend([text_at, 1]);
            }
            if self.try_run(key, &args, &mut world, FUEL).is_none() {
                return false;
            }
            let added = value.map(|_| ADDED.1);
            let first = match position {
                0 => Some(one.1),
                _ => value,
            };
            let expected = [
                (ADDED.0, added),
                (one.0, first),
                (two.0, Some(two.1)),
                (three.0, Some(three.1)),
                ("NOT_THERE", None),
            ];
            if !self.gives(lookup, &world, &expected) {
                return false;
            }
        }
        true
    }

    /// Runs a lookup on names and values whose bytes are not known, up to where it must
    /// choose by one: the functions that were in progress there, outermost first. What ran
    /// before has looked at no name.
    pub(super) fn first_look(&mut self, lookup: (Key, LookupForm)) -> Option<Vec<Key>> {
        self.blind = true;
        self.undecided = None;
        let started = self.started.take();
        let mut world = self.fresh_world();
        if self.undecided.is_none() {
            self.look_up(lookup, PAIRS[1].0, &mut world);
        }
        self.started = started;
        self.blind = false;
        self.undecided.take()
    }

    /// Runs all start functions on names and values whose bytes are not known: whether they
    /// come to their end without looking at any.
    pub(super) fn starts_blindly(&mut self) -> bool {
        self.blind = true;
        self.undecided = None;
        let (_, complete) = self.instantiate();
        self.blind = false;
        complete && self.undecided.take().is_none()
    }

    /// Where memory leads to the list after a lookup ran: addresses of words that hold the
    /// address of a name, of such a word, and of one of those.
    pub(super) fn list_cells(&mut self, lookup: (Key, LookupForm), cells: &mut Cells) {
        let Some(memory) = self.first_memory(lookup.0.0) else {
            return;
        };
        let cells = cells.entry(memory).or_default();
        let mut world = self.fresh_world();
        if self.look_up(lookup, PAIRS[0].0, &mut world).is_none() {
            return;
        }
        let words = known_words(&world, memory);
        let is_name = |address: u32| {
            PAIRS.iter().any(|(name, _)| {
                let text = self.text_at(&world, memory, address, name.len());
                text.as_deref() == Some(name.as_bytes())
            })
        };
        let names = words.iter().filter(|(_, w)| *w >= 64 && is_name(*w));
        let names: BTreeSet<u32> = names.map(|(at, _)| *at).collect();
        let lists = words.iter().filter(|(_, w)| names.contains(w));
        let lists: BTreeSet<u32> = lists.map(|(at, _)| *at).collect();
        let further = words.iter().filter(|(_, w)| lists.contains(w));
        cells.extend(further.map(|(at, _)| *at));
        cells.extend(names);
        cells.extend(lists);
    }

    /// Whether a function can get at the list: it mentions the address of one of the words
    /// that lead there, or loads one by a constant address.
    pub(super) fn gets_at(&mut self, key: Key, cells: &Cells) -> bool {
        let Some(cells) = self.first_memory(key.0).and_then(|m| cells.get(&m)) else {
            return false;
        };
        if cells.is_empty() {
            return false;
        }
        let Ok(body) = self.body(key.0, key.1) else {
            return true;
        };
        let mentions = body.ops.iter().any(
            |op| matches!(op, Op::Const(k) if u32::try_from(*k).is_ok_and(|k| cells.contains(&k))),
        );
        let read = self.constant_loads.get(&key);
        let loads = read.into_iter().flatten().any(|(address, len)| {
            let last = address.saturating_add(len.saturating_sub(1));
            cells
                .range(address.saturating_sub(3)..=last)
                .next()
                .is_some()
        });
        mentions || loads || self.loads_from(key, cells)
    }
}

/// Every word of a memory that was written and is known, with its address.
fn known_words(world: &World, memory: MemoryRef) -> Vec<(u32, u32)> {
    let pages = world.memory.pages().iter();
    let own = pages.filter(|(key, _)| key >> 32 == memory.index() as u64);
    own.flat_map(|(key, page)| {
        let start = super::memory::page_start(*key);
        let words = page.iter().enumerate();
        words.filter_map(move |(i, cell)| Some((start + i as u32 * 4, cell.known()?)))
    })
    .collect()
}
