//! Marks: of which byte of which name a byte was made. They travel with values beside them
//! and never change what is computed.

use super::super::step::{Binary, Unary};
use super::super::value::is_comparison;
use std::collections::HashMap;

/// The mark of one byte.
///
/// Zero is a byte that no input went into. Otherwise it is a byte of a name, by the number of
/// the name and the position in it, or only says which name went in, or that something else
/// from outside did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Lane(u32);

/// The byte is not the one of the name any more, but was computed from it alone.
const CHANGED: u32 = 1 << 31;
/// The byte is the result of a comparison.
const BOOL: u32 = 1 << 30;
/// Several bytes went in.
const MIXED: u32 = 1 << 29;
/// Input that is no name.
const INPUT: u32 = 1 << 28;
/// Several names went in.
const MANY: u32 = 0xffff;
const NAME_SHIFT: u32 = 12;
const POSITION: u32 = (1 << NAME_SHIFT) - 1;

/// Names and positions from here on are not told apart.
pub(super) const MAX_NAMES: usize = MANY as usize - 1;
pub(super) const MAX_POSITION: usize = POSITION as usize;

impl Lane {
    pub(super) const NONE: Lane = Lane(0);
    /// Input that is no name: a value, an argument, the content of a file.
    pub(super) const INPUT: Lane = Lane(INPUT);

    /// A byte of a name. Behind the last one comes what separates it from its value.
    pub(super) fn of(name: usize, position: usize) -> Lane {
        match name < MAX_NAMES && position <= MAX_POSITION {
            true => Lane((name as u32 + 1) << NAME_SHIFT | position as u32),
            false => Lane::INPUT,
        }
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The name and the position in it, and whether the byte was changed since.
    pub(super) fn byte(self) -> Option<(usize, usize, bool)> {
        let plain = self.0 != 0 && self.0 & (BOOL | MIXED | INPUT) == 0;
        plain.then(|| {
            let name = (self.0 >> NAME_SHIFT & MANY) as usize - 1;
            (name, (self.0 & POSITION) as usize, self.0 & CHANGED != 0)
        })
    }

    /// The byte of a name that this, a comparison too, was computed from.
    fn byte_below(self) -> Option<(usize, usize)> {
        Lane(self.0 & !BOOL).byte().map(|(name, at, _)| (name, at))
    }

    /// The one name of which several bytes went in.
    pub(super) fn mixed(self) -> Option<usize> {
        let name = self.0 >> NAME_SHIFT & MANY;
        let mixed = self.0 & MIXED != 0 && self.0 & (INPUT | BOOL) == 0;
        (mixed && name != MANY).then(|| name as usize - 1)
    }

    /// Whether the address computed with it depends on more than one byte of input.
    pub(super) fn is_mixed(self) -> bool {
        self.0 & MIXED != 0
    }

    fn changed(self) -> Lane {
        match self.0 {
            0 => self,
            bits => Lane(bits & !BOOL | CHANGED),
        }
    }

    /// What went into both.
    fn merge(self, other: Lane) -> Lane {
        if self.is_none() || self == other {
            return match self.is_none() {
                true => other,
                false => self,
            };
        }
        if other.is_none() {
            return self;
        }
        let bits = (self.0 | other.0) & INPUT;
        if bits != 0 {
            return Lane(INPUT);
        }
        const IDENTITY: u32 = MIXED | (MANY << NAME_SHIFT) | POSITION;
        if self.0 & IDENTITY == other.0 & IDENTITY {
            return Lane(self.0 & IDENTITY | CHANGED | self.0 & other.0 & BOOL);
        }
        let (a, b) = (self.0 >> NAME_SHIFT & MANY, other.0 >> NAME_SHIFT & MANY);
        let name = if a == b { a } else { MANY };
        Lane(MIXED | name << NAME_SHIFT)
    }

    /// As part of something that all its bytes went into.
    fn as_mixed(self) -> Lane {
        match self.0 & INPUT != 0 {
            true => Lane(INPUT),
            false => Lane(MIXED | self.0 & MANY << NAME_SHIFT),
        }
    }
}

/// The marks of the eight bytes of a value, by number; zero is a value without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark(u32);

impl Mark {
    pub(super) const NONE: Mark = Mark(0);

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }
}

pub(super) type Lanes = [Lane; 8];
const EMPTY: Lanes = [Lane::NONE; 8];

/// Marks of values, each kept once.
pub(super) struct Marks {
    lanes: Vec<Lanes>,
    known: HashMap<Lanes, u32>,
}

impl Marks {
    pub(super) fn new() -> Marks {
        Marks {
            lanes: vec![EMPTY],
            known: HashMap::from([(EMPTY, 0)]),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.len()
    }

    pub(super) fn get(&self, mark: Mark) -> Lanes {
        self.lanes[mark.0 as usize]
    }

    pub(super) fn intern(&mut self, lanes: Lanes) -> Mark {
        if lanes == EMPTY {
            return Mark::NONE;
        }
        let next = self.lanes.len() as u32;
        let number = *self.known.entry(lanes).or_insert(next);
        if number == next {
            self.lanes.push(lanes);
        }
        Mark(number)
    }

    /// The mark of a value of which only the lowest byte has one.
    pub(super) fn single(&mut self, lane: Lane) -> Mark {
        let mut lanes = EMPTY;
        lanes[0] = lane;
        self.intern(lanes)
    }

    /// The mark of a value that is input as a whole.
    pub(super) fn input(&mut self) -> Mark {
        self.intern([Lane::INPUT; 8])
    }

    /// The one byte that all marked bytes of a value come from.
    pub(super) fn only(&self, mark: Mark) -> Lane {
        let mut all = self.get(mark).into_iter().filter(|l| !l.is_none());
        let first = all.next().unwrap_or_default();
        all.fold(first, Lane::merge)
    }

    /// What an instruction with one operand makes of a mark.
    pub(super) fn unary(&mut self, op: Unary, mark: Mark) -> Mark {
        let mut lanes = self.get(mark);
        match op {
            Unary::I32WrapI64
            | Unary::I64ExtendI32U
            | Unary::I64ExtendI32S
            | Unary::I64Extend32S => lanes[4..].fill(Lane::NONE),
            Unary::I32Extend16S | Unary::I64Extend16S => lanes[2..].fill(Lane::NONE),
            Unary::I32Extend8S | Unary::I64Extend8S => lanes[1..].fill(Lane::NONE),
            Unary::I32ReinterpretF32
            | Unary::I64ReinterpretF64
            | Unary::F32ReinterpretI32
            | Unary::F64ReinterpretI64 => {}
            Unary::I32Eqz | Unary::I64Eqz => return self.compared(mark, Mark::NONE),
            _ => return self.mix(mark, Mark::NONE, op.wide()),
        }
        self.intern(lanes)
    }

    /// What an instruction with two operands makes of their marks.
    pub(super) fn binary(&mut self, op: Binary, left: (u64, Mark), right: (u64, Mark)) -> Mark {
        use Binary::*;
        match op {
            I32And | I64And | I32Or | I64Or | I32Xor | I64Xor | I32Add | I64Add | I32Sub
            | I64Sub => {
                let masks = matches!(op, I32And | I64And);
                let (a, b) = (self.get(left.1), self.get(right.1));
                let (x, y) = (left.0.to_le_bytes(), right.0.to_le_bytes());
                let mut lanes = EMPTY;
                for i in 0..8 {
                    lanes[i] = match (a[i].is_none(), b[i].is_none()) {
                        (true, true) => Lane::NONE,
                        (false, false) => a[i].merge(b[i]),
                        (one, _) => {
                            let (lane, other) = if one { (b[i], x[i]) } else { (a[i], y[i]) };
                            match (masks, other) {
                                (true, 0) => Lane::NONE,
                                (true, 0xff) | (false, 0) => lane,
                                _ => lane.changed(),
                            }
                        }
                    };
                }
                self.intern(lanes)
            }
            I32Shl | I64Shl | I32ShrU | I64ShrU | I32ShrS | I64ShrS | I32Rotl | I64Rotl
            | I32Rotr | I64Rotr
                if right.1.is_none() =>
            {
                self.shift(op, left.1, right.0)
            }
            _ if is_comparison(op) => self.compared(left.1, right.1),
            _ => self.mix(left.1, right.1, op.wide()),
        }
    }

    fn shift(&mut self, op: Binary, mark: Mark, by: u64) -> Mark {
        use Binary::*;
        let bytes = if op.wide() { 8 } else { 4 };
        let by = by as usize % (bytes * 8);
        let lanes = self.get(mark);
        let at = by / 8;
        let source = |to: usize| -> Option<usize> {
            match op {
                I32Shl | I64Shl => to.checked_sub(at),
                I32Rotl | I64Rotl => Some((to + bytes - at) % bytes),
                I32Rotr | I64Rotr => Some((to + at) % bytes),
                _ => Some(to + at).filter(|from| *from < bytes),
            }
        };
        let mut moved = EMPTY;
        for (to, lane) in moved.iter_mut().enumerate().take(bytes) {
            *lane = source(to).map_or(Lane::NONE, |from| lanes[from]);
        }
        if !by.is_multiple_of(8) {
            let only = self.only(mark);
            let lane = match only.byte().is_some() || only.0 & BOOL != 0 {
                true => only.changed(),
                false => only,
            };
            for slot in moved.iter_mut().take(bytes) {
                if !slot.is_none() {
                    *slot = lane;
                }
            }
            // Bits of a byte may all have moved to its neighbour.
            if moved == EMPTY {
                moved[0] = lane;
            }
        }
        self.intern(moved)
    }

    fn compared(&mut self, left: Mark, right: Mark) -> Mark {
        let lane = self.only(left).merge(self.only(right));
        self.single(Lane(lane.0 | BOOL))
    }

    fn mix(&mut self, left: Mark, right: Mark, wide: bool) -> Mark {
        let lane = self.only(left).merge(self.only(right));
        if lane.0 & BOOL != 0 && lane.byte_below().is_some() {
            // A flag of a byte, such as whether it is a capital, times a number.
            return self.single(lane.changed());
        }
        let lane = lane.as_mixed();
        let mut lanes = EMPTY;
        lanes[..if wide { 8 } else { 4 }].fill(lane);
        self.intern(lanes)
    }

    /// What a value has that was loaded from a table, at an index that has a mark.
    pub(super) fn looked_up(&mut self, index: Mark) -> Mark {
        let lane = self.only(index);
        match lane.byte() {
            Some(_) => self.single(lane.changed()),
            None => Mark::NONE,
        }
    }
}
