//! `directory-entry-stream`: the entries of a folder at the moment it was opened.

use super::code::{Code, Outcome, result};
use super::node::Node;
use crate::abi;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Entries that were not read yet, the next one last.
pub(crate) struct Listing {
    left: Vec<(Box<str>, u8)>,
    /// The one that was read last: its name is a result until the call is over.
    last: Box<str>,
}

#[link(wasm_import_module = "own")]
unsafe extern "C" {
    #[link_name = "[new]wasi:filesystem/types#directory-entry-stream"]
    fn new(rep: usize) -> u32;
}

impl Listing {
    pub(crate) fn of(node: &Node) -> Outcome<Self> {
        let folder = node.folder()?.borrow();
        let mut left: Vec<_> = folder
            .iter()
            .map(|(name, node)| (name.clone(), node.type_code()))
            .collect();
        left.reverse();
        let last = Box::default();
        Ok(Self { left, last })
    }

    pub(crate) fn handle(self) -> u32 {
        // SAFETY: the representation is new.
        unsafe { new(abi::leak(self)) }
    }
}

#[unsafe(export_name = "wasi:filesystem/types#[method]directory-entry-stream.read-directory-entry")]
unsafe extern "C" fn read_directory_entry(rep: usize) -> usize {
    let listing: &mut Listing = unsafe { abi::of(rep) };
    let next = listing.left.pop();
    result(4, Ok::<_, Code>(next), |ret, next| match next {
        Some((name, ty)) => {
            listing.last = name;
            ret.byte(4, 1).byte(8, ty).list(12, listing.last.as_bytes());
        }
        None => {
            ret.byte(4, 0);
        }
    })
}

#[unsafe(export_name = "[dtor]wasi:filesystem/types#directory-entry-stream")]
unsafe extern "C" fn dtor(rep: usize) {
    unsafe { abi::drop_rep::<Listing>(rep) }
}
