//! Reading one input: the size and the first bytes are judged before the rest is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::InputError;
use super::kind::{HEAD, Kind, look};

/// An input that has been read: a binary, by its header. Whether it is a valid one, the
/// parser must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// The WebAssembly binary.
    pub(crate) bytes: Vec<u8>,
    /// Whether the bytes were converted from the text format, so that offsets in them mean
    /// nothing to the user.
    pub(crate) from_text: bool,
}

/// An input that may be WebAssembly or a text of another kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    /// WebAssembly.
    Wasm(Loaded),
    /// Text that is not in the text format of WebAssembly.
    Text(String),
}

/// Reads a file that may be WebAssembly or another text.
pub(super) fn read_any_file(
    path: &Path,
    shown: &str,
    max_size: u64,
) -> Result<Contents, InputError> {
    let mut file = open(path, shown, max_size)?;
    read_any(&mut file, shown, max_size)
}

/// Reads a stream that may be WebAssembly or another text: WebAssembly begins with a null byte,
/// and its text format with a parenthesis or a semicolon.
pub(super) fn read_any(
    stream: &mut dyn Read,
    shown: &str,
    max_size: u64,
) -> Result<Contents, InputError> {
    let mut bytes = Vec::new();
    let limit = max_size.saturating_add(1);
    append(stream, limit, &mut bytes).map_err(|e| InputError::io(shown.to_owned(), e))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let wasm = matches!(first, None | Some(0 | b'(' | b';'));
    match std::str::from_utf8(text) {
        Ok(text) if !wasm && bytes.len() as u64 <= max_size => Ok(Contents::Text(text.to_owned())),
        _ => read_stream(&mut bytes.as_slice(), shown, false, max_size).map(Contents::Wasm),
    }
}

/// Reads a file; a pipe or a device is read as a stream, since its size says nothing.
pub(super) fn read_file(path: &Path, shown: &str, max_size: u64) -> Result<Loaded, InputError> {
    let mut file = open(path, shown, max_size)?;
    read_stream(&mut file, shown, is_text_name(path), max_size)
}

/// Opens a file that is not too large.
fn open(path: &Path, shown: &str, max_size: u64) -> Result<File, InputError> {
    let io = |error| InputError::io(shown.to_owned(), error);
    // Before opening: to open a pipe is to wait for its writer, which only a user who named
    // it wants; and a file over the limit is refused without touching it.
    let metadata = path.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(io(io::ErrorKind::IsADirectory.into()));
    }
    if metadata.is_file() && metadata.len() > max_size {
        return Err(InputError::TooLarge {
            path: shown.to_owned(),
            size: Some(metadata.len()),
            limit: max_size,
        });
    }
    File::open(path).map_err(io)
}

/// Reads a stream: first its head, which must look like WebAssembly, then the rest, which
/// must end within `max_size`.
pub(super) fn read_stream(
    stream: &mut dyn Read,
    shown: &str,
    named_text: bool,
    max_size: u64,
) -> Result<Loaded, InputError> {
    let io = |error| InputError::io(shown.to_owned(), error);
    let path = || shown.to_owned();
    let mut bytes = Vec::new();
    append(stream, HEAD as u64, &mut bytes).map_err(io)?;
    if bytes.is_empty() {
        return Err(InputError::Empty { path: path() });
    }
    let kind = look(&bytes, named_text);
    match kind {
        Kind::Module | Kind::Component | Kind::Text => {}
        Kind::OtherVersion(version) => {
            return Err(InputError::Version {
                path: path(),
                version,
            });
        }
        Kind::Truncated => {
            return Err(InputError::Truncated {
                path: path(),
                offset: bytes.len() as u64,
            });
        }
        Kind::Other(guess) => return Err(InputError::not_wasm(path(), guess)),
    }
    // One byte more than allowed, to tell "exactly the limit" from "more than that".
    let rest = max_size
        .saturating_add(1)
        .saturating_sub(bytes.len() as u64);
    append(stream, rest, &mut bytes).map_err(io)?;
    if bytes.len() as u64 > max_size {
        return Err(InputError::TooLarge {
            path: path(),
            size: None,
            limit: max_size,
        });
    }
    if kind == Kind::Text {
        return convert(&bytes, shown);
    }
    Ok(Loaded {
        bytes,
        from_text: false,
    })
}

/// Reads up to `count` bytes, fewer only at the end of the stream.
fn append(stream: &mut dyn Read, count: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    stream.take(count).read_to_end(bytes).map(drop)
}

fn convert(bytes: &[u8], shown: &str) -> Result<Loaded, InputError> {
    // Editors on some systems put a byte order mark first, which the text format forbids.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let converted = wat::Parser::new()
        .parse_bytes(Some(Path::new(shown)), text)
        .map_err(|source| InputError::Text {
            path: shown.to_owned(),
            source,
        })?;
    Ok(Loaded {
        bytes: converted.into_owned(),
        from_text: true,
    })
}

fn is_text_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("wat") || extension.eq_ignore_ascii_case("wast")
    })
}
