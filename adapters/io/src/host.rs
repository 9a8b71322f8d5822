//! What the host does for handles of its own. A function that an application does not use, or
//! that it cannot reach because everything is in memory, is filled with one that traps.

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    #[link_name = "wasi:io/error#[method]error.to-debug-string"]
    pub(crate) fn to_debug_string(error: u32, ret: usize);

    #[link_name = "wasi:io/poll#[method]pollable.ready"]
    pub(crate) fn ready(pollable: u32) -> u32;
    #[link_name = "wasi:io/poll#[method]pollable.block"]
    pub(crate) fn block(pollable: u32);
    #[link_name = "wasi:io/poll#poll"]
    pub(crate) fn poll(list: usize, length: usize, ret: usize);

    #[link_name = "wasi:io/streams#[method]input-stream.read"]
    pub(crate) fn read(stream: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]input-stream.blocking-read"]
    pub(crate) fn blocking_read(stream: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]input-stream.skip"]
    pub(crate) fn skip(stream: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]input-stream.blocking-skip"]
    pub(crate) fn blocking_skip(stream: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]input-stream.subscribe"]
    pub(crate) fn input_subscribe(stream: u32) -> u32;

    #[link_name = "wasi:io/streams#[method]output-stream.check-write"]
    pub(crate) fn check_write(stream: u32, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.write"]
    pub(crate) fn write(stream: u32, list: usize, length: usize, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.blocking-write-and-flush"]
    pub(crate) fn blocking_write_and_flush(stream: u32, list: usize, length: usize, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.flush"]
    pub(crate) fn flush(stream: u32, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.blocking-flush"]
    pub(crate) fn blocking_flush(stream: u32, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.subscribe"]
    pub(crate) fn output_subscribe(stream: u32) -> u32;
    #[link_name = "wasi:io/streams#[method]output-stream.write-zeroes"]
    pub(crate) fn write_zeroes(stream: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush"]
    pub(crate) fn blocking_write_zeroes_and_flush(stream: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.splice"]
    pub(crate) fn splice(stream: u32, source: u32, length: u64, ret: usize);
    #[link_name = "wasi:io/streams#[method]output-stream.blocking-splice"]
    pub(crate) fn blocking_splice(stream: u32, source: u32, length: u64, ret: usize);

    #[link_name = "[drop]wasi:io/error#error"]
    fn drop_error(handle: u32);
    #[link_name = "[drop]wasi:io/poll#pollable"]
    fn drop_pollable(handle: u32);
    #[link_name = "[drop]wasi:io/streams#input-stream"]
    fn drop_input_stream(handle: u32);
    #[link_name = "[drop]wasi:io/streams#output-stream"]
    fn drop_output_stream(handle: u32);
}

/// A kind of resource of the host's.
pub(crate) trait Kind {
    /// Drops an owned handle.
    ///
    /// # Safety
    /// The handle is owned, and nobody uses it after this.
    unsafe fn drop(handle: u32);
}

/// A handle of the host's, owned.
pub(crate) struct Owned<K: Kind> {
    handle: u32,
    kind: core::marker::PhantomData<K>,
}

impl<K: Kind> Owned<K> {
    pub(crate) fn new(handle: u32) -> Self {
        let kind = core::marker::PhantomData;
        Self { handle, kind }
    }

    /// For a call that borrows it.
    pub(crate) fn borrow(&self) -> u32 {
        self.handle
    }
}

impl<K: Kind> Drop for Owned<K> {
    fn drop(&mut self) {
        // SAFETY: it was owned, and its owner is gone.
        unsafe { K::drop(self.handle) };
    }
}

macro_rules! kinds {
    ($($kind:ident $drop:ident)*) => { $(
        pub(crate) struct $kind;
        impl Kind for $kind {
            unsafe fn drop(handle: u32) {
                unsafe { $drop(handle) }
            }
        }
    )* };
}

kinds! {
    Error drop_error
    Pollable drop_pollable
    InputStream drop_input_stream
    OutputStream drop_output_stream
}
