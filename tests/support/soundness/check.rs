//! Runs a program on many inputs and compares the names that it asked for with what the
//! analysis says.

use super::ast::{Program, Sink};
use super::random::Random;
use super::text::{LIBC, component, main_module};
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::needs::Needs;
use gusset::report::inspect::{FileFacts, NeedFacts};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use wasmtime::{
    Caller, Config, Engine, Extern, Instance, Linker, Memory, Module, OptLevel, Store, TypedFunc,
};

/// The kind of both sinks.
const KIND: &str = "config";
/// Instructions of one sequence of calls.
const FUEL: u64 = 20_000;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .cranelift_opt_level(OptLevel::None);
    Engine::new(&config).expect("wasmtime refuses its configuration")
});

static LIBC_MODULE: LazyLock<Module> =
    LazyLock::new(|| Module::new(&ENGINE, format!("(module {LIBC})")).expect("libc compiles"));

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue::builtin().expect("the built-in catalogue reads");
    let row = r#"
[[interface]]
id = "acme:names/store"
[[interface.sink]]
function = "get"
parameter = "key"
kind = "config"
"#;
    catalogue.extend("acme.toml", row).expect("the row fits");
    catalogue
});

/// `cabi_realloc`: old address, old size, alignment, new size.
type Realloc = TypedFunc<(i32, i32, i32, i32), i32>;

/// What a program was seen to ask for.
#[derive(Default)]
struct Asked {
    names: BTreeSet<String>,
    random: Option<Random>,
    libc: Option<(Memory, Realloc)>,
}

/// A verdict that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lie {
    pub(crate) verdict: String,
    /// Names asked for and not reported.
    pub(crate) missing: Vec<String>,
}

/// How a program and its analysis compare.
pub(crate) struct Outcome {
    pub(crate) lie: Option<Lie>,
    /// Whether the verdict claims that nothing is missing.
    pub(crate) closed: bool,
    pub(crate) asked: BTreeSet<String>,
    /// Why the verdict is open.
    pub(crate) reasons: BTreeSet<String>,
    /// Names reported as exact that no run asked for: not wrong, but worth a look.
    pub(crate) unseen: usize,
}

/// Analyses and runs. `None` when the text is no valid program, which only happens while a
/// program is made smaller.
pub(crate) fn check(program: &Program, seed: u64, runs: usize) -> Option<Outcome> {
    let bytes = wat::parse_str(component(program)).ok()?;
    let need = analyse(&bytes)?;
    let asked = run(program, seed, runs)?;
    Some(compare(need.as_ref(), asked))
}

/// What the plain method finds that the usual one neither reports nor leaves open. `None` for
/// invalid bytes, otherwise also whether the plain method closed.
pub(crate) fn beyond(program: &Program) -> Option<(BTreeSet<String>, bool)> {
    let bytes = wat::parse_str(component(program)).ok()?;
    let binary = Binary::parse(&bytes).ok()?;
    let linked = gusset::graph::Program::link(&binary);
    let reach = linked.reach();
    let usual = needed(&Needs::of(&linked, &reach, &CATALOGUE));
    let plain = needed(&Needs::plainly(&linked, &reach, &CATALOGUE));
    let more = plain.0.difference(&usual.0).cloned().collect();
    Some(match usual.1 {
        true => (more, plain.1),
        false => (BTreeSet::new(), plain.1),
    })
}

/// Names and beginnings of names of the sinks, and whether these are all.
fn needed(needs: &Needs) -> (BTreeSet<String>, bool) {
    let all = || {
        needs
            .instances
            .values()
            .flatten()
            .filter(|(kind, _)| kind.as_str() == KIND)
    };
    let names = all().flat_map(|(_, need)| need.keys.keys().chain(need.patterns.keys()).cloned());
    let closed = all().all(|(_, need)| need.blockers.is_empty() && !need.enumerates);
    (names.collect(), closed)
}

/// What the analysis says of the sinks. `None` for invalid bytes.
fn analyse(bytes: &[u8]) -> Option<Option<NeedFacts>> {
    let binary = Binary::parse(bytes).ok()?;
    let needs = FileFacts::with_needs("made-up", &binary, &CATALOGUE).needs;
    Some(needs.into_iter().find(|need| need.kind == KIND))
}

fn compare(need: Option<&NeedFacts>, asked: BTreeSet<String>) -> Outcome {
    let verdict = need.map_or("none", |need| need.verdict.as_ref());
    let closed = verdict != "open" && need.is_none_or(|need| !need.enumerates);
    let keys: BTreeSet<&str> = need
        .iter()
        .flat_map(|need| &need.keys)
        .map(|key| key.name.as_str())
        .collect();
    let fits = |name: &str| {
        let patterns = need.iter().flat_map(|need| &need.patterns);
        let mut starts = patterns.filter_map(|p| p.pattern.strip_suffix('*'));
        keys.contains(name) || starts.any(|start| name.starts_with(start))
    };
    let missing: Vec<String> = asked.iter().filter(|n| !fits(n)).cloned().collect();
    let exact = need
        .iter()
        .flat_map(|n| &n.keys)
        .filter(|k| k.grade == "exact");
    let unseen = exact.filter(|k| !asked.contains(&k.name)).count();
    Outcome {
        lie: (closed && !missing.is_empty()).then(|| Lie {
            verdict: verdict.to_string(),
            missing,
        }),
        closed,
        reasons: need
            .iter()
            .flat_map(|n| &n.blockers)
            .map(|b| b.reason.to_string())
            .collect(),
        asked,
        unseen,
    }
}

/// Every name that some sequence of calls asks for.
fn run(program: &Program, seed: u64, runs: usize) -> Option<BTreeSet<String>> {
    let module = Module::new(&ENGINE, format!("(module {})", main_module(program))).ok()?;
    let mut random = Random::new(seed ^ 0x5eed);
    let mut names = BTreeSet::new();
    for _ in 0..runs {
        let mut store = Store::new(&ENGINE, Asked::default());
        let _ = sequence(program, &module, &mut store, &mut random);
        names.append(&mut store.data_mut().names);
    }
    Some(names)
}

/// One fresh instance and a few calls; ends at a trap.
fn sequence(
    program: &Program,
    module: &Module,
    store: &mut Store<Asked>,
    random: &mut Random,
) -> wasmtime::Result<()> {
    store.set_fuel(FUEL)?;
    let libc = Instance::new(&mut *store, &LIBC_MODULE, &[])?;
    let memory = libc.get_memory(&mut *store, "memory");
    let memory = memory.ok_or_else(|| wasmtime::format_err!("no memory"))?;
    let realloc = libc.get_typed_func(&mut *store, "realloc")?;
    store.data_mut().libc = Some((memory, realloc));
    store.data_mut().random = Some(Random::new(random.bits()));
    let mut linker = Linker::new(&ENGINE);
    linker.instance(&mut *store, "libc", libc)?;
    match program.sink {
        Sink::Number => linker.func_wrap("config", "get", answer_number)?,
        Sink::Result => linker.func_wrap("config", "get", answer_result)?,
    };
    let main = linker.instantiate(&mut *store, module)?;
    for _ in 0..1 + random.below(4) {
        let export = random.pick(&program.exports);
        let Some(Extern::Func(func)) = main.get_export(&mut *store, &format!("f{export}")) else {
            continue;
        };
        let params: Vec<wasmtime::Val> = program.functions[export]
            .params
            .iter()
            .map(|_| wasmtime::Val::I32(number(random)))
            .collect();
        func.call(&mut *store, &params, &mut [])?;
    }
    Ok(())
}

/// Small numbers decide most branches.
fn number(random: &mut Random) -> i32 {
    match random.below(10) {
        0 => -1,
        1 => random.bits() as i32,
        2 => 0,
        _ => random.below(9) as i32,
    }
}

fn record(caller: &mut Caller<'_, Asked>, address: i32, len: i32) -> wasmtime::Result<()> {
    let (memory, _) = libc(caller)?;
    let (start, len) = (address as u32 as usize, len as u32 as usize);
    let bytes = memory
        .data(&*caller)
        .get(start..)
        .and_then(|b| b.get(..len));
    let bytes = bytes.ok_or_else(|| wasmtime::format_err!("outside of memory"))?;
    let name = std::str::from_utf8(bytes)?.to_string();
    caller.data_mut().names.insert(name);
    Ok(())
}

type Libc = (Memory, TypedFunc<(i32, i32, i32, i32), i32>);

fn libc(caller: &Caller<'_, Asked>) -> wasmtime::Result<Libc> {
    let libc = caller.data().libc.clone();
    libc.ok_or_else(|| wasmtime::format_err!("called before there is memory"))
}

fn choice(caller: &mut Caller<'_, Asked>, n: usize) -> usize {
    caller.data_mut().random.as_mut().map_or(0, |r| r.below(n))
}

fn answer_number(mut caller: Caller<'_, Asked>, address: i32, len: i32) -> wasmtime::Result<i32> {
    record(&mut caller, address, len)?;
    Ok(choice(&mut caller, 5) as i32)
}

/// `result<option<string>, error>` by the canonical ABI.
fn answer_result(
    mut caller: Caller<'_, Asked>,
    address: i32,
    len: i32,
    area: i32,
) -> wasmtime::Result<()> {
    record(&mut caller, address, len)?;
    let (memory, realloc) = libc(&caller)?;
    let area = area as u32 as usize;
    let (tag, case) = match choice(&mut caller, 4) {
        0 => return Ok(memory.write(&mut caller, area, &[0, 0, 0, 0, 0])?),
        1 => (1, choice(&mut caller, 2) as u8),
        _ => (0, 1),
    };
    let len = 1 + choice(&mut caller, 9) as i32;
    let text = realloc.call(&mut caller, (0, 0, 1, len))?;
    memory.write(
        &mut caller,
        text as u32 as usize,
        &b"hostvalue"[..len as usize],
    )?;
    memory.write(&mut caller, area, &[tag])?;
    memory.write(&mut caller, area + 4, &[case])?;
    memory.write(&mut caller, area + 8, &text.to_le_bytes())?;
    Ok(memory.write(&mut caller, area + 12, &len.to_le_bytes())?)
}
