//! Abstract values: words that are known, or symbols that stand for one unknown word.

use super::step::{Binary, Unary};
use std::collections::HashMap;

/// A symbol: some word that is not known, the same wherever the symbol stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Sym(pub(super) u32);

/// 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Word {
    /// Known.
    Known(u32),
    /// Unknown.
    Unknown(Sym),
}

impl Word {
    pub(crate) const ZERO: Word = Word::Known(0);

    pub(crate) fn known(self) -> Option<u32> {
        match self {
            Word::Known(value) => Some(value),
            Word::Unknown(_) => None,
        }
    }
}

/// An operand, local or global. 64-bit values are two words, since compilers move (address,
/// length) pairs as one `i64`; a 32-bit value has zero above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Value {
    pub lo: Word,
    pub hi: Word,
}

impl Value {
    pub(crate) const ZERO: Value = Value::known(0);

    pub(crate) const fn known(bits: u64) -> Value {
        Value {
            lo: Word::Known(bits as u32),
            hi: Word::Known((bits >> 32) as u32),
        }
    }

    pub(crate) fn narrow(lo: Word) -> Value {
        Value { lo, hi: Word::ZERO }
    }

    pub(crate) fn bits(self) -> Option<u64> {
        Some(u64::from(self.lo.known()?) | u64::from(self.hi.known()?) << 32)
    }
}

/// How a symbol came to be, as far as a branch on it teaches something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// Nothing is known.
    Opaque,
    /// Made when states were joined: in a loop it may stand for another word in each round.
    /// When the words were addresses of constant data, one of them.
    Joined(Option<u32>),
    /// Computed from an address of constant data.
    Near(u32),
    /// 1 when the word equals the constant, else 0.
    Equals(Sym, u32),
    /// 0 when the word equals the constant, else 1.
    Differs(Sym, u32),
    /// 0 or 1, for another reason.
    Flag,
    /// Some other result of pure instructions.
    Computed,
}

/// A pure computation; equal computations have equal results.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Unary(Unary, Value, bool),
    Binary(Binary, Value, Value, bool),
}

/// All symbols of an analysis.
pub(crate) struct Symbols {
    origins: Vec<Origin>,
    /// What a symbol would be if calls that were not followed had changed nothing.
    pub(super) before: Vec<Option<u32>>,
    computed: HashMap<Key, Sym>,
    /// How symbols of 32 bits are computed from two words.
    formulas: HashMap<Sym, (Binary, Word, Word)>,
    /// Symbols that stand for vectors, and their words.
    pub(super) vectors: HashMap<Sym, [Word; 4]>,
    pub(super) by_words: HashMap<[Word; 4], Sym>,
}

impl Default for Symbols {
    /// Symbol 0 stands for nothing in particular.
    fn default() -> Self {
        Symbols {
            origins: vec![Origin::Opaque],
            before: vec![None],
            computed: HashMap::new(),
            formulas: HashMap::new(),
            vectors: HashMap::new(),
            by_words: HashMap::new(),
        }
    }
}

impl Symbols {
    /// A symbol that equals no other.
    pub(crate) fn fresh(&mut self) -> Word {
        self.make(Origin::Opaque)
    }

    pub(crate) fn make(&mut self, origin: Origin) -> Word {
        self.origins.push(origin);
        self.before.push(None);
        Word::Unknown(Sym(self.origins.len() as u32 - 1))
    }

    pub(crate) fn fresh_value(&mut self, wide: bool) -> Value {
        let lo = self.fresh();
        let hi = if wide { self.fresh() } else { Word::ZERO };
        Value { lo, hi }
    }

    pub(crate) fn origin(&self, sym: Sym) -> Origin {
        self.origins[sym.0 as usize]
    }

    /// Any symbol, where only "not known" is meant.
    pub(crate) fn some(&self) -> Sym {
        Sym(0)
    }

    /// The address of constant data that a symbol is derived from.
    pub(crate) fn near(&self, word: Word) -> Option<u32> {
        match word {
            Word::Known(_) => None,
            Word::Unknown(sym) => match self.origin(sym) {
                Origin::Joined(near) => near,
                Origin::Near(address) => Some(address),
                _ => None,
            },
        }
    }

    /// Notes that a computed symbol is derived from an address of constant data.
    pub(crate) fn set_near(&mut self, word: Word, address: u32) {
        if let Word::Unknown(sym) = word
            && self.origin(sym) == Origin::Computed
        {
            self.origins[sym.0 as usize] = Origin::Near(address);
        }
    }

    /// How a symbol is computed, when it is from two words of 32 bits.
    pub(crate) fn formula(&self, sym: Sym) -> Option<(Binary, Word, Word)> {
        self.formulas.get(&sym).copied()
    }

    /// Whether a word is 0 or 1.
    pub(crate) fn is_flag(&self, word: Word) -> bool {
        match word {
            Word::Known(k) => k <= 1,
            Word::Unknown(sym) => matches!(
                self.origin(sym),
                Origin::Equals(..) | Origin::Differs(..) | Origin::Flag
            ),
        }
    }

    fn intern(&mut self, key: Key, origin: Origin) -> Word {
        if let Some(sym) = self.computed.get(&key) {
            return Word::Unknown(*sym);
        }
        let word = self.make(origin);
        if let Word::Unknown(sym) = word {
            self.computed.insert(key, sym);
            if let Key::Binary(op, a, b, false) = key
                && is_narrow(op)
            {
                self.formulas.insert(sym, (op, a.lo, b.lo));
            }
        }
        word
    }

    /// 1 when `word` equals `k`, else 0; flipped for `!=`.
    fn compare(&mut self, word: Word, k: u32, equal: bool) -> Word {
        let sym = match word {
            Word::Known(w) => return Word::Known(u32::from((w == k) == equal)),
            Word::Unknown(sym) => sym,
        };
        // A flag compared with zero is the flag turned round; with one, the flag.
        if k <= 1 && self.is_flag(word) {
            if (k == 1) == equal {
                return word;
            }
            match self.origin(sym) {
                Origin::Equals(inner, c) => return self.flag(Origin::Differs(inner, c)),
                Origin::Differs(inner, c) => return self.flag(Origin::Equals(inner, c)),
                _ => {}
            }
        }
        self.flag(match equal {
            true => Origin::Equals(sym, k),
            false => Origin::Differs(sym, k),
        })
    }

    fn flag(&mut self, origin: Origin) -> Word {
        let op = match origin {
            Origin::Equals(..) => Binary::I32Eq,
            _ => Binary::I32Ne,
        };
        let (Origin::Equals(sym, k) | Origin::Differs(sym, k)) = origin else {
            return self.make(origin);
        };
        let left = Value::narrow(Word::Unknown(sym));
        self.intern(
            Key::Binary(op, left, Value::known(u64::from(k)), false),
            origin,
        )
    }

    /// A unary instruction; `None` for a trap.
    pub(crate) fn unary(&mut self, op: Unary, arg: Value) -> Option<Value> {
        if let Some(bits) = arg.bits() {
            return op.eval(bits).map(Value::known);
        }
        let value = self.unary_unknown(op, arg);
        let before = self.value_before(arg).and_then(|bits| op.eval(bits));
        self.set_value_before(value, before);
        Some(value)
    }

    fn unary_unknown(&mut self, op: Unary, arg: Value) -> Value {
        let Value { lo, hi } = arg;
        match op {
            Unary::I32Eqz => Value::narrow(self.compare(lo, 0, true)),
            Unary::I64Eqz => Value::narrow(self.equal_pairs(arg, Value::ZERO, true)),
            Unary::I32WrapI64 => Value::narrow(lo),
            Unary::I64ExtendI32U => Value::narrow(lo),
            Unary::I64ExtendI32S => Value {
                lo,
                hi: self.intern(Key::Unary(op, arg, true), Origin::Computed),
            },
            Unary::I32ReinterpretF32
            | Unary::F32ReinterpretI32
            | Unary::I64ReinterpretF64
            | Unary::F64ReinterpretI64 => Value { lo, hi },
            _ => self.computed_value(op.wide(), |high| Key::Unary(op, arg, high)),
        }
    }

    /// A binary instruction; `None` for a trap.
    pub(crate) fn binary(&mut self, op: Binary, left: Value, right: Value) -> Option<Value> {
        if let (Some(a), Some(b)) = (left.bits(), right.bits()) {
            return op.eval(a, b).map(Value::known);
        }
        let key = |high| Key::Binary(op, left, right, high);
        let value = match self.simplify(op, left, right) {
            Some(value) => value,
            None if is_comparison(op) => Value::narrow(self.intern(key(false), Origin::Flag)),
            None => self.computed_value(op.wide(), key),
        };
        let before = self.value_before(left).zip(self.value_before(right));
        self.set_value_before(value, before.and_then(|(a, b)| op.eval(a, b)));
        Some(value)
    }

    fn computed_value(&mut self, wide: bool, key: impl Fn(bool) -> Key) -> Value {
        let lo = self.intern(key(false), Origin::Computed);
        let hi = match wide {
            true => self.intern(key(true), Origin::Computed),
            false => Word::ZERO,
        };
        Value { lo, hi }
    }

    fn simplify(&mut self, op: Binary, left: Value, right: Value) -> Option<Value> {
        use Binary::*;
        let same = left == right;
        let zero_right = right == Value::ZERO;
        Some(match op {
            I32Eq | I32Ne => {
                let equal = op == I32Eq;
                if same {
                    return Some(Value::known(u64::from(equal)));
                }
                match (left.lo, right.lo) {
                    (word, Word::Known(k)) | (Word::Known(k), word) => {
                        Value::narrow(self.compare(word, k, equal))
                    }
                    _ => return None,
                }
            }
            I64Eq | I64Ne => Value::narrow(self.equal_pairs(left, right, op == I64Eq)),
            I32LtU if right.lo == Word::Known(1) => Value::narrow(self.compare(left.lo, 0, true)),
            I32GtU if zero_right => Value::narrow(self.compare(left.lo, 0, false)),
            I32GeU | I64GeU if zero_right => Value::known(1),
            I32LtU | I64LtU if zero_right => Value::ZERO,
            I32Sub | I32Xor | I64Sub | I64Xor if same => Value::ZERO,
            I32Add | I32Sub | I32Or | I32Xor | I32Shl | I32ShrU | I32ShrS | I64Shl | I64ShrU
            | I64ShrS
                if zero_right =>
            {
                left
            }
            I32Add | I32Or | I32Xor if left == Value::ZERO => right,
            I32Or | I32And if same => left,
            I32And | I64And => return self.and(op, left, right),
            I32Mul | I64Mul if zero_right || left == Value::ZERO => Value::ZERO,
            I32Mul if right.lo == Word::Known(1) => left,
            I64Or | I64Xor => {
                let lo = self.half(op, left.lo, right.lo)?;
                let hi = self.half(op, left.hi, right.hi)?;
                Value { lo, hi }
            }
            // No carry comes from a half that is zero.
            I64Add if left.lo == Word::ZERO || right.lo == Word::ZERO => {
                let lo = self.half(I64Or, left.lo, right.lo)?;
                let hi = match (left.hi, right.hi) {
                    (Word::ZERO, other) | (other, Word::ZERO) => other,
                    (Word::Known(a), Word::Known(b)) => Word::Known(a.wrapping_add(b)),
                    _ => return None,
                };
                Value { lo, hi }
            }
            I64Shl if right == Value::known(32) => Value {
                lo: Word::ZERO,
                hi: left.lo,
            },
            I64ShrU if right == Value::known(32) => Value::narrow(left.hi),
            I64Rotl | I64Rotr if right == Value::known(32) => Value {
                lo: left.hi,
                hi: left.lo,
            },
            _ => return None,
        })
    }

    fn and(&mut self, op: Binary, left: Value, right: Value) -> Option<Value> {
        let half = |symbols: &Symbols, a: Word, b: Word| match (a, b) {
            (Word::Known(a), Word::Known(b)) => Some(Word::Known(a & b)),
            (Word::ZERO, _) | (_, Word::ZERO) => Some(Word::ZERO),
            (other, Word::Known(u32::MAX)) | (Word::Known(u32::MAX), other) => Some(other),
            (other, Word::Known(1)) | (Word::Known(1), other) if symbols.is_flag(other) => {
                Some(other)
            }
            _ => None,
        };
        let lo = half(self, left.lo, right.lo);
        let hi = half(self, left.hi, right.hi);
        let narrow = |value: Value| Value::narrow(value.lo);
        match (lo, hi) {
            (Some(lo), Some(hi)) => Some(Value { lo, hi }),
            // The halves are independent of each other.
            (None, Some(hi)) => {
                let key = Key::Binary(Binary::I32And, narrow(left), narrow(right), false);
                let lo = self.intern(key, Origin::Computed);
                Some(Value { lo, hi })
            }
            (Some(lo), None) => {
                let hi = self.intern(Key::Binary(op, left, right, true), Origin::Computed);
                Some(Value { lo, hi })
            }
            (None, None) => None,
        }
    }

    /// `or` or `xor` of halves, when one is zero or both are known.
    fn half(&mut self, op: Binary, a: Word, b: Word) -> Option<Word> {
        match (a, b) {
            (Word::ZERO, other) | (other, Word::ZERO) => Some(other),
            (Word::Known(a), Word::Known(b)) if op == Binary::I64Xor => Some(Word::Known(a ^ b)),
            (Word::Known(a), Word::Known(b)) => Some(Word::Known(a | b)),
            _ => None,
        }
    }

    fn equal_pairs(&mut self, left: Value, right: Value, equal: bool) -> Word {
        let decide = |a: Word, b: Word| match (a, b) {
            (Word::Known(a), Word::Known(b)) => Some(a == b),
            _ if a == b => Some(true),
            _ => None,
        };
        let (lo, hi) = (decide(left.lo, right.lo), decide(left.hi, right.hi));
        match (lo, hi) {
            (Some(false), _) | (_, Some(false)) => Word::Known(u32::from(!equal)),
            (Some(true), Some(true)) => Word::Known(u32::from(equal)),
            (None, Some(true)) => self.equal_words(left.lo, right.lo, equal),
            (Some(true), None) => self.equal_words(left.hi, right.hi, equal),
            (None, None) => {
                let op = if equal { Binary::I64Eq } else { Binary::I64Ne };
                self.intern(Key::Binary(op, left, right, false), Origin::Flag)
            }
        }
    }

    fn equal_words(&mut self, a: Word, b: Word, equal: bool) -> Word {
        match (a, b) {
            (word, Word::Known(k)) | (Word::Known(k), word) => self.compare(word, k, equal),
            _ => {
                let op = if equal { Binary::I32Eq } else { Binary::I32Ne };
                let key = Key::Binary(op, Value::narrow(a), Value::narrow(b), false);
                self.intern(key, Origin::Flag)
            }
        }
    }
}

/// Whether operands and result have 32 bits, among instructions whose formulas are looked at.
fn is_narrow(op: Binary) -> bool {
    use Binary::*;
    matches!(
        op,
        I32Add
            | I32Sub
            | I32Mul
            | I32Shl
            | I32ShrU
            | I32And
            | I32Or
            | I32Xor
            | I32RemU
            | I32LtU
            | I32LeU
            | I32GtU
            | I32GeU
    )
}

/// Whether the result is 0 or 1, so that no address is part of it.
pub(crate) fn is_comparison(op: Binary) -> bool {
    use Binary::*;
    matches!(
        op,
        I32Eq
            | I32Ne
            | I32LtS
            | I32LtU
            | I32GtS
            | I32GtU
            | I32LeS
            | I32LeU
            | I32GeS
            | I32GeU
            | I64Eq
            | I64Ne
            | I64LtS
            | I64LtU
            | I64GtS
            | I64GtU
            | I64LeS
            | I64LeU
            | I64GeS
            | I64GeU
            | F32Eq
            | F32Ne
            | F32Lt
            | F32Gt
            | F32Le
            | F32Ge
            | F64Eq
            | F64Ne
            | F64Lt
            | F64Gt
            | F64Le
            | F64Ge
    )
}
