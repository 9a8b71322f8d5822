//! Compositions: built from small components whose result says in which order they ran, then
//! run under wasmtime.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "compose/parts.rs"]
mod parts;

#[path = "compose/edges.rs"]
mod edges;
#[path = "compose/messages.rs"]
mod messages;
#[path = "compose/names.rs"]
mod names;
#[path = "compose/proof.rs"]
mod proof;
#[path = "compose/random.rs"]
mod random;
