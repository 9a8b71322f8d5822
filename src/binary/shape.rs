//! What imports and exports contain, from the validated types.

use super::component::Component;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentItem};
use wasmparser::types::TypesRef;

/// What an import or export is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A core module.
    CoreModule,
    /// A function.
    Func {
        /// Whether its type is `async`.
        is_async: bool,
    },
    /// A value.
    Value,
    /// A resource type.
    Resource,
    /// Any other type.
    Type,
    /// An instance and what it exports, in order.
    Instance(Vec<ShapeItem>),
    /// A component.
    Component,
}

/// A named part of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeItem {
    /// Export name.
    pub name: String,
    /// What it is.
    pub shape: Shape,
}

impl Component<'_> {
    /// The shape of the import called `name`.
    pub fn import_shape(&self, name: &str) -> Option<Shape> {
        let types = self.types.as_ref()?.0.as_ref();
        Some(shape(types.component_item_for_import(name)?, types))
    }

    /// The shape of the export called `name`.
    pub fn export_shape(&self, name: &str) -> Option<Shape> {
        let types = self.types.as_ref()?.0.as_ref();
        Some(shape(types.component_item_for_export(name)?, types))
    }
}

/// Instances nest at most as deep as the validator lets types nest.
fn shape(item: &ComponentItem, types: TypesRef<'_>) -> Shape {
    match item.ty {
        ComponentEntityType::Module(_) => Shape::CoreModule,
        ComponentEntityType::Func(id) => Shape::Func {
            is_async: types.get(id).is_some_and(|f| f.async_),
        },
        ComponentEntityType::Value(_) => Shape::Value,
        ComponentEntityType::Type { referenced, .. } => match referenced {
            ComponentAnyTypeId::Resource(_) => Shape::Resource,
            _ => Shape::Type,
        },
        ComponentEntityType::Instance(id) => {
            let exports = types.get(id).map(|ty| {
                ty.exports
                    .iter()
                    .map(|(name, item)| ShapeItem {
                        name: name.clone(),
                        shape: shape(item, types),
                    })
                    .collect()
            });
            Shape::Instance(exports.unwrap_or_default())
        }
        ComponentEntityType::Component(_) => Shape::Component,
    }
}
