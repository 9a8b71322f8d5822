//! Link plans: every import of every component on a host, decided with a reason.

mod model;

pub use model::*;
