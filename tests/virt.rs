//! Virtualized programs under wasmtime. `virt/run.rs` is the host, `virt/harness.rs` shows the
//! programs as they are without adapters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "virt/files.rs"]
mod files;
#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "virt/harness.rs"]
mod harness;
#[path = "support/host.rs"]
mod host;
#[path = "virt/least.rs"]
mod least;
#[path = "virt/p3.rs"]
mod p3;
#[path = "virt/run.rs"]
mod run;
#[path = "virt/stores.rs"]
mod stores;
#[path = "virt/surroundings.rs"]
mod surroundings;
#[path = "virt/view.rs"]
mod view;

use std::io::{Read, Write};

/// Answers `times` connections: what was sent, backwards.
pub(crate) fn echo(listener: &std::net::TcpListener, times: usize) -> std::io::Result<()> {
    for _ in 0..times {
        let (mut stream, _) = listener.accept()?;
        let mut line = Vec::new();
        stream.read_to_end(&mut line)?;
        line.reverse();
        // The program may have gone without waiting for an answer.
        let _ = stream.write_all(&line);
    }
    Ok(())
}
