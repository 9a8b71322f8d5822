//! From names to a plan: every import connected, middleware in order, types checked.

mod check;
mod connect;
mod error;
mod imports;
mod middleware;
mod order;
mod rename;

use super::wiring::{Export, Node, Package, Source, Wiring};
use crate::workload::{Link, Middleware};
use std::collections::HashMap;

pub use error::PlanError;
pub use imports::join;
pub use order::{Before, order};
pub use rename::renames;

/// What is to be composed, by names.
#[derive(Debug)]
pub struct Draft<'d, 'a> {
    /// A composition to start from; its edges stay as they are but for middleware.
    pub base: Option<Wiring<'a>>,
    /// Components by name, each instantiated once; those of [`Draft::middleware`] as often as
    /// that says.
    pub parts: Vec<(String, Package<'a>)>,
    /// Who provides what, where that is said.
    pub links: &'d [Link],
    /// Components between others.
    pub middleware: &'d [Middleware],
}

/// A composition that can be written: everything connected, typed and in order.
#[derive(Debug)]
pub struct Plan<'a> {
    wiring: Wiring<'a>,
    /// The edges, in the order of nodes and imports; exports of the whole come last.
    pub edges: Vec<Edge>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// An edge: who imports what from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The instance that imports, or `export` for the outside.
    pub consumer: String,
    /// The import, or the export of the whole.
    pub name: String,
    /// The instance that provides in the end, or `import` for the outside.
    pub provider: String,
    /// Instances of middleware between them, outermost first.
    pub via: Vec<String>,
}

/// The outside as a consumer: the exports of the whole.
pub const EXPORT: &str = "export";

/// The outside as a provider: the imports of the whole.
pub const IMPORT: &str = "import";

impl<'a> Plan<'a> {
    /// The composition.
    pub fn wiring(&self) -> &Wiring<'a> {
        &self.wiring
    }

    /// Resolves a draft, or says everything that is in the way.
    pub fn resolve(draft: Draft<'_, 'a>) -> Result<Plan<'a>, Vec<PlanError>> {
        let mut planner = Planner {
            wiring: draft.base.unwrap_or_default(),
            open: Vec::new(),
            spare: Vec::new(),
            renames: HashMap::new(),
            links: draft.links,
            middleware: draft.middleware,
            edges: Vec::new(),
            notes: Vec::new(),
            errors: Vec::new(),
        };
        planner.connect(draft.parts);
        planner.stop()?;
        planner.insert_middleware();
        planner.stop()?;
        planner.import_the_rest();
        planner.stop()?;
        planner.check();
        planner.stop()?;
        planner.rename();
        planner.check_limits();
        planner.stop()?;
        Ok(Plan {
            wiring: planner.wiring,
            edges: planner.edges,
            notes: planner.notes,
        })
    }
}

struct Planner<'d, 'a> {
    wiring: Wiring<'a>,
    /// Imports that nobody inside provides: node and name.
    open: Vec<(usize, String)>,
    /// Functions that have another name on the provider's side, by node and import: the
    /// consumer's name, the provider's.
    renames: HashMap<(usize, String), Vec<(String, String)>>,
    /// Middleware components, not instantiated yet.
    spare: Vec<(String, Package<'a>)>,
    links: &'d [Link],
    middleware: &'d [Middleware],
    edges: Vec<Edge>,
    notes: Vec<String>,
    errors: Vec<PlanError>,
}

impl<'a> Planner<'_, 'a> {
    fn stop(&mut self) -> Result<(), Vec<PlanError>> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(std::mem::take(&mut self.errors))
        }
    }

    fn add_node(&mut self, name: &str, package: &Package<'a>) -> usize {
        let name = self.wiring.free_name(name);
        let package = self.wiring.add_package(package.clone());
        self.wiring.nodes.push(Node {
            name,
            path: None,
            package,
            args: Default::default(),
        });
        self.wiring.nodes.len() - 1
    }

    fn name(&self, node: usize) -> String {
        self.wiring.nodes[node].name.clone()
    }

    /// Who provides a source, for people.
    fn provider(&self, source: &Source) -> String {
        match source.nodes().first() {
            Some(node) => self.name(*node),
            None => IMPORT.to_string(),
        }
    }

    fn export(&mut self, name: &str, source: Source) {
        let attributes = match &source {
            Source::Export { node, name } => {
                let exports = &self.wiring.package_of(*node).world.exports;
                exports.get(name).map(|item| item.attributes.clone())
            }
            _ => None,
        };
        self.wiring.exports.insert(
            name.to_string(),
            Export {
                attributes: attributes.unwrap_or_default(),
                source,
            },
        );
    }
}
