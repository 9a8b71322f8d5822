//! What the host answers in a run: names where it hands out names, what the question says
//! where it says something, and the plainest value of the type otherwise.

use super::machine::{End, Machine, Val};
use super::mark::Lane;
use crate::binary::FuncType;
use crate::binary::abi::Lowered;
use crate::flow::source::Answer;
use crate::graph::{CoreFunc, LowerId, MemoryRef, Options};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// How a function from outside that has no type answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandIn {
    /// What it returns, if it returns something.
    pub result: u64,
    /// What it writes to memory.
    pub writes: Vec<Write>,
}

/// Something that is written to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// The parameter with the address.
    pub at: usize,
    /// Bytes from there.
    pub offset: u32,
    /// How many bytes: 1, 2, 4 or 8.
    pub bytes: u8,
    /// What.
    pub what: Written,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// This number.
    Number(u64),
    /// The same, as input of the program.
    Input(u64),
    /// What this parameter holds.
    Parameter(usize),
    /// The sum of the lengths in a list of addresses and lengths: the parameter with the
    /// address of the list; the next one has their number.
    Gathered(usize),
    /// A number that grows from call to call.
    Ticks,
    /// As many bytes as this parameter says, which look like any.
    Noise(usize),
}

/// How the host answers in all runs.
#[derive(Debug, Default)]
pub(super) struct Manner {
    /// Functions that hand out names with values.
    pub sources: HashMap<CoreFunc, Answer>,
    /// The same of which nothing is to be learned: they hand out nothing.
    pub silent: HashMap<CoreFunc, Answer>,
    /// Functions that hand out names by themselves, or with values, somewhere in their
    /// result.
    pub lists: HashSet<CoreFunc>,
    pub stand_ins: HashMap<CoreFunc, StandIn>,
    pub never_return: HashSet<CoreFunc>,
    /// Number of results of functions without a body.
    pub results: HashMap<CoreFunc, usize>,
}

/// What changes from call to call.
#[derive(Clone, Copy, Default)]
pub(super) struct Counters {
    ticks: u64,
    noise: u64,
    pub handles: u64,
}

/// The type of a function and how it is lowered.
pub(super) type Typed = Rc<(Arc<FuncType>, Lowered)>;

pub(super) struct Host<'p> {
    pub manner: &'p Manner,
    pub counters: Counters,
    /// Whether names were handed out.
    pub asked: bool,
    pub types: HashMap<LowerId, Option<Typed>>,
}

/// What every name has for a value.
const VALUE: &[u8] = b"1";
/// Longer results are not made.
pub(super) const MAX_NOISE: u64 = 1 << 16;

impl<'p> Host<'p> {
    /// A host; what looks random follows from `seed`.
    pub(super) fn new(manner: &'p Manner, seed: u64) -> Host<'p> {
        let noise = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let counters = Counters {
            ticks: 4096,
            noise,
            handles: 0,
        };
        Host {
            manner,
            counters,
            asked: false,
            types: HashMap::new(),
        }
    }

    pub(super) fn tick(&mut self) -> u64 {
        self.counters.ticks += 1_000_003;
        self.counters.ticks
    }

    pub(super) fn noise(&mut self) -> u8 {
        let n = &mut self.counters.noise;
        *n ^= *n << 13;
        *n ^= *n >> 7;
        *n ^= *n << 17;
        *n as u8
    }
}

impl Machine<'_, '_, '_> {
    /// A call of something without a body.
    pub(super) fn answer(
        &mut self,
        func: CoreFunc,
        memory: Option<MemoryRef>,
        args: &[Val],
    ) -> Result<Vec<Val>, End> {
        let manner = self.host.manner;
        if manner.never_return.contains(&func) {
            return Err(End::Exited);
        }
        if let Some(answer) = manner.sources.get(&func) {
            if self.seen.names.is_empty() {
                return Err(End::Stopped);
            }
            self.host.asked = true;
            return self.hand_out(func, *answer, memory, args, true);
        }
        if let Some(answer) = manner.silent.get(&func) {
            return self.hand_out(func, *answer, memory, args, false);
        }
        if let Some(stand_in) = manner.stand_ins.get(&func) {
            return self.stand_in(func, stand_in, memory, args);
        }
        match func {
            CoreFunc::Lower(id) => self.typed(id, args),
            CoreFunc::Builtin(_) | CoreFunc::Host(_) => {
                // A handle stands for what it was made of.
                let count = manner.results.get(&func).copied().unwrap_or(0);
                let first = args.first().map_or(0, |arg| arg.bits);
                let built_in = matches!(func, CoreFunc::Builtin(_));
                let value = if built_in { first } else { 0 };
                Ok(vec![Val::of(value); count])
            }
            CoreFunc::Defined(..) | CoreFunc::Unknown => Err(End::Stopped),
        }
    }

    fn stand_in(
        &mut self,
        func: CoreFunc,
        stand_in: &StandIn,
        memory: Option<MemoryRef>,
        args: &[Val],
    ) -> Result<Vec<Val>, End> {
        let arg = |index: usize| args.get(index).map_or(0, |arg| arg.bits as u32);
        for write in &stand_in.writes {
            let memory = memory.ok_or(End::Stopped)?;
            let at = u64::from(arg(write.at)) + u64::from(write.offset);
            let (value, lane) = match write.what {
                Written::Number(number) => (number, Lane::NONE),
                Written::Input(number) => (number, Lane::INPUT),
                Written::Parameter(index) => (u64::from(arg(index)), Lane::NONE),
                Written::Ticks => (self.host.tick(), Lane::NONE),
                Written::Gathered(list) => {
                    let mut sum = 0u64;
                    for item in 0..arg(list + 1).min(1024) {
                        let at = u64::from(arg(list)) + u64::from(item) * 8 + 4;
                        let len = self.memories.load(memory, at, 4).ok_or(End::Trapped)?;
                        sum = sum.wrapping_add(len);
                    }
                    (sum, Lane::NONE)
                }
                Written::Noise(len) => {
                    let len = u64::from(arg(len)).min(MAX_NOISE);
                    self.pay(len)?;
                    for index in 0..len {
                        let byte = self.host.noise();
                        let put = self
                            .memories
                            .write(memory, at + index, &[byte], |_| Lane::NONE);
                        put.ok_or(End::Trapped)?;
                    }
                    continue;
                }
            };
            let bytes = &value.to_le_bytes()[..usize::from(write.bytes).min(8)];
            let put = self.memories.write(memory, at, bytes, |_| lane);
            put.ok_or(End::Trapped)?;
        }
        let count = self.host.manner.results.get(&func).copied().unwrap_or(1);
        Ok(vec![Val::of(stand_in.result); count])
    }

    /// Hands names out with their values.
    fn hand_out(
        &mut self,
        func: CoreFunc,
        answer: Answer,
        memory: Option<MemoryRef>,
        args: &[Val],
        all: bool,
    ) -> Result<Vec<Val>, End> {
        let count = if all { self.seen.names.len() } else { 0 };
        let arg = |index: usize| args.get(index).map_or(0, |a| u64::from(a.bits as u32));
        let entry = |name: &[u8]| name.len() + VALUE.len() + 2;
        match answer {
            Answer::Pairs => {
                let CoreFunc::Lower(id) = func else {
                    return Err(End::Stopped);
                };
                if !all {
                    return self.typed(id, args);
                }
                let options = &self.program.lowers[id.index()].options;
                let area = arg(args.len().saturating_sub(1));
                let table = self.allocate(options, 4, count as u32 * 16)?;
                let memory = options.memory.ok_or(End::Stopped)?;
                for index in 0..count {
                    self.pair(options, u64::from(table) + index as u64 * 16, index)?;
                }
                self.word(memory, area, table)?;
                self.word(memory, area + 4, count as u32)?;
                Ok(Vec::new())
            }
            Answer::EnvironSizes => {
                let memory = memory.ok_or(End::Stopped)?;
                let names = &self.seen.names[..count];
                let size: usize = names.iter().map(|n| entry(&n.bytes)).sum();
                self.word(memory, arg(0), count as u32)?;
                self.word(memory, arg(1), size as u32)?;
                Ok(vec![Val::of(0)])
            }
            Answer::Environ => {
                let memory = memory.ok_or(End::Stopped)?;
                let (pointers, mut at) = (arg(0), arg(1));
                for index in 0..count {
                    let name = self.seen.names[index].bytes.clone();
                    let lane = |position| Lane::of(index, position);
                    self.put(memory, at, &name, lane)?;
                    let after = at + name.len() as u64;
                    self.put(memory, after, b"=", |_| lane(name.len()))?;
                    self.put(memory, after + 1, VALUE, |_| Lane::INPUT)?;
                    let end = after + 1 + VALUE.len() as u64;
                    self.put(memory, end, &[0], |_| Lane::NONE)?;
                    self.word(memory, pointers + index as u64 * 4, at as u32)?;
                    at = end + 1;
                }
                Ok(vec![Val::of(0)])
            }
        }
    }

    /// Writes a name and its value as two strings.
    pub(super) fn pair(&mut self, options: &Options, at: u64, index: usize) -> Result<(), End> {
        self.name(options, at, index)?;
        self.text(options, at + 8, VALUE, |_| Lane::INPUT)
    }

    pub(super) fn name(&mut self, options: &Options, at: u64, index: usize) -> Result<(), End> {
        let name = self.seen.names[index].bytes.clone();
        self.text(options, at, &name, |position| Lane::of(index, position))
    }

    /// Writes a string: its bytes where the guest allocates them, address and length here.
    pub(super) fn text(
        &mut self,
        options: &Options,
        at: u64,
        bytes: &[u8],
        lane: impl Fn(usize) -> Lane,
    ) -> Result<(), End> {
        let memory = options.memory.ok_or(End::Stopped)?;
        let wide = options.encoding == crate::binary::StringEncoding::Utf16;
        let (size, align) = match wide {
            true => (bytes.len() * 2, 2),
            false => (bytes.len(), 1),
        };
        let place = self.allocate(options, align, size as u32)?;
        if wide {
            for (index, byte) in bytes.iter().enumerate() {
                let at = u64::from(place) + index as u64 * 2;
                self.put(memory, at, &[*byte], |_| lane(index))?;
                self.put(memory, at + 1, &[0], |_| Lane::NONE)?;
            }
        } else {
            self.put(memory, u64::from(place), bytes, lane)?;
        }
        self.word(memory, at, place)?;
        self.word(memory, at + 4, bytes.len() as u32)
    }

    pub(super) fn put(
        &mut self,
        memory: MemoryRef,
        at: u64,
        bytes: &[u8],
        lane: impl Fn(usize) -> Lane,
    ) -> Result<(), End> {
        let written = self.memories.write(memory, at, bytes, lane);
        written.ok_or(End::Trapped)
    }

    pub(super) fn word(&mut self, memory: MemoryRef, at: u64, word: u32) -> Result<(), End> {
        let stored = self.memories.store(memory, at, 4, u64::from(word), None);
        stored.ok_or(End::Trapped)
    }

    pub(super) fn allocate(
        &mut self,
        options: &Options,
        align: u32,
        size: u32,
    ) -> Result<u32, End> {
        let realloc = options.realloc.ok_or(End::Stopped)?;
        let args = [0, 0, align, size].map(|v| Val::of(u64::from(v)));
        let results = self.enter(realloc, &args)?;
        results.first().map(|v| v.bits as u32).ok_or(End::Stopped)
    }
}
