//! Vectors of 128 bits: four words. Compilers copy texts and pairs of address and length
//! through them; what moves whole words or bytes is followed, arithmetic is not.

use super::engine::{Engine, Mode, Stop};
use super::event::Why;
use super::exec::{Activation, State};
use super::step::Lanes;
use super::value::{Symbols, Value, Word};

impl Symbols {
    /// The symbol of a vector of 128 bits with these words.
    pub(crate) fn of_vector(&mut self, words: [Word; 4]) -> Word {
        if let Some(sym) = self.by_words.get(&words) {
            return Word::Unknown(*sym);
        }
        let word = self.fresh();
        if let Word::Unknown(sym) = word {
            self.vectors.insert(sym, words);
            self.by_words.insert(words, sym);
        }
        word
    }

    /// The words of a vector, if they are known.
    pub(crate) fn vector(&self, word: Word) -> Option<[Word; 4]> {
        match word {
            Word::Unknown(sym) if !self.vectors.is_empty() => self.vectors.get(&sym).copied(),
            _ => None,
        }
    }
}

impl Engine<'_, '_, '_> {
    /// The words of a vector; symbols when it is not known.
    pub(crate) fn words_of(&mut self, state: &State, value: Value) -> [Word; 4] {
        match self.symbols.vector(value.lo) {
            Some(words) => words.map(|w| state.world.resolve(w)),
            None => std::array::from_fn(|_| self.symbols.fresh()),
        }
    }

    fn push_vector(&mut self, state: &mut State, words: [Word; 4]) {
        let value = Value::narrow(self.symbols.of_vector(words));
        state.push(value);
    }

    /// An instruction on vectors.
    pub(crate) fn lanes(
        &mut self,
        at: &Activation,
        state: &mut State,
        op: &Lanes,
    ) -> Result<bool, Stop> {
        match op {
            Lanes::Const(words) => {
                self.push_vector(state, words.map(Word::Known));
            }
            Lanes::Splat32 => {
                let word = state.pop().lo;
                self.push_vector(state, [word; 4]);
            }
            Lanes::Splat64 => {
                let value = state.pop();
                self.push_vector(state, [value.lo, value.hi, value.lo, value.hi]);
            }
            Lanes::SplatSmall { bytes } => {
                let word = match state.pop().lo {
                    Word::Known(k) if *bytes == 1 => Word::Known((k & 0xff) * 0x0101_0101),
                    Word::Known(k) => Word::Known((k & 0xffff) * 0x0001_0001),
                    word => {
                        self.lose_value(at, &mut state.world, Value::narrow(word));
                        self.symbols.fresh()
                    }
                };
                self.push_vector(state, [word; 4]);
            }
            Lanes::Extract { lane, wide } => {
                let value = state.pop();
                let words = self.words_of(state, value);
                let first = usize::from(*lane) * if *wide { 2 } else { 1 };
                let hi = if *wide { words[first + 1] } else { Word::ZERO };
                state.push(Value {
                    lo: words[first],
                    hi,
                });
            }
            Lanes::Replace { lane, wide } => {
                let new = state.pop();
                let value = state.pop();
                let mut words = self.words_of(state, value);
                let first = usize::from(*lane) * if *wide { 2 } else { 1 };
                words[first] = new.lo;
                if *wide {
                    words[first + 1] = new.hi;
                }
                self.push_vector(state, words);
            }
            Lanes::Shuffle(lanes) => {
                let (right, left) = (state.pop(), state.pop());
                let (left, right) = (self.words_of(state, left), self.words_of(state, right));
                let both: Vec<Word> = left.into_iter().chain(right).collect();
                let words = std::array::from_fn(|w| self.shuffled(&both, &lanes[w * 4..w * 4 + 4]));
                for word in both {
                    self.lose_value(at, &mut state.world, Value::narrow(word));
                }
                self.push_vector(state, words);
            }
            Lanes::Other { pops, name } => {
                if self.mode == Mode::Concrete {
                    return Err(Stop::Opaque(Why::Instruction(name)));
                }
                for value in state.pop_many(*pops as usize) {
                    self.lose_value(at, &mut state.world, value);
                }
                let value = self.symbols.fresh_value(true);
                state.push(value);
            }
        }
        Ok(true)
    }

    /// Four bytes out of eight words: a whole word stays what it is.
    fn shuffled(&mut self, words: &[Word], lanes: &[u8]) -> Word {
        let first = usize::from(lanes[0]);
        let in_order = lanes
            .iter()
            .enumerate()
            .all(|(i, lane)| usize::from(*lane) == first + i);
        if in_order && first.is_multiple_of(4) {
            return words[first / 4];
        }
        let mut bits = 0;
        for (index, lane) in lanes.iter().enumerate() {
            let lane = usize::from(*lane);
            let Some(word) = words[lane / 4].known() else {
                return self.symbols.fresh();
            };
            bits |= (word >> (lane % 4 * 8) & 0xff) << (index * 8);
        }
        Word::Known(bits)
    }
}
