//! Loads and stores, with marks.

use super::machine::{End, MAX_MARKS, Machine, Val};
use super::mark::{Lanes, Mark};
use crate::flow::step::Access;
use crate::graph::{CoreInstanceId, MemoryRef};

impl Machine<'_, '_, '_> {
    fn memory_of(
        &self,
        instance: CoreInstanceId,
        first: Option<MemoryRef>,
        index: usize,
    ) -> Result<MemoryRef, End> {
        let memory = match index {
            0 => first,
            _ => {
                let all = &self.program.core_instance(instance).memories;
                all.get(index).copied().flatten()
            }
        };
        memory.ok_or(End::Stopped)
    }

    pub(super) fn load(
        &mut self,
        instance: CoreInstanceId,
        first: Option<MemoryRef>,
        access: &Access,
    ) -> Result<(), End> {
        let memory = self.memory_of(instance, first, access.memory.index())?;
        let index = self.pop();
        let address = u64::from(index.bits as u32) + access.offset;
        if access.bytes == 16 {
            return self.load_vector(memory, address);
        }
        let len = access.bytes as usize;
        let mut bits = self
            .memories
            .load(memory, address, len)
            .ok_or(End::Trapped)?;
        let mut mark = Mark::NONE;
        match self.memories.marks(memory, address, len) {
            Some(lanes) => {
                if let Some(current) = &self.current {
                    bits = current.replace(bits, &lanes);
                }
                mark = self.marks.intern(lanes);
            }
            None => {
                self.at = (self.at + 1) % self.recent.len();
                self.recent[self.at] = (Some(memory), address as u32, access.bytes, bits);
                if !index.mark.is_none() {
                    mark = self.looked_up(index.mark);
                }
            }
        }
        if access.signed {
            bits = match (len, access.wide) {
                (1, false) => u64::from(bits as u8 as i8 as i32 as u32),
                (2, false) => u64::from(bits as u16 as i16 as i32 as u32),
                (1, true) => bits as u8 as i8 as i64 as u64,
                (2, true) => bits as u16 as i16 as i64 as u64,
                (4, true) => bits as u32 as i32 as i64 as u64,
                _ => bits,
            };
        }
        self.values.push(Val { bits, mark });
        if self.marks.len() > MAX_MARKS {
            return Err(End::Stopped);
        }
        Ok(())
    }

    pub(super) fn store(
        &mut self,
        instance: CoreInstanceId,
        first: Option<MemoryRef>,
        access: &Access,
    ) -> Result<(), End> {
        let memory = self.memory_of(instance, first, access.memory.index())?;
        let value = self.pop();
        let index = self.pop();
        let address = u64::from(index.bits as u32) + access.offset;
        if !index.mark.is_none() {
            self.looked_up(index.mark);
        }
        if access.bytes == 16 {
            let (bits, marks) = self.vectors[value.bits as usize];
            for half in 0..2 {
                let lanes = self.lanes_of(marks[half]);
                let at = address + half as u64 * 8;
                let stored = self.memories.store(memory, at, 8, bits[half], lanes);
                stored.ok_or(End::Trapped)?;
            }
            return Ok(());
        }
        let lanes = self.lanes_of(value.mark);
        let len = access.bytes as usize;
        let stored = self.memories.store(memory, address, len, value.bits, lanes);
        stored.ok_or(End::Trapped)
    }

    fn lanes_of(&self, mark: Mark) -> Option<Lanes> {
        (!mark.is_none()).then(|| self.marks.get(mark))
    }

    fn load_vector(&mut self, memory: MemoryRef, address: u64) -> Result<(), End> {
        let mut vector = ([0; 2], [Mark::NONE; 2]);
        for half in 0..2 {
            let at = address + half as u64 * 8;
            let mut bits = self.memories.load(memory, at, 8).ok_or(End::Trapped)?;
            if let Some(lanes) = self.memories.marks(memory, at, 8) {
                if let Some(current) = &self.current {
                    bits = current.replace(bits, &lanes);
                }
                vector.1[half] = self.marks.intern(lanes);
            }
            vector.0[half] = bits;
        }
        self.push_vector(vector)
    }

    pub(super) fn push_vector(&mut self, vector: ([u64; 2], [Mark; 2])) -> Result<(), End> {
        if self.vectors.len() >= MAX_MARKS {
            return Err(End::Stopped);
        }
        self.values.push(Val::of(self.vectors.len() as u64));
        self.vectors.push(vector);
        Ok(())
    }
}
