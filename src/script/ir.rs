//! What programs of script languages are made of here: expressions, variables with all that
//! is assigned to them, functions. Order is left out: whatever a variable is given anywhere,
//! it may hold.
//!
//! The readers of languages (`js/`, `python/`) write it, `eval.rs` and `lookups.rs` read it;
//! these know no syntax and no bytecode.

use std::collections::BTreeMap;
use std::sync::Arc;

/// An expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ExprId(pub u32);

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VarId(pub u32);

/// A function, or the top level of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FuncId(pub u32);

/// A class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClassId(pub u32);

/// A text that is part of a program.
pub(crate) type Text = Arc<str>;

/// What an expression is.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A literal text.
    Text(Text),
    /// A whole number.
    Number(i64),
    /// A variable of the program.
    Var(VarId),
    /// A name that the program does not define: of the language or of the engine.
    Global(Text),
    /// What another module provides: by the name of the module, and of the thing in it;
    /// `None` for the module itself.
    Import(Text, Option<Text>),
    /// `a.b`
    Member(ExprId, Text),
    /// `a[b]`
    Index(ExprId, ExprId),
    /// A call.
    Call(ExprId, Vec<Arg>),
    /// `new a(…)`
    New(ExprId, Vec<Arg>),
    /// Texts put together.
    Concat(Vec<ExprId>),
    /// One of these.
    Choice(Vec<ExprId>),
    /// A list; an element that is [`Node::Spread`] stands for all of its own.
    List(Vec<ExprId>),
    /// All elements of a list, inside of a list.
    Spread(ExprId),
    /// Names with values; `None` for what is not known, and what is merged in.
    Object(Vec<(Option<Text>, ExprId)>),
    /// What going through something gives, one by one.
    Element(ExprId),
    /// A function.
    Function(FuncId),
    /// A class.
    Class(ClassId),
    /// The object that a method belongs to.
    This(ClassId),
    /// `a == b`, and the cases of a `switch`.
    Same(ExprId, ExprId),
    /// `a in b`
    Contains {
        /// The name.
        name: ExprId,
        /// Where it is looked for.
        inside: ExprId,
    },
    /// What a name is taken out of: the rest of a destructured object.
    Rest(ExprId),
    /// Anything.
    Unknown,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub(crate) struct Arg {
    /// Its name, in languages that have such.
    pub name: Option<Text>,
    /// Its value.
    pub value: ExprId,
    /// Whether it stands for several.
    pub spread: bool,
}

impl Arg {
    pub(crate) fn plain(value: ExprId) -> Arg {
        Arg {
            name: None,
            value,
            spread: false,
        }
    }
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub node: Node,
    /// The function around it.
    pub func: FuncId,
    /// The line, from 1; 0 if it is not known.
    pub line: u32,
}

/// A variable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Var {
    /// All that is assigned to it.
    pub given: Vec<ExprId>,
    /// The parameter that it is: of which function, at which position.
    pub parameter: Option<(FuncId, usize)>,
    /// Whether something unknown is assigned to it, too.
    pub unknown: bool,
}

/// A function, or the top level of a file.
#[derive(Clone, Debug)]
pub(crate) struct Func {
    /// The file.
    pub unit: usize,
    /// Parameters by position.
    pub params: Vec<Param>,
    /// What it returns.
    pub returns: Vec<ExprId>,
    /// Whether the first parameter is the object that it belongs to.
    pub takes_self: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub name: Text,
    pub var: VarId,
    /// What it is if no argument is given.
    pub default: Option<ExprId>,
    /// Whether it takes all arguments from here on.
    pub rest: bool,
}

/// A class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    /// Methods and fields, of the class and of its objects.
    pub members: BTreeMap<Text, Vec<ExprId>>,
    /// What it inherits from.
    pub bases: Vec<ExprId>,
}

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// Its name, as people know it.
    pub file: String,
    /// Its name, as the program knows it.
    pub module: Text,
    /// What other files get from it.
    pub exports: BTreeMap<Text, Vec<ExprId>>,
    /// Modules all of whose exports it hands on.
    pub hands_on: Vec<Text>,
}

/// Expressions of one program.
const MOST: usize = 3_000_000;

/// A program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub units: Vec<Unit>,
    pub exprs: Vec<Expr>,
    pub vars: Vec<Var>,
    pub funcs: Vec<Func>,
    pub classes: Vec<Class>,
}

impl Program {
    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub(crate) fn var(&self, id: VarId) -> &Var {
        &self.vars[id.0 as usize]
    }

    pub(crate) fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.0 as usize]
    }

    pub(crate) fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    /// Adds an expression.
    pub(crate) fn add(&mut self, node: Node, func: FuncId, line: u32) -> ExprId {
        // The first one stands for all that are too many.
        if self.exprs.is_empty() {
            let node = Node::Unknown;
            self.exprs.push(Expr { node, func, line });
        }
        if self.exprs.len() >= MOST {
            return ExprId(0);
        }
        self.exprs.push(Expr { node, func, line });
        ExprId(self.exprs.len() as u32 - 1)
    }

    /// Whether there was more than fits.
    pub(crate) fn is_full(&self) -> bool {
        self.exprs.len() >= MOST
    }

    /// Adds a variable.
    pub(crate) fn add_var(&mut self, var: Var) -> VarId {
        self.vars.push(var);
        VarId(self.vars.len() as u32 - 1)
    }

    /// Adds a function without parameters.
    pub(crate) fn add_func(&mut self, unit: usize) -> FuncId {
        self.funcs.push(Func {
            unit,
            params: Vec::new(),
            returns: Vec::new(),
            takes_self: false,
        });
        FuncId(self.funcs.len() as u32 - 1)
    }

    /// Adds a class.
    pub(crate) fn add_class(&mut self, class: Class) -> ClassId {
        self.classes.push(class);
        ClassId(self.classes.len() as u32 - 1)
    }

    /// Assigns to a variable.
    pub(crate) fn give(&mut self, var: VarId, value: ExprId) {
        self.vars[var.0 as usize].given.push(value);
    }

    /// Adds a parameter to a function.
    pub(crate) fn add_param(&mut self, func: FuncId, name: Text) -> VarId {
        let position = self.func(func).params.len();
        let var = self.add_var(Var {
            parameter: Some((func, position)),
            ..Var::default()
        });
        self.funcs[func.0 as usize].params.push(Param {
            name,
            var,
            default: None,
            rest: false,
        });
        var
    }
}
