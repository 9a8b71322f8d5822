//! The flat component → bytes.

use super::code::{Code, Fn, Op};
use super::host::{Host, builtin};
use super::memory::{Types, heap_type, memory_type};
use super::pass::func_type;
use super::wrap::wrap;
use super::{Body, Made, Maker, lowered};
use crate::binary::ValType as CoreType;
use crate::binary::abi::Pointer;
use crate::binary::world::{ItemType, Side, TypeDecl, TypePath, World};
use crate::compose::EncodeError;
use crate::compose::encode::{Imports, Out, Scope, defined, function, imported, value};
use crate::virt::adapter::Adapter;
use crate::virt::error::VirtError;
use std::collections::HashMap;
use wasm_encoder::{
    BlockType, CanonicalOption, CodeSection, ComponentExportKind as Kind, ComponentTypeEncoder,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    Instruction as I, MemArg, Module, ValType,
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
                Host::LowerAsync(item, member) => {
                    let function = outside(&mut out, &imports, item, member.as_deref())?;
                    let options = with_async(&options, None);
                    out.canon(|canon| {
                        canon.lower(function, options);
                    })
                }
                Host::TaskReturn(position) => {
                    let ty = self.returns.get(*position).and_then(|(ty, _)| ty.as_ref());
                    let ty = ty.map(|ty| value(&mut scope, ty)).transpose()?;
                    // What is given is read, and nothing is allocated.
                    let options = options.iter().copied();
                    let options = options.filter(|o| !matches!(o, CanonicalOption::Realloc(_)));
                    let options: Vec<_> = options.collect();
                    out.canon(|canon| {
                        canon.task_return(ty, options);
                    })
                }
                _ => out.canon(|canon| builtin(canon, host)),
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
        let mut place_of = |code| {
            let known = codes.iter().position(|known: &&Code| known.same(code));
            known.unwrap_or_else(|| {
                codes.push(code);
                codes.len() - 1
            })
        };
        let mut places: HashMap<&str, (usize, Option<usize>)> = HashMap::new();
        for (name, code) in bodies {
            let callback = self.tasks.get(name).map(|task| place_of(&task.callback));
            places.insert(name, (place_of(code), callback));
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
                    let (place, callback) = places.get(name.as_str()).copied().unwrap_or_default();
                    let mut alias = |place: usize| {
                        let name = place.to_string();
                        let alias = || out.core_alias(instance, &name, ExportKind::Func);
                        *aliases.entry(place).or_insert_with(alias)
                    };
                    let core = alias(place);
                    let options = match callback {
                        Some(callback) => with_async(&options, Some(alias(callback))),
                        None => options.clone(),
                    };
                    let index = out.lift(core, ty, options);
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
                    Op::Forget => self.forget(&mut body),
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

    /// Gives back what was allocated, unless a call is under way that uses it.
    fn forget(&self, body: &mut Function) {
        if let Some(cell) = self.under_way {
            body.instruction(&I::I32Const(cell as i32));
            body.instruction(&I::I32Load(MemArg {
                offset: 0,
                align: 2,
                memory_index: 0,
            }));
            body.instruction(&I::I32Eqz);
            body.instruction(&I::If(BlockType::Empty));
        }
        body.instruction(&I::I32Const(self.data.end() as i32));
        body.instruction(&I::GlobalSet(0));
        if self.under_way.is_some() {
            body.instruction(&I::End);
        }
    }

    fn host_type(&self, host: &Host) -> Result<(Vec<ValType>, Vec<ValType>), VirtError> {
        let one = || vec![ValType::I32];
        Ok(match host {
            Host::Drop(_) | Host::SetDrop | Host::SubtaskDrop | Host::ContextSet => {
                (one(), Vec::new())
            }
            Host::New(_) | Host::SubtaskCancel => (one(), one()),
            Host::SetNew | Host::ContextGet => (Vec::new(), one()),
            Host::Join => (vec![ValType::I32; 2], Vec::new()),
            Host::TaskReturn(position) => {
                let known = self.returns.get(*position);
                (
                    known.map_or_else(Vec::new, |(_, params)| params.clone()),
                    Vec::new(),
                )
            }
            Host::TaskCancel => (Vec::new(), Vec::new()),
            Host::Lower(item, member) | Host::LowerAsync(item, member) => {
                let signature = self.needed.signature(item, member.as_deref());
                let signature = signature.ok_or_else(|| self.unsupported(item.as_str()))?;
                let lowered = match host {
                    Host::LowerAsync(..) => func_type(self, signature).lower(true, Pointer::Narrow),
                    _ => lowered(self.world, signature),
                };
                let map = |types: Vec<CoreType>| types.into_iter().map(core).collect();
                (map(lowered.params), map(lowered.results))
            }
        })
    }
}

/// Canonical options for a function that does not block.
fn with_async(options: &[CanonicalOption], callback: Option<u32>) -> Vec<CanonicalOption> {
    let mut options = options.to_vec();
    options.push(CanonicalOption::Async);
    options.extend(callback.map(CanonicalOption::Callback));
    options
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
