//! From names to a plan: every import connected, middleware in order, types checked.

mod check;
mod connect;
mod error;
mod imports;
mod middleware;
mod order;
mod rename;

use super::wiring::{Export, Node, Package, Source, Wiring};
use crate::base::{Sha256, plain_name, unversioned};
use crate::workload::{Link, Middleware};
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

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
    /// The parts of the draft, which rules name.
    pub(super) parts: Vec<(String, Sha256)>,
    /// The rules of the draft, which the result must keep.
    pub(super) middleware: Vec<Middleware>,
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

    /// The imports of the whole, each with the instances that need it.
    pub fn imports(&self) -> Vec<(&str, Vec<&str>)> {
        let users = |import: &str| {
            let nodes = self.wiring.nodes.iter();
            let users = nodes.filter(|node| node.args.values().any(|source| source.is_of(import)));
            users.map(|node| node.name.as_str()).collect()
        };
        let imports = self.wiring.world.imports.keys();
        imports.map(|name| (name.as_str(), users(name))).collect()
    }

    /// The part of the draft that is a package of the composition; the first of equal ones.
    pub fn part(&self, package: usize) -> Option<&str> {
        let sha256 = self.wiring.packages.get(package)?.sha256;
        let found = self.parts.iter().find(|(_, digest)| *digest == sha256);
        found.map(|(name, _)| name.as_str())
    }

    /// Resolves a draft, or says everything that is in the way.
    pub fn resolve(draft: Draft<'_, 'a>) -> Result<Plan<'a>, Vec<PlanError>> {
        let parts = draft.parts.iter();
        let parts = parts.map(|(name, package)| (name.clone(), package.sha256));
        let parts = parts.collect();
        let between = draft.middleware.iter();
        let mut planner = Planner {
            wiring: draft.base.unwrap_or_default(),
            open: Vec::new(),
            spare: IndexMap::new(),
            renames: HashMap::new(),
            links: draft.links,
            middleware: draft.middleware,
            between: between.map(|rule| rule.component.value.as_str()).collect(),
            taken: HashSet::new(),
            exporters: HashMap::new(),
            edges: Vec::new(),
            notes: Vec::new(),
            errors: Vec::new(),
        };
        for node in 0..planner.wiring.nodes.len() {
            planner.know(node);
        }
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
            parts,
            middleware: draft.middleware.to_vec(),
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
    spare: IndexMap<String, Package<'a>>,
    links: &'d [Link],
    middleware: &'d [Middleware],
    /// Names of components that are middleware.
    between: HashSet<&'d str>,
    /// Names of nodes.
    taken: HashSet<String>,
    /// Nodes by the names of their exports, up to the version.
    exporters: HashMap<String, Vec<usize>>,
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
        let name = plain_name::free(name, "-", |name| self.taken.contains(name));
        let package = self.wiring.add_package(package.clone());
        self.wiring.nodes.push(Node {
            name,
            path: None,
            package,
            args: Default::default(),
        });
        let node = self.wiring.nodes.len() - 1;
        self.know(node);
        node
    }

    /// Notes how a node is called and what it exports.
    fn know(&mut self, node: usize) {
        self.taken.insert(self.name(node));
        for name in self.wiring.package_of(node).world.exports.keys() {
            let key = unversioned(name).to_string();
            let nodes = self.exporters.entry(key).or_default();
            if nodes.last() != Some(&node) {
                nodes.push(node);
            }
        }
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
