//! The flat component → bytes.

use super::code::{Code, Fn, Op};
use super::layout::layout_has_memory;
use super::wrap::wrap;
use super::{Body, Host, Made, Maker, lowered};
use crate::binary::ValType as CoreType;
use crate::binary::world::{ItemType, Side, Signature, TypeDecl, TypePath, World};
use crate::compose::EncodeError;
use crate::compose::encode::{Imports, Out, Scope, defined, function, imported};
use crate::virt::adapter::Adapter;
use crate::virt::error::VirtError;
use std::collections::HashMap;
use wasm_encoder::{
    CanonicalOption, CodeSection, ComponentExportKind as Kind, ComponentTypeEncoder, ConstExpr,
    DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, Instruction as I, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};

/// A core type as the encoder has it. Values of components are numbers.
pub(super) fn core(ty: CoreType) -> ValType {
    match ty {
        CoreType::I64 => ValType::I64,
        CoreType::F32 => ValType::F32,
        CoreType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}

struct Flat<'o, 'i, 'w> {
    out: &'o mut Out,
    imports: &'i mut Imports<'w>,
    /// Exported types.
    own: &'o HashMap<String, u32>,
}

impl Scope for Flat<'_, '_, '_> {
    fn define(&mut self, write: impl FnOnce(ComponentTypeEncoder<'_>)) -> u32 {
        self.out.define(write)
    }

    fn named(&mut self, path: &TypePath) -> Result<u32, EncodeError> {
        match path.side {
            Side::Import => imported(self.out, self.imports, path),
            Side::Export => {
                let known = self.own.get(&path.item).copied();
                known.ok_or_else(|| EncodeError::UnknownType(path.to_string()))
            }
        }
    }
}

impl Maker<'_> {
    /// Writes the adapter, called `label`.
    pub(in crate::virt) fn build(self, label: &str) -> Result<Adapter, VirtError> {
        let imports = self.needed.world(self.world);
        let flat = self.flat(&imports)?;
        let is_function = matches!(self.item.ty, ItemType::Func(_));
        let items = self.names.iter();
        let items =
            items.filter_map(|name| Some((*name, &self.world.imports.get(*name)?.attributes)));
        wrap(
            label,
            &flat,
            &imports,
            &items.collect::<Vec<_>>(),
            is_function,
        )
    }

    fn flat(&self, world: &World) -> Result<Vec<u8>, VirtError> {
        let mut out = Out::new();
        let mut imports = Imports::new(world);
        imports.write(&mut out)?;
        let mut own = HashMap::new();
        for (name, made) in &self.members {
            let Made::Type(decl) = made else {
                continue;
            };
            let mut scope = Flat {
                out: &mut out,
                imports: &mut imports,
                own: &own,
            };
            let index = match decl {
                TypeDecl::Resource => scope.define(|ty| ty.resource(ValType::I32, None)),
                TypeDecl::Same(path) => scope.named(path)?,
                TypeDecl::Value(ty) => defined(&mut scope, ty)?,
            };
            let index = out.export(name.as_str().into(), Kind::Type, index);
            own.insert(name.clone(), index);
        }
        let memory = self.memory(&mut out);
        let options = match &memory {
            Some(memory) => vec![
                CanonicalOption::UTF8,
                CanonicalOption::Memory(memory.memory),
                CanonicalOption::Realloc(memory.alloc),
            ],
            None => Vec::new(),
        };
        let mut parts: Vec<(String, ExportKind, u32)> = Vec::new();
        for (position, host) in self.hosts.iter().enumerate() {
            let mut scope = Flat {
                out: &mut out,
                imports: &mut imports,
                own: &own,
            };
            let index = match host {
                Host::Drop(path) => {
                    let ty = scope.named(path)?;
                    out.canon(|canon| {
                        canon.resource_drop(ty);
                    })
                }
                Host::New(path) => {
                    let ty = scope.named(path)?;
                    out.canon(|canon| {
                        canon.resource_new(ty);
                    })
                }
                Host::Lower(item, member) => {
                    let function = outside(&mut out, &imports, item, member.as_deref())?;
                    out.canon(|canon| {
                        canon.lower(function, options.clone());
                    })
                }
            };
            parts.push((position.to_string(), ExportKind::Func, index));
        }
        if let Some(memory) = &memory {
            parts.push(("m".to_string(), ExportKind::Memory, memory.memory));
            parts.push(("r".to_string(), ExportKind::Func, memory.alloc));
            parts.push(("h".to_string(), ExportKind::Global, memory.heap));
        }
        let bodies = self.members.iter().filter_map(|(name, made)| match made {
            Made::Func(_, Body::Code(code)) => Some((name.as_str(), code)),
            _ => None,
        });
        // Equal functions are one: most that refuse are.
        let mut codes: Vec<&Code> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (name, code) in bodies {
            let known = codes.iter().position(|known| known.same(code));
            places.insert(name, known.unwrap_or(codes.len()));
            if known.is_none() {
                codes.push(code);
            }
        }
        let mut lifted = None;
        let mut aliases: HashMap<usize, u32> = HashMap::new();
        if !codes.is_empty() {
            let module = self.module(&codes, memory.is_some())?;
            let module = out.core_module(&module);
            let bundle = out.core_bundle(&parts);
            lifted = Some(out.core_instance(module, &[("", bundle)]));
        }
        for (name, made) in &self.members {
            let Made::Func(signature, body) = made else {
                continue;
            };
            let mut scope = Flat {
                out: &mut out,
                imports: &mut imports,
                own: &own,
            };
            let ty = function(&mut scope, signature)?;
            match (body, lifted) {
                (Body::Code(_), Some(instance)) => {
                    let place = places.get(name.as_str()).copied().unwrap_or_default();
                    let mut alias =
                        || out.core_alias(instance, &place.to_string(), ExportKind::Func);
                    let core = *aliases.entry(place).or_insert_with(&mut alias);
                    let index = out.lift(core, ty, options.clone());
                    out.export(name.as_str().into(), Kind::Func, index);
                }
                _ => {
                    let member = matches!(self.item.ty, ItemType::Instance(_)).then_some(name);
                    let member = member.map(String::as_str);
                    let index = outside(&mut out, &imports, self.name, member)?;
                    out.export_func(name, index, ty);
                }
            }
        }
        Ok(out.finish())
    }

    /// The core module of the functions that are lifted.
    fn module(&self, bodies: &[&Code], has_memory: bool) -> Result<Module, VirtError> {
        let mut types = Types::default();
        let mut imports = ImportSection::new();
        for (position, host) in self.hosts.iter().enumerate() {
            let (params, results) = self.host_type(host)?;
            let ty = EntityType::Function(types.of(params, results));
            imports.import("", &position.to_string(), ty);
        }
        let mut hosts = self.hosts.len() as u32;
        if has_memory {
            let ty = types.of(vec![ValType::I32; 4], vec![ValType::I32]);
            imports.import("", "r", EntityType::Function(ty));
            hosts += 1;
            imports.import("", "m", EntityType::Memory(memory_type(0)));
            imports.import("", "h", EntityType::Global(heap_type()));
        }
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut codes = CodeSection::new();
        let all = self.own.iter().chain(bodies.iter().copied());
        for code in all {
            functions.function(types.of(code.params.clone(), code.results.clone()));
            let mut body = Function::new_with_locals_types(code.locals.iter().copied());
            for op in &code.ops {
                match op {
                    Op::Plain(instruction) => {
                        body.instruction(instruction);
                    }
                    Op::Call(target) => {
                        body.instruction(&I::Call(match target {
                            Fn::Host(position) => *position as u32,
                            Fn::Alloc => hosts.saturating_sub(1),
                            Fn::Own(position) => hosts + *position as u32,
                        }));
                    }
                    Op::Forget => {
                        body.instruction(&I::I32Const(self.data.end() as i32));
                        body.instruction(&I::GlobalSet(0));
                    }
                }
            }
            body.instruction(&I::End);
            codes.function(&body);
        }
        for position in 0..bodies.len() {
            let index = hosts + (self.own.len() + position) as u32;
            exports.export(&position.to_string(), ExportKind::Func, index);
        }
        let mut module = Module::new();
        module.section(&types.section);
        if !imports.is_empty() {
            module.section(&imports);
        }
        module.section(&functions).section(&exports).section(&codes);
        Ok(module)
    }

    fn host_type(&self, host: &Host) -> Result<(Vec<ValType>, Vec<ValType>), VirtError> {
        Ok(match host {
            Host::Drop(_) => (vec![ValType::I32], Vec::new()),
            Host::New(_) => (vec![ValType::I32], vec![ValType::I32]),
            Host::Lower(item, member) => {
                let signature = self.needed.signature(item, member.as_deref());
                let signature = signature.ok_or_else(|| self.unsupported(item.as_str()))?;
                let lowered = lowered(self.world, signature);
                let map = |types: Vec<CoreType>| types.into_iter().map(core).collect();
                (map(lowered.params), map(lowered.results))
            }
        })
    }

    fn needs_memory(&self) -> bool {
        let in_memory = |signature: &Signature| {
            let mut types = signature.params.iter().map(|(_, ty)| ty);
            lowered(self.world, signature).result_pointer.is_some()
                || self.takes_memory(signature)
                || types.any(|ty| layout_has_memory(self.world, ty))
        };
        let codes = self.members.values().filter_map(|made| match made {
            Made::Func(_, Body::Code(code)) => Some(code),
            _ => None,
        });
        let lowers = self.hosts.iter().any(|host| match host {
            Host::Lower(item, member) => {
                let signature = self.needed.signature(item, member.as_deref());
                signature.is_some_and(|signature| in_memory(signature))
            }
            _ => false,
        });
        let (_, data) = self.data.segment();
        let lifts = self.functions().into_iter().any(|(name, signature)| {
            let made = self.members.get(self.inner_name(name));
            matches!(made, Some(Made::Func(_, Body::Code(_)))) && in_memory(signature)
        });
        !data.is_empty() || lowers || lifts || codes.chain(&self.own).any(Code::uses_memory)
    }

    /// The core module that has the memory: functions of outside can only be lowered with one
    /// that is there already.
    fn memory(&self, out: &mut Out) -> Option<Memory> {
        if !self.needs_memory() {
            return None;
        }
        let (start, bytes) = self.data.segment();
        let end = self.data.end();
        let mut types = Types::default();
        let mut functions = FunctionSection::new();
        functions.function(types.of(vec![ValType::I32; 4], vec![ValType::I32]));
        let mut memories = MemorySection::new();
        memories.memory(memory_type(u64::from(end / 65_536 + 1)));
        let mut globals = GlobalSection::new();
        globals.global(heap_type(), &ConstExpr::i32_const(end as i32));
        let mut exports = ExportSection::new();
        exports.export("m", ExportKind::Memory, 0);
        exports.export("r", ExportKind::Func, 0);
        exports.export("h", ExportKind::Global, 0);
        let mut codes = CodeSection::new();
        codes.function(&alloc());
        let mut module = Module::new();
        module.section(&types.section).section(&functions);
        module
            .section(&memories)
            .section(&globals)
            .section(&exports);
        module.section(&codes);
        if !bytes.is_empty() {
            let mut data = DataSection::new();
            data.active(
                0,
                &ConstExpr::i32_const(start as i32),
                bytes.iter().copied(),
            );
            module.section(&data);
        }
        let module = out.core_module(&module);
        let instance = out.core_instance(module, &[]);
        Some(Memory {
            memory: out.core_alias(instance, "m", ExportKind::Memory),
            alloc: out.core_alias(instance, "r", ExportKind::Func),
            heap: out.core_alias(instance, "h", ExportKind::Global),
        })
    }
}

struct Memory {
    memory: u32,
    alloc: u32,
    heap: u32,
}

/// The function of an import: its index.
fn outside(
    out: &mut Out,
    imports: &Imports<'_>,
    item: &str,
    member: Option<&str>,
) -> Result<u32, VirtError> {
    let known = imports.items.get(item).copied();
    let (_, index) = known.ok_or_else(|| EncodeError::NoSource(format!("import `{item}`")))?;
    Ok(match member {
        Some(member) => out.alias(index, member, Kind::Func),
        None => index,
    })
}

fn memory_type(minimum: u64) -> MemoryType {
    MemoryType {
        minimum,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

fn heap_type() -> GlobalType {
    GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    }
}

/// Types of core functions, each once.
#[derive(Default)]
struct Types {
    section: TypeSection,
    known: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
}

impl Types {
    fn of(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let next = self.known.len() as u32;
        let key = (params, results);
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        self.section.ty().function(key.0.clone(), key.1.clone());
        self.known.insert(key, next);
        next
    }
}

/// `realloc`: the next bytes that are free; traps when memory cannot grow. Nothing is freed,
/// but all at once by [`Op::Forget`].
fn alloc() -> Function {
    let (old, old_size, align, size, at, end) = (0, 1, 2, 3, 4, 5);
    let mut body = Function::new([(2, ValType::I32)]);
    let code = [
        // at = (heap + align - 1) & -align
        I::GlobalGet(0),
        I::LocalGet(align),
        I::I32Add,
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(0),
        I::LocalGet(align),
        I::I32Sub,
        I::I32And,
        I::LocalTee(at),
        I::LocalGet(size),
        I::I32Add,
        I::LocalTee(end),
        I::LocalGet(at),
        I::I32LtU,
        I::If(wasm_encoder::BlockType::Empty),
        I::Unreachable,
        I::End,
        I::LocalGet(end),
        I::MemorySize(0),
        I::I32Const(16),
        I::I32Shl,
        I::I32GtU,
        I::If(wasm_encoder::BlockType::Empty),
        // Pages up to `end`, less those that are there.
        I::LocalGet(end),
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(16),
        I::I32ShrU,
        I::I32Const(1),
        I::I32Add,
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(wasm_encoder::BlockType::Empty),
        I::Unreachable,
        I::End,
        I::End,
        I::LocalGet(end),
        I::GlobalSet(0),
        I::LocalGet(at),
        I::LocalGet(old),
        I::LocalGet(old_size),
        I::LocalGet(size),
        I::LocalGet(old_size),
        I::LocalGet(size),
        I::I32LtU,
        I::Select,
        I::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        },
        I::LocalGet(at),
        I::End,
    ];
    for instruction in &code {
        body.instruction(instruction);
    }
    body
}
