//! What a word of 32 bits may be, and which secrets are in it.

use std::rc::Rc;

/// How many constants, and how many places in one thing, a word tells apart.
const MAX_CONSTS: usize = 8;
const MAX_PLACES: usize = 8;
/// Numbers below are no addresses of data.
pub(super) const LEAST_ADDRESS: u32 = 1024;

/// What is in a value, one bit for each secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Labels {
    /// Bytes of it, as they were revealed.
    pub bytes: u32,
    /// Something that was computed from it.
    pub derived: u32,
    /// It may be in there: where the value comes from was not followed.
    pub vague: u32,
    /// A handle of it.
    pub handles: u32,
    /// It was there before the memory was given out again, and nothing was written since.
    pub stale: u32,
    /// Not a secret: the ways out that a handle belongs to.
    pub ways: u32,
}

impl Labels {
    pub(super) const NONE: Labels = Labels {
        bytes: 0,
        derived: 0,
        vague: 0,
        handles: 0,
        stale: 0,
        ways: 0,
    };

    pub(super) fn with(self, other: Labels) -> Labels {
        Labels {
            bytes: self.bytes | other.bytes,
            derived: self.derived | other.derived,
            vague: self.vague | other.vague,
            handles: self.handles | other.handles,
            stale: self.stale | other.stale,
            ways: self.ways | other.ways,
        }
    }

    /// The labels of what is computed from a value.
    pub(super) fn computed(self) -> Labels {
        Labels {
            bytes: 0,
            derived: self.derived | self.bytes,
            ..self
        }
    }

    /// The labels of what may have been made of a value by code that was not followed.
    pub(super) fn blurred(self) -> Labels {
        Labels {
            bytes: 0,
            derived: 0,
            vague: self.secrets(),
            ..self
        }
    }

    /// The secrets that are in it in any way.
    pub(super) fn secrets(self) -> u32 {
        self.bytes | self.derived | self.vague
    }

    pub(super) fn is_within(self, other: Labels) -> bool {
        self.with(other) == other
    }
}

/// A part of memory that a pointer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Thing {
    /// The shadow stack: with a place, that address; without one, anywhere on it.
    Stack,
    /// Somewhere in a thing on the frame of a function.
    Slot { frame: u32, start: u32, end: u32 },
    /// Somewhere in data that code may write or whose address was computed.
    Static,
    /// A heap object, or what stands for memory of code that was not followed.
    Object(u32),
}

/// Where in it; `None` for anywhere.
pub(super) type Place = (Thing, Option<u32>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Consts {
    None,
    One(u32),
    Many(Rc<[u32]>),
}

/// A set of values of a word. The empty one stands for no execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Any number, and the sum of it and anything else that the word may be.
    pub any: bool,
    pub(super) consts: Consts,
    pub(super) things: Option<Rc<[Place]>>,
    pub labels: Labels,
}

impl Word {
    pub(super) const ZERO: Word = Word::known(0);
    pub(super) const ANY: Word = Word {
        any: true,
        consts: Consts::None,
        things: None,
        labels: Labels::NONE,
    };
    pub(super) const NEVER: Word = Word {
        any: false,
        consts: Consts::None,
        things: None,
        labels: Labels::NONE,
    };

    pub(super) const fn known(value: u32) -> Word {
        Word {
            any: false,
            consts: Consts::One(value),
            things: None,
            labels: Labels::NONE,
        }
    }

    pub(super) fn of_consts(mut values: Vec<u32>) -> Word {
        values.sort_unstable();
        values.dedup();
        let mut word = Word::NEVER;
        match values.len() {
            0 => {}
            1 => word.consts = Consts::One(values[0]),
            2..=MAX_CONSTS => word.consts = Consts::Many(values.into()),
            _ => {
                word.any = true;
                if values.iter().any(|v| *v >= LEAST_ADDRESS) {
                    word.things = Some([(Thing::Static, None)].into());
                }
            }
        }
        word
    }

    /// A pointer.
    pub(super) fn to(thing: Thing, at: Option<u32>) -> Word {
        Word {
            things: Some([(thing, at)].into()),
            ..Word::NEVER
        }
    }

    pub(super) fn labelled(mut self, labels: Labels) -> Word {
        self.labels = self.labels.with(labels);
        self
    }

    /// The value, if there is one only.
    pub(super) fn single(&self) -> Option<u32> {
        match (&self.consts, self.any, &self.things) {
            (Consts::One(value), false, None) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn consts(&self) -> &[u32] {
        match &self.consts {
            Consts::None => &[],
            Consts::One(value) => std::slice::from_ref(value),
            Consts::Many(values) => values,
        }
    }

    pub(super) fn things(&self) -> &[Place] {
        self.things.as_deref().unwrap_or(&[])
    }

    /// Whether it is one of the constants, and nothing else.
    pub(super) fn only_consts(&self) -> bool {
        !self.any && self.things.is_none()
    }

    /// Whether an address of data may be part of it.
    pub(super) fn may_be_static(&self) -> bool {
        self.consts().iter().any(|c| *c >= LEAST_ADDRESS)
            || self.things().iter().any(|(t, _)| *t == Thing::Static)
    }

    /// Whether it is a pointer into a thing, so that it is not zero.
    pub(super) fn is_pointer(&self) -> bool {
        let real = |(thing, _): &Place| *thing != Thing::Static;
        !self.any
            && self.consts().iter().all(|c| *c != 0)
            && self.things().iter().all(real)
            && !(self.things().is_empty() && self.consts().is_empty())
    }

    pub(super) fn join(&self, other: &Word) -> Word {
        if self == other {
            return self.clone();
        }
        let mut word = Word {
            any: self.any || other.any,
            consts: Consts::None,
            things: None,
            labels: self.labels.with(other.labels),
        };
        let consts = match (&self.consts, &other.consts) {
            (Consts::None, consts) | (consts, Consts::None) => consts.clone(),
            (a, b) if a == b => a.clone(),
            _ => {
                let both = [self.consts(), other.consts()].concat();
                let joined = Word::of_consts(both);
                word.any |= joined.any;
                word.things = joined.things;
                joined.consts
            }
        };
        word.consts = consts;
        let from = [&self.things, &other.things];
        match from {
            [None, None] => {}
            [Some(a), Some(b)] if a == b && word.things.is_none() => word.things = Some(a.clone()),
            [Some(a), None] | [None, Some(a)] if word.things.is_none() => {
                word.things = Some(a.clone());
            }
            _ => {
                let mut all: Vec<Place> = word.things().to_vec();
                all.extend(from.into_iter().flatten().flat_map(|t| t.iter().copied()));
                word.things = places(all);
            }
        }
        word
    }

    /// Whether every value of it is one of `other`.
    pub(super) fn is_within(&self, other: &Word) -> bool {
        if self == other {
            return true;
        }
        let reaches = |place: &Place| {
            let places = other.things();
            places.contains(place) || places.contains(&(place.0, None))
        };
        let is_static = other.things().contains(&(Thing::Static, None));
        let known =
            |c: &u32| other.consts().contains(c) || other.any && (*c < LEAST_ADDRESS || is_static);
        (!self.any || other.any)
            && self.consts().iter().all(known)
            && self.things().iter().all(reaches)
            && self.labels.is_within(other.labels)
    }

    /// The same with every place changed.
    pub(super) fn map_places(&self, f: impl Fn(Place) -> Place) -> Word {
        let mut word = self.clone();
        if self.things.is_some() {
            word.things = places(self.things().iter().map(|p| f(*p)).collect());
        }
        word
    }

    /// Something computed from it: any number, and anywhere in the things that it leads to.
    pub(super) fn blurred(&self) -> Word {
        let mut all: Vec<Place> = self.things().iter().map(|(t, _)| (*t, None)).collect();
        if self.may_be_static() {
            all.push((Thing::Static, None));
        }
        Word {
            any: true,
            consts: Consts::None,
            things: places(all),
            labels: self.labels,
        }
    }

    /// The same without places on the stack.
    pub(super) fn without_stack(&self) -> Word {
        let mut word = self.clone();
        let kept = |(t, _): &&Place| !matches!(t, Thing::Stack | Thing::Slot { .. });
        word.things = places(self.things().iter().filter(kept).copied().collect());
        word
    }

    /// Any number, and not an address of data.
    pub(super) fn without_static(mut self) -> Word {
        let kept = self.things().iter().filter(|(t, _)| *t != Thing::Static);
        self.things = places(kept.copied().collect());
        self.any = true;
        self
    }

    /// Only the number: what it leads to is not part of it.
    pub(super) fn number(&self) -> Word {
        Word {
            labels: self.labels.computed(),
            ..Word::ANY
        }
    }
}

/// Places in order, each once; a thing of which many are told apart as a whole.
fn places(mut all: Vec<Place>) -> Option<Rc<[Place]>> {
    all.sort_unstable();
    all.dedup();
    let mut kept: Vec<Place> = Vec::with_capacity(all.len());
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        match group {
            [(thing, None), ..] => kept.push((*thing, None)),
            group if group.len() > MAX_PLACES => kept.push((group[0].0, None)),
            group => kept.extend_from_slice(group),
        }
    }
    (!kept.is_empty()).then(|| kept.into())
}

/// What a value of wasm may be. Of a vector, the first word stands for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Val {
    pub lo: Word,
    pub hi: Word,
}

impl Val {
    pub(super) const ZERO: Val = Val::narrow(Word::ZERO);

    pub(super) const fn narrow(lo: Word) -> Val {
        Val { lo, hi: Word::ZERO }
    }

    pub(super) fn known(bits: u64) -> Val {
        Val {
            lo: Word::known(bits as u32),
            hi: Word::known((bits >> 32) as u32),
        }
    }

    /// Both halves may be anything that either is.
    pub(super) fn both(word: Word) -> Val {
        Val {
            lo: word.clone(),
            hi: word,
        }
    }

    pub(super) fn single(&self) -> Option<u64> {
        let (lo, hi) = (self.lo.single()?, self.hi.single()?);
        Some(u64::from(hi) << 32 | u64::from(lo))
    }

    pub(super) fn whole(&self) -> Word {
        match self.hi.single() {
            Some(0) => self.lo.clone(),
            _ => self.lo.join(&self.hi),
        }
    }

    pub(super) fn labels(&self) -> Labels {
        self.lo.labels.with(self.hi.labels)
    }

    pub(super) fn join(&self, other: &Val) -> Val {
        Val {
            lo: self.lo.join(&other.lo),
            hi: self.hi.join(&other.hi),
        }
    }

    pub(super) fn is_within(&self, other: &Val) -> bool {
        self.lo.is_within(&other.lo) && self.hi.is_within(&other.hi)
    }
}
