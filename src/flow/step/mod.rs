//! Instructions: decoding, and what each computes on known values.

mod decode;
mod num;
mod op;
mod opaque;

pub(crate) use decode::{Undecoded, decode};
pub(crate) use num::{Binary, Unary};
pub(crate) use op::{Access, Body, Op, Target};
