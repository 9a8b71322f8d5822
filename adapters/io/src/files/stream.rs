//! Streams of files.

use super::code::Code;
use super::node::{Content, Kind, Node};
use crate::error::{Error, StreamError};
use alloc::rc::Rc;
use core::cell::RefCell;

fn content(node: &Node) -> Result<&RefCell<Content>, StreamError> {
    match &node.kind {
        Kind::File(content) => Ok(content),
        _ => Err(StreamError::Closed),
    }
}

/// Reads on from an offset.
pub(crate) struct Reader {
    pub(crate) node: Rc<Node>,
    pub(crate) offset: u64,
}

impl Reader {
    /// The next bytes; none at the end.
    pub(crate) fn next(&mut self, length: usize) -> Result<&[u8], StreamError> {
        let content = content(&self.node)?.borrow();
        let bytes = from(content.bytes(), self.offset, length);
        self.offset += bytes.len() as u64;
        // SAFETY: the node owns them, and nothing changes it before the call is over.
        Ok(unsafe { crate::abi::bytes(bytes.as_ptr() as usize, bytes.len()) })
    }
}

/// At most `length` bytes from an offset.
pub(crate) fn from(bytes: &[u8], offset: u64, length: usize) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default();
    rest.get(..length).unwrap_or(rest)
}

/// Writes on from an offset, or always at the end.
pub(crate) struct Writer {
    pub(crate) node: Rc<Node>,
    /// `None`: at the end.
    pub(crate) offset: Option<u64>,
}

impl Writer {
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        let mut content = content(&self.node)?.borrow_mut();
        let offset = self.offset.unwrap_or(content.bytes().len() as u64);
        let written = content.write(offset, bytes);
        if let Some(offset) = &mut self.offset {
            *offset += bytes.len() as u64;
        }
        written.map_err(|code| {
            let text = match code {
                Code::FileTooLarge => "file too large",
                _ => "no space left",
            };
            StreamError::Failed(Error::Own(text, Some(code as u8)))
        })
    }
}

/// `filesystem-error-code`: of errors of files here. Those of the host are none of a file,
/// since files are here.
#[unsafe(export_name = "wasi:filesystem/types#filesystem-error-code")]
unsafe extern "C" fn filesystem_error_code(error: usize) -> usize {
    let ret = crate::abi::Ret;
    match unsafe { crate::abi::of(error) } {
        Error::Own(_, Some(code)) => ret.byte(0, 1).byte(1, *code),
        _ => ret.byte(0, 0),
    }
    .done()
}
