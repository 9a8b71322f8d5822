//! Numbers of which not much is left open: bounds that branches teach, and loads from tables
//! at an index that can only have a few values.

use super::engine::{Engine, Mode};
use super::exec::{Activation, State};
use super::step::{Access, Binary};
use super::value::{Origin, Sym, Symbols, Value, Word};
use super::world::{Fact, World};
use crate::binary::abi::Params;
use crate::binary::{FuncId, TyKind};
use crate::graph::{CoreFunc, CoreInstanceId};
use std::rc::Rc;

/// An index with more values is not taken apart.
const MAX_VALUES: u32 = 16;
/// How deeply formulas are looked into.
const MAX_DEPTH: u32 = 8;
/// How many bounds a state remembers.
const MAX_BOUNDS: usize = 32;
/// No string or list in memory is longer (`MAX_STRING_BYTE_LENGTH` of the canonical ABI; a
/// list is limited by the same number of bytes).
const MAX_LENGTH: u32 = (1 << 28) - 1;

impl World {
    /// The greatest value of a symbol, if a branch taught one.
    pub(super) fn at_most(&self, sym: Sym) -> Option<u32> {
        let at = self.bounds.binary_search_by_key(&sym, |(s, _)| *s).ok()?;
        Some(self.bounds[at].1)
    }

    /// Learns that a symbol is at most so great; `false` when that contradicts what is known.
    pub(super) fn learn_at_most(&mut self, sym: Sym, bound: u32) -> bool {
        if let Some(Fact::Is(value)) = self.fact(sym) {
            return value <= bound;
        }
        let bounds = Rc::make_mut(&mut self.bounds);
        match bounds.binary_search_by_key(&sym, |(s, _)| *s) {
            Ok(at) => bounds[at].1 = bounds[at].1.min(bound),
            Err(at) => bounds.insert(at, (sym, bound)),
        }
        if bounds.len() > MAX_BOUNDS {
            bounds.remove(0);
        }
        true
    }

    /// Keeps the bounds that `other` shares. Returns whether one was lost.
    pub(super) fn meet_bounds(&mut self, other: &World) -> bool {
        if Rc::ptr_eq(&self.bounds, &other.bounds) || self.bounds.is_empty() {
            return false;
        }
        let before = self.bounds.len();
        let kept = |(sym, bound): &(Sym, u32)| other.at_most(*sym) == Some(*bound);
        if !self.bounds.iter().all(kept) {
            let bounds = self.bounds.iter().copied().filter(kept).collect();
            self.bounds = Rc::new(bounds);
        }
        self.bounds.len() != before
    }
}

impl Symbols {
    /// The least and greatest value that a word can have, as far as is known.
    pub(super) fn range(&self, world: &World, word: Word) -> (u32, u32) {
        self.range_within(world, word, MAX_DEPTH)
    }

    fn range_within(&self, world: &World, word: Word, depth: u32) -> (u32, u32) {
        let all = (0, u32::MAX);
        let sym = match world.resolve(word) {
            Word::Known(value) => return (value, value),
            Word::Unknown(sym) => sym,
        };
        let mut range = match self.origin(sym) {
            Origin::Flag | Origin::Equals(..) | Origin::Differs(..) => (0, 1),
            _ if depth == 0 => all,
            _ => match self.formula(sym) {
                Some((op, a, b)) => {
                    let a = self.range_within(world, a, depth - 1);
                    let b = self.range_within(world, b, depth - 1);
                    computed(op, a, b).unwrap_or(all)
                }
                None => all,
            },
        };
        if let Some(bound) = world.at_most(sym) {
            range.1 = range.1.min(bound);
        }
        if range.0 <= range.1 { range } else { all }
    }

    /// The innermost symbol that a word is computed from, when nothing else in it is open and
    /// it has few values.
    fn pivot(&self, world: &World, word: Word) -> Option<(Sym, u32, u32)> {
        let mut word = world.resolve(word);
        let mut found = None;
        for _ in 0..MAX_DEPTH {
            let Word::Unknown(sym) = word else { break };
            let (low, high) = self.range(world, word);
            if high - low < MAX_VALUES {
                found = Some((sym, low, high));
            }
            let Some((_, a, b)) = self.formula(sym) else {
                break;
            };
            word = match (world.resolve(a), world.resolve(b)) {
                (a, Word::Known(_)) => a,
                (Word::Known(_), b) => b,
                _ => break,
            };
        }
        found
    }

    /// The value of a word if a symbol in it has some value.
    fn with(&self, world: &World, word: Word, sym: Sym, value: u32, depth: u32) -> Option<u32> {
        let inner = match world.resolve(word) {
            Word::Known(known) => return Some(known),
            Word::Unknown(inner) if inner == sym => return Some(value),
            Word::Unknown(inner) => inner,
        };
        let (op, a, b) = self.formula(inner).filter(|_| depth > 0)?;
        let a = self.with(world, a, sym, value, depth - 1)?;
        let b = self.with(world, b, sym, value, depth - 1)?;
        op.eval(a.into(), b.into()).map(|bits| bits as u32)
    }
}

/// The range of a result; `None` when nothing is known, or it may wrap.
fn computed(op: Binary, a: (u32, u32), b: (u32, u32)) -> Option<(u32, u32)> {
    let fixed = (b.0 == b.1).then_some(b.0);
    Some(match op {
        Binary::I32Add => match (a.1.checked_add(b.1), fixed) {
            (Some(high), _) => (a.0 + b.0, high),
            // A negative number is added.
            (None, Some(k)) if a.0 >= k.wrapping_neg() => {
                (a.0.wrapping_add(k), a.1.wrapping_add(k))
            }
            _ => return None,
        },
        Binary::I32Sub if a.0 >= b.1 => (a.0 - b.1, a.1 - b.0),
        Binary::I32Mul => (a.0.checked_mul(b.0)?, a.1.checked_mul(b.1)?),
        Binary::I32Shl => {
            let shift = fixed.filter(|k| *k < 32)?;
            let high = u32::try_from(u64::from(a.1) << shift).ok()?;
            (a.0 << shift, high)
        }
        Binary::I32ShrU => {
            let shift = fixed.filter(|k| *k < 32)?;
            (a.0 >> shift, a.1 >> shift)
        }
        Binary::I32And => (0, a.1.min(b.1)),
        Binary::I32Or | Binary::I32Xor => (0, u32::MAX >> (a.1 | b.1).leading_zeros().min(31)),
        Binary::I32RemU => (0, fixed?.checked_sub(1)?),
        _ => return None,
    })
}

impl Engine<'_, '_, '_> {
    /// What a comparison teaches when it holds (`truth`), or does not. `false` when that can't
    /// be.
    pub(super) fn learn_bounds(&self, world: &mut World, sym: Sym, truth: bool) -> bool {
        match self.symbols.origin(sym) {
            Origin::Equals(inner, 0) if self.symbols.is_flag(Word::Unknown(inner)) => {
                return self.learn_bounds(world, inner, !truth);
            }
            Origin::Differs(inner, 0) if self.symbols.is_flag(Word::Unknown(inner)) => {
                return self.learn_bounds(world, inner, truth);
            }
            _ => {}
        }
        let Some((op, a, b)) = self.symbols.formula(sym) else {
            return true;
        };
        let (word, k, op, truth) = match (world.resolve(a), world.resolve(b)) {
            (Word::Unknown(x), Word::Known(k)) => (x, k, op, truth),
            (Word::Known(k), Word::Unknown(x)) => {
                let turned = match op {
                    Binary::I32LtU => Binary::I32GtU,
                    Binary::I32LeU => Binary::I32GeU,
                    Binary::I32GtU => Binary::I32LtU,
                    Binary::I32GeU => Binary::I32LeU,
                    _ => return true,
                };
                (x, k, turned, truth)
            }
            _ => return true,
        };
        let bound = match (op, truth) {
            (Binary::I32LtU, true) | (Binary::I32GeU, false) => match k.checked_sub(1) {
                Some(bound) => bound,
                None => return false,
            },
            (Binary::I32LeU, true) | (Binary::I32GtU, false) => k,
            _ => return true,
        };
        world.learn_at_most(word, bound)
    }

    /// Takes a load from constant data apart whose address can only have a few values. The
    /// state gets the first of them; the others follow as states of their own.
    pub(super) fn split_load(
        &mut self,
        at: &Activation,
        state: &mut State,
        access: &Access,
    ) -> Vec<State> {
        let Some((memory, top)) = at.memory.zip(state.stack.last().copied()) else {
            return Vec::new();
        };
        let word = state.world.resolve(top.lo);
        if self.mode == Mode::Concrete || word.known().is_some() || access.memory.0 != 0 {
            return Vec::new();
        }
        let Some((sym, low, high)) = self.symbols.pivot(&state.world, word) else {
            return Vec::new();
        };
        let Ok(offset) = u32::try_from(access.offset) else {
            return Vec::new();
        };
        let last = u32::from(access.bytes) - 1;
        let mut choices: Vec<State> = Vec::new();
        for value in low..=high {
            let address = self.symbols.with(&state.world, word, sym, value, MAX_DEPTH);
            let constant = |address: u32| {
                let first = address.checked_add(offset);
                first.is_some_and(|first| {
                    first >= 64
                        && self.images.constant(memory, first).is_some()
                        && self
                            .images
                            .constant(memory, first.wrapping_add(last))
                            .is_some()
                })
            };
            let Some(address) = address.filter(|a| constant(*a)) else {
                return Vec::new();
            };
            let mut choice = state.clone();
            let possible = match self.symbols.is_flag(Word::Unknown(sym)) {
                true => self.assume(&mut choice, sym, value != 0),
                false => {
                    let before = self.symbols.before(sym);
                    choice.world.doubtful |= before.is_some_and(|b| b != value);
                    choice.world.learn(sym, Fact::Is(value))
                }
            };
            if possible {
                choice.stack.pop();
                choice.stack.push(Value::known(u64::from(address)));
                choices.push(choice);
            }
        }
        if choices.is_empty() {
            return Vec::new();
        }
        *state = choices.remove(0);
        choices
    }

    /// The lengths of strings and lists that a lifted function is given are bounded.
    pub(super) fn bound_lengths(
        &self,
        id: CoreInstanceId,
        func: FuncId,
        args: &[Value],
        world: &mut World,
    ) {
        let callee = CoreFunc::Defined(id, func);
        let Some(lift) = self.program.lifts.iter().find(|l| l.func == callee) else {
            return;
        };
        let wide = lift.options.memory.is_some_and(|memory| {
            let state = self.program.memories.get(memory.index());
            state.is_none_or(|state| state.ty.memory64)
        });
        // A function that something else enters, too, may be given anything.
        let calls = |body: usize, module: &crate::binary::Module<'_>| {
            module
                .scan
                .calls(body)
                .iter()
                .any(|c| self.program.func(id, *c) == callee)
        };
        let module = self
            .program
            .binary
            .module(self.program.core_instance(id).module);
        let taken = self
            .program
            .address_taken()
            .iter()
            .any(|e| e.func == callee);
        if wide || taken || (0..module.bodies.len()).any(|body| calls(body, module)) {
            return;
        }
        let component = self.program.instance(lift.instance).component;
        let ty = component.and_then(|component| {
            let component = self.program.binary.component(component);
            component.type_reader().func_at_type(lift.ty)
        });
        let Some(ty) = ty else { return };
        let Params::Flat(starts) = ty.lower(lift.options.is_async, super::typed::NARROW).places
        else {
            return;
        };
        for ((_, ty), start) in ty.params.iter().zip(starts) {
            if let TyKind::String | TyKind::List(_) = ty.kind()
                && let Some(Word::Unknown(len)) = args.get(start + 1).map(|v| v.lo)
            {
                world.learn_at_most(len, MAX_LENGTH);
            }
        }
    }
}
