//! Proof on a finished binary: that it is what the plan says, and that its order holds.
//!
//! The proof reads the bytes as anybody would and follows every definition; it shares no code
//! with the encoder.

use super::fit::{Place, fits};
use super::wiring::{Source, Wiring};
use crate::binary::world::{ItemType, Side, World, WorldError};
use crate::binary::{Binary, ParseError, Root};
use crate::graph::{ComponentValue, Func, InstanceId, InstanceValue, Item, Program, Resource};
use std::collections::HashMap;

/// Why a binary is not what was planned.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Not valid.
    #[error("the result is not valid: {0}")]
    Invalid(#[from] ParseError),
    /// Types that cannot be read.
    #[error("the types of the result cannot be read: {0}")]
    World(#[from] WorldError),
    /// Not the wiring of the plan.
    #[error("the result is not what was planned: {0}")]
    Wiring(String),
    /// A statement of order that does not hold.
    #[error("{0}")]
    Order(String),
}

/// Proves that bytes are the composition that a wiring says.
pub fn prove(bytes: &[u8], wiring: &Wiring<'_>) -> Result<(), ProofError> {
    let binary = Binary::parse(bytes)?;
    prove_program(&Program::link(&binary), wiring)
}

/// [`prove`] for bytes that are read and linked already.
pub fn prove_program(program: &Program<'_, '_>, wiring: &Wiring<'_>) -> Result<(), ProofError> {
    let binary = program.binary;
    let bytes = binary.bytes;
    let wrong = |what: String| Err(ProofError::Wiring(what));
    let Root::Component(root) = binary.root else {
        return wrong("a core module".to_string());
    };
    let order = wiring
        .order()
        .map_err(|_| ProofError::Wiring("a circle".to_string()))?;
    let made = &program.instance(program.instance_id(0)).children;
    if made.len() != order.len() {
        return wrong(format!(
            "{} instances instead of {}",
            made.len(),
            order.len()
        ));
    }
    let instances: HashMap<usize, InstanceId> =
        order.iter().copied().zip(made.iter().copied()).collect();
    let proof = Proof {
        wiring,
        program,
        instances: &instances,
    };
    for (node, id) in order.iter().zip(made) {
        let it = &wiring.nodes[*node];
        let component = program.instance(*id).component;
        let range = component.map(|component| binary.component(component).range);
        let found = range.and_then(|r| bytes.get(r.start as usize..r.end as usize));
        if found != Some(&*wiring.packages[it.package].bytes) {
            return wrong(format!("`{}` is another component", it.name));
        }
        let args = &program.instance(*id).args;
        if args.len() != it.args.len() {
            return wrong(format!("`{}` is given {} arguments", it.name, args.len()));
        }
        for (name, item) in args {
            let planned = it.args.get(*name);
            if !planned.is_some_and(|source| proof.same(*item, source)) {
                return wrong(format!("`{name}` of `{}` comes from elsewhere", it.name));
            }
        }
    }
    let world = binary.component(root);
    let imports: Vec<&str> = world.imports().map(|import| import.name.name).collect();
    if imports.len() != wiring.world.imports.len()
        || !imports
            .iter()
            .all(|name| wiring.world.imports.contains_key(*name))
    {
        return wrong(format!("it imports {}", imports.join(", ")));
    }
    for import in world.imports() {
        let planned = wiring.world.imports.get(import.name.name);
        let same = planned.is_some_and(|p| {
            p.attributes.implements.as_deref() == import.name.implements
                && p.attributes.external_id.as_deref() == import.name.external_id
                && p.attributes.version_suffix.as_deref() == import.name.version_suffix
        });
        if !same {
            return wrong(format!(
                "the attributes of import `{}` differ",
                import.name.name
            ));
        }
    }
    if !wiring.world.imports.is_empty() {
        same_types(wiring, &world.world()?)?;
    }
    if program.exports.len() != wiring.exports.len() {
        return wrong(format!("{} exports", program.exports.len()));
    }
    for export in &program.exports {
        let planned = wiring.exports.get(export.name.name);
        let same = match export.item {
            crate::graph::RootItem::Item(item) => planned.is_some_and(|planned| {
                proof.same(item, &planned.source)
                    && planned.attributes.implements.as_deref() == export.name.implements
                    && planned.attributes.external_id.as_deref() == export.name.external_id
                    && planned.attributes.version_suffix.as_deref() == export.name.version_suffix
            }),
            crate::graph::RootItem::Core(..) => false,
        };
        if !same {
            return wrong(format!("export `{}` is something else", export.name.name));
        }
    }
    Ok(())
}

/// Whether imports have the planned types: neither less nor more is asked of the outside, and
/// resources are the same.
fn same_types(wiring: &Wiring<'_>, found: &World) -> Result<(), ProofError> {
    let place = |world, name| Place {
        world,
        side: Side::Import,
        name,
    };
    for name in wiring.world.imports.keys() {
        let (planned, found) = (place(&wiring.world, name), place(found, name));
        let same = fits(planned, found).is_ok_and(|pairs| pairs.iter().all(|(a, b)| a == b))
            && fits(found, planned).is_ok();
        if !same {
            let what = format!("the type of import `{name}` differs");
            return Err(ProofError::Wiring(what));
        }
    }
    Ok(())
}

struct Proof<'p, 'a, 'b> {
    wiring: &'p Wiring<'p>,
    program: &'p Program<'a, 'b>,
    instances: &'p HashMap<usize, InstanceId>,
}

impl Proof<'_, '_, '_> {
    /// Whether an item is what a source says.
    fn same(&self, item: Item, source: &Source) -> bool {
        // Value types have no identity; the validator compared their structure.
        if item == Item::Type(None) {
            return self.is_type(source);
        }
        match source {
            Source::Bundle(parts) => match item {
                Item::Instance(value) => match self.program.value(value) {
                    InstanceValue::Exports { items, .. } => {
                        items.len() == parts.len()
                            && parts.iter().all(|(name, part)| {
                                let item = items.get(name.as_str());
                                item.is_some_and(|item| self.same(*item, part))
                            })
                    }
                    _ => false,
                },
                _ => false,
            },
            Source::Import(_) | Source::Member(..)
                if self.outside(item).is_some() && outside_path(source).is_some() =>
            {
                self.outside(item) == outside_path(source)
            }
            _ => self.item(source) == Some(item),
        }
    }

    /// Whether what was planned is a type at all.
    fn is_type(&self, source: &Source) -> bool {
        let exported = |node: usize, name: &str| {
            let item = self.wiring.package_of(node).world.exports.get(name);
            item.is_some_and(|item| matches!(item.ty, ItemType::Type(_)))
        };
        match source {
            Source::Import(name) => {
                let item = self.wiring.world.imports.get(name);
                item.is_some_and(|item| matches!(item.ty, ItemType::Type(_)))
            }
            Source::Export { node, name } => exported(*node, name),
            Source::Member(of, name) => match &**of {
                Source::Node(node) => exported(*node, name),
                _ => self.wiring.is_type(source),
            },
            Source::Node(_) | Source::Bundle(_) => false,
        }
    }

    /// The item that a source inside is.
    fn item(&self, source: &Source) -> Option<Item> {
        match source {
            Source::Node(node) => {
                let instance = self.program.instance(*self.instances.get(node)?);
                Some(Item::Instance(instance.exports))
            }
            Source::Export { node, name } => {
                let instance = self.program.instance(*self.instances.get(node)?);
                self.member(Item::Instance(instance.exports), name)
            }
            Source::Member(of, name) => self.member(self.item(of)?, name),
            Source::Import(_) | Source::Bundle(_) => None,
        }
    }

    fn member(&self, of: Item, name: &str) -> Option<Item> {
        let Item::Instance(value) = of else {
            return None;
        };
        match self.program.value(value) {
            InstanceValue::Exports { items, .. } => items.get(name).copied(),
            _ => None,
        }
    }

    /// The import of the whole that an item is, and the names below it.
    fn outside(&self, item: Item) -> Option<Vec<String>> {
        let host = match item {
            Item::Func(Func::Host(id)) | Item::Component(ComponentValue::Host(id)) => id,
            Item::Type(Some(id)) => match self.program.resources.get(id.index())? {
                Resource::Host(id) => *id,
                Resource::Defined { .. } => return None,
            },
            Item::Instance(value) => match self.program.value(value) {
                InstanceValue::Host(id) => *id,
                _ => return None,
            },
            _ => return None,
        };
        let (import, _) = self.program.host_name(host);
        let mut path = vec![import.name.name.to_string()];
        path.extend(
            self.program
                .host(host)
                .path
                .iter()
                .map(|name| name.to_string()),
        );
        Some(path)
    }
}

fn outside_path(source: &Source) -> Option<Vec<String>> {
    match source {
        Source::Import(name) => Some(vec![name.clone()]),
        Source::Member(of, name) => {
            let mut path = outside_path(of)?;
            path.push(name.clone());
            Some(path)
        }
        _ => None,
    }
}
