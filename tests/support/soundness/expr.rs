//! Random expressions of each kind.

use super::ast::{Expr, Function, Kind, Program, Sink};
use super::random::Random;

/// Texts that may be names: address and length.
pub(crate) const KEYS: u32 = 1024;
/// Constant table of (pointer, length).
pub(crate) const TABLE: u32 = 1280;
pub(crate) const TABLE_LEN: usize = 6;
/// Constant table of numbers.
pub(crate) const NUMBERS: u32 = 1344;
/// Initialised variables: two pairs, then sixteen bytes of text, then two numbers.
pub(crate) const VARIABLES: u32 = 1536;
/// Variables that begin as zero: two pairs, two buffers of sixteen bytes, two numbers.
pub(crate) const BSS: u32 = 2048;

/// What a program is made of: each program leaves out some things, so that others meet more
/// often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Calls,
    Indirect,
    Globals,
    Bss,
    Variables,
    Frame,
    Heap,
    Loops,
    Switch,
    Select,
    Packed,
    Copies,
    Bytes,
    Numbers,
    Input,
    PatchKeys,
    Overlap,
    Recursion,
    Wild,
    /// Names come from memory that nobody filled and from tables at unknown places.
    Loose,
}

pub(crate) const FEATURES: [Feature; 20] = [
    Feature::Calls,
    Feature::Indirect,
    Feature::Globals,
    Feature::Bss,
    Feature::Variables,
    Feature::Frame,
    Feature::Heap,
    Feature::Loops,
    Feature::Switch,
    Feature::Select,
    Feature::Packed,
    Feature::Copies,
    Feature::Bytes,
    Feature::Numbers,
    Feature::Input,
    Feature::PatchKeys,
    Feature::Overlap,
    Feature::Recursion,
    Feature::Wild,
    Feature::Loose,
];

pub(crate) struct Maker {
    pub(crate) random: Random,
    pub(crate) features: Vec<Feature>,
    pub(crate) program: Program,
    pub(crate) keys: Vec<(u32, u32)>,
    /// The function being filled.
    pub(crate) index: usize,
    pub(crate) function: Function,
    pub(crate) labels: usize,
    /// Loops around the statement being made: label, counter when it runs down.
    pub(crate) around: Vec<(usize, Option<usize>)>,
    /// Locals that only their loop changes.
    pub(crate) counters: Vec<usize>,
}

fn op2(op: &'static str, a: Expr, b: Expr) -> Expr {
    Expr::Op(op, vec![a, b])
}

fn num(value: u32) -> Expr {
    Expr::Const(value as i32)
}

impl Maker {
    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    pub(crate) fn new_local(&mut self, kind: Kind) -> usize {
        self.function.locals.push(kind);
        self.function.variables() - 1
    }

    fn local(&mut self, kind: Kind) -> Option<Expr> {
        let fits: Vec<usize> = (0..self.function.variables())
            .filter(|l| self.function.kind(*l) == kind)
            .collect();
        (!fits.is_empty()).then(|| Expr::Local(self.random.pick(&fits)))
    }

    pub(crate) fn key(&mut self) -> (u32, u32) {
        let keys = self.keys.clone();
        self.random.pick(&keys)
    }

    /// A condition.
    pub(crate) fn condition(&mut self, depth: usize) -> Expr {
        let a = self.expr(Kind::Int, depth);
        match self.random.below(5) {
            0 => Expr::Op("i32.eqz", vec![a]),
            1 => {
                let b = self.expr(Kind::Int, depth);
                let op = self
                    .random
                    .pick(&["i32.eq", "i32.ne", "i32.lt_u", "i32.gt_s"]);
                op2(op, a, b)
            }
            2 => {
                let k = self.random.below(4) as u32;
                let op = self
                    .random
                    .pick(&["i32.eq", "i32.ne", "i32.lt_u", "i32.ge_s"]);
                op2(op, a, num(k))
            }
            3 => op2("i32.and", a, num(1)),
            _ => a,
        }
    }

    pub(crate) fn expr(&mut self, kind: Kind, depth: usize) -> Expr {
        if depth == 0 {
            return self.leaf(kind);
        }
        let deeper = depth - 1;
        match self.random.below(9) {
            0 if self.has(Feature::Select) => {
                let (a, b) = (self.expr(kind, deeper), self.expr(kind, deeper));
                let c = self.condition(deeper);
                return Expr::Select(Box::new([a, b, c]));
            }
            1 if self.has(Feature::Select) => {
                let c = self.condition(deeper);
                let (a, b) = (self.expr(kind, deeper), self.expr(kind, deeper));
                return Expr::If(kind, Box::new([c, a, b]));
            }
            2 | 3 if self.has(Feature::Calls) => {
                if let Some(call) = self.call(Some(kind), deeper) {
                    return call;
                }
            }
            4 | 5 => {
                if let Some(made) = self.made(kind, deeper) {
                    return made;
                }
            }
            _ => {}
        }
        self.leaf(kind)
    }

    /// A call of a later function, directly or through the table.
    pub(crate) fn call(&mut self, result: Option<Kind>, depth: usize) -> Option<Expr> {
        let fits = |m: &Maker, f: usize| m.program.functions[f].result == result;
        let later = self.index + 1..self.program.functions.len();
        let callees: Vec<usize> = later.filter(|f| fits(self, *f)).collect();
        if callees.is_empty() {
            return None;
        }
        let callee = self.random.pick(&callees);
        let params = self.program.functions[callee].params.clone();
        let args: Vec<Expr> = params.iter().map(|k| self.expr(*k, depth)).collect();
        let slots: Vec<usize> = (0..self.program.table.len())
            .filter(|s| self.program.table[*s] == callee)
            .collect();
        // Functions before this one are not called, or programs would not end.
        let ahead = self.program.table.iter().all(|f| *f > self.index);
        if self.has(Feature::Indirect) && ahead && !slots.is_empty() && self.random.chance(60) {
            let known = num(self.random.pick(&slots) as u32);
            let index = match self.random.below(4) {
                0 | 1 => known,
                2 => {
                    let c = self.condition(0);
                    let other = self.random.below(self.program.table.len()) as u32;
                    Expr::Select(Box::new([known, num(other), c]))
                }
                _ => self.expr(Kind::Int, 0),
            };
            return Some(Expr::Indirect(callee, Box::new(index), args));
        }
        Some(Expr::Call(callee, args))
    }

    /// Something computed.
    fn made(&mut self, kind: Kind, depth: usize) -> Option<Expr> {
        Some(match kind {
            Kind::Int => {
                let a = self.expr(Kind::Int, depth);
                let k = self.random.below(5) as u32;
                match self.random.below(8) {
                    0 => op2("i32.add", a, num(k)),
                    1 => op2("i32.sub", a, num(k)),
                    2 => op2("i32.and", a, num(3)),
                    3 => op2("i32.mul", a, num(k)),
                    4 => op2("i32.rem_u", a, num(k + 1)),
                    5 => {
                        let b = self.expr(Kind::Int, depth);
                        let op = self
                            .random
                            .pick(&["i32.add", "i32.sub", "i32.xor", "i32.shl"]);
                        op2(op, a, b)
                    }
                    6 if self.has(Feature::Bytes) => {
                        let p = self.expr(Kind::Ptr, depth);
                        let op = self
                            .random
                            .pick(&["i32.load8_u", "i32.load8_s", "i32.load16_u"]);
                        Expr::Load(op, Box::new(p), k)
                    }
                    _ if self.has(Feature::Numbers) => {
                        let scaled = op2("i32.shl", op2("i32.and", a, num(3)), num(2));
                        Expr::Load("i32.load", Box::new(scaled), NUMBERS)
                    }
                    _ => self.condition(depth),
                }
            }
            Kind::Ptr => match self.random.below(6) {
                0 if self.has(Feature::Packed) => {
                    let p = self.expr(Kind::Packed, depth);
                    Expr::Op("i32.wrap_i64", vec![p])
                }
                1 => op2("i32.add", self.expr(Kind::Ptr, depth), num(1)),
                2 if self.has(Feature::Loose) => self.expr(Kind::Buf, depth),
                _ => {
                    let p = self.expr(Kind::Pair, depth);
                    Expr::Load("i32.load", Box::new(p), 0)
                }
            },
            Kind::Len => match self.random.below(4) {
                0 if self.has(Feature::Packed) => {
                    let p = self.expr(Kind::Packed, depth);
                    let hi = op2("i64.shr_u", p, Expr::Const64(32));
                    Expr::Op("i32.wrap_i64", vec![hi])
                }
                1 if self.has(Feature::Wild) => op2("i32.and", self.expr(Kind::Int, depth), num(3)),
                _ => {
                    let p = self.expr(Kind::Pair, depth);
                    Expr::Load("i32.load", Box::new(p), 4)
                }
            },
            Kind::Pair => {
                let at = match self.has(Feature::Loose) {
                    true => self.expr(Kind::Int, depth),
                    false => num(self.random.below(4) as u32),
                };
                let at = op2("i32.and", at, num(3));
                let entry = op2("i32.shl", at, num(3));
                match self.random.chance(50) {
                    true => op2("i32.add", entry, num(TABLE)),
                    false => op2("i32.add", num(TABLE), entry),
                }
            }
            Kind::Packed => {
                if self.random.chance(30) {
                    let p = self.expr(Kind::Pair, depth);
                    return Some(Expr::Load("i64.load", Box::new(p), 0));
                }
                let (p, n) = self.text(depth);
                self.pack(p, n)
            }
            Kind::Buf | Kind::Frame => return None,
        })
    }

    fn pack(&mut self, pointer: Expr, len: Expr) -> Expr {
        let lo = Expr::Op("i64.extend_i32_u", vec![pointer]);
        let hi = Expr::Op("i64.extend_i32_u", vec![len]);
        let hi = op2("i64.shl", hi, Expr::Const64(32));
        let op = self.random.pick(&["i64.or", "i64.add"]);
        match self.random.chance(50) {
            true => op2(op, lo, hi),
            false => op2(op, hi, lo),
        }
    }

    /// A pointer and a length, more often than not of one text.
    pub(crate) fn text(&mut self, depth: usize) -> (Expr, Expr) {
        let (address, len) = self.key();
        match self.random.below(3) {
            0 => (num(address), num(len)),
            1 => (num(address), self.expr(Kind::Len, depth)),
            _ => (self.expr(Kind::Ptr, depth), self.expr(Kind::Len, depth)),
        }
    }

    fn leaf(&mut self, kind: Kind) -> Expr {
        if self.random.chance(55)
            && let Some(local) = self.local(kind)
        {
            return local;
        }
        match kind {
            Kind::Int => {
                let at = self.random.below(2);
                match self.random.below(5) {
                    0 if self.has(Feature::Globals) && !self.program.globals.is_empty() => {
                        Expr::Global(self.random.below(self.program.globals.len()))
                    }
                    1 if self.has(Feature::Bss) => {
                        Expr::Load("i32.load", Box::new(num(BSS + 48 + at as u32 * 4)), 0)
                    }
                    2 if self.has(Feature::Variables) => {
                        Expr::Load("i32.load", Box::new(num(VARIABLES + 32)), at as u32 * 4)
                    }
                    _ => num(self.random.below(4) as u32),
                }
            }
            Kind::Ptr => num(self.key().0),
            Kind::Len => num(self.random.below(5) as u32 + 1),
            Kind::Buf | Kind::Frame => self.buffer(),
            Kind::Pair => self.pair(),
            Kind::Packed => {
                let (address, len) = self.key();
                Expr::Const64(i64::from(address) | i64::from(len) << 32)
            }
        }
    }

    fn frame_at(&self, offset: u32) -> Expr {
        op2(
            "i32.add",
            Expr::Local(self.function.params.len()),
            num(offset),
        )
    }

    /// Frames: 16 bytes for results, two pairs, two buffers.
    fn buffer(&mut self) -> Expr {
        let which = self.random.below(2) as u32 * 16;
        match self.random.below(5) {
            0 | 1 if self.has(Feature::Frame) && self.function.frame > 0 => {
                self.frame_at(32 + which)
            }
            2 if self.has(Feature::Heap) => Expr::Alloc(16),
            3 if self.has(Feature::Variables) => num(VARIABLES + 16),
            4 if self.has(Feature::PatchKeys) => num(self.key().0),
            _ if self.has(Feature::Bss) => num(BSS + 16 + which),
            _ => num(BSS + 16),
        }
    }

    fn pair(&mut self) -> Expr {
        let which = self.random.below(2) as u32 * 8;
        match self.random.below(6) {
            0 | 1 if self.has(Feature::Frame) && self.function.frame > 0 => {
                self.frame_at(16 + which)
            }
            2 if self.has(Feature::Heap) && self.has(Feature::Loose) => Expr::Alloc(8),
            3 if self.has(Feature::Variables) && self.has(Feature::Loose) => num(VARIABLES + which),
            4 if self.has(Feature::Bss) && self.has(Feature::Loose) => num(BSS + which),
            _ => num(TABLE + 8 * self.random.below(TABLE_LEN) as u32),
        }
    }

    /// A fresh program without code.
    pub(crate) fn new(seed: u64) -> Maker {
        let mut random = Random::new(seed);
        let all = FEATURES;
        let share = 20 + random.below(70);
        let features: Vec<Feature> = all
            .into_iter()
            .filter(|f| match f {
                Feature::Wild | Feature::Overlap => random.chance(15),
                Feature::Loose => random.chance(30),
                _ => random.chance(share),
            })
            .collect();
        let sink = random.pick(&[Sink::Number, Sink::Result]);
        let area = random.pick(&[0, 0, 3072, BSS + 64]);
        let mut keys = Vec::new();
        let mut bytes = Vec::new();
        for key in 0..4 + random.below(4) {
            let len = 1 + random.below(6) as u32;
            keys.push((KEYS + bytes.len() as u32, len));
            let letter = b'a' + key as u8;
            bytes.extend((0..len).map(|i| {
                if i == 0 {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            }));
        }
        let mut table = Vec::new();
        for _ in 0..TABLE_LEN {
            let (address, len) = random.pick(&keys);
            table.extend(address.to_le_bytes());
            table.extend(len.to_le_bytes());
        }
        let mut variables = table[..16].to_vec();
        variables.extend(b"mutable variable");
        variables.extend([1, 0, 0, 0, 2, 0, 0, 0]);
        let numbers: Vec<u8> = (0..4)
            .flat_map(|_| (random.below(4) as u32).to_le_bytes())
            .collect();
        let data = vec![
            (KEYS, bytes),
            (TABLE, table),
            (NUMBERS, numbers),
            (VARIABLES, variables),
        ];
        let globals = (0..random.below(3))
            .map(|_| random.below(4) as i32)
            .collect();
        Maker {
            random,
            features,
            program: Program {
                sink,
                area,
                data,
                functions: Vec::new(),
                exports: Vec::new(),
                start: None,
                table: Vec::new(),
                globals,
            },
            keys,
            index: 0,
            function: Function {
                params: Vec::new(),
                result: None,
                locals: Vec::new(),
                frame: 0,
                body: Vec::new(),
                tail: None,
            },
            labels: 0,
            around: Vec::new(),
            counters: Vec::new(),
        }
    }
}
