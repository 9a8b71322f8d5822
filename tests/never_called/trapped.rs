//! Functions that cannot run become `unreachable`; the program must not notice.

use crate::fixtures::fixture;
use crate::host::{Host, Running, in_tokio};
use crate::host_functions::run_preview1;
use crate::rewrite::{Edit, Section, leb128, read_leb128, rewrite};
use gusset::binary::Binary;
use gusset::graph::Program;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasmtime::component::Val;

/// Writes `unreachable` over functions, by module (its offset in the file) and body.
#[derive(Default)]
struct Trap {
    doomed: HashMap<usize, BTreeSet<usize>>,
    replaced: usize,
    kept: usize,
}

impl Edit for Trap {
    fn section(&mut self, unit: usize, section: &Section<'_>) -> Option<Vec<u8>> {
        const CODE: u8 = 10;
        /// No locals, `unreachable`, `end`.
        const UNREACHABLE: [u8; 3] = [0, 0x00, 0x0b];
        let (CODE, Some(doomed)) = (section.id, self.doomed.get(&unit)) else {
            return Some(section.data.to_vec());
        };
        let (count, mut at) = read_leb128(section.data);
        let mut out = Vec::new();
        leb128(count, &mut out);
        for body in 0..count {
            let (len, used) = read_leb128(&section.data[at..]);
            let begin = at + used;
            at = begin + len;
            let code = match doomed.contains(&body) {
                true => &UNREACHABLE[..],
                false => &section.data[begin..at],
            };
            leb128(code.len(), &mut out);
            out.extend_from_slice(code);
        }
        assert_eq!(at, section.data.len());
        self.replaced += doomed.len();
        self.kept += count - doomed.len();
        Some(out)
    }
}

/// The binary with every function trapped that is reported as never running, in any
/// instance of its module. With `others`, the functions that do run are trapped instead.
fn trapped(name: &str, others: bool) -> Vec<u8> {
    let bytes = fixture(name);
    let binary = Binary::parse(&bytes).unwrap();
    let program = Program::link(&binary);
    let reach = program.reach();
    let mut runs: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for instance in &program.instances {
        for id in &instance.core {
            let module = binary.module(program.core_instance(*id).module);
            let bodies = runs.entry(module.id.0).or_default();
            bodies.extend(
                (0..module.bodies.len())
                    .filter(|body| reach.runs(&program, *id, module.func_of_body(*body))),
            );
        }
    }
    let mut trap = Trap::default();
    for module in &binary.modules {
        let runs = runs.get(&module.id.0).cloned().unwrap_or_default();
        let doomed = (0..module.bodies.len()).filter(|b| runs.contains(b) == others);
        let start = module.range.start as usize;
        trap.doomed.insert(start, doomed.collect());
    }
    let trapped = rewrite(&bytes, &mut trap);
    eprintln!(
        "{name}: {} of {} trapped",
        trap.replaced,
        trap.replaced + trap.kept
    );
    assert!(others || trap.kept > 0, "{name}");
    Binary::parse(&trapped).unwrap();
    trapped
}

fn host() -> Host {
    Host {
        env: BTreeMap::from([
            ("DATABASE_URL", "db:1"),
            ("REGION", "mars"),
            ("GREETING", "servus"),
            ("SERVICE_ENDPOINT", "here"),
            ("AUDIT_ACTOR", "tester"),
            ("ORDER_PREFIX", "T-"),
        ]),
        args: vec!["first".to_owned()],
        config: BTreeMap::from([
            ("greeting", "hi"),
            ("step", "one"),
            ("primary-db", "p"),
            ("price_gusset", "300"),
            ("currency", "CHF"),
        ]),
        secrets: BTreeMap::from([
            ("receipt-signing-key", "k"),
            ("database-password", "12345"),
            ("api-token", "678"),
        ]),
        ..Host::default()
    }
}

/// Calls a function by name with plain values and shows everything that can be seen.
async fn call(running: &mut Running, interface: &str, name: &str, params: &[Val]) -> String {
    let parent = (!interface.is_empty()).then(|| {
        let found = running
            .instance
            .get_export_index(&mut running.store, None, interface);
        found.unwrap_or_else(|| panic!("no {interface}"))
    });
    let index = running
        .instance
        .get_export_index(&mut running.store, parent.as_ref(), name);
    let index = index.unwrap_or_else(|| panic!("no {interface} {name}"));
    let func = running
        .instance
        .get_func(&mut running.store, index)
        .unwrap();
    let results = func.ty(&running.store).results().len();
    let mut results = vec![Val::Bool(false); results];
    let outcome = func
        .call_async(&mut running.store, params, &mut results)
        .await;
    let outcome = match outcome {
        Ok(()) => format!("{results:?}"),
        Err(error) => format!("error {error:?}"),
    };
    format!("{interface}#{name}: {outcome}\n")
}

type Call = (&'static str, &'static str, Vec<Val>);

async fn run(bytes: &[u8], calls: &[Call]) -> String {
    let mut running = match host().start(bytes).await {
        Ok(running) => running,
        Err(error) => return format!("cannot start: {error:?}"),
    };
    let mut seen = String::new();
    for (interface, name, params) in calls {
        seen.push_str(&call(&mut running, interface, name, params).await);
    }
    seen.push_str(&running.stdout());
    seen.push_str(&running.stderr());
    for asked in running.asked() {
        seen.push_str(&format!("{asked:?}\n"));
    }
    seen
}

/// The program does the same with and without what never runs, and something else without
/// what does.
fn same(name: &str, calls: &[Call], expected: &str) {
    in_tokio(async {
        let plain = run(&fixture(name), calls).await;
        assert!(plain.contains(expected), "{name}: {plain}");
        let without = run(&trapped(name, false), calls).await;
        assert_eq!(without, plain, "{name}");
        let broken = run(&trapped(name, true), calls).await;
        assert_ne!(broken, plain, "{name}");
    });
}

fn string(text: &str) -> Val {
    Val::String(text.to_owned())
}

#[test]
fn commands_do_not_notice() {
    let run = |interface| vec![(interface, "run", vec![])];
    let p2 = "wasi:cli/run@0.2.6";
    same("std-env.wasm", &run(p2), "url=db:1");
    same("std-env-stripped.wasm", &run(p2), "url=db:1");
    same("std-env-p1-component.wasm", &run(p2), "url=db:1");
    same("c-getenv-component.wasm", &run(p2), "endpoint=here");
    same("hello-p3.wasm", &run("wasi:cli/run@0.3.2"), "servus");
}

#[test]
fn hand_written_components_do_not_notice() {
    same("never-called.wasm", &[("", "run", vec![])], "7");
    same("unused.wasm", &[("", "greet", vec![])], "hi");
    same(
        "shared-everything.wasm",
        &[("", "run", vec![])],
        "primary-db",
    );
    let both = [("", "left", vec![]), ("", "right", vec![])];
    same("nested.wasm", &both, "step");
}

#[test]
fn labels_do_not_notice() {
    let sync = "fixture:labels/sync";
    let calls = [(sync, "copy", vec![string("k")]), (sync, "login", vec![])];
    same("labels.wasm", &calls, "api-token");
}

#[test]
fn the_shop_does_not_notice() {
    let orders = "acme:shop/orders@0.1.0";
    let calls = [
        (orders, "place", vec![string("gusset"), Val::U32(2)]),
        (orders, "place", vec![string("gusset"), Val::U32(100)]),
        (orders, "place", vec![string("nothing"), Val::U32(1)]),
        (orders, "status", vec![Val::U64(7)]),
    ];
    same("shop.wasm", &calls, "receipt-signing-key");
    same("shop-stripped.wasm", &calls, "receipt-signing-key");
}

#[test]
fn preview_1_modules_do_not_notice() {
    for (name, expected) in [
        ("std-env-p1.wasm", "url=db:1"),
        ("c-getenv.wasm", "endpoint=here"),
    ] {
        let run = |bytes: &[u8]| in_tokio(run_preview1(bytes, &BTreeSet::new()));
        let plain = run(&fixture(name));
        assert!(plain.contains(expected), "{name}: {plain}");
        assert_eq!(run(&trapped(name, false)), plain, "{name}");
        assert_ne!(run(&trapped(name, true)), plain, "{name}");
    }
}

/// A function that nothing reaches is there and is found.
#[test]
fn dead_functions_are_found() {
    for (name, at_least) in [
        ("never-called.wasm", 1),
        ("unused.wasm", 1),
        ("c-getenv.wasm", 1),
    ] {
        let bytes = fixture(name);
        let binary = Binary::parse(&bytes).unwrap();
        let facts = gusset::report::inspect::FileFacts::new(name, &binary);
        let dead: u64 = facts
            .instances
            .iter()
            .flat_map(|i| &i.modules)
            .map(|m| m.functions - m.reachable_functions)
            .sum();
        assert!(dead >= at_least, "{name}: {dead}");
    }
}
