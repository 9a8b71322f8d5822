//! Reading values: lifting on the side that gives them.

use super::{MAX_BYTES, MAX_PARTS, NARROW, Side, Spot, Typed, fields, is_plain, scalar};
use crate::binary::abi::Offset;
use crate::binary::{MemoryId, StringEncoding, Ty, TyKind};
use crate::flow::engine::Engine;
use crate::flow::step::{Access, Binary};
use crate::flow::value::{Value, Word};
use crate::flow::world::World;
use crate::graph::MemoryRef;

impl Engine<'_, '_, '_> {
    /// Reads a value.
    pub(in crate::flow) fn read_typed(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        ty: &Ty,
        from: Spot<'_>,
        parts: &mut u32,
    ) -> Typed {
        *parts += 1;
        if *parts > MAX_PARTS {
            return Typed::Unknown;
        }
        if let Some((bytes, signed, wide)) = scalar(ty.kind()) {
            return self.read_scalar(world, side, ty, from, (bytes, signed, wide));
        }
        let step = |ty: &Ty| {
            let layout = ty.layout(NARROW);
            (layout.flat.as_ref().map_or(0, |f| f.len()), layout.size)
        };
        match ty.kind() {
            TyKind::String => self.read_text(world, side, from),
            TyKind::List(element) | TyKind::Map { entry: element, .. } => {
                self.read_list(world, side, element, from, parts)
            }
            TyKind::FixedList(element, length) if *length <= MAX_PARTS => {
                let (flat, bytes) = step(element);
                let read = |i: u32| from.part(flat * i as usize, bytes * u64::from(i));
                let places: Vec<Spot<'_>> = (0..*length).map(read).collect();
                let mut read = |at| self.read_typed(world, side, element, at, parts);
                Typed::Fields(places.into_iter().map(&mut read).collect())
            }
            TyKind::Record(_) | TyKind::Tuple(_) => {
                let offsets = ty.offsets(NARROW).unwrap_or_default();
                let mut read = |(ty, at): (&Ty, &Offset)| {
                    self.read_typed(world, side, ty, from.part(at.flat, at.bytes), parts)
                };
                Typed::Fields(
                    fields(ty)
                        .into_iter()
                        .zip(&offsets)
                        .map(&mut read)
                        .collect(),
                )
            }
            kind => {
                let (Some(cases), Some(tag)) = (kind.cases(), ty.discriminant(NARROW)) else {
                    return Typed::Unknown;
                };
                let found = match from {
                    Spot::Flat(values) => values.first().and_then(|v| world.resolve(v.lo).known()),
                    Spot::Memory(base) => side.options.memory.and_then(|memory| {
                        let size = tag.size as u8;
                        let value =
                            self.load_known(world, memory, base, &access(size, false, false));
                        value.lo.known()
                    }),
                };
                // Which case it is must be known: the payloads share their places.
                match found.and_then(|d| Some((d, cases.get(d as usize)?.1))) {
                    Some((d, None)) => Typed::Case(d, None),
                    Some((d, Some(ty))) => {
                        let at = from.part(1, tag.payload);
                        let payload = self.read_typed(world, side, ty, at, parts);
                        Typed::Case(d, Some(Box::new(payload)))
                    }
                    None => Typed::Unknown,
                }
            }
        }
    }

    fn read_scalar(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        ty: &Ty,
        from: Spot<'_>,
        (bytes, signed, wide): (u8, bool, bool),
    ) -> Typed {
        let value = match from {
            Spot::Flat(values) => match values.first() {
                Some(value) => world.resolve_value(*value),
                None => return Typed::Unknown,
            },
            Spot::Memory(base) => match side.options.memory {
                Some(memory) => self.load_known(world, memory, base, &access(bytes, signed, wide)),
                None => return Typed::Unknown,
            },
        };
        if wide {
            return Typed::Scalar(value);
        }
        let value = Value::narrow(value.lo);
        let (op, right) = match (ty.kind(), bytes, signed) {
            (TyKind::Bool, ..) => (Binary::I32Ne, 0),
            (_, 1, false) => (Binary::I32And, 0xff),
            (_, 2, false) => (Binary::I32And, 0xffff),
            (_, 4, _) => return Typed::Scalar(value),
            // Sign extension of what is not known is not worth a rule.
            (_, size, _) => {
                let shift = 32 - u32::from(size) * 8;
                return match value.lo {
                    Word::Known(bits) => {
                        let bits = ((bits << shift) as i32 >> shift) as u32;
                        Typed::Scalar(Value::known(u64::from(bits)))
                    }
                    Word::Unknown(_) => Typed::Unknown,
                };
            }
        };
        match self.symbols.binary(op, value, Value::known(right)) {
            Some(value) => Typed::Scalar(world.resolve_value(value)),
            None => Typed::Unknown,
        }
    }

    fn pair(&mut self, world: &mut World, side: &Side<'_>, from: Spot<'_>) -> Option<(u32, u32)> {
        let (address, len) = match from {
            Spot::Flat(values) => (values.first()?.lo, values.get(1)?.lo),
            Spot::Memory(base) => {
                let memory = side.options.memory?;
                let address = self.load_word(world, memory, base);
                (address, self.load_word(world, memory, base.wrapping_add(4)))
            }
        };
        Some((world.resolve(address).known()?, world.resolve(len).known()?))
    }

    fn bytes_at(&self, world: &World, memory: MemoryRef, start: u32, len: u32) -> Vec<Option<u8>> {
        self.with_back(|back| {
            (0..len)
                .map(|i| world.memory.byte(back, memory, start.wrapping_add(i)))
                .collect()
        })
    }

    fn read_text(&mut self, world: &mut World, side: &Side<'_>, from: Spot<'_>) -> Typed {
        let (Some((address, len)), Some(memory)) =
            (self.pair(world, side, from), side.options.memory)
        else {
            return Typed::Unknown;
        };
        let (units, wide) = match side.options.encoding {
            StringEncoding::Utf8 => (len, false),
            StringEncoding::Utf16 => (len, true),
            StringEncoding::Latin1Utf16 => (len & 0x7fff_ffff, len >> 31 == 1),
        };
        if units > MAX_BYTES {
            return Typed::Unknown;
        }
        let bytes = self.bytes_at(world, memory, address, if wide { units * 2 } else { units });
        if side.options.encoding == StringEncoding::Utf8 {
            return Typed::Text(bytes);
        }
        let Some(bytes) = bytes.into_iter().collect::<Option<Vec<u8>>>() else {
            return Typed::Unknown;
        };
        let text: String = match wide {
            true => {
                let units = bytes.as_chunks::<2>().0.iter();
                let units = units.map(|b| u16::from_le_bytes(*b));
                char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            false => bytes.iter().map(|b| char::from(*b)).collect(),
        };
        Typed::Text(text.into_bytes().into_iter().map(Some).collect())
    }

    fn read_list(
        &mut self,
        world: &mut World,
        side: &Side<'_>,
        element: &Ty,
        from: Spot<'_>,
        parts: &mut u32,
    ) -> Typed {
        let (Some((address, len)), Some(memory)) =
            (self.pair(world, side, from), side.options.memory)
        else {
            return Typed::Unknown;
        };
        let stride = element.layout(NARROW).size;
        let size = u64::from(len).saturating_mul(stride);
        if size > u64::from(MAX_BYTES) || (len > MAX_PARTS && !is_plain(element)) {
            return Typed::Unknown;
        }
        if is_plain(element) {
            return Typed::Plain(len, self.bytes_at(world, memory, address, size as u32));
        }
        let mut items = Vec::with_capacity(len as usize);
        for index in 0..len {
            let at = Spot::Memory(address).part(0, stride * u64::from(index));
            items.push(self.read_typed(world, side, element, at, parts));
        }
        Typed::Items(items)
    }
}

fn access(bytes: u8, signed: bool, wide: bool) -> Access {
    Access {
        memory: MemoryId(0),
        offset: 0,
        bytes,
        signed,
        wide,
    }
}
