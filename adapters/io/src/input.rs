//! `input-stream`.

use crate::abi::{self, Ret};
use crate::error::{Error, StreamError};
use crate::host::{self, Owned};
use crate::poll::Pollable;
use crate::stdio;

/// What one `read` gives at most.
const MOST: u64 = 1 << 20;

/// An input stream.
pub(crate) enum Input {
    Host(Owned<host::InputStream>),
    /// Standard input with fixed bytes. Its position is that of the program: every stream of
    /// it goes on where another one stopped.
    Fixed,
    /// Every read fails.
    Refused,
    #[cfg(feature = "files")]
    File(crate::files::Reader),
}

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:io/streams#input-stream"]
    fn new(rep: usize) -> u32;
}

impl Input {
    pub(crate) fn handle(self) -> u32 {
        // SAFETY: the representation is new.
        unsafe { new(abi::leak(self)) }
    }

    /// The next bytes, at most so many. They stay where they are until the call is over.
    pub(crate) fn next(&mut self, length: u64) -> Result<&[u8], StreamError> {
        let length = length.min(MOST);
        let bytes = match self {
            Input::Host(handle) => {
                unsafe { host::read(handle.borrow(), length, Ret.address()) };
                let ret = Ret.from_host(4)?;
                let (address, length) = (ret.get_word(4) as usize, ret.get_word(8) as usize);
                // SAFETY: the host has written a list of bytes.
                return Ok(unsafe { abi::bytes(address, length) });
            }
            Input::Fixed => stdio::next_input(length as usize),
            Input::Refused => return Err(StreamError::Failed(Error::Own("refused", None))),
            #[cfg(feature = "files")]
            Input::File(reader) => reader.next(length as usize)?,
        };
        if bytes.is_empty() && length > 0 {
            return Err(StreamError::Closed);
        }
        Ok(bytes)
    }
}

type HostRead = unsafe extern "C" fn(u32, u64, usize);

fn read_with(this: usize, length: u64, by: HostRead) -> usize {
    let input: &mut Input = unsafe { abi::of(this) };
    if let Input::Host(handle) = input {
        unsafe { by(handle.borrow(), length, Ret.address()) };
        return match Ret.from_host(4) {
            Ok(ret) => ret.done(),
            Err(error) => Ret.stream_error(4, error),
        };
    }
    match input.next(length) {
        Ok(bytes) => Ret.byte(0, 0).list(4, bytes).done(),
        Err(error) => Ret.stream_error(4, error),
    }
}

fn skip_with(this: usize, length: u64, by: HostRead) -> usize {
    let input: &mut Input = unsafe { abi::of(this) };
    if let Input::Host(handle) = input {
        unsafe { by(handle.borrow(), length, Ret.address()) };
        return match Ret.from_host(8) {
            Ok(ret) => ret.done(),
            Err(error) => Ret.stream_error(8, error),
        };
    }
    match input.next(length) {
        Ok(bytes) => Ret.byte(0, 0).long(8, bytes.len() as u64).done(),
        Err(error) => Ret.stream_error(8, error),
    }
}

#[unsafe(export_name = "wasi:io/streams#[method]input-stream.read")]
unsafe extern "C" fn read(this: usize, length: u64) -> usize {
    read_with(this, length, host::read)
}

#[unsafe(export_name = "wasi:io/streams#[method]input-stream.blocking-read")]
unsafe extern "C" fn blocking_read(this: usize, length: u64) -> usize {
    read_with(this, length, host::blocking_read)
}

#[unsafe(export_name = "wasi:io/streams#[method]input-stream.skip")]
unsafe extern "C" fn skip(this: usize, length: u64) -> usize {
    skip_with(this, length, host::skip)
}

#[unsafe(export_name = "wasi:io/streams#[method]input-stream.blocking-skip")]
unsafe extern "C" fn blocking_skip(this: usize, length: u64) -> usize {
    skip_with(this, length, host::blocking_skip)
}

#[unsafe(export_name = "wasi:io/streams#[method]input-stream.subscribe")]
unsafe extern "C" fn subscribe(this: usize) -> u32 {
    match unsafe { abi::of(this) } {
        Input::Host(handle) => Pollable::host(unsafe { host::input_subscribe(handle.borrow()) }),
        _ => Pollable::Ready,
    }
    .handle()
}

#[unsafe(export_name = "[dtor]wasi:io/streams#input-stream")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Input>(rep) }
}

/// For wrappers: an input stream of the host, made one of ours.
#[unsafe(export_name = "[wrap]wasi:io/streams#input-stream")]
extern "C" fn wrap(handle: u32) -> u32 {
    Input::Host(Owned::new(handle)).handle()
}
