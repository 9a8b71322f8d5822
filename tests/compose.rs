//! Compositions: built from small components whose result says in which order they ran, then
//! run under wasmtime.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/host.rs"]
mod host;
#[path = "compose/http_host.rs"]
mod http_host;
#[path = "compose/parts.rs"]
mod parts;

#[path = "compose/depot.rs"]
mod depot;
#[path = "compose/edges.rs"]
mod edges;
#[path = "compose/graphs.rs"]
mod graphs;
#[path = "compose/http.rs"]
mod http;
#[path = "compose/messages.rs"]
mod messages;
#[path = "compose/names.rs"]
mod names;
#[path = "compose/order.rs"]
mod order;
#[path = "compose/peers.rs"]
mod peers;
#[path = "compose/plan.rs"]
mod plan;
#[path = "compose/proof.rs"]
mod proof;
#[path = "compose/random.rs"]
mod random;
#[path = "compose/routes.rs"]
mod routes;
#[path = "compose/wac.rs"]
mod wac;
