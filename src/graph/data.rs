//! Which data segment an address of a memory belongs to.

use super::ids::*;
use super::program::*;

/// A place in an active data segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPlace {
    /// The core instance whose module has the segment.
    pub instance: CoreInstanceId,
    /// Index of the segment in its module.
    pub segment: usize,
    /// Bytes from the beginning of the segment.
    pub offset: u32,
    /// Bytes from the beginning of the file.
    pub file_offset: u64,
    /// Bytes of the segment from here on.
    pub left: u32,
}

impl Program<'_, '_> {
    /// The memory that an active segment of an instance is put into, and its address there;
    /// `None` if it is passive, or either is not known.
    pub fn data_start(&self, id: CoreInstanceId, segment: usize) -> Option<(MemoryRef, u32)> {
        let instance = self.core_instance(id);
        let data = self.binary.module(instance.module).data.get(segment)?;
        let (target, offset) = data.active.as_ref()?;
        let memory = instance.memories.get(target.index()).copied().flatten()?;
        let start = match self.evaluate(id, offset)? {
            Const::I32(start) => start as u32,
            Const::I64(start) => u32::try_from(start).ok()?,
            _ => return None,
        };
        Some((memory, start))
    }

    /// The segment that puts a byte at an address when the program is instantiated: the last
    /// one that reaches over it. `None` when none does, or its own address is not known.
    pub fn data_at(&self, memory: MemoryRef, address: u32) -> Option<DataPlace> {
        let mut found = None;
        for (index, instance) in self.core_instances.iter().enumerate() {
            let id = self.core_instance_id(index);
            let segments = self.binary.module(instance.module).data.iter().enumerate();
            for (segment, data) in segments {
                let start = match self.data_start(id, segment) {
                    Some((into, start)) if into == memory => start,
                    _ => continue,
                };
                let Some(into) = address.checked_sub(start) else {
                    continue;
                };
                let len = data.bytes.len() as u32;
                if into < len {
                    found = Some(DataPlace {
                        instance: id,
                        segment,
                        offset: into,
                        file_offset: data.range.start + u64::from(into),
                        left: len - into,
                    });
                }
            }
        }
        found
    }
}
