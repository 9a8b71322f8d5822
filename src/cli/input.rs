//! What the user named on the command line, and how it becomes WebAssembly bytes.
//!
//! - A **file** is taken as it is, whatever it is called.
//! - **`-`** is standard input, once per run.
//! - A **folder** stands for every `.wasm` file below it, sorted by path. Files and folders
//!   whose name starts with a dot are skipped, unless the folder was named itself. Symbolic
//!   links are followed, but no folder is entered twice, so that a loop of links ends.
//!   `.wat` files count only when named directly: a source tree is full of them, and only
//!   the binary is shipped. Pipes and devices below a folder are not opened.
//!
//! The order of the arguments is kept and nothing is merged: a file named twice is there
//! twice. What cannot be used stays in its place as an [`InputError`], so that the other
//! files are still reported.

mod error;
mod kind;
mod read;
mod size;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use error::InputError;
pub(crate) use read::{Contents, Loaded};
pub(crate) use size::parse_size;

use std::io;
use std::path::{Path, PathBuf};

/// One input of a run, not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    shown: String,
    origin: Origin,
}

/// Where the bytes of a [`Source`] come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// A single input as it stands on the command line: a file, or `-`.
    pub(crate) fn named(path: &Path) -> Source {
        let origin = match path.to_str() {
            Some("-") => Origin::Stdin,
            _ => Origin::File(path.to_owned()),
        };
        Source {
            shown: show_path(path),
            origin,
        }
    }

    /// The input as the user typed it: forward slashes on every system, bytes that are not
    /// text replaced, control characters escaped.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Reads the input, converting the text format, and never more than `max_size` bytes.
    pub(crate) fn read(&self, max_size: u64) -> Result<Loaded, InputError> {
        match &self.origin {
            Origin::Stdin => read::read_stream(&mut io::stdin().lock(), STDIN, false, max_size),
            Origin::File(path) => read::read_file(path, &self.shown, max_size),
        }
    }
}

impl Source {
    /// Reads the input, which may also be a text of another kind: told by how it begins.
    pub(crate) fn read_any(&self, max_size: u64) -> Result<Contents, InputError> {
        match &self.origin {
            Origin::Stdin => read::read_any(&mut io::stdin().lock(), STDIN, max_size),
            Origin::File(path) => read::read_any_file(path, &self.shown, max_size),
        }
    }
}

/// What messages call standard input.
const STDIN: &str = "<stdin>";

/// The inputs behind the arguments, in their order; folders are walked here, files are
/// opened only by [`Source::read`].
pub(crate) fn collect<P: AsRef<Path>>(arguments: &[P]) -> Vec<Result<Source, InputError>> {
    let mut found = Vec::new();
    let mut stdin_taken = false;
    for argument in arguments.iter().map(AsRef::as_ref) {
        let source = Source::named(argument);
        match source.origin {
            Origin::Stdin if stdin_taken => found.push(Err(InputError::StdinTwice)),
            Origin::Stdin => {
                stdin_taken = true;
                found.push(Ok(source));
            }
            Origin::File(_) if argument.is_dir() => walk(argument, &mut found),
            Origin::File(_) => found.push(Ok(source)),
        }
    }
    found
}

/// Adds every `.wasm` file below `folder`, or the fact that there is none.
fn walk(folder: &Path, found: &mut Vec<Result<Source, InputError>>) {
    let before = found.len();
    for (path, result) in walk::wasm_files(folder) {
        found.push(match result {
            Ok(()) => Ok(Source::named(&path)),
            Err(error) => Err(InputError::io(show_path(&path), error)),
        });
    }
    if found.len() == before {
        found.push(Err(InputError::NothingFound {
            path: show_path(folder),
        }));
    }
}

/// A path for people: lossy where it is not text, forward slashes, and no control
/// characters, which a terminal would obey.
pub(crate) fn show_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' if cfg!(windows) => shown.push('/'),
            char if char.is_control() => shown.extend(char.escape_default()),
            char => shown.push(char),
        }
    }
    shown
}
