//! Lookups through methods and functions that the language offers.

use super::Language;
use super::Name;
use super::ir::*;
use super::lookups::{EACH, Finder, gives};
use super::value::{Form, Value};
use super::world::Step;

impl Finder<'_> {
    /// A call of a method of the language. Returns whether what is given to it is followed.
    pub(super) fn method(
        &mut self,
        id: ExprId,
        base: &Value,
        name: &str,
        callee: ExprId,
        args: &[Arg],
    ) -> bool {
        match (base, name) {
            (
                Value::Names(from, Form::Map),
                "get" | "has" | "pop" | "setdefault" | "__getitem__" | "__contains__"
                | "hasOwnProperty",
            ) => {
                match args.first() {
                    Some(arg) if !arg.spread => self.names(*from, id, arg.value, &[], gives),
                    _ => self.add(*from, id, Name::Unknown, gives),
                }
                true
            }
            (Value::Names(from, Form::List), "includes" | "indexOf") => {
                if let Some(arg) = args.first() {
                    self.names(*from, id, arg.value, &[], gives);
                }
                true
            }
            (Value::Names(from, Form::Name), "startsWith" | "startswith") => {
                if let Some(arg) = args.first() {
                    let beginnings = self.texts(arg.value);
                    for name in beginnings {
                        let name = match name {
                            Name::Exact(text) => Name::Begins(text),
                            other => other,
                        };
                        self.add(*from, id, name, gives);
                    }
                }
                true
            }
            (Value::Names(from, Form::Map | Form::Pairs | Form::List), name) => {
                let goes_through = EACH.contains(&name)
                    || matches!(name, "items" | "entries" | "keys" | "values" | "reduce");
                if goes_through {
                    self.add(*from, id, Name::All, gives);
                }
                true
            }
            (Value::List(..), "includes" | "indexOf") => {
                if let Some(arg) = args.first() {
                    self.one_of(id, arg.value, base);
                }
                true
            }
            (Value::List(..) | Value::Entries(..) | Value::Args(..), name)
                if EACH.contains(&name) =>
            {
                self.for_each(id, callee, args);
                true
            }
            (
                Value::Global(_),
                "keys" | "entries" | "values" | "ownKeys" | "stringify" | "getOwnPropertyNames",
            ) => {
                let first = args.first().map(|a| self.eval.ask(a.value, &None));
                for value in first.into_iter().flatten() {
                    if let Value::Names(from, Form::Map | Form::Pairs) = value {
                        self.add(from, id, Name::All, gives);
                    }
                }
                true
            }
            // `Object.hasOwn(env, name)`, `Reflect.has`, `Reflect.get`
            (Value::Global(_), "hasOwn" | "has" | "get") => {
                if let [object, key, ..] = args {
                    for value in self.eval.ask(object.value, &None) {
                        if let Value::Names(from, Form::Map) = value {
                            self.names(from, id, key.value, &[], gives);
                        }
                    }
                }
                true
            }
            (Value::Global(_), "fromEntries" | "assign" | "freeze" | "from" | "create") => true,
            // `console.log(env)` shows all of it.
            _ => false,
        }
    }

    /// A function that is called for each element of a list: of the host or the language.
    pub(super) fn for_each(&mut self, id: ExprId, callee: ExprId, args: &[Arg]) {
        let Some(function) = args.first() else { return };
        for value in self.eval.ask(function.value, &None) {
            let (function, position) = match value {
                Value::Lookup(from) => (from, None),
                Value::Host(function) => (function, Some(0)),
                _ => continue,
            };
            let Node::Member(expr, _) = &self.eval.program.expr(callee).node else {
                continue;
            };
            let expr = *expr;
            self.each_name(id, expr, &[Step::Each], |finder, name| match position {
                None => finder.add(function, id, name, gives),
                Some(position) => finder.add_at(function, position, id, name),
            });
        }
    }

    pub(super) fn global(&mut self, id: ExprId, name: &str, args: &[Arg]) -> bool {
        if name == "map" && self.eval.language == Language::Python {
            // `map(os.getenv, names)`
            if let [function, list, ..] = args {
                for value in self.eval.ask(function.value, &None) {
                    let list = list.value;
                    match value {
                        Value::Lookup(from) => {
                            self.names(from, id, list, &[Step::Each], gives);
                        }
                        Value::Host(function) => {
                            self.each_name(id, list, &[Step::Each], |finder, name| {
                                finder.add_at(function, 0, id, name);
                            });
                        }
                        _ => {}
                    }
                }
            }
            return true;
        }
        if matches!(name, "list" | "sorted" | "set" | "iter" | "tuple" | "Set") {
            for arg in args {
                for value in self.eval.ask(arg.value, &None) {
                    if let Value::Names(from, Form::Map | Form::Pairs | Form::List) = value {
                        self.add(from, id, Name::All, gives);
                    }
                }
            }
            return true;
        }
        matches!(
            name,
            "Map" | "dict" | "String" | "str" | "len" | "bool" | "Boolean" | "isinstance"
        )
    }
}
