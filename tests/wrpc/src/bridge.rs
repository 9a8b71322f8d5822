//! What a store holds so that calls can leave it.

use anyhow::{Result, bail};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wrpc_runtime_wasmtime::{SharedResourceTable, WrpcCtx, WrpcCtxView, WrpcView};
use wrpc_transport::Invoke;
use wrpc_transport::frame::{Incoming, Outgoing};
use wrpc_transport::tcp::Client;

/// Where each imported interface is served. The bridge itself has one address for all.
#[derive(Clone, Debug, Default)]
pub struct Links(Arc<BTreeMap<String, SocketAddr>>);

impl FromIterator<(String, SocketAddr)> for Links {
    fn from_iter<I: IntoIterator<Item = (String, SocketAddr)>>(links: I) -> Links {
        Links(Arc::new(links.into_iter().collect()))
    }
}

impl Invoke for Links {
    type Context = ();
    type Outgoing = Outgoing;
    type Incoming = Incoming;

    async fn invoke<P>(
        &self,
        (): (),
        instance: &str,
        function: &str,
        params: Bytes,
        paths: impl AsRef<[P]> + Send,
    ) -> Result<(Outgoing, Incoming)>
    where
        P: AsRef<[Option<usize>]> + Send + Sync,
    {
        let Some(address) = self.0.get(instance) else {
            bail!("no link is configured for `{instance}`");
        };
        let client = Client::from(*address);
        client.invoke((), instance, function, params, paths).await
    }
}

/// What lives in a store.
pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    calls: Calls,
}

struct Calls {
    links: Links,
    shared: SharedResourceTable,
    patience: Duration,
}

impl State {
    /// `patience` is how long a call may take.
    pub fn new(links: Links, patience: Duration) -> State {
        State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            calls: Calls {
                links,
                shared: SharedResourceTable::default(),
                patience,
            },
        }
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

impl WrpcCtx<Links> for Calls {
    fn context(&self) {}

    fn client(&self) -> &Links {
        &self.links
    }

    fn shared_resources(&mut self) -> &mut SharedResourceTable {
        &mut self.shared
    }

    fn timeout(&self) -> Option<Duration> {
        Some(self.patience)
    }
}

impl WrpcView for State {
    type Invoke = Links;

    fn wrpc(&mut self) -> WrpcCtxView<'_, Links> {
        WrpcCtxView {
            ctx: &mut self.calls,
            table: &mut self.table,
        }
    }
}
