//! What a plan is made from.

use crate::base::Spanned;
use crate::binary::{Binary, Root};
use crate::compose::{Package, PackageError};
use crate::graph::Program;
use crate::lock;
use crate::workload::{InterfacePattern, Link, Middleware, Profile, Route, Workload};
use std::collections::BTreeMap;

/// Components, a host, and what the user says about them.
#[derive(Clone, Debug)]
pub struct Input<'d, 'a> {
    /// The host.
    pub profile: &'d Profile,
    /// The components, in the order of the workload.
    pub parts: Vec<Part<'a>>,
    /// Rules.
    pub rules: Rules<'d>,
}

/// A component and what its code calls.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Its name.
    pub name: String,
    /// The binary.
    pub package: Package<'a>,
    /// For each import, the functions that code can call or hand on; the empty name for an
    /// import that is a function.
    pub called: BTreeMap<String, Vec<String>>,
}

/// What the user says.
#[derive(Clone, Debug, Default)]
pub struct Rules<'d> {
    /// `[[link]]`
    pub links: &'d [Link],
    /// `[[middleware]]`
    pub middleware: &'d [Middleware],
    /// `isolate`
    pub isolate: &'d [Spanned<String>],
    /// `scale-separately`
    pub scale_separately: &'d [Spanned<String>],
    /// Imports that adapters stand in for: component, imports, adapter.
    pub virtuals: Vec<(String, InterfacePattern, String)>,
    /// `[[route]]`
    pub routes: &'d [Route],
    /// The component that was made of the routes, one of the parts; its links are among
    /// [`Rules::links`].
    pub router: Option<&'d str>,
}

impl<'d> Rules<'d> {
    /// The rules of a workload.
    pub fn of(workload: &'d Workload) -> Rules<'d> {
        Rules {
            links: &workload.links,
            middleware: &workload.middleware,
            isolate: &workload.isolate,
            scale_separately: &workload.scale_separately,
            virtuals: Vec::new(),
            routes: &workload.routes,
            router: None,
        }
    }
}

impl<'a> Part<'a> {
    /// Reads a component and follows its calls.
    ///
    /// # Errors
    /// For what is no component that can be composed.
    pub fn parse(name: &str, bytes: &'a [u8]) -> Result<Part<'a>, PackageError> {
        let binary = Binary::parse(bytes)?;
        let Root::Component(_) = binary.root else {
            return Err(PackageError::CoreModule);
        };
        let program = Program::link(&binary);
        let imports = lock::imports(&program, &program.reach());
        let called = imports.into_iter().map(|import| {
            let mut functions = import.functions;
            if import.ty == "func" && import.used {
                functions.push(String::new());
            }
            (import.name, functions)
        });
        Ok(Part {
            name: name.to_string(),
            called: called.collect(),
            package: Package::parse(name, bytes)?,
        })
    }
}
