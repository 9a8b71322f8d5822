//! Instructions that most code has few of: memory as a whole, and vectors.

use super::machine::{End, Machine, Val};
use super::mark::Mark;
use crate::flow::step::{Lanes, Op};
use crate::graph::CoreInstanceId;

impl Machine<'_, '_, '_> {
    pub(super) fn seldom(&mut self, instance: CoreInstanceId, op: &Op) -> Result<(), End> {
        match op {
            Op::MemorySize(memory) => {
                let memory = self.memory(instance, memory.index())?;
                self.values.push(Val::of(self.memories.pages(memory)));
            }
            Op::MemoryGrow(memory) => {
                let memory = self.memory(instance, memory.index())?;
                let pages = self.take(1)[0].bits as u32;
                let before = self.memories.grow(memory, u64::from(pages));
                self.values
                    .push(Val::of(before.unwrap_or(u64::from(u32::MAX))));
            }
            Op::MemoryCopy { to, from } => {
                let (to, from) = (
                    self.memory(instance, to.index())?,
                    self.memory(instance, from.index())?,
                );
                let args = self.take(3);
                let [target, source, len] = [0, 1, 2].map(|i| u64::from(args[i].bits as u32));
                self.pay(len)?;
                let copied = self.memories.copy((to, target), (from, source), len);
                copied.ok_or(End::Trapped)?;
            }
            Op::MemoryFill(memory) => {
                let memory = self.memory(instance, memory.index())?;
                let args = self.take(3);
                let [target, byte, len] = [0, 1, 2].map(|i| u64::from(args[i].bits as u32));
                self.pay(len)?;
                let filled = self.memories.fill(memory, target, byte as u8, len);
                filled.ok_or(End::Trapped)?;
            }
            Op::MemoryInit(memory, segment) => {
                let memory = self.memory(instance, memory.index())?;
                let args = self.take(3);
                let [target, from, len] = [0, 1, 2].map(|i| u64::from(args[i].bits as u32));
                self.pay(len)?;
                let module = self.program.core_instance(instance).module;
                let data = &self.program.binary.module(module).data;
                let bytes = data.get(*segment as usize).ok_or(End::Trapped)?.bytes;
                let range = from as usize..(from + len) as usize;
                let bytes = bytes.get(range).ok_or(End::Trapped)?;
                let written = self
                    .memories
                    .write(memory, target, bytes, |_| Default::default());
                written.ok_or(End::Trapped)?;
            }
            Op::Lanes(lanes) => self.lanes(lanes)?,
            Op::RefFunc(func) => self.values.push(Val::of(u64::from(func.0))),
            Op::Opaque { pops, pushes, .. } => {
                self.take(*pops as usize);
                self.values.extend((0..*pushes).map(|_| Val::default()));
            }
            _ => return Err(End::Stopped),
        }
        Ok(())
    }

    fn lanes(&mut self, lanes: &Lanes) -> Result<(), End> {
        let none = [Mark::NONE; 2];
        match lanes {
            Lanes::Const(words) => {
                let half = |i: usize| u64::from(words[i]) | u64::from(words[i + 1]) << 32;
                self.push_vector(([half(0), half(2)], none))
            }
            Lanes::SplatSmall { bytes } => {
                let bits = self.take(1)[0].bits;
                let bits = match bytes {
                    1 => u64::from_le_bytes([bits as u8; 8]),
                    _ => (bits & 0xffff) * 0x0001_0001_0001_0001,
                };
                self.push_vector(([bits; 2], none))
            }
            Lanes::Splat32 => {
                let bits = self.take(1)[0].bits & 0xffff_ffff;
                self.push_vector(([bits | bits << 32; 2], none))
            }
            Lanes::Splat64 => {
                let bits = self.take(1)[0].bits;
                self.push_vector(([bits; 2], none))
            }
            Lanes::Extract { lane, wide } => {
                let vector = self.take(1)[0].bits as usize;
                let (bits, marks) = self.vectors[vector];
                let value = match wide {
                    true => Val {
                        bits: bits[*lane as usize & 1],
                        mark: marks[*lane as usize & 1],
                    },
                    false => {
                        let half = bits[(*lane as usize / 2) & 1];
                        Val::of((half >> (lane % 2 * 32)) & 0xffff_ffff)
                    }
                };
                self.values.push(value);
                Ok(())
            }
            Lanes::Replace { lane, wide } => {
                let args = self.take(2);
                let (mut bits, mut marks) = self.vectors[args[0].bits as usize];
                let half = if *wide { *lane } else { lane / 2 } as usize & 1;
                let value = args[1].bits;
                bits[half] = match (wide, lane % 2) {
                    (true, _) => value,
                    (false, 0) => bits[half] & !0xffff_ffff | value & 0xffff_ffff,
                    (false, _) => bits[half] & 0xffff_ffff | value << 32,
                };
                marks[half] = if *wide { args[1].mark } else { Mark::NONE };
                self.push_vector((bits, marks))
            }
            Lanes::Shuffle(order) => {
                let args = self.take(2);
                let mut bytes = [0; 32];
                for (side, arg) in args.iter().enumerate() {
                    for (half, bits) in self.vectors[arg.bits as usize].0.iter().enumerate() {
                        let at = side * 16 + half * 8;
                        bytes[at..at + 8].copy_from_slice(&bits.to_le_bytes());
                    }
                }
                let half = |from: usize| {
                    let bytes =
                        [0, 1, 2, 3, 4, 5, 6, 7].map(|i| bytes[order[from + i] as usize & 31]);
                    u64::from_le_bytes(bytes)
                };
                self.push_vector(([half(0), half(8)], none))
            }
            // What it computes is not modelled.
            Lanes::Other { .. } => Err(End::Stopped),
        }
    }
}
