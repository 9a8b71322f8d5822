//! What values would be if calls that were not followed had changed nothing. A path that a
//! branch takes only because something else is assumed may be none that can run.

use super::value::{Sym, Symbols, Value, Word};

impl Symbols {
    /// What a symbol would be if calls that were not followed had changed nothing.
    pub(crate) fn before(&self, sym: Sym) -> Option<u32> {
        self.before[sym.0 as usize]
    }

    pub(crate) fn set_before(&mut self, word: Word, value: u32) {
        if let Word::Unknown(sym) = word {
            self.before[sym.0 as usize].get_or_insert(value);
        }
    }

    /// A value as it would be if calls that were not followed had changed nothing.
    pub(super) fn value_before(&self, value: Value) -> Option<u64> {
        let word = |word: Word| match word {
            Word::Known(known) => Some(known),
            Word::Unknown(sym) => self.before(sym),
        };
        Some(u64::from(word(value.lo)?) | u64::from(word(value.hi)?) << 32)
    }

    pub(super) fn set_value_before(&mut self, value: Value, bits: Option<u64>) {
        if let Some(bits) = bits {
            self.set_before(value.lo, bits as u32);
            self.set_before(value.hi, (bits >> 32) as u32);
        }
    }
}
