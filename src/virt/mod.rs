//! Virtualization: a component is given by small adapters what it imports, instead of by its
//! host.

mod adapter;
mod apply;
mod clocks;
mod config;
mod declare;
mod deny;
mod env;
mod error;
mod filter;
mod generated;
mod guests;
mod http;
mod io;
mod least;
mod make;
mod outside;
mod peers;
mod random;
mod router;
mod scope;
mod spec;
mod stack;
mod table;
mod view;

pub use adapter::Adapter;
pub use apply::{Applied, Refused, apply};
pub use deny::Answer;
pub use error::VirtError;
pub use io::{FileError, Files, Io, Standard, Tree};
pub use least::{IfOpen, Narrowed, Open, OpenVerdicts, declared, narrow};
pub use router::{Router, RouterError, Target, router};
pub use spec::{Clock, Names, Spec, View};
