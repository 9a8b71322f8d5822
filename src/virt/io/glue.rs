//! Wrappers: core functions that call a function of the host and make the streams, pollables
//! and errors that it hands out ones of the adapter's.

use super::core::{memory, value_type};
use super::faces::{Faces, short};
use crate::binary::Ty;
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{Signature, TypePath, ValueType, World};
use crate::virt::make::{behind, lowered, ty};
use indexmap::IndexSet;
use std::sync::Arc;
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Instruction as I, MemArg, Module, TypeSection, ValType,
};

/// Bytes of the area for results in the prebuilt module (`ret_area`).
const AREA: u64 = 512;

/// Wrappers under way. Functions of the prebuilt module and `resource.drop` are imports by
/// name; the host's functions, which the wrappers are of, by number.
#[derive(Default)]
pub(super) struct Glue {
    wrappers: Vec<Wrapper>,
    /// Functions of the prebuilt module.
    pub(super) guest: IndexSet<String>,
    /// Resources of the host that are given back: where they are declared.
    pub(super) drops: IndexSet<TypePath>,
}

struct Wrapper {
    host: (Vec<ValType>, Vec<ValType>),
    own: (Vec<ValType>, Vec<ValType>),
    ops: Vec<Op>,
}

/// An instruction, calls before functions have indices.
enum Op {
    Plain(I<'static>),
    Host,
    Guest(usize),
    Drop(usize),
}

struct Writer<'a> {
    world: &'a World,
    faces: &'a Faces,
    glue: &'a mut Glue,
    ops: Vec<Op>,
    /// The local with the address of the result.
    area: u32,
}

fn place(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index: 0,
    }
}

impl Glue {
    pub(super) fn is_empty(&self) -> bool {
        self.wrappers.is_empty()
    }

    /// Adds a wrapper; `Err` says why there can be none.
    pub(super) fn add(
        &mut self,
        world: &World,
        faces: &Faces,
        of: &Signature,
    ) -> Result<(), String> {
        if of.is_async {
            return Err("it is asynchronous".to_string());
        }
        let core = lowered(world, of);
        let Params::Flat(places) = &core.places else {
            return Err("it has too many parameters".to_string());
        };
        let types = |types: &[_]| types.iter().map(|ty| value_type(*ty)).collect::<Vec<_>>();
        let host = (types(&core.params), types(&core.results));
        let mut own = host.clone();
        if core.result_pointer.is_some() {
            own.0.pop();
            own.1 = vec![ValType::I32];
        }
        let area = own.0.len() as u32;
        let mut writer = Writer {
            world,
            faces,
            glue: self,
            ops: Vec::new(),
            area,
        };
        if core.result_pointer.is_some() {
            let size = of.result.as_ref().map(|of| ty(world, of));
            let size = size.map_or(0, |ty| ty.layout(Pointer::Narrow).size);
            if size > AREA {
                return Err("its result is too large".to_string());
            }
            writer.guest("ret_area");
            writer.op(I::LocalSet(area));
        }
        let of_result = of
            .result
            .as_deref()
            .filter(|_| core.result_pointer.is_some());
        let mut borrowed = Vec::new();
        for ((_, of), at) in of.params.iter().zip(places.iter().map(|at| *at as u32)) {
            match writer.param(of)? {
                Param::Plain => {}
                Param::Error(unwrap) => writer.error_code(&unwrap, at, of_result)?,
                Param::Borrowed(path) => borrowed.push((at, path)),
            }
        }
        for param in 0..area {
            writer.op(I::LocalGet(param));
        }
        if core.result_pointer.is_some() {
            writer.op(I::LocalGet(area));
        }
        writer.ops.push(Op::Host);
        for (at, path) in borrowed {
            writer.op(I::LocalGet(at));
            let drop = writer.drop(&path);
            writer.ops.push(Op::Drop(drop));
        }
        if let Some(result) = &of.result {
            if core.result_pointer.is_some() {
                writer.wrap(result, 0)?;
                writer.op(I::LocalGet(area));
            } else if let ValueType::Own(path) = behind(world, result)
                && let Some(name) = writer.declared(path, "wrap")
            {
                writer.guest(&name);
            }
        }
        let ops = writer.ops;
        self.wrappers.push(Wrapper { host, own, ops });
        Ok(())
    }

    /// The module. Its exports are numbered as the wrappers are.
    pub(super) fn module(&self) -> Module {
        let mut types = TypeSection::new();
        let mut imports = ImportSection::new();
        let mut known = IndexSet::new();
        let mut ty = |of: &(Vec<ValType>, Vec<ValType>)| -> u32 {
            let (index, is_new) = known.insert_full(of.clone());
            if is_new {
                types.ty().function(of.0.clone(), of.1.clone());
            }
            index as u32
        };
        for (position, wrapper) in self.wrappers.iter().enumerate() {
            let ty = EntityType::Function(ty(&wrapper.host));
            imports.import("host", &position.to_string(), ty);
        }
        for name in &self.guest {
            let params = match name.as_str() {
                "ret_area" => Vec::new(),
                _ => vec![ValType::I32],
            };
            let ty = EntityType::Function(ty(&(params, vec![ValType::I32])));
            imports.import("guest", name, ty);
        }
        for position in 0..self.drops.len() {
            let ty = EntityType::Function(ty(&(vec![ValType::I32], Vec::new())));
            imports.import("drop", &position.to_string(), ty);
        }
        imports.import("guest", "memory", EntityType::Memory(memory()));
        let guest = self.wrappers.len();
        let drops = guest + self.guest.len();
        let first = drops + self.drops.len();
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut codes = CodeSection::new();
        for (position, wrapper) in self.wrappers.iter().enumerate() {
            functions.function(ty(&wrapper.own));
            let index = (first + position) as u32;
            exports.export(&position.to_string(), ExportKind::Func, index);
            let mut body = Function::new([(1, ValType::I32)]);
            for op in &wrapper.ops {
                let call = |index: usize| I::Call(index as u32);
                body.instruction(&match op {
                    Op::Plain(instruction) => instruction.clone(),
                    Op::Host => call(position),
                    Op::Guest(at) => call(guest + at),
                    Op::Drop(at) => call(drops + at),
                });
            }
            body.instruction(&I::End);
            codes.function(&body);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&exports).section(&codes);
        module
    }
}

/// What a wrapper does with a parameter.
enum Param {
    Plain,
    /// An error of the adapter's: the function that gives the host's.
    Error(String),
    /// A handle of the host's that is lent, and must be given back.
    Borrowed(TypePath),
}

impl Writer<'_> {
    fn op(&mut self, instruction: I<'static>) {
        self.ops.push(Op::Plain(instruction));
    }

    fn guest(&mut self, name: &str) {
        let (at, _) = self.glue.guest.insert_full(name.to_string());
        self.ops.push(Op::Guest(at));
    }

    fn drop(&mut self, path: &TypePath) -> usize {
        let origin = self.world.origin(path).clone();
        self.glue.drops.insert_full(origin).0
    }

    /// The function of the prebuilt module that does something with a resource of its own.
    fn declared(&self, path: &TypePath, what: &str) -> Option<String> {
        let origin = self.world.origin(path);
        let member = origin.member.as_ref()?;
        let interface = short(&origin.item).filter(|_| self.faces.declares(origin))?;
        Some(format!("[{what}]{interface}#{member}"))
    }

    /// Whether a handle of the adapter's, or one that is lent, is somewhere in a type.
    fn has(&self, of: &ValueType, wanted: &dyn Fn(&ValueType) -> bool) -> bool {
        use ValueType as V;
        let of = behind(self.world, of);
        let part = |ty: &Arc<ValueType>| self.has(ty, wanted);
        wanted(of)
            || match of {
                V::List(ty) | V::FixedList(ty, _) | V::Option(ty) => part(ty),
                V::Map(key, value) => part(key) || part(value),
                V::Record(fields) => fields.iter().any(|(_, ty)| part(ty)),
                V::Variant(cases) => cases.iter().any(|(_, ty)| ty.as_ref().is_some_and(part)),
                V::Tuple(types) => types.iter().any(part),
                V::Result(ok, err) => [ok, err].into_iter().flatten().any(part),
                _ => false,
            }
    }

    fn has_own(&self, of: &ValueType) -> bool {
        self.has(of, &|ty| match ty {
            ValueType::Own(path) | ValueType::Borrow(path) => {
                self.faces.declares(self.world.origin(path))
            }
            _ => false,
        })
    }

    fn param(&self, of: &ValueType) -> Result<Param, String> {
        if let ValueType::Borrow(path) = behind(self.world, of) {
            return match self.declared(path, "unwrap") {
                Some(unwrap) if unwrap.ends_with("#error") => Ok(Param::Error(unwrap)),
                Some(_) => Err("it takes a stream or pollable".to_string()),
                None => Ok(Param::Borrowed(path.clone())),
            };
        }
        if self.has_own(of) {
            return Err("it takes a stream, pollable or error within another value".to_string());
        }
        if self.has(of, &|ty| matches!(ty, ValueType::Borrow(_))) {
            return Err("it is lent a handle within another value".to_string());
        }
        Ok(Param::Plain)
    }

    /// Replaces an error of the adapter's by the host's. Of one that the host did not make, it
    /// can say nothing: the result is `none`.
    fn error_code(
        &mut self,
        unwrap: &str,
        at: u32,
        result: Option<&ValueType>,
    ) -> Result<(), String> {
        let result = result.map(|of| behind(self.world, of));
        if !matches!(result, Some(ValueType::Option(_))) {
            return Err("it takes an error and gives no option".to_string());
        }
        self.op(I::LocalGet(at));
        self.guest(unwrap);
        self.op(I::LocalTee(at));
        self.op(I::I32Eqz);
        self.op(I::If(BlockType::Empty));
        self.op(I::LocalGet(self.area));
        self.op(I::I32Const(0));
        self.op(I::I32Store8(place(0)));
        self.op(I::LocalGet(self.area));
        self.op(I::Return);
        self.op(I::End);
        Ok(())
    }

    /// Makes the handles in a result ones of the adapter's.
    fn wrap(&mut self, of: &ValueType, offset: u64) -> Result<(), String> {
        use ValueType as V;
        if !self.has_own(of) {
            return Ok(());
        }
        let whole = ty(self.world, of);
        match behind(self.world, of).clone() {
            V::Own(path) => {
                if let Some(name) = self.declared(&path, "wrap") {
                    self.op(I::LocalGet(self.area));
                    self.op(I::LocalGet(self.area));
                    self.op(I::I32Load(place(offset)));
                    self.guest(&name);
                    self.op(I::I32Store(place(offset)));
                }
                Ok(())
            }
            V::Record(fields) => {
                let types: Vec<_> = fields.iter().map(|(_, ty)| ty).collect();
                self.wrap_parts(&whole, &types, offset)
            }
            V::Tuple(types) => self.wrap_parts(&whole, &types.iter().collect::<Vec<_>>(), offset),
            V::Option(ty) => self.wrap_cases(&whole, &[None, Some(&ty)], offset),
            V::Result(ok, err) => self.wrap_cases(&whole, &[ok.as_ref(), err.as_ref()], offset),
            V::Variant(cases) => {
                let cases: Vec<_> = cases.iter().map(|(_, ty)| ty.as_ref()).collect();
                self.wrap_cases(&whole, &cases, offset)
            }
            _ => Err("it gives a list of streams or pollables".to_string()),
        }
    }

    fn wrap_parts(
        &mut self,
        whole: &Ty,
        parts: &[&Arc<ValueType>],
        offset: u64,
    ) -> Result<(), String> {
        let offsets = whole.offsets(Pointer::Narrow).unwrap_or_default();
        for (part, at) in parts.iter().zip(offsets) {
            self.wrap(part, offset + at.bytes)?;
        }
        Ok(())
    }

    fn wrap_cases(
        &mut self,
        whole: &Ty,
        cases: &[Option<&Arc<ValueType>>],
        offset: u64,
    ) -> Result<(), String> {
        let Some(tag) = whole.discriminant(Pointer::Narrow) else {
            return Ok(());
        };
        for (case, payload) in (0..).zip(cases) {
            let Some(payload) = payload.filter(|ty| self.has_own(ty)) else {
                continue;
            };
            self.op(I::LocalGet(self.area));
            self.op(match tag.size {
                1 => I::I32Load8U(place(offset)),
                2 => I::I32Load16U(place(offset)),
                _ => I::I32Load(place(offset)),
            });
            self.op(I::I32Const(case));
            self.op(I::I32Eq);
            self.op(I::If(BlockType::Empty));
            self.wrap(payload, offset + tag.payload)?;
            self.op(I::End);
        }
        Ok(())
    }
}
