//! A composed binary → its wiring: compositions within compositions are taken apart, and
//! what remains are instances of components that have code of their own.

use super::wiring::{Export, Inner, Node, Package, Source, Wiring};
use crate::base::Sha256;
use crate::binary::world::{ItemType, Member, TypeDecl, World, WorldError};
use crate::binary::{Alias, Binary, Component, ComponentId, DefinitionKind, Root, Sort, TypeDef};
use crate::graph::{InstanceId, InstanceValue, Item, Program, RootItem};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Why a binary cannot be taken apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A core module.
    #[error("this is a core module; only a composed component can be taken apart")]
    CoreModule,
    /// It has code of its own.
    #[error("this component has code of its own and is no composition of others")]
    NotComposed,
    /// A component that cannot stand on its own.
    #[error(
        "the component of instance `{0}` uses definitions of the component around it, so it \
         cannot be taken out"
    )]
    NotClosed(String),
    /// A component whose code is not in the file.
    #[error("the component of instance `{0}` is imported: its code is not in this file")]
    Imported(String),
    /// Something passed on that could not be followed.
    #[error("`{name}` of `{of}` could not be followed to where it comes from")]
    Unfollowed {
        /// The instance, or `the whole`.
        of: String,
        /// The import or export.
        name: String,
    },
    /// The program was not followed to its end.
    #[error("the binary could not be followed to its end: {0}")]
    Incomplete(String),
    /// Types that cannot be read.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// Whether a component only instantiates and connects others.
pub fn is_composition(component: &Component<'_>) -> bool {
    component.definitions.iter().all(|d| {
        !matches!(
            d.kind,
            DefinitionKind::CoreModule(_)
                | DefinitionKind::CoreInstance(_)
                | DefinitionKind::Canon(_)
                | DefinitionKind::Start { .. }
                | DefinitionKind::Type(TypeDef::Resource { .. })
        )
    }) && component
        .definitions
        .iter()
        .any(|d| matches!(d.kind, DefinitionKind::Instance(_)))
}

/// Takes a composed binary apart.
pub fn read<'a>(program: &Program<'a, '_>) -> Result<Wiring<'a>, ReadError> {
    let binary = program.binary;
    let Root::Component(root) = binary.root else {
        return Err(ReadError::CoreModule);
    };
    if !is_composition(binary.component(root)) {
        return Err(ReadError::NotComposed);
    }
    let mut reader = Reader {
        program,
        wiring: Wiring::default(),
        packages: HashMap::new(),
        items: HashMap::new(),
    };
    reader.wiring.world = binary.component(root).world()?;
    let exports = std::mem::take(&mut reader.wiring.world.exports);
    let leaves = reader.leaves(program.instance_id(0))?;
    for (node, leaf) in leaves.iter().enumerate() {
        reader.node(node, *leaf)?;
    }
    for (node, leaf) in leaves.iter().enumerate() {
        reader.args(node, *leaf)?;
    }
    for export in &program.exports {
        let name = export.name.name.to_string();
        let RootItem::Item(item) = export.item else {
            continue;
        };
        let source = reader.source(item).ok_or_else(|| ReadError::Unfollowed {
            of: "the whole".to_string(),
            name: name.clone(),
        });
        let attributes = exports.get(&name).map(|e| e.attributes.clone());
        let source = match source {
            Ok(source) => source,
            // A type that is exported on its own: the interfaces that use it bring it along.
            Err(_) if item.sort() == Sort::Type => continue,
            Err(error) => return Err(error),
        };
        reader.wiring.exports.insert(
            name,
            Export {
                attributes: attributes.unwrap_or_default(),
                source,
            },
        );
    }
    Ok(reader.wiring)
}

struct Reader<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    wiring: Wiring<'a>,
    packages: HashMap<ComponentId, usize>,
    /// What leaves export, and where.
    items: HashMap<Item, Source>,
}

impl<'a> Reader<'_, 'a, '_> {
    /// Instances of components with code of their own, in order of instantiation.
    fn leaves(&mut self, at: InstanceId) -> Result<Vec<InstanceId>, ReadError> {
        let mut leaves = Vec::new();
        let mut todo = vec![at];
        while let Some(id) = todo.pop() {
            let instance = self.program.instance(id);
            let Some(component) = instance.component else {
                return Err(ReadError::Imported(instance.path.clone()));
            };
            if is_composition(self.program.binary.component(component)) {
                if id != at {
                    self.wiring.inner.push(Inner {
                        path: instance.path.clone(),
                        name: instance.name.map(str::to_string),
                        bytes: self.bytes(component),
                    });
                }
                todo.extend(instance.children.iter().rev());
            } else {
                leaves.push(id);
            }
        }
        Ok(leaves)
    }

    fn node(&mut self, node: usize, id: InstanceId) -> Result<(), ReadError> {
        let instance = self.program.instance(id);
        let Some(component) = instance.component else {
            return Err(ReadError::Imported(instance.path.clone()));
        };
        let base = match instance.name {
            Some(name) => name.to_string(),
            None => instance.path.trim_start_matches("root/").replace('/', "-"),
        };
        let name = self.wiring.free_name(&base);
        let package = match self.packages.get(&component) {
            Some(package) => *package,
            None => {
                let package = self.package(component, &instance.path, &name)?;
                let package = self.wiring.add_package(package);
                self.packages.insert(component, package);
                package
            }
        };
        self.wiring.nodes.push(Node {
            name,
            path: Some(instance.path.clone()),
            package,
            args: Default::default(),
        });
        let exported = Item::Instance(instance.exports);
        self.items.entry(exported).or_insert(Source::Node(node));
        if let InstanceValue::Exports { items, .. } = self.program.value(instance.exports) {
            for (name, item) in items {
                let source = Source::Export {
                    node,
                    name: name.to_string(),
                };
                self.remember(*item, source);
            }
        }
        Ok(())
    }

    fn remember(&mut self, item: Item, source: Source) {
        if matches!(item, Item::Value | Item::Type(None)) {
            return;
        }
        if let Item::Instance(value) = item
            && let InstanceValue::Exports { items, .. } = self.program.value(value)
        {
            for (name, item) in items {
                if !matches!(item, Item::Value | Item::Type(None)) {
                    let member = Source::Member(Box::new(source.clone()), name.to_string());
                    self.items.entry(*item).or_insert(member);
                }
            }
        }
        self.items.entry(item).or_insert(source);
    }

    fn bytes(&self, id: ComponentId) -> &'a [u8] {
        let binary = self.program.binary;
        let range = binary.component(id).range;
        let bytes = binary.bytes.get(range.start as usize..range.end as usize);
        bytes.unwrap_or_default()
    }

    fn package(&self, id: ComponentId, path: &str, name: &str) -> Result<Package<'a>, ReadError> {
        let binary = self.program.binary;
        let component = binary.component(id);
        if !is_closed(binary, component, 0) {
            return Err(ReadError::NotClosed(path.to_string()));
        }
        let range = component.range;
        let within =
            |inner: &crate::base::ByteRange| range.start <= inner.start && inner.end <= range.end;
        let bytes = self.bytes(id);
        Ok(Package {
            bytes: Cow::Borrowed(bytes),
            sha256: Sha256::of(bytes),
            name: name.to_string(),
            world: Arc::new(component.world()?),
            parts: binary
                .components
                .iter()
                .filter(|c| within(&c.range))
                .count()
                + binary.modules.iter().filter(|m| within(&m.range)).count(),
        })
    }

    fn args(&mut self, node: usize, id: InstanceId) -> Result<(), ReadError> {
        let world = Arc::clone(&self.wiring.package_of(node).world);
        let given: HashMap<&str, Item> = self.program.instance(id).args.iter().copied().collect();
        for (name, item) in &world.imports {
            let source = given.get(name.as_str()).and_then(|item| self.source(*item));
            let source = source.or_else(|| match &item.ty {
                ItemType::Type(decl) => self.type_source(node, decl),
                _ => None,
            });
            let source = source.ok_or_else(|| ReadError::Unfollowed {
                of: self.wiring.nodes[node].name.clone(),
                name: name.clone(),
            })?;
            self.wiring.nodes[node].args.insert(name.clone(), source);
        }
        Ok(())
    }

    /// A type that is imported on its own comes from where its interface comes from.
    fn type_source(&self, node: usize, decl: &TypeDecl) -> Option<Source> {
        let TypeDecl::Same(path) = decl else {
            return None;
        };
        let of = self.wiring.nodes[node].args.get(&path.item)?.clone();
        let member = path.member.clone()?;
        Some(Source::Member(Box::new(of), member))
    }

    fn host(&self, id: crate::graph::HostId) -> Source {
        let (import, _) = self.program.host_name(id);
        let mut source = Source::Import(import.name.name.to_string());
        for name in &self.program.host(id).path {
            source = Source::Member(Box::new(source), name.to_string());
        }
        source
    }

    fn source(&self, item: Item) -> Option<Source> {
        use crate::graph::{ComponentValue, Func, ModuleValue, Resource};
        match item {
            Item::Func(Func::Host(id))
            | Item::CoreModule(ModuleValue::Host(id))
            | Item::Component(ComponentValue::Host(id)) => return Some(self.host(id)),
            Item::Type(Some(id)) => {
                if let Some(Resource::Host(id)) = self.program.resources.get(id.index()) {
                    return Some(self.host(*id));
                }
            }
            Item::Instance(value) => {
                if let InstanceValue::Host(id) = self.program.value(value) {
                    return Some(self.host(*id));
                }
            }
            _ => {}
        }
        if let Some(known) = self.items.get(&item) {
            return Some(known.clone());
        }
        let Item::Instance(value) = item else {
            return None;
        };
        let InstanceValue::Exports { items, .. } = self.program.value(value) else {
            return None;
        };
        let mut parts = Vec::with_capacity(items.len());
        let mut types = Vec::new();
        for (name, item) in items {
            match self.source(*item) {
                Some(source) => parts.push((name.to_string(), source)),
                None if item.sort() == Sort::Type => types.push(*name),
                None => return None,
            }
        }
        // Value types are equal where their structure is: one of the same name, from an
        // instance that gives another part, does.
        for name in types {
            let of = parts.iter().find_map(|(_, source)| match source {
                Source::Member(of, _) if self.has_type(of, name) => Some(of.clone()),
                _ => None,
            })?;
            parts.insert(0, (name.to_string(), Source::Member(of, name.to_string())));
        }
        Some(Source::Bundle(parts))
    }

    fn has_type(&self, of: &Source, name: &str) -> bool {
        let (world, item): (&World, &str) = match of {
            Source::Import(item) => (&self.wiring.world, item),
            Source::Export { node, name } => (&self.wiring.package_of(*node).world, name),
            _ => return false,
        };
        let item = match of {
            Source::Import(_) => world.imports.get(item),
            _ => world.exports.get(item),
        };
        match item.map(|item| &item.ty) {
            Some(ItemType::Instance(interface)) => {
                matches!(interface.members.get(name), Some(Member::Type(_)))
            }
            _ => false,
        }
    }
}

/// Whether nothing in a component refers to what is outside of it.
fn is_closed(binary: &Binary<'_>, component: &Component<'_>, depth: u32) -> bool {
    component.definitions.iter().all(|d| match &d.kind {
        DefinitionKind::Alias(Alias::Outer { count, .. }) => *count <= depth,
        DefinitionKind::Component(id) => is_closed(binary, binary.component(*id), depth + 1),
        _ => true,
    })
}
