//! Loads, stores and bulk memory instructions.

use super::engine::{Engine, Mode, Stop};
use super::event::Why;
use super::exec::{Activation, State};
use super::step::Access;
use super::value::{Value, Word};
use super::world::World;
use crate::binary::MemoryId;
use crate::graph::MemoryRef;

/// Bulk operations on more bytes than this forget instead of copying.
const MAX_BULK: u32 = 1 << 16;

impl Engine<'_, '_, '_> {
    fn memory_of(&self, at: &Activation, memory: MemoryId) -> Option<MemoryRef> {
        let memories = &self.program.core_instance(at.id).memories;
        memories.get(memory.index()).copied().flatten()
    }

    pub(crate) fn load(
        &mut self,
        at: &Activation,
        state: &mut State,
        access: &Access,
    ) -> Result<bool, Stop> {
        let address = state.pop();
        let target = self.memory_of(at, access.memory);
        let effective = effective(address, access);
        let value = match (target, effective) {
            (Some(memory), Some(Some(address))) => {
                let value = self.load_known(&mut state.world, memory, address, access);
                if let (true, Some(bits)) = (self.recorder.on, value.bits()) {
                    let (recorder, images) = (&mut self.recorder, &self.images);
                    let at = (memory, address);
                    let origins = &state.world.origins;
                    origins.loaded(recorder, images, at, access.bytes, bits);
                }
                value
            }
            (_, Some(None)) => return Ok(false),
            _ if self.mode == Mode::Concrete => return Err(Stop::Opaque(Why::Input)),
            _ => self.symbols.fresh_value(access.wide),
        };
        state.push(value);
        Ok(true)
    }

    pub(super) fn load_known(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        address: u32,
        access: &Access,
    ) -> Value {
        match access.bytes {
            4 if !access.wide => Value::narrow(self.load_word(world, memory, address)),
            16 => {
                let word = |i: u32| self.load_word(world, memory, address.wrapping_add(i * 4));
                let words = [0, 1, 2, 3].map(word);
                Value::narrow(self.symbols.of_vector(words))
            }
            8 => Value {
                lo: self.load_word(world, memory, address),
                hi: self.load_word(world, memory, address.wrapping_add(4)),
            },
            bytes => {
                let mut bits = 0u64;
                for index in 0..u32::from(bytes) {
                    let address = address.wrapping_add(index);
                    let byte = self.with_back(|back| world.memory.byte(back, memory, address));
                    match byte {
                        Some(byte) => bits |= u64::from(byte) << (index * 8),
                        None => return self.narrow_unknown(world, memory, address, access),
                    }
                }
                if access.signed {
                    let shift = 64 - u32::from(bytes) * 8;
                    bits = ((bits << shift) as i64 >> shift) as u64;
                }
                if !access.wide {
                    bits &= 0xffff_ffff;
                }
                Value::known(bits)
            }
        }
    }

    /// A load of less than a word whose bytes are not known. Twice the same byte of the same
    /// symbol gives the same value.
    fn narrow_unknown(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        address: u32,
        access: &Access,
    ) -> Value {
        if access.wide || !address.is_multiple_of(4) || access.signed {
            return self.symbols.fresh_value(access.wide);
        }
        let cell = self.with_back(|back| world.memory.cell(back, memory, address));
        let word = match (cell.sym, cell.mask) {
            (Some(sym), _) => Word::Unknown(sym),
            (None, 0) => self.load_word(world, memory, address),
            _ => return self.symbols.fresh_value(false),
        };
        let mask = if access.bytes == 1 { 0xff } else { 0xffff };
        let word = Value::narrow(world.resolve(word));
        let and = super::step::Binary::I32And;
        match self.symbols.binary(and, word, Value::known(mask)) {
            Some(value) => world.resolve_value(value),
            None => self.symbols.fresh_value(false),
        }
    }

    /// The word at an address. One that is not known gets a symbol, so that it is the same
    /// when it is loaded again.
    pub(crate) fn load_word(&mut self, world: &mut World, memory: MemoryRef, address: u32) -> Word {
        if !address.is_multiple_of(4) {
            let mut bits = 0u32;
            for index in 0..4 {
                let at = address.wrapping_add(index);
                match self.with_back(|back| world.memory.byte(back, memory, at)) {
                    Some(byte) => bits |= u32::from(byte) << (index * 8),
                    None => return self.symbols.fresh(),
                }
            }
            return Word::Known(bits);
        }
        let cell = self.with_back(|back| world.memory.cell(back, memory, address));
        if let Some(word) = cell.known() {
            return Word::Known(word);
        }
        if let Some(sym) = cell.sym {
            return world.resolve(Word::Unknown(sym));
        }
        let word = self.symbols.fresh();
        if let Some(before) = cell.word_before() {
            self.symbols.set_before(word, before);
        }
        if let (0, Word::Unknown(sym)) = (cell.mask, word) {
            self.with_back(|back| world.memory.name_word(back, memory, address, sym));
        }
        word
    }

    pub(crate) fn store(
        &mut self,
        at: &Activation,
        state: &mut State,
        access: &Access,
    ) -> Result<bool, Stop> {
        let value = state.pop();
        let address = state.pop();
        let target = self.memory_of(at, access.memory);
        match (target, effective(address, access)) {
            (_, Some(None)) => return Ok(false),
            (Some(memory), Some(Some(address))) => {
                self.store_known(at, &mut state.world, memory, address, access, value);
            }
            _ if self.mode == Mode::Concrete => return Err(Stop::Opaque(Why::Input)),
            (target, _) => {
                self.lose_value(at, &mut state.world, value);
                if let Some(memory) = target {
                    self.touch_near(&mut state.world, memory, address.lo);
                }
                state.world.clobber();
            }
        }
        Ok(true)
    }

    /// Something is written at an address that is not known. When it is derived from the
    /// address of data, the data is no constant: how far the write reaches is not known, so
    /// nothing in that segment is.
    fn touch_near(&mut self, world: &mut World, memory: MemoryRef, address: Word) {
        let segment = self
            .symbols
            .near(address)
            .and_then(|near| self.images.extent(memory, near));
        if let Some((start, len)) = segment {
            world.dirty = true;
            self.constants_changed |= self.images.write(memory, start, len);
        }
    }

    fn store_known(
        &mut self,
        at: &Activation,
        world: &mut World,
        memory: MemoryRef,
        address: u32,
        access: &Access,
        value: Value,
    ) {
        self.touch(world, memory, address, u32::from(access.bytes));
        if self.mode == Mode::Abstract && !world.is_local(memory, address) {
            self.lose_value(at, world, value);
        }
        if self.recorder.on {
            let (recorder, at) = (&mut self.recorder, (memory, address));
            let bits = match access.bytes {
                8 => value.bits(),
                _ => value.lo.known().map(u64::from),
            };
            world.origins.stored(recorder, at, access.bytes, bits);
        }
        let bits = match (access.bytes, self.symbols.vector(value.lo)) {
            (16, Some(words)) => words,
            (16, None) => std::array::from_fn(|_| self.symbols.fresh()),
            _ => [value.lo, value.hi, Word::ZERO, Word::ZERO],
        };
        self.with_back(|back| match access.bytes {
            4 | 8 | 16 => {
                for (index, word) in bits.iter().take(usize::from(access.bytes / 4)).enumerate() {
                    let address = address.wrapping_add(index as u32 * 4);
                    world.memory.set_word(back, memory, address, *word);
                }
            }
            bytes => {
                for index in 0..u32::from(bytes) {
                    let byte = value.lo.known().map(|w| (w >> (index * 8)) as u8);
                    let address = address.wrapping_add(index);
                    world.memory.set_byte(back, memory, address, byte);
                }
            }
        });
    }

    /// Something is written at a known address.
    pub(super) fn touch(&mut self, world: &mut World, memory: MemoryRef, address: u32, len: u32) {
        if self.mode == Mode::Concrete {
            return;
        }
        match world.region(memory, address) {
            Some(region) => world.dirty |= world.has_escaped(&region),
            None => {
                world.dirty = true;
                self.constants_changed |= self.images.write(memory, address, len);
            }
        }
    }

    pub(crate) fn memory_copy(
        &mut self,
        at: &Activation,
        state: &mut State,
        to: MemoryId,
        from: MemoryId,
    ) -> Result<bool, Stop> {
        let len = state.pop().lo;
        let source = state.pop().lo;
        let target = state.pop().lo;
        let (Some(to), Some(from)) = (self.memory_of(at, to), self.memory_of(at, from)) else {
            return self.unknown_write(state);
        };
        if len == Word::ZERO {
            return Ok(true);
        }
        match (target, source, len) {
            (Word::Known(t), Word::Known(s), Word::Known(n)) if n <= MAX_BULK => {
                self.copy_known(&mut state.world, (to, t), (from, s), n);
                Ok(true)
            }
            _ if self.mode == Mode::Concrete => Err(Stop::Opaque(Why::Input)),
            _ => {
                // Addresses that are copied out of sight are lost.
                if let Word::Known(s) = source
                    && let Some(region) = state.world.region(from, s)
                {
                    self.lose_contents(&mut state.world, from, s, region.end - s);
                }
                self.forget_word(&mut state.world, to, target, len);
                Ok(true)
            }
        }
    }

    fn lose_contents(&mut self, world: &mut World, memory: MemoryRef, start: u32, len: u32) {
        let mut address = start & !3;
        while address < start.saturating_add(len) {
            let cell = self.with_back(|back| world.memory.cell(back, memory, address));
            if let Some(word) = cell.known() {
                world.lose(memory, Word::Known(word));
            }
            address = address.saturating_add(4);
        }
    }

    /// Copies bytes, whole words where both sides are aligned alike.
    pub(crate) fn copy_known(
        &mut self,
        world: &mut World,
        to: (MemoryRef, u32),
        from: (MemoryRef, u32),
        len: u32,
    ) {
        self.touch(world, to.0, to.1, len);
        let static_target = self.mode == Mode::Abstract && !world.is_local(to.0, to.1);
        if static_target {
            self.lose_contents(world, from.0, from.1, len);
        }
        if self.recorder.on {
            let (recorder, images) = (&mut self.recorder, &self.images);
            world.origins.copy(recorder, images, to, from, len);
        }
        // Read everything first: the ranges may overlap.
        let mut words: Vec<(u32, Result<Word, Option<u8>>)> = Vec::new();
        let mut index = 0;
        while index < len {
            let source = from.1.wrapping_add(index);
            let target = to.1.wrapping_add(index);
            if source % 4 == 0 && target % 4 == 0 && len - index >= 4 {
                let cell = self.with_back(|back| world.memory.cell(back, from.0, source));
                if cell.mask == 0xf || cell.mask == 0 {
                    let word = self.load_word(world, from.0, source);
                    words.push((index, Ok(word)));
                    index += 4;
                    continue;
                }
            }
            let byte = self.with_back(|back| world.memory.byte(back, from.0, source));
            words.push((index, Err(byte)));
            index += 1;
        }
        self.with_back(|back| {
            for (index, value) in words {
                let target = to.1.wrapping_add(index);
                match value {
                    Ok(word) => world.memory.set_word(back, to.0, target, word),
                    Err(byte) => world.memory.set_byte(back, to.0, target, byte),
                }
            }
        });
    }

    pub(crate) fn memory_fill(
        &mut self,
        at: &Activation,
        state: &mut State,
        memory: MemoryId,
    ) -> Result<bool, Stop> {
        let len = state.pop().lo;
        let byte = state.pop().lo;
        let target = state.pop().lo;
        let Some(memory) = self.memory_of(at, memory) else {
            return self.unknown_write(state);
        };
        match (target, len) {
            (_, Word::ZERO) => Ok(true),
            (Word::Known(t), Word::Known(n)) if n <= MAX_BULK => {
                let world = &mut state.world;
                self.touch(world, memory, t, n);
                if self.recorder.on {
                    world.origins.filled(&mut self.recorder, memory, t, n);
                }
                let byte = byte.known().map(|b| b as u8);
                self.with_back(|back| {
                    for index in 0..n {
                        world
                            .memory
                            .set_byte(back, memory, t.wrapping_add(index), byte);
                    }
                });
                Ok(true)
            }
            _ if self.mode == Mode::Concrete => Err(Stop::Opaque(Why::Input)),
            _ => {
                self.forget_word(&mut state.world, memory, target, len);
                Ok(true)
            }
        }
    }

    fn unknown_write(&mut self, state: &mut State) -> Result<bool, Stop> {
        if self.mode == Mode::Concrete {
            return Err(Stop::Opaque(Why::Input));
        }
        state.world.clobber();
        Ok(true)
    }

    /// `memory.init`: bytes of a passive segment. A segment that was dropped, or that is
    /// active, traps unless nothing is copied; taking it for whole adds a path at most.
    pub(crate) fn memory_init(
        &mut self,
        at: &Activation,
        state: &mut State,
        memory: MemoryId,
        segment: u32,
    ) -> Result<bool, Stop> {
        let len = state.pop().lo;
        let from = state.pop().lo;
        let to = state.pop().lo;
        let Some(memory) = self.memory_of(at, memory) else {
            return self.unknown_write(state);
        };
        let module = self.program.core_instance(at.id).module;
        let data = self
            .program
            .binary
            .module(module)
            .data
            .get(segment as usize);
        match (data, to, from, len) {
            (_, _, _, Word::ZERO) => Ok(true),
            (Some(data), Word::Known(to), Word::Known(from), Word::Known(len))
                if len <= MAX_BULK || self.mode == Mode::Concrete =>
            {
                let end = (from as usize).saturating_add(len as usize);
                let Some(bytes) = data.bytes.get(from as usize..end) else {
                    return Ok(false);
                };
                self.touch(&mut state.world, memory, to, len);
                if self.recorder.on {
                    let origins = &mut state.world.origins;
                    origins.filled(&mut self.recorder, memory, to, len);
                }
                self.write_bytes(&mut state.world, memory, to, bytes);
                Ok(true)
            }
            _ if self.mode == Mode::Concrete => Err(Stop::Opaque(Why::Input)),
            _ => {
                self.forget_word(&mut state.world, memory, to, len);
                Ok(true)
            }
        }
    }

    /// Something unknown is written at an address for a length, either of them possibly
    /// unknown. A write that begins inside a local thing stays inside it.
    pub(crate) fn forget_word(
        &mut self,
        world: &mut World,
        memory: MemoryRef,
        target: Word,
        len: Word,
    ) {
        let Word::Known(start) = world.resolve(target) else {
            self.touch_near(world, memory, target);
            world.dirty = true;
            world.clobber();
            return;
        };
        let known = world.resolve(len).known().filter(|n| *n <= MAX_BULK);
        match (world.region(memory, start), known) {
            (_, Some(len)) => {
                self.touch(world, memory, start, len);
                world.memory.forget(memory, start, len);
            }
            (Some(region), None) => {
                world.dirty |= world.has_escaped(&region);
                let len = region.end - start;
                world.memory.forget(memory, start, len);
            }
            (None, None) => {
                // A static of unknown extent: everything after it in its segment may change.
                let end = self
                    .images
                    .extent(memory, start)
                    .map_or(start.saturating_add(MAX_BULK), |(s, len)| {
                        s.saturating_add(len)
                    });
                self.touch(world, memory, start, end - start);
                world.dirty = true;
                world.clobber();
            }
        }
    }
}

/// The address of an access: `Some(None)` when it is beyond any memory, `None` when it is
/// not known.
fn effective(address: Value, access: &Access) -> Option<Option<u32>> {
    let base = address.bits()?;
    let end = base.checked_add(access.offset);
    let end = end.and_then(|e| e.checked_add(u64::from(access.bytes)));
    Some(
        end.filter(|e| *e <= 1 << 32)
            .map(|_| (base + access.offset) as u32),
    )
}
