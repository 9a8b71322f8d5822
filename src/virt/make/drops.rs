//! Handles that a function was given and does not pass on. A borrowed one that is left makes
//! the caller trap when the function returns (`CanonicalABI.md`, `num_borrows`).

use super::{Code, Maker, Shape, behind, ty};
use crate::binary::Ty;
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{Signature, TypePath, ValueType};
use std::sync::Arc;
use wasm_encoder::{Instruction as I, MemArg, ValType};

/// Where a value is.
#[derive(Clone, Copy)]
enum At {
    /// In locals from this one on.
    Flat(u32),
    /// In memory: a local with an address, and an offset.
    Memory(u32, u32),
}

impl Maker<'_> {
    /// Drops the handles among the parameters of a lifted function.
    pub(in crate::virt) fn drop_params(
        &mut self,
        code: &mut Code,
        signature: &Signature,
        shape: &Shape,
    ) {
        for (position, (_, of)) in signature.params.iter().enumerate() {
            let at = match &shape.places {
                Params::Flat(places) => places.get(position).map(|at| At::Flat(*at as u32)),
                Params::Block(places) => places.get(position).map(|at| At::Memory(0, *at as u32)),
            };
            if let Some(at) = at {
                self.drop_in(code, of, at);
            }
        }
    }

    /// The same for borrowed handles only: owned ones were passed on.
    pub(in crate::virt) fn drop_borrowed(
        &mut self,
        code: &mut Code,
        signature: &Signature,
        shape: &Shape,
    ) {
        self.keep_owned = true;
        self.drop_params(code, signature, shape);
        self.keep_owned = false;
    }

    /// Whether handles of a type have to be dropped. A borrowed handle of a resource of the
    /// interface is no handle for the code behind it, but the resource itself.
    pub(super) fn has_handles(&self, of: &ValueType) -> bool {
        use ValueType as V;
        let part = |ty: &Arc<ValueType>| self.has_handles(ty);
        match behind(self.world, of) {
            V::Own(_) => !self.keep_owned,
            V::Borrow(path) => !self.is_own(path),
            V::List(ty) | V::FixedList(ty, _) | V::Option(ty) => part(ty),
            V::Map(key, value) => part(key) || part(value),
            V::Record(fields) => fields.iter().any(|(_, ty)| part(ty)),
            V::Variant(cases) => cases.iter().any(|(_, ty)| ty.as_ref().is_some_and(part)),
            V::Tuple(types) => types.iter().any(part),
            V::Result(ok, err) => [ok, err].into_iter().flatten().any(part),
            _ => false,
        }
    }

    fn drop_in(&mut self, code: &mut Code, of: &ValueType, at: At) {
        use ValueType as V;
        if !self.has_handles(of) {
            return;
        }
        let whole = ty(self.world, of);
        match behind(self.world, of) {
            V::Own(path) | V::Borrow(path) => self.drop_handle(code, path, at),
            V::Record(fields) => {
                let parts = fields.iter().map(|(_, ty)| ty).collect::<Vec<_>>();
                self.drop_parts(code, &whole, &parts, at);
            }
            V::Tuple(types) => {
                self.drop_parts(code, &whole, &types.iter().collect::<Vec<_>>(), at);
            }
            V::Option(ty) => self.drop_cases(code, &whole, &[None, Some(ty)], at),
            V::Result(ok, err) => {
                self.drop_cases(code, &whole, &[ok.as_ref(), err.as_ref()], at);
            }
            V::Variant(cases) => {
                let cases: Vec<_> = cases.iter().map(|(_, ty)| ty.as_ref()).collect();
                self.drop_cases(code, &whole, &cases, at);
            }
            V::List(ty) => self.drop_elements(code, &[ty], at),
            V::Map(key, value) => self.drop_elements(code, &[key, value], at),
            _ => {}
        }
    }

    fn drop_handle(&mut self, code: &mut Code, path: &TypePath, at: At) {
        let Ok(drop) = self.drop_of(path) else {
            return;
        };
        match at {
            At::Flat(local) => {
                code.get(local);
                if code.params.get(local as usize) == Some(&ValType::I64) {
                    code.op(I::I32WrapI64);
                }
            }
            At::Memory(address, offset) => {
                code.load(address, offset);
            }
        }
        code.call(drop);
    }

    fn drop_parts(&mut self, code: &mut Code, whole: &Ty, parts: &[&Arc<ValueType>], at: At) {
        let offsets = whole.offsets(Pointer::Narrow).unwrap_or_default();
        for (part, offset) in parts.iter().zip(offsets) {
            let at = match at {
                At::Flat(local) => At::Flat(local + offset.flat as u32),
                At::Memory(address, from) => At::Memory(address, from + offset.bytes as u32),
            };
            self.drop_in(code, part, at);
        }
    }

    fn drop_cases(
        &mut self,
        code: &mut Code,
        whole: &Ty,
        cases: &[Option<&Arc<ValueType>>],
        at: At,
    ) {
        let Some(tag) = whole.discriminant(Pointer::Narrow) else {
            return;
        };
        for (case, payload) in cases.iter().enumerate() {
            let Some(payload) = payload.filter(|ty| self.has_handles(ty)) else {
                continue;
            };
            let inner = match at {
                At::Flat(local) => {
                    code.get(local);
                    At::Flat(local + 1)
                }
                At::Memory(address, offset) => {
                    let place = MemArg {
                        offset: u64::from(offset),
                        align: 0,
                        memory_index: 0,
                    };
                    code.get(address).op(match tag.size {
                        1 => I::I32Load8U(place),
                        2 => I::I32Load16U(place),
                        _ => I::I32Load(place),
                    });
                    At::Memory(address, offset + tag.payload as u32)
                }
            };
            code.i32(case as u32).op(I::I32Eq).when();
            self.drop_in(code, payload, inner);
            code.end();
        }
    }

    /// Elements of a list, each of some parts.
    fn drop_elements(&mut self, code: &mut Code, parts: &[&Arc<ValueType>], at: At) {
        let types = parts.iter().map(|of| ty(self.world, of)).collect();
        let element = Ty::new(crate::binary::TyKind::Tuple(types));
        let size = element.layout(Pointer::Narrow).size as u32;
        let (here, left) = (code.local(ValType::I32), code.local(ValType::I32));
        match at {
            At::Flat(local) => {
                code.get(local).set(here).get(local + 1).set(left);
            }
            At::Memory(address, offset) => {
                code.load(address, offset).set(here);
                code.load(address, offset + 4).set(left);
            }
        }
        code.block().repeat();
        code.get(left).ops([I::I32Eqz, I::BrIf(1)]);
        self.drop_parts(code, &element, parts, At::Memory(here, 0));
        code.advance(here, size);
        code.get(left).i32(1).op(I::I32Sub).set(left);
        code.op(I::Br(0)).end().end();
    }
}
