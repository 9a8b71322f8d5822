//! Symbols stand for words: what is made of them must hold whatever the words are.

use super::step::{Binary, Unary};
use super::value::{Symbols, Value, Word};
use std::collections::HashMap;

/// Words that symbols stand for, and constants.
const CORNERS: [u32; 14] = [
    0,
    1,
    2,
    5,
    31,
    32,
    33,
    64,
    255,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x1234_5678,
];

/// What unknown words are in each of several worlds.
const WORLDS: usize = 24;

/// Numbers that only look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }
}

/// A value with what it is in each world.
#[derive(Clone)]
struct Known {
    value: Value,
    wide: bool,
    bits: Vec<u64>,
}

struct Table {
    symbols: Symbols,
    /// What each symbol turned out to be.
    meaning: HashMap<Word, Vec<u32>>,
    values: Vec<Known>,
}

impl Table {
    fn unknown(&mut self, wide: bool, dice: &mut Dice) {
        let value = self.symbols.fresh_value(wide);
        let word = |dice: &mut Dice| -> Vec<u32> {
            (0..WORLDS)
                .map(|_| CORNERS[dice.below(CORNERS.len())])
                .collect()
        };
        let lo = word(dice);
        let hi = if wide { word(dice) } else { vec![0; WORLDS] };
        let bits = lo
            .iter()
            .zip(&hi)
            .map(|(l, h)| u64::from(*l) | u64::from(*h) << 32)
            .collect();
        self.meaning.insert(value.lo, lo);
        if wide {
            self.meaning.insert(value.hi, hi);
        }
        self.values.push(Known { value, wide, bits });
    }

    fn constant(&mut self, wide: bool, dice: &mut Dice) {
        let lo = u64::from(CORNERS[dice.below(CORNERS.len())]);
        let hi = if wide {
            u64::from(CORNERS[dice.below(CORNERS.len())])
        } else {
            0
        };
        let bits = lo | hi << 32;
        self.values.push(Known {
            value: Value::known(bits),
            wide,
            bits: vec![bits; WORLDS],
        });
    }

    fn pick(&self, wide: bool, dice: &mut Dice) -> Option<Known> {
        let fits: Vec<&Known> = self.values.iter().filter(|k| k.wide == wide).collect();
        (!fits.is_empty()).then(|| fits[dice.below(fits.len())].clone())
    }

    /// Holds a result against what it is in every world.
    fn check(&mut self, what: &str, value: Value, bits: Vec<u64>, wide: bool) {
        for (word, shift) in [(value.lo, 0), (value.hi, 32)] {
            let truth: Vec<u32> = bits.iter().map(|b| (b >> shift) as u32).collect();
            match word {
                Word::Known(k) => assert!(
                    truth.iter().all(|t| *t == k),
                    "{what} is {k:#x}, not {truth:x?}"
                ),
                symbol => {
                    let meant = self.meaning.entry(symbol).or_insert_with(|| truth.clone());
                    assert_eq!(*meant, truth, "{what} equals something else");
                }
            }
        }
        self.values.push(Known { value, wide, bits });
    }
}

#[test]
fn equal_symbols_are_equal_words() {
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let mut table = Table {
            symbols: Symbols::default(),
            meaning: HashMap::new(),
            values: Vec::new(),
        };
        for wide in [false, false, true, true] {
            table.unknown(wide, &mut dice);
            table.constant(wide, &mut dice);
        }
        for _ in 0..120 {
            if dice.below(6) == 0 {
                let wide = dice.below(2) == 0;
                table.constant(wide, &mut dice);
            }
            if dice.below(3) == 0 {
                let op = Unary::ALL[dice.below(Unary::ALL.len())];
                let Some(arg) = table.pick(op.takes_wide(), &mut dice) else {
                    continue;
                };
                let bits: Option<Vec<u64>> = arg.bits.iter().map(|b| op.eval(*b)).collect();
                let (Some(bits), Some(value)) = (bits, table.symbols.unary(op, arg.value)) else {
                    continue;
                };
                table.check(
                    &format!("seed {seed}: {op:?} {:?}", arg.value),
                    value,
                    bits,
                    op.wide(),
                );
            } else {
                let op = Binary::ALL[dice.below(Binary::ALL.len())];
                let left = table.pick(op.takes_wide(), &mut dice);
                let right = table.pick(op.takes_wide(), &mut dice);
                let (Some(left), Some(right)) = (left, right) else {
                    continue;
                };
                let both = left.bits.iter().zip(&right.bits);
                let bits: Option<Vec<u64>> = both.map(|(a, b)| op.eval(*a, *b)).collect();
                let (Some(bits), Some(value)) =
                    (bits, table.symbols.binary(op, left.value, right.value))
                else {
                    continue;
                };
                let what = format!("seed {seed}: {op:?} {:?} {:?}", left.value, right.value);
                table.check(&what, value, bits, op.wide());
            }
        }
    }
}
