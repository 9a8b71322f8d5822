//! A filesystem in memory: `wasi:filesystem`.
//!
//! `node` is the tree, `path` walks it, `stream` reads and writes files, `descriptor` and
//! `folder` are the functions of descriptors, `roots` builds the tree from the settings.

mod code;
mod descriptor;
mod folder;
mod listing;
mod node;
mod path;
mod roots;
mod stream;

pub(crate) use stream::{Reader, Writer};
