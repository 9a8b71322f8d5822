//! Reading names out of memory at the places where calls expect them.

use super::engine::Engine;
use super::event::{Arrived, Piece, Text, Why};
use super::exec::Activation;
use super::place::{At, Place, Shape};
use super::value::{Value, Word};
use super::world::World;
use crate::binary::StringEncoding;
use crate::graph::MemoryRef;

/// Names longer than this are not read.
const MAX_NAME: u32 = 1 << 16;
/// Lists with more elements are not read.
const MAX_ELEMENTS: u32 = 4_096;

/// Where the rest of a value stands.
#[derive(Clone, Copy)]
enum Cursor<'v> {
    Flat(&'v [Value]),
    Memory(u32),
}

impl Engine<'_, '_, '_> {
    /// The names at a place of a call's arguments.
    pub(crate) fn names_at(
        &self,
        memory: Option<MemoryRef>,
        place: &Place,
        args: &[Value],
        world: &World,
    ) -> Vec<Arrived> {
        let Some(memory) = memory else {
            return vec![Arrived::Unknown(Why::Unanalysed)];
        };
        let reader = Reader {
            engine: self,
            world,
            memory,
        };
        let cursor = match place.at {
            At::Param(first) => args.get(first..).map(Cursor::Flat),
            At::Block { param, offset } => {
                let base = args.get(param).map(|v| world.resolve(v.lo));
                match base {
                    Some(Word::Known(base)) => Some(Cursor::Memory(base.wrapping_add(offset))),
                    _ => return vec![Arrived::Unknown(Why::Input)],
                }
            }
        };
        match cursor {
            Some(cursor) => reader.shape(&place.shape, cursor),
            None => vec![Arrived::Unknown(Why::Unanalysed)],
        }
    }

    /// The name given to a lookup.
    pub(crate) fn lookup_name(
        &self,
        at: &Activation,
        address: Word,
        len: Option<Word>,
        world: &World,
    ) -> Arrived {
        let Some(memory) = at.memory else {
            return Arrived::Unknown(Why::Unanalysed);
        };
        let reader = Reader {
            engine: self,
            world,
            memory,
        };
        match len {
            Some(len) => reader.text(StringEncoding::Utf8, address, len),
            None => reader.terminated(address),
        }
    }
}

struct Reader<'r, 'p, 'a, 'b> {
    engine: &'r Engine<'p, 'a, 'b>,
    world: &'r World,
    memory: MemoryRef,
}

impl Reader<'_, '_, '_, '_> {
    fn byte(&self, address: u32) -> Option<u8> {
        self.engine
            .with_back(|back| self.world.memory.byte(back, self.memory, address))
    }

    fn number(&self, address: u32, size: u32) -> Option<u32> {
        let mut bits = 0u32;
        for index in 0..size.min(4) {
            let byte = self.byte(address.wrapping_add(index))?;
            bits |= u32::from(byte) << (index * 8);
        }
        Some(bits)
    }

    fn word(&self, cursor: Cursor<'_>, index: usize) -> Option<u32> {
        match cursor {
            Cursor::Flat(values) => self.world.resolve(values.get(index)?.lo).known(),
            Cursor::Memory(base) => self.number(base.wrapping_add(index as u32 * 4), 4),
        }
    }

    fn shape(&self, shape: &Shape, cursor: Cursor<'_>) -> Vec<Arrived> {
        let unknown = |why| vec![Arrived::Unknown(why)];
        match shape {
            Shape::Text(encoding) => {
                let word = |i| match self.word(cursor, i) {
                    Some(word) => Word::Known(word),
                    None => self.some_unknown(cursor, i),
                };
                vec![self.text(*encoding, word(0), word(1))]
            }
            Shape::Case {
                discriminant,
                size,
                payload,
                inner,
            } => {
                let (found, rest) = match cursor {
                    Cursor::Flat(values) => (
                        values
                            .first()
                            .and_then(|v| self.world.resolve(v.lo).known()),
                        values.get(1..).map(Cursor::Flat),
                    ),
                    Cursor::Memory(base) => (
                        self.number(base, *size),
                        Some(Cursor::Memory(base.wrapping_add(*payload))),
                    ),
                };
                match (found, rest) {
                    (Some(d), _) if d != *discriminant => vec![Arrived::Nothing],
                    (Some(_), Some(rest)) => self.shape(inner, rest),
                    // It may or may not be there; if it is, this is it.
                    (None, Some(rest)) => self.shape(inner, rest),
                    (_, None) => unknown(Why::Unanalysed),
                }
            }
            Shape::Elements {
                stride,
                offset,
                inner,
            } => {
                let (Some(base), Some(len)) = (self.word(cursor, 0), self.word(cursor, 1)) else {
                    return unknown(Why::Input);
                };
                if len == 0 {
                    return vec![Arrived::Nothing];
                }
                if len > MAX_ELEMENTS {
                    return unknown(Why::Budget);
                }
                let element = |i: u32| {
                    let at = base
                        .wrapping_add(i.wrapping_mul(*stride))
                        .wrapping_add(*offset);
                    self.shape(inner, Cursor::Memory(at))
                };
                (0..len).flat_map(element).collect()
            }
            Shape::Number { size } => {
                let found = match cursor {
                    Cursor::Flat(_) => self.word(cursor, 0),
                    Cursor::Memory(base) => self.number(base, *size),
                };
                match found {
                    Some(n) => vec![Arrived::Exact(made(n.to_string().into_bytes()))],
                    None => unknown(Why::Input),
                }
            }
            Shape::Parts(parts) => {
                let mut bytes = Vec::new();
                for part in parts {
                    let cursor = match cursor {
                        Cursor::Flat(values) => values.get(part.flat..).map(Cursor::Flat),
                        Cursor::Memory(base) => {
                            Some(Cursor::Memory(base.wrapping_add(part.offset)))
                        }
                    };
                    let found = cursor.map(|c| self.shape(&part.shape, c));
                    let [Arrived::Exact(text)] = found.as_deref().unwrap_or(&[]) else {
                        return unknown(Why::Input);
                    };
                    if !bytes.is_empty() {
                        bytes.push(b' ');
                    }
                    bytes.extend(&text.bytes);
                }
                vec![Arrived::Exact(made(bytes))]
            }
        }
    }

    /// A word that is not known: a symbol when it is one.
    fn some_unknown(&self, cursor: Cursor<'_>, index: usize) -> Word {
        match cursor {
            Cursor::Flat(values) => values.get(index).map_or(Word::ZERO, |v| v.lo),
            Cursor::Memory(base) => {
                let address = base.wrapping_add(index as u32 * 4);
                let cell = self
                    .engine
                    .with_back(|back| self.world.memory.cell(back, self.memory, address & !3));
                match cell.sym {
                    Some(sym) => self.world.resolve(Word::Unknown(sym)),
                    None => Word::Unknown(self.engine.symbols.some()),
                }
            }
        }
    }

    fn text(&self, encoding: StringEncoding, address: Word, len: Word) -> Arrived {
        let (Word::Known(address), len) = (self.world.resolve(address), self.world.resolve(len))
        else {
            return Arrived::Unknown(Why::Input);
        };
        let Word::Known(len) = len else {
            return self.beginning(encoding, address, len);
        };
        let (units, wide) = match encoding {
            StringEncoding::Utf8 => (len, false),
            StringEncoding::Utf16 => (len, true),
            StringEncoding::Latin1Utf16 => (len & 0x7fff_ffff, len >> 31 == 1),
        };
        if units > MAX_NAME {
            return Arrived::Unknown(Why::Budget);
        }
        let size = if wide { units.saturating_mul(2) } else { units };
        let mut bytes = Vec::with_capacity(size as usize);
        for index in 0..size {
            match self.byte(address.wrapping_add(index)) {
                Some(byte) => bytes.push(byte),
                None if encoding == StringEncoding::Utf8 => {
                    return self.known_so_far(bytes, address);
                }
                None => return Arrived::Unknown(Why::Bytes),
            }
        }
        let pieces = self.pieces(&bytes, address);
        let bytes = match (encoding, wide) {
            (StringEncoding::Utf8, _) => bytes,
            (_, true) => {
                let units = bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|b| u16::from_le_bytes(*b));
                let text: String = char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                text.into_bytes()
            }
            (_, false) => bytes
                .iter()
                .map(|b| char::from(*b))
                .collect::<String>()
                .into_bytes(),
        };
        Arrived::Exact(self.found(bytes, address, pieces))
    }

    /// A name whose length is not known: only as many bytes as it has for certain are part
    /// of it.
    fn beginning(&self, encoding: StringEncoding, address: u32, len: Word) -> Arrived {
        let (least, _) = self.engine.symbols.range(self.world, len);
        if encoding != StringEncoding::Utf8 {
            return Arrived::Unknown(Why::Bytes);
        }
        let known = (0..least.min(MAX_NAME)).map_while(|i| self.byte(address.wrapping_add(i)));
        self.known_so_far(known.collect(), address)
    }

    fn terminated(&self, address: Word) -> Arrived {
        let Word::Known(address) = self.world.resolve(address) else {
            return Arrived::Unknown(Why::Input);
        };
        let mut bytes = Vec::new();
        for index in 0..MAX_NAME {
            match self.byte(address.wrapping_add(index)) {
                Some(0) => {
                    let pieces = self.pieces(&bytes, address);
                    return Arrived::Exact(self.found(bytes, address, pieces));
                }
                Some(byte) => bytes.push(byte),
                None => return self.known_so_far(bytes, address),
            }
        }
        Arrived::Unknown(Why::Budget)
    }

    /// The name begins with these bytes; the next one is not known.
    fn known_so_far(&self, bytes: Vec<u8>, address: u32) -> Arrived {
        match bytes.is_empty() {
            true => Arrived::Unknown(Why::Bytes),
            false => {
                let pieces = self.pieces(&bytes, address);
                Arrived::Prefix(self.found(bytes, address, pieces))
            }
        }
    }

    /// Where bytes come from, if anybody asks.
    fn pieces(&self, bytes: &[u8], address: u32) -> Vec<Piece> {
        let recorder = &self.engine.recorder;
        if !recorder.on {
            return Vec::new();
        }
        let (origins, images) = (&self.world.origins, &self.engine.images);
        origins.pieces(recorder, images, self.memory, address, bytes)
    }

    fn found(&self, bytes: Vec<u8>, address: u32, pieces: Vec<Piece>) -> Text {
        let images = &self.engine.images;
        let literal = !bytes.is_empty() && images.covers(self.memory, address);
        Text {
            bytes,
            address,
            literal,
            pieces,
        }
    }
}

fn made(bytes: Vec<u8>) -> Text {
    Text {
        bytes,
        address: 0,
        literal: false,
        pieces: Vec::new(),
    }
}
