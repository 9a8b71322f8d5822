//! Values in memory → values on the stack, by type.

use super::asm::{Code, at};
use super::wit::World;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::WasmType;
use wit_parser::{Handle, Int, Type, TypeDefKind};

/// A type that requests and responses do not have.
pub(super) type Odd = String;

/// The cases of a type that has some, and how wide its discriminant is.
fn cases(kind: &TypeDefKind) -> Option<(Int, Vec<Option<Type>>)> {
    Some(match kind {
        TypeDefKind::Variant(v) => (v.tag(), v.cases.iter().map(|case| case.ty).collect()),
        TypeDefKind::Enum(e) => (e.tag(), vec![None; e.cases.len()]),
        TypeDefKind::Option(ty) => (Int::U8, vec![None, Some(*ty)]),
        TypeDefKind::Result(r) => (Int::U8, vec![r.ok, r.err]),
        _ => return None,
    })
}

pub(super) fn val_type(ty: &WasmType) -> ValType {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
    }
}

fn discriminant(code: &mut Code, tag: Int, address: u32, offset: u32) {
    code.get(address).op(match tag {
        Int::U8 => I::I32Load8U(at(offset)),
        Int::U16 => I::I32Load16U(at(offset)),
        _ => I::I32Load(at(offset)),
    });
}

/// What is done with a value in memory.
pub(super) enum What<'s> {
    /// Its flat form goes into locals, which are zero so far ("Flat Lifting" of
    /// `CanonicalABI.md`, the other way round).
    Flat(&'s [(u32, ValType)]),
    /// Memory that its texts have is given back.
    Free(I<'static>),
}

impl What<'_> {
    fn behind(&self, count: usize) -> What<'_> {
        match self {
            What::Flat(slots) => What::Flat(slots.get(count..).unwrap_or_default()),
            What::Free(free) => What::Free(free.clone()),
        }
    }
}

/// Walks a value at an address in a local.
pub(super) fn walk(
    code: &mut Code,
    world: &World,
    ty: &Type,
    (address, offset): (u32, u32),
    what: &What<'_>,
) -> Result<(), Odd> {
    let scalar = |code: &mut Code, load: I<'static>| {
        let What::Flat([(slot, of), ..]) = what else {
            return Ok(());
        };
        let wide = matches!(load, I::I64Load(_));
        code.get(address).op(load);
        match (wide, of) {
            (false, ValType::I32) | (true, ValType::I64) => {}
            // Cases of one variant share their places.
            (false, ValType::I64) => {
                code.op(I::I64ExtendI32U);
            }
            _ => return Err("a number in a place of another kind".to_string()),
        }
        code.set(*slot);
        Ok(())
    };
    match ty {
        Type::Bool | Type::U8 => scalar(code, I::I32Load8U(at(offset))),
        Type::U16 => scalar(code, I::I32Load16U(at(offset))),
        Type::U32 | Type::S32 | Type::Char => scalar(code, I::I32Load(at(offset))),
        Type::U64 | Type::S64 => scalar(code, I::I64Load(at(offset))),
        Type::String => {
            if let What::Free(free) = what {
                code.load(address, offset)
                    .load(address, offset + 4)
                    .op(free.clone());
                return Ok(());
            }
            scalar(code, I::I32Load(at(offset)))?;
            let What::Flat([_, rest @ ..]) = what else {
                return Ok(());
            };
            let length = What::Flat(rest);
            walk(code, world, &Type::U32, (address, offset + 4), &length)
        }
        Type::Id(id) => {
            let kind = &world.resolve.types[*id].kind;
            if let Some((tag, cases)) = cases(kind) {
                return variant(code, world, tag, &cases, (address, offset), what);
            }
            match kind {
                TypeDefKind::Type(ty) => walk(code, world, ty, (address, offset), what),
                TypeDefKind::Handle(Handle::Own(_)) => scalar(code, I::I32Load(at(offset))),
                TypeDefKind::Record(record) => {
                    let types = record.fields.iter().map(|field| &field.ty);
                    let mut before = 0;
                    for (at, ty) in world.sizes.field_offsets(types) {
                        let place = (address, offset + at.size_wasm32() as u32);
                        walk(code, world, ty, place, &what.behind(before))?;
                        before += world.flat(ty).len();
                    }
                    Ok(())
                }
                _ => Err(format!("a {} in a result", kind.as_str())),
            }
        }
        _ => Err("a number of another kind in a result".to_string()),
    }
}

fn variant(
    code: &mut Code,
    world: &World,
    tag: Int,
    cases: &[Option<Type>],
    (address, offset): (u32, u32),
    what: &What<'_>,
) -> Result<(), Odd> {
    if let What::Flat([(slot, of), ..]) = what {
        discriminant(code, tag, address, offset);
        if *of == ValType::I64 {
            code.op(I::I64ExtendI32U);
        }
        code.set(*slot);
    }
    let payload = world
        .sizes
        .payload_offset(tag, cases.iter().map(Option::as_ref));
    let place = (address, offset + payload.size_wasm32() as u32);
    for (number, ty) in cases.iter().enumerate() {
        let Some(ty) = ty else { continue };
        discriminant(code, tag, address, offset);
        code.i32(number as u32).op(I::I32Eq).when();
        walk(code, world, ty, place, &what.behind(1))?;
        code.end();
    }
    Ok(())
}
