//! Answers of the host in concrete runs: the environment that a lookup is tried on.

use super::engine::{Engine, Outcomes, Run, Stop};
use super::event::Why;
use super::exec::Activation;
use super::value::{Value, Word};
use super::world::World;
use crate::graph::{CoreFunc, MemoryRef};

/// How a host function answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A list of pairs of strings, written through `realloc` to the return area in the last
    /// parameter.
    Pairs,
    /// WASI preview 1 `environ_sizes_get(count, size)`.
    EnvironSizes,
    /// WASI preview 1 `environ_get(pointers, buffer)`.
    Environ,
}

/// The environment that lookups are tried on.
pub(crate) const PAIRS: [(&str, &str); 3] = [
    ("GUSSET_ONE", "first-value"),
    ("GUSSET_TWO", "second"),
    ("GUSSET_ONE_LONGER", "third value"),
];

impl Engine<'_, '_, '_> {
    /// A call to the outside in a concrete run.
    pub(crate) fn answer(
        &mut self,
        at: &Activation,
        callee: CoreFunc,
        args: Vec<Value>,
        mut world: World,
        run: &mut Run,
    ) -> Result<Outcomes, Stop> {
        let stop = Stop::Opaque(Why::Unanalysed);
        let Some(answer) = self.answers.get(&callee).copied() else {
            return Err(stop);
        };
        let arg = |index: usize| args.get(index).and_then(|v| v.lo.known()).ok_or(stop);
        match answer {
            Answer::Pairs => {
                let area = arg(args.len().saturating_sub(1))?;
                let (memory, realloc) = match callee {
                    CoreFunc::Lower(id) => {
                        let options = &self.program.lowers[id.index()].options;
                        (options.memory.ok_or(stop)?, options.realloc.ok_or(stop)?)
                    }
                    _ => return Err(stop),
                };
                let table =
                    self.allocate(at, realloc, &mut world, 4, PAIRS.len() as u32 * 16, run)?;
                for (index, (name, value)) in PAIRS.iter().enumerate() {
                    for (half, text) in [name, value].into_iter().enumerate() {
                        let bytes = text.as_bytes();
                        let place =
                            self.allocate(at, realloc, &mut world, 1, bytes.len() as u32, run)?;
                        self.write_text(&mut world, memory, place, bytes);
                        let entry = table + index as u32 * 16 + half as u32 * 8;
                        self.write_word(&mut world, memory, entry, place);
                        self.write_word(&mut world, memory, entry + 4, bytes.len() as u32);
                    }
                }
                self.write_word(&mut world, memory, area, table);
                self.write_word(&mut world, memory, area + 4, PAIRS.len() as u32);
                Ok(vec![(world, Vec::new())])
            }
            Answer::EnvironSizes => {
                let memory = at.memory.ok_or(stop)?;
                let size: usize = PAIRS.iter().map(|(n, v)| n.len() + v.len() + 2).sum();
                self.write_word(&mut world, memory, arg(0)?, PAIRS.len() as u32);
                self.write_word(&mut world, memory, arg(1)?, size as u32);
                Ok(vec![(world, vec![Value::ZERO])])
            }
            Answer::Environ => {
                let memory = at.memory.ok_or(stop)?;
                let (pointers, mut buffer) = (arg(0)?, arg(1)?);
                for (index, (name, value)) in PAIRS.iter().enumerate() {
                    let entry = format!("{name}={value}\0");
                    let (text, end) = entry.as_bytes().split_at(entry.len() - 1);
                    self.write_text(&mut world, memory, buffer, text);
                    let end_at = buffer + text.len() as u32;
                    self.write_bytes(&mut world, memory, end_at, end);
                    self.write_word(&mut world, memory, pointers + index as u32 * 4, buffer);
                    buffer += entry.len() as u32;
                }
                Ok(vec![(world, vec![Value::ZERO])])
            }
        }
    }

    fn allocate(
        &mut self,
        at: &Activation,
        realloc: CoreFunc,
        world: &mut World,
        align: u32,
        size: u32,
        run: &mut Run,
    ) -> Result<u32, Stop> {
        let args = [0, 0, align, size]
            .map(|v| Value::known(u64::from(v)))
            .to_vec();
        let outcomes = self.call(at, realloc, args, world.clone(), run)?;
        let (after, results) = outcomes.into_iter().next().ok_or(Stop::Fuel)?;
        *world = after;
        match results.first().map(|v| v.lo) {
            Some(Word::Known(address)) => Ok(address),
            _ => Err(Stop::Opaque(Why::Input)),
        }
    }

    /// Writes bytes of a name or value: unknown ones, if nobody is to see them.
    fn write_text(&self, world: &mut World, memory: MemoryRef, address: u32, bytes: &[u8]) {
        if !self.blind {
            return self.write_bytes(world, memory, address, bytes);
        }
        self.with_back(|back| {
            for index in 0..bytes.len() as u32 {
                let address = address.wrapping_add(index);
                world.memory.set_byte(back, memory, address, None);
            }
        });
    }

    pub(crate) fn write_bytes(
        &self,
        world: &mut World,
        memory: MemoryRef,
        address: u32,
        bytes: &[u8],
    ) {
        self.with_back(|back| {
            for (index, byte) in bytes.iter().enumerate() {
                let address = address.wrapping_add(index as u32);
                world.memory.set_byte(back, memory, address, Some(*byte));
            }
        });
    }

    fn write_word(&self, world: &mut World, memory: MemoryRef, address: u32, word: u32) {
        self.write_bytes(world, memory, address, &word.to_le_bytes());
    }
}
