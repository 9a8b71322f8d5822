//! Everything of WASI 0.2 that makes streams and pollables, with the data in memory: wasi:io
//! itself, the standard streams and, with the feature `files`, a filesystem.
//!
//! A core module without a component around it. It exports one function for each function of
//! an interface, in the canonical ABI, named `interface#function` without a version; gusset
//! wraps it in a component that has the versions, and the functions, that an application
//! imports. What is served by the host goes on to it: imports of module `host` have the same
//! form. What to serve, and the bytes, is in a block that gusset appends; see `settings`.

#![no_std]
#![cfg(target_arch = "wasm32")]

extern crate alloc;

mod abi;
mod error;
#[cfg(feature = "files")]
mod files;
mod host;
mod input;
mod output;
mod poll;
mod settings;
mod stdio;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
