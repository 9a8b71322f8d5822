//! What expressions may be, without running anything: constants, imports, parameters by the
//! calls that give them.

use super::Language;
use super::builtin;
use super::ir::*;
use super::value::{Caller, Context, Form, Frame, Value, Values};
use super::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How deep calls are told apart, and expressions are followed.
const CALLS: usize = 6;
pub(super) const DEPTH: usize = 120;
/// How many ways to call a function are told apart.
const WAYS: usize = 256;
/// Steps for one question, and for all.
const STEPS: u32 = 60_000;
const ALL_STEPS: u64 = 12_000_000;

pub(crate) struct Eval<'p> {
    pub program: &'p Program,
    pub world: &'p World,
    pub language: Language,
    /// Calls of each function.
    pub callers: BTreeMap<FuncId, BTreeSet<Caller>>,
    /// Files by name.
    pub(super) units: BTreeMap<String, usize>,
    /// Whether a parameter of a call that is not told apart is what all calls give.
    pub union: bool,
    busy: Vec<VarId>,
    pub(super) depth: usize,
    steps: u32,
    left: u64,
}

impl<'p> Eval<'p> {
    pub(crate) fn new(program: &'p Program, world: &'p World, language: Language) -> Eval<'p> {
        let units = program.units.iter().enumerate();
        Eval {
            program,
            world,
            language,
            callers: BTreeMap::new(),
            units: units.map(|(i, u)| (u.module.to_string(), i)).collect(),
            union: false,
            busy: Vec::new(),
            depth: 0,
            steps: 0,
            left: ALL_STEPS,
        }
    }

    /// Whether the steps for all questions are used up.
    pub(crate) fn is_used_up(&self) -> bool {
        self.left == 0
    }

    /// What an expression may be in a context, asked from outside.
    pub(crate) fn ask(&mut self, expr: ExprId, context: &Context) -> Values {
        self.steps = STEPS;
        self.depth = 0;
        self.busy.clear();
        self.eval(expr, context)
    }

    /// What an expression may be.
    pub(crate) fn eval(&mut self, expr: ExprId, context: &Context) -> Values {
        if self.depth >= DEPTH || self.steps == 0 || self.left == 0 {
            return Values::unknown();
        }
        self.steps -= 1;
        self.left -= 1;
        self.depth += 1;
        let program = self.program;
        let found = self.node(expr, &program.expr(expr).node, context);
        self.depth -= 1;
        found
    }

    fn node(&mut self, expr: ExprId, node: &Node, context: &Context) -> Values {
        match node {
            Node::Text(text) => Values::one(Value::Text(text.clone())),
            Node::Number(number) => Values::one(Value::Number(*number)),
            Node::Var(var) => self.var(*var, context),
            Node::Global(name) => Values::one(Value::Global(name.clone())),
            Node::Import(module, name) => self.import(module, name.as_ref()),
            Node::Member(base, name) => {
                let base = self.eval(*base, context);
                self.each(base, |eval, value| eval.member(&value, name))
            }
            Node::Index(base, key) => self.index(*base, *key, context),
            Node::Call(callee, args) => {
                let callees = self.eval(*callee, context);
                self.each(callees, |eval, callee| {
                    eval.call(expr, &callee, args, context)
                })
            }
            Node::New(callee, args) => {
                let callees = self.eval(*callee, context);
                self.each(callees, |eval, callee| {
                    eval.construct(&callee, args, context)
                })
            }
            Node::Concat(parts) => self.concat(parts, context),
            Node::Choice(parts) => {
                let mut all = Values::default();
                for part in parts {
                    all.extend(self.eval(*part, context));
                }
                all
            }
            Node::List(_) => Values::one(Value::List(expr, context.clone())),
            Node::Object(entries) => {
                let mut all = Values::one(Value::Object(expr, context.clone()));
                // All names, with others: `{...process.env, A: 1}`.
                for (_, merged) in entries.iter().filter(|(key, _)| key.is_none()) {
                    for value in self.eval(*merged, context) {
                        if matches!(value, Value::Names(..)) {
                            all.add(value);
                        }
                    }
                }
                all
            }
            Node::Spread(_) => Values::unknown(),
            Node::Element(base) => {
                let base = self.eval(*base, context);
                self.each(base, |eval, value| eval.elements(&value))
            }
            Node::Function(func) => Values::one(Value::Function(*func, None)),
            Node::Class(class) => Values::one(Value::Class(*class)),
            Node::This(class) => Values::one(Value::Instance(*class)),
            Node::Rest(base) => self.eval(*base, context),
            Node::Same(..) | Node::Contains { .. } | Node::Unknown => Values::unknown(),
        }
    }

    /// The union of what is found for each value.
    pub(crate) fn each(
        &mut self,
        values: Values,
        mut find: impl FnMut(&mut Self, Value) -> Values,
    ) -> Values {
        let mut all = Values::default();
        for value in values {
            all.extend(find(self, value));
        }
        all
    }

    fn var(&mut self, var: VarId, context: &Context) -> Values {
        if self.busy.contains(&var) {
            return Values::unknown();
        }
        self.busy.push(var);
        let mut all = Values::default();
        let program = self.program;
        let data = program.var(var);
        for given in &data.given {
            // What only comes around from itself adds nothing.
            if let Node::Var(other) = program.expr(*given).node
                && self.busy.contains(&other)
            {
                continue;
            }
            all.extend(self.eval(*given, context));
        }
        if let Some((func, position)) = data.parameter {
            all.extend(self.parameter(func, position, context));
        }
        if data.unknown || all.is_empty() {
            all.add(Value::Unknown);
        }
        self.busy.pop();
        all
    }

    /// A parameter: what the call in progress gives, or else all calls.
    fn parameter(&mut self, func: FuncId, position: usize, context: &Context) -> Values {
        if position == 0 && self.program.func(func).takes_self {
            return Values::default();
        }
        let mut frame = context.as_ref();
        while let Some(at) = frame {
            if at.func == func {
                return self.argument(func, position, at.by, &at.outer);
            }
            frame = at.outer.as_ref();
        }
        // A function within another one is called while that is: with whatever it was given.
        let callers: Vec<Caller> = match self.callers.get(&func) {
            Some(callers) if self.union => callers.iter().copied().take(WAYS).collect(),
            _ => return Values::unknown(),
        };
        let mut all = Values::default();
        for caller in callers {
            all.extend(self.argument(func, position, caller, &None));
        }
        all
    }

    /// What a caller gives for a parameter.
    fn argument(&mut self, func: FuncId, position: usize, by: Caller, outer: &Context) -> Values {
        let program = self.program;
        let param = &program.func(func).params[position];
        let takes_self = program.func(func).takes_self;
        match by {
            Caller::Each(_, list) => match position {
                0 => {
                    let list = self.eval(list, outer);
                    self.each(list, |eval, value| eval.elements(&value))
                }
                _ => Values::unknown(),
            },
            Caller::Call(call) => {
                let (Node::Call(_, args) | Node::New(_, args)) = &program.expr(call).node else {
                    return Values::unknown();
                };
                let skip = usize::from(takes_self);
                let Some(plain) = position.checked_sub(skip) else {
                    // What the method belongs to; it is known otherwise.
                    return Values::default();
                };
                if param.rest {
                    return Values::one(Value::Args(call, plain, outer.clone()));
                }
                if args.iter().any(|a| a.spread) {
                    return Values::unknown();
                }
                if let Some(named) = args.iter().find(|a| a.name.as_ref() == Some(&param.name)) {
                    return self.eval(named.value, outer);
                }
                let mut plain_args = args.iter().filter(|a| a.name.is_none());
                match (plain_args.nth(plain), param.default) {
                    (Some(arg), _) => self.eval(arg.value, outer),
                    (None, Some(default)) => self.eval(default, &None),
                    (None, None) => Values::unknown(),
                }
            }
        }
    }

    /// The ways in which a function is called.
    pub(crate) fn ways(&mut self, func: FuncId) -> Vec<Context> {
        let mut ways = Vec::new();
        self.find_ways(func, 0, &mut vec![func], &mut ways);
        if ways.is_empty() {
            ways.push(None);
        }
        ways
    }

    fn find_ways(
        &mut self,
        func: FuncId,
        depth: usize,
        path: &mut Vec<FuncId>,
        found: &mut Vec<Context>,
    ) {
        let callers: Vec<Caller> = match self.callers.get(&func) {
            Some(callers) => callers.iter().copied().collect(),
            None => return,
        };
        for caller in callers {
            let around = self.program.expr(caller.expr()).func;
            let mut outer = Vec::new();
            if depth + 1 < CALLS && !path.contains(&around) {
                path.push(around);
                self.find_ways(around, depth + 1, path, &mut outer);
                path.pop();
            }
            if outer.is_empty() {
                outer.push(None);
            }
            for outer in outer {
                if found.len() >= WAYS {
                    found.push(None);
                    return;
                }
                found.push(Some(Arc::new(frame(func, caller, outer))));
            }
        }
    }

    /// The result of a call.
    fn call(&mut self, call: ExprId, callee: &Value, args: &[Arg], context: &Context) -> Values {
        match callee {
            Value::Function(func, _) => {
                let depth = context.as_ref().map_or(0, |frame| frame.depth);
                if depth >= CALLS {
                    return Values::unknown();
                }
                let inner = Some(Arc::new(frame(*func, Caller::Call(call), context.clone())));
                let program = self.program;
                let mut all = Values::default();
                // Another call of it in progress says nothing about this one.
                let params: Vec<VarId> = program.func(*func).params.iter().map(|p| p.var).collect();
                let busy = self.busy.clone();
                self.busy.retain(|var| !params.contains(var));
                for returned in &program.func(*func).returns {
                    all.extend(self.eval(*returned, &inner));
                }
                self.busy = busy;
                match all.is_empty() {
                    true => Values::unknown(),
                    false => all,
                }
            }
            Value::Host(index) => Values::one(self.host_result(*index)),
            Value::Class(_) | Value::Resource(..) => self.construct(callee, args, context),
            _ => builtin::call(self, callee, args, context),
        }
    }

    fn host_result(&self, index: usize) -> Value {
        let function = &self.world.functions[index];
        let gives = |(_, does): &(usize, super::world::Does)| *does == super::world::Does::Gives;
        match function.does.iter().any(gives) {
            true => Value::Names(index, Form::Pairs),
            false => Value::Result(self.module_of(index)),
        }
    }

    /// A name of the module that a function of the host belongs to.
    fn module_of(&self, index: usize) -> Text {
        let interface = &self.world.functions[index].interface;
        match self.language {
            Language::JavaScript => interface.as_str().into(),
            Language::Python => {
                let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                let name: String = interface.chars().map(word).collect();
                format!("imports.{name}").into()
            }
        }
    }

    fn construct(&mut self, callee: &Value, args: &[Arg], context: &Context) -> Values {
        match callee {
            Value::Class(class) => Values::one(Value::Instance(*class)),
            Value::Resource(module, _) => Values::one(Value::Result(module.clone())),
            _ => builtin::construct(self, callee, args, context),
        }
    }

    fn concat(&mut self, parts: &[ExprId], context: &Context) -> Values {
        let mut so_far: Vec<(String, bool)> = vec![(String::new(), true)];
        for part in parts {
            if so_far.iter().all(|(_, whole)| !whole) {
                break;
            }
            let values = self.eval(*part, context);
            let mut next: Vec<(String, bool)> = Vec::new();
            for (text, whole) in so_far {
                if !whole {
                    next.push((text, false));
                    continue;
                }
                for value in values.iter() {
                    next.push(match value {
                        Value::Text(more) => (format!("{text}{more}"), true),
                        Value::Number(more) => (format!("{text}{more}"), true),
                        Value::Begins(more) => (format!("{text}{more}"), false),
                        _ => (text.clone(), false),
                    });
                }
                if next.len() > WAYS {
                    return Values::unknown();
                }
            }
            so_far = next;
        }
        let mut all = Values::default();
        for (text, whole) in so_far {
            all.add(match (whole, text.is_empty()) {
                (true, _) => Value::Text(text.into()),
                (false, false) => Value::Begins(text.into()),
                (false, true) => Value::Unknown,
            });
        }
        all
    }
}

/// A call in progress.
pub(crate) fn frame(func: FuncId, by: Caller, outer: Context) -> Frame {
    let depth = outer.as_ref().map_or(0, |frame| frame.depth) + 1;
    Frame {
        func,
        by,
        outer,
        depth,
    }
}
