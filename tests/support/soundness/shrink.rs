//! Makes a failing program smaller, so that a person can read it.

use super::ast::{Expr, Function, Kind, Program, Stmt};

/// The smallest program that was found for which `fails` still holds.
pub(crate) fn shrink(program: &Program, mut fails: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    let mut at = 0;
    let mut idle = false;
    loop {
        let mut smaller = best.clone();
        let mut countdown = Countdown {
            left: at,
            done: false,
        };
        countdown.program(&mut smaller);
        if !countdown.done {
            if idle {
                return best;
            }
            (at, idle) = (0, true);
            continue;
        }
        match fails(&smaller) {
            true => (best, idle) = (smaller, false),
            false => at += 1,
        }
    }
}

/// Applies the change with a number, counted along the program.
struct Countdown {
    left: usize,
    done: bool,
}

impl Countdown {
    /// Whether it is the turn of this change.
    fn turn(&mut self) -> bool {
        if self.done {
            return false;
        }
        self.done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.done
    }

    fn program(&mut self, program: &mut Program) {
        let types: Vec<Option<Kind>> = program.functions.iter().map(|f| f.result).collect();
        if program.start.is_some() && self.turn() {
            program.start = None;
        }
        for at in 0..program.exports.len() {
            if program.exports.len() > 1 && self.turn() {
                program.exports.remove(at);
                return;
            }
        }
        for function in &mut program.functions {
            if !function.body.is_empty() && self.turn() {
                function.body.clear();
            }
            let mut body = std::mem::take(&mut function.body);
            self.block(&mut body, &types, function);
            function.body = body;
            if let Some(mut tail) = function.tail.take() {
                self.expr(&mut tail, &types, function);
                function.tail = Some(tail);
            }
        }
    }

    fn block(&mut self, body: &mut Vec<Stmt>, types: &[Option<Kind>], of: &Function) {
        for at in 0..body.len() {
            if self.turn() {
                body.remove(at);
                return;
            }
            let inner: Vec<Vec<Stmt>> = match &body[at] {
                Stmt::If(_, then, otherwise) => vec![then.clone(), otherwise.clone()],
                Stmt::Loop(_, _, inner, _) => vec![inner.clone()],
                Stmt::Switch(_, arms, _) => arms.clone(),
                _ => Vec::new(),
            };
            for block in inner {
                if self.turn() {
                    body.splice(at..=at, block);
                    return;
                }
            }
            self.stmt(&mut body[at], types, of);
            if self.done {
                return;
            }
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt, types: &[Option<Kind>], of: &Function) {
        let mut exprs: Vec<&mut Expr> = Vec::new();
        match stmt {
            Stmt::Set(_, e) | Stmt::SetGlobal(_, e) | Stmt::Break(_, e) | Stmt::Continue(_, e) => {
                exprs.push(e);
            }
            Stmt::Store(_, a, _, b) => exprs.extend([a, b]),
            Stmt::Sink(a, b, result) => {
                if result.is_some() && self.turn() {
                    *result = None;
                }
                exprs.extend([a, b]);
            }
            Stmt::Copy(a, b, c) | Stmt::Fill(a, b, c) => exprs.extend([a, b, c]),
            Stmt::If(c, then, otherwise) => {
                self.expr(c, types, of);
                self.block(then, types, of);
                self.block(otherwise, types, of);
            }
            Stmt::Loop(_, a, body, b) => {
                self.expr(a, types, of);
                self.expr(b, types, of);
                self.block(body, types, of);
            }
            Stmt::Switch(c, arms, _) => {
                self.expr(c, types, of);
                for arm in arms {
                    self.block(arm, types, of);
                }
            }
            Stmt::Return(Some(e)) => exprs.push(e),
            Stmt::Call(Expr::Call(_, args) | Expr::Indirect(_, _, args)) => exprs.extend(args),
            Stmt::Call(_) | Stmt::Return(None) | Stmt::Trap => {}
        }
        for expr in exprs {
            self.expr(expr, types, of);
        }
    }

    fn expr(&mut self, expr: &mut Expr, types: &[Option<Kind>], of: &Function) {
        if self.done {
            return;
        }
        let kind = kind(expr, types, of);
        let simplest = matches!(expr, Expr::Const(0) | Expr::Const64(0));
        if !simplest && self.turn() {
            *expr = match kind {
                Kind::Packed => Expr::Const64(0),
                _ => Expr::Const(0),
            };
            return;
        }
        let children: Vec<Expr> = match expr {
            Expr::Op(_, parts) | Expr::Call(_, parts) | Expr::Indirect(_, _, parts) => {
                parts.clone()
            }
            Expr::Select(parts) => parts.to_vec(),
            Expr::If(_, parts) => parts.to_vec(),
            Expr::Load(_, address, _) => vec![(**address).clone()],
            _ => Vec::new(),
        };
        let wide = kind == Kind::Packed;
        for child in children {
            if (self::kind(&child, types, of) == Kind::Packed) == wide && self.turn() {
                *expr = child;
                return;
            }
        }
        match expr {
            Expr::Op(_, parts) | Expr::Call(_, parts) => {
                parts.iter_mut().for_each(|p| self.expr(p, types, of));
            }
            Expr::Indirect(_, index, parts) => {
                self.expr(index, types, of);
                parts.iter_mut().for_each(|p| self.expr(p, types, of));
            }
            Expr::Select(parts) => parts.iter_mut().for_each(|p| self.expr(p, types, of)),
            Expr::If(_, parts) => parts.iter_mut().for_each(|p| self.expr(p, types, of)),
            Expr::Load(_, address, _) => self.expr(address, types, of),
            _ => {}
        }
    }
}

/// [`Kind::Packed`] for 64 bits, some other kind for 32.
fn kind(expr: &Expr, types: &[Option<Kind>], of: &Function) -> Kind {
    let wide = match expr {
        Expr::Const64(_) => true,
        Expr::Local(local) => of.kind(*local) == Kind::Packed,
        Expr::Load(op, ..) => op.starts_with("i64."),
        Expr::Op(op, _) => op.starts_with("i64."),
        Expr::Select(parts) => return kind(&parts[0], types, of),
        Expr::If(kind, _) => return *kind,
        Expr::Call(callee, _) | Expr::Indirect(callee, ..) => types[*callee] == Some(Kind::Packed),
        Expr::Const(_) | Expr::Global(_) | Expr::Alloc(_) => false,
    };
    if wide { Kind::Packed } else { Kind::Int }
}
