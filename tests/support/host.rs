//! A small host for fixtures: WASI 0.2 and 0.3 with captured output, and the stores of
//! `host_stores.rs` filled from a table. It writes down every name that a guest asks for,
//! which is the truth that an analysis is compared with.

#![allow(dead_code, reason = "each test uses the part it needs")]

#[path = "host_stores.rs"]
mod stores;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wasmtime::component::{Component, Instance, Linker, ResourceTable};
use wasmtime::{Config, Engine, Result, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

pub(crate) use wasmtime_wasi::runtime::in_tokio;

/// More output than any fixture makes.
const OUTPUT_LIMIT: usize = 1 << 20;

/// One engine for all tests of a binary.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config.wasm_component_model_implements(true);
    #[allow(clippy::expect_used, reason = "there is no test without an engine")]
    Engine::new(&config).expect("wasmtime refuses its configuration")
});

/// What a guest finds.
#[derive(Default)]
pub(crate) struct Host {
    /// Environment variables.
    pub(crate) env: BTreeMap<&'static str, &'static str>,
    /// Arguments after the program's name.
    pub(crate) args: Vec<String>,
    /// A folder of this machine that the guest sees as `/data`, read-only.
    pub(crate) data: Option<std::path::PathBuf>,
    /// Values of `wasi:config/store`.
    pub(crate) config: BTreeMap<&'static str, &'static str>,
    /// Values of `wasmcloud:secrets/store`.
    pub(crate) secrets: BTreeMap<&'static str, &'static str>,
    /// How many calls for asynchronous secrets have to arrive before one is answered.
    pub(crate) together: usize,
}

/// One thing that a guest asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// `config`, `secret`, `reveal`, `bucket`, `bucket-key`, `topic`, or `log` with the line.
    pub(crate) kind: &'static str,
    /// The name; for things under a label `label/name`.
    pub(crate) name: String,
}

/// What lives in the store while a guest runs.
pub(crate) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    config: BTreeMap<&'static str, &'static str>,
    secrets: BTreeMap<&'static str, &'static str>,
    asked: Vec<Asked>,
    together: usize,
    arrived: usize,
}

impl State {
    fn ask(&mut self, kind: &'static str, name: impl Into<String>) {
        let name = name.into();
        self.asked.push(Asked { kind, name });
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// A guest, instantiated.
pub(crate) struct Running {
    /// The store, for typed calls.
    pub(crate) store: Store<State>,
    /// The root instance.
    pub(crate) instance: Instance,
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

impl Host {
    /// Instantiates the component in `bytes`.
    pub(crate) async fn start(self, bytes: &[u8]) -> Result<Running> {
        let component = Component::new(&ENGINE, bytes)?;
        let mut linker = Linker::new(&ENGINE);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        stores::add_to_linker(&mut linker)?;

        let stdout = MemoryOutputPipe::new(OUTPUT_LIMIT);
        let stderr = MemoryOutputPipe::new(OUTPUT_LIMIT);
        let mut wasi = WasiCtx::builder();
        wasi.stdout(stdout.clone()).stderr(stderr.clone());
        wasi.arg("fixture").args(&self.args);
        for (name, value) in &self.env {
            wasi.env(name, value);
        }
        if let Some(folder) = &self.data {
            wasi.preopened_dir(folder, "/data", FsPerms::ReadOnly)?;
        }
        let state = State {
            wasi: wasi.build(),
            table: ResourceTable::new(),
            config: self.config,
            secrets: self.secrets,
            asked: Vec::new(),
            together: self.together,
            arrived: 0,
        };
        let mut store = Store::new(&ENGINE, state);
        let instance = linker.instantiate_async(&mut store, &component).await?;
        Ok(Running {
            store,
            instance,
            stdout,
            stderr,
        })
    }
}

impl Running {
    /// Calls `function` of the exported instance `interface`, or of the root when that is
    /// empty.
    pub(crate) async fn call<P, R>(
        &mut self,
        interface: &str,
        function: &str,
        params: P,
    ) -> Result<R>
    where
        P: wasmtime::component::ComponentNamedList
            + wasmtime::component::Lower
            + Send
            + Sync
            + 'static,
        R: wasmtime::component::ComponentNamedList
            + wasmtime::component::Lift
            + Send
            + Sync
            + 'static,
    {
        let parent = match interface {
            "" => None,
            name => Some(self.export(None, name)?),
        };
        let index = self.export(parent.as_ref(), function)?;
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut self.store, index)?;
        function.call_async(&mut self.store, params).await
    }

    fn export(
        &mut self,
        parent: Option<&wasmtime::component::ComponentExportIndex>,
        name: &str,
    ) -> Result<wasmtime::component::ComponentExportIndex> {
        let found = self
            .instance
            .get_export_index(&mut self.store, parent, name);
        found.ok_or_else(|| wasmtime::format_err!("the component does not export `{name}`"))
    }

    /// Everything asked for so far, in order.
    pub(crate) fn asked(&self) -> &[Asked] {
        &self.store.data().asked
    }

    /// The names of one kind, in order, each once.
    pub(crate) fn names(&self, kind: &str) -> Vec<&str> {
        let mut names = Vec::new();
        for asked in self.asked().iter().filter(|asked| asked.kind == kind) {
            if !names.contains(&asked.name.as_str()) {
                names.push(asked.name.as_str());
            }
        }
        names
    }

    /// Standard output so far.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.contents()).into_owned()
    }

    /// Standard error so far.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.contents()).into_owned()
    }
}
