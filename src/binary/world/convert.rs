//! The validator's types → [`World`].

use super::*;
use crate::binary::component::Component;
use crate::binary::{ExternName, Sort};
use std::collections::HashMap;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId,
    ComponentItem, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

/// How many parts the types of one component may have when names are taken apart.
const MAX_PARTS: usize = 1_000_000;

/// Why the world of a component cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// A function uses a resource that no import or export names.
    #[error("`{0}` uses a resource type that no import or export names")]
    UnnamedResource(String),
    /// Types that are too large, taken apart.
    #[error("the types of the component have more than {MAX_PARTS} parts")]
    TooLarge,
    /// The validator has no type for a name. Cannot happen in a validated component.
    #[error("there is no type for `{0}`")]
    NoType(String),
}

struct Reader<'c> {
    types: TypesRef<'c>,
    named: HashMap<ComponentAnyTypeId, TypePath>,
    resources: HashMap<ResourceId, TypePath>,
    parts: usize,
    at: String,
}

impl Component<'_> {
    /// Imports and exports with their types.
    pub fn world(&self) -> Result<World, WorldError> {
        let mut world = World::default();
        let Some(types) = &self.types else {
            return Ok(world);
        };
        let mut reader = Reader {
            types: types.0.as_ref(),
            named: HashMap::new(),
            resources: HashMap::new(),
            parts: 0,
            at: String::new(),
        };
        for import in self.imports() {
            let name = import.name.name;
            let item = reader.types.component_item_for_import(name);
            let item = reader.item(Side::Import, &import.name, item)?;
            world.imports.insert(name.to_string(), item);
        }
        for export in self.exports() {
            let name = export.name.name;
            let item = reader.types.component_item_for_export(name);
            let item = reader.item(Side::Export, &export.name, item)?;
            world.exports.insert(name.to_string(), item);
        }
        Ok(world)
    }
}

impl<'c> Reader<'c> {
    fn item(
        &mut self,
        side: Side,
        name: &ExternName<'_>,
        item: Option<&'c ComponentItem>,
    ) -> Result<WorldItem, WorldError> {
        self.at = name.name.to_string();
        let item = item.ok_or_else(|| WorldError::NoType(self.at.clone()))?;
        let path = TypePath {
            side,
            item: name.name.to_string(),
            member: None,
        };
        let ty = match item.ty {
            ComponentEntityType::Instance(id) => {
                let ty = self.types.get(id);
                let ty = ty.ok_or_else(|| WorldError::NoType(self.at.clone()))?;
                let mut members = IndexMap::new();
                for (member, item) in &ty.exports {
                    self.at = format!("{}.{member}", name.name);
                    let path = TypePath {
                        member: Some(member.clone()),
                        ..path.clone()
                    };
                    let member_type = match self.entity(path, item)? {
                        ItemType::Type(decl) => Member::Type(decl),
                        ItemType::Func(signature) => Member::Func(signature),
                        ItemType::Instance(_) => Member::Other(Sort::Instance),
                        ItemType::Other(sort) => Member::Other(sort),
                    };
                    members.insert(member.clone(), member_type);
                }
                ItemType::Instance(Interface { members })
            }
            _ => self.entity(path, item)?,
        };
        Ok(WorldItem {
            attributes: Attributes {
                implements: name.implements.map(str::to_string),
                version_suffix: name.version_suffix.map(str::to_string),
                external_id: name.external_id.map(str::to_string),
            },
            ty,
        })
    }

    fn entity(&mut self, path: TypePath, item: &ComponentItem) -> Result<ItemType, WorldError> {
        Ok(match item.ty {
            ComponentEntityType::Module(_) => ItemType::Other(Sort::CoreModule),
            ComponentEntityType::Value(_) => ItemType::Other(Sort::Value),
            ComponentEntityType::Component(_) => ItemType::Other(Sort::Component),
            ComponentEntityType::Instance(_) => ItemType::Other(Sort::Instance),
            ComponentEntityType::Func(id) => ItemType::Func(self.signature(id)?),
            ComponentEntityType::Type {
                referenced,
                created,
            } => {
                let decl = self.declare(referenced, created)?;
                if let ComponentAnyTypeId::Resource(id) = created {
                    self.resources
                        .entry(id.resource())
                        .or_insert_with(|| path.clone());
                }
                self.named.insert(created, path);
                decl.map_or(ItemType::Other(Sort::Type), ItemType::Type)
            }
        })
    }

    /// What a type export or import says: `None` for a type of a function or instance.
    fn declare(
        &mut self,
        referenced: ComponentAnyTypeId,
        created: ComponentAnyTypeId,
    ) -> Result<Option<TypeDecl>, WorldError> {
        if let Some(path) = self.name_of(referenced) {
            return Ok(Some(TypeDecl::Same(path)));
        }
        Ok(match created {
            ComponentAnyTypeId::Resource(id) => {
                let known = self.resources.get(&id.resource());
                Some(known.map_or(TypeDecl::Resource, |path| TypeDecl::Same(path.clone())))
            }
            ComponentAnyTypeId::Defined(id) => {
                let defined = self.types.get(id);
                let defined = defined.ok_or_else(|| WorldError::NoType(self.at.clone()))?;
                Some(TypeDecl::Value(self.defined(defined)?))
            }
            _ => None,
        })
    }

    /// The name under which a type is known, or one that it is an alias of.
    fn name_of(&self, mut id: ComponentAnyTypeId) -> Option<TypePath> {
        loop {
            if let Some(path) = self.named.get(&id) {
                return Some(path.clone());
            }
            id = self.types.peel_alias(id)?;
        }
    }

    fn signature(&mut self, id: ComponentFuncTypeId) -> Result<Arc<Signature>, WorldError> {
        let ty = self.types.get(id);
        let ty = ty.ok_or_else(|| WorldError::NoType(self.at.clone()))?;
        let mut params = Vec::with_capacity(ty.params.len());
        for (name, ty) in &ty.params {
            params.push((name.to_string(), self.value(*ty)?));
        }
        Ok(Arc::new(Signature {
            params,
            result: self.payload(ty.result)?,
            is_async: ty.async_,
        }))
    }

    fn payload(
        &mut self,
        ty: Option<ComponentValType>,
    ) -> Result<Option<Arc<ValueType>>, WorldError> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    /// Types nest at most 100 deep in a validated component, so that this ends.
    fn value(&mut self, ty: ComponentValType) -> Result<Arc<ValueType>, WorldError> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(WorldError::TooLarge);
        }
        match ty {
            ComponentValType::Primitive(p) => {
                Ok(Arc::new(ValueType::Primitive(Primitive::from(p))))
            }
            ComponentValType::Type(id) => {
                if let Some(path) = self.name_of(ComponentAnyTypeId::Defined(id)) {
                    return Ok(Arc::new(ValueType::Named(path)));
                }
                let defined = self.types.get(id);
                let defined = defined.ok_or_else(|| WorldError::NoType(self.at.clone()))?;
                self.defined(defined)
            }
        }
    }

    fn defined(&mut self, defined: &ComponentDefinedType) -> Result<Arc<ValueType>, WorldError> {
        use ComponentDefinedType as D;

        Ok(Arc::new(match defined {
            D::Primitive(p) => ValueType::Primitive(Primitive::from(*p)),
            D::Record(record) => {
                let mut fields = Vec::with_capacity(record.fields.len());
                for (name, ty) in &record.fields {
                    fields.push((name.to_string(), self.value(*ty)?));
                }
                ValueType::Record(fields)
            }
            D::Variant(variant) => {
                let mut cases = Vec::with_capacity(variant.cases.len());
                for (name, case) in &variant.cases {
                    cases.push((name.to_string(), self.payload(case.ty)?));
                }
                ValueType::Variant(cases)
            }
            D::List { element, .. } => ValueType::List(self.value(*element)?),
            D::FixedLengthList {
                element, length, ..
            } => ValueType::FixedList(self.value(*element)?, *length),
            D::Map { key, value, .. } => ValueType::Map(self.value(*key)?, self.value(*value)?),
            D::Tuple(tuple) => {
                let mut types = Vec::with_capacity(tuple.types.len());
                for ty in &tuple.types {
                    types.push(self.value(*ty)?);
                }
                ValueType::Tuple(types)
            }
            D::Flags(flags) => ValueType::Flags(flags.iter().map(|n| n.to_string()).collect()),
            D::Enum(cases) => ValueType::Enum(cases.iter().map(|n| n.to_string()).collect()),
            D::Option { ty, .. } => ValueType::Option(self.value(*ty)?),
            D::Result { ok, err, .. } => ValueType::Result(self.payload(*ok)?, self.payload(*err)?),
            D::Own(id) => ValueType::Own(self.resource(*id)?),
            D::Borrow(id) => ValueType::Borrow(self.resource(*id)?),
            D::Future { ty, .. } => ValueType::Future(self.payload(*ty)?),
            D::Stream { ty, .. } => ValueType::Stream(self.payload(*ty)?),
        }))
    }

    fn resource(
        &self,
        id: wasmparser::component_types::AliasableResourceId,
    ) -> Result<TypePath, WorldError> {
        let named = self.name_of(ComponentAnyTypeId::Resource(id));
        let named = named.or_else(|| self.resources.get(&id.resource()).cloned());
        named.ok_or_else(|| WorldError::UnnamedResource(self.at.clone()))
    }
}

impl From<wasmparser::PrimitiveValType> for Primitive {
    fn from(primitive: wasmparser::PrimitiveValType) -> Primitive {
        use wasmparser::PrimitiveValType as P;
        match primitive {
            P::Bool => Primitive::Bool,
            P::S8 => Primitive::S8,
            P::U8 => Primitive::U8,
            P::S16 => Primitive::S16,
            P::U16 => Primitive::U16,
            P::S32 => Primitive::S32,
            P::U32 => Primitive::U32,
            P::S64 => Primitive::S64,
            P::U64 => Primitive::U64,
            P::F32 => Primitive::F32,
            P::F64 => Primitive::F64,
            P::Char => Primitive::Char,
            P::String => Primitive::String,
            P::ErrorContext => Primitive::ErrorContext,
        }
    }
}
