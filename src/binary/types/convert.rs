//! The validator's types → [`Ty`].

use super::{FuncType, ResourceName, Ty, TyKind};
use crate::binary::component::Component;
use crate::binary::ids::{FuncIndex, TypeIndex};
use crate::binary::world;
use std::collections::HashMap;
use std::sync::Arc;
use wasmparser::PrimitiveValType as Primitive;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentItem, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

/// Types nest at most 100 deep in a validated component.
const MAX_DEPTH: u32 = 200;

/// Reads types of one component, converting each shared type once.
pub struct TypeReader<'c> {
    types: Option<TypesRef<'c>>,
    values: HashMap<ComponentDefinedTypeId, Ty>,
    primitives: Vec<(Primitive, Ty)>,
    funcs: HashMap<ComponentFuncTypeId, Arc<FuncType>>,
    imports: Vec<&'c str>,
    resources: Option<HashMap<ResourceId, Arc<str>>>,
}

impl Component<'_> {
    /// A reader of this component's types.
    pub fn type_reader(&self) -> TypeReader<'_> {
        TypeReader {
            types: self.types.as_ref().map(|types| types.0.as_ref()),
            values: HashMap::new(),
            primitives: Vec::new(),
            funcs: HashMap::new(),
            imports: self.imports().map(|import| import.name.name).collect(),
            resources: None,
        }
    }

    /// The type of a function of this component's index space. For many of them, use one
    /// [`Component::type_reader`].
    pub fn func_type(&self, func: FuncIndex) -> Option<Arc<FuncType>> {
        self.type_reader().func(func)
    }
}

impl<'c> TypeReader<'c> {
    /// The type of a function of the component's index space, as `canon lower` names it.
    pub fn func(&mut self, func: FuncIndex) -> Option<Arc<FuncType>> {
        let types = self.types?;
        if func.0 >= types.component_function_count() {
            return None;
        }
        self.func_by_id(types.component_function_at(func.0))
    }

    /// The function type at a type index, as `canon lift` names it.
    pub fn func_at_type(&mut self, ty: TypeIndex) -> Option<Arc<FuncType>> {
        let types = self.types?;
        if ty.0 >= types.component_type_count() {
            return None;
        }
        match types.component_any_type_at(ty.0) {
            ComponentAnyTypeId::Func(id) => self.func_by_id(id),
            _ => None,
        }
    }

    /// The type of an imported function: the import, then export names of nested instances.
    pub fn import(&mut self, path: &[&str]) -> Option<Arc<FuncType>> {
        let (first, below) = path.split_first()?;
        let item = self.types?.component_item_for_import(first)?;
        self.below(item, below)
    }

    /// The type of an exported function: the export, then export names of nested instances.
    pub fn export(&mut self, path: &[&str]) -> Option<Arc<FuncType>> {
        let (first, below) = path.split_first()?;
        let item = self.types?.component_item_for_export(first)?;
        self.below(item, below)
    }

    fn below(&mut self, mut item: &'c ComponentItem, path: &[&str]) -> Option<Arc<FuncType>> {
        let types = self.types?;
        for name in path {
            let ComponentEntityType::Instance(id) = item.ty else {
                return None;
            };
            item = types.get(id)?.exports.get(*name)?;
        }
        match item.ty {
            ComponentEntityType::Func(id) => self.func_by_id(id),
            _ => None,
        }
    }

    fn func_by_id(&mut self, id: ComponentFuncTypeId) -> Option<Arc<FuncType>> {
        if let Some(done) = self.funcs.get(&id) {
            return Some(Arc::clone(done));
        }
        let ty = self.types?.get(id)?;
        let mut params = Vec::with_capacity(ty.params.len());
        for (name, ty) in &ty.params {
            params.push((name.to_string(), self.value(*ty, 0)?));
        }
        let result = match ty.result {
            Some(ty) => Some(self.value(ty, 0)?),
            None => None,
        };
        let done = Arc::new(FuncType {
            params,
            result,
            is_async: ty.async_,
        });
        self.funcs.insert(id, Arc::clone(&done));
        Some(done)
    }

    fn value(&mut self, ty: ComponentValType, depth: u32) -> Option<Ty> {
        if depth > MAX_DEPTH {
            return None;
        }
        let id = match ty {
            ComponentValType::Primitive(primitive) => return Some(self.primitive(primitive)),
            ComponentValType::Type(id) => id,
        };
        if let Some(done) = self.values.get(&id) {
            return Some(done.clone());
        }
        let kind = match self.types?.get(id)? {
            ComponentDefinedType::Primitive(primitive) => {
                return Some(self.primitive(*primitive));
            }
            defined => self.defined(defined, depth + 1)?,
        };
        let done = Ty::new(kind);
        self.values.insert(id, done.clone());
        Some(done)
    }

    fn defined(&mut self, defined: &ComponentDefinedType, depth: u32) -> Option<TyKind> {
        use ComponentDefinedType as D;
        Some(match defined {
            D::Primitive(primitive) => self.primitive(*primitive).kind().clone(),
            D::Record(record) => {
                let mut fields = Vec::with_capacity(record.fields.len());
                for (name, ty) in &record.fields {
                    fields.push((name.to_string(), self.value(*ty, depth)?));
                }
                TyKind::Record(fields)
            }
            D::Variant(variant) => {
                let mut cases = Vec::with_capacity(variant.cases.len());
                for (name, case) in &variant.cases {
                    cases.push((name.to_string(), self.payload(case.ty, depth)?));
                }
                TyKind::Variant(cases)
            }
            D::List { element, .. } => TyKind::List(self.value(*element, depth)?),
            D::FixedLengthList {
                element, length, ..
            } => TyKind::FixedList(self.value(*element, depth)?, *length),
            D::Map { key, value, .. } => {
                let key = self.value(*key, depth)?;
                let value = self.value(*value, depth)?;
                let entry = Ty::new(TyKind::Tuple(vec![key.clone(), value.clone()]));
                TyKind::Map { key, value, entry }
            }
            D::Tuple(tuple) => {
                let mut types = Vec::with_capacity(tuple.types.len());
                for ty in &tuple.types {
                    types.push(self.value(*ty, depth)?);
                }
                TyKind::Tuple(types)
            }
            D::Flags(names) => TyKind::Flags(names.iter().map(|n| n.to_string()).collect()),
            D::Enum(names) => TyKind::Enum(names.iter().map(|n| n.to_string()).collect()),
            D::Option { ty, .. } => TyKind::Option(self.value(*ty, depth)?),
            D::Result { ok, err, .. } => TyKind::Result {
                ok: self.payload(*ok, depth)?,
                err: self.payload(*err, depth)?,
            },
            D::Own(id) => TyKind::Own(self.resource(id.resource())),
            D::Borrow(id) => TyKind::Borrow(self.resource(id.resource())),
            D::Future { ty, .. } => TyKind::Future(self.payload(*ty, depth)?),
            D::Stream { ty, .. } => TyKind::Stream(self.payload(*ty, depth)?),
        })
    }

    /// `Some(None)` for no payload; `None` when it could not be read.
    fn payload(&mut self, ty: Option<ComponentValType>, depth: u32) -> Option<Option<Ty>> {
        match ty {
            Some(ty) => self.value(ty, depth).map(Some),
            None => Some(None),
        }
    }

    fn primitive(&mut self, primitive: Primitive) -> Ty {
        if let Some((_, done)) = self.primitives.iter().find(|(p, _)| *p == primitive) {
            return done.clone();
        }
        let done = Ty::new(world::Primitive::from(primitive).into());
        self.primitives.push((primitive, done.clone()));
        done
    }

    /// The first name under which an import brings a resource in.
    fn resource(&mut self, id: ResourceId) -> ResourceName {
        let (types, imports) = (self.types, &self.imports);
        let names = self.resources.get_or_insert_with(|| {
            let mut names = HashMap::new();
            let Some(types) = types else {
                return names;
            };
            let mut add = |name: &str, item: &ComponentItem| {
                if let ComponentEntityType::Type { created, .. } = item.ty
                    && let ComponentAnyTypeId::Resource(id) = created
                {
                    names.entry(id.resource()).or_insert_with(|| name.into());
                }
            };
            for import in imports {
                let Some(item) = types.component_item_for_import(import) else {
                    continue;
                };
                add(import, item);
                if let ComponentEntityType::Instance(id) = item.ty
                    && let Some(instance) = types.get(id)
                {
                    for (name, item) in &instance.exports {
                        add(name, item);
                    }
                }
            }
            names
        });
        ResourceName(names.get(&id).cloned())
    }
}

impl From<world::Primitive> for TyKind {
    fn from(primitive: world::Primitive) -> TyKind {
        use world::Primitive as P;
        match primitive {
            P::Bool => TyKind::Bool,
            P::S8 => TyKind::S8,
            P::U8 => TyKind::U8,
            P::S16 => TyKind::S16,
            P::U16 => TyKind::U16,
            P::S32 => TyKind::S32,
            P::U32 => TyKind::U32,
            P::S64 => TyKind::S64,
            P::U64 => TyKind::U64,
            P::F32 => TyKind::F32,
            P::F64 => TyKind::F64,
            P::Char => TyKind::Char,
            P::String => TyKind::String,
            P::ErrorContext => TyKind::ErrorContext,
        }
    }
}
