//! Call graph and value analysis: which bytes arrive where. Sees shapes and functions, no
//! names of interfaces.

mod access;
mod across;
mod bounds;
mod branch;
mod bump;
mod callgraph;
mod calls;
mod collect;
mod concrete;
mod discover;
mod doubt;
mod engine;
mod environ;
mod event;
mod exec;
mod handles;
mod heap;
mod image;
mod join;
mod leak;
mod live;
mod lookup;
mod meet;
mod memory;
mod origin;
mod outside;
pub mod place;
mod prove;
mod relevant;
mod source;
mod stack;
mod start;
mod statics;
mod step;
mod taint;
mod text;
mod through;
mod typed;
mod value;
#[cfg(test)]
mod value_tests;
mod vector;
mod world;

#[doc(hidden)]
pub use concrete::{Ending, run_concretely};
pub use event::{Arrived, Event, Piece, Site, Source, Text, Why};
pub use handles::GivenAt;
pub use leak::{Gives, Leak, LeakHow, LeakQuestion, LeakSink, Leaks, NameAt, Taken};
pub use prove::{Findings, Question, analyse, leaks};
pub use source::Answer;
pub use taint::{Compared, Extent, StandIn, Watching, Write, Written, watch};
