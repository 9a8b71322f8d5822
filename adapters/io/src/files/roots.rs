//! `wasi:filesystem/preopens`, and the tree as the settings describe it.

use super::descriptor::{Descriptor, READ};
use super::node::{Content, Folder, Kind, Node};
use crate::abi::{Global, Ret, keep};
use crate::settings;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

/// Names of the folders that a program has from the start.
type Roots = Vec<(&'static [u8], Rc<Node>)>;

static ROOTS: Global<Option<Roots>> = Global::new(None);

fn read() -> Roots {
    let mut cursor = settings::get().files;
    let count = cursor.word();
    let roots: Vec<(&[u8], usize)> = (0..count)
        .map(|_| (cursor.bytes(), cursor.word() as usize))
        .collect();
    let count = cursor.word();
    let mut names = Vec::new();
    let nodes: Vec<Rc<Node>> = (0..count as usize)
        .map(|parent| {
            let writable = cursor.byte() != 0;
            let kind = match cursor.byte() {
                0 => {
                    let entries = cursor.word();
                    for _ in 0..entries {
                        names.push((parent, cursor.bytes(), cursor.word() as usize));
                    }
                    Kind::Folder(RefCell::new(Folder::default()))
                }
                1 => Kind::File(RefCell::new(Content::Fixed(cursor.bytes()))),
                // SAFETY: gusset writes texts, and the block is not changed.
                _ => Kind::Link(unsafe { core::str::from_utf8_unchecked(cursor.bytes()) }.into()),
            };
            Node::new(writable, kind)
        })
        .collect();
    for (parent, name, node) in names {
        if let Kind::Folder(folder) = &nodes[parent].kind {
            // SAFETY: as above.
            let name = unsafe { core::str::from_utf8_unchecked(name) };
            folder.borrow_mut().insert(name, Rc::clone(&nodes[node]));
        }
    }
    let roots = roots.into_iter();
    roots
        .map(|(name, node)| (name, Rc::clone(&nodes[node])))
        .collect()
}

#[unsafe(export_name = "wasi:filesystem/preopens#get-directories")]
extern "C" fn get_directories() -> usize {
    let list: Vec<[u32; 3]> = ROOTS.with(|roots| {
        let roots = roots.get_or_insert_with(read).iter();
        roots
            .map(|(name, node)| {
                let node = Rc::clone(node);
                let handle = Descriptor { node, flags: READ }.handle();
                [handle, name.as_ptr() as u32, name.len() as u32]
            })
            .collect()
    });
    let (address, length) = keep(list);
    Ret.word(0, address as u32).word(4, length as u32).done()
}
