//! The interpreter: one piece of code for concrete execution and for abstract states.

use super::across::Crossing;
use super::environ::LookupForm;
use super::event::{Arrived, Event, Site, Why};
use super::exec::{Activation, State};
use super::handles::Handles;
use super::image::Images;
use super::memory::{Background, Constant, Fresh};
use super::origin::Recorder;
use super::place::Place;
use super::relevant::Openness;
use super::step::{Binary, Body, Op, Undecoded, decode};
use super::value::{Symbols, Value, Word};
use super::world::World;
use crate::binary::{FuncId, TypeId};
use crate::graph::{CoreFunc, CoreInstanceId, GlobalRef, LowerId, MemoryRef, Program};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Memories of concrete runs have so many pages at first, and get no more than this.
const INITIAL_PAGES: u32 = 0x1000;
const MAX_PAGES: u32 = 0x3000;

/// Whether everything is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// From the initial memory; what would need an unknown value stops the run.
    Concrete,
    /// On unknown input.
    Abstract,
}

/// Worlds in which a call may return, with its results.
pub(crate) type Outcomes = Vec<(World, Vec<Value>)>;

/// Why a run was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Fuel,
    Opaque(Why),
}

/// What a function does as a whole, so that its body is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Summary {
    /// A proven lookup.
    Lookup { watch: usize, form: LookupForm },
    /// Gives a new object; the parameter that holds the size.
    Allocate { size: usize },
    /// `calloc(count, size)`
    AllocateZeroed,
    /// Gives an object a new size: the parameters that hold the object and the new size,
    /// and the old size when the caller says it.
    Reallocate {
        object: usize,
        old: Option<usize>,
        new: usize,
    },
    /// Takes an object back.
    Free,
}

/// What is looked for at calls of a core function from outside.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub watch: usize,
    /// Where the name stands; `None` when the call itself is what matters.
    pub place: Option<Place>,
}

/// What planning knows of a function with a body.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Info {
    /// Whether its calls must be followed: something watched in it is not resolved by
    /// itself.
    pub follow: bool,
    /// Whether it can return.
    pub returns: bool,
    /// How many runs of it on unknown input were given up.
    pub exhausted: u32,
    /// Whether a caller therefore did not follow it: what it found by itself counts.
    pub skipped: bool,
}

/// Budgets and findings of one run.
pub(crate) struct Run {
    pub fuel: u64,
    pub trail: Vec<Site>,
    pub events: Vec<Event>,
    /// Functions that had to be followed and were not.
    pub unresolved: Vec<((CoreInstanceId, FuncId), Why, Vec<Site>)>,
    /// Whether names arrived since the outermost loop began.
    pub events_in_loop: bool,
    /// Above zero inside of loops that were widened: what arrives there may be mixed from
    /// several rounds.
    pub widened: u32,
    /// Above zero while findings don't count.
    pub muted: u32,
    /// Whether the run is only about values, with a small budget.
    pub speculative: bool,
    /// Whether nothing of interest follows once the function that is about to run returns.
    pub last: bool,
    /// The memory of the running function.
    pub memory: Option<MemoryRef>,
}

impl Run {
    pub(crate) fn new(fuel: u64) -> Run {
        Run {
            fuel,
            trail: Vec::new(),
            events: Vec::new(),
            unresolved: Vec::new(),
            events_in_loop: false,
            widened: 0,
            muted: 0,
            speculative: false,
            last: false,
            memory: None,
        }
    }
}

impl Run {
    /// Pays for a bulk operation over as many bytes as a value says. `false` when the budget
    /// does not reach that far.
    fn pay(&mut self, len: Option<&Value>) -> bool {
        let bytes = len.and_then(|v| v.lo.known()).unwrap_or(0);
        let paid = self.fuel.checked_sub(u64::from(bytes) / 4);
        self.fuel = paid.unwrap_or(0);
        paid.is_some()
    }

    /// How many things it found.
    pub(crate) fn found(&self) -> usize {
        self.events.len() + self.unresolved.len()
    }
}

pub(crate) struct Engine<'p, 'a, 'b> {
    pub program: &'p Program<'a, 'b>,
    pub mode: Mode,
    pub symbols: Symbols,
    pub images: Images<'a>,
    pub summaries: HashMap<CoreFunc, Summary>,
    pub watched: HashMap<CoreFunc, Vec<Watched>>,
    pub info: HashMap<(CoreInstanceId, FuncId), Info>,
    /// Globals that hold the shadow stack pointer of their memory.
    pub stack_pointers: HashMap<GlobalRef, MemoryRef>,
    /// Whether a byte that counted as constant turned out to be written.
    pub constants_changed: bool,
    /// What functions load at constant addresses: address and length.
    pub constant_loads: HashMap<(CoreInstanceId, FuncId), Vec<(u32, u32)>>,
    /// Functions reached by concrete runs.
    pub visited: HashSet<(CoreInstanceId, FuncId)>,
    /// What host functions answer in concrete runs.
    pub answers: HashMap<CoreFunc, super::source::Answer>,
    /// Functions from outside that do not return.
    pub never_return: HashSet<CoreFunc>,
    /// Number of results of functions without a body.
    pub outside_results: HashMap<CoreFunc, usize>,
    /// How often a speculative run of a function was given up.
    pub given_up: HashMap<(CoreInstanceId, FuncId), u32>,
    /// Where bytes come from, if that is asked for.
    pub recorder: Recorder,
    /// Whether the host hands out names and values whose bytes are not known.
    pub blind: bool,
    /// Functions in progress in a concrete run, outermost first.
    pub active: Vec<(CoreInstanceId, FuncId)>,
    /// Where the first concrete run ended that would have had to choose by something
    /// unknown: the functions in progress, outermost first.
    pub undecided: Option<Vec<(CoreInstanceId, FuncId)>>,
    /// The state after all start functions ran, for concrete runs.
    pub started: Option<World>,
    /// Functions that ran before everything else, and will not again.
    pub run_once: HashSet<(CoreInstanceId, FuncId)>,
    /// How calls between instances are followed, for those that were looked at.
    pub crossings: HashMap<LowerId, Option<Rc<Crossing>>>,
    /// Bytes that calls to the host write where their last parameter points.
    pub areas: HashMap<LowerId, Option<u32>>,
    /// Which functions are open.
    pub openness: Openness,
    /// Handles and the names that they stand for.
    pub handles: Handles,
    code: HashMap<(u32, u32), Result<Rc<Body>, Undecoded>>,
}

impl<'p, 'a, 'b> Engine<'p, 'a, 'b> {
    pub(crate) fn new(program: &'p Program<'a, 'b>) -> Self {
        Engine {
            program,
            mode: Mode::Abstract,
            symbols: Symbols::default(),
            images: Images::new(program),
            summaries: HashMap::new(),
            watched: HashMap::new(),
            info: HashMap::new(),
            stack_pointers: super::stack::stack_pointers(program),
            constants_changed: false,
            constant_loads: HashMap::new(),
            visited: HashSet::new(),
            answers: HashMap::new(),
            never_return: HashSet::new(),
            outside_results: super::outside::results(program),
            given_up: HashMap::new(),
            recorder: Recorder::default(),
            blind: false,
            active: Vec::new(),
            undecided: None,
            started: None,
            run_once: HashSet::new(),
            crossings: HashMap::new(),
            areas: HashMap::new(),
            openness: Openness::default(),
            handles: Handles::default(),
            code: HashMap::new(),
        }
    }

    /// The decoded body of a function.
    pub(crate) fn body(&mut self, id: CoreInstanceId, func: FuncId) -> Result<Rc<Body>, Stop> {
        let module = self
            .program
            .binary
            .module(self.program.core_instance(id).module);
        let file = self.program.binary.bytes;
        let body =
            self.code
                .entry((module.id.0, func.0))
                .or_insert_with(|| match module.defined(func) {
                    Some(index) => decode(module, index, file).map(Rc::new),
                    None => Err(Undecoded::TooLarge),
                });
        body.clone().map_err(|why| {
            Stop::Opaque(match why {
                Undecoded::Instruction(name) => Why::Instruction(name),
                Undecoded::TooLarge => Why::Budget,
            })
        })
    }

    pub(crate) fn first_memory(&self, id: CoreInstanceId) -> Option<MemoryRef> {
        self.program
            .core_instance(id)
            .memories
            .first()
            .copied()
            .flatten()
    }

    pub(crate) fn type_arity(&self, id: CoreInstanceId, ty: TypeId) -> (usize, usize) {
        let module = self
            .program
            .binary
            .module(self.program.core_instance(id).module);
        module
            .type_signature(ty)
            .map_or((0, 0), |s| (s.params.len(), s.results.len()))
    }

    /// What memory holds where nothing was written.
    pub(crate) fn with_back<T>(&self, f: impl FnOnce(&dyn Background) -> T) -> T {
        match self.mode {
            Mode::Concrete => f(&Fresh(&self.images)),
            Mode::Abstract => f(&Constant(&self.images)),
        }
    }

    /// The globals when a function is entered from outside: in an abstract run only what
    /// never changes, and the stack pointer.
    pub(crate) fn entry_globals(&mut self) -> Vec<Value> {
        use crate::graph::Const;
        let mut globals = Vec::with_capacity(self.program.globals.len());
        for (index, global) in self.program.globals.iter().enumerate() {
            let id = GlobalRef::from_index(index);
            let fixed = !global.mutable
                || self.mode == Mode::Concrete
                || self.stack_pointers.contains_key(&id);
            let known = match global.initial {
                Some(Const::I32(v)) => Some(u64::from(v as u32)),
                Some(Const::I64(v)) => Some(v as u64),
                Some(Const::F32(v)) => Some(u64::from(v)),
                Some(Const::F64(v)) => Some(v),
                _ => None,
            };
            globals.push(match known.filter(|_| fixed) {
                Some(bits) => Value::known(bits),
                None => self.symbols.fresh_value(true),
            });
        }
        globals
    }

    /// Runs one instruction that neither branches nor calls. `false` when it traps.
    pub(crate) fn step(
        &mut self,
        at: &Activation,
        state: &mut State,
        op: &Op,
        run: &mut Run,
    ) -> Result<bool, Stop> {
        match op {
            Op::Const(bits) => state.push(Value::known(*bits)),
            Op::LocalGet(i) => {
                let value = state.world.resolve_value(state.locals[*i as usize]);
                state.push(value);
            }
            Op::LocalSet(i) => state.locals[*i as usize] = state.pop(),
            Op::LocalTee(i) => {
                let value = state.pop();
                state.locals[*i as usize] = value;
                state.push(value);
            }
            Op::Drop => {
                state.pop();
            }
            Op::Unary(op) => {
                let arg = state.pop();
                let Some(value) = self.symbols.unary(*op, arg) else {
                    return Ok(false);
                };
                state.push(value);
            }
            Op::Binary(op) => {
                let right = state.pop();
                let left = state.pop();
                let Some(value) = self.symbols.binary(*op, left, right) else {
                    return Ok(false);
                };
                if value.lo.known().is_none() && !super::value::is_comparison(*op) {
                    for (index, operand) in [left, right].into_iter().enumerate() {
                        let near = match operand.lo {
                            // What is taken away is a distance.
                            _ if index == 1 && *op == Binary::I32Sub => None,
                            Word::Known(k) if self.is_data(at.memory, operand) => Some(k),
                            word => self.symbols.near(word),
                        };
                        if let Some(near) = near {
                            self.symbols.set_near(value.lo, near);
                        }
                        if operand.lo.known().is_some() && operand.lo != value.lo {
                            self.lose_value(at, &mut state.world, operand);
                        }
                    }
                }
                state.push(value);
            }
            Op::GlobalGet(global) => {
                let value = match self.program.core_instance(at.id).globals[global.index()] {
                    Some(global) => state.world.global(global),
                    None => self.symbols.fresh_value(true),
                };
                let value = state.world.resolve_value(value);
                state.push(value);
            }
            Op::GlobalSet(global) => {
                let value = state.pop();
                if let Some(global) = self.program.core_instance(at.id).globals[global.index()] {
                    self.set_global(at, state, global, value);
                }
            }
            Op::Load(access) => return self.load(at, state, access),
            Op::Store(access) => return self.store(at, state, access),
            Op::MemorySize(_) => match self.mode {
                Mode::Concrete => {
                    let pages = u64::from(INITIAL_PAGES + state.world.grown);
                    state.push(Value::known(pages));
                }
                Mode::Abstract => {
                    let value = self.symbols.fresh_value(false);
                    state.push(value);
                }
            },
            Op::MemoryGrow(_) => {
                // A concrete run has a memory that is as large as anyone asks for.
                let pages = state.pop();
                let value = match (self.mode, pages.lo) {
                    (Mode::Concrete, Word::Known(pages)) => {
                        let at = INITIAL_PAGES + state.world.grown;
                        match at.checked_add(pages).filter(|end| *end <= MAX_PAGES) {
                            Some(_) => {
                                state.world.grown += pages;
                                Value::known(u64::from(at))
                            }
                            None => Value::known(u64::from(u32::MAX)),
                        }
                    }
                    _ => self.symbols.fresh_value(false),
                };
                state.push(value);
            }
            Op::MemoryCopy { .. } | Op::MemoryFill(_) | Op::MemoryInit(..)
                if !run.pay(state.stack.last()) =>
            {
                return Err(Stop::Fuel);
            }
            Op::MemoryCopy { to, from } => return self.memory_copy(at, state, *to, *from),
            Op::MemoryFill(memory) => return self.memory_fill(at, state, *memory),
            Op::MemoryInit(memory, data) => return self.memory_init(at, state, *memory, *data),
            Op::DataDrop => {}
            Op::Lanes(lanes) => return self.lanes(at, state, lanes),
            Op::RefFunc(_) => {
                let value = self.symbols.fresh_value(false);
                state.push(value);
            }
            Op::Opaque { pops, pushes, name } => {
                if self.mode == Mode::Concrete {
                    return Err(Stop::Opaque(Why::Instruction(name)));
                }
                state.pop_many(*pops as usize);
                for _ in 0..*pushes {
                    let value = self.symbols.fresh_value(true);
                    state.push(value);
                }
            }
            // Control is the business of the walk.
            _ => {}
        }
        Ok(true)
    }

    fn set_global(&mut self, at: &Activation, state: &mut State, global: GlobalRef, value: Value) {
        if let Some(memory) = self.stack_pointers.get(&global).copied() {
            let old = state.world.resolve_value(state.world.global(global));
            if let (Some(old), Some(new)) = (old.lo.known(), value.lo.known()) {
                if new < old {
                    let cuts = Rc::clone(&at.body.offsets_taken);
                    state.world.push_frame(memory, new, old, cuts);
                } else {
                    state.world.pop_below(memory, new);
                }
            }
        } else {
            self.lose_value(at, &mut state.world, value);
        }
        state.world.set_global(global, value);
    }

    /// The address in `value` gets out of sight.
    pub(crate) fn lose_value(&self, at: &Activation, world: &mut World, value: Value) {
        let Some(memory) = at.memory else {
            return;
        };
        world.lose(memory, value.lo);
        world.lose(memory, value.hi);
        for word in self.symbols.vector(value.lo).into_iter().flatten() {
            world.lose(memory, word);
        }
    }

    /// Whether values that a choice depends on should stay apart.
    pub(crate) fn keeps_apart(&self, at: &Activation, left: Value, right: Value) -> bool {
        let known = |v: Value| v.bits().is_some();
        (known(left) && known(right)) || [left, right].iter().any(|v| self.is_data(at.memory, *v))
    }

    /// Whether a value is the address of constant data.
    pub(crate) fn is_data(&self, memory: Option<MemoryRef>, value: Value) -> bool {
        match (memory, value.lo) {
            (Some(memory), Word::Known(address)) => {
                address >= 64 && self.images.covers(memory, address)
            }
            _ => false,
        }
    }

    pub(crate) fn record(
        &mut self,
        run: &mut Run,
        watch: usize,
        func: CoreFunc,
        arrived: Arrived,
        doubtful: bool,
    ) {
        if run.muted > 0 {
            return;
        }
        run.events_in_loop = true;
        let caller = match run.trail.last() {
            Some(site) => self.program.core_instance(site.instance).owner,
            None => self.program.owner(func),
        };
        run.events.push(Event {
            watch,
            caller,
            arrived,
            certain: run.widened == 0 && !doubtful,
            trail: run.trail.clone(),
        });
    }
}
