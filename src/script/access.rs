//! Parts of things: members, items, elements, and what modules have.

use super::Language;
use super::builtin;
use super::eval::{DEPTH, Eval};
use super::ir::*;
use super::value::{Context, Form, Value, Values};
use super::world::Offered;

impl Eval<'_> {
    pub(super) fn import(&mut self, module: &Text, name: Option<&Text>) -> Values {
        let whole = Value::Module(module.clone());
        match name {
            None => Values::one(whole),
            Some(name) => self.member(&whole, name),
        }
    }

    /// `value.name`
    pub(crate) fn member(&mut self, value: &Value, name: &Text) -> Values {
        let program = self.program;
        match value {
            Value::Module(module) => self.of_module(module, name),
            Value::Object(expr, context) => {
                let Node::Object(entries) = &program.expr(*expr).node else {
                    return Values::unknown();
                };
                let mut found = Values::default();
                for (key, entry) in entries {
                    match key {
                        Some(key) if key == name => found.extend(self.eval(*entry, context)),
                        Some(_) => {}
                        // What is merged in may have it.
                        None => {
                            let merged = self.eval(*entry, context);
                            let merged = self.each(merged, |eval, v| match v {
                                Value::Object(..) | Value::Module(_) => eval.member(&v, name),
                                _ => Values::unknown(),
                            });
                            found.extend(merged);
                        }
                    }
                }
                if found.is_empty() {
                    found.add(Value::Method(Box::new(value.clone()), name.clone()));
                }
                found
            }
            Value::Class(class) | Value::Instance(class) => {
                let on = matches!(value, Value::Instance(_));
                self.of_class(*class, name, on, 0)
            }
            Value::Resource(module, resource) => {
                let function = self
                    .world
                    .of_resource(module, resource, name, self.language);
                Values::one(function.map_or(Value::Unknown, Value::Host))
            }
            Value::Result(module) => {
                let methods = self.world.methods(module, name, self.language);
                let mut all = Values::default();
                methods.into_iter().for_each(|m| all.add(Value::Host(m)));
                match all.is_empty() {
                    // A part of what was returned.
                    true => Values::one(value.clone()),
                    false => all,
                }
            }
            Value::Global(_) => match builtin::of_global(self, value, name) {
                Some(found) => Values::one(found),
                None => Values::one(Value::Method(Box::new(value.clone()), name.clone())),
            },
            Value::Function(..) | Value::Host(_) | Value::Lookup(_)
                if matches!(&**name, "bind" | "call" | "apply") =>
            {
                Values::one(Value::Method(Box::new(value.clone()), name.clone()))
            }
            Value::Text(_)
            | Value::Begins(_)
            | Value::Names(..)
            | Value::List(..)
            | Value::Args(..)
            | Value::Entries(..) => {
                Values::one(Value::Method(Box::new(value.clone()), name.clone()))
            }
            _ => Values::unknown(),
        }
    }

    pub(super) fn of_module(&mut self, module: &Text, name: &Text) -> Values {
        match self.world.offered(module, name, self.language) {
            Some(Offered::Function(index)) => return Values::one(Value::Host(index)),
            Some(Offered::Resource(resource)) => {
                let resource = Value::Resource(module.clone(), resource.to_string());
                return Values::one(resource);
            }
            None => {}
        }
        if let Some(found) = builtin::of_module(self, module, name) {
            return Values::one(found);
        }
        let program = self.program;
        let Some(unit) = self.unit(module) else {
            // A package may have modules within.
            return match self.language {
                Language::Python => Values::one(Value::Module(format!("{module}.{name}").into())),
                Language::JavaScript => Values::unknown(),
            };
        };
        let data = &program.units[unit];
        if let Some(exports) = data.exports.get(name) {
            let mut all = Values::default();
            for export in exports {
                all.extend(self.eval(*export, &None));
            }
            return all;
        }
        let mut all = Values::default();
        if self.depth < DEPTH / 2 {
            self.depth += 1;
            for other in &data.hands_on {
                all.extend(self.of_module(other, name));
            }
            self.depth -= 1;
        }
        match all.is_empty() {
            true => Values::unknown(),
            false => all,
        }
    }

    /// The file that a module's name stands for.
    pub(super) fn unit(&self, module: &str) -> Option<usize> {
        if let Some(unit) = self.units.get(module) {
            return Some(*unit);
        }
        // `./lib/a.js` is `lib/a.js`, seen from beside it.
        let short = module.trim_start_matches(['.', '/']);
        let mut fit = self.units.iter().filter(|(file, _)| {
            let before = file.strip_suffix(short);
            before.is_some_and(|b| b.is_empty() || b.ends_with('/'))
        });
        match (fit.next(), fit.next()) {
            (Some((_, unit)), None) if !short.is_empty() => Some(*unit),
            _ => None,
        }
    }

    pub(super) fn of_class(
        &mut self,
        class: ClassId,
        name: &Text,
        on: bool,
        depth: usize,
    ) -> Values {
        let program = self.program;
        let data = program.class(class);
        let mut found = Values::default();
        for member in data.members.get(name).into_iter().flatten() {
            let values = self.eval(*member, &None);
            found.extend(self.each(values, |_, value| match value {
                Value::Function(func, _) if on => Values::one(Value::Function(func, Some(class))),
                other => Values::one(other),
            }));
        }
        if found.is_empty() && depth < 16 {
            for base in &data.bases {
                let bases = self.eval(*base, &None);
                for value in bases {
                    if let Value::Class(base) = value {
                        found.extend(self.of_class(base, name, on, depth + 1));
                    }
                }
            }
        }
        match found.is_empty() {
            true => Values::unknown(),
            false => found,
        }
    }

    pub(super) fn index(&mut self, base: ExprId, key: ExprId, context: &Context) -> Values {
        let bases = self.eval(base, context);
        let keys = self.eval(key, context);
        self.each(bases, |eval, base| {
            let mut all = Values::default();
            for key in keys.iter() {
                all.extend(match (&base, key) {
                    (Value::Names(from, Form::Pair), Value::Number(0)) => {
                        Values::one(Value::Names(*from, Form::Name))
                    }
                    (Value::Names(from, Form::Pairs), Value::Number(_)) => {
                        Values::one(Value::Names(*from, Form::Pair))
                    }
                    (Value::Entries(object, _, Form::Pair), Value::Number(0)) => {
                        eval.keys_of(*object)
                    }
                    (Value::Entries(object, context, Form::Pair), Value::Number(1)) => {
                        eval.values_of(&Value::Object(*object, context.clone()))
                    }
                    (Value::List(..), Value::Number(n)) => eval.item(&base, *n),
                    (Value::List(..) | Value::Args(..), _) => eval.elements(&base),
                    (Value::Object(..) | Value::Module(_), Value::Text(name)) => {
                        eval.member(&base, name)
                    }
                    (Value::Object(..), _) => eval.values_of(&base),
                    (Value::Result(_), _) => Values::one(base.clone()),
                    _ => Values::unknown(),
                });
            }
            all
        })
    }

    pub(super) fn item(&mut self, list: &Value, number: i64) -> Values {
        let program = self.program;
        if let Value::List(expr, context) = list
            && let Node::List(items) = &program.expr(*expr).node
            && !items
                .iter()
                .any(|i| matches!(program.expr(*i).node, Node::Spread(_)))
        {
            let at = match number {
                0.. => usize::try_from(number).ok(),
                _ => items.len().checked_sub(number.unsigned_abs() as usize),
            };
            if let Some(item) = at.and_then(|at| items.get(at)) {
                return self.eval(*item, context);
            }
        }
        Values::unknown()
    }

    /// The items of a list in order, if all are known one by one.
    pub(crate) fn items(&mut self, list: &Value) -> Option<Vec<Values>> {
        let program = self.program;
        let Value::List(expr, context) = list else {
            return None;
        };
        let Node::List(items) = &program.expr(*expr).node else {
            return None;
        };
        let spread = |item: &&ExprId| matches!(program.expr(**item).node, Node::Spread(_));
        if items.iter().find(spread).is_some() {
            return None;
        }
        Some(items.iter().map(|i| self.eval(*i, context)).collect())
    }

    /// The names of an object.
    pub(super) fn keys_of(&mut self, object: ExprId) -> Values {
        let program = self.program;
        let mut all = Values::default();
        if let Node::Object(entries) = &program.expr(object).node {
            for (key, _) in entries {
                all.add(key.clone().map_or(Value::Unknown, Value::Text));
            }
        }
        all
    }

    /// What an object holds, whatever the name.
    pub(super) fn values_of(&mut self, object: &Value) -> Values {
        let program = self.program;
        let mut all = Values::default();
        if let Value::Object(expr, context) = object
            && let Node::Object(entries) = &program.expr(*expr).node
        {
            for (key, entry) in entries {
                match key {
                    Some(_) => all.extend(self.eval(*entry, context)),
                    None => all.add(Value::Unknown),
                }
            }
        }
        all
    }

    /// What going through a value gives.
    pub(crate) fn elements(&mut self, value: &Value) -> Values {
        let program = self.program;
        match value {
            Value::List(expr, context) => {
                let Node::List(items) = &program.expr(*expr).node else {
                    return Values::unknown();
                };
                let mut all = Values::default();
                for item in items {
                    match &program.expr(*item).node {
                        Node::Spread(inner) => {
                            let inner = self.eval(*inner, context);
                            all.extend(self.each(inner, |eval, v| eval.elements(&v)));
                        }
                        _ => all.extend(self.eval(*item, context)),
                    }
                }
                all
            }
            // Going through a mapping gives its names in Python.
            Value::Object(expr, _) if self.language == Language::Python => self.keys_of(*expr),
            Value::Args(call, from, context) => {
                let (Node::Call(_, args) | Node::New(_, args)) = &program.expr(*call).node else {
                    return Values::unknown();
                };
                let mut all = Values::default();
                for arg in args.iter().filter(|a| a.name.is_none()).skip(*from) {
                    let values = self.eval(arg.value, context);
                    all.extend(match arg.spread {
                        true => self.each(values, |eval, v| eval.elements(&v)),
                        false => values,
                    });
                }
                all
            }
            Value::Entries(expr, context, form) => match form {
                Form::Pairs => Values::one(Value::Entries(*expr, context.clone(), Form::Pair)),
                Form::List => self.keys_of(*expr),
                _ => self.values_of(&Value::Object(*expr, context.clone())),
            },
            Value::Names(from, form) => {
                let form = match (form, self.language) {
                    (Form::Map, Language::Python) | (Form::List, _) => Form::Name,
                    (Form::Map, _) | (Form::Pairs, _) => Form::Pair,
                    _ => return Values::unknown(),
                };
                Values::one(Value::Names(*from, form))
            }
            Value::Result(module) => Values::one(Value::Result(module.clone())),
            _ => Values::unknown(),
        }
    }
}
