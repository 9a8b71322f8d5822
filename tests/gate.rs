//! The gate from outside: formats against their schemas, the way of a new user, and cost.
//! What each rule finds is in `tests/cli/rules`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "gate/cost.rs"]
mod cost;
#[path = "gate/place.rs"]
mod place;
#[path = "gate/sarif.rs"]
mod sarif;
#[path = "gate/schema.rs"]
mod schema;
#[path = "gate/walk.rs"]
mod walk;
