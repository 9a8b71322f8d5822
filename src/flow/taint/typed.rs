//! Answers by type: the plainest value, and lists of names where the host hands out names.

use super::host::{MAX_NOISE, Typed};
use super::machine::{End, Machine, Val};
use super::mark::Lane;
use crate::binary::abi::Pointer;
use crate::binary::{Ty, TyKind};
use crate::graph::{CoreFunc, LowerId, Options};
use std::rc::Rc;

const NARROW: Pointer = Pointer::Narrow;

/// The state of a subtask that is over. Component-model `CanonicalABI.md`, "Subtask".
const RETURNED: u64 = 2;

impl Machine<'_, '_, '_> {
    /// The plainest value of the type of a lowered function: no error, first case, nothing
    /// in lists; of numbers and handles ones that grow.
    pub(super) fn typed(&mut self, id: LowerId, args: &[Val]) -> Result<Vec<Val>, End> {
        let lower = &self.program.lowers[id.index()];
        let is_async = lower.options.is_async;
        let results = self.host.manner.results.get(&CoreFunc::Lower(id));
        let results = results.copied().unwrap_or(0);
        let Some(types) = self.type_of(id) else {
            return Ok(vec![Val::of(0); results]);
        };
        let (ty, lowered) = &*types;
        let Some(result) = &ty.result else {
            return Ok(vec![Val::of(if is_async { RETURNED } else { 0 }); results]);
        };
        let list = self.host.manner.lists.contains(&CoreFunc::Lower(id));
        self.host.asked |= list;
        let Some(pointer) = lowered.result_pointer else {
            let value = match result.kind() {
                TyKind::Own(_) | TyKind::Borrow(_) => self.handle(),
                TyKind::U32 | TyKind::S32 => self.host.tick() & 0x7fff_ffff,
                TyKind::U64 | TyKind::S64 => self.host.tick(),
                _ => 0,
            };
            return Ok(vec![Val::of(value); results]);
        };
        let area = args.get(pointer).map_or(0, |a| u64::from(a.bits as u32));
        let asked = match (ty.params.as_slice(), result.kind()) {
            ([(_, param)], TyKind::List(element))
                if matches!(param.kind(), TyKind::U64 | TyKind::U32)
                    && matches!(element.kind(), TyKind::U8) =>
            {
                args.first().map(|a| a.bits)
            }
            _ => None,
        };
        let options = lower.options.clone();
        match asked {
            // Who asks for so many bytes gets so many.
            Some(len) => self.bytes(&options, area, len)?,
            None => self.value(&options, result, area, list)?,
        }
        Ok(vec![Val::of(if is_async { RETURNED } else { 0 }); results])
    }

    fn type_of(&mut self, id: LowerId) -> Option<Typed> {
        let program = self.program;
        let find = || {
            let lower = &program.lowers[id.index()];
            let component = program.instance(lower.instance).component?;
            let ty = program.binary.component(component).func_type(lower.index)?;
            let lowered = ty.lower(lower.options.is_async, NARROW);
            Some(Rc::new((ty, lowered)))
        };
        self.host.types.entry(id).or_insert_with(find).clone()
    }

    fn handle(&mut self) -> u64 {
        self.host.counters.handles += 1;
        self.host.counters.handles
    }

    fn bytes(&mut self, options: &Options, area: u64, len: u64) -> Result<(), End> {
        let len = len.min(MAX_NOISE);
        self.pay(len)?;
        let bytes: Vec<u8> = (0..len).map(|_| self.host.noise()).collect();
        self.text(options, area, &bytes, |_| Lane::NONE)
    }

    fn value(&mut self, options: &Options, ty: &Ty, at: u64, list: bool) -> Result<(), End> {
        let memory = options.memory.ok_or(End::Stopped)?;
        let size = ty.layout(NARROW).size;
        if size > MAX_NOISE {
            return Err(End::Stopped);
        }
        let filled = self.memories.fill(memory, at, 0, size);
        filled.ok_or(End::Trapped)?;
        let number = |machine: &mut Self, value: u64, len: usize| {
            let stored = machine.memories.store(memory, at, len, value, None);
            stored.ok_or(End::Trapped)
        };
        match ty.kind() {
            TyKind::U32 | TyKind::S32 => {
                let value = self.host.tick() & 0x7fff_ffff;
                number(self, value, 4)
            }
            TyKind::U64 | TyKind::S64 => {
                let value = self.host.tick();
                number(self, value, 8)
            }
            TyKind::Own(_) | TyKind::Borrow(_) => {
                let value = self.handle();
                number(self, value, 4)
            }
            TyKind::Record(fields) => {
                let types: Vec<&Ty> = fields.iter().map(|(_, ty)| ty).collect();
                self.fields(options, ty, &types, at, list)
            }
            TyKind::Tuple(types) => {
                let types: Vec<&Ty> = types.iter().collect();
                self.fields(options, ty, &types, at, list)
            }
            TyKind::Result { ok: Some(ok), .. } => self.payload(options, ty, ok, at, list),
            TyKind::Variant(cases) => match cases.first() {
                Some((_, Some(first))) => self.payload(options, ty, first, at, list),
                _ => Ok(()),
            },
            // An address that is none, but is aligned.
            TyKind::String => number(self, 8, 4),
            TyKind::List(element) if list => self.listed(options, element, at),
            TyKind::Map { entry, .. } if list => self.listed(options, entry, at),
            TyKind::List(_) | TyKind::Map { .. } => number(self, 8, 4),
            _ => Ok(()),
        }
    }

    fn fields(
        &mut self,
        options: &Options,
        ty: &Ty,
        types: &[&Ty],
        at: u64,
        list: bool,
    ) -> Result<(), End> {
        let offsets = ty.offsets(NARROW).unwrap_or_default();
        for (ty, offset) in types.iter().zip(offsets) {
            self.value(options, ty, at + offset.bytes, list)?;
        }
        Ok(())
    }

    fn payload(
        &mut self,
        options: &Options,
        ty: &Ty,
        payload: &Ty,
        at: u64,
        list: bool,
    ) -> Result<(), End> {
        let to = ty.discriminant(NARROW).map_or(0, |d| d.payload);
        self.value(options, payload, at + to, list)
    }

    /// A list of names, or of names with values.
    fn listed(&mut self, options: &Options, element: &Ty, at: u64) -> Result<(), End> {
        let memory = options.memory.ok_or(End::Stopped)?;
        let is_text = |ty: &Ty| matches!(ty.kind(), TyKind::String);
        let offset = match element.kind() {
            TyKind::String => 0,
            TyKind::Tuple(types) if types.first().is_some_and(is_text) => 0,
            TyKind::Record(fields) if fields.first().is_some_and(|(_, ty)| is_text(ty)) => 0,
            _ => return self.word(memory, at, 8),
        };
        let size = element.layout(NARROW).size;
        let align = element.layout(NARROW).align;
        let count = self.seen.names.len() as u64;
        let table = self.allocate(options, align, (count * size) as u32)?;
        for index in 0..count as usize {
            let at = u64::from(table) + index as u64 * size + offset;
            self.value(options, element, at, false)?;
            match element.kind() {
                TyKind::Tuple(types) if types.len() == 2 && is_text(&types[1]) => {
                    self.pair(options, at, index)?;
                }
                _ => self.name(options, at, index)?,
            }
        }
        self.word(memory, at, table)?;
        self.word(memory, at + 4, count as u32)
    }
}
