//! `descriptor`: functions about the file or folder itself.

use super::code::{self, Code, Outcome, result, unit};
use super::listing::Listing;
use super::node::{Content, Kind, Node, Time};
use super::stream::{self, Reader, Writer};
use crate::abi::{self, Ret};
use crate::input::Input;
use crate::output::Output;
use alloc::rc::Rc;
use core::cell::RefCell;

/// `descriptor-flags`
pub(crate) const READ: u32 = 1;
pub(crate) const WRITE: u32 = 2;
/// Any of the three that ask for synchronisation.
pub(crate) const SYNC: u32 = 4 | 8 | 16;
const MUTATE_DIRECTORY: u32 = 32;

/// An open file or folder.
pub(crate) struct Descriptor {
    pub(crate) node: Rc<Node>,
    pub(crate) flags: u32,
}

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:filesystem/types#descriptor"]
    fn new(rep: usize) -> u32;
}

impl Descriptor {
    pub(crate) fn handle(self) -> u32 {
        // SAFETY: the representation is new.
        unsafe { new(abi::leak(self)) }
    }

    fn file(&self) -> Outcome<&RefCell<Content>> {
        match &self.node.kind {
            Kind::File(content) => Ok(content),
            _ => Err(Code::IsDirectory),
        }
    }

    fn to_read(&self) -> Outcome<&RefCell<Content>> {
        let file = self.file()?;
        if self.flags & READ == 0 {
            return Err(Code::BadDescriptor);
        }
        Ok(file)
    }

    fn to_write(&self) -> Outcome<&RefCell<Content>> {
        let Ok(file) = self.file() else {
            return Err(Code::BadDescriptor);
        };
        if !self.node.writable {
            return Err(Code::NotPermitted);
        }
        if self.flags & WRITE == 0 {
            return Err(Code::BadDescriptor);
        }
        Ok(file)
    }
}

pub(crate) fn this<'a>(rep: usize) -> &'a Descriptor {
    unsafe { abi::of(rep) }
}

#[unsafe(export_name = "[dtor]wasi:filesystem/types#descriptor")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Descriptor>(rep) }
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.read-via-stream")]
unsafe extern "C" fn read_via_stream(rep: usize, offset: u64) -> usize {
    let node = this(rep).to_read().map(|_| Rc::clone(&this(rep).node));
    code::handle(node.map(|node| Input::File(Reader { node, offset }).handle()))
}

fn writer(rep: usize, offset: Option<u64>) -> usize {
    let node = this(rep).to_write().map(|_| Rc::clone(&this(rep).node));
    code::handle(node.map(|node| Output::File(Writer { node, offset }).handle()))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.write-via-stream")]
unsafe extern "C" fn write_via_stream(rep: usize, offset: u64) -> usize {
    writer(rep, Some(offset))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.append-via-stream")]
unsafe extern "C" fn append_via_stream(rep: usize) -> usize {
    writer(rep, None)
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.advise")]
unsafe extern "C" fn advise(rep: usize, _: u64, _: u64, _: u32) -> usize {
    let file = this(rep).file().map(drop);
    unit(file.map_err(|_| Code::BadDescriptor))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.sync-data")]
unsafe extern "C" fn sync_data(_: usize) -> usize {
    unit(Ok(()))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.sync")]
unsafe extern "C" fn sync(_: usize) -> usize {
    unit(Ok(()))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.get-flags")]
unsafe extern "C" fn get_flags(rep: usize) -> usize {
    let Descriptor { node, flags } = this(rep);
    let mutate = node.is_folder() && node.writable;
    let flags = if mutate {
        flags | MUTATE_DIRECTORY
    } else {
        *flags
    };
    result(1, Ok(flags), |ret, flags| {
        ret.byte(1, flags as u8);
    })
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.get-type")]
unsafe extern "C" fn get_type(rep: usize) -> usize {
    result(1, Ok(this(rep).node.type_code()), |ret, ty| {
        ret.byte(1, ty);
    })
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.set-size")]
unsafe extern "C" fn set_size(rep: usize, size: u64) -> usize {
    let file = this(rep).to_write();
    unit(file.and_then(|file| file.borrow_mut().resize(size)))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.read")]
unsafe extern "C" fn read(rep: usize, length: u64, offset: u64) -> usize {
    let Ok(file) = this(rep).to_read() else {
        return result(4, Err::<(), _>(Code::BadDescriptor), |_, ()| {});
    };
    let content = file.borrow();
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(1 << 20);
    let bytes = stream::from(content.bytes(), offset, length);
    let end = bytes.is_empty() && length > 0;
    Ret.byte(0, 0).list(4, bytes).byte(12, u8::from(end)).done()
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.write")]
unsafe extern "C" fn write(rep: usize, list: usize, length: usize, offset: u64) -> usize {
    let bytes = unsafe { abi::bytes(list, length) };
    let file = this(rep).to_write();
    let written = file.and_then(|file| file.borrow_mut().write(offset, bytes));
    result(8, written, |ret, ()| {
        ret.long(8, length as u64);
    })
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.read-directory")]
unsafe extern "C" fn read_directory(rep: usize) -> usize {
    code::handle(Listing::of(&this(rep).node).map(Listing::handle))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.stat")]
unsafe extern "C" fn stat(rep: usize) -> usize {
    stat_of(Ok(Rc::clone(&this(rep).node)))
}

/// `result<descriptor-stat, error-code>`
pub(crate) fn stat_of(node: Outcome<Rc<Node>>) -> usize {
    result(8, node, |ret, node| {
        let [accessed, changed] = node.times.get();
        ret.byte(8, node.type_code())
            .long(16, u64::from(node.links.get().max(1)))
            .long(24, node.size() as u64);
        time(ret, 32, accessed);
        time(ret, 56, changed);
        time(ret, 80, changed);
    })
}

/// `option<datetime>`
fn time(ret: Ret, offset: usize, time: Option<Time>) {
    match time {
        Some(time) => ret
            .byte(offset, 1)
            .long(offset + 8, time.seconds)
            .word(offset + 16, time.nanoseconds),
        None => ret.byte(offset, 0),
    };
}

/// `new-timestamp` as parameters: case, seconds, nanoseconds.
pub(crate) type NewTime = (u32, u64, u32);

/// `now` is unknown: there is no clock.
pub(crate) fn set_times_of(node: &Node, times: [NewTime; 2]) -> Outcome<()> {
    if !node.writable {
        return Err(Code::NotPermitted);
    }
    let mut known = node.times.get();
    for (known, (case, seconds, nanoseconds)) in known.iter_mut().zip(times) {
        match case {
            0 => {}
            1 => *known = None,
            _ => {
                *known = Some(Time {
                    seconds,
                    nanoseconds,
                })
            }
        }
    }
    node.times.set(known);
    Ok(())
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.set-times")]
unsafe extern "C" fn set_times(
    rep: usize,
    accessed: u32,
    accessed_s: u64,
    accessed_n: u32,
    changed: u32,
    changed_s: u64,
    changed_n: u32,
) -> usize {
    let times = [
        (accessed, accessed_s, accessed_n),
        (changed, changed_s, changed_n),
    ];
    unit(set_times_of(&this(rep).node, times))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.is-same-object")]
unsafe extern "C" fn is_same_object(rep: usize, other: usize) -> u32 {
    u32::from(Rc::ptr_eq(&this(rep).node, &this(other).node))
}

/// Equal for the same file, different for different ones; it does not change with the content.
pub(crate) fn hash_of(node: Outcome<Rc<Node>>) -> usize {
    result(8, node, |ret, node| {
        ret.long(8, node.id).long(16, 0);
    })
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.metadata-hash")]
unsafe extern "C" fn metadata_hash(rep: usize) -> usize {
    hash_of(Ok(Rc::clone(&this(rep).node)))
}
