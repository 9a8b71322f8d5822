//! Names from `name` and `component-name` sections: for people, never for identity.

use super::component::Component;
use super::ids::FuncId;
use super::module::Module;
use std::collections::BTreeMap;
use wasmparser as wp;

/// Names that a core module carries. Malformed name sections give fewer names, no error:
/// they are no part of what runs.
#[derive(Clone, Debug, Default)]
pub struct ModuleNames<'a> {
    /// Name of the module.
    pub module: Option<&'a str>,
    funcs: BTreeMap<u32, &'a str>,
}

impl<'a> ModuleNames<'a> {
    /// The name of a function, as the compiler wrote it (possibly mangled).
    pub fn func(&self, func: FuncId) -> Option<&'a str> {
        self.funcs.get(&func.0).copied()
    }

    /// Whether any function has a name.
    pub fn is_empty(&self) -> bool {
        self.funcs.is_empty()
    }
}

impl<'a> Module<'a> {
    /// Reads the `name` section.
    pub fn names(&self) -> ModuleNames<'a> {
        let mut names = ModuleNames::default();
        for subsection in self.name_section() {
            match subsection {
                wp::Name::Module { name, .. } => names.module = Some(name),
                wp::Name::Function(map) => {
                    names.funcs = map
                        .into_iter()
                        .filter_map(Result::ok)
                        .map(|n| (n.index, n.name))
                        .collect();
                }
                _ => {}
            }
        }
        names
    }

    /// The name of the module, without reading the names of its functions.
    pub fn name(&self) -> Option<&'a str> {
        self.name_section().find_map(|subsection| match subsection {
            wp::Name::Module { name, .. } => Some(name),
            _ => None,
        })
    }

    fn name_section(&self) -> impl Iterator<Item = wp::Name<'a>> + use<'a> {
        let reader = self.custom("name").map(|custom| {
            wp::NameSectionReader::new(wp::BinaryReader::new(custom.data, custom.range.start))
        });
        reader.into_iter().flatten().map_while(Result::ok)
    }
}

/// Names that a component carries, by index in its index spaces.
#[derive(Clone, Debug, Default)]
pub struct ComponentNames<'a> {
    /// Name of the component.
    pub component: Option<&'a str>,
    /// Names of instances.
    pub instances: BTreeMap<u32, &'a str>,
    /// Names of core instances.
    pub core_instances: BTreeMap<u32, &'a str>,
    /// Names of nested components.
    pub components: BTreeMap<u32, &'a str>,
    /// Names of core modules.
    pub core_modules: BTreeMap<u32, &'a str>,
}

impl<'a> Component<'a> {
    /// Reads the `component-name` section.
    pub fn names(&self) -> ComponentNames<'a> {
        let mut names = ComponentNames::default();
        let Some(custom) = self.custom("component-name") else {
            return names;
        };
        let reader = wp::ComponentNameSectionReader::new(wp::BinaryReader::new(
            custom.data,
            custom.range.start,
        ));
        let collect = |map: wp::NameMap<'a>| {
            map.into_iter()
                .filter_map(Result::ok)
                .map(|n| (n.index, n.name))
                .collect::<BTreeMap<_, _>>()
        };
        for subsection in reader.into_iter().map_while(Result::ok) {
            match subsection {
                wp::ComponentName::Component { name, .. } => names.component = Some(name),
                wp::ComponentName::Instances(map) => names.instances = collect(map),
                wp::ComponentName::CoreInstances(map) => names.core_instances = collect(map),
                wp::ComponentName::Components(map) => names.components = collect(map),
                wp::ComponentName::CoreModules(map) => names.core_modules = collect(map),
                _ => {}
            }
        }
        names
    }
}

/// Whether an import or export of a component may be called so (component-model
/// `Explainer.md`, `importname` and `exportname`).
pub fn is_extern_name(name: &str) -> bool {
    wp::names::ComponentName::new(name, 0).is_ok()
}
