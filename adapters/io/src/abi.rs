//! The canonical ABI by hand: where results are written, where lists of a call live, and
//! handles. Component-model `CanonicalABI.md`.
//!
//! Used by every guest in `adapters`; what one of them does not need is not in its file.
//!
//! There is one thread, and a component is not entered while it runs, so that one area for
//! results and one list of allocations are enough.

#![allow(dead_code, reason = "each guest uses the part it needs")]

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::cell::UnsafeCell;

/// A static of a program with one thread.
pub(crate) struct Global<T>(UnsafeCell<T>);

// SAFETY: there is one thread.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Runs `f` on the value. `f` must not come here again; no function of this crate that is
    /// given to it does.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: one thread, and not entered twice.
        f(unsafe { &mut *self.0.get() })
    }
}

/// The largest result of any function here has 96 bytes; wrappers of other interfaces ask
/// [`ret_area`] for theirs.
const RET_WORDS: usize = 64;

#[repr(C, align(8))]
struct Area(UnsafeCell<[u64; RET_WORDS]>);
// SAFETY: there is one thread.
unsafe impl Sync for Area {}
static RET: Area = Area(UnsafeCell::new([0; RET_WORDS]));

/// A result that is too large for one core value, in memory.
#[derive(Clone, Copy)]
pub(crate) struct Ret;

impl Ret {
    /// The area, as an address for the host to write to or as a result.
    pub(crate) fn address(self) -> usize {
        RET.0.get() as usize
    }

    fn at<T>(self, offset: usize) -> *mut T {
        (self.address() + offset) as *mut T
    }

    pub(crate) fn byte(self, offset: usize, value: u8) -> Self {
        // SAFETY: all offsets in this crate are constants within the area.
        unsafe { self.at::<u8>(offset).write(value) };
        self
    }

    pub(crate) fn word(self, offset: usize, value: u32) -> Self {
        // SAFETY: as above, and aligned.
        unsafe { self.at::<u32>(offset).write(value) };
        self
    }

    pub(crate) fn long(self, offset: usize, value: u64) -> Self {
        // SAFETY: as above, and aligned.
        unsafe { self.at::<u64>(offset).write(value) };
        self
    }

    pub(crate) fn list<T>(self, offset: usize, list: &[T]) -> Self {
        self.word(offset, list.as_ptr() as u32)
            .word(offset + 4, list.len() as u32)
    }

    pub(crate) fn get_byte(self, offset: usize) -> u8 {
        // SAFETY: as above.
        unsafe { self.at::<u8>(offset).read() }
    }

    pub(crate) fn get_word(self, offset: usize) -> u32 {
        // SAFETY: as above.
        unsafe { self.at::<u32>(offset).read() }
    }

    pub(crate) fn get_long(self, offset: usize) -> u64 {
        // SAFETY: as above.
        unsafe { self.at::<u64>(offset).read() }
    }

    pub(crate) fn done(self) -> usize {
        self.address()
    }
}

/// The area for results, for wrappers: 512 bytes, aligned to 8.
#[unsafe(export_name = "ret_area")]
extern "C" fn ret_area() -> usize {
    Ret.address()
}

/// What was allocated for the lists of the call that runs.
static SCRATCH: Global<Vec<(*mut u8, Layout)>> = Global::new(Vec::new());

/// The `realloc` of every function: parameters of ours, results of the host's.
#[unsafe(export_name = "cabi_realloc")]
extern "C" fn realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
    if new_size == 0 && old.is_null() {
        return align as *mut u8;
    }
    let Ok(layout) = Layout::from_size_align(new_size, align) else {
        core::arch::wasm32::unreachable()
    };
    // SAFETY: the size is not zero.
    let new = unsafe { alloc::alloc::alloc(layout) };
    if new.is_null() {
        core::arch::wasm32::unreachable()
    }
    if !old.is_null() {
        // SAFETY: both have at least that many bytes. The old one is freed with the rest.
        unsafe { core::ptr::copy_nonoverlapping(old, new, old_size.min(new_size)) };
    }
    SCRATCH.with(|all| all.push((new, layout)));
    new
}

fn free() {
    let all = SCRATCH.with(core::mem::take);
    for (address, layout) in all {
        // SAFETY: it was allocated with this layout, and the call is over.
        unsafe { alloc::alloc::dealloc(address, layout) };
    }
}

/// After a function without a result in core: its lists are not needed any more.
#[unsafe(export_name = "post_none")]
extern "C" fn post_none() {
    free();
}

/// After a function whose core result is an `i32`.
#[unsafe(export_name = "post_i32")]
extern "C" fn post_i32(_: usize) {
    free();
}

/// Keeps a list that is a result until the call is over.
pub(crate) fn keep<T>(list: Vec<T>) -> (usize, usize) {
    let length = list.len();
    let list = list.into_boxed_slice();
    let layout = Layout::for_value(&*list);
    let address = Box::into_raw(list).cast::<u8>();
    if layout.size() > 0 {
        SCRATCH.with(|all| all.push((address, layout)));
    }
    (address as usize, length)
}

/// The bytes of a parameter.
///
/// # Safety
/// The canonical ABI gave both numbers for one list of bytes, and the call still runs.
pub(crate) unsafe fn bytes<'a>(address: usize, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    unsafe { core::slice::from_raw_parts(address as *const u8, length) }
}

/// The text of a parameter; lifting has checked that it is UTF-8.
///
/// # Safety
/// As for [`bytes`].
pub(crate) unsafe fn text<'a>(address: usize, length: usize) -> &'a str {
    unsafe { core::str::from_utf8_unchecked(bytes(address, length)) }
}

/// What a handle of ours stands for: its representation is the address of a box.
///
/// # Safety
/// `rep` came from [`leak`] with the same type, and was not dropped.
pub(crate) unsafe fn of<'a, T>(rep: usize) -> &'a mut T {
    unsafe { &mut *(rep as *mut T) }
}

/// The representation of a new resource.
pub(crate) fn leak<T>(value: T) -> usize {
    Box::into_raw(Box::new(value)) as usize
}

/// The destructor of a resource.
///
/// # Safety
/// As for [`of`].
pub(crate) unsafe fn drop_rep<T>(rep: usize) {
    drop(unsafe { Box::from_raw(rep as *mut T) });
}
