//! Binaries of a plan, started and joined.

use crate::bridge::{Links, State};
use crate::plan::{Group, Plan};
use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentNamedList, Instance, Lift, Linker, Lower, ResourceType,
};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::DynPollable;
use wrpc_runtime_wasmtime::{
    RemoteResource, ServeExt as _, collect_component_resource_exports,
    collect_component_resource_imports, link_item, rpc,
};

type Resources = HashMap<Box<str>, HashMap<Box<str>, (ResourceType, ResourceType)>>;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .wasm_component_model_error_context(true)
        .wasm_component_model_map(true);
    #[allow(clippy::expect_used, reason = "there is no test without an engine")]
    Engine::new(&config).expect("wasmtime refuses its configuration")
});

/// A binary of a plan.
pub struct Binary {
    component: Component,
    /// Imports that the bridge provides.
    remote: Vec<String>,
    /// Exports that others call.
    served: Vec<String>,
}

/// A binary that runs.
pub struct Running {
    store: Store<State>,
    instance: Instance,
}

/// A binary that answers calls on a port of this machine; until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

/// What this host has for a resource.
fn of_host(instance: &str, name: &str) -> Option<ResourceType> {
    match (instance, name) {
        ("wrpc:rpc/error@0.1.0", "error") => Some(ResourceType::host::<rpc::Error>()),
        ("wasi:io/poll@0.2.0", "pollable") => Some(ResourceType::host::<DynPollable>()),
        _ => None,
    }
}

impl Binary {
    /// Reads the binary of a group from the folder that `gusset compose --plan` wrote.
    pub fn read(group: &Group<'_>, folder: &Path) -> Result<Binary> {
        let path = folder.join(format!("{}.wasm", group.name()));
        let component = Component::from_file(&ENGINE, path)?;
        let remote = group.remote().into_iter();
        Ok(Binary {
            component,
            remote: remote.map(|(name, ..)| name.to_string()).collect(),
            served: group.served().into_iter().map(str::to_string).collect(),
        })
    }

    /// Resource types that it exports, and those that it imports with what the host has for
    /// them.
    fn resources(&self) -> (Vec<ResourceType>, Resources) {
        let ty = self.component.component_type();
        let mut own = Vec::new();
        collect_component_resource_exports(&ENGINE, &ty, &mut own);
        let mut imported = BTreeMap::new();
        collect_component_resource_imports(&ENGINE, &ty, &mut imported);
        // A type that comes from an interface of the host is the same wherever it is used.
        let mut known = Vec::new();
        for (instance, types) in &imported {
            let types = types.iter();
            known.extend(types.filter_map(|(name, ty)| Some((*ty, of_host(instance, name)?))));
        }
        let mut resources = Resources::new();
        for (instance, types) in imported {
            let remote = self.remote.iter().any(|name| **name == *instance);
            let types = types.into_iter().filter_map(|(name, ty)| {
                let host = known
                    .iter()
                    .find(|(of, _)| *of == ty)
                    .map(|(_, host)| *host);
                let host = host.or_else(|| remote.then(ResourceType::host::<RemoteResource>));
                Some((name, (ty, host?)))
            });
            resources.insert(instance, types.collect());
        }
        (own, resources)
    }

    /// Starts it. Its calls go where `links` says.
    pub async fn start(&self, links: Links, patience: Duration) -> Result<Running> {
        let mut linker = Linker::<State>::new(&ENGINE);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        rpc::add_to_linker(&mut linker)?;
        let (own, resources) = self.resources();
        let (own, resources) = (Arc::<[_]>::from(own), Arc::new(resources));
        let ty = self.component.component_type();
        for name in &self.remote {
            let item = ty.get_import(&ENGINE, name);
            let item = item.with_context(|| format!("there is no import `{name}`"))?;
            let mut root = linker.root();
            link_item(
                &ENGINE,
                &mut root,
                Arc::clone(&own),
                Arc::clone(&resources),
                item,
                "",
                name.as_str(),
            )?;
        }
        let mut store = Store::new(&ENGINE, State::new(links, patience));
        let instance = linker
            .instantiate_async(&mut store, &self.component)
            .await?;
        Ok(Running { store, instance })
    }

    /// Starts it, and answers calls.
    pub async fn serve(&self, links: Links, patience: Duration) -> Result<Server> {
        let Running { store, instance } = self.start(links, patience).await?;
        let store = Arc::new(Mutex::new(store));
        let (own, resources) = self.resources();
        let (own, resources) = (Arc::<[_]>::from(own), Arc::new(resources));
        let server = Arc::new(wrpc_transport::Server::default());
        let mut tasks = JoinSet::new();
        let ty = self.component.component_type();
        for served in &self.served {
            let item = ty.get_export(&ENGINE, served);
            let item = item.with_context(|| format!("there is no export `{served}`"))?;
            let functions = match item {
                ComponentItem::ComponentInstance(ty) => {
                    let items = ty.exports(&ENGINE);
                    let items = items.map(|(n, item)| (served.as_str(), n.to_string(), item));
                    items.collect::<Vec<_>>()
                }
                item => vec![("", served.clone(), item)],
            };
            for (interface, name, item) in functions {
                let ComponentItem::ComponentFunc(ty) = item else {
                    continue;
                };
                let calls = server
                    .serve_function_shared(
                        Arc::clone(&store),
                        instance,
                        Arc::clone(&own),
                        Arc::clone(&resources),
                        Vec::new(),
                        ty,
                        interface,
                        &name,
                    )
                    .await?;
                tasks.spawn(async move {
                    let mut calls = std::pin::pin!(calls);
                    while let Some(Ok((_, call))) = calls.next().await {
                        // The caller sees a connection that ends.
                        let _ = call.await;
                    }
                });
            }
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tasks.spawn(async move {
            loop {
                // One bad connection is not the end of the others.
                let _ = server.accept(&listener).await;
            }
        });
        Ok(Server {
            address,
            _tasks: tasks,
        })
    }
}

impl Server {
    /// Starts every binary that others call, providers before their consumers. What each
    /// interface is served at.
    pub async fn all(
        plan: &Plan,
        folder: &Path,
        patience: Duration,
    ) -> Result<(Vec<Server>, Links)> {
        let mut servers = Vec::new();
        let mut addresses: Vec<(String, SocketAddr)> = Vec::new();
        let mut waiting: Vec<Group<'_>> =
            plan.groups().filter(|g| !g.served().is_empty()).collect();
        while !waiting.is_empty() {
            let known = |(name, ..): &(&str, &str, &str)| addresses.iter().any(|(n, _)| n == name);
            let ready = waiting.iter().position(|g| g.remote().iter().all(known));
            let group = waiting.remove(ready.context("binaries call each other in a circle")?);
            let links = addresses.iter().cloned().collect();
            let server = Binary::read(&group, folder)?.serve(links, patience).await?;
            addresses.extend(
                group
                    .served()
                    .iter()
                    .map(|name| (name.to_string(), server.address)),
            );
            servers.push(server);
        }
        Ok((servers, addresses.into_iter().collect()))
    }
}

impl Running {
    /// Calls a function of an exported instance, or of the root when that is empty.
    pub async fn call<P, R>(&mut self, interface: &str, function: &str, params: P) -> Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let parent = match interface {
            "" => None,
            name => {
                let found = self.instance.get_export_index(&mut self.store, None, name);
                Some(found.with_context(|| format!("there is no export `{name}`"))?)
            }
        };
        let found = self
            .instance
            .get_export_index(&mut self.store, parent.as_ref(), function)
            .with_context(|| format!("there is no function `{function}`"))?;
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut self.store, found)?;
        Ok(function.call_async(&mut self.store, params).await?)
    }
}
