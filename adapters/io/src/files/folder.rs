//! `descriptor`: functions that take a path. A folder that may not be changed answers every
//! wish to change something in it with `not-permitted`, whatever is at the path.

use super::code::{self, Code, Outcome, result, unit};
use super::descriptor::{Descriptor, READ, SYNC, WRITE, hash_of, set_times_of, stat_of, this};
use super::node::{Content, Folder, Kind, Node};
use super::path::{Found, walk};
use crate::abi;
use alloc::rc::Rc;
use core::cell::RefCell;

/// `path-flags`
const FOLLOW: u32 = 1;

/// `open-flags`
const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCLUSIVE: u32 = 4;
const TRUNCATE: u32 = 8;

/// Walks a path to look at what is there.
fn look(rep: usize, flags: u32, path: &str) -> Outcome<Rc<Node>> {
    let start = &this(rep).node;
    start.folder()?;
    walk(start, path, flags & FOLLOW != 0)?.existing()
}

/// Walks a path to change what is there. The last link is never followed.
fn reach(rep: usize, path: &str, follow: bool) -> Outcome<Found> {
    let start = &this(rep).node;
    start.folder()?;
    let found = walk(start, path, follow);
    // A writable folder may stand inside one that is not.
    if !start.writable && !found.as_ref().is_ok_and(|found| found.parent.writable) {
        return Err(Code::NotPermitted);
    }
    found
}

/// An entry of a folder that may be changed.
struct Entry {
    parent: Rc<Node>,
    name: alloc::string::String,
    node: Option<Rc<Node>>,
    slash: bool,
}

/// A path that ends in a name, to put something there or take it away.
fn entry(rep: usize, path: &str, dots: Code) -> Outcome<Entry> {
    let Found {
        parent,
        name,
        node,
        slash,
    } = reach(rep, path, false)?;
    parent.to_change()?;
    let name = name.ok_or(dots)?;
    Ok(Entry {
        parent,
        name,
        node,
        slash,
    })
}

impl Entry {
    fn put(&self, node: Rc<Node>) -> Outcome<()> {
        self.parent
            .to_change()?
            .borrow_mut()
            .insert(&self.name, node);
        Ok(())
    }

    fn take(&self) -> Outcome<()> {
        self.parent.to_change()?.borrow_mut().remove(&self.name);
        Ok(())
    }
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.open-at")]
unsafe extern "C" fn open_at(
    rep: usize,
    path_flags: u32,
    path: usize,
    length: usize,
    open: u32,
    flags: u32,
) -> usize {
    let path = unsafe { abi::text(path, length) };
    code::handle(opened(rep, path_flags, path, open, flags).map(Descriptor::handle))
}

fn opened(rep: usize, path_flags: u32, path: &str, open: u32, flags: u32) -> Outcome<Descriptor> {
    this(rep).node.folder()?;
    if flags & SYNC != 0 {
        return Err(Code::Unsupported);
    }
    if open & DIRECTORY != 0 && open & (CREATE | EXCLUSIVE | TRUNCATE) != 0 {
        return Err(Code::Invalid);
    }
    let changes = open & (CREATE | TRUNCATE) != 0 || flags & WRITE != 0;
    let exclusive = open & CREATE != 0 && open & EXCLUSIVE != 0;
    let follow = path_flags & FOLLOW != 0 && !exclusive;
    let mut flags = flags & (READ | WRITE);
    if flags & WRITE == 0 {
        flags |= READ;
    }
    let found = if changes {
        reach(rep, path, follow)?
    } else {
        walk(&this(rep).node, path, follow)?
    };
    let Some(node) = &found.node else {
        if open & CREATE == 0 {
            return Err(Code::NoEntry);
        }
        if found.slash {
            return Err(Code::IsDirectory);
        }
        let name = found.name.ok_or(Code::NoEntry)?;
        let node = Node::new(true, Kind::File(RefCell::new(Content::Fixed(&[]))));
        let folder = found.parent.to_change()?;
        folder.borrow_mut().insert(&name, Rc::clone(&node));
        return Ok(Descriptor { node, flags });
    };
    if exclusive {
        return Err(Code::Exist);
    }
    if changes && !node.writable {
        return Err(Code::NotPermitted);
    }
    match &node.kind {
        Kind::Link(_) => return Err(Code::Loop),
        Kind::Folder(_) if changes => return Err(Code::IsDirectory),
        Kind::Folder(_) => {}
        Kind::File(_) if found.slash || open & DIRECTORY != 0 => {
            return Err(Code::NotDirectory);
        }
        Kind::File(content) => {
            if open & TRUNCATE != 0 {
                content.borrow_mut().resize(0)?;
            }
        }
    }
    let node = Rc::clone(node);
    Ok(Descriptor { node, flags })
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.stat-at")]
unsafe extern "C" fn stat_at(rep: usize, flags: u32, path: usize, length: usize) -> usize {
    stat_of(look(rep, flags, unsafe { abi::text(path, length) }))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.metadata-hash-at")]
unsafe extern "C" fn metadata_hash_at(rep: usize, flags: u32, path: usize, length: usize) -> usize {
    hash_of(look(rep, flags, unsafe { abi::text(path, length) }))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.readlink-at")]
unsafe extern "C" fn readlink_at(rep: usize, path: usize, length: usize) -> usize {
    let node = look(rep, 0, unsafe { abi::text(path, length) });
    result(4, node, |ret, node| {
        if let Kind::Link(target) = &node.kind {
            ret.list(4, target.as_bytes());
        } else {
            ret.byte(0, 1).byte(4, Code::Invalid as u8);
        }
    })
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.set-times-at")]
unsafe extern "C" fn set_times_at(
    rep: usize,
    flags: u32,
    path: usize,
    length: usize,
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
    let path = unsafe { abi::text(path, length) };
    let node = reach(rep, path, flags & FOLLOW != 0).and_then(Found::existing);
    unit(node.and_then(|node| set_times_of(&node, times)))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.create-directory-at")]
unsafe extern "C" fn create_directory_at(rep: usize, path: usize, length: usize) -> usize {
    let path = unsafe { abi::text(path, length) };
    unit(entry(rep, path, Code::Exist).and_then(|entry| {
        if entry.node.is_some() {
            return Err(Code::Exist);
        }
        let folder = Kind::Folder(RefCell::new(Folder::default()));
        entry.put(Node::new(true, folder))
    }))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.symlink-at")]
unsafe extern "C" fn symlink_at(
    rep: usize,
    target: usize,
    target_length: usize,
    path: usize,
    length: usize,
) -> usize {
    let target = unsafe { abi::text(target, target_length) };
    let path = unsafe { abi::text(path, length) };
    unit(link_to(rep, target, path))
}

fn link_to(rep: usize, target: &str, path: &str) -> Outcome<()> {
    // A link out of the filesystem could never be followed.
    if target.starts_with('/') {
        return Err(Code::NotPermitted);
    }
    if target.is_empty() {
        return Err(Code::NoEntry);
    }
    let entry = entry(rep, path, Code::Exist)?;
    if entry.node.is_some() {
        return Err(Code::Exist);
    }
    if entry.slash {
        return Err(Code::NoEntry);
    }
    entry.put(Node::new(true, Kind::Link(target.into())))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.link-at")]
unsafe extern "C" fn link_at(
    rep: usize,
    flags: u32,
    old: usize,
    old_length: usize,
    to: usize,
    path: usize,
    length: usize,
) -> usize {
    let old = unsafe { abi::text(old, old_length) };
    let path = unsafe { abi::text(path, length) };
    unit(linked(rep, flags, old, to, path))
}

fn linked(rep: usize, flags: u32, old: &str, to: usize, path: &str) -> Outcome<()> {
    let from = reach(rep, old, false)?;
    let entry = entry(to, path, Code::Exist)?;
    if flags & FOLLOW != 0 {
        return Err(Code::Invalid);
    }
    from.parent.to_change()?;
    let node = from.existing()?;
    if node.is_folder() || !node.writable {
        return Err(Code::NotPermitted);
    }
    if entry.node.is_some() {
        return Err(Code::Exist);
    }
    if entry.slash {
        return Err(Code::NotDirectory);
    }
    entry.put(node)
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.remove-directory-at")]
unsafe extern "C" fn remove_directory_at(rep: usize, path: usize, length: usize) -> usize {
    let path = unsafe { abi::text(path, length) };
    unit(entry(rep, path, Code::Invalid).and_then(|entry| {
        let node = entry.node.as_ref().ok_or(Code::NoEntry)?;
        if !node.folder()?.borrow().is_empty() {
            return Err(Code::NotEmpty);
        }
        if !node.writable {
            return Err(Code::Busy);
        }
        entry.take()
    }))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.unlink-file-at")]
unsafe extern "C" fn unlink_file_at(rep: usize, path: usize, length: usize) -> usize {
    let path = unsafe { abi::text(path, length) };
    unit(entry(rep, path, Code::IsDirectory).and_then(|entry| {
        let node = entry.node.as_ref().ok_or(Code::NoEntry)?;
        match (node.is_folder(), entry.slash) {
            (true, _) => Err(Code::IsDirectory),
            (false, true) => Err(Code::NotDirectory),
            (false, false) => entry.take(),
        }
    }))
}

#[unsafe(export_name = "wasi:filesystem/types#[method]descriptor.rename-at")]
unsafe extern "C" fn rename_at(
    rep: usize,
    old: usize,
    old_length: usize,
    to: usize,
    path: usize,
    length: usize,
) -> usize {
    let old = unsafe { abi::text(old, old_length) };
    let path = unsafe { abi::text(path, length) };
    unit(renamed(rep, old, to, path))
}

/// POSIX `rename`.
fn renamed(rep: usize, old: &str, to: usize, path: &str) -> Outcome<()> {
    let from = entry(rep, old, Code::Busy)?;
    let into = entry(to, path, Code::Busy)?;
    let node = from.node.as_ref().ok_or(Code::NoEntry)?;
    if (from.slash || into.slash) && !node.is_folder() {
        return Err(Code::NotDirectory);
    }
    if node.is_folder() {
        if !node.writable {
            return Err(Code::Busy);
        }
        if contains(node, &into.parent) {
            return Err(Code::Invalid);
        }
    }
    if let Some(there) = &into.node {
        if Rc::ptr_eq(node, there) {
            return Ok(());
        }
        match (node.is_folder(), there.is_folder()) {
            (true, false) => return Err(Code::NotDirectory),
            (false, true) => return Err(Code::IsDirectory),
            (true, true) if !there.folder()?.borrow().is_empty() => return Err(Code::NotEmpty),
            _ => {}
        }
    }
    let node = Rc::clone(node);
    from.take()?;
    into.put(node)
}

/// Whether a folder is, or has somewhere in it, another.
fn contains(folder: &Rc<Node>, other: &Rc<Node>) -> bool {
    if Rc::ptr_eq(folder, other) {
        return true;
    }
    match &folder.kind {
        Kind::Folder(inside) => inside
            .borrow()
            .iter()
            .any(|(_, node)| contains(node, other)),
        _ => false,
    }
}
