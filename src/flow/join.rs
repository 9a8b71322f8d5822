//! Joining states where paths meet. What differs becomes unknown, and addresses that get
//! lost that way escape; states that differ in an address of constant data stay apart.

use super::exec::State;
use super::memory::{Background, Cell, background_page};
use super::value::{Origin, Symbols, Value, Word};
use super::world::World;
use crate::graph::MemoryRef;
use std::collections::HashMap;
use std::rc::Rc;

/// How many states are kept apart at one place.
pub(crate) const APART: usize = 6;

/// What joining needs to know of its surroundings.
pub(crate) struct Joiner<'j> {
    pub symbols: &'j mut Symbols,
    pub back: &'j dyn Background,
    /// The memory that addresses point into.
    pub memory: MemoryRef,
    /// Whether an address lies in constant data.
    pub is_data: &'j dyn Fn(u32) -> bool,
    /// In a loop, symbols made by joining may stand for another word in each round.
    pub in_loop: bool,
}

impl Joiner<'_> {
    /// Joins states until at most [`APART`] are left.
    pub(crate) fn reduce(&mut self, states: Vec<State>) -> Vec<State> {
        let mut kept: Vec<State> = Vec::new();
        for state in states {
            let fits = kept.iter().position(|k| self.alike(k, &state));
            match fits {
                Some(at) => {
                    self.join(&mut kept[at], &state);
                }
                None if kept.len() < APART => kept.push(state),
                None => {
                    let last = kept.len() - 1;
                    self.join(&mut kept[last], &state);
                }
            }
        }
        kept
    }

    /// Whether joining would lose no address of constant data.
    fn alike(&self, a: &State, b: &State) -> bool {
        let is_data = |w: Word| w.known().is_some_and(|k| (self.is_data)(k));
        let differ = |x: Word, y: Word| {
            if x == y {
                return false;
            }
            let (x, y) = (a.world.resolve(x), b.world.resolve(y));
            x != y && (is_data(x) || is_data(y))
        };
        let values = a.locals.iter().chain(&a.stack);
        let others = b.locals.iter().chain(&b.stack);
        for (x, y) in values.zip(others) {
            if differ(x.lo, y.lo) || differ(x.hi, y.hi) {
                return false;
            }
        }
        let mut same = true;
        self.each_differing_page(&a.world, &b.world, |_, x, y| {
            let lost = |(x, y): (&Cell, &Cell)| {
                x != y
                    && [x, y]
                        .iter()
                        .any(|c| c.known().is_some_and(|k| (self.is_data)(k)))
            };
            same &= !x.iter().zip(y).any(lost);
        });
        same
    }

    fn each_differing_page(
        &self,
        a: &World,
        b: &World,
        mut f: impl FnMut(u64, &super::memory::Page, &super::memory::Page),
    ) {
        let (a, b) = (a.memory.pages(), b.memory.pages());
        let (mut i, mut j) = (0, 0);
        loop {
            let key = match (a.get(i), b.get(j)) {
                (None, None) => return,
                (Some((x, _)), None) => *x,
                (None, Some((y, _))) => *y,
                (Some((x, _)), Some((y, _))) => *x.min(y),
            };
            let left = a.get(i).filter(|(k, _)| *k == key).map(|(_, p)| p);
            let right = b.get(j).filter(|(k, _)| *k == key).map(|(_, p)| p);
            i += usize::from(left.is_some());
            j += usize::from(right.is_some());
            match (left, right) {
                (Some(x), Some(y)) if Rc::ptr_eq(x, y) => {}
                (Some(x), Some(y)) => f(key, x, y),
                (Some(x), None) => f(key, x, &background_page(self.back, key)),
                (None, Some(y)) => f(key, &background_page(self.back, key), y),
                (None, None) => {}
            }
        }
    }

    /// Joins `other` into `into`. Returns whether `into` lost anything.
    pub(crate) fn join(&mut self, into: &mut State, other: &State) -> bool {
        let mut lost: Vec<u32> = Vec::new();
        let mut changed = false;
        let mut pairs: HashMap<(Value, Value), Value> = HashMap::new();
        for index in 0..into.locals.len() {
            let (a, b) = (into.locals[index], other.locals[index]);
            let (value, differs) = self.join_value(into, other, a, b, &mut pairs, &mut lost);
            into.locals[index] = value;
            changed |= differs;
        }
        for index in 0..into.stack.len().min(other.stack.len()) {
            let (a, b) = (into.stack[index], other.stack[index]);
            let (value, differs) = self.join_value(into, other, a, b, &mut pairs, &mut lost);
            into.stack[index] = value;
            changed |= differs;
        }
        if !Rc::ptr_eq(&into.world.globals, &other.world.globals) {
            for index in 0..into.world.globals.len() {
                let (a, b) = (into.world.globals[index], other.world.globals[index]);
                if a != b {
                    let (value, differs) =
                        self.join_value(into, other, a, b, &mut pairs, &mut lost);
                    Rc::make_mut(&mut into.world.globals)[index] = value;
                    changed |= differs;
                }
            }
        }
        changed |= self.join_memory(into, other, &mut lost);
        let facts = into.world.facts().len();
        into.world.meet_facts(&other.world);
        changed |= into.world.meet_bounds(&other.world);
        changed |= into.world.facts().len() != facts;
        let ended;
        let other = match self.in_loop {
            true => {
                ended = other.world.end_round(&into.world, self.memory, &lost);
                into.world.forget_beyond_heap(self.memory);
                &ended
            }
            false => &other.world,
        };
        into.world.join_heap(other);
        let escaped = into.world.escaped().len();
        for region in other.escaped() {
            into.world.escape(*region);
        }
        into.world.dirty |= other.dirty;
        into.world.doubtful &= other.doubtful;
        for address in lost {
            into.world.lose(self.memory, Word::Known(address));
        }
        changed || into.world.escaped().len() != escaped
    }

    fn join_value(
        &mut self,
        into: &State,
        other: &State,
        a: Value,
        b: Value,
        pairs: &mut HashMap<(Value, Value), Value>,
        lost: &mut Vec<u32>,
    ) -> (Value, bool) {
        if a == b {
            return (a, false);
        }
        let (x, y) = (into.world.resolve_value(a), other.world.resolve_value(b));
        if x == y {
            return (x, a != x);
        }
        if let Some(value) = pairs.get(&(x, y)) {
            return (*value, *value != a);
        }
        let mut join = |p: Word, q: Word| -> (Word, bool) {
            if p == q {
                return (p, false);
            }
            lost.extend([p.known(), q.known()].into_iter().flatten());
            let vectors = [p, q].into_iter().filter_map(|w| self.symbols.vector(w));
            lost.extend(vectors.flatten().filter_map(Word::known));
            match p {
                // A joined symbol already stands for any word.
                Word::Unknown(sym)
                    if self.in_loop && matches!(self.symbols.origin(sym), Origin::Joined(_)) =>
                {
                    (p, false)
                }
                _ => {
                    let joined = self.symbols.make(Origin::Joined(self.near(p, q)));
                    let before = |w: Word| match w {
                        Word::Known(known) => Some(known),
                        Word::Unknown(sym) => self.symbols.before(sym),
                    };
                    // Both as they would be if unknown code had changed nothing.
                    if let (Some(a), Some(b)) = (before(p), before(q))
                        && a == b
                    {
                        self.symbols.set_before(joined, a);
                    }
                    (joined, true)
                }
            }
        };
        let (lo, lo_changed) = join(x.lo, y.lo);
        let (hi, hi_changed) = join(x.hi, y.hi);
        let mut value = Value { lo, hi };
        let mut changed = lo_changed || hi_changed;
        // One joined symbol must not stay equal to two others that are no longer equal.
        let reused = pairs.values().any(|v| {
            let unknown = |w: Word| w.known().is_none();
            (unknown(lo) && (v.lo == lo || v.hi == lo))
                || (unknown(hi) && (v.hi == hi || v.lo == hi))
        });
        if reused && !changed {
            value = Value {
                lo: if lo.known().is_some() {
                    lo
                } else {
                    self.symbols.make(Origin::Joined(self.near(x.lo, y.lo)))
                },
                hi: if hi.known().is_some() {
                    hi
                } else {
                    self.symbols.make(Origin::Joined(None))
                },
            };
            changed = true;
        }
        pairs.insert((x, y), value);
        (value, changed)
    }

    /// The address of constant data that one of two words is, or is derived from.
    fn near(&self, p: Word, q: Word) -> Option<u32> {
        [p, q].into_iter().find_map(|word| match word {
            Word::Known(address) => (self.is_data)(address).then_some(address),
            unknown => self.symbols.near(unknown),
        })
    }

    fn join_memory(&mut self, into: &mut State, other: &State, lost: &mut Vec<u32>) -> bool {
        let mut joined: Vec<(u64, Rc<super::memory::Page>)> = Vec::new();
        self.each_differing_page(&into.world, &other.world, |key, a, b| {
            let mut page = *a;
            for (cell, (x, y)) in page.iter_mut().zip(a.iter().zip(b)) {
                *cell = x.join(*y);
                if x != y && cell.mask != 0xf {
                    lost.extend([x.known(), y.known()].into_iter().flatten());
                }
            }
            joined.push((key, Rc::new(page)));
        });
        let mut changed = false;
        for (key, page) in joined {
            let old = into.world.memory.page(key);
            changed |= match old {
                Some(old) => **old != *page,
                None => background_page(self.back, key) != *page,
            };
            into.world.memory.set_page(key, page);
        }
        changed
    }
}
