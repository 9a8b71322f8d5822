//! Functions that hand a call on to outside, and give back what outside says.
//!
//! A function that is `async` may wait for its answer, and others may be called meanwhile: it
//! is lifted with a callback, calls outside without blocking, keeps what it needs in a record,
//! and returns to its caller when the answer is there (component-model `CanonicalABI.md`,
//! `canon_lift` with `callback`, `canon_lower` with `async`). What was allocated for a call is
//! given back when no call is under way.

use super::encode::core;
use super::flat::{self, Place};
use super::host::Host;
use super::{Code, Const, Fn, Maker, Shape, behind, lowered, ty};
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{ItemType, Signature, ValueType};
use crate::binary::{FuncType, Ty};
use crate::virt::error::VirtError;
use std::sync::Arc;
use wasm_encoder::{Instruction as I, ValType};

/// States of a call to outside: it has an answer, or was given up.
const RETURNED: u32 = 2;
/// What a callback gives: the call is done, or waits for something of a set.
const EXIT: u32 = 0;
const WAIT: u32 = 2;
/// The event that a caller does not want the answer any more.
const CANCELLED: u32 = 6;

/// A call that is under way, in memory: the set that it waits for, the call to outside, the
/// borrowed handles that its caller lent, parameters that outside reads from memory, and the
/// answer.
struct Record {
    handles: Vec<u32>,
    params: u32,
    answer: u32,
    size: u32,
}

const SET: u32 = 0;
const SUBTASK: u32 = 4;
const HANDLES: u32 = 8;

/// A function of outside that answers for one that is lifted with a callback.
pub(in crate::virt) struct Callee<'c> {
    /// The import.
    pub(in crate::virt) item: &'c str,
    /// The function.
    pub(in crate::virt) name: &'c str,
    /// Its type.
    pub(in crate::virt) signature: &'c Arc<Signature>,
    /// Where its result stands in the answer: 0 if it is the answer, else that of the payload
    /// of its first case.
    pub(in crate::virt) at: u32,
}

/// A function that is lifted with a callback.
pub(super) struct Task {
    /// What is called when something happens.
    pub(super) callback: Code,
}

impl Maker<'_> {
    /// The code of a function that may hand calls on; see [`Maker::begin`].
    pub(in crate::virt) fn begin_passing(&self, signature: &Signature) -> (Code, Shape) {
        let (mut code, mut shape) = self.begin(signature);
        if self.can_wait(signature) {
            code.results = vec![ValType::I32];
            shape.is_task = true;
        }
        (code, shape)
    }

    /// Whether a function can be lifted with a callback. Handles inside of other values are
    /// not kept, and parameters in memory are those of the caller.
    fn can_wait(&self, signature: &Signature) -> bool {
        let is_plain = |of: &ValueType| match behind(self.world, of) {
            ValueType::Borrow(_) => true,
            _ => !self.has_handles(of) || matches!(behind(self.world, of), ValueType::Own(_)),
        };
        let flat = matches!(lowered(self.world, signature).places, Params::Flat(_));
        let mut params = signature.params.iter();
        signature.is_async && flat && params.all(|(_, of)| is_plain(of))
    }

    /// The core function that calls outside without blocking.
    fn outside_of_task(&self, signature: &Signature) -> crate::binary::abi::Lowered {
        func_type(self, signature).lower(true, Pointer::Narrow)
    }

    /// Ends a function with a constant, or by trapping without one.
    pub(in crate::virt) fn answer_constant(
        &mut self,
        code: &mut Code,
        name: &str,
        signature: &Signature,
        shape: &Shape,
        value: Option<&Const>,
    ) -> Result<(), VirtError> {
        if !shape.is_task {
            code.forget();
            self.give(code, name, signature, value)?;
            code.op(I::Return);
            return Ok(());
        }
        let at = code.local(ValType::I32);
        match (&signature.result, value) {
            (Some(result), Some(value)) => {
                let place = self.place(name, result, value)?;
                code.i32(place).set(at);
            }
            (Some(_), None) => {
                code.op(I::Unreachable);
                return Ok(());
            }
            (None, _) => {}
        }
        self.answer(code, signature, shape, at)
    }

    /// Ends a function with the result that stands at the address in a local.
    pub(in crate::virt) fn answer(
        &mut self,
        code: &mut Code,
        signature: &Signature,
        shape: &Shape,
        at: u32,
    ) -> Result<(), VirtError> {
        if shape.is_task {
            self.task_return(code, signature, at)?;
            code.forget().i32(EXIT).op(I::Return);
        } else {
            code.forget().get(at).op(I::Return);
        }
        Ok(())
    }

    /// Gives the result at the address in a local to the caller.
    fn task_return(
        &mut self,
        code: &mut Code,
        signature: &Signature,
        at: u32,
    ) -> Result<(), VirtError> {
        if let Some(result) = &signature.result {
            let result = ty(self.world, result);
            match flat::load(code, &result, Place(at, 0)) {
                Some(locals) => {
                    for local in locals {
                        code.get(local);
                    }
                }
                None if result.layout(Pointer::Narrow).flat.is_none() => {
                    code.get(at);
                }
                None => return Err(self.unsupported(format!("the result of `{signature}`"))),
            }
        }
        let mut params = Vec::new();
        let mut renamed = None;
        if let Some(result) = &signature.result {
            renamed = Some(self.renamed(result)?);
            let result = ty(self.world, result);
            let flat = result.layout(Pointer::Narrow).flat.as_deref();
            params = match flat {
                Some(flat) => flat.iter().map(|ty| core(*ty)).collect(),
                None => vec![ValType::I32],
            };
        }
        let text = |ty: &Option<Arc<ValueType>>| ty.as_ref().map(|ty| ty.to_string());
        let mut known = self.returns.iter();
        let known = known.position(|(ty, _)| text(ty) == text(&renamed));
        let position = known.unwrap_or(self.returns.len());
        if known.is_none() {
            self.returns.push((renamed, params));
        }
        let give = self.host(Host::TaskReturn(position));
        code.call(give);
        Ok(())
    }

    /// Ends a function with the answer of outside. `args` are locals with its core parameters;
    /// borrowed handles are dropped, owned ones belong to outside.
    pub(in crate::virt) fn pass_on(
        &mut self,
        code: &mut Code,
        name: &str,
        signature: &Arc<Signature>,
        shape: &Shape,
        args: &[u32],
    ) -> Result<(), VirtError> {
        if shape.is_task {
            let callee = Callee {
                item: self.name,
                name,
                signature,
                at: 0,
            };
            return self.pass_on_to(code, &callee, name, signature, shape, args);
        }
        let outside = self.outside(name, signature);
        let answer = match (&signature.result, shape.by_address) {
            (Some(result), true) => {
                let layout = ty(self.world, result);
                let layout = layout.layout(Pointer::Narrow);
                Some(self.reserve(layout.size, layout.align)?)
            }
            _ => None,
        };
        for arg in args {
            code.get(*arg);
        }
        if let Some(answer) = answer {
            code.i32(answer);
        }
        code.call(outside);
        // A result that is no address stays on the stack.
        self.drop_borrowed(code, signature, shape);
        code.forget();
        if let Some(answer) = answer {
            code.i32(answer);
        }
        code.op(I::Return);
        Ok(())
    }

    /// The same for a function that is lifted with a callback, and any function of outside.
    pub(in crate::virt) fn pass_on_to(
        &mut self,
        code: &mut Code,
        callee: &Callee<'_>,
        name: &str,
        signature: &Arc<Signature>,
        shape: &Shape,
        args: &[u32],
    ) -> Result<(), VirtError> {
        let call = self.outside_of_task(callee.signature);
        let record = self.record(signature, shape, &call.places);
        let under_way = self.under_way()?;
        let outside = self.outside_async(callee);
        let at = code.local(ValType::I32);
        let (state, subtask) = (code.local(ValType::I32), code.local(ValType::I32));
        code.i32(0).i32(0).i32(8).i32(record.size);
        code.call(Fn::Alloc).set(at);
        for (position, handle) in record.handles.iter().enumerate() {
            let place = HANDLES + 4 * position as u32;
            code.get(at).get(*handle).store(place);
        }
        count(code, under_way, 1);
        match &call.places {
            Params::Flat(_) => {
                for arg in args {
                    code.get(*arg);
                }
            }
            Params::Block(places) => {
                let mut args = args;
                for ((_, of), place) in callee.signature.params.iter().zip(places) {
                    let of = ty(self.world, of);
                    let to = Place(at, record.params + *place as u32);
                    let stored = flat::store(code, &of, args, to);
                    let taken = of.layout(Pointer::Narrow).flat.as_ref();
                    let rest = taken.and_then(|flat| args.get(flat.len()..));
                    args = stored
                        .and(rest)
                        .ok_or_else(|| self.unsupported(format!("`{name}` is `{signature}`")))?;
                }
                code.get(at).i32(record.params).op(I::I32Add);
            }
        }
        if callee.at > 0 {
            // The first case of a variant, whose payload is what the other function gives.
            code.get(at).i32(0).store(record.answer);
        }
        if call.result_pointer.is_some() {
            code.get(at).i32(record.answer + callee.at).op(I::I32Add);
        }
        code.call(outside).op(I::LocalTee(state));
        code.i32(4).op(I::I32ShrU).set(subtask);
        code.get(state).i32(15).op(I::I32And).set(state);
        code.get(state).i32(RETURNED).op(I::I32Eq).when();
        self.complete(code, signature, &record, at, under_way)?;
        code.i32(EXIT).op(I::Return).end();
        let (new, join) = (self.host(Host::SetNew), self.host(Host::Join));
        let keep = self.host(Host::ContextSet);
        code.call(new).set(state);
        code.get(subtask).get(state).call(join);
        code.get(at).get(state).store(SET);
        code.get(at).get(subtask).store(SUBTASK);
        code.get(at).call(keep);
        wait(code, state);
        code.op(I::Return);

        let callback = self.callback(signature, &record, under_way)?;
        self.tasks.insert(name.to_string(), Task { callback });
        Ok(())
    }

    /// `(event, handle, state) → what to do next`.
    fn callback(
        &mut self,
        signature: &Arc<Signature>,
        record: &Record,
        under_way: u32,
    ) -> Result<Code, VirtError> {
        let mut code = Code::new(vec![ValType::I32; 3], vec![ValType::I32]);
        let (event, state) = (0, 2);
        let (at, set) = (code.local(ValType::I32), code.local(ValType::I32));
        let get = self.host(Host::ContextGet);
        let cancel = self.host(Host::SubtaskCancel);
        code.call(get).set(at).load(at, SET).set(set);
        code.get(event).i32(CANCELLED).op(I::I32Eq).when();
        code.load(at, SUBTASK).call(cancel).set(state).end();
        code.get(state).i32(RETURNED).op(I::I32LtU).when();
        wait(&mut code, set);
        code.op(I::Return).end();
        let (drop, drop_set) = (self.host(Host::SubtaskDrop), self.host(Host::SetDrop));
        code.load(at, SUBTASK).call(drop);
        code.get(set).call(drop_set);
        code.get(state).i32(RETURNED).op(I::I32Eq).when();
        self.complete(&mut code, signature, record, at, under_way)?;
        code.i32(EXIT).op(I::Return).end();
        self.drop_lent(&mut code, signature, record, at);
        let give_up = self.host(Host::TaskCancel);
        code.call(give_up);
        count(&mut code, under_way, -1);
        code.forget().i32(EXIT);
        Ok(code)
    }

    /// Gives the answer in a record to the caller; the call is over.
    fn complete(
        &mut self,
        code: &mut Code,
        signature: &Arc<Signature>,
        record: &Record,
        at: u32,
        under_way: u32,
    ) -> Result<(), VirtError> {
        self.drop_lent(code, signature, record, at);
        let answer = code.local(ValType::I32);
        code.get(at).i32(record.answer).op(I::I32Add).set(answer);
        self.task_return(code, signature, answer)?;
        count(code, under_way, -1);
        code.forget();
        Ok(())
    }

    /// Drops the borrowed handles in a record.
    fn drop_lent(&mut self, code: &mut Code, signature: &Signature, record: &Record, at: u32) {
        let params = signature.params.iter();
        let lent = params.filter_map(|(_, of)| match behind(self.world, of) {
            ValueType::Borrow(path) if !self.is_own(path) => Some(path.clone()),
            _ => None,
        });
        let lent: Vec<_> = lent.take(record.handles.len()).collect();
        for (position, path) in lent.iter().enumerate() {
            if let Ok(drop) = self.drop_of(path) {
                code.load(at, HANDLES + 4 * position as u32).call(drop);
            }
        }
    }

    fn record(&self, signature: &Signature, shape: &Shape, places: &Params) -> Record {
        let mut handles = Vec::new();
        for (position, (_, of)) in signature.params.iter().enumerate() {
            if let ValueType::Borrow(path) = behind(self.world, of)
                && !self.is_own(path)
                && let Params::Flat(places) = &shape.places
                && let Some(place) = places.get(position)
            {
                handles.push(*place as u32);
            }
        }
        let params = (HANDLES + 4 * handles.len() as u32).next_multiple_of(8);
        let types: Vec<Ty> = signature
            .params
            .iter()
            .map(|(_, of)| ty(self.world, of))
            .collect();
        let block = match places {
            Params::Flat(_) => 0,
            Params::Block(_) => {
                let all = Ty::new(crate::binary::TyKind::Tuple(types));
                all.layout(Pointer::Narrow).size as u32
            }
        };
        let answer = (params + block).next_multiple_of(8);
        let result = signature.result.as_ref().map(|of| ty(self.world, of));
        let result = result.map_or(0, |of| of.layout(Pointer::Narrow).size as u32);
        Record {
            handles,
            params,
            answer,
            size: answer + result.max(8),
        }
    }

    /// The cell that counts calls that are under way.
    fn under_way(&mut self) -> Result<u32, VirtError> {
        if let Some(cell) = self.under_way {
            return Ok(cell);
        }
        let cell = self.reserve(4, 4)?;
        self.under_way = Some(cell);
        Ok(cell)
    }

    /// A function of outside, called without blocking.
    fn outside_async(&mut self, callee: &Callee<'_>) -> Fn {
        let is_instance = self.world.imports.get(callee.item);
        let is_instance = is_instance.is_some_and(|i| matches!(i.ty, ItemType::Instance(_)));
        let member = is_instance.then_some(callee.name);
        self.needed
            .add_function(self.world, callee.item, member, callee.signature);
        self.host(Host::LowerAsync(
            callee.item.to_string(),
            member.map(str::to_string),
        ))
    }
}

/// Adds to a cell.
fn count(code: &mut Code, cell: u32, by: i32) {
    let at = code.local(ValType::I32);
    code.i32(cell).set(at);
    code.get(at).load(at, 0);
    code.op(I::I32Const(by)).op(I::I32Add).store(0);
}

/// Leaves on the stack that the call waits for a set, which is in a local.
fn wait(code: &mut Code, set: u32) {
    code.get(set).i32(4).op(I::I32Shl).i32(WAIT).op(I::I32Or);
}

/// A signature as the canonical ABI sees it.
pub(super) fn func_type(maker: &Maker<'_>, of: &Signature) -> FuncType {
    let params = of.params.iter();
    FuncType {
        params: params
            .map(|(name, of)| (name.clone(), ty(maker.world, of)))
            .collect(),
        result: of.result.as_ref().map(|of| ty(maker.world, of)),
        is_async: of.is_async,
    }
}
