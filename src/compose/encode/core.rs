//! The core parts of a component being written.

use super::out::{Open, Out, section};
use wasm_encoder::ComponentExportKind as Kind;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, ComponentAliasSection, ExportKind,
    InstanceSection, Module, ModuleArg, ModuleSection, RawSection,
};

/// The id of a section with a core module (component-model `Binary.md`).
const CORE_MODULE_SECTION: u8 = 1;

impl Out {
    /// Adds a core module: its index.
    pub(crate) fn core_module(&mut self, module: &Module) -> u32 {
        self.flush();
        self.section(&ModuleSection(module));
        self.next(Kind::Module)
    }

    /// Adds a core module that is written already: its index.
    pub(crate) fn core_module_bytes(&mut self, bytes: &[u8]) -> u32 {
        self.flush();
        self.section(&RawSection {
            id: CORE_MODULE_SECTION,
            data: bytes,
        });
        self.next(Kind::Module)
    }

    /// Instantiates a core module with instances under names.
    pub(crate) fn core_instance(&mut self, module: u32, args: &[(&str, u32)]) -> u32 {
        self.flush();
        let mut section = InstanceSection::new();
        let args = args
            .iter()
            .map(|(name, index)| (*name, ModuleArg::Instance(*index)));
        section.instantiate(module, args);
        self.section(&section);
        self.next_core_instance()
    }

    /// A core instance put together from parts.
    pub(crate) fn core_bundle(&mut self, items: &[(String, ExportKind, u32)]) -> u32 {
        self.flush();
        let mut section = InstanceSection::new();
        let items = items
            .iter()
            .map(|(name, kind, index)| (name.as_str(), *kind, *index));
        section.export_items(items);
        self.section(&section);
        self.next_core_instance()
    }

    /// An export of a core instance: its index among those of its kind.
    pub(crate) fn core_alias(&mut self, instance: u32, name: &str, kind: ExportKind) -> u32 {
        section!(self, Aliases, ComponentAliasSection).alias(Alias::CoreInstanceExport {
            instance,
            kind,
            name,
        });
        self.next_core(kind)
    }

    /// A core function made by a canonical definition.
    pub(crate) fn canon(&mut self, write: impl FnOnce(&mut CanonicalFunctionSection)) -> u32 {
        write(section!(self, Canonical, CanonicalFunctionSection));
        self.next_core(ExportKind::Func)
    }

    /// Lifts a core function.
    pub(crate) fn lift(&mut self, core: u32, ty: u32, options: Vec<CanonicalOption>) -> u32 {
        section!(self, Canonical, CanonicalFunctionSection).lift(core, ty, options);
        self.next(Kind::Func)
    }
}
