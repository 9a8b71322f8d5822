//! `wasi:io/error` and `stream-error`.

use crate::abi::{self, Ret};
use crate::host::{self, Owned};

/// What went wrong with a stream.
pub(crate) enum Error {
    /// On a stream of the host.
    Host(Owned<host::Error>),
    /// Here: what to call it, and the `error-code` of wasi:filesystem, if it is one.
    Own(
        &'static str,
        #[cfg_attr(not(feature = "files"), allow(dead_code, reason = "nobody asks"))] Option<u8>,
    ),
}

/// `stream-error`
pub(crate) enum StreamError {
    Failed(Error),
    Closed,
}

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:io/error#error"]
    fn new(rep: usize) -> u32;
}

impl Error {
    fn handle(self) -> u32 {
        // SAFETY: the representation is new.
        unsafe { new(abi::leak(self)) }
    }
}

impl Ret {
    /// A result whose error is a `stream-error`, the payload at `offset`: 4, or 8 where the
    /// payload of success is aligned to 8.
    pub(crate) fn stream_error(self, offset: usize, error: StreamError) -> usize {
        match error {
            StreamError::Failed(error) => {
                let handle = error.handle();
                self.byte(0, 1).byte(offset, 0).word(offset + 4, handle)
            }
            StreamError::Closed => self.byte(0, 1).byte(offset, 1),
        }
        .done()
    }

    /// Takes the result that the host has written: an error in it is the host's.
    pub(crate) fn from_host(self, offset: usize) -> Result<Self, StreamError> {
        if self.get_byte(0) == 0 {
            return Ok(self);
        }
        if self.get_byte(offset) == 0 {
            let handle = Owned::new(self.get_word(offset + 4));
            return Err(StreamError::Failed(Error::Host(handle)));
        }
        Err(StreamError::Closed)
    }
}

#[unsafe(export_name = "wasi:io/error#[method]error.to-debug-string")]
unsafe extern "C" fn to_debug_string(this: usize) -> usize {
    match unsafe { abi::of(this) } {
        Error::Host(handle) => {
            unsafe { host::to_debug_string(handle.borrow(), Ret.address()) };
            Ret.done()
        }
        Error::Own(text, _) => Ret.list(0, text.as_bytes()).done(),
    }
}

#[unsafe(export_name = "[dtor]wasi:io/error#error")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Error>(rep) }
}

/// For wrappers: the host's handle of an error, or 0 if it is none of the host's.
#[unsafe(export_name = "[unwrap]wasi:io/error#error")]
unsafe extern "C" fn unwrap(rep: usize) -> u32 {
    match unsafe { abi::of(rep) } {
        Error::Host(handle) => handle.borrow(),
        Error::Own(..) => 0,
    }
}

/// For wrappers: an error of the host, made one of ours.
#[unsafe(export_name = "[wrap]wasi:io/error#error")]
extern "C" fn wrap(handle: u32) -> u32 {
    Error::Host(Owned::new(handle)).handle()
}
