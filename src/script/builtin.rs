//! What languages offer by themselves, as far as names of resources go through it.

use super::Language;
use super::eval::Eval;
use super::ir::{Arg, Text};
use super::value::{Context, Form, Value, Values};

/// Modules of Python that hand over the environment, and what of them does.
fn python(module: &str, name: &str) -> Option<Found> {
    match (module, name) {
        ("os" | "posix", "environ" | "environb") => Some(Found::Map),
        ("os", "getenv" | "getenvb") => Some(Found::Lookup),
        _ => None,
    }
}

/// Modules of JavaScript that do.
fn javascript(module: &str, name: &str) -> Option<Found> {
    match (module, name) {
        ("process" | "node:process", "env") => Some(Found::Map),
        _ => None,
    }
}

enum Found {
    Map,
    Lookup,
}

/// What a module of the language has under a name.
pub(crate) fn of_module(eval: &Eval<'_>, module: &str, name: &str) -> Option<Value> {
    let found = match eval.language {
        Language::Python => python(module, name),
        Language::JavaScript => match (module, name) {
            ("process" | "node:process", "default") => {
                return Some(Value::Module("process".into()));
            }
            _ => javascript(module, name),
        },
    };
    if let (Language::Python, "builtins", None) = (eval.language, module, &found) {
        return Some(Value::Global(name.into()));
    }
    let list = eval.world.list()?;
    found.map(|found| match found {
        Found::Map => Value::Names(list, Form::Map),
        Found::Lookup => Value::Lookup(list),
    })
}

/// What a global object has under a name.
pub(crate) fn of_global(eval: &Eval<'_>, global: &Value, name: &str) -> Option<Value> {
    let Value::Global(global) = global else {
        return None;
    };
    if eval.language == Language::Python {
        return None;
    }
    match (&**global, name) {
        ("globalThis" | "global" | "self" | "window", _) => Some(Value::Global(name.into())),
        ("process" | "import.meta", "env") => Some(Value::Names(eval.world.list()?, Form::Map)),
        _ => None,
    }
}

/// Methods that give a part of a list, or the list in another order.
const LIKE_ITSELF: &[&str] = &[
    "filter",
    "slice",
    "sort",
    "reverse",
    "toSorted",
    "toReversed",
];

/// The result of a call of something that the language offers.
pub(crate) fn call(eval: &mut Eval<'_>, callee: &Value, args: &[Arg], context: &Context) -> Values {
    let first = |eval: &mut Eval<'_>| match args.first() {
        Some(arg) if !arg.spread => eval.eval(arg.value, context),
        _ => Values::unknown(),
    };
    match callee {
        Value::Method(base, name) => match (&**base, &**name) {
            (Value::Text(text), _) => method_of_text(eval, text, name, args, context),
            (Value::Begins(text), "upper" | "toUpperCase") => begins(text.to_uppercase()),
            (Value::Begins(text), "lower" | "toLowerCase") => begins(text.to_lowercase()),
            (Value::Names(from, form), _) => names(*from, *form, name),
            (Value::List(..), "join") => {
                let mut separators = Values::default();
                match args.is_empty() {
                    true => separators.add(Value::Text(",".into())),
                    false => separators.extend(first(eval)),
                }
                join(eval, base, &separators)
            }
            (Value::List(..), name) if LIKE_ITSELF.contains(&name) => Values::one((**base).clone()),
            (Value::List(..), "values") => Values::one((**base).clone()),
            (Value::Object(expr, at), "items" | "keys" | "values") => {
                let form = match &**name {
                    "items" => Form::Pairs,
                    "keys" => Form::List,
                    _ => Form::Values,
                };
                Values::one(Value::Entries(*expr, at.clone(), form))
            }
            (Value::Object(object, at), "get") => {
                let object = Value::Object(*object, at.clone());
                let keys = first(eval);
                eval.each(keys, |eval, key| match key {
                    Value::Text(key) => eval.member(&object, &key),
                    _ => Values::unknown(),
                })
            }
            (Value::Entries(..) | Value::Args(..), name) if LIKE_ITSELF.contains(&name) => {
                Values::one((**base).clone())
            }
            (Value::Global(global), name) => {
                let value = first(eval);
                eval.each(value, |eval, value| {
                    of_object(eval, global, name, value, args, context)
                })
            }
            (function, "bind") => Values::one(function.clone()),
            _ => Values::unknown(),
        },
        Value::Global(name) => {
            let value = first(eval);
            eval.each(value, |_, value| converted(name, value))
        }
        _ => Values::unknown(),
    }
}

/// `new a(…)` of something that the language offers.
pub(crate) fn construct(
    eval: &mut Eval<'_>,
    callee: &Value,
    args: &[Arg],
    context: &Context,
) -> Values {
    let (Value::Global(name), Some(arg)) = (callee, args.first()) else {
        return Values::unknown();
    };
    let value = eval.eval(arg.value, context);
    eval.each(value, |_, value| converted(name, value))
}

/// A value given to a global function or class that makes something of it.
fn converted(name: &str, value: Value) -> Values {
    Values::one(match (name, value) {
        ("Map" | "dict", Value::Names(from, Form::Pairs | Form::Map)) => {
            Value::Names(from, Form::Map)
        }
        ("String" | "str", value @ (Value::Text(_) | Value::Begins(_) | Value::Names(..))) => value,
        ("String" | "str", Value::Number(n)) => Value::Text(n.to_string().into()),
        (
            "list" | "tuple" | "set" | "sorted" | "frozenset" | "reversed" | "iter" | "Set",
            value,
        ) => {
            match value {
                // The names of a mapping.
                Value::Names(from, Form::Map) => Value::Names(from, Form::List),
                value @ (Value::List(..) | Value::Names(..)) => value,
                _ => Value::Unknown,
            }
        }
        _ => Value::Unknown,
    })
}

/// `Object.f(value, …)` and the like.
fn of_object(
    eval: &mut Eval<'_>,
    global: &Text,
    name: &str,
    value: Value,
    args: &[Arg],
    context: &Context,
) -> Values {
    Values::one(match (&**global, name, value) {
        ("Object", "fromEntries", Value::Names(from, Form::Pairs | Form::Map)) => {
            Value::Names(from, Form::Map)
        }
        ("Object", "entries", Value::Names(from, Form::Map)) => Value::Names(from, Form::Pairs),
        ("Object" | "Reflect", "keys" | "ownKeys", Value::Names(from, Form::Map)) => {
            Value::Names(from, Form::List)
        }
        ("Object", "entries", Value::Object(expr, at)) => Value::Entries(expr, at, Form::Pairs),
        ("Object", "keys", Value::Object(expr, at)) => Value::Entries(expr, at, Form::List),
        ("Object", "values", Value::Object(expr, at)) => Value::Entries(expr, at, Form::Values),
        ("Object", "freeze" | "seal" | "create", value) => value,
        ("Array", "from" | "of", value @ (Value::List(..) | Value::Names(..))) => value,
        ("Object", "assign", value) => {
            let mut all = Values::one(value);
            for arg in args.iter().skip(1) {
                all.extend(eval.eval(arg.value, context));
            }
            return all;
        }
        _ => Value::Unknown,
    })
}

/// A method of names with their values.
fn names(from: usize, form: Form, name: &str) -> Values {
    let form = match (form, name) {
        (Form::Map, "items" | "entries") => Form::Pairs,
        (Form::Map, "keys") => Form::List,
        (Form::Map, "copy") => Form::Map,
        (Form::Pairs | Form::List, name) if LIKE_ITSELF.contains(&name) => form,
        // What is gathered from all pairs, most likely by name.
        (Form::Pairs, "reduce") => Form::Map,
        (Form::Pairs, "find" | "findLast" | "at") => Form::Pair,
        (Form::List, "find" | "findLast" | "at") => Form::Name,
        (Form::Name, "toString" | "valueOf" | "trim") => Form::Name,
        _ => return Values::unknown(),
    };
    Values::one(Value::Names(from, form))
}

fn begins(text: String) -> Values {
    Values::one(Value::Begins(text.into()))
}

fn method_of_text(
    eval: &mut Eval<'_>,
    text: &str,
    name: &str,
    args: &[Arg],
    context: &Context,
) -> Values {
    let made = match name {
        "upper" | "toUpperCase" | "toLocaleUpperCase" => text.to_uppercase(),
        "lower" | "toLowerCase" | "toLocaleLowerCase" => text.to_lowercase(),
        "strip" | "trim" => text.trim().to_string(),
        "toString" | "valueOf" | "encode" => text.to_string(),
        "concat" => {
            let mut parts = String::from(text);
            for arg in args {
                let values = eval.eval(arg.value, context);
                match values.iter().collect::<Vec<_>>().as_slice() {
                    [Value::Text(more)] if !arg.spread => parts.push_str(more),
                    _ if parts.is_empty() => return Values::unknown(),
                    _ => return begins(parts),
                }
            }
            parts
        }
        // Up to the first place that something is put into.
        "format" => match text.find('{') {
            Some(0) => return Values::unknown(),
            Some(at) => return begins(text[..at].to_string()),
            None => text.to_string(),
        },
        "join" => {
            let Some(arg) = args.first() else {
                return Values::unknown();
            };
            let lists = eval.eval(arg.value, context);
            let separator = Values::one(Value::Text(text.into()));
            return eval.each(lists, |eval, list| join(eval, &list, &separator));
        }
        _ => return Values::unknown(),
    };
    Values::one(Value::Text(made.into()))
}

/// The items of a list, put together.
fn join(eval: &mut Eval<'_>, list: &Value, separators: &Values) -> Values {
    let mut all = Values::default();
    for separator in separators.iter() {
        let Value::Text(separator) = separator else {
            return Values::unknown();
        };
        let mut made = String::new();
        let mut whole = true;
        let Some(items) = eval.items(list) else {
            return Values::unknown();
        };
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                made.push_str(separator);
            }
            match item.iter().collect::<Vec<_>>().as_slice() {
                [Value::Text(text)] => made.push_str(text),
                [Value::Number(number)] => made.push_str(&number.to_string()),
                [Value::Begins(text)] => {
                    made.push_str(text);
                    whole = false;
                }
                _ => whole = false,
            }
            if !whole {
                break;
            }
        }
        all.add(match (whole, made.is_empty()) {
            (true, _) => Value::Text(made.into()),
            (false, false) => Value::Begins(made.into()),
            (false, true) => Value::Unknown,
        });
    }
    all
}
