//! What tables hold once all active element segments have run.

use super::build::Builder;
use super::ids::*;
use super::note::Reason;
use super::program::*;
use super::value::*;
use crate::binary::{ConstOp, ElementItems, ElementMode, FuncId};

impl Builder<'_, '_> {
    /// Applies active element segments in the order of instantiation, then decides which
    /// tables are exact: nobody writes them, and nobody outside can reach them.
    pub(super) fn finish_tables(&mut self) {
        for index in 0..self.program.core_instances.len() {
            self.apply_elements(CoreInstanceId(index as u32));
        }
        for index in 0..self.program.core_instances.len() {
            let instance = &self.program.core_instances[index];
            let module = self.program.binary.module(instance.module);
            let written: Vec<_> = module
                .scan
                .written_tables
                .iter()
                .filter_map(|t| instance.tables.get(t.index()).copied().flatten())
                .collect();
            for table in written {
                self.inexact(table);
            }
        }
        let outside: Vec<CoreValue> = self
            .program
            .exports
            .iter()
            .filter_map(|e| match e.item {
                RootItem::Core(value, _) => Some(value),
                RootItem::Item(_) => None,
            })
            .chain(self.program.escaped_core.iter().copied())
            .collect();
        for value in outside {
            if let CoreValue::Table(table) = value {
                self.inexact(table);
            }
        }
    }

    fn inexact(&mut self, table: TableRef) {
        self.program.tables[table.index()].exact = false;
    }

    fn apply_elements(&mut self, id: CoreInstanceId) {
        let module = self
            .program
            .binary
            .module(self.program.core_instance(id).module);
        for element in &module.elements {
            let ElementMode::Active { table, offset } = &element.mode else {
                continue;
            };
            let instance = self.program.core_instance(id);
            let Some(table) = instance.tables.get(table.index()).copied().flatten() else {
                continue;
            };
            let start = match self.program.evaluate(id, offset) {
                Some(Const::I32(start)) => u64::from(start as u32),
                Some(Const::I64(start)) => start as u64,
                _ => {
                    let owner = instance.owner;
                    self.note(owner, Some(module.range.start), Reason::SegmentOffset);
                    self.inexact(table);
                    continue;
                }
            };
            let values = self.program.element_entries(id, &element.items);
            let state = &mut self.program.tables[table.index()];
            for (i, entry) in values.into_iter().enumerate() {
                let slot = start.wrapping_add(i as u64);
                let Some(entry) = entry else { continue };
                if entry.func == CoreFunc::Unknown {
                    state.exact = false;
                }
                // A start function may have called the earlier entry.
                let old = state.slots.insert(slot, entry);
                if old.is_some_and(|old| old.func != entry.func) {
                    state.exact = false;
                }
            }
        }
    }
}

impl Program<'_, '_> {
    /// The entries of an element segment; `None` is a null reference.
    pub(super) fn element_entries(
        &self,
        id: CoreInstanceId,
        items: &ElementItems<'_>,
    ) -> Vec<Option<TableEntry>> {
        let module_id = self.core_instance(id).module;
        let module = self.binary.module(module_id);
        let entry = |func: FuncId| TableEntry {
            func: self.func(id, func),
            ty: module.funcs.get(func.index()).map(|ty| (module_id, *ty)),
        };
        match items {
            ElementItems::Funcs(funcs) => funcs.iter().map(|f| Some(entry(*f))).collect(),
            ElementItems::Exprs(exprs) => exprs
                .iter()
                .map(
                    |expr| match (expr.ops().as_slice(), self.evaluate(id, expr)) {
                        ([ConstOp::RefFunc(func)], _) => Some(entry(*func)),
                        (_, Some(Const::Null)) => None,
                        (_, Some(Const::Func(func))) => Some(TableEntry { func, ty: None }),
                        _ => Some(TableEntry {
                            func: CoreFunc::Unknown,
                            ty: None,
                        }),
                    },
                )
                .collect(),
        }
    }
}
