//! A composition → bytes. Writes what a [`Wiring`] says and decides nothing.

mod core;
mod out;
mod types;

use super::wiring::{Source, Wiring};
use crate::binary::world::{Attributes, ItemType, Member};
use indexmap::IndexMap;
use std::collections::HashMap;
use types::kind_of;
use wasm_encoder::{ComponentExportKind as Kind, ComponentExternName};

pub(crate) use out::Out;
pub(crate) use types::{Imports, Scope, defined, function, imported, value};

/// Why a composition cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The nodes import from each other in a circle.
    #[error("these instances import from each other in a circle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// The imports take types from each other in a circle.
    #[error("the types of the import `{0}` lead back to it")]
    CircularTypes(String),
    /// A type that no import declares.
    #[error("no import of the whole declares the type `{0}`")]
    UnknownType(String),
    /// Something that cannot be imported yet.
    #[error("`{name}` is a {sort}: imports of that sort cannot be composed")]
    Unsupported {
        /// Its name.
        name: String,
        /// What it is.
        sort: &'static str,
    },
    /// A source that is not there.
    #[error("there is no {0}")]
    NoSource(String),
}

/// Writes a composition as a component. The same wiring gives the same bytes.
///
/// Imports come first, then components in the order of their first use, instances so that
/// each stands after its providers, and exports. Names of instances and components go into
/// the name section.
pub fn encode(wiring: &Wiring<'_>) -> Result<Vec<u8>, EncodeError> {
    let order = wiring.order().map_err(|cycle| {
        let mut names: Vec<String> = cycle
            .iter()
            .map(|n| wiring.nodes[*n].name.clone())
            .collect();
        names.extend(names.first().cloned());
        EncodeError::Cycle(names)
    })?;
    let mut imports = Imports::new(&wiring.world);
    let mut out = Out::new();
    imports.write(&mut out)?;
    let mut encoder = Encoder {
        wiring,
        out,
        imports,
        packages: HashMap::new(),
        nodes: HashMap::new(),
        done: HashMap::new(),
    };
    for node in order {
        encoder.node(node)?;
    }
    encoder.exports()?;
    Ok(encoder.out.finish())
}

struct Encoder<'w, 'a> {
    wiring: &'w Wiring<'a>,
    out: Out,
    imports: Imports<'w>,
    /// Package → component index.
    packages: HashMap<usize, u32>,
    /// Node → instance index.
    nodes: HashMap<usize, u32>,
    /// Sources that have an index.
    done: HashMap<Source, (Kind, u32)>,
}

impl Encoder<'_, '_> {
    fn node(&mut self, node: usize) -> Result<(), EncodeError> {
        let it = &self.wiring.nodes[node];
        let package = &self.wiring.packages[it.package];
        let component = match self.packages.get(&it.package) {
            Some(index) => *index,
            None => {
                let index = self.out.component(&package.name, &package.bytes);
                self.packages.insert(it.package, index);
                index
            }
        };
        let mut args = Vec::with_capacity(it.args.len());
        for (name, source) in &it.args {
            let (kind, index) = self.source(source)?;
            args.push((name.as_str(), kind, index));
        }
        let index = self.out.instantiate(&it.name, component, args);
        self.nodes.insert(node, index);
        Ok(())
    }

    /// The index of a source, aliased once.
    fn source(&mut self, source: &Source) -> Result<(Kind, u32), EncodeError> {
        if let Some(done) = self.done.get(source) {
            return Ok(*done);
        }
        let done = match source {
            Source::Import(name) => {
                let item = self.imports.items.get(name.as_str());
                *item.ok_or_else(|| EncodeError::NoSource(format!("import `{name}`")))?
            }
            Source::Node(node) => (Kind::Instance, self.instance(*node)?),
            Source::Export { node, name } => {
                let instance = self.instance(*node)?;
                let exports = &self.wiring.package_of(*node).world.exports;
                let kind = exports.get(name).map(|item| kind_of(&item.ty));
                let kind = kind.ok_or_else(|| {
                    let node = &self.wiring.nodes[*node].name;
                    EncodeError::NoSource(format!("export `{name}` of `{node}`"))
                })?;
                (kind, self.out.alias(instance, name, kind))
            }
            Source::Member(of, name) => {
                let (_, instance) = self.source(of)?;
                let kind = self.member_kind(of, name);
                let kind = kind.ok_or_else(|| EncodeError::NoSource(format!("member `{name}`")))?;
                (kind, self.out.alias(instance, name, kind))
            }
            Source::Bundle(parts) => {
                let mut items = Vec::with_capacity(parts.len());
                for (name, source) in parts {
                    let (kind, index) = self.source(source)?;
                    items.push((name.as_str(), kind, index));
                }
                (Kind::Instance, self.out.bundle(items))
            }
        };
        self.done.insert(source.clone(), done);
        Ok(done)
    }

    fn instance(&self, node: usize) -> Result<u32, EncodeError> {
        let index = self.nodes.get(&node).copied();
        index.ok_or_else(|| EncodeError::NoSource(format!("instance #{node}")))
    }

    fn member_kind(&self, of: &Source, name: &str) -> Option<Kind> {
        let (items, item): (&IndexMap<_, _>, &str) = match of {
            Source::Import(item) => (&self.wiring.world.imports, item),
            Source::Export { node, name } => (&self.wiring.package_of(*node).world.exports, name),
            Source::Node(node) => {
                let exports = &self.wiring.package_of(*node).world.exports;
                return exports.get(name).map(|item| kind_of(&item.ty));
            }
            Source::Bundle(parts) => {
                let (_, part) = parts.iter().find(|(part, _)| part == name)?;
                return self.done.get(part).map(|(kind, _)| *kind);
            }
            Source::Member(..) => return None,
        };
        match &items.get(item)?.ty {
            ItemType::Instance(interface) => Some(match interface.members.get(name)? {
                Member::Func(_) => Kind::Func,
                Member::Type(_) => Kind::Type,
                Member::Other(sort) => kind_of(&ItemType::Other(*sort)),
            }),
            _ => None,
        }
    }

    fn exports(&mut self) -> Result<(), EncodeError> {
        for (name, export) in &self.wiring.exports {
            let (kind, index) = self.source(&export.source)?;
            let name = extern_name(name, &export.attributes);
            self.out.export(name, kind, index);
        }
        Ok(())
    }
}

/// A name with its attributes.
fn extern_name<'n>(name: &'n str, attributes: &'n Attributes) -> ComponentExternName<'n> {
    let optional = |text: &'n Option<String>| text.as_deref().map(Into::into);
    ComponentExternName {
        name: name.into(),
        implements: optional(&attributes.implements),
        version_suffix: optional(&attributes.version_suffix),
        external_id: optional(&attributes.external_id),
    }
}
