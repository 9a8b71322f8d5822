//! What core code of an adapter calls outside of itself.

use crate::binary::world::TypePath;
use wasm_encoder::{CanonicalFunctionSection, ValType};

/// A function of outside that core code calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A function of an import: the import, and the member if it is an instance.
    Lower(String, Option<String>),
    /// `resource.drop`
    Drop(TypePath),
    /// `resource.new`
    New(TypePath),
    /// A function of an import, called without blocking.
    LowerAsync(String, Option<String>),
    /// `task.return`: a position among the results of the adapter.
    TaskReturn(usize),
    /// `task.cancel`
    TaskCancel,
    /// `waitable-set.new`
    SetNew,
    /// `waitable-set.drop`
    SetDrop,
    /// `waitable.join`
    Join,
    /// `subtask.cancel`, which waits until it is done.
    SubtaskCancel,
    /// `subtask.drop`
    SubtaskDrop,
    /// `context.get` of the first word.
    ContextGet,
    /// `context.set` of the first word.
    ContextSet,
}

/// A builtin without a type.
pub(super) fn builtin(canon: &mut CanonicalFunctionSection, host: &Host) {
    match host {
        Host::TaskCancel => canon.task_cancel(),
        Host::SetNew => canon.waitable_set_new(),
        Host::SetDrop => canon.waitable_set_drop(),
        Host::Join => canon.waitable_join(),
        Host::SubtaskCancel => canon.subtask_cancel(false),
        Host::SubtaskDrop => canon.subtask_drop(),
        Host::ContextGet => canon.context_get(ValType::I32, 0),
        _ => canon.context_set(ValType::I32, 0),
    };
}
