//! Values between memory and core values: component-model `CanonicalABI.md`, "Loading",
//! "Storing" and "Flattening".

use super::Code;
use super::encode::core;
use crate::binary::abi::Pointer;
use crate::binary::{Ty, TyKind};
use wasm_encoder::{Instruction as I, MemArg, ValType};

/// A place in memory: a local with an address, and an offset.
#[derive(Clone, Copy)]
pub(super) struct Place(pub(super) u32, pub(super) u32);

impl Place {
    fn at(self, more: u64) -> Place {
        Place(self.0, self.1 + more as u32)
    }

    fn arg(self) -> MemArg {
        MemArg {
            offset: u64::from(self.1),
            align: 0,
            memory_index: 0,
        }
    }
}

/// The parts of a record or tuple.
fn parts(kind: &TyKind) -> Option<Vec<&Ty>> {
    match kind {
        TyKind::Record(fields) => Some(fields.iter().map(|(_, ty)| ty).collect()),
        TyKind::Tuple(types) => Some(types.iter().collect()),
        _ => None,
    }
}

/// The core types of a value, if it is passed flat.
fn flat(ty: &Ty) -> Option<Vec<ValType>> {
    let flat = ty.layout(Pointer::Narrow).flat.as_deref()?;
    Some(flat.iter().map(|ty| core(*ty)).collect())
}

/// Reads a value from memory into fresh locals, one for each of its core values; `None` for a
/// type that is not passed flat, or of a form that is not known. Places that the case of a
/// variant leaves are 0.
pub(super) fn load(code: &mut Code, ty: &Ty, from: Place) -> Option<Vec<u32>> {
    let types = flat(ty)?;
    let locals: Vec<(u32, ValType)> = types.iter().map(|ty| (code.local(*ty), *ty)).collect();
    load_into(code, ty, from, &locals)?;
    Some(locals.into_iter().map(|(local, _)| local).collect())
}

fn load_into(code: &mut Code, ty: &Ty, from: Place, to: &[(u32, ValType)]) -> Option<()> {
    let layout = ty.layout(Pointer::Narrow);
    if let Some(parts) = parts(ty.kind()) {
        for (part, offset) in parts.into_iter().zip(ty.offsets(Pointer::Narrow)?) {
            load_into(code, part, from.at(offset.bytes), to.get(offset.flat..)?)?;
        }
        return Some(());
    }
    if let Some(cases) = ty.kind().cases() {
        let tag = ty.discriminant(Pointer::Narrow)?;
        let (out, _) = *to.first()?;
        code.get(from.0).op(match tag.size {
            1 => I::I32Load8U(from.arg()),
            2 => I::I32Load16U(from.arg()),
            _ => I::I32Load(from.arg()),
        });
        code.set(out);
        for (case, (_, payload)) in cases.iter().enumerate() {
            let Some(payload) = payload else {
                continue;
            };
            code.get(out).i32(case as u32).op(I::I32Eq).when();
            load_into(code, payload, from.at(tag.payload), to.get(1..)?)?;
            code.end();
        }
        return Some(());
    }
    let arg = from.arg();
    match ty.kind() {
        TyKind::String | TyKind::List(_) | TyKind::Map { .. } => {
            word(code, from, *to.first()?);
            word(code, from.at(4), *to.get(1)?);
        }
        TyKind::F32 => {
            code.get(from.0);
            match to.first()?.1 {
                ValType::F32 => code.op(I::F32Load(arg)),
                ValType::I64 => code.ops([I::I32Load(arg), I::I64ExtendI32U]),
                _ => code.op(I::I32Load(arg)),
            };
            code.set(to.first()?.0);
        }
        TyKind::F64 => {
            code.get(from.0).op(match to.first()?.1 {
                ValType::F64 => I::F64Load(arg),
                _ => I::I64Load(arg),
            });
            code.set(to.first()?.0);
        }
        TyKind::S64 | TyKind::U64 => {
            code.get(from.0).op(I::I64Load(arg)).set(to.first()?.0);
        }
        TyKind::Flags(_) if layout.size > 4 => return None,
        TyKind::FixedList(..) => return None,
        TyKind::S8 => narrow(code, from, *to.first()?, I::I32Load8S(arg)),
        TyKind::S16 => narrow(code, from, *to.first()?, I::I32Load16S(arg)),
        _ => match layout.size {
            1 => narrow(code, from, *to.first()?, I::I32Load8U(arg)),
            2 => narrow(code, from, *to.first()?, I::I32Load16U(arg)),
            _ => word(code, from, *to.first()?),
        },
    }
    Some(())
}

fn word(code: &mut Code, from: Place, to: (u32, ValType)) {
    narrow(code, from, to, I::I32Load(from.arg()));
}

/// An integer of up to 32 bits, in a place that may be wider ("join").
fn narrow(code: &mut Code, from: Place, (to, wide): (u32, ValType), load: I<'static>) {
    code.get(from.0).op(load);
    if wide == ValType::I64 {
        code.op(I::I64ExtendI32U);
    }
    code.set(to);
}

/// Writes a value to memory from the locals of its core values. `None` for a type of a
/// form that is not known.
pub(super) fn store(code: &mut Code, ty: &Ty, from: &[u32], to: Place) -> Option<()> {
    let layout = ty.layout(Pointer::Narrow);
    if let Some(parts) = parts(ty.kind()) {
        for (part, offset) in parts.into_iter().zip(ty.offsets(Pointer::Narrow)?) {
            store(code, part, from.get(offset.flat..)?, to.at(offset.bytes))?;
        }
        return Some(());
    }
    if let Some(cases) = ty.kind().cases() {
        let tag = ty.discriminant(Pointer::Narrow)?;
        let (case, rest) = from.split_first()?;
        let arg = to.arg();
        code.get(to.0).get(*case).op(match tag.size {
            1 => I::I32Store8(arg),
            2 => I::I32Store16(arg),
            _ => I::I32Store(arg),
        });
        let whole = flat(ty)?;
        for (number, (_, payload)) in cases.iter().enumerate() {
            let Some(payload) = payload else {
                continue;
            };
            // A value in a place that is wider than its own type would have to be narrowed.
            let own = flat(payload)?;
            if whole
                .get(1..)
                .is_none_or(|joined| !joined.starts_with(&own))
            {
                return None;
            }
            code.get(*case).i32(number as u32).op(I::I32Eq).when();
            store(code, payload, rest, to.at(tag.payload))?;
            code.end();
        }
        return Some(());
    }
    let arg = to.arg();
    code.get(to.0).get(*from.first()?);
    match ty.kind() {
        TyKind::String | TyKind::List(_) | TyKind::Map { .. } => {
            code.op(I::I32Store(arg));
            let length = to.at(4).arg();
            code.get(to.0).get(*from.get(1)?).op(I::I32Store(length));
        }
        TyKind::F32 => {
            code.op(I::F32Store(arg));
        }
        TyKind::F64 => {
            code.op(I::F64Store(arg));
        }
        TyKind::FixedList(..) => return None,
        _ => {
            code.op(match layout.size {
                1 => I::I32Store8(arg),
                2 => I::I32Store16(arg),
                4 => I::I32Store(arg),
                8 => I::I64Store(arg),
                _ => return None,
            });
        }
    }
    Some(())
}
