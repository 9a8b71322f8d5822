//! Sections of a core module → [`Module`]. The bytes were validated just before.

use super::constexpr::ConstExpr;
use super::ids::*;
use super::module::*;
use super::proposals::{Proposal, Proposals};
use crate::base::ByteRange;
use wasmparser as wp;

type Result<T> = std::result::Result<T, wp::Error>;

impl<'a> Module<'a> {
    pub(super) fn new(id: ModuleId, parent: Option<ComponentId>, start: u64) -> Self {
        Module {
            id,
            parent,
            range: ByteRange::new(start, start),
            types: Vec::new(),
            imports: Vec::new(),
            funcs: Vec::new(),
            imported_funcs: 0,
            tables: Vec::new(),
            imported_tables: 0,
            memories: Vec::new(),
            imported_memories: 0,
            globals: Vec::new(),
            imported_globals: 0,
            tags: Vec::new(),
            imported_tags: 0,
            exports: Vec::new(),
            export_index: Default::default(),
            start: None,
            elements: Vec::new(),
            data: Vec::new(),
            bodies: Vec::new(),
            scan: Default::default(),
            sections: Vec::new(),
            customs: Vec::new(),
        }
    }

    /// Reads one section; sections that hold nothing the model needs are left alone.
    pub(super) fn read(&mut self, payload: &wp::Payload<'a>, used: &mut Proposals) -> Result<()> {
        match payload {
            wp::Payload::TypeSection(s) => self.read_types(s.clone(), used),
            wp::Payload::ImportSection(s) => self.read_imports(s.clone(), used),
            wp::Payload::FunctionSection(s) => {
                for ty in s.clone() {
                    self.funcs.push(TypeId(ty?));
                }
                Ok(())
            }
            wp::Payload::TableSection(s) => {
                for table in s.clone() {
                    let table = table?;
                    let init = match table.init {
                        wp::TableInit::RefNull => None,
                        wp::TableInit::Expr(expr) => Some(const_expr(expr, used)),
                    };
                    self.push_table(&table.ty, init, used);
                }
                Ok(())
            }
            wp::Payload::MemorySection(s) => {
                for memory in s.clone() {
                    self.push_memory(&memory?, used);
                }
                Ok(())
            }
            wp::Payload::TagSection(s) => {
                for tag in s.clone() {
                    used.insert(Proposal::Exceptions);
                    self.tags.push(TypeId(tag?.func_type_idx));
                }
                Ok(())
            }
            wp::Payload::GlobalSection(s) => {
                for global in s.clone() {
                    let global = global?;
                    let init = const_expr(global.init_expr, used);
                    self.push_global(&global.ty, Some(init), used);
                }
                Ok(())
            }
            wp::Payload::ExportSection(s) => self.read_exports(s.clone(), used),
            wp::Payload::StartSection { func, .. } => {
                self.start = Some(FuncId(*func));
                Ok(())
            }
            wp::Payload::ElementSection(s) => self.read_elements(s.clone(), used),
            wp::Payload::DataSection(s) => self.read_data(s.clone(), used),
            _ => Ok(()),
        }
    }

    fn read_types(
        &mut self,
        section: wp::TypeSectionReader<'a>,
        used: &mut Proposals,
    ) -> Result<()> {
        for group in section {
            let group = group?;
            if group.is_explicit_rec_group() {
                used.insert(Proposal::Gc);
            }
            for ty in group.types() {
                let open = !ty.is_final || ty.supertype_idx.is_some();
                if open {
                    used.insert(Proposal::Gc);
                }
                if ty.composite_type.shared {
                    used.insert(Proposal::SharedEverythingThreads);
                }
                self.types.push(match &ty.composite_type.inner {
                    wp::CompositeInnerType::Func(func) => {
                        if func.results().len() > 1 {
                            used.insert(Proposal::MultiValue);
                        }
                        let concrete =
                            func.params().iter().chain(func.results()).any(
                                |t| matches!(t, wp::ValType::Ref(r) if r.type_index().is_some()),
                            );
                        if concrete {
                            used.insert(Proposal::FunctionReferences);
                        }
                        CoreType::Func(FuncSig {
                            params: func.params().iter().map(|t| val_type(*t)).collect(),
                            results: func.results().iter().map(|t| val_type(*t)).collect(),
                            subtyped: open || concrete,
                        })
                    }
                    wp::CompositeInnerType::Cont(_) => {
                        used.insert(Proposal::StackSwitching);
                        CoreType::Other
                    }
                    _ => {
                        used.insert(Proposal::Gc);
                        CoreType::Other
                    }
                });
            }
        }
        Ok(())
    }

    fn read_imports(
        &mut self,
        section: wp::ImportSectionReader<'a>,
        used: &mut Proposals,
    ) -> Result<()> {
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import?;
            let item = match import.ty {
                wp::TypeRef::Func(ty) | wp::TypeRef::FuncExact(ty) => {
                    self.funcs.push(TypeId(ty));
                    self.imported_funcs += 1;
                    CoreItem::Func(FuncId(self.imported_funcs - 1))
                }
                wp::TypeRef::Table(ty) => {
                    self.push_table(&ty, None, used);
                    self.imported_tables += 1;
                    CoreItem::Table(TableId(self.imported_tables - 1))
                }
                wp::TypeRef::Memory(ty) => {
                    self.push_memory(&ty, used);
                    self.imported_memories += 1;
                    CoreItem::Memory(MemoryId(self.imported_memories - 1))
                }
                wp::TypeRef::Global(ty) => {
                    if ty.mutable {
                        used.insert(Proposal::MutableGlobal);
                    }
                    self.push_global(&ty, None, used);
                    self.imported_globals += 1;
                    CoreItem::Global(GlobalId(self.imported_globals - 1))
                }
                wp::TypeRef::Tag(ty) => {
                    used.insert(Proposal::Exceptions);
                    self.tags.push(TypeId(ty.func_type_idx));
                    self.imported_tags += 1;
                    CoreItem::Tag(TagId(self.imported_tags - 1))
                }
            };
            self.imports.push(Import {
                module: import.module,
                name: import.name,
                item,
                offset,
            });
        }
        Ok(())
    }

    fn read_exports(
        &mut self,
        section: wp::ExportSectionReader<'a>,
        used: &mut Proposals,
    ) -> Result<()> {
        for export in section {
            let export = export?;
            let index = export.index;
            let item = match export.kind {
                wp::ExternalKind::Func | wp::ExternalKind::FuncExact => {
                    CoreItem::Func(FuncId(index))
                }
                wp::ExternalKind::Table => CoreItem::Table(TableId(index)),
                wp::ExternalKind::Memory => CoreItem::Memory(MemoryId(index)),
                wp::ExternalKind::Global => {
                    if self.globals.get(index as usize).is_some_and(|g| g.mutable) {
                        used.insert(Proposal::MutableGlobal);
                    }
                    CoreItem::Global(GlobalId(index))
                }
                wp::ExternalKind::Tag => CoreItem::Tag(TagId(index)),
            };
            self.export_index
                .insert(export.name, self.exports.len() as u32);
            self.exports.push(Export {
                name: export.name,
                item,
            });
        }
        Ok(())
    }

    fn read_elements(
        &mut self,
        section: wp::ElementSectionReader<'a>,
        used: &mut Proposals,
    ) -> Result<()> {
        for element in section {
            let element = element?;
            let mode = match element.kind {
                wp::ElementKind::Passive => ElementMode::Passive,
                wp::ElementKind::Declared => ElementMode::Declared,
                wp::ElementKind::Active {
                    table_index,
                    offset_expr,
                } => ElementMode::Active {
                    table: TableId(table_index.unwrap_or(0)),
                    offset: const_expr(offset_expr, used),
                },
            };
            if !matches!(mode, ElementMode::Active { .. }) {
                used.insert(Proposal::BulkMemory);
            }
            let items = match element.items {
                wp::ElementItems::Functions(funcs) => ElementItems::Funcs(
                    funcs
                        .into_iter()
                        .map(|f| f.map(FuncId))
                        .collect::<Result<_>>()?,
                ),
                wp::ElementItems::Expressions(_, exprs) => {
                    used.insert(Proposal::ReferenceTypes);
                    let exprs: Result<Vec<_>> = exprs.into_iter().collect();
                    ElementItems::Exprs(exprs?.into_iter().map(|e| const_expr(e, used)).collect())
                }
            };
            self.elements.push(Element { mode, items });
        }
        Ok(())
    }

    fn read_data(
        &mut self,
        section: wp::DataSectionReader<'a>,
        used: &mut Proposals,
    ) -> Result<()> {
        for data in section {
            let data = data?;
            let active = match data.kind {
                wp::DataKind::Passive => {
                    used.insert(Proposal::BulkMemory);
                    None
                }
                wp::DataKind::Active {
                    memory_index,
                    offset_expr,
                } => Some((MemoryId(memory_index), const_expr(offset_expr, used))),
            };
            self.data.push(Data {
                active,
                bytes: data.data,
                // The bytes end the segment; what stands before them is flags and offset.
                range: ByteRange::new(data.range.end - data.data.len() as u64, data.range.end),
            });
        }
        Ok(())
    }

    fn push_table(
        &mut self,
        ty: &wp::TableType,
        init: Option<ConstExpr<'a>>,
        used: &mut Proposals,
    ) {
        if !self.tables.is_empty() || ty.element_type != wp::RefType::FUNCREF {
            used.insert(Proposal::ReferenceTypes);
        }
        if ty.table64 {
            used.insert(Proposal::Memory64);
        }
        if ty.shared {
            used.insert(Proposal::SharedEverythingThreads);
        }
        // A concrete element type is the index of a function type unless it is a GC object.
        let holds_functions = match ty.element_type.type_index() {
            Some(index) => index
                .as_module_index()
                .and_then(|i| self.types.get(i as usize))
                .is_none_or(|t| matches!(t, CoreType::Func(_))),
            None => val_type(wp::ValType::Ref(ty.element_type)) == ValType::FuncRef,
        };
        self.tables.push(Table {
            holds_functions,
            initial: ty.initial,
            maximum: ty.maximum,
            init,
        });
    }

    fn push_memory(&mut self, ty: &wp::MemoryType, used: &mut Proposals) {
        if !self.memories.is_empty() {
            used.insert(Proposal::MultiMemory);
        }
        if ty.memory64 {
            used.insert(Proposal::Memory64);
        }
        if ty.shared {
            used.insert(Proposal::Threads);
        }
        if ty.page_size_log2.is_some() {
            used.insert(Proposal::CustomPageSizes);
        }
        self.memories.push(Memory {
            memory64: ty.memory64,
            shared: ty.shared,
            initial: ty.initial,
            maximum: ty.maximum,
            page_size_log2: ty.page_size_log2.unwrap_or(16),
        });
    }

    fn push_global(
        &mut self,
        ty: &wp::GlobalType,
        init: Option<ConstExpr<'a>>,
        used: &mut Proposals,
    ) {
        if ty.shared {
            used.insert(Proposal::SharedEverythingThreads);
        }
        self.globals.push(Global {
            ty: val_type(ty.content_type),
            mutable: ty.mutable,
            init,
        });
    }
}

fn const_expr<'a>(expr: wp::ConstExpr<'a>, used: &mut Proposals) -> ConstExpr<'a> {
    use super::constexpr::ConstOp;
    let expr = ConstExpr::new(expr);
    let computes = |op| matches!(op, ConstOp::Add | ConstOp::Sub | ConstOp::Mul);
    if expr.each().any(computes) {
        used.insert(Proposal::ExtendedConst);
    }
    expr
}

fn val_type(ty: wp::ValType) -> ValType {
    match ty {
        wp::ValType::I32 => ValType::I32,
        wp::ValType::I64 => ValType::I64,
        wp::ValType::F32 => ValType::F32,
        wp::ValType::F64 => ValType::F64,
        wp::ValType::V128 => ValType::V128,
        wp::ValType::Ref(r) if r == wp::RefType::FUNCREF => ValType::FuncRef,
        wp::ValType::Ref(r) if r == wp::RefType::EXTERNREF => ValType::ExternRef,
        wp::ValType::Ref(r) => match r.heap_type() {
            wp::HeapType::Abstract {
                ty: wp::AbstractHeapType::Func | wp::AbstractHeapType::NoFunc,
                ..
            } => ValType::FuncRef,
            _ => ValType::OtherRef,
        },
    }
}
