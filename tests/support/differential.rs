//! One module in both: wasmtime, and the interpreter of the analysis.

use gusset::binary::{Binary, CoreItem};
use gusset::flow::{Ending, run_concretely};
use gusset::graph::Program;
use std::sync::LazyLock;
use wasmtime::{Config, Engine, Linker, Module, Store, Trap, Val, ValType};

/// Steps on either side.
const FUEL: u64 = 20_000;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .wasm_tail_call(true)
        .wasm_extended_const(true)
        .cranelift_opt_level(wasmtime::OptLevel::None);
    Engine::new(&config).unwrap()
});

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    Same,
    /// Both trapped.
    SameTrap,
    /// One side has no rule, no fuel, or another size of memory.
    Skipped(String),
    Different(String),
}

/// Calls an export on both sides. What the module imports must not be called; its memory is exported
/// as `memory`, its globals as `g0`, `g1`, ….
pub(crate) fn compare(text: &str, export: &str, args: &[Val]) -> Compared {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    with_pair(&bytes, |module, program| {
        compare_in(module, program, export, args)
    })
}

/// Does something with a module on both sides.
pub(crate) fn with_pair<R>(bytes: &[u8], look: impl FnOnce(&Module, &Program<'_, '_>) -> R) -> R {
    let module = Module::new(&ENGINE, bytes).unwrap();
    let binary = Binary::parse(bytes).unwrap();
    look(&module, &Program::link(&binary))
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(v) => u64::from(*v as u32),
        Val::I64(v) => *v as u64,
        Val::F32(v) => u64::from(*v),
        Val::F64(v) => *v,
        other => panic!("not a number: {other:?}"),
    }
}

fn is_nan(value: &Val) -> bool {
    match value {
        Val::F32(v) => f32::from_bits(*v).is_nan(),
        Val::F64(v) => f64::from_bits(*v).is_nan(),
        _ => false,
    }
}

pub(crate) fn compare_in(
    module: &Module,
    program: &Program<'_, '_>,
    export: &str,
    args: &[Val],
) -> Compared {
    let mut store = Store::new(&ENGINE, ());
    store.set_fuel(FUEL).unwrap();
    let mut linker = Linker::new(&ENGINE);
    // What a program imports is not called.
    linker.define_unknown_imports_as_traps(module).unwrap();
    let instance = match linker.instantiate(&mut store, module) {
        Ok(instance) => instance,
        Err(error) => return Compared::Skipped(format!("wasmtime: {error:#}")),
    };
    let func = instance.get_func(&mut store, export).unwrap();
    let result_types: Vec<ValType> = func.ty(&store).results().collect();
    if !result_types.iter().all(ValType::is_num) {
        return Compared::Skipped("a result that is no number".to_string());
    }
    let mut results = vec![Val::I32(0); result_types.len()];
    let called = func.call(&mut store, args, &mut results);

    let id = program.core_instance_id(0);
    let binary_module = program.binary.module(program.core_instance(id).module);
    let found = binary_module.exports.iter().find(|e| e.name == export);
    let Some(CoreItem::Func(func)) = found.map(|e| e.item) else {
        panic!("no export {export}");
    };
    let memory = instance.get_memory(&mut store, "memory");
    let size = memory.map_or(0, |m| m.data_size(&store).min(4 * 65536));
    let raw: Vec<u64> = args.iter().map(bits).collect();
    let ours = run_concretely(program, id, func, &raw, FUEL, size as u32);
    match (called, ours) {
        (_, Ending::Unsupported(what)) => Compared::Skipped(what),
        (_, Ending::OutOfFuel) => Compared::Skipped("fuel".to_string()),
        (Err(error), ours) => match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel | Trap::MemoryOutOfBounds | Trap::StackOverflow) => {
                Compared::Skipped(format!("{error}"))
            }
            _ if ours == Ending::Trapped => Compared::SameTrap,
            _ => Compared::Different(format!("wasmtime: {error:#}; here: returned")),
        },
        (Ok(()), Ending::Trapped) => {
            Compared::Different(format!("returned {results:?}; here: trap"))
        }
        (
            Ok(()),
            Ending::Returned {
                results: mine,
                globals,
                memory: bytes,
            },
        ) => {
            for (theirs, mine) in results.iter().zip(&mine) {
                let nan = match theirs {
                    Val::F32(_) => f32::from_bits(*mine as u32).is_nan(),
                    Val::F64(_) => f64::from_bits(*mine).is_nan(),
                    _ => false,
                };
                if bits(theirs) != *mine && !(is_nan(theirs) && nan) {
                    return Compared::Different(format!("{theirs:?}; here: {mine:#x}"));
                }
            }
            if let Some(memory) = memory {
                let theirs = &memory.data(&store)[..bytes.len()];
                if let Some(at) = theirs.iter().zip(&bytes).position(|(a, b)| a != b) {
                    let (a, b) = (theirs[at], bytes[at]);
                    return Compared::Different(format!("memory at {at}: {a:#x}; here: {b:#x}"));
                }
            }
            for (index, mine) in globals.iter().enumerate() {
                let global = instance.get_global(&mut store, &format!("g{index}"));
                let (Some(global), Some(mine)) = (global, mine) else {
                    continue;
                };
                let theirs = global.get(&mut store);
                if bits(&theirs) != *mine && !is_nan(&theirs) {
                    return Compared::Different(format!(
                        "global {index}: {theirs:?}; here: {mine:#x}"
                    ));
                }
            }
            Compared::Same
        }
    }
}
