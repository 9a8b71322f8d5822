//! A core module as the root: its imports are the host's.

use super::build::Builder;
use super::program::*;
use super::value::*;
use crate::binary::{CoreItem, CoreSort, ExternName, ModuleId, Shape, ShapeItem};

impl<'a> Builder<'a, '_> {
    /// Instantiates a core module with nothing but the host around it. Imports are grouped
    /// by their first-level name, in order of first appearance.
    pub(super) fn root_module(&mut self, id: ModuleId) {
        let module = self.program.binary.module(id);
        let root = self.new_instance("root".to_string(), None, None, None, None, Vec::new());
        let mut imports = Vec::with_capacity(module.imports.len());
        let mut groups: std::collections::HashMap<&str, usize> = Default::default();
        for import in &module.imports {
            let position = *groups.entry(import.module).or_insert_with(|| {
                self.program.imports.push(RootImport {
                    name: ExternName {
                        name: import.module,
                        ..ExternName::default()
                    },
                    sort: None,
                    shape: Shape::Instance(Vec::new()),
                });
                self.program.imports.len() - 1
            });
            let (sort, shape) = match import.item {
                CoreItem::Func(_) => (CoreSort::Func, Shape::Func { is_async: false }),
                CoreItem::Table(_) => (CoreSort::Table, Shape::Value),
                CoreItem::Memory(_) => (CoreSort::Memory, Shape::Value),
                CoreItem::Global(_) => (CoreSort::Global, Shape::Value),
                CoreItem::Tag(_) => (CoreSort::Tag, Shape::Value),
            };
            if let Shape::Instance(items) = &mut self.program.imports[position].shape {
                items.push(ShapeItem {
                    name: import.name.to_string(),
                    shape,
                });
            }
            let host = self.host(position, vec![import.name]);
            imports.push(match sort {
                CoreSort::Func => CoreValue::Func(CoreFunc::Host(host)),
                _ => CoreValue::Outside(sort, Some(host)),
            });
        }
        let core = self.add_core(root, "root/m0".to_string(), None, id, imports);
        for export in &module.exports {
            let value = self.program.core_item(core, export.item);
            self.program.exports.push(RootExport {
                name: ExternName {
                    name: export.name,
                    ..ExternName::default()
                },
                item: RootItem::Core(value, export.item),
                shape: None,
            });
        }
    }
}
