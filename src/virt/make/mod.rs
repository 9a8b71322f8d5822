//! An adapter being made: a component that exports what an import of another component is,
//! with functions of core code, of constants, or handed on from outside.
//!
//! The adapter is written flat: its types and functions are exports of its own, and a wrapper
//! of a few bytes exports the instance under the name of the interface. So every type is
//! written once, and methods can name the exported resource (component-model `Explainer.md`,
//! "Import and Export Definitions").

mod code;
mod data;
mod drops;
mod encode;
mod flat;
mod host;
mod layout;
mod memory;
mod needed;
mod pass;
mod wrap;

pub(super) use code::{Code, Fn};
pub(super) use data::{Const, DataError};
use layout::layout_has_memory;
pub(super) use layout::{behind, functions, lowered, ty};
pub(super) use needed::Needed;
pub(super) use pass::Callee;

use super::error::VirtError;
use crate::binary::ValType;
use crate::binary::abi::Params;
use crate::binary::world::{
    Interface, ItemType, Member, Side, Signature, TypeDecl, TypePath, ValueType, World, WorldItem,
};
use crate::compose::names;
use data::Data;
use host::Host;
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// A member of the adapter, in its own names.
#[derive(Clone, Debug)]
enum Made {
    Type(TypeDecl),
    Func(Arc<Signature>, Body),
}

#[derive(Clone, Debug)]
enum Body {
    /// Core code.
    Code(Code),
    /// The function of the import that the adapter stands for.
    Outside,
}

/// An adapter being made for one import, or for several that share their types.
pub(super) struct Maker<'w> {
    /// The world of the component; all types are in its names.
    pub(super) world: &'w World,
    /// The import that the adapter stands for; the first of several.
    pub(super) name: &'w str,
    item: &'w WorldItem,
    /// All imports that it stands for.
    names: Vec<&'w str>,
    needed: Needed,
    data: Data,
    hosts: Vec<Host>,
    own: Vec<Code>,
    members: IndexMap<String, Made>,
    /// Value types of other interfaces, and the names that they have here.
    foreign: HashMap<TypePath, TypePath>,
    /// Whether resources of the import are those of outside.
    around: bool,
    /// Where the types among the members come into being.
    origins: HashMap<String, TypePath>,
    /// Whether owned handles are left alone where handles are dropped.
    keep_owned: bool,
    /// Results that functions with a callback give, in the names of the adapter, and their core
    /// parameters.
    returns: Vec<(Option<Arc<ValueType>>, Vec<wasm_encoder::ValType>)>,
    /// Functions that are lifted with a callback.
    tasks: HashMap<String, pass::Task>,
    /// The cell that counts calls that are under way.
    under_way: Option<u32>,
}

/// How a lifted function is called.
pub(super) struct Shape {
    /// Where each parameter is.
    pub(super) places: Params,
    /// Whether the result is returned by address.
    pub(super) by_address: bool,
    /// Whether it is lifted with a callback, so that what it returns is what to do next.
    is_task: bool,
}

impl<'w> Maker<'w> {
    /// Begins the adapter for an import, with all its types.
    pub(super) fn new(world: &'w World, name: &'w str) -> Result<Maker<'w>, VirtError> {
        Maker::several(world, &[name])
    }

    /// Begins an adapter around an import: its resources are those of outside, so that its
    /// functions can be handed on.
    pub(super) fn around(world: &'w World, name: &'w str) -> Result<Maker<'w>, VirtError> {
        Maker::begin_with(world, &[name], true)
    }

    /// Begins an adapter for several imports that are instances: one instance stands for all
    /// of them. An error if one name has two meanings.
    pub(super) fn several(world: &'w World, names: &[&'w str]) -> Result<Maker<'w>, VirtError> {
        Maker::begin_with(world, names, false)
    }

    fn begin_with(
        world: &'w World,
        names: &[&'w str],
        around: bool,
    ) -> Result<Maker<'w>, VirtError> {
        let name = names.first().copied().unwrap_or_default();
        let item = world.imports.get(name);
        let item = item.ok_or_else(|| VirtError::NoEffect {
            what: "an adapter".to_string(),
            interface: format!("`{name}`"),
        })?;
        let mut maker = Maker {
            world,
            name,
            item,
            names: names.to_vec(),
            needed: Needed::default(),
            data: Data::new(),
            hosts: Vec::new(),
            own: Vec::new(),
            members: IndexMap::new(),
            foreign: HashMap::new(),
            origins: HashMap::new(),
            around,
            keep_owned: false,
            returns: Vec::new(),
            tasks: HashMap::new(),
            under_way: None,
        };
        for item in names {
            let Some(ItemType::Instance(interface)) = world.imports.get(*item).map(|i| &i.ty)
            else {
                continue;
            };
            for (name, member) in &interface.members {
                match member {
                    Member::Type(decl) => maker.declare(item, name, decl)?,
                    Member::Func(_) => {}
                    Member::Other(sort) => {
                        return Err(maker.unsupported(format!("`{name}` is a {}", sort.as_str())));
                    }
                }
            }
        }
        Ok(maker)
    }

    fn stands_for(&self, item: &str) -> bool {
        self.names.contains(&item)
    }

    fn interface(&self) -> Option<&'w Interface> {
        match &self.item.ty {
            ItemType::Instance(interface) => Some(interface),
            _ => None,
        }
    }

    /// Functions of the imports, in order; of an import that is a function, that one.
    pub(super) fn functions(&self) -> Vec<(&'w str, &'w Arc<Signature>)> {
        let of = |name: &&'w str| functions(self.world, name);
        self.names.iter().flat_map(of).collect()
    }

    pub(super) fn unsupported(&self, reason: impl Into<String>) -> VirtError {
        VirtError::Unsupported {
            interface: self.name.to_string(),
            reason: reason.into(),
        }
    }

    fn cannot(&self, error: DataError, function: &str) -> VirtError {
        match error {
            DataError::Type => self.unsupported(format!("the result of `{function}`")),
            DataError::TooLarge => {
                VirtError::Value("the values of an adapter are larger than 1 GiB".to_string())
            }
        }
    }

    /// Whether a resource comes into being in the adapter.
    pub(super) fn is_own(&self, resource: &TypePath) -> bool {
        !self.around && self.stands_for(&self.world.origin(resource).item)
    }

    fn declare(&mut self, item: &str, name: &str, decl: &TypeDecl) -> Result<(), VirtError> {
        let here = TypePath {
            side: Side::Import,
            item: item.to_string(),
            member: Some(name.to_string()),
        };
        let origin = self.world.origin(&here).clone();
        if let Some(known) = self.origins.get(name) {
            return match *known == origin {
                true => Ok(()),
                false => Err(self.unsupported(format!("`{name}` has two meanings"))),
            };
        }
        self.origins.insert(name.to_string(), origin);
        let made = match decl {
            TypeDecl::Resource if self.around => {
                self.needed.add_type(self.world, &here);
                TypeDecl::Same(here)
            }
            TypeDecl::Resource => TypeDecl::Resource,
            TypeDecl::Value(ty) => TypeDecl::Value(self.renamed(ty)?),
            TypeDecl::Same(path) => {
                let origin = self.world.origin(path).clone();
                match self.world.declaration(&origin) {
                    Some(TypeDecl::Value(ty)) if !self.stands_for(&origin.item) => {
                        let ty = self.renamed(ty)?;
                        self.foreign.entry(origin).or_insert_with(|| exported(name));
                        TypeDecl::Value(ty)
                    }
                    _ => TypeDecl::Same(self.path(path)?),
                }
            }
        };
        self.members.insert(name.to_string(), Made::Type(made));
        Ok(())
    }

    /// The name of a type in the adapter.
    fn path(&mut self, path: &TypePath) -> Result<TypePath, VirtError> {
        if self.stands_for(&path.item)
            && let Some(member) = &path.member
        {
            return Ok(exported(member));
        }
        let origin = self.world.origin(path).clone();
        if self.stands_for(&origin.item)
            && let Some(member) = &origin.member
        {
            return Ok(exported(member));
        }
        if let Some(known) = self.foreign.get(&origin) {
            return Ok(known.clone());
        }
        match self.world.declaration(&origin) {
            Some(TypeDecl::Resource) => {
                self.needed.add_type(self.world, &origin);
                Ok(origin)
            }
            Some(TypeDecl::Value(ty)) => {
                let ty = self.renamed(ty)?;
                let mut name = origin.name().to_string();
                while self.members.contains_key(&name) || self.is_member(&name) {
                    name.push_str("-x");
                }
                let made = Made::Type(TypeDecl::Value(ty));
                self.members.insert(name.clone(), made);
                self.foreign.insert(origin, exported(&name));
                Ok(exported(&name))
            }
            _ => Err(self.unsupported(format!("the type `{path}`"))),
        }
    }

    fn is_member(&self, name: &str) -> bool {
        let mut items = self
            .names
            .iter()
            .filter_map(|item| self.world.imports.get(*item));
        items.any(|item| match &item.ty {
            ItemType::Instance(interface) => interface.members.contains_key(name),
            _ => false,
        })
    }

    fn renamed(&mut self, ty: &Arc<ValueType>) -> Result<Arc<ValueType>, VirtError> {
        let item = ItemType::Type(TypeDecl::Value(Arc::clone(ty)));
        match names::rename(&item, &mut |path| self.path(path))? {
            ItemType::Type(TypeDecl::Value(ty)) => Ok(ty),
            _ => Err(self.unsupported("a type")),
        }
    }

    fn add(&mut self, name: &str, signature: &Arc<Signature>, body: Body) -> Result<(), VirtError> {
        let item = ItemType::Func(Arc::clone(signature));
        let ItemType::Func(signature) = names::rename(&item, &mut |path| self.path(path))? else {
            return Err(self.unsupported(format!("the type of `{name}`")));
        };
        let name = self.inner_name(name).to_string();
        if self.members.contains_key(&name) {
            return Err(self.unsupported(format!("`{name}` has two meanings")));
        }
        self.members.insert(name, Made::Func(signature, body));
        Ok(())
    }

    /// What a function is called inside.
    fn inner_name<'n>(&self, name: &'n str) -> &'n str {
        match self.item.ty {
            ItemType::Func(_) => wrap::FUNCTION,
            _ => name,
        }
    }

    /// Makes a function of core code; see [`Maker::begin`].
    pub(super) fn finish(
        &mut self,
        name: &str,
        signature: &Arc<Signature>,
        code: Code,
    ) -> Result<(), VirtError> {
        self.add(name, signature, Body::Code(code))
    }

    /// Hands a function of the import on as it is.
    pub(super) fn hand_on(
        &mut self,
        name: &str,
        signature: &Arc<Signature>,
    ) -> Result<(), VirtError> {
        let member = self.interface().map(|_| name);
        self.needed
            .add_function(self.world, self.name, member, signature);
        self.add(name, signature, Body::Outside)
    }

    /// The code of a function that is lifted, and how it is called.
    pub(super) fn begin(&self, signature: &Signature) -> (Code, Shape) {
        let lowered = lowered(self.world, signature);
        let by_address = lowered.result_pointer.is_some();
        let core = |types: &[ValType]| types.iter().map(|ty| encode::core(*ty)).collect();
        let mut params: Vec<_> = core(&lowered.params);
        let mut results = core(&lowered.results);
        if by_address {
            params.pop();
            results = vec![wasm_encoder::ValType::I32];
        }
        let shape = Shape {
            places: lowered.places,
            by_address,
            is_task: false,
        };
        (Code::new(params, results), shape)
    }

    /// Makes a function that gives a constant, or traps without one.
    pub(super) fn constant(
        &mut self,
        name: &str,
        signature: &Arc<Signature>,
        value: Option<&Const>,
    ) -> Result<(), VirtError> {
        let (mut code, shape) = self.begin(signature);
        self.drop_params(&mut code, signature, &shape);
        if self.takes_memory(signature) {
            code.forget();
        }
        self.give(&mut code, name, signature, value)?;
        self.finish(name, signature, code)
    }

    /// Leaves a constant as the result on the stack.
    pub(super) fn give(
        &mut self,
        code: &mut Code,
        name: &str,
        signature: &Signature,
        value: Option<&Const>,
    ) -> Result<(), VirtError> {
        let (Some(result), value) = (&signature.result, value) else {
            return Ok(());
        };
        let Some(value) = value else {
            code.op(wasm_encoder::Instruction::Unreachable);
            return Ok(());
        };
        let by_address = lowered(self.world, signature).result_pointer.is_some();
        if by_address {
            let at = self.place(name, result, value)?;
            code.i32(at);
        } else {
            match (value, code.results.first()) {
                (Const::Bits(bits), Some(wasm_encoder::ValType::I64)) => code.i64(*bits),
                (Const::Bits(bits), Some(wasm_encoder::ValType::I32)) => code.i32(*bits as u32),
                (Const::Case(case, None), Some(wasm_encoder::ValType::I32)) => code.i32(*case),
                _ => return Err(self.cannot(DataError::Type, name)),
            };
        }
        Ok(())
    }

    /// A constant in static memory: its address. `function` is for messages.
    pub(super) fn place(
        &mut self,
        function: &str,
        of: &ValueType,
        value: &Const,
    ) -> Result<u32, VirtError> {
        let placed = self.data.value(&ty(self.world, of), value);
        placed.map_err(|error| self.cannot(error, function))
    }

    /// Room in static memory: its address.
    pub(super) fn reserve(&mut self, size: u64, align: u32) -> Result<u32, VirtError> {
        let placed = self.data.reserve(size, align);
        placed.map_err(|error| self.cannot(error, "data"))
    }

    /// Bytes in static memory: their address.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<u32, VirtError> {
        let placed = self.data.place(bytes);
        placed.map_err(|error| self.cannot(error, "data"))
    }

    /// Writes into room that was reserved.
    pub(super) fn write(&mut self, at: u32, bytes: &[u8]) {
        self.data.write(at, bytes);
    }

    fn host(&mut self, host: Host) -> Fn {
        let known = self.hosts.iter().position(|known| *known == host);
        Fn::Host(known.unwrap_or_else(|| {
            self.hosts.push(host);
            self.hosts.len() - 1
        }))
    }

    /// A function of the import that the adapter stands for, to be called.
    pub(super) fn outside(&mut self, name: &str, signature: &Arc<Signature>) -> Fn {
        self.outside_of(self.name, name, signature)
    }

    /// A function of any import of the component, to be called.
    pub(super) fn outside_of(&mut self, item: &str, name: &str, signature: &Arc<Signature>) -> Fn {
        let is_instance = self.world.imports.get(item);
        let is_instance = is_instance.is_some_and(|i| matches!(i.ty, ItemType::Instance(_)));
        let member = is_instance.then_some(name);
        self.needed
            .add_function(self.world, item, member, signature);
        self.host(Host::Lower(item.to_string(), member.map(str::to_string)))
    }

    /// `resource.drop`
    pub(super) fn drop_of(&mut self, resource: &TypePath) -> Result<Fn, VirtError> {
        let path = self.path(resource)?;
        Ok(self.host(Host::Drop(path)))
    }

    /// `resource.new` of a resource of the interface.
    pub(super) fn new_of(&mut self, resource: &TypePath) -> Result<Fn, VirtError> {
        let path = self.path(resource)?;
        Ok(self.host(Host::New(path)))
    }

    /// A helper function.
    pub(super) fn helper(&mut self, code: Code) -> Fn {
        self.own.push(code);
        Fn::Own(self.own.len() - 1)
    }

    /// Whether parameters are passed in memory that the adapter gives.
    pub(super) fn takes_memory(&self, signature: &Signature) -> bool {
        let block = matches!(lowered(self.world, signature).places, Params::Block(_));
        let mut params = signature.params.iter();
        block || params.any(|(_, ty)| layout_has_memory(self.world, ty))
    }
}

fn exported(name: &str) -> TypePath {
    TypePath {
        side: Side::Export,
        item: name.to_string(),
        member: None,
    }
}
