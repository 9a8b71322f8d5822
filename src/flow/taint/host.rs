//! What the host answers in a run: names where it hands out names, what the question says
//! where it says something, and the plainest value of the type otherwise.

use super::machine::{End, Machine, Val};
use super::mark::Lane;
use crate::binary::abi::{Lowered, Pointer};
use crate::binary::{FuncType, Ty, TyKind};
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
    handles: u64,
}

/// The type of a function and how it is lowered.
type Typed = Rc<(Arc<FuncType>, Lowered)>;

pub(super) struct Host<'p> {
    pub manner: &'p Manner,
    pub counters: Counters,
    /// Whether names were handed out.
    pub asked: bool,
    types: HashMap<LowerId, Option<Typed>>,
}

/// What every name has for a value.
const VALUE: &[u8] = b"1";
/// Longer results are not made.
const MAX_NOISE: u64 = 1 << 16;
const NARROW: Pointer = Pointer::Narrow;

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

    fn tick(&mut self) -> u64 {
        self.counters.ticks += 1_000_003;
        self.counters.ticks
    }

    fn noise(&mut self) -> u8 {
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
    fn pair(&mut self, options: &Options, at: u64, index: usize) -> Result<(), End> {
        self.name(options, at, index)?;
        self.text(options, at + 8, VALUE, |_| Lane::INPUT)
    }

    fn name(&mut self, options: &Options, at: u64, index: usize) -> Result<(), End> {
        let name = self.seen.names[index].bytes.clone();
        self.text(options, at, &name, |position| Lane::of(index, position))
    }

    /// Writes a string: its bytes where the guest allocates them, address and length here.
    fn text(
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

    fn put(
        &mut self,
        memory: MemoryRef,
        at: u64,
        bytes: &[u8],
        lane: impl Fn(usize) -> Lane,
    ) -> Result<(), End> {
        let written = self.memories.write(memory, at, bytes, lane);
        written.ok_or(End::Trapped)
    }

    fn word(&mut self, memory: MemoryRef, at: u64, word: u32) -> Result<(), End> {
        let stored = self.memories.store(memory, at, 4, u64::from(word), None);
        stored.ok_or(End::Trapped)
    }

    fn allocate(&mut self, options: &Options, align: u32, size: u32) -> Result<u32, End> {
        let realloc = options.realloc.ok_or(End::Stopped)?;
        let args = [0, 0, align, size].map(|v| Val::of(u64::from(v)));
        let results = self.enter(realloc, &args)?;
        results.first().map(|v| v.bits as u32).ok_or(End::Stopped)
    }

    /// The plainest value of the type of a lowered function: no error, first case, nothing
    /// in lists; of numbers and handles ones that grow.
    fn typed(&mut self, id: LowerId, args: &[Val]) -> Result<Vec<Val>, End> {
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

/// The state of a subtask that is over. Component-model `CanonicalABI.md`, "Subtask".
const RETURNED: u64 = 2;
