//! A composition: components, their instances, and what each instance is given.

use crate::base::{Sha256, plain_name};
use crate::binary::world::{Attributes, ItemType, Member, World, WorldError, WorldItem};
use crate::binary::{Binary, ParseError, Root};
use indexmap::IndexMap;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A composition. Every import of every node stands in its arguments.
#[derive(Clone, Debug, Default)]
pub struct Wiring<'a> {
    /// Components, each distinct sequence of bytes once.
    pub packages: Vec<Package<'a>>,
    /// Instances of them, in no particular order.
    pub nodes: Vec<Node>,
    /// Imports of the whole; names of types are those of this world. Its exports are empty:
    /// they follow from [`Wiring::exports`].
    pub world: World,
    /// Exports of the whole.
    pub exports: IndexMap<String, Export>,
    /// Compositions within the binary that it was read from. They were taken apart: what is
    /// in them stands in [`Wiring::nodes`].
    pub inner: Vec<Inner<'a>>,
}

/// A composition within a composition.
#[derive(Clone, Debug)]
pub struct Inner<'a> {
    /// Where it stands, as `inspect` prints it.
    pub path: String,
    /// Its name in the name section.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The interface that an import or export is about: its own name, or the one that a label
/// implements.
pub(super) fn interface_of<'n>(name: &'n str, item: &'n WorldItem) -> &'n str {
    item.attributes.implements.as_deref().unwrap_or(name)
}

/// A component that is instantiated.
#[derive(Clone, Debug)]
pub struct Package<'a> {
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Digest of the bytes.
    pub sha256: Sha256,
    /// What it is called, for people.
    pub name: String,
    /// Imports and exports.
    pub world: Arc<World>,
    /// How many components and core modules are in it, itself included.
    pub parts: usize,
}

/// An instance of a component.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name; unique within the composition.
    pub name: String,
    /// Where it stood in the binary that it was read from, as `inspect` prints it.
    pub path: Option<String>,
    /// The component: a position in [`Wiring::packages`].
    pub package: usize,
    /// What each import is given.
    pub args: IndexMap<String, Source>,
}

/// An export of the whole.
#[derive(Clone, Debug)]
pub struct Export {
    /// Attributes of its name.
    pub attributes: Attributes,
    /// What is exported.
    pub source: Source,
}

/// Where something comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// An import of the whole.
    Import(String),
    /// An export of a node.
    Export {
        /// The node: a position in [`Wiring::nodes`].
        node: usize,
        /// The name of the export.
        name: String,
    },
    /// All exports of a node, as an instance.
    Node(usize),
    /// A member of an instance.
    Member(Box<Source>, String),
    /// An instance put together from parts.
    Bundle(Vec<(String, Source)>),
}

impl Source {
    /// Whether it is an import of the whole, or a part of one.
    pub fn is_of(&self, import: &str) -> bool {
        match self {
            Source::Import(name) => name == import,
            Source::Export { .. } | Source::Node(_) => false,
            Source::Member(of, _) => of.is_of(import),
            Source::Bundle(parts) => parts.iter().any(|(_, part)| part.is_of(import)),
        }
    }

    /// The nodes that it comes from.
    pub fn nodes(&self) -> Vec<usize> {
        match self {
            Source::Import(_) => Vec::new(),
            Source::Export { node, .. } | Source::Node(node) => vec![*node],
            Source::Member(of, _) => of.nodes(),
            Source::Bundle(parts) => parts.iter().flat_map(|(_, s)| s.nodes()).collect(),
        }
    }
}

impl<'a> Package<'a> {
    /// Reads a component that stands on its own.
    pub fn parse(name: &str, bytes: &'a [u8]) -> Result<Package<'a>, PackageError> {
        Package::known(name, bytes, Sha256::of(bytes))
    }

    /// Reads components that stand on their own, equal bytes once.
    pub fn parse_all<'p>(
        parts: impl IntoIterator<Item = (&'p str, &'a [u8])>,
    ) -> Vec<Result<Package<'a>, PackageError>> {
        let mut known: HashMap<Sha256, Package<'a>> = HashMap::new();
        let read = |(name, bytes): (&'p str, &'a [u8])| {
            let sha256 = Sha256::of(bytes);
            if let Some(same) = known.get(&sha256) {
                let name = name.to_string();
                return Ok(Package {
                    name,
                    ..same.clone()
                });
            }
            let package = Package::known(name, bytes, sha256)?;
            known.insert(sha256, package.clone());
            Ok(package)
        };
        parts.into_iter().map(read).collect()
    }

    fn known(name: &str, bytes: &'a [u8], sha256: Sha256) -> Result<Package<'a>, PackageError> {
        let binary = Binary::parse(bytes)?;
        let Root::Component(root) = binary.root else {
            return Err(PackageError::CoreModule);
        };
        Ok(Package {
            bytes: Cow::Borrowed(bytes),
            sha256,
            name: name.to_string(),
            world: Arc::new(binary.component(root).world()?),
            parts: binary.components.len() + binary.modules.len(),
        })
    }
}

/// Why a file is no component that can be composed.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Not valid.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A core module.
    #[error("this is a core module, not a component; `wasm-tools component new` makes one of it")]
    CoreModule,
    /// Types that cannot be read.
    #[error(transparent)]
    World(#[from] WorldError),
}

impl<'a> Wiring<'a> {
    /// The component of a node.
    pub fn package_of(&self, node: usize) -> &Package<'a> {
        &self.packages[self.nodes[node].package]
    }

    /// The interface that a source is, where the node that gives it says so; also for one put
    /// together from the members of one export.
    pub(super) fn provided(&self, source: &Source) -> Option<&str> {
        match source {
            Source::Export { node, name } => {
                let (name, item) = self.package_of(*node).world.exports.get_key_value(name)?;
                Some(interface_of(name, item))
            }
            // A function of an instance, handed on by itself.
            Source::Member(of, _) if !self.is_type(source) => self.provided(of),
            Source::Bundle(parts) => match self.whole_of(parts)? {
                of @ Source::Export { .. } => self.provided(of),
                _ => None,
            },
            _ => None,
        }
    }

    /// The export that an import is put together from, one function of it under another name:
    /// what a link can say.
    pub(super) fn renamed(&self, node: &Node, import: &str) -> Option<(usize, &str)> {
        let Some(Source::Bundle(parts)) = node.args.get(import) else {
            return None;
        };
        let Source::Export { node, name } = self.whole_of(parts)? else {
            return None;
        };
        let mut other = parts.iter().filter(|(part, source)| {
            !self.is_type(source) && !matches!(source, Source::Member(_, name) if name == part)
        });
        let exports = &self.package_of(*node).world.exports;
        let (name, _) = exports.get_key_value(name)?;
        let one = other.next().is_some() && other.next().is_none();
        one.then_some((*node, name.as_str()))
    }

    /// The source that all functions among some parts are members of. Types are left out:
    /// where they come from does not say who is called.
    fn whole_of<'s>(&self, parts: &'s [(String, Source)]) -> Option<&'s Source> {
        let functions = parts.iter().filter(|(_, part)| !self.is_type(part));
        let mut wholes = functions.map(|(_, part)| match part {
            Source::Member(of, _) => Some(&**of),
            _ => None,
        });
        let first = wholes.next()??;
        wholes.all(|of| of == Some(first)).then_some(first)
    }

    /// Whether a source is a type of an instance.
    pub(super) fn is_type(&self, source: &Source) -> bool {
        let Source::Member(of, member) = source else {
            return false;
        };
        let item = match &**of {
            Source::Import(name) => self.world.imports.get(name),
            Source::Export { node, name } => self.package_of(*node).world.exports.get(name),
            _ => None,
        };
        match item.map(|item| &item.ty) {
            Some(ItemType::Instance(interface)) => {
                matches!(interface.members.get(member), Some(Member::Type(_)))
            }
            _ => false,
        }
    }

    /// Adds a component, unless one with the same bytes is there.
    pub fn add_package(&mut self, package: Package<'a>) -> usize {
        let same = |p: &Package<'a>| p.sha256 == package.sha256;
        match self.packages.iter().position(same) {
            Some(position) => position,
            None => {
                self.packages.push(package);
                self.packages.len() - 1
            }
        }
    }

    /// A name for a node that no other has: `base`, `base-2`, …
    pub fn free_name(&self, base: &str) -> String {
        let taken = |name: &str| self.nodes.iter().any(|node| node.name == name);
        plain_name::free(base, "-", taken)
    }

    /// Nodes so that each stands after all that provide for it, else in their order;
    /// `Err` with the nodes of a cycle, each importing from the next.
    pub fn order(&self) -> Result<Vec<usize>, Vec<usize>> {
        let count = self.nodes.len();
        let needs: Vec<Vec<usize>> = self.nodes.iter().map(Node::providers).collect();
        // 0: not seen, 1: on the path, 2: done.
        let mut state = vec![0u8; count];
        let mut order = Vec::with_capacity(count);
        for start in 0..count {
            if state[start] != 0 {
                continue;
            }
            let mut path = vec![(start, 0usize)];
            state[start] = 1;
            while let Some((node, next)) = path.last_mut() {
                if let Some(&provider) = needs[*node].get(*next) {
                    *next += 1;
                    match state[provider] {
                        0 => {
                            state[provider] = 1;
                            path.push((provider, 0));
                        }
                        1 => {
                            let from = path.iter().position(|(n, _)| *n == provider);
                            let cycle = path[from.unwrap_or(0)..].iter().map(|(n, _)| *n);
                            return Err(cycle.collect());
                        }
                        _ => {}
                    }
                } else {
                    state[*node] = 2;
                    order.push(*node);
                    path.pop();
                }
            }
        }
        Ok(order)
    }
}

impl Node {
    /// The nodes that provide for this one, in order of its imports.
    pub fn providers(&self) -> Vec<usize> {
        let mut providers: Vec<usize> = Vec::new();
        for node in self.args.values().flat_map(Source::nodes) {
            if !providers.contains(&node) {
                providers.push(node);
            }
        }
        providers
    }
}
