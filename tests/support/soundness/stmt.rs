//! Random statements, functions and programs.

use super::ast::{Expr, Function, Kind, Program, Stmt};
use super::expr::{BSS, Feature, KEYS, Maker, NUMBERS, TABLE, VARIABLES};

fn op2(op: &'static str, a: Expr, b: Expr) -> Expr {
    Expr::Op(op, vec![a, b])
}

fn num(value: u32) -> Expr {
    Expr::Const(value as i32)
}

fn load(address: Expr, offset: u32) -> Expr {
    Expr::Load("i32.load", Box::new(address), offset)
}

/// The program that belongs to a number.
pub(crate) fn program(seed: u64) -> Program {
    let mut maker = Maker::new(seed);
    maker.plan();
    for index in (0..maker.program.functions.len()).rev() {
        maker.fill(index);
    }
    maker.program
}

impl Maker {
    /// Signatures come first, so that calls have something to call.
    fn plan(&mut self) {
        let functions = 1 + self.random.below(4);
        let exported = 1 + self.random.below(2);
        let kinds = [
            Kind::Int,
            Kind::Ptr,
            Kind::Len,
            Kind::Buf,
            Kind::Pair,
            Kind::Packed,
        ];
        for index in 0..functions {
            let export = index < exported;
            let mut params = Vec::new();
            let mut result = None;
            let count = self.random.below(if export { 2 } else { 4 });
            for _ in 0..count {
                params.push(match export {
                    true => Kind::Int,
                    false => self.random.pick(&kinds),
                });
            }
            if export && self.has(Feature::Input) && params.is_empty() {
                params.push(Kind::Int);
            }
            if !export && self.random.chance(60) {
                result = Some(self.random.pick(&kinds));
            }
            if !export && self.has(Feature::Indirect) && index > 1 && self.random.chance(60) {
                let before = self.program.functions[index - 1].clone();
                if index > exported {
                    (params, result) = (before.params, before.result);
                }
            }
            let frame = match self.has(Feature::Frame) && self.random.chance(80) {
                true => 64,
                false => 0,
            };
            self.program.functions.push(Function {
                params,
                result,
                locals: if frame > 0 {
                    vec![Kind::Frame]
                } else {
                    Vec::new()
                },
                frame,
                body: Vec::new(),
                tail: None,
            });
            if export {
                self.program.exports.push(index);
            }
        }
        if self.has(Feature::Indirect) {
            let inner: Vec<usize> = (exported.min(functions)..functions).collect();
            for _ in 0..if inner.is_empty() {
                0
            } else {
                2 + self.random.below(3)
            } {
                let entry = self.random.pick(&inner);
                self.program.table.push(entry);
            }
        }
        if self.has(Feature::Variables) && self.random.chance(30) && functions > 1 {
            let first = &self.program.functions[functions - 1];
            if first.params.is_empty() && first.result.is_none() {
                self.program.start = Some(functions - 1);
            }
        }
    }

    fn fill(&mut self, index: usize) {
        self.index = index;
        self.function = self.program.functions[index].clone();
        self.around.clear();
        self.counters.clear();
        let count = 1 + self.random.below(5);
        let mut body = Vec::new();
        self.prepare(&mut body);
        for _ in 0..count {
            self.statement(2, &mut body);
        }
        let never = self.program.exports.contains(&index) && !body.iter().any(asks);
        if never || self.random.chance(40) {
            self.ask(&mut body);
        }
        self.function.body = body;
        self.function.tail = self.function.result.map(|kind| self.expr(kind, 2));
        self.program.functions[index] = self.function.clone();
    }

    /// Pairs on the frame begin with some text.
    fn prepare(&mut self, out: &mut Vec<Stmt>) {
        if self.function.frame == 0 || self.has(Feature::Loose) {
            return;
        }
        let frame = || Expr::Local(self.function.params.len());
        let (a, b) = (frame(), frame());
        for (frame, at) in [(a, 16), (b, 24)] {
            let (address, len) = self.key();
            let packed = i64::from(address) | i64::from(len) << 32;
            out.push(Stmt::Store("i64.store", frame, at, Expr::Const64(packed)));
        }
    }

    fn block(&mut self, depth: usize) -> Vec<Stmt> {
        let mut body = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            self.statement(depth, &mut body);
        }
        body
    }

    fn ask(&mut self, out: &mut Vec<Stmt>) {
        let result = match self.random.chance(30) {
            true => Some(self.new_local(Kind::Int)),
            false => None,
        };
        let (pointer, len) = match self.random.below(6) {
            0 => self.text(2),
            1 => {
                let (address, len) = self.key();
                (num(address), num(len))
            }
            2 if self.has(Feature::Packed) => {
                let local = self.new_local(Kind::Packed);
                let packed = self.expr(Kind::Packed, 2);
                out.push(Stmt::Set(local, packed));
                let half = |e| Expr::Op("i32.wrap_i64", vec![e]);
                let hi = op2("i64.shr_u", Expr::Local(local), Expr::Const64(32));
                (half(Expr::Local(local)), half(hi))
            }
            3 => {
                // A choice that pointer and length make together.
                let (p, n) = (self.new_local(Kind::Ptr), self.new_local(Kind::Len));
                let (a, b) = (self.text(1), self.text(1));
                let condition = self.condition(1);
                let set = |(x, y)| vec![Stmt::Set(p, x), Stmt::Set(n, y)];
                out.push(Stmt::If(condition, set(a), set(b)));
                (Expr::Local(p), Expr::Local(n))
            }
            _ => {
                let local = self.new_local(Kind::Pair);
                let pair = self.expr(Kind::Pair, 2);
                out.push(Stmt::Set(local, pair));
                (load(Expr::Local(local), 0), load(Expr::Local(local), 4))
            }
        };
        out.push(Stmt::Sink(pointer, len, result));
    }

    pub(crate) fn statement(&mut self, depth: usize, out: &mut Vec<Stmt>) {
        if depth > 0 {
            match self.random.below(8) {
                0 => {
                    let condition = self.condition(1);
                    let then = self.block(depth - 1);
                    let otherwise = match self.random.chance(50) {
                        true => self.block(depth - 1),
                        false => Vec::new(),
                    };
                    return out.push(Stmt::If(condition, then, otherwise));
                }
                1 | 2 if self.has(Feature::Loops) => return self.a_loop(depth, out),
                3 if self.has(Feature::Switch) => {
                    let index = self.expr(Kind::Int, 1);
                    let arms = 2 + self.random.below(3);
                    let arms = (0..arms).map(|_| self.block(depth - 1)).collect();
                    let falls = self.random.chance(30);
                    return out.push(Stmt::Switch(index, arms, falls));
                }
                _ => {}
            }
        }
        self.simple(out);
    }

    fn simple(&mut self, out: &mut Vec<Stmt>) {
        let kinds = [
            Kind::Int,
            Kind::Ptr,
            Kind::Len,
            Kind::Buf,
            Kind::Pair,
            Kind::Packed,
        ];
        match self.random.below(14) {
            0..=2 => self.ask(out),
            3 => {
                let kind = self.random.pick(&kinds);
                let value = self.expr(kind, 2);
                let local = self.new_local(kind);
                out.push(Stmt::Set(local, value));
            }
            4 | 5 => {
                let busy = self.counters.clone();
                let free: Vec<usize> = (0..self.function.variables())
                    .filter(|l| !busy.contains(l) && self.function.kind(*l) != Kind::Frame)
                    .collect();
                if !free.is_empty() {
                    let local = self.random.pick(&free);
                    let value = self.expr(self.function.kind(local), 2);
                    out.push(Stmt::Set(local, value));
                }
            }
            6 if self.has(Feature::Globals) && !self.program.globals.is_empty() => {
                let global = self.random.below(self.program.globals.len());
                let value = self.expr(Kind::Int, 1);
                out.push(Stmt::SetGlobal(global, value));
            }
            6 | 7 => {
                // A pair is laid down.
                let local = self.new_local(Kind::Pair);
                let pair = match self.has(Feature::Heap) && self.random.chance(50) {
                    true => Expr::Alloc(8),
                    false => self.expr(Kind::Pair, 1),
                };
                let (p, n) = self.text(1);
                out.push(Stmt::Set(local, pair));
                if self.has(Feature::Packed) && self.random.chance(30) {
                    let packed = self.expr(Kind::Packed, 1);
                    out.push(Stmt::Store("i64.store", Expr::Local(local), 0, packed));
                    return;
                }
                out.push(Stmt::Store("i32.store", Expr::Local(local), 0, p));
                out.push(Stmt::Store("i32.store", Expr::Local(local), 4, n));
            }
            8 if self.has(Feature::Bss) || self.has(Feature::Variables) => {
                let value = self.expr(Kind::Int, 2);
                let at = self.random.below(2) as u32 * 4;
                let base = match self.has(Feature::Variables) {
                    true => VARIABLES + 32,
                    false => BSS + 48,
                };
                out.push(Stmt::Store("i32.store", num(base + at), 0, value));
            }
            9 if self.has(Feature::Copies) => self.build(out),
            10 if self.has(Feature::Bytes) => {
                let to = self.expr(Kind::Buf, 1);
                let byte = self.expr(Kind::Int, 1);
                let at = self.random.below(6) as u32;
                let op = self
                    .random
                    .pick(&["i32.store8", "i32.store16", "i32.store"]);
                out.push(Stmt::Store(
                    op,
                    to,
                    at,
                    op2("i32.add", byte, num(u32::from(b'p'))),
                ));
            }
            11 | 12 if self.has(Feature::Calls) => {
                let kind = self.random.pick(&kinds);
                let kind = Some(kind).filter(|_| self.random.chance(50));
                match (self.call(kind, 1), kind) {
                    (Some(call), Some(kind)) => {
                        let local = self.new_local(kind);
                        out.push(Stmt::Set(local, call));
                    }
                    // Without a result it is a statement as it stands.
                    (Some(call), None) => out.push(Stmt::Call(call)),
                    (None, _) => self.ask(out),
                }
            }
            13 => self.leave(out),
            _ => self.ask(out),
        }
    }

    /// Leaves something early.
    fn leave(&mut self, out: &mut Vec<Stmt>) {
        let condition = self.condition(1);
        if let Some((label, counter)) = self.around.last().copied()
            && self.random.chance(80)
        {
            if self.random.chance(60) {
                return out.push(Stmt::Break(label, condition));
            }
            if let Some(counter) = counter {
                out.push(Stmt::Set(
                    counter,
                    op2("i32.sub", Expr::Local(counter), num(1)),
                ));
            }
            return out.push(Stmt::Continue(label, condition));
        }
        let last = match self.random.chance(20) {
            true => Stmt::Trap,
            false => {
                let value = self.function.result.map(|kind| self.expr(kind, 1));
                Stmt::Return(value)
            }
        };
        out.push(Stmt::If(condition, vec![last], Vec::new()));
    }

    /// A name is put together in a buffer.
    fn build(&mut self, out: &mut Vec<Stmt>) {
        let buffer = self.new_local(Kind::Buf);
        let place = self.expr(Kind::Buf, 1);
        let (p, n) = self.text(1);
        let len = self.new_local(Kind::Len);
        out.push(Stmt::Set(buffer, place));
        out.push(Stmt::Set(len, n));
        let to = || Expr::Local(buffer);
        match self.random.below(4) {
            0 => {
                let byte = op2("i32.add", self.expr(Kind::Int, 1), num(u32::from(b'0')));
                out.push(Stmt::Fill(to(), byte, Expr::Local(len)));
            }
            1 if self.has(Feature::Loops) => self.copy_loop(buffer, p, len, out),
            2 if self.has(Feature::Overlap) => {
                out.push(Stmt::Copy(to(), p, Expr::Local(len)));
                out.push(Stmt::Copy(
                    op2("i32.add", to(), num(1)),
                    to(),
                    Expr::Local(len),
                ));
            }
            _ => out.push(Stmt::Copy(to(), p, Expr::Local(len))),
        }
        if self.random.chance(50) {
            let digit = op2("i32.and", self.expr(Kind::Int, 1), num(3));
            let digit = op2("i32.add", digit, num(u32::from(b'0')));
            let end = op2("i32.add", to(), Expr::Local(len));
            out.push(Stmt::Store("i32.store8", end, 0, digit));
            out.push(Stmt::Set(len, op2("i32.add", Expr::Local(len), num(1))));
        }
        if self.random.chance(70) {
            out.push(Stmt::Sink(to(), Expr::Local(len), None));
        }
    }

    /// Bytes one by one, changed or not.
    fn copy_loop(&mut self, buffer: usize, from: Expr, len: usize, out: &mut Vec<Stmt>) {
        let (at, source) = (self.new_local(Kind::Int), self.new_local(Kind::Ptr));
        out.push(Stmt::Set(source, from));
        out.push(Stmt::Set(at, num(0)));
        let byte = Expr::Load(
            "i32.load8_u",
            Box::new(op2("i32.add", Expr::Local(source), Expr::Local(at))),
            0,
        );
        let byte = match self.random.below(3) {
            0 => op2("i32.xor", byte, num(32)),
            1 => op2("i32.or", byte, num(32)),
            _ => byte,
        };
        let to = op2("i32.add", Expr::Local(buffer), Expr::Local(at));
        let label = self.labels;
        self.labels += 1;
        let body = vec![
            Stmt::Store("i32.store8", to, 0, byte),
            Stmt::Set(at, op2("i32.add", Expr::Local(at), num(1))),
        ];
        let more = op2("i32.lt_u", Expr::Local(at), Expr::Local(len));
        out.push(match self.random.chance(50) {
            true => Stmt::Loop(label, more, body, num(1)),
            false => Stmt::Loop(label, num(1), body, more),
        });
    }

    fn a_loop(&mut self, depth: usize, out: &mut Vec<Stmt>) {
        let label = self.labels;
        self.labels += 1;
        let counter = self.new_local(Kind::Int);
        self.counters.push(counter);
        let times = match self.random.below(4) {
            0 => op2("i32.and", self.expr(Kind::Int, 1), num(3)),
            1 => op2("i32.and", self.expr(Kind::Int, 1), num(15)),
            _ => num(1 + self.random.below(7) as u32),
        };
        let upwards = self.random.chance(35);
        let bound = upwards.then(|| self.new_local(Kind::Int));
        self.counters.extend(bound);
        match bound {
            // Upwards to a bound that stands in a local.
            Some(bound) => {
                out.push(Stmt::Set(bound, times));
                out.push(Stmt::Set(counter, num(0)));
            }
            None => out.push(Stmt::Set(counter, times)),
        }
        self.around
            .push((label, bound.is_none().then_some(counter)));
        let mut body = match self.random.chance(40) {
            true => {
                // Along a table, by pointer.
                let at = self.new_local(Kind::Pair);
                out.push(Stmt::Set(at, num(TABLE)));
                let (p, n) = (load(Expr::Local(at), 0), load(Expr::Local(at), 4));
                let mut body = match self.random.chance(50) {
                    true => self.block(depth - 1),
                    false => vec![Stmt::Sink(p, n, None)],
                };
                body.push(Stmt::Set(at, op2("i32.add", Expr::Local(at), num(8))));
                body
            }
            false => self.block(depth - 1),
        };
        self.around.pop();
        let step = match bound {
            Some(_) => "i32.add",
            None => "i32.sub",
        };
        body.push(Stmt::Set(counter, op2(step, Expr::Local(counter), num(1))));
        let more = match bound {
            Some(bound) => op2("i32.lt_u", Expr::Local(counter), Expr::Local(bound)),
            None => Expr::Local(counter),
        };
        out.push(match self.random.chance(50) {
            true => Stmt::Loop(label, num(1), body, more),
            false => Stmt::Loop(label, more, body, num(1)),
        });
    }
}

/// Whether a statement asks for a name by itself.
fn asks(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Sink(..))
}

/// The addresses that data may stand at, in order: segments do not overlap.
const _: () = assert!(KEYS < TABLE && TABLE < NUMBERS && NUMBERS < VARIABLES && VARIABLES < BSS);
