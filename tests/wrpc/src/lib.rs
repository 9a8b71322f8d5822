//! A host that knows nothing but a link plan: it builds the binaries that the plan says, starts
//! each, and joins them over wRPC on TCP where the plan says `rpc`. It reads the JSON and shares
//! no code with gusset, as the host of anybody else would.

mod bridge;
mod command;
mod host;
mod plan;

pub use bridge::{Links, State};
pub use command::{Workload, fixture};
pub use host::{Binary, Running, Server};
pub use plan::{Edge, Group, Plan};
