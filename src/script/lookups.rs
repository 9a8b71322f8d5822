//! Where a program looks names up, and which.

use super::eval::Eval;
use super::ir::*;
use super::value::{Caller, Context, Form, Value, Values};
use super::world::{Does, Step, World, function_name};
use super::{Language, Lookup, Name, SourcePlace};
use std::collections::{BTreeMap, BTreeSet};

/// Methods that call a function for each element of what they are methods of.
pub(super) const EACH: &[&str] = &[
    "map",
    "forEach",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "some",
    "every",
    "flatMap",
];

/// All lookups of a program.
pub(crate) fn of_program(
    program: &Program,
    world: &World,
    language: Language,
) -> (Vec<Lookup>, bool) {
    let mut finder = Finder {
        eval: Eval::new(program, world, language),
        found: BTreeSet::new(),
    };
    // What is called may itself depend on what is known of calls.
    for _ in 0..2 {
        finder.find_callers();
    }
    // What is called, or holds names, may come from any call.
    finder.eval.union = true;
    for index in 0..program.exprs.len() {
        finder.expr(ExprId(index as u32));
    }
    let whole = !finder.eval.is_used_up() && !program.is_full();
    (finder.found.into_iter().collect(), whole)
}

pub(super) struct Finder<'p> {
    pub(super) eval: Eval<'p>,
    found: BTreeSet<Lookup>,
}

impl Finder<'_> {
    fn find_callers(&mut self) {
        let program = self.eval.program;
        let mut callers: BTreeMap<FuncId, BTreeSet<Caller>> = BTreeMap::new();
        self.eval.union = true;
        for (index, expr) in program.exprs.iter().enumerate() {
            let call = ExprId(index as u32);
            let (Node::Call(callee, args) | Node::New(callee, args)) = &expr.node else {
                continue;
            };
            for value in self.eval.ask(*callee, &None) {
                match value {
                    Value::Function(func, _) => {
                        callers.entry(func).or_default().insert(Caller::Call(call));
                    }
                    Value::Class(class) => {
                        for func in self.constructors(class) {
                            callers.entry(func).or_default().insert(Caller::Call(call));
                        }
                    }
                    Value::Method(base, name) => {
                        let Some(function) = args.first().filter(|_| EACH.contains(&&*name)) else {
                            continue;
                        };
                        if !matches!(
                            *base,
                            Value::List(..)
                                | Value::Names(..)
                                | Value::Entries(..)
                                | Value::Args(..)
                        ) {
                            continue;
                        }
                        let Node::Member(list, _) = &program.expr(*callee).node else {
                            continue;
                        };
                        for value in self.eval.ask(function.value, &None) {
                            if let Value::Function(func, _) = value {
                                let each = Caller::Each(call, *list);
                                callers.entry(func).or_default().insert(each);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        self.eval.callers = callers;
    }

    fn constructors(&mut self, class: ClassId) -> Vec<FuncId> {
        let program = self.eval.program;
        let names = ["constructor", "__init__"];
        let members = names
            .iter()
            .filter_map(|n| program.class(class).members.get(*n));
        let members: Vec<ExprId> = members.flatten().copied().collect();
        let functions = members
            .into_iter()
            .filter_map(|m| match program.expr(m).node {
                Node::Function(func) => Some(func),
                _ => None,
            });
        functions.collect()
    }

    fn expr(&mut self, id: ExprId) {
        let program = self.eval.program;
        match &program.expr(id).node {
            Node::Call(callee, args) | Node::New(callee, args) => self.call(id, *callee, args),
            Node::Member(base, name) => {
                for value in self.eval.ask(*base, &None) {
                    if let Value::Names(from, Form::Map) = value
                        && self.eval.language == Language::JavaScript
                        && !is_method(name)
                    {
                        self.add(from, id, Name::Exact(name.to_string()), gives);
                    }
                }
            }
            Node::Index(base, key) => {
                for value in self.eval.ask(*base, &None) {
                    if let Value::Names(from, Form::Map) = value {
                        self.names(from, id, *key, &[], gives);
                    }
                }
            }
            Node::Contains { name, inside } => {
                for value in self.eval.ask(*inside, &None) {
                    match value {
                        Value::Names(from, Form::Map | Form::List) => {
                            self.names(from, id, *name, &[], gives);
                        }
                        list @ Value::List(..) => self.one_of(id, *name, &list),
                        _ => {}
                    }
                }
            }
            Node::Same(a, b) => {
                for (name, text) in [(*a, *b), (*b, *a)] {
                    for value in self.eval.ask(name, &None) {
                        if let Value::Names(from, Form::Name) = value {
                            self.names(from, id, text, &[], gives);
                        }
                    }
                }
            }
            Node::Element(base) | Node::Rest(base) => {
                for value in self.eval.ask(*base, &None) {
                    if let Value::Names(from, Form::Map | Form::Pairs | Form::List) = value {
                        self.add(from, id, Name::All, gives);
                    }
                }
            }
            _ => {}
        }
    }

    /// A name of the environment is one of a list.
    pub(super) fn one_of(&mut self, id: ExprId, name: ExprId, list: &Value) {
        for value in self.eval.ask(name, &None) {
            if let Value::Names(from, Form::Name) = value {
                for element in self.eval.elements(list) {
                    self.value(from, id, &element, gives);
                }
            }
        }
    }

    fn call(&mut self, id: ExprId, callee: ExprId, args: &[Arg]) {
        let mut followed = false;
        for value in self.eval.ask(callee, &None) {
            match value {
                Value::Host(function) => {
                    followed = true;
                    self.host(id, function, args);
                }
                Value::Resource(..) => followed |= self.constructor(id, &value, args),
                Value::Lookup(from) => {
                    followed = true;
                    let key = args.iter().find(|a| a.name.as_deref() == Some("key"));
                    match key.or_else(|| args.iter().find(|a| a.name.is_none())) {
                        Some(arg) if !arg.spread => self.names(from, id, arg.value, &[], gives),
                        _ => self.add(from, id, Name::Unknown, gives),
                    }
                }
                Value::Method(base, name) => {
                    followed |= self.method(id, &base, &name, callee, args);
                }
                Value::Global(name) => followed |= self.global(id, &name, args),
                Value::Function(..) | Value::Class(_) => followed = true,
                _ => {}
            }
        }
        if !followed {
            self.handed_on(id, args);
        }
    }

    /// A call of a function of the host.
    fn host(&mut self, id: ExprId, function: usize, args: &[Arg]) {
        let world = self.eval.world;
        for (position, (_, does)) in world.functions[function].does.iter().enumerate() {
            match does {
                Does::Enumerates => self.add_at(function, position, id, Name::All),
                Does::Gives => {}
                Does::Takes {
                    argument,
                    path,
                    prefix,
                } => {
                    let spread = args.iter().take(argument + 1).any(|a| a.spread);
                    let mut plain = args.iter().filter(|a| a.name.is_none());
                    let mut named = args.iter().filter(|a| a.name.is_some());
                    let arg = match plain.nth(*argument) {
                        Some(arg) => Some(arg),
                        // The one that is named, if there is no doubt.
                        None => named.next_back(),
                    };
                    match arg {
                        Some(arg) if !spread => {
                            self.each_name(id, arg.value, path, |finder, name| {
                                let name = match (name, prefix) {
                                    (Name::Exact(text), true) => Name::Begins(text),
                                    (name, _) => name,
                                };
                                finder.add_at(function, position, id, name);
                            });
                        }
                        // An optional one that is left out.
                        None if *prefix => self.add_at(function, position, id, Name::All),
                        _ => self.add_at(function, position, id, Name::Unknown),
                    }
                }
            }
        }
    }

    fn constructor(&mut self, id: ExprId, resource: &Value, args: &[Arg]) -> bool {
        let Value::Resource(module, name) = resource else {
            return false;
        };
        let language = self.eval.language;
        if let Some(function) = self.eval.world.of_resource(module, name, "", language) {
            self.host(id, function, args);
        }
        true
    }

    /// What takes names, or holds them all, is given to code that is not followed.
    pub(super) fn handed_on(&mut self, id: ExprId, args: &[Arg]) {
        for arg in args {
            for value in self.eval.ask(arg.value, &None) {
                match value {
                    Value::Names(from, Form::Map | Form::Pairs | Form::List) => {
                        self.add(from, id, Name::HandedOn, gives);
                    }
                    Value::Lookup(from) => self.add(from, id, Name::HandedOn, gives),
                    Value::Host(function) => {
                        let does = &self.eval.world.functions[function].does;
                        for position in 0..does.len() {
                            self.add_at(function, position, id, Name::HandedOn);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Names that an expression may be.
    pub(super) fn names(
        &mut self,
        function: usize,
        id: ExprId,
        key: ExprId,
        path: &[Step],
        which: fn(&Does) -> bool,
    ) {
        self.each_name(id, key, path, |finder, name| {
            finder.add(function, id, name, which)
        });
    }

    pub(super) fn value(
        &mut self,
        function: usize,
        id: ExprId,
        value: &Value,
        which: fn(&Does) -> bool,
    ) {
        if let Some(name) = name(value) {
            self.add(function, id, name, which);
        }
    }

    pub(super) fn texts(&mut self, key: ExprId) -> Vec<Name> {
        let mut all = Vec::new();
        self.each_name(key, key, &[], |_, name| all.push(name));
        all
    }

    /// Goes through the names that a part of an expression may be, as far as needed for each
    /// way to call the function around it.
    pub(super) fn each_name(
        &mut self,
        id: ExprId,
        key: ExprId,
        path: &[Step],
        mut take: impl FnMut(&mut Self, Name),
    ) {
        self.eval.union = false;
        let values = self.part(key, path, &None);
        self.eval.union = true;
        let resolved = !values.has_unknown();
        let known = match resolved {
            true => values,
            false => {
                let func = self.eval.program.expr(id).func;
                let mut all = Values::default();
                for way in self.eval.ways(func) {
                    all.extend(self.part(key, path, &way));
                }
                all
            }
        };
        for value in known {
            // A name that is compared with another name says nothing.
            if let Some(name) = name(&value) {
                take(self, name);
            }
        }
    }

    /// A part of an expression.
    fn part(&mut self, expr: ExprId, path: &[Step], context: &Context) -> Values {
        let mut values = self.eval.ask(expr, context);
        for step in path {
            let language = self.eval.language;
            values = self.eval.each(values, |eval, value| match step {
                Step::Each => eval.elements(&value),
                Step::Field(name) => {
                    let name: Text = function_name(name, language).into();
                    match &value {
                        Value::Object(..) => eval.member(&value, &name),
                        _ => Values::unknown(),
                    }
                }
                Step::Item(number) => match eval.items(&value) {
                    Some(mut items) if *number < items.len() => items.swap_remove(*number),
                    _ => Values::unknown(),
                },
            });
        }
        values
    }

    pub(super) fn add(
        &mut self,
        function: usize,
        id: ExprId,
        name: Name,
        which: fn(&Does) -> bool,
    ) {
        let does = &self.eval.world.functions[function].does;
        for position in 0..does.len() {
            if which(&self.eval.world.functions[function].does[position].1) {
                self.add_at(function, position, id, name.clone());
            }
        }
    }

    pub(super) fn add_at(&mut self, function: usize, position: usize, id: ExprId, name: Name) {
        let program = self.eval.program;
        let expr = program.expr(id);
        let unit = program.func(expr.func).unit;
        let does = &self.eval.world.functions[function].does;
        let Some((call, _)) = does.get(position) else {
            return;
        };
        self.found.insert(Lookup {
            call: *call,
            name,
            place: SourcePlace {
                file: program.units[unit].file.as_str().into(),
                line: expr.line,
            },
        });
    }
}

pub(super) fn gives(does: &Does) -> bool {
    *does == Does::Gives
}

/// Methods of maps and objects; other members are names.
fn is_method(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "has"
            | "keys"
            | "entries"
            | "values"
            | "forEach"
            | "size"
            | "hasOwnProperty"
            | "toString"
            | "map"
            | "find"
            | "filter"
            | "some"
            | "every"
            | "length"
    )
}

/// The name that a value is; `None` if it says nothing.
fn name(value: &Value) -> Option<Name> {
    match value {
        // No resource has an empty name; programs begin with one and put another in.
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => Some(Name::Exact(text.to_string())),
        Value::Number(number) => Some(Name::Exact(number.to_string())),
        Value::Begins(text) => Some(Name::Begins(text.to_string())),
        Value::Names(..) => None,
        _ => Some(Name::Unknown),
    }
}
