//! A component being written: definitions of one kind in a row share a section.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentExternName, ComponentImportSection, ComponentInstanceSection,
    ComponentNameSection, ComponentOuterAliasKind, ComponentSection, ComponentTypeEncoder,
    ComponentTypeRef, ComponentTypeSection, ExportKind, NameMap, RawSection,
};

/// The section under way.
pub(super) enum Open {
    None,
    Types(ComponentTypeSection),
    Imports(ComponentImportSection),
    Instances(ComponentInstanceSection),
    Aliases(ComponentAliasSection),
    Exports(ComponentExportSection),
    Canonical(CanonicalFunctionSection),
}

/// The id of a component section (component-model `Binary.md`).
const COMPONENT_SECTION: u8 = 4;

/// Counts of the index spaces that compositions use.
#[derive(Default)]
struct Counts {
    types: u32,
    funcs: u32,
    values: u32,
    components: u32,
    instances: u32,
    modules: u32,
    core_instances: u32,
    core_funcs: u32,
    core_memories: u32,
    core_globals: u32,
}

/// A component under way.
pub(crate) struct Out {
    component: Component,
    pub(super) open: Open,
    counts: Counts,
    component_names: NameMap,
    instance_names: NameMap,
}

macro_rules! section {
    ($self:ident, $variant:ident, $section:ty) => {{
        if !matches!($self.open, Open::$variant(_)) {
            $self.flush();
            $self.open = Open::$variant(<$section>::new());
        }
        match &mut $self.open {
            Open::$variant(section) => section,
            _ => return 0,
        }
    }};
}

pub(super) use section;

impl Out {
    pub(crate) fn new() -> Out {
        Out {
            component: Component::new(),
            open: Open::None,
            counts: Counts::default(),
            component_names: NameMap::new(),
            instance_names: NameMap::new(),
        }
    }

    pub(super) fn flush(&mut self) {
        match std::mem::replace(&mut self.open, Open::None) {
            Open::None => {}
            Open::Types(section) => self.section(&section),
            Open::Imports(section) => self.section(&section),
            Open::Instances(section) => self.section(&section),
            Open::Aliases(section) => self.section(&section),
            Open::Exports(section) => self.section(&section),
            Open::Canonical(section) => self.section(&section),
        }
    }

    pub(super) fn section(&mut self, section: &impl ComponentSection) {
        self.component.section(section);
    }

    /// The next index of core instances.
    pub(super) fn next_core_instance(&mut self) -> u32 {
        self.counts.core_instances += 1;
        self.counts.core_instances - 1
    }

    /// The next index of a core kind. Tables and tags are never aliased.
    pub(super) fn next_core(&mut self, kind: ExportKind) -> u32 {
        let count = match kind {
            ExportKind::Memory => &mut self.counts.core_memories,
            ExportKind::Global => &mut self.counts.core_globals,
            _ => &mut self.counts.core_funcs,
        };
        *count += 1;
        *count - 1
    }

    /// The next index of a kind.
    pub(super) fn next(&mut self, kind: ComponentExportKind) -> u32 {
        let count = match kind {
            ComponentExportKind::Module => &mut self.counts.modules,
            ComponentExportKind::Func => &mut self.counts.funcs,
            ComponentExportKind::Value => &mut self.counts.values,
            ComponentExportKind::Type => &mut self.counts.types,
            ComponentExportKind::Instance => &mut self.counts.instances,
            ComponentExportKind::Component => &mut self.counts.components,
        };
        *count += 1;
        *count - 1
    }

    pub(crate) fn component(&mut self, name: &str, bytes: &[u8]) -> u32 {
        self.flush();
        self.section(&RawSection {
            id: COMPONENT_SECTION,
            data: bytes,
        });
        let index = self.next(ComponentExportKind::Component);
        self.component_names.append(index, name);
        index
    }

    pub(crate) fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32 {
        write(section!(self, Types, ComponentTypeSection).ty());
        self.next(ComponentExportKind::Type)
    }

    pub(crate) fn import(
        &mut self,
        name: ComponentExternName<'_>,
        ty: ComponentTypeRef,
        kind: ComponentExportKind,
    ) -> u32 {
        section!(self, Imports, ComponentImportSection).import(name, ty);
        self.next(kind)
    }

    pub(crate) fn instantiate(
        &mut self,
        name: &str,
        component: u32,
        args: Vec<(&str, ComponentExportKind, u32)>,
    ) -> u32 {
        section!(self, Instances, ComponentInstanceSection).instantiate(component, args);
        let index = self.next(ComponentExportKind::Instance);
        self.instance_names.append(index, name);
        index
    }

    pub(crate) fn bundle(&mut self, items: Vec<(&str, ComponentExportKind, u32)>) -> u32 {
        section!(self, Instances, ComponentInstanceSection).export_items(items);
        self.next(ComponentExportKind::Instance)
    }

    pub(crate) fn alias(&mut self, instance: u32, name: &str, kind: ComponentExportKind) -> u32 {
        section!(self, Aliases, ComponentAliasSection).alias(Alias::InstanceExport {
            instance,
            kind,
            name,
        });
        self.next(kind)
    }

    pub(crate) fn export(
        &mut self,
        name: ComponentExternName<'_>,
        kind: ComponentExportKind,
        index: u32,
    ) -> u32 {
        section!(self, Exports, ComponentExportSection).export(name, kind, index, None);
        self.next(kind)
    }

    /// Exports a function with a type of its own, which names the exported types.
    pub(crate) fn export_func(&mut self, name: &str, index: u32, ty: u32) -> u32 {
        let ty = Some(ComponentTypeRef::Func(ty));
        let kind = ComponentExportKind::Func;
        section!(self, Exports, ComponentExportSection).export(name, kind, index, ty);
        self.next(kind)
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.flush();
        let mut names = ComponentNameSection::new();
        if !self.component_names.is_empty() {
            names.components(&self.component_names);
        }
        if !self.instance_names.is_empty() {
            names.instances(&self.instance_names);
        }
        if !names.is_empty() {
            self.component.section(&names);
        }
        self.component.finish()
    }
}

/// An alias of a type of the component around an instance type.
pub(crate) fn outer_type(index: u32) -> Alias<'static> {
    Alias::Outer {
        kind: ComponentOuterAliasKind::Type,
        count: 1,
        index,
    }
}
