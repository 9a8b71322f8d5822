//! The made-up programs: statements and typed expressions, so that a failing program can be
//! made smaller and stays valid.

/// What a value is for. All are `i32` but [`Kind::Packed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number.
    Int,
    /// Where text begins.
    Ptr,
    /// How long text is.
    Len,
    /// Sixteen bytes that may be written.
    Buf,
    /// The address of (pointer, length).
    Pair,
    /// Pointer and length in one `i64`.
    Packed,
    /// The address of the stack frame.
    Frame,
}

#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Const(i32),
    Const64(i64),
    Local(usize),
    Global(usize),
    /// Instruction, address, offset.
    Load(&'static str, Box<Expr>, u32),
    /// An instruction on operands.
    Op(&'static str, Vec<Expr>),
    Select(Box<[Expr; 3]>),
    /// Condition, value, other value.
    If(Kind, Box<[Expr; 3]>),
    Call(usize, Vec<Expr>),
    /// Signature (as of this function), index, arguments.
    Indirect(usize, Box<Expr>, Vec<Expr>),
    /// A fresh object of so many bytes.
    Alloc(u32),
}

#[derive(Clone, Debug)]
pub(crate) enum Stmt {
    Set(usize, Expr),
    SetGlobal(usize, Expr),
    /// Instruction, address, offset, value.
    Store(&'static str, Expr, u32, Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Label, condition before each round, body, condition after each round.
    Loop(usize, Expr, Vec<Stmt>, Expr),
    /// Leaves the loop with this label if the condition holds.
    Break(usize, Expr),
    /// Goes on with the next round.
    Continue(usize, Expr),
    /// A table of jumps; the last arm is the default. Falls through when the flag is set.
    Switch(Expr, Vec<Vec<Stmt>>, bool),
    /// Pointer, length, and where a number from the outside goes.
    Sink(Expr, Expr, Option<usize>),
    Copy(Expr, Expr, Expr),
    Fill(Expr, Expr, Expr),
    /// A call without a result.
    Call(Expr),
    Return(Option<Expr>),
    Trap,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) params: Vec<Kind>,
    pub(crate) result: Option<Kind>,
    /// Beside the parameters.
    pub(crate) locals: Vec<Kind>,
    /// Bytes on the shadow stack; the first local is its address then.
    pub(crate) frame: u32,
    pub(crate) body: Vec<Stmt>,
    pub(crate) tail: Option<Expr>,
}

impl Function {
    pub(crate) fn kind(&self, local: usize) -> Kind {
        match local.checked_sub(self.params.len()) {
            None => self.params[local],
            Some(at) => self.locals[at],
        }
    }

    pub(crate) fn variables(&self) -> usize {
        self.params.len() + self.locals.len()
    }
}

/// How names leave the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sink {
    /// Gives a number back.
    Number,
    /// Writes a result into memory, and text into memory that it allocates.
    Result,
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) sink: Sink,
    /// Where the result of a call goes; zero for the bottom of the frame.
    pub(crate) area: u32,
    pub(crate) data: Vec<(u32, Vec<u8>)>,
    pub(crate) functions: Vec<Function>,
    /// Functions that take numbers only.
    pub(crate) exports: Vec<usize>,
    pub(crate) start: Option<usize>,
    pub(crate) table: Vec<usize>,
    pub(crate) globals: Vec<i32>,
}
