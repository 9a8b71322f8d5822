//! Programs of script languages inside of components: an interpreter, and the memory that it
//! had when the component was built.
//!
//! What reaches the host is decided by a program that the interpreter holds as source text or
//! bytecode. It is found in memory by the shape of the interpreter's own objects
//! ([`snapshot`], `js/sources.rs`, `python/heap.rs`), read (`js/`, `python/`) into one form
//! (`ir.rs`), and asked where it looks names up (`eval.rs`, `lookups.rs`). No code is run.
//!
//! A name found here is a candidate: it stands in a lookup of the program, but nothing proves
//! that the lookup runs, that the program is all there is, or that it does not make code.

mod access;
mod builtin;
mod eval;
mod ir;
mod js;
mod lookups;
mod methods;
mod python;
pub mod snapshot;
mod value;
mod world;

use snapshot::Snapshot;
use std::fmt;
use std::sync::Arc;

pub use world::{Does, HostFunction, Step, World};

/// A script language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// JavaScript.
    JavaScript,
    /// Python.
    Python,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::JavaScript => "JavaScript",
            Language::Python => "Python",
        })
    }
}

/// An interpreter and the program that it holds.
#[derive(Clone, Debug)]
pub struct Script {
    /// The language.
    pub language: Language,
    /// The interpreter: `StarlingMonkey`, `CPython`.
    pub engine: &'static str,
    /// Its version, if it says so.
    pub version: Option<String>,
    /// The files of the program that were read, sorted.
    pub files: Vec<String>,
    /// What could not be read, as sentences without an end.
    pub unread: Vec<String>,
    program: ir::Program,
}

/// A lookup.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lookup {
    /// Which call of the host: the number of [`HostFunction::does`].
    pub call: usize,
    /// The name.
    pub name: Name,
    /// Where it stands.
    pub place: SourcePlace,
}

/// The name that is looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// This one.
    Exact(String),
    /// One that begins so.
    Begins(String),
    /// The program goes through all.
    All,
    /// One that the program computes.
    Unknown,
    /// One that code decides which is not followed: it is given all names, or the function
    /// that looks them up.
    HandedOn,
}

/// A place in a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePlace {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1; 0 if it is not known.
    pub line: u32,
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

impl Script {
    /// Finds an interpreter in memory, and the program that it holds.
    pub fn find(memory: &Snapshot<'_>) -> Option<Script> {
        python::find(memory).or_else(|| js::find(memory))
    }

    /// Where the program looks names up, and whether all of it was looked through.
    pub fn lookups(&self, world: &World) -> (Vec<Lookup>, bool) {
        lookups::of_program(&self.program, world, self.language)
    }
}
