//! The shadow stack of compiled code.

use crate::binary::ValType;
use crate::graph::{Const, GlobalRef, MemoryRef, Program};
use std::collections::HashMap;

/// Globals that hold a shadow stack pointer, each with its memory.
///
/// LLVM's convention: a mutable `i32` that starts at an address of the memory, aligned to
/// 16, and is the first such global of the module that defines it or has the name
/// `__stack_pointer` as an import. Frames lie below it and belong to the function that
/// lowers it; nobody else has an address in them unless the function gives it away.
pub(super) fn stack_pointers(program: &Program<'_, '_>) -> HashMap<GlobalRef, MemoryRef> {
    let mut found = HashMap::new();
    let mut modules_done = std::collections::HashSet::new();
    for (index, global) in program.globals.iter().enumerate() {
        let Some(Const::I32(start)) = global.initial else {
            continue;
        };
        let owner = program.core_instance(global.owner);
        let Some(memory) = owner.memories.first().copied().flatten() else {
            continue;
        };
        let candidate = global.mutable
            && global.ty == ValType::I32
            && start >= 1024
            && start % 16 == 0
            && !modules_done.contains(&global.owner);
        if candidate {
            modules_done.insert(global.owner);
            found.insert(GlobalRef::from_index(index), memory);
        }
    }
    found
}
