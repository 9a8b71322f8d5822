//! Link plans: decisions, rules, middleware, the binaries that they say, and the matching of
//! hosts that compare declarations.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test that cannot set up its input should fail"
)]

#[path = "plan/components.rs"]
mod components;
#[path = "plan/decisions.rs"]
mod decisions;
#[path = "plan/guards.rs"]
mod guards;
#[path = "plan/matching.rs"]
mod matching;
#[path = "plan/order.rs"]
mod order;
#[path = "plan/whole.rs"]
mod whole;
