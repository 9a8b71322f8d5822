//! What the adapter exports: of every import of the component that touches what the adapter
//! provides, each member, and where it comes from.

use super::settings::{Io, Standard};
use crate::base::InterfaceName;
use crate::binary::world::{
    ItemType, Member, Side, Signature, TypeDecl, TypePath, ValueType, World,
};
use crate::compose::names;
use crate::virt::error::VirtError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Interfaces that the adapter always provides.
const IO: [&str; 3] = ["wasi:io/error", "wasi:io/poll", "wasi:io/streams"];
/// Interfaces that it provides with files.
const FILES: [&str; 2] = ["wasi:filesystem/types", "wasi:filesystem/preopens"];
/// The version track of everything that the prebuilt modules are made for, but for drafts.
const TRACK: &str = "0.2";
/// Drafts: a package, and the version.
const DRAFTS: [(&str, &str); 1] = [("wasi:keyvalue/", "0.2.0-draft")];
/// Interfaces of a store in memory.
const KEYVALUE: [&str; 3] = [
    "wasi:keyvalue/store",
    "wasi:keyvalue/atomics",
    "wasi:keyvalue/batch",
];

/// Where a member of an exported interface comes from.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A type of the import, or a function that touches no stream: handed on.
    Same,
    /// A type of the adapter: where it is declared.
    Type(TypePath),
    /// A function of the prebuilt module.
    Served(Arc<Signature>),
    /// A wrapper of the import's function.
    Wrapped(Arc<Signature>),
}

/// One exported interface.
#[derive(Clone, Debug)]
pub(super) struct Face {
    /// Its name, as imported.
    pub(super) name: String,
    /// The name without a version, if the prebuilt module provides it.
    pub(super) served: Option<String>,
    pub(super) parts: Vec<(String, Part)>,
}

/// Everything that the adapter exports.
pub(super) struct Faces {
    pub(super) all: Vec<Face>,
    /// Names of wasi:io as imported, by their names without a version.
    pub(super) io: BTreeMap<&'static str, String>,
}

/// The name without its version, if it is of the track that the modules are made for.
pub(super) fn short(name: &str) -> Option<String> {
    let name: InterfaceName = name.parse().ok()?;
    let plain = name.unversioned();
    let draft = DRAFTS
        .iter()
        .find(|(package, _)| plain.starts_with(package));
    let track = draft.map_or(TRACK, |(_, version)| version);
    (name.track().as_deref() == Some(track)).then_some(plain)
}

impl Faces {
    /// A store in memory.
    pub(super) fn keyvalue(
        world: &World,
        stays: &dyn Fn(&str) -> bool,
    ) -> Result<Faces, VirtError> {
        wanted(world, KEYVALUE[0], "a store in memory")?;
        Faces::of(world, KEYVALUE.into_iter().collect(), stays)
    }

    /// Streams, and what of standard streams and files is in memory.
    pub(super) fn io(
        world: &World,
        io: &Io,
        stays: &dyn Fn(&str) -> bool,
    ) -> Result<Faces, VirtError> {
        let mut served: BTreeSet<&str> = IO.into_iter().collect();
        for (interface, what, standard) in io.streams() {
            if *standard != Standard::Host {
                wanted(world, interface, what)?;
                served.insert(interface);
            }
        }
        if io.files.is_some() {
            wanted(world, FILES[1], "files")?;
            served.extend(FILES);
        }
        Faces::of(world, served, stays)
    }

    fn of(
        world: &World,
        served: BTreeSet<&str>,
        stays: &dyn Fn(&str) -> bool,
    ) -> Result<Faces, VirtError> {
        let mut faces = Faces {
            all: Vec::new(),
            io: BTreeMap::new(),
        };
        let mut versions: BTreeMap<String, &String> = BTreeMap::new();
        for name in world.imports.keys() {
            let Some(short) = short(name).filter(|short| served.contains(short.as_str())) else {
                continue;
            };
            if let Some(io) = IO.into_iter().find(|io| *io == short) {
                faces.io.insert(io, name.clone());
            }
            if let Some(other) = versions.insert(short, name) {
                let reason = format!("it is imported at two versions, the other is `{other}`");
                let interface = name.clone();
                return Err(VirtError::Unsupported { interface, reason });
            }
        }
        let roots = versions.into_values().cloned().collect();
        let mut touching = Touching::new(world, roots);
        for (name, item) in &world.imports {
            let short = short(name).filter(|short| served.contains(short.as_str()));
            if short.is_none() && (!touching.item(&item.ty) || !stays(name)) {
                continue;
            }
            let ItemType::Instance(interface) = &item.ty else {
                let reason = "only interfaces can be wrapped".to_string();
                let interface = name.clone();
                return Err(VirtError::Unsupported { interface, reason });
            };
            let mut parts = Vec::with_capacity(interface.members.len());
            for (member, of) in &interface.members {
                let is_served = short.is_some();
                let part = part(&mut touching, name, member, of, is_served, &faces.all);
                let part = part.map_err(|reason| VirtError::Unsupported {
                    interface: name.clone(),
                    reason,
                })?;
                parts.push((member.clone(), part));
            }
            faces.all.push(Face {
                name: name.clone(),
                served: short,
                parts,
            });
        }
        Ok(faces)
    }

    /// Whether the adapter declares the type itself.
    pub(super) fn declares(&self, path: &TypePath) -> bool {
        is_served(&self.all, path)
    }

    /// Whether anything goes on to the host.
    pub(super) fn has_host(&self) -> bool {
        self.all.iter().any(|face| face.served.is_none())
    }
}

fn is_served(faces: &[Face], path: &TypePath) -> bool {
    let mut faces = faces.iter();
    faces.any(|face| face.name == path.item && face.served.is_some())
}

fn wanted(world: &World, interface: &str, what: &str) -> Result<(), VirtError> {
    let mut imports = world.imports.keys();
    match imports.any(|name| short(name).as_deref() == Some(interface)) {
        true => Ok(()),
        false => Err(VirtError::NoEffect {
            what: what.to_string(),
            interface: format!("`{interface}@{TRACK}`"),
        }),
    }
}

fn part(
    touching: &mut Touching<'_>,
    interface: &str,
    name: &str,
    member: &Member,
    served: bool,
    before: &[Face],
) -> Result<Part, String> {
    let path = TypePath {
        side: Side::Import,
        item: interface.to_string(),
        member: Some(name.to_string()),
    };
    Ok(match member {
        Member::Func(signature) if served => Part::Served(Arc::clone(signature)),
        Member::Func(signature) => {
            let item = ItemType::Func(Arc::clone(signature));
            match touching.item(&item) {
                true => Part::Wrapped(Arc::clone(signature)),
                false => Part::Same,
            }
        }
        Member::Type(decl) => {
            let origin = touching.world.origin(&path).clone();
            if served || is_served(before, &origin) {
                Part::Type(origin)
            } else if touching.item(&ItemType::Type(decl.clone())) {
                return Err(format!("the type `{name}` holds a handle of an adapter"));
            } else {
                Part::Same
            }
        }
        Member::Other(sort) => return Err(format!("`{name}` is a {}", sort.as_str())),
    })
}

/// Which types lead to one that the adapter declares.
struct Touching<'w> {
    world: &'w World,
    /// Interfaces that the adapter provides.
    roots: BTreeSet<String>,
    known: BTreeMap<TypePath, bool>,
}

impl<'w> Touching<'w> {
    fn new(world: &'w World, roots: BTreeSet<String>) -> Touching<'w> {
        Touching {
            world,
            roots,
            known: BTreeMap::new(),
        }
    }

    fn item(&mut self, item: &ItemType) -> bool {
        let uses: Vec<TypePath> = names::uses(item).into_iter().cloned().collect();
        uses.iter().any(|path| self.path(path))
    }

    fn path(&mut self, path: &TypePath) -> bool {
        let origin = self.world.origin(path);
        if self.roots.contains(&origin.item) {
            return true;
        }
        if let Some(known) = self.known.get(origin) {
            return *known;
        }
        self.known.insert(origin.clone(), false);
        let origin = origin.clone();
        let found = match self.world.declaration(&origin) {
            Some(TypeDecl::Value(ty)) if !matches!(**ty, ValueType::Primitive(_)) => {
                self.item(&ItemType::Type(TypeDecl::Value(Arc::clone(ty))))
            }
            _ => false,
        };
        self.known.insert(origin, found);
        found
    }
}
