//! Writing values: lowering on the side that takes them.

use super::{MAX_BYTES, NARROW, Side, Typed, fields, is_plain, scalar};
use crate::binary::{StringEncoding, Ty, TyKind, ValType};
use crate::flow::engine::{Engine, Mode, Run, Stop, Summary};
use crate::flow::value::{Value, Word};
use crate::flow::world::World;
use crate::graph::{CoreFunc, MemoryRef};

impl Engine<'_, '_, '_> {
    /// Memory from the allocator of a side. `None` when its address is not known.
    pub(in crate::flow) fn reserve(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        align: u32,
        size: Option<u32>,
        run: &mut Run,
    ) -> Result<Option<u32>, Stop> {
        let (Some(memory), Some(realloc)) = (side.options.memory, side.options.realloc) else {
            return Ok(None);
        };
        let allocates = matches!(
            self.summaries.get(&self.behind(realloc)),
            Some(Summary::Allocate { .. } | Summary::Reallocate { .. })
        );
        if allocates {
            return Ok(world.allocate(memory, size));
        }
        let size = match size {
            Some(size) => Value::known(u64::from(size)),
            None => self.symbols.fresh_value(false),
        };
        let args = vec![
            Value::ZERO,
            Value::ZERO,
            Value::known(u64::from(align)),
            size,
        ];
        let mut outcomes = self.call(side.at, realloc, args.clone(), world.clone(), run)?;
        if outcomes.len() != 1 {
            outcomes = self.havoc(side.at, realloc, &args, world.clone());
        }
        let address = match outcomes.pop() {
            Some((after, results)) => {
                *world = after;
                results.first().and_then(|v| world.resolve(v.lo).known())
            }
            None => None,
        };
        if address.is_none() && self.mode == Mode::Abstract {
            // Something is written wherever that is.
            world.dirty = true;
            world.clobber();
        }
        Ok(address)
    }

    /// A value as core parameters or results.
    pub(in crate::flow) fn flatten(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        ty: &Ty,
        typed: &Typed,
        run: &mut Run,
    ) -> Result<Vec<Value>, Stop> {
        let layout = ty.layout(NARROW);
        let flat: Vec<ValType> = layout.flat.as_deref().unwrap_or(&[]).to_vec();
        let mut values = match (typed, ty.kind()) {
            (Typed::Scalar(value), _) => vec![*value],
            (Typed::Text(_) | Typed::Plain(..) | Typed::Items(_), _) => {
                match self.write_sequence(world, side, ty, typed, run)? {
                    Some((address, len)) => [address, len]
                        .map(|word| Value::known(u64::from(word)))
                        .to_vec(),
                    None => Vec::new(),
                }
            }
            (Typed::Fields(parts), TyKind::FixedList(element, _)) => {
                let mut values = Vec::new();
                for part in parts {
                    values.extend(self.flatten(world, side, element, part, run)?);
                }
                values
            }
            (Typed::Fields(parts), _) => {
                let mut values = Vec::new();
                for (ty, part) in fields(ty).into_iter().zip(parts) {
                    values.extend(self.flatten(world, side, ty, part, run)?);
                }
                values
            }
            (Typed::Case(d, payload), kind) => {
                let mut values = vec![Value::known(u64::from(*d))];
                if let (Some(payload), Some(ty)) = (payload, case(kind, *d)) {
                    values.extend(self.flatten(world, side, ty, payload, run)?);
                }
                // Places that only other cases use hold zero.
                values.resize(flat.len().max(values.len()), Value::ZERO);
                values
            }
            (Typed::Unknown, _) => {
                self.reserve_unknown(world, side, ty, run)?;
                Vec::new()
            }
        };
        for ty in flat.iter().skip(values.len()) {
            let wide = matches!(ty, ValType::I64 | ValType::F64);
            values.push(self.symbols.fresh_value(wide));
        }
        Ok(values)
    }

    /// An allocator that is none we know runs for what is not known, too.
    fn reserve_unknown(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        ty: &Ty,
        run: &mut Run,
    ) -> Result<(), Stop> {
        let known = side.options.realloc.is_none_or(|f| {
            let summary = self.summaries.get(&self.behind(f));
            matches!(
                summary,
                Some(Summary::Allocate { .. } | Summary::Reallocate { .. })
            )
        });
        if !known && !is_plain(ty) {
            self.reserve(world, side, 1, None, run)?;
        }
        Ok(())
    }

    /// Writes a value to memory.
    pub(in crate::flow) fn write_typed(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        ty: &Ty,
        typed: &Typed,
        address: u32,
        run: &mut Run,
    ) -> Result<(), Stop> {
        let Some(memory) = side.options.memory else {
            return Ok(());
        };
        let size = ty.layout(NARROW).size.min(u64::from(MAX_BYTES)) as u32;
        match (typed, ty.kind()) {
            (Typed::Scalar(value), kind) => {
                let bytes = scalar(kind).map_or(4, |(bytes, ..)| bytes);
                self.touch(world, memory, address, u32::from(bytes));
                self.put(world, memory, address, bytes, *value);
            }
            (Typed::Text(_) | Typed::Plain(..) | Typed::Items(_), _) => {
                self.touch(world, memory, address, 8);
                let words = match self.write_sequence(world, side, ty, typed, run)? {
                    Some((start, len)) => [Word::Known(start), Word::Known(len)],
                    None => [self.symbols.fresh(), self.symbols.fresh()],
                };
                for (index, word) in words.into_iter().enumerate() {
                    let at = address.wrapping_add(index as u32 * 4);
                    self.put(world, memory, at, 4, Value::narrow(word));
                }
            }
            (Typed::Fields(parts), TyKind::FixedList(element, _)) => {
                let stride = element.layout(NARROW).size as u32;
                for (index, part) in parts.iter().enumerate() {
                    let at = address.wrapping_add(stride.wrapping_mul(index as u32));
                    self.write_typed(world, side, element, part, at, run)?;
                }
            }
            (Typed::Fields(parts), _) => {
                let offsets = ty.offsets(NARROW).unwrap_or_default();
                for ((ty, part), offset) in fields(ty).into_iter().zip(parts).zip(offsets) {
                    let at = address.wrapping_add(offset.bytes as u32);
                    self.write_typed(world, side, ty, part, at, run)?;
                }
            }
            (Typed::Case(d, payload), kind) => {
                self.touch(world, memory, address, size);
                world.memory.forget(memory, address, size);
                let Some(tag) = ty.discriminant(NARROW) else {
                    return Ok(());
                };
                let value = Value::known(u64::from(*d));
                self.put(world, memory, address, tag.size as u8, value);
                if let (Some(payload), Some(ty)) = (payload, case(kind, *d)) {
                    let at = address.wrapping_add(tag.payload as u32);
                    self.write_typed(world, side, ty, payload, at, run)?;
                }
            }
            (Typed::Unknown, _) => {
                self.reserve_unknown(world, side, ty, run)?;
                self.touch(world, memory, address, size);
                world.memory.forget(memory, address, size);
            }
        }
        Ok(())
    }

    fn put(&self, world: &mut World, memory: MemoryRef, address: u32, bytes: u8, value: Value) {
        self.with_back(|back| match bytes {
            4 | 8 => {
                for (index, word) in [value.lo, value.hi]
                    .into_iter()
                    .take(usize::from(bytes / 4))
                    .enumerate()
                {
                    let at = address.wrapping_add(index as u32 * 4);
                    world.memory.set_word(back, memory, at, word);
                }
            }
            bytes => {
                for index in 0..u32::from(bytes) {
                    let byte = value.lo.known().map(|w| (w >> (index * 8)) as u8);
                    let at = address.wrapping_add(index);
                    world.memory.set_byte(back, memory, at, byte);
                }
            }
        });
    }

    /// Writes the contents of a string or list to memory that it allocates: address and
    /// length.
    fn write_sequence(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        ty: &Ty,
        typed: &Typed,
        run: &mut Run,
    ) -> Result<Option<(u32, u32)>, Stop> {
        let (element, align) = match ty.kind() {
            TyKind::List(element) | TyKind::Map { entry: element, .. } => {
                (Some(element), element.layout(NARROW).align)
            }
            _ => (None, 1),
        };
        let (bytes, len) = match typed {
            Typed::Text(bytes) => match encode(bytes, side.options.encoding) {
                Some(encoded) => encoded,
                None => {
                    self.reserve_unknown(world, side, ty, run)?;
                    return Ok(None);
                }
            },
            Typed::Plain(len, bytes) => (bytes.clone(), *len),
            Typed::Items(items) => {
                let stride = element.map_or(1, |e| e.layout(NARROW).size) as usize;
                (vec![None; items.len() * stride], items.len() as u32)
            }
            _ => return Ok(None),
        };
        let size = bytes.len() as u32;
        let Some(start) = self.reserve(world, side, align, Some(size), run)? else {
            return Ok(None);
        };
        let Some(memory) = side.options.memory else {
            return Ok(None);
        };
        self.touch(world, memory, start, size);
        self.with_back(|back| {
            for (index, byte) in bytes.iter().enumerate() {
                let at = start.wrapping_add(index as u32);
                world.memory.set_byte(back, memory, at, *byte);
            }
        });
        if let (Typed::Items(items), Some(element)) = (typed, element) {
            let stride = element.layout(NARROW).size as u32;
            for (index, item) in items.iter().enumerate() {
                let at = start.wrapping_add(stride.wrapping_mul(index as u32));
                self.write_typed(world, side, element, item, at, run)?;
            }
        }
        Ok(Some((start, len)))
    }

    /// The function that a chain of trampolines leads to.
    fn behind(&self, func: CoreFunc) -> CoreFunc {
        self.program.behind_trampolines(func)
    }
}

fn case(kind: &TyKind, discriminant: u32) -> Option<&Ty> {
    kind.cases()?.get(discriminant as usize)?.1
}

/// A string in an encoding: its bytes, and its length as it is passed. Between encodings
/// only what is known as a whole.
fn encode(bytes: &[Option<u8>], encoding: StringEncoding) -> Option<(Vec<Option<u8>>, u32)> {
    if encoding == StringEncoding::Utf8 {
        return Some((bytes.to_vec(), bytes.len() as u32));
    }
    let known: Vec<u8> = bytes.iter().copied().collect::<Option<_>>()?;
    let text = String::from_utf8(known).ok()?;
    let latin1 = encoding == StringEncoding::Latin1Utf16;
    if latin1 && text.chars().all(|c| u32::from(c) <= 0xff) {
        let bytes: Vec<Option<u8>> = text.chars().map(|c| Some(u32::from(c) as u8)).collect();
        let len = bytes.len() as u32;
        return Some((bytes, len));
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let tag = if latin1 { 1 << 31 } else { 0 };
    let bytes = units.iter().flat_map(|u| u.to_le_bytes()).map(Some);
    Some((bytes.collect(), units.len() as u32 | tag))
}
