//! Runs a command under wasmtime with given surroundings and writes down what it did, so that
//! a test can say: run plainly on a host with the data and run virtualized on a host without
//! them, it did the same.

use std::path::PathBuf;
use std::sync::LazyLock;

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Result, Store};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::runtime::in_tokio;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxView, WasiView};

/// More output than any test makes.
const OUTPUT_LIMIT: usize = 16 << 20;

/// One engine for all tests of the target.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config.wasm_component_model_implements(true);
    #[allow(clippy::expect_used, reason = "there is no test without an engine")]
    Engine::new(&config).expect("wasmtime refuses its configuration")
});

/// What the host gives. The default is a host that gives nothing but clocks and random numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    /// Arguments, the program's name included.
    pub(crate) args: Vec<String>,
    /// Environment variables.
    pub(crate) env: Vec<(String, String)>,
    /// Standard input.
    pub(crate) stdin: Vec<u8>,
    /// Folders of this machine by the name that the guest sees; the flag is for writing.
    pub(crate) folders: Vec<(PathBuf, String, bool)>,
    /// Whether sockets of this machine may be used.
    pub(crate) network: bool,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// How it ended.
    pub(crate) end: End,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// `run` returned.
    Returned(std::result::Result<(), ()>),
    /// It called `exit`.
    Exit(i32),
    /// It trapped; the root cause.
    Trap(String),
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Host {
    /// A host that gives arguments only; the program is called `tool`.
    pub(crate) fn with_args(args: &[&str]) -> Self {
        let names = std::iter::once("tool").chain(args.iter().copied());
        Self {
            args: names.map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Runs the command in `bytes`: `wasi:cli/run` of any version of 0.2 or 0.3.
    pub(crate) fn run(&self, bytes: &[u8]) -> Result<Done> {
        in_tokio(self.run_async(bytes))
    }

    async fn run_async(&self, bytes: &[u8]) -> Result<Done> {
        let component = Component::new(&ENGINE, bytes)?;
        let mut linker = Linker::new(&ENGINE);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;

        let stdout = MemoryOutputPipe::new(OUTPUT_LIMIT);
        let stderr = MemoryOutputPipe::new(OUTPUT_LIMIT);
        let mut wasi = WasiCtx::builder();
        wasi.stdout(stdout.clone()).stderr(stderr.clone());
        wasi.stdin(MemoryInputPipe::new(self.stdin.clone()));
        wasi.args(&self.args).envs(&self.env);
        for (folder, name, write) in &self.folders {
            let perms = if *write {
                FsPerms::ReadWrite
            } else {
                FsPerms::ReadOnly
            };
            wasi.preopened_dir(folder, name, perms)?;
        }
        if self.network {
            wasi.inherit_network().allow_ip_name_lookup(true);
            wasi.allow_tcp(true).allow_udp(true);
        }
        let state = State {
            wasi: wasi.build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&ENGINE, state);
        let instance = linker.instantiate_async(&mut store, &component).await?;

        let ty = component.component_type();
        let run = ty.exports(&ENGINE).find_map(|(name, _)| {
            let run = name.starts_with("wasi:cli/run@");
            run.then(|| name.to_owned())
        });
        let run = run.ok_or_else(|| wasmtime::format_err!("this is no command"))?;
        let interface = instance.get_export_index(&mut store, None, &run);
        let function = instance
            .get_export_index(&mut store, interface.as_ref(), "run")
            .ok_or_else(|| wasmtime::format_err!("`{run}` has no function"))?;
        let function =
            instance.get_typed_func::<(), (std::result::Result<(), ()>,)>(&mut store, function)?;
        let end = match function.call_async(&mut store, ()).await {
            Ok((result,)) => End::Returned(result),
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(exit) => End::Exit(exit.0),
                None => End::Trap(error.root_cause().to_string()),
            },
        };
        let text = |pipe: &MemoryOutputPipe| String::from_utf8_lossy(&pipe.contents()).into_owned();
        Ok(Done {
            stdout: text(&stdout),
            stderr: text(&stderr),
            end,
        })
    }
}

/// The names of everything that a component imports.
pub(crate) fn imports(bytes: &[u8]) -> Result<Vec<String>> {
    let component = Component::new(&ENGINE, bytes)?;
    let ty = component.component_type();
    Ok(ty
        .imports(&ENGINE)
        .map(|(name, _)| name.to_owned())
        .collect())
}

/// Fails when something is left to ask the host for: a result without the import cannot have
/// its answer from there, whatever the host would give.
#[track_caller]
pub(crate) fn assert_no_import(bytes: &[u8], prefix: &str) -> Result<()> {
    let all = imports(bytes)?;
    let left: Vec<_> = all.iter().filter(|name| name.starts_with(prefix)).collect();
    assert!(left.is_empty(), "still imported: {left:?}");
    Ok(())
}
