//! Whether references to functions can get into hands that nobody here sees.

use super::program::*;
use super::value::*;
use crate::binary::{CoreItem, FuncSig, Module, TypeId, ValType};

impl Program<'_, '_> {
    /// Whether code outside of the file can get hold of a function reference other than
    /// through an exported table or a function export: as an argument, a result, the value
    /// of a global, or the payload of an exception. Only core modules can give one away; the
    /// canonical ABI passes none.
    pub(super) fn references_leave(&self) -> bool {
        let imported = self.core_imports().any(|(instance, import, value)| {
            let outside = matches!(
                value,
                CoreValue::Outside(..) | CoreValue::Func(CoreFunc::Host(_))
            );
            outside && can_take(self.binary.module(instance.module), import.item)
        });
        imported
            || self.exports.iter().any(|export| match export.item {
                RootItem::Core(_, item) => match self.binary.root {
                    crate::binary::Root::Module(id) => can_give(self.binary.module(id), item),
                    crate::binary::Root::Component(_) => false,
                },
                RootItem::Item(_) => false,
            })
            || self
                .escaped_core
                .iter()
                .any(|value| self.escaped_gives(*value))
    }

    /// Whether a core item handed to a module whose code is not here gives references away.
    fn escaped_gives(&self, value: CoreValue) -> bool {
        match value {
            CoreValue::Func(CoreFunc::Defined(id, func)) => {
                let module = self.binary.module(self.core_instance(id).module);
                can_give(module, CoreItem::Func(func))
            }
            CoreValue::Global(global) => is_reference(self.global(global).ty),
            CoreValue::Tag => true,
            _ => false,
        }
    }
}

/// Whether a module can put a reference into an import.
fn can_take(module: &Module<'_>, item: CoreItem) -> bool {
    match item {
        CoreItem::Func(func) => signature_has(module.signature(func), |sig| &sig.params),
        CoreItem::Table(_) => true,
        CoreItem::Global(global) => global_has(module, global.index()),
        CoreItem::Tag(tag) => tag_has(module, module.tags.get(tag.index())),
        CoreItem::Memory(_) => false,
    }
}

/// Whether an export can hand out a reference. Tables are inexact once exported: whoever
/// reaches them reaches everything.
fn can_give(module: &Module<'_>, item: CoreItem) -> bool {
    match item {
        CoreItem::Func(func) => signature_has(module.signature(func), |sig| &sig.results),
        CoreItem::Global(global) => global_has(module, global.index()),
        CoreItem::Tag(tag) => tag_has(module, module.tags.get(tag.index())),
        CoreItem::Table(_) | CoreItem::Memory(_) => false,
    }
}

fn global_has(module: &Module<'_>, index: usize) -> bool {
    module
        .globals
        .get(index)
        .is_some_and(|g| is_reference(g.ty))
}

fn tag_has(module: &Module<'_>, ty: Option<&TypeId>) -> bool {
    signature_has(ty.and_then(|ty| module.type_signature(*ty)), |s| &s.params)
}

fn signature_has(sig: Option<&FuncSig>, types: impl Fn(&FuncSig) -> &[ValType]) -> bool {
    sig.is_some_and(|sig| types(sig).iter().any(|ty| is_reference(*ty)))
}

/// Whether a value of the type can be or contain a function. An `externref` is opaque.
fn is_reference(ty: ValType) -> bool {
    matches!(ty, ValType::FuncRef | ValType::OtherRef)
}
