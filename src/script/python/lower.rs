//! Bytecode as expressions: the operand stack is followed with what each operand is.

use super::code::{Code, OPTIMIZED, Step};
use super::heap::Obj;
use super::objects::Objects;
use super::opcode::Op;
use crate::script::ir::*;
use std::collections::{BTreeMap, BTreeSet};

/// Variables of functions around a function, by name.
pub(super) type Closure = BTreeMap<String, VarId>;

/// Operands that are followed.
const STACK: usize = 20_000;

/// Variables of locals by position.
type Locals = BTreeMap<usize, VarId>;

/// How deep functions in functions are followed.
const DEPTH: usize = 50;

/// A function whose bytecode is to be read.
pub(super) struct Work {
    pub func: FuncId,
    pub code: Code,
    pub globals: Obj,
    pub closure: Closure,
    /// The class whose body this is.
    pub class: Option<ClassId>,
}

/// An operand.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Expr(ExprId),
    /// A code object, on its way into a function.
    Code(Obj),
    /// What stands beside something that is called without an object.
    Null,
}

/// A function that is read.
pub(super) struct Body<'o, 'h, 'm, 'a> {
    pub objects: &'o mut Objects<'h, 'm, 'a>,
    pub func: FuncId,
    pub globals: Obj,
    pub class: Option<ClassId>,
    pub code: Code,
    /// Locals, cells and free variables, by name: all that they ever hold.
    pub vars: Closure,
    /// What locals hold here, by position.
    now: Locals,
    pub stack: Vec<Slot>,
    /// Stacks and locals that jumps bring.
    arriving: BTreeMap<usize, (Vec<Slot>, Locals)>,
    /// Locals at the heads of loops, which jumps back add to.
    heads: BTreeMap<usize, Locals>,
    pub line: u32,
    /// Names of a class, as its body knows them.
    pub own: BTreeMap<String, VarId>,
    pub depth: usize,
}

impl Objects<'_, '_, '_> {
    /// Reads a function.
    pub(super) fn function(&mut self, work: Work) {
        self.function_at(work, 0);
    }

    pub(super) fn function_at(&mut self, work: Work, depth: usize) {
        if depth > DEPTH {
            return;
        }
        let mut vars = work.closure;
        let params = &self.program.func(work.func).params;
        let params: Vec<(String, VarId)> =
            params.iter().map(|p| (p.name.to_string(), p.var)).collect();
        let mut now = Locals::new();
        for (position, name) in work.code.locals.iter().enumerate() {
            let param = params.iter().find(|(n, _)| n == name);
            if param.is_none() && vars.contains_key(name) {
                continue;
            }
            let all = self.program.add_var(Var::default());
            if let Some((_, var)) = param {
                now.insert(position, *var);
                let given = self.program.add(Node::Var(*var), work.func, 0);
                self.program.give(all, given);
            }
            vars.insert(name.clone(), all);
        }
        let mut body = Body {
            objects: self,
            func: work.func,
            globals: work.globals,
            class: work.class,
            code: work.code,
            vars,
            now,
            stack: Vec::new(),
            arriving: BTreeMap::new(),
            heads: BTreeMap::new(),
            line: 0,
            own: BTreeMap::new(),
            depth,
        };
        body.run();
    }
}

impl Body<'_, '_, '_, '_> {
    fn run(&mut self) {
        let steps = std::mem::take(&mut self.code.steps);
        let backward = steps.iter().filter(|s| is_backward(s.op));
        let heads: BTreeSet<usize> = backward.filter_map(|s| s.next.checked_sub(s.arg)).collect();
        let mut reached = true;
        for step in &steps {
            if !self.charge(1) {
                return;
            }
            if self.stack.len() > STACK {
                self.stack.clear();
            }
            if let Some((stack, locals)) = self.arriving.remove(&step.at) {
                match reached {
                    true => {
                        self.join(stack);
                        self.join_locals(locals);
                    }
                    false => {
                        self.stack = stack;
                        self.now = locals;
                    }
                }
            } else if !reached {
                // The handler of an exception, or nothing at all: locals hold whatever they
                // ever do.
                self.stack.clear();
                self.now.clear();
            }
            self.line = step.line;
            if heads.contains(&step.at) {
                self.head(step.at);
            }
            self.step(step);
            reached = !step.op.ends();
        }
    }

    fn charge(&mut self, steps: usize) -> bool {
        self.objects.left = self.objects.left.saturating_sub(steps);
        self.objects.left > 0
    }

    /// The head of a loop: a local is what it was before, or after a round.
    fn head(&mut self, at: usize) {
        if !self.charge(self.now.len()) {
            return;
        }
        for (position, before) in self.now.clone() {
            let var = self.copy_of(&[before]);
            self.now.insert(position, var);
        }
        self.heads.insert(at, self.now.clone());
    }

    /// A variable that is any of others.
    fn copy_of(&mut self, others: &[VarId]) -> VarId {
        let var = self.objects.program.add_var(Var::default());
        for other in others {
            let value = self.add(Node::Var(*other));
            self.objects.program.give(var, value);
        }
        var
    }

    fn join_locals(&mut self, other: Locals) {
        // One that is not told apart on either way is not afterwards.
        let mine = std::mem::take(&mut self.now);
        for (position, var) in mine {
            match other.get(&position) {
                Some(same) if *same == var => drop(self.now.insert(position, var)),
                Some(other) => {
                    let joined = self.copy_of(&[var, *other]);
                    self.now.insert(position, joined);
                }
                None => {}
            }
        }
    }

    /// A round of a loop ends: what locals hold now, they may hold at its head.
    pub(super) fn back(&mut self, target: usize) {
        let Some(head) = self.heads.get(&target).cloned() else {
            return;
        };
        for (position, var) in head {
            let now = self.now.get(&position).copied();
            let now = now.unwrap_or_else(|| self.whole(position));
            if now != var {
                let value = self.add(Node::Var(now));
                self.objects.program.give(var, value);
            }
        }
    }

    /// Two ways meet: an operand is what it is on either.
    fn join(&mut self, other: Vec<Slot>) {
        let (mine, theirs) = (self.stack.len(), other.len());
        let common = mine.min(theirs);
        for back in 1..=common {
            let merged = match (&self.stack[mine - back], &other[theirs - back]) {
                (Slot::Expr(a), Slot::Expr(b)) if a != b => {
                    let (a, b) = (*a, *b);
                    Slot::Expr(self.add(Node::Choice(vec![a, b])))
                }
                (a, _) => a.clone(),
            };
            self.stack[mine - back] = merged;
        }
    }

    /// A jump takes the stack along.
    pub(super) fn jump(&mut self, target: usize) {
        if !self.charge(self.stack.len() + self.now.len()) {
            return;
        }
        let (stack, now) = (self.stack.clone(), self.now.clone());
        if let Some((before, locals)) = self.arriving.remove(&target) {
            self.join(before);
            self.join_locals(locals);
            let joined = std::mem::replace(&mut self.stack, stack);
            let locals = std::mem::replace(&mut self.now, now);
            self.arriving.insert(target, (joined, locals));
            return;
        }
        self.arriving.insert(target, (stack, now));
    }

    pub(super) fn add(&mut self, node: Node) -> ExprId {
        self.objects.program.add(node, self.func, self.line)
    }

    pub(super) fn push(&mut self, node: Node) {
        let expr = self.add(node);
        self.stack.push(Slot::Expr(expr));
    }

    pub(super) fn pop_slot(&mut self) -> Slot {
        match self.stack.pop() {
            Some(slot) => slot,
            None => Slot::Expr(self.add(Node::Unknown)),
        }
    }

    /// The topmost operand, as an expression.
    pub(super) fn pop(&mut self) -> ExprId {
        match self.pop_slot() {
            Slot::Expr(expr) => expr,
            _ => self.add(Node::Unknown),
        }
    }

    pub(super) fn pops(&mut self, count: usize) -> Vec<ExprId> {
        let mut popped: Vec<ExprId> = (0..count.min(10_000)).map(|_| self.pop()).collect();
        popped.reverse();
        popped
    }

    pub(super) fn name(&self, index: usize) -> String {
        self.code.names.get(index).cloned().unwrap_or_default()
    }

    /// The variable that is all that a local ever holds.
    fn whole(&mut self, index: usize) -> VarId {
        let name = self.code.locals.get(index).cloned().unwrap_or_default();
        match self.vars.get(&name) {
            Some(var) => *var,
            None => {
                let var = self.objects.program.add_var(Var::default());
                self.vars.insert(name, var);
                var
            }
        }
    }

    pub(super) fn load_local(&mut self, index: usize) {
        let now = self.now.get(&index).copied();
        let var = now.unwrap_or_else(|| self.whole(index));
        self.push(Node::Var(var));
    }

    /// A variable that functions inside share.
    pub(super) fn load_shared(&mut self, index: usize) {
        let var = self.whole(index);
        self.push(Node::Var(var));
    }

    pub(super) fn store_local(&mut self, index: usize) {
        let value = self.pop();
        let all = self.whole(index);
        self.objects.program.give(all, value);
        let var = self.objects.program.add_var(Var::default());
        self.objects.program.give(var, value);
        self.now.insert(index, var);
    }

    pub(super) fn store_shared(&mut self, index: usize) {
        let value = self.pop();
        let all = self.whole(index);
        self.objects.program.give(all, value);
    }

    /// A global name, or one of the language.
    pub(super) fn load_global(&mut self, name: &str) {
        let node = match self.objects.global(self.globals, name) {
            Some(var) => Node::Var(var),
            None => Node::Global(name.into()),
        };
        self.push(node);
    }

    /// Makes a function of a code object; of the body of a class, a class.
    pub(super) fn make_function(&mut self) {
        let Slot::Code(code) = self.pop_slot() else {
            self.push(Node::Unknown);
            return;
        };
        let heap = self.objects.heap;
        let is_class = heap.field(code, 24) & OPTIMIZED == 0;
        let class = is_class.then(|| self.objects.program.add_class(Class::default()));
        let unit = self.objects.program.func(self.func).unit;
        let closure = self.vars.clone();
        let made = self
            .objects
            .new_function(code, self.globals, unit, closure, class);
        match (made, class) {
            (None, _) => self.push(Node::Unknown),
            (Some(func), Some(class)) => {
                self.push(Node::Class(class));
                // Names of the class are needed before what comes next.
                if let Some(work) = self.take(func) {
                    let depth = self.depth + 1;
                    self.objects.function_at(work, depth);
                }
            }
            (Some(func), None) => self.push(Node::Function(func)),
        }
    }

    fn take(&mut self, func: FuncId) -> Option<Work> {
        let at = self.objects.todo.iter().position(|w| w.func == func)?;
        Some(self.objects.todo.swap_remove(at))
    }

    /// Gives a name of a class body a value.
    pub(super) fn store_name(&mut self, name: &str) {
        let value = self.pop();
        let var = match self.own.get(name) {
            Some(var) => *var,
            None => {
                let var = self.objects.program.add_var(Var::default());
                self.own.insert(name.to_string(), var);
                var
            }
        };
        self.objects.program.give(var, value);
        if let Some(class) = self.class {
            if let Node::Function(func) = self.objects.program.expr(value).node {
                self.objects.make_method(func, class, false);
            }
            self.give_member(class, name, value);
        }
    }

    pub(super) fn give_member(&mut self, class: ClassId, name: &str, value: ExprId) {
        let members = &mut self.objects.program.classes[class.0 as usize].members;
        members.entry(name.into()).or_default().push(value);
    }

    /// The class of an object that a method belongs to, if an expression is that.
    pub(super) fn class_of_self(&self, object: ExprId) -> Option<ClassId> {
        let program = &self.objects.program;
        match program.expr(object).node {
            Node::Var(var) => match program.var(var).parameter {
                Some((func, 0)) => self.objects.methods.get(&func).copied(),
                _ => None,
            },
            _ => None,
        }
    }

    fn step(&mut self, step: &Step) {
        let arg = step.arg;
        match step.op {
            Op::FOR_ITER => {
                let list = match self.stack.last() {
                    Some(Slot::Expr(list)) => *list,
                    _ => self.add(Node::Unknown),
                };
                let element = self.add(Node::Element(list));
                self.stack.push(Slot::Expr(element));
                self.jump(step.next + arg);
            }
            Op::JUMP_BACKWARD | Op::JUMP_BACKWARD_NO_INTERRUPT => {
                if let Some(target) = step.next.checked_sub(arg) {
                    self.back(target);
                }
            }
            Op::JUMP_FORWARD => self.jump(step.next + arg),
            Op::POP_JUMP_IF_FALSE
            | Op::POP_JUMP_IF_TRUE
            | Op::POP_JUMP_IF_NONE
            | Op::POP_JUMP_IF_NOT_NONE => {
                self.pop_slot();
                self.jump(step.next + arg);
            }
            Op::SEND => {
                self.pop_slot();
                self.push(Node::Unknown);
                self.jump(step.next + arg);
            }
            _ => self.plain(step.op, arg),
        }
    }
}

fn is_backward(op: Op) -> bool {
    matches!(op, Op::JUMP_BACKWARD | Op::JUMP_BACKWARD_NO_INTERRUPT)
}
