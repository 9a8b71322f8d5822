//! Instructions: decoding, and what each computes on known values.

mod decode;
mod lanes;
mod num;
mod op;
mod opaque;
mod raw;

pub(crate) use decode::{Undecoded, decode};
pub(crate) use lanes::Lanes;
pub(crate) use num::{Binary, Unary};
pub(crate) use op::{Access, Body, Op, Target};
pub(crate) use raw::constants;
