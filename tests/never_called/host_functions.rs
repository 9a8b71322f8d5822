//! Host functions that are reported as never called trap; the program must not notice.

use crate::fixtures::fixture;
use crate::host::in_tokio;
use gusset::binary::Binary;
use gusset::report::inspect::FileFacts;
use std::collections::BTreeSet;
use wasmtime::component::{Component, ComponentType, Lower};
use wasmtime::{Config, Engine, Linker, Module, Store};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

fn facts(name: &str) -> FileFacts {
    let bytes = fixture(name);
    FileFacts::new(name, &Binary::parse(&bytes).unwrap())
}

/// Functions below one import that are reported as never called.
fn never_called(facts: &FileFacts, import: &str) -> BTreeSet<String> {
    let import = facts.imports.iter().find(|i| i.name == import).unwrap();
    import.never_called.iter().cloned().collect()
}

/// Runs a preview 1 command whose `trapped` host functions trap: what it wrote and how it
/// ended.
pub(crate) async fn run_preview1(bytes: &[u8], trapped: &BTreeSet<String>) -> String {
    const WASI: &str = "wasi_snapshot_preview1";
    let engine = Engine::new(&Config::new()).unwrap();
    let module = Module::new(&engine, bytes).unwrap();
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    wasmtime_wasi::p1::add_to_linker_async(&mut linker, |state| state).unwrap();
    linker.allow_shadowing(true);
    for import in module.imports().filter(|i| trapped.contains(i.name())) {
        let ty = import.ty().unwrap_func().clone();
        let name = import.name().to_owned();
        let trap = move |_: wasmtime::Caller<'_, WasiP1Ctx>,
                         _: &[wasmtime::Val],
                         _: &mut [wasmtime::Val]| {
            Err(wasmtime::format_err!("{name} is called"))
        };
        linker.func_new(WASI, import.name(), ty, trap).unwrap();
    }
    let stdout = MemoryOutputPipe::new(1 << 20);
    let stderr = MemoryOutputPipe::new(1 << 20);
    let wasi = WasiCtx::builder()
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .args(&["fixture", "first"])
        .env("DATABASE_URL", "db:1")
        .env("SERVICE_ENDPOINT", "here")
        .build_p1();
    let mut store = Store::new(&engine, wasi);
    let instance = linker.instantiate_async(&mut store, &module).await.unwrap();
    let start = instance
        .get_typed_func::<(), ()>(&mut store, "_start")
        .unwrap();
    let outcome = match start.call_async(&mut store, ()).await {
        Ok(()) => "returned".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
    format!("{}{}{outcome}", text(&stdout), text(&stderr))
}

#[test]
fn preview_1_functions_that_trap() {
    for name in ["std-env-p1.wasm", "c-getenv.wasm"] {
        let never = never_called(&facts(name), "wasi_snapshot_preview1");
        eprintln!("{name}: never called {never:?}");
        let bytes = fixture(name);
        in_tokio(async {
            let plain = run_preview1(&bytes, &BTreeSet::new()).await;
            assert_eq!(run_preview1(&bytes, &never).await, plain, "{name}");
            // The way to trap a function works.
            let called = BTreeSet::from(["environ_get".to_owned()]);
            assert!(never.is_disjoint(&called), "{name}");
            assert_ne!(run_preview1(&bytes, &called).await, plain, "{name}");
        });
    }
}

#[derive(ComponentType, Lower)]
#[component(variant)]
#[allow(dead_code)]
enum ConfigError {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

type Got = (Result<Option<String>, ConfigError>,);

#[test]
fn functions_of_components_that_trap() {
    const CONFIG: &str = "wasi:config/store@0.2.0-rc.1";
    const LOGGING: &str = "wasi:logging/logging@0.1.0-draft";
    let never = facts("never-called.wasm");
    let names = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<BTreeSet<_>>();
    assert_eq!(never_called(&never, CONFIG), names(&["get-all"]));
    assert!(!never.imports.iter().any(|i| i.name == "probe" && i.used));
    let unused = facts("unused.wasm");
    let unused_imports: Vec<&str> = unused
        .imports
        .iter()
        .filter(|i| !i.used)
        .map(|i| i.name.as_str())
        .collect();
    assert!(
        unused_imports.contains(&"wasi:keyvalue/store@0.2.0-draft"),
        "{unused_imports:?}"
    );

    let engine = Engine::new(&Config::new()).unwrap();
    in_tokio(async {
        for (name, function) in [("never-called.wasm", "run"), ("unused.wasm", "greet")] {
            let component = Component::new(&engine, fixture(name)).unwrap();
            let mut linker = wasmtime::component::Linker::<()>::new(&engine);
            let get = |_: wasmtime::StoreContextMut<'_, ()>,
                       (_,): (String,)|
             -> wasmtime::Result<Got> { Ok((Ok(Some("x".to_owned())),)) };
            let mut config = linker.instance(CONFIG).unwrap();
            config.func_wrap("get", get).unwrap();
            if name == "unused.wasm" {
                let mut logging = linker.instance(LOGGING).unwrap();
                logging.func_new("log", |_, _, _, _| Ok(())).unwrap();
            }
            linker.define_unknown_imports_as_traps(&component).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = linker
                .instantiate_async(&mut store, &component)
                .await
                .unwrap();
            let func = instance.get_func(&mut store, function).unwrap();
            let mut results = [wasmtime::component::Val::Bool(false)];
            func.call_async(&mut store, &[], &mut results)
                .await
                .unwrap();
        }
    });
}
