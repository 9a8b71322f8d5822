//! Core functions without a body: how many results they have.

use crate::binary::CoreItem;
use crate::graph::{CoreFunc, CoreValue, Program};
use std::collections::HashMap;

/// The number of results of every lowered, built-in and host function, from the types under
/// which modules import them.
pub(super) fn results(program: &Program<'_, '_>) -> HashMap<CoreFunc, usize> {
    let mut found = HashMap::new();
    for instance in &program.core_instances {
        let module = program.binary.module(instance.module);
        for (import, value) in module.imports.iter().zip(&instance.imports) {
            if let (CoreValue::Func(func), CoreItem::Func(index)) = (value, import.item)
                && !matches!(func, CoreFunc::Defined(..))
                && let Some(signature) = module.signature(index)
            {
                found.insert(*func, signature.results.len());
            }
        }
    }
    found
}
