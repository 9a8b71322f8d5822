//! Sections of a component → [`Component`]. The bytes were validated just before.

use super::component::*;
use super::ids::*;
use super::proposals::{Proposal, Proposals};
use super::read_canon;
use crate::base::ByteRange;
use wasmparser as wp;

type Result<T> = std::result::Result<T, wp::Error>;

impl<'a> Component<'a> {
    pub(super) fn new(id: ComponentId, parent: Option<ComponentId>, start: u64) -> Self {
        Component {
            id,
            parent,
            range: ByteRange::new(start, start),
            definitions: Vec::new(),
            sections: Vec::new(),
            customs: Vec::new(),
            types: None,
        }
    }

    pub(super) fn define(&mut self, offset: u64, kind: DefinitionKind<'a>) {
        self.definitions.push(Definition { offset, kind });
    }

    /// Reads one section. Nested modules and components are defined by the caller.
    pub(super) fn read(&mut self, payload: &wp::Payload<'a>, used: &mut Proposals) -> Result<()> {
        match payload {
            wp::Payload::InstanceSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, instance) = item?;
                    let instance = core_instance(instance);
                    self.define(offset, DefinitionKind::CoreInstance(instance));
                }
            }
            wp::Payload::CoreTypeSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    self.define(item?.0, DefinitionKind::CoreType);
                }
            }
            wp::Payload::ComponentInstanceSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, instance) = item?;
                    let instance = self.instance(instance, used);
                    self.define(offset, DefinitionKind::Instance(instance));
                }
            }
            wp::Payload::ComponentAliasSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, a) = item?;
                    self.define(offset, DefinitionKind::Alias(alias(a)));
                }
            }
            wp::Payload::ComponentTypeSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, ty) = item?;
                    read_canon::type_proposals(&ty, used);
                    let def = match ty {
                        wp::ComponentType::Resource { dtor, .. } => TypeDef::Resource {
                            dtor: dtor.map(CoreFuncIndex),
                        },
                        _ => TypeDef::Other,
                    };
                    self.define(offset, DefinitionKind::Type(def));
                }
            }
            wp::Payload::ComponentCanonicalSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, canon) = item?;
                    let canon = read_canon::canon(canon, used);
                    self.define(offset, DefinitionKind::Canon(canon));
                }
            }
            wp::Payload::ComponentStartSection { start, range } => {
                used.insert(Proposal::ComponentValues);
                self.define(
                    range.start,
                    DefinitionKind::Start {
                        func: FuncIndex(start.func_index),
                        results: start.results,
                    },
                );
            }
            wp::Payload::ComponentImportSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, import) = item?;
                    let sort = sort(import.ty.kind());
                    if sort == Sort::Value {
                        used.insert(Proposal::ComponentValues);
                    }
                    let import = Import {
                        name: extern_name(import.name, used),
                        sort,
                        is_resource: matches!(
                            import.ty,
                            wp::ComponentTypeRef::Type(wp::TypeBounds::SubResource)
                        ),
                    };
                    self.define(offset, DefinitionKind::Import(import));
                }
            }
            wp::Payload::ComponentExportSection(s) => {
                for item in s.clone().into_iter_with_offsets() {
                    let (offset, export) = item?;
                    let export = Export {
                        name: extern_name(export.name, used),
                        item: SortIndex {
                            sort: sort(export.kind),
                            index: export.index,
                        },
                    };
                    if export.item.sort == Sort::Value {
                        used.insert(Proposal::ComponentValues);
                    }
                    self.define(offset, DefinitionKind::Export(export));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn instance(&self, instance: wp::ComponentInstance<'a>, used: &mut Proposals) -> Instance<'a> {
        match instance {
            wp::ComponentInstance::Instantiate {
                component_index,
                args,
            } => Instance::Instantiate {
                component: ComponentIndex(component_index),
                args: args
                    .iter()
                    .map(|arg| {
                        let item = SortIndex {
                            sort: sort(arg.kind),
                            index: arg.index,
                        };
                        (arg.name, item)
                    })
                    .collect(),
            },
            wp::ComponentInstance::FromExports(exports) => Instance::Exports(
                exports
                    .iter()
                    .map(|export| {
                        let item = SortIndex {
                            sort: sort(export.kind),
                            index: export.index,
                        };
                        (extern_name(export.name, used), item)
                    })
                    .collect(),
            ),
        }
    }
}

fn core_instance(instance: wp::Instance<'_>) -> CoreInstance<'_> {
    match instance {
        wp::Instance::Instantiate { module_index, args } => CoreInstance::Instantiate {
            module: CoreModuleIndex(module_index),
            args: args
                .iter()
                .map(|arg| (arg.name, CoreInstanceIndex(arg.index)))
                .collect(),
        },
        wp::Instance::FromExports(exports) => CoreInstance::Exports(
            exports
                .iter()
                .map(|export| {
                    let item = CoreSortIndex {
                        sort: core_sort(export.kind),
                        index: export.index,
                    };
                    (export.name, item)
                })
                .collect(),
        ),
    }
}

fn alias(alias: wp::ComponentAlias<'_>) -> Alias<'_> {
    match alias {
        wp::ComponentAlias::InstanceExport {
            kind,
            instance_index,
            name,
        } => Alias::InstanceExport {
            sort: sort(kind),
            instance: InstanceIndex(instance_index),
            name,
        },
        wp::ComponentAlias::CoreInstanceExport {
            kind,
            instance_index,
            name,
        } => Alias::CoreInstanceExport {
            sort: core_sort(kind),
            instance: CoreInstanceIndex(instance_index),
            name,
        },
        wp::ComponentAlias::Outer { kind, count, index } => Alias::Outer {
            sort: match kind {
                wp::ComponentOuterAliasKind::CoreModule => Some(Sort::CoreModule),
                wp::ComponentOuterAliasKind::CoreType => None,
                wp::ComponentOuterAliasKind::Type => Some(Sort::Type),
                wp::ComponentOuterAliasKind::Component => Some(Sort::Component),
            },
            count,
            index,
        },
    }
}

fn sort(kind: wp::ComponentExternalKind) -> Sort {
    match kind {
        wp::ComponentExternalKind::Module => Sort::CoreModule,
        wp::ComponentExternalKind::Func => Sort::Func,
        wp::ComponentExternalKind::Value => Sort::Value,
        wp::ComponentExternalKind::Type => Sort::Type,
        wp::ComponentExternalKind::Instance => Sort::Instance,
        wp::ComponentExternalKind::Component => Sort::Component,
    }
}

fn core_sort(kind: wp::ExternalKind) -> CoreSort {
    match kind {
        wp::ExternalKind::Func | wp::ExternalKind::FuncExact => CoreSort::Func,
        wp::ExternalKind::Table => CoreSort::Table,
        wp::ExternalKind::Memory => CoreSort::Memory,
        wp::ExternalKind::Global => CoreSort::Global,
        wp::ExternalKind::Tag => CoreSort::Tag,
    }
}

fn extern_name<'a>(name: wp::ComponentExternName<'a>, used: &mut Proposals) -> ExternName<'a> {
    used.insert(name.implements.map(|_| Proposal::ComponentImplements));
    used.insert(name.external_id.map(|_| Proposal::ComponentExternalId));
    used.insert(name.version_suffix.map(|_| Proposal::ComponentCanonNames));
    ExternName {
        name: name.name,
        implements: name.implements,
        version_suffix: name.version_suffix,
        external_id: name.external_id,
    }
}
