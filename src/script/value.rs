//! What an expression may be.

use super::ir::{ClassId, ExprId, FuncId, Text};
use std::sync::Arc;

/// One thing that an expression may be.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// This text.
    Text(Text),
    /// A text that begins so, of which more is not known.
    Begins(Text),
    /// A whole number.
    Number(i64),
    /// All names with their values, from this function of the host.
    Names(usize, Form),
    /// The function that looks a name up, as languages have one.
    Lookup(usize),
    /// A module, by name.
    Module(Text),
    /// A function of the host.
    Host(usize),
    /// A resource of an interface, by module and name.
    Resource(Text, String),
    /// What a function of an interface returned.
    Result(Text),
    /// A name of the language.
    Global(Text),
    /// A method of what stands before it.
    Method(Box<Value>, Text),
    /// A function of the program, and the class that it was taken from.
    Function(FuncId, Option<ClassId>),
    /// A class.
    Class(ClassId),
    /// An object of a class.
    Instance(ClassId),
    /// A list.
    List(ExprId, Context),
    /// Names with values.
    Object(ExprId, Context),
    /// Arguments of a call, from one on.
    Args(ExprId, usize, Context),
    /// What an object has: its names, its values, or both in pairs.
    Entries(ExprId, Context, Form),
    /// Anything.
    Unknown,
}

/// A form that names with their values take on their way through a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Something that gives the value of a name.
    Map,
    /// A list of pairs.
    Pairs,
    /// One name with its value.
    Pair,
    /// A list of names.
    List,
    /// A name.
    Name,
    /// A list of values.
    Values,
}

/// Calls in progress, innermost first; `None`: nothing is known of them.
pub(crate) type Context = Option<Arc<Frame>>;

/// A call in progress.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The function that was called.
    pub func: FuncId,
    /// How.
    pub by: Caller,
    /// Calls around it.
    pub outer: Context,
    /// How many there are.
    pub depth: usize,
}

/// A way in which a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// By this call, with its arguments.
    Call(ExprId),
    /// By something that goes through a list: the call, and the list.
    Each(ExprId, ExprId),
}

impl Caller {
    /// The expression that calls.
    pub(crate) fn expr(self) -> ExprId {
        match self {
            Caller::Call(call) | Caller::Each(call, _) => call,
        }
    }
}

fn same_context(a: &Context, b: &Context) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        use Value::*;
        match (self, other) {
            (Text(a), Text(b))
            | (Begins(a), Begins(b))
            | (Module(a), Module(b))
            | (Result(a), Result(b))
            | (Global(a), Global(b)) => a == b,
            (Number(a), Number(b)) => a == b,
            (Names(a, f), Names(b, g)) => (a, f) == (b, g),
            (Lookup(a), Lookup(b)) | (Host(a), Host(b)) => a == b,
            (Resource(a, m), Resource(b, n)) => (a, m) == (b, n),
            (Method(a, m), Method(b, n)) => m == n && a == b,
            (Function(a, c), Function(b, d)) => (a, c) == (b, d),
            (Class(a), Class(b)) | (Instance(a), Instance(b)) => a == b,
            (List(a, c), List(b, d)) | (Object(a, c), Object(b, d)) => a == b && same_context(c, d),
            (Entries(a, c, f), Entries(b, d, g)) => (a, f) == (b, g) && same_context(c, d),
            (Args(a, n, c), Args(b, m, d)) => (a, n) == (b, m) && same_context(c, d),
            (Unknown, Unknown) => true,
            _ => false,
        }
    }
}

/// How many things one expression may be before it counts as unknown.
const MOST: usize = 512;

/// All that an expression may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(Vec<Value>);

impl Values {
    pub(crate) fn one(value: Value) -> Values {
        Values(vec![value])
    }

    pub(crate) fn unknown() -> Values {
        Values::one(Value::Unknown)
    }

    pub(crate) fn add(&mut self, value: Value) {
        if self.0.contains(&value) {
            return;
        }
        match self.0.len() < MOST {
            true => self.0.push(value),
            false if self.0.contains(&Value::Unknown) => {}
            false => self.0.push(Value::Unknown),
        }
    }

    pub(crate) fn extend(&mut self, other: Values) {
        for value in other.0 {
            self.add(value);
        }
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has_unknown(&self) -> bool {
        self.0
            .iter()
            .any(|v| matches!(v, Value::Unknown | Value::Begins(_)))
    }
}

impl IntoIterator for Values {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
