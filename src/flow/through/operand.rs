//! What an operand derives from, where nothing is run.

use crate::flow::step::Binary;
use std::rc::Rc;

/// More alternatives than this are not told apart.
const MAX_SET: usize = 512;

/// A few numbers, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Set {
    #[default]
    Empty,
    One(u32),
    Many(Rc<[u32]>),
    /// Too many: any number that the function mentions.
    Any,
}

impl Set {
    pub(super) fn as_slice(&self) -> &[u32] {
        match self {
            Set::Empty | Set::Any => &[],
            Set::One(number) => std::slice::from_ref(number),
            Set::Many(numbers) => numbers,
        }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        *self == Set::Empty
    }

    pub(super) fn union(&self, other: &Set) -> Set {
        match (self, other) {
            (Set::Empty, set) | (set, Set::Empty) => set.clone(),
            (Set::Any, _) | (_, Set::Any) => Set::Any,
            (a, b) if a == b => a.clone(),
            (a, b) => Set::of(a.as_slice().iter().chain(b.as_slice()).copied()),
        }
    }

    pub(super) fn of(numbers: impl Iterator<Item = u32>) -> Set {
        let mut all: Vec<u32> = numbers.collect();
        all.sort_unstable();
        all.dedup();
        match all.as_slice() {
            [] => Set::Empty,
            [one] => Set::One(*one),
            many if many.len() > MAX_SET => Set::Any,
            many => Set::Many(many.into()),
        }
    }

    pub(super) fn filter(&self, keep: impl Fn(u32) -> bool) -> Set {
        match self {
            Set::Any => Set::Any,
            set if set.as_slice().iter().all(|n| keep(*n)) => set.clone(),
            set => Set::of(set.as_slice().iter().copied().filter(|n| keep(*n))),
        }
    }
}

/// The address in the stack frame that an instruction computes from one and a constant.
fn moved(frame: i32, op: Binary, by: Option<u32>) -> Option<i32> {
    let by = by? as i32;
    match op {
        Binary::I32Add => Some(frame.wrapping_add(by)),
        Binary::I32Sub => Some(frame.wrapping_sub(by)),
        // The stack pointer is aligned at entry.
        Binary::I32And if frame & by == frame => Some(frame),
        _ => None,
    }
}

/// What an operand derives from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Operand {
    /// Constants that it may be.
    pub consts: Set,
    /// Whether it is one of these, and nothing else.
    pub only: bool,
    /// Addresses to which something unknown was added, such as an index.
    pub near: Set,
    /// Whether what it is may also lie before these.
    pub down: bool,
    /// Parameters that are added in it, one bit each.
    pub params: u64,
    /// Parameters that are subtracted in it on every path: `s + (d - s)` is `d`.
    pub minus: u64,
    /// Parameters that may be added in it more than once.
    pub tangled: u64,
    /// An address in the function's own stack frame: so far from the stack pointer at entry.
    pub frame: Option<i32>,
    /// Whether it is computed from the stack pointer.
    pub stack: bool,
    /// Where nothing but constants is part of it, what it is when it is first computed: the
    /// beginning, when a loop counts on from there.
    pub first: Option<u32>,
}

impl Operand {
    pub(super) fn constant(bits: u64) -> Operand {
        let number = u32::try_from(bits).ok();
        Operand {
            consts: number.map_or(Set::Empty, Set::One),
            only: number.is_some(),
            first: number,
            ..Operand::default()
        }
    }

    pub(super) fn param(index: usize) -> Operand {
        Operand {
            params: if index < 64 { 1 << index } else { 0 },
            ..Operand::default()
        }
    }

    pub(super) fn near(addresses: Set) -> Operand {
        Operand {
            near: addresses,
            ..Operand::default()
        }
    }

    /// The constant that it is.
    pub(super) fn known(&self) -> Option<u32> {
        match self.consts {
            Set::One(number) if self.only => Some(number),
            _ => None,
        }
    }

    /// Every address that it may be or be derived from.
    pub(super) fn bases(&self) -> Set {
        self.consts.union(&self.near)
    }

    /// The result of a pure instruction. `is_data` says which constants may be addresses.
    pub(super) fn binary(
        op: Binary,
        left: &Operand,
        right: &Operand,
        is_data: impl Fn(u32) -> bool,
    ) -> Operand {
        let consts = product(op, &left.consts, &right.consts);
        let only = left.only && right.only && consts != Set::Any && !consts.is_empty();
        // What is taken away is a distance.
        let right_counts = op != Binary::I32Sub;
        let mut near = left.near.clone();
        if !right.only || consts == Set::Any {
            near = near.union(&left.consts.filter(&is_data));
        }
        if right_counts {
            near = near.union(&right.near);
            if !left.only || consts == Set::Any {
                near = near.union(&right.consts.filter(&is_data));
            }
        }
        let near = near.filter(&is_data);
        let first = left.first.zip(right.first);
        let first = first.and_then(|(a, b)| op.eval(a.into(), b.into()));
        let taken = op == Binary::I32Sub && !right.only;
        let frame = match (left.frame, right.frame) {
            (Some(frame), None) => moved(frame, op, right.known()),
            (None, Some(frame)) if op == Binary::I32Add => moved(frame, op, left.known()),
            _ => None,
        };
        Operand {
            consts: if consts == Set::Any {
                Set::Empty
            } else {
                consts
            },
            only,
            down: left.down || right.down || (taken && !near.is_empty()),
            near,
            frame,
            stack: left.stack || right.stack,
            first: first.and_then(|v| u32::try_from(v).ok()),
            ..combine(op, left, right)
        }
    }

    /// What it is after a unary instruction.
    pub(super) fn unary(self, is_data: impl Fn(u32) -> bool) -> Operand {
        Operand {
            near: self.near.union(&self.consts.filter(is_data)),
            consts: Set::Empty,
            only: false,
            minus: 0,
            first: None,
            frame: None,
            ..self
        }
    }

    /// Either of two, which is which is not known. `round`: the other one comes from a later
    /// round of a loop, so that it counts on from this one.
    pub(super) fn merge(&mut self, other: &Operand, round: bool) {
        self.params |= other.params;
        self.minus &= other.minus;
        self.tangled |= other.tangled;
        self.frame = self.frame.filter(|at| other.frame == Some(*at));
        self.stack &= other.stack;
        // What stood there first is the beginning; the rest must be constants as well.
        self.first = self.first.filter(|_| other.first.is_some());
        self.near = self.near.union(&other.near);
        self.down |= other.down;
        let (mine, others) = (self.consts.as_slice(), other.consts.as_slice());
        let more: Vec<u32> = others
            .iter()
            .copied()
            .filter(|n| !mine.contains(n))
            .collect();
        if round && !more.is_empty() {
            self.down |= more.iter().min() < mine.iter().min();
            let counted = Set::of(mine.iter().copied().chain(more));
            self.near = self.near.union(&counted);
            self.only = false;
        } else {
            self.consts = self.consts.union(&other.consts);
            self.only &= other.only;
        }
        if self.consts == Set::Any {
            (self.consts, self.near, self.only) = (Set::Empty, Set::Any, false);
        }
    }
}

/// Every result of the instruction on one constant of each set.
fn product(op: Binary, left: &Set, right: &Set) -> Set {
    let (left, right) = (left.as_slice(), right.as_slice());
    if left.len() * right.len() > MAX_SET {
        return Set::Any;
    }
    let results = left
        .iter()
        .flat_map(|a| right.iter().map(|b| op.eval(u64::from(*a), u64::from(*b))));
    Set::of(results.flatten().filter_map(|v| u32::try_from(v).ok()))
}

/// Which parameters are part of a result. A parameter that is added once and subtracted
/// again is not: loops over two buffers reach one by the distance from the other.
fn combine(op: Binary, left: &Operand, right: &Operand) -> Operand {
    let (params, minus) = match op {
        Binary::I32Add => (left.params | right.params, left.minus | right.minus),
        Binary::I32Sub => (left.params | right.minus, left.minus | right.params),
        _ => (left.params | right.params, 0),
    };
    let twice = match op {
        Binary::I32Add => left.params & right.params,
        // What is subtracted may itself be taken away from something.
        Binary::I32Sub => left.params & right.minus,
        _ => params,
    };
    let tangled = left.tangled | right.tangled | twice;
    let gone = params & minus & !tangled;
    Operand {
        params: params & !gone,
        minus: minus & !gone,
        tangled,
        ..Operand::default()
    }
}
