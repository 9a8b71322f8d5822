//! `output-stream`.

use crate::abi::{self, Ret};
use crate::error::{Error, StreamError};
use crate::host::{self, Owned};
use crate::input::Input;
use crate::poll::Pollable;

/// How many bytes a stream in memory takes at once.
const PERMIT: u64 = 1 << 20;

/// Source of zeroes.
static ZEROES: [u8; 256] = [0; 256];

/// An output stream.
pub(crate) enum Output {
    Host(Owned<host::OutputStream>),
    /// Takes everything and keeps nothing.
    Nothing,
    /// Every write fails.
    Refused,
    #[cfg(feature = "files")]
    File(crate::files::Writer),
}

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:io/streams#output-stream"]
    fn new(rep: usize) -> u32;
}

type Outcome<T> = Result<T, StreamError>;

impl Output {
    pub(crate) fn handle(self) -> u32 {
        // SAFETY: the representation is new.
        unsafe { new(abi::leak(self)) }
    }

    fn room(&mut self) -> Outcome<u64> {
        match self {
            Output::Host(handle) => {
                unsafe { host::check_write(handle.borrow(), Ret.address()) };
                Ok(Ret.from_host(8)?.get_long(8))
            }
            Output::Refused => Err(StreamError::Failed(Error::Own("refused", None))),
            _ => Ok(PERMIT),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Outcome<()> {
        match self {
            Output::Host(handle) => {
                let (address, length) = (bytes.as_ptr() as usize, bytes.len());
                unsafe { host::write(handle.borrow(), address, length, Ret.address()) };
                Ret.from_host(4).map(drop)
            }
            Output::Nothing => Ok(()),
            Output::Refused => Err(StreamError::Failed(Error::Own("refused", None))),
            #[cfg(feature = "files")]
            Output::File(writer) => writer.put(bytes),
        }
    }

    fn zeroes(&mut self, mut length: u64) -> Outcome<()> {
        while length > 0 {
            let some = length.min(ZEROES.len() as u64);
            self.put(&ZEROES[..some as usize])?;
            length -= some;
        }
        Ok(())
    }
}

fn unit(outcome: Outcome<()>) -> usize {
    match outcome {
        Ok(()) => Ret.byte(0, 0).done(),
        Err(error) => Ret.stream_error(4, error),
    }
}

fn number(outcome: Outcome<u64>) -> usize {
    match outcome {
        Ok(number) => Ret.byte(0, 0).long(8, number).done(),
        Err(error) => Ret.stream_error(8, error),
    }
}

fn out<'a>(this: usize) -> &'a mut Output {
    unsafe { abi::of(this) }
}

/// The host does it on streams of its own; `own` on all others.
fn either(
    this: usize,
    by: impl FnOnce(u32, usize),
    own: impl FnOnce(&mut Output) -> Outcome<()>,
) -> usize {
    let output = out(this);
    unit(match output {
        Output::Host(handle) => {
            by(handle.borrow(), Ret.address());
            Ret.from_host(4).map(drop)
        }
        _ => own(output),
    })
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.check-write")]
unsafe extern "C" fn check_write(this: usize) -> usize {
    number(out(this).room())
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.write")]
unsafe extern "C" fn write(this: usize, list: usize, length: usize) -> usize {
    unit(out(this).put(unsafe { abi::bytes(list, length) }))
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.blocking-write-and-flush")]
unsafe extern "C" fn blocking_write_and_flush(this: usize, list: usize, length: usize) -> usize {
    either(
        this,
        |handle, ret| unsafe { host::blocking_write_and_flush(handle, list, length, ret) },
        |own| own.put(unsafe { abi::bytes(list, length) }),
    )
}

/// Streams in memory have nothing to flush; one that refuses says so.
fn flushed(own: &mut Output) -> Outcome<()> {
    own.room().map(drop)
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.flush")]
unsafe extern "C" fn flush(this: usize) -> usize {
    either(
        this,
        |handle, ret| unsafe { host::flush(handle, ret) },
        flushed,
    )
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.blocking-flush")]
unsafe extern "C" fn blocking_flush(this: usize) -> usize {
    either(
        this,
        |handle, ret| unsafe { host::blocking_flush(handle, ret) },
        flushed,
    )
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.subscribe")]
unsafe extern "C" fn subscribe(this: usize) -> u32 {
    match out(this) {
        Output::Host(handle) => Pollable::host(unsafe { host::output_subscribe(handle.borrow()) }),
        _ => Pollable::Ready,
    }
    .handle()
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.write-zeroes")]
unsafe extern "C" fn write_zeroes(this: usize, length: u64) -> usize {
    either(
        this,
        |handle, ret| unsafe { host::write_zeroes(handle, length, ret) },
        |own| own.zeroes(length),
    )
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush")]
unsafe extern "C" fn blocking_write_zeroes_and_flush(this: usize, length: u64) -> usize {
    either(
        this,
        |handle, ret| unsafe { host::blocking_write_zeroes_and_flush(handle, length, ret) },
        |own| own.zeroes(length),
    )
}

type HostSplice = unsafe extern "C" fn(u32, u32, u64, usize);

/// Between two streams of the host the host does it. Else as much as both can at once.
fn splice_with(this: usize, source: usize, length: u64, by: HostSplice) -> usize {
    let (output, input) = (out(this), unsafe { abi::of::<Input>(source) });
    if let (Output::Host(to), Input::Host(from)) = (&*output, &*input) {
        unsafe { by(to.borrow(), from.borrow(), length, Ret.address()) };
        return number(Ret.from_host(8).map(|ret| ret.get_long(8)));
    }
    number(output.room().and_then(|room| {
        let bytes = input.next(length.min(room))?;
        output.put(bytes)?;
        Ok(bytes.len() as u64)
    }))
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.splice")]
unsafe extern "C" fn splice(this: usize, source: usize, length: u64) -> usize {
    splice_with(this, source, length, host::splice)
}

#[unsafe(export_name = "wasi:io/streams#[method]output-stream.blocking-splice")]
unsafe extern "C" fn blocking_splice(this: usize, source: usize, length: u64) -> usize {
    // Only a stream of the host can keep somebody waiting.
    if let (Output::Host(handle), Input::Fixed | Input::Refused) =
        (&*out(this), unsafe { abi::of::<Input>(source) })
    {
        wait(unsafe { host::output_subscribe(handle.borrow()) });
    }
    if let (false, Input::Host(handle)) = (matches!(out(this), Output::Host(_)), unsafe {
        abi::of::<Input>(source)
    }) {
        wait(unsafe { host::input_subscribe(handle.borrow()) });
    }
    splice_with(this, source, length, host::blocking_splice)
}

fn wait(pollable: u32) {
    let pollable: Owned<host::Pollable> = Owned::new(pollable);
    unsafe { host::block(pollable.borrow()) };
}

#[unsafe(export_name = "[dtor]wasi:io/streams#output-stream")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Output>(rep) }
}

/// For wrappers: an output stream of the host, made one of ours.
#[unsafe(export_name = "[wrap]wasi:io/streams#output-stream")]
extern "C" fn wrap(handle: u32) -> u32 {
    Output::Host(Owned::new(handle)).handle()
}
