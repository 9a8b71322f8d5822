//! `wasi:io/poll`. What is in memory is ready at once; the host's pollables wait.

use crate::abi::{self, Ret};
use crate::host::{self, Owned};
use alloc::vec::Vec;

/// A pollable.
pub(crate) enum Pollable {
    Host(Owned<host::Pollable>),
    Ready,
}

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:io/poll#pollable"]
    fn new(rep: usize) -> u32;
}

impl Pollable {
    pub(crate) fn host(handle: u32) -> Self {
        Self::Host(Owned::new(handle))
    }

    pub(crate) fn handle(self) -> u32 {
        // SAFETY: the representation is new.
        unsafe { new(abi::leak(self)) }
    }
}

#[unsafe(export_name = "wasi:io/poll#[method]pollable.ready")]
unsafe extern "C" fn ready(this: usize) -> u32 {
    match unsafe { abi::of(this) } {
        Pollable::Host(handle) => unsafe { host::ready(handle.borrow()) },
        Pollable::Ready => 1,
    }
}

#[unsafe(export_name = "wasi:io/poll#[method]pollable.block")]
unsafe extern "C" fn block(this: usize) {
    if let Pollable::Host(handle) = unsafe { abi::of(this) } {
        unsafe { host::block(handle.borrow()) }
    }
}

/// Positions of those that are ready, at least one. An empty list traps, as on any host.
#[unsafe(export_name = "wasi:io/poll#poll")]
unsafe extern "C" fn poll(list: usize, length: usize) -> usize {
    if length == 0 {
        core::arch::wasm32::unreachable()
    }
    // SAFETY: the canonical ABI gave a list of representations.
    let all = unsafe { core::slice::from_raw_parts(list as *const usize, length) };
    let mut found: Vec<u32> = Vec::new();
    // Handles of the host, and where they stand in the list.
    let (mut handles, mut places): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for (place, rep) in (0..).zip(all) {
        match unsafe { abi::of(*rep) } {
            Pollable::Ready => found.push(place),
            Pollable::Host(handle) => {
                handles.push(handle.borrow());
                places.push(place);
            }
        }
    }
    if found.is_empty() {
        unsafe { host::poll(handles.as_ptr() as usize, handles.len(), Ret.address()) };
        let (address, length) = (Ret.get_word(0) as usize, Ret.get_word(4) as usize);
        // SAFETY: the host has written a list of numbers.
        let ready = unsafe { core::slice::from_raw_parts(address as *const u32, length) };
        found.extend(ready.iter().filter_map(|at| places.get(*at as usize)));
    } else {
        // Nothing to wait for: the host's are only looked at.
        let ready = handles.iter().zip(&places);
        let ready = ready.filter(|(handle, _)| unsafe { host::ready(**handle) } != 0);
        for (_, place) in ready {
            let before = found.iter().position(|known| known > place);
            found.insert(before.unwrap_or(found.len()), *place);
        }
    }
    let (address, length) = abi::keep(found);
    Ret.word(0, address as u32).word(4, length as u32).done()
}

#[unsafe(export_name = "[dtor]wasi:io/poll#pollable")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Pollable>(rep) }
}

/// For wrappers: a pollable of the host, made one of ours.
#[unsafe(export_name = "[wrap]wasi:io/poll#pollable")]
extern "C" fn wrap(handle: u32) -> u32 {
    Pollable::host(handle).handle()
}
