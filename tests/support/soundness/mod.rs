//! Small random programs whose keys are picked by branches, tables, memory and calls, run
//! many times to see which names they really ask for.

#![allow(dead_code, reason = "each test uses the part it needs")]

pub(crate) mod ast;
pub(crate) mod check;
pub(crate) mod expr;
pub(crate) mod random;
pub(crate) mod shrink;
pub(crate) mod stmt;
pub(crate) mod text;
