//! One core function on known values, for tests that compare the interpreter with an engine.

use super::engine::{Engine, Mode, Run, Stop};
use super::event::Why;
use super::memory::Fresh;
use super::value::Value;
use super::world::World;
use crate::binary::FuncId;
use crate::graph::{CoreInstanceId, MemoryRef, Program};

/// How a concrete run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It returned: results as bits, all globals that hold numbers (`None` for others), and
    /// the bytes of the first memory.
    Returned {
        /// Results; 32-bit ones in the lower half.
        results: Vec<u64>,
        /// Globals of the program in order.
        globals: Vec<Option<u64>>,
        /// The first bytes of the first memory.
        memory: Vec<u8>,
    },
    /// It trapped. Accesses beyond the end of memory do not: a concrete run has as much
    /// memory as anyone asks for.
    Trapped,
    /// It took more steps than it was given.
    OutOfFuel,
    /// It came to something without a rule: the proposal, or what was missing.
    Unsupported(String),
}

/// Runs a function of an instance from its initial memory and globals. Arguments are bits;
/// `memory` says how many bytes of memory are wanted back. Start functions do not run.
#[must_use]
pub fn run_concretely(
    program: &Program<'_, '_>,
    instance: CoreInstanceId,
    func: FuncId,
    args: &[u64],
    fuel: u64,
    memory: u32,
) -> Ending {
    let mut engine = Engine::new(program);
    engine.mode = Mode::Concrete;
    let globals = engine.entry_globals();
    let mut run = Run::new(fuel);
    let args = args.iter().map(|bits| Value::known(*bits)).collect();
    let ended = engine.execute(instance, func, args, World::new(globals), &mut run);
    let outcomes = match ended {
        Ok(outcomes) => outcomes,
        Err(Stop::Fuel) => return Ending::OutOfFuel,
        Err(Stop::Opaque(Why::Instruction(name))) => return Ending::Unsupported(name.to_string()),
        Err(Stop::Opaque(why)) => return Ending::Unsupported(format!("{why:?}")),
    };
    let Some((world, results)) = outcomes.into_iter().next() else {
        return Ending::Trapped;
    };
    let results: Option<Vec<u64>> = results.into_iter().map(Value::bits).collect();
    let Some(results) = results else {
        return Ending::Unsupported("a result that is not known".to_string());
    };
    let globals = world.globals.iter().map(|value| value.bits()).collect();
    let back = Fresh(&engine.images);
    let bytes = match program.memories.is_empty() {
        true => Vec::new(),
        false => (0..memory)
            .map(|address| world.memory.byte(&back, MemoryRef::from_index(0), address))
            .map(|byte| byte.unwrap_or(0))
            .collect(),
    };
    Ending::Returned {
        results,
        globals,
        memory: bytes,
    }
}
