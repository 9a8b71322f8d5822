//! Core instances: imports given, tables, memories and globals made, constants computed.

use super::build::Builder;
use super::frame::CoreInstanceValue;
use super::ids::*;
use super::note::Reason;
use super::program::*;
use super::value::*;
use crate::binary::{self, ComponentId, ConstExpr, ConstOp, CoreItem, CoreSort, ModuleId, ValType};
use std::collections::HashMap;

fn sort_of_item(item: CoreItem) -> CoreSort {
    match item {
        CoreItem::Func(_) => CoreSort::Func,
        CoreItem::Table(_) => CoreSort::Table,
        CoreItem::Memory(_) => CoreSort::Memory,
        CoreItem::Global(_) => CoreSort::Global,
        CoreItem::Tag(_) => CoreSort::Tag,
    }
}

impl<'a> Builder<'a, '_> {
    /// Makes a core instance from an expression and pushes it on the index space.
    pub(super) fn core_instance(
        &mut self,
        at: InstanceId,
        component: ComponentId,
        offset: u64,
        instance: &binary::CoreInstance<'a>,
    ) {
        let value = match instance {
            binary::CoreInstance::Exports(exports) => CoreInstanceValue::Exports(
                exports
                    .iter()
                    .map(|(name, item)| (*name, self.core_value(at, offset, item.sort, item.index)))
                    .collect(),
            ),
            binary::CoreInstance::Instantiate { module, args } => {
                let index = self.frame(at).core_instances.len() as u32;
                let name = self.names_of(component).core_instances.get(&index).copied();
                let module = self.frame(at).core_modules.get(module.index()).copied();
                self.instantiate_core(at, offset, name, module, args)
            }
        };
        self.frame(at).core_instances.push(value);
    }

    fn instantiate_core(
        &mut self,
        at: InstanceId,
        offset: u64,
        name: Option<&'a str>,
        module: Option<ModuleValue>,
        args: &[(&'a str, binary::CoreInstanceIndex)],
    ) -> CoreInstanceValue<'a> {
        let number = self.frame(at).core_instantiations;
        self.frame(at).core_instantiations += 1;
        let id = match module {
            Some(ModuleValue::Defined(id)) if !self.full() => id,
            Some(ModuleValue::Host(host)) => {
                let name = self.program.host_name(host).0.name.name.to_string();
                self.note(at, Some(offset), Reason::ImportedModule(name));
                self.escape_args(at, args);
                return CoreInstanceValue::Outside(Some(host));
            }
            Some(ModuleValue::Defined(_)) => {
                self.note(at, Some(offset), Reason::TooManyInstances);
                self.escape_args(at, args);
                return CoreInstanceValue::Outside(None);
            }
            Some(ModuleValue::Unknown) | None => {
                self.escape_args(at, args);
                return CoreInstanceValue::Outside(None);
            }
        };
        let module = self.program.binary.module(id);
        self.work += module.imports.len() + module.globals.len() + module.tables.len();
        self.work += module.elements.iter().map(|e| e.items.len()).sum::<usize>();
        self.work += (module.bodies.len() + module.scan.len()) / 8;
        let args: HashMap<_, _> = args.iter().copied().collect();
        let imports = module
            .imports
            .iter()
            .map(|import| {
                let given = args.get(import.module);
                let sort = sort_of_item(import.item);
                let value = given.and_then(|i| self.arg(at, i.index(), sort, import.name));
                value.unwrap_or_else(|| {
                    let what = format!("core import `{}` `{}`", import.module, import.name);
                    self.note(at, Some(import.offset), Reason::Dangling(what));
                    CoreValue::Outside(sort, None)
                })
            })
            .collect();
        let path = format!("{}/m{number}", self.program.instance(at).path);
        CoreInstanceValue::Instance(self.add_core(at, path, name, id, imports))
    }

    fn arg(
        &mut self,
        at: InstanceId,
        instance: usize,
        sort: CoreSort,
        name: &'a str,
    ) -> Option<CoreValue> {
        match self.frames[at.index()].core_instances.get(instance)? {
            CoreInstanceValue::Instance(id) => self.module_export(*id, name),
            CoreInstanceValue::Exports(items) => items.get(name).copied(),
            CoreInstanceValue::Outside(host) => {
                let host = (*host)?;
                let Host { import, mut path } = self.program.host(host).clone();
                path.push(name);
                let below = self.host(import, path);
                Some(match sort {
                    CoreSort::Func => CoreValue::Func(CoreFunc::Host(below)),
                    _ => CoreValue::Outside(sort, Some(below)),
                })
            }
        }
    }

    fn escape_args(&mut self, at: InstanceId, args: &[(&'a str, binary::CoreInstanceIndex)]) {
        for (_, index) in args {
            match self.frames[at.index()].core_instances.get(index.index()) {
                Some(CoreInstanceValue::Exports(items)) => {
                    let values: Vec<_> = items.values().copied().collect();
                    self.program.escaped_core.extend(values);
                }
                Some(CoreInstanceValue::Instance(id)) => {
                    let id = *id;
                    let module = self.program.core_instance(id).module;
                    for export in &self.program.binary.module(module).exports {
                        let value = self.module_export(id, export.name);
                        self.program.escaped_core.extend(value);
                    }
                }
                _ => {}
            }
        }
    }

    /// What a core instance exports under `name`.
    pub(super) fn module_export(&self, id: CoreInstanceId, name: &str) -> Option<CoreValue> {
        let module = self.program.core_instance(id).module;
        let item = self.program.binary.module(module).export(name)?;
        Some(self.program.core_item(id, item))
    }

    /// Adds a core instance and what its module defines.
    pub(super) fn add_core(
        &mut self,
        owner: InstanceId,
        path: String,
        name: Option<&'a str>,
        module_id: ModuleId,
        imports: Vec<CoreValue>,
    ) -> CoreInstanceId {
        let module = self.program.binary.module(module_id);
        let id = CoreInstanceId(self.program.core_instances.len() as u32);
        let mut instance = CoreInstance {
            path,
            owner,
            name: name.or_else(|| module.name()),
            module: module_id,
            imports,
            imported_funcs: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
        };
        for value in &instance.imports {
            match value {
                CoreValue::Func(func) => instance.imported_funcs.push(*func),
                CoreValue::Table(table) => instance.tables.push(Some(*table)),
                CoreValue::Memory(memory) => instance.memories.push(Some(*memory)),
                CoreValue::Global(global) => instance.globals.push(Some(*global)),
                CoreValue::Tag => {}
                CoreValue::Outside(CoreSort::Func, host) => {
                    let func = host.map_or(CoreFunc::Unknown, CoreFunc::Host);
                    instance.imported_funcs.push(func);
                }
                CoreValue::Outside(CoreSort::Table, _) => instance.tables.push(None),
                CoreValue::Outside(CoreSort::Memory, _) => instance.memories.push(None),
                CoreValue::Outside(CoreSort::Global, _) => instance.globals.push(None),
                CoreValue::Outside(CoreSort::Tag, _) => {}
            }
        }
        let program = &mut self.program;
        for ty in &module.memories[module.imported_memories as usize..] {
            instance
                .memories
                .push(Some(MemoryRef(program.memories.len() as u32)));
            program.memories.push(MemoryState { owner: id, ty: *ty });
        }
        program.core_instances.push(instance);
        program.instances[owner.index()].core.push(id);
        // Globals may refer to earlier ones, so each is computed once those stand.
        for global in &module.globals[module.imported_globals as usize..] {
            let initial = global.init.as_ref().and_then(|e| program.evaluate(id, e));
            let global_ref = GlobalRef(program.globals.len() as u32);
            program.globals.push(GlobalState {
                owner: id,
                ty: global.ty,
                mutable: global.mutable,
                initial,
            });
            program.core_instances[id.index()]
                .globals
                .push(Some(global_ref));
        }
        for table in &module.tables[module.imported_tables as usize..] {
            let table_ref = TableRef(program.tables.len() as u32);
            program.core_instances[id.index()]
                .tables
                .push(Some(table_ref));
            // A table that starts full of one function is rare enough not to be spelled out.
            let exact = match &table.init {
                None => true,
                Some(init) => program.evaluate(id, init) == Some(Const::Null),
            };
            program.tables.push(TableState {
                owner: id,
                slots: Default::default(),
                exact: exact && table.holds_functions,
            });
        }
        id
    }
}

impl<'a> Program<'a, '_> {
    /// An item of a core instance's index spaces, imports followed.
    pub fn core_item(&self, id: CoreInstanceId, item: CoreItem) -> CoreValue {
        let instance = self.core_instance(id);
        fn find<T: Copy>(space: &[Option<T>], index: usize) -> Option<T> {
            space.get(index).copied().flatten()
        }
        let found = match item {
            CoreItem::Func(func) => Some(CoreValue::Func(self.func(id, func))),
            CoreItem::Table(i) => find(&instance.tables, i.index()).map(CoreValue::Table),
            CoreItem::Memory(i) => find(&instance.memories, i.index()).map(CoreValue::Memory),
            CoreItem::Global(i) => find(&instance.globals, i.index()).map(CoreValue::Global),
            CoreItem::Tag(_) => Some(CoreValue::Tag),
        };
        found.unwrap_or(CoreValue::Outside(sort_of_item(item), None))
    }

    /// The value of a constant expression in a core instance; `None` when it depends on
    /// something outside or on what is not followed.
    pub fn evaluate(&self, id: CoreInstanceId, expr: &ConstExpr<'_>) -> Option<Const> {
        let mut stack = Vec::new();
        for op in expr.ops() {
            let value = match op {
                ConstOp::I32(v) => Const::I32(v),
                ConstOp::I64(v) => Const::I64(v),
                ConstOp::F32(v) => Const::F32(v),
                ConstOp::F64(v) => Const::F64(v),
                ConstOp::RefNull => Const::Null,
                ConstOp::RefFunc(func) => Const::Func(self.func(id, func)),
                ConstOp::GlobalGet(global) => {
                    let global = self.core_instance(id).globals.get(global.index());
                    let state = &self.globals[global.copied().flatten()?.index()];
                    state.initial.filter(|_| !state.mutable)?
                }
                ConstOp::Add => arithmetic(&mut stack, i32::wrapping_add, i64::wrapping_add)?,
                ConstOp::Sub => arithmetic(&mut stack, i32::wrapping_sub, i64::wrapping_sub)?,
                ConstOp::Mul => arithmetic(&mut stack, i32::wrapping_mul, i64::wrapping_mul)?,
                ConstOp::Other => return None,
            };
            stack.push(value);
        }
        stack.pop()
    }

    /// The value of an immutable global, or the initial one of a mutable global.
    pub fn global(&self, id: GlobalRef) -> &GlobalState {
        &self.globals[id.index()]
    }

    /// Type of a global's value, for reports.
    pub fn global_type(&self, id: GlobalRef) -> ValType {
        self.globals[id.index()].ty
    }
}

fn arithmetic(
    stack: &mut Vec<Const>,
    narrow: fn(i32, i32) -> i32,
    wide: fn(i64, i64) -> i64,
) -> Option<Const> {
    let right = stack.pop()?;
    let left = stack.pop()?;
    match (left, right) {
        (Const::I32(a), Const::I32(b)) => Some(Const::I32(narrow(a, b))),
        (Const::I64(a), Const::I64(b)) => Some(Const::I64(wide(a, b))),
        _ => None,
    }
}
