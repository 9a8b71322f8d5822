//! Why an input cannot be used.

use std::io;

use super::kind::Guess;
use super::size::show_size;
use crate::cli::exit::Exit;

/// Why an input cannot be used. `Display` gives the message alone; [`InputError::path`],
/// [`InputError::offset`] and [`InputError::help`] are the rest of what there is to say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// There is nothing under this name.
    #[error("no such file or folder")]
    NotFound {
        /// The path as the user typed it.
        path: String,
    },
    /// The operating system says no.
    #[error("cannot be read: {source}")]
    Io {
        /// The path as the user typed it.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is more of it than `--max-size` allows.
    #[error("{} is over the limit of {}", show_found(*size), show_size(*limit))]
    TooLarge {
        /// The path as the user typed it.
        path: String,
        /// How large it is; `None` for a stream, which is cut off at the limit.
        size: Option<u64>,
        /// The limit in force.
        limit: u64,
    },
    /// There is no byte in it.
    #[error("the input is empty")]
    Empty {
        /// The path as the user typed it.
        path: String,
    },
    /// It ends within the header of a WebAssembly binary.
    #[error("ends after {}, within the 8-byte header of a WebAssembly binary", show_size(*offset))]
    Truncated {
        /// The path as the user typed it.
        path: String,
        /// Where it ends.
        offset: u64,
    },
    /// It is WebAssembly of a version that nobody here can read.
    #[error(
        "WebAssembly of an unknown version (bytes {})",
        version.map(|byte| format!("{byte:02x}")).join(" ")
    )]
    Version {
        /// The path as the user typed it.
        path: String,
        /// The version field of the header.
        version: [u8; 4],
    },
    /// It is something else.
    #[error("not WebAssembly: it looks like {looks}")]
    NotWasm {
        /// The path as the user typed it.
        path: String,
        /// What it looks like.
        looks: &'static str,
        /// What to do about it.
        help: Option<&'static str>,
    },
    /// It is WebAssembly text with an error, shown with its line and column.
    #[error("not valid WebAssembly text: {source}")]
    Text {
        /// The path as the user typed it.
        path: String,
        /// What the parser of the text format says, with a snippet.
        source: wat::Error,
    },
    /// A folder without a `.wasm` file.
    #[error("no `.wasm` file in this folder")]
    NothingFound {
        /// The folder as the user typed it.
        path: String,
    },
    /// `-` stands on the command line twice.
    #[error("standard input can be read only once")]
    StdinTwice,
}

impl InputError {
    /// An error of the operating system; a missing file is a case of its own.
    pub(super) fn io(path: String, source: io::Error) -> InputError {
        match source.kind() {
            io::ErrorKind::NotFound => InputError::NotFound { path },
            _ => InputError::Io { path, source },
        }
    }

    pub(super) fn not_wasm(path: String, guess: Guess) -> InputError {
        InputError::NotWasm {
            path,
            looks: guess.looks,
            help: guess.help,
        }
    }

    /// The input as the user typed it; `<stdin>` for standard input.
    pub(crate) fn path(&self) -> &str {
        match self {
            InputError::NotFound { path }
            | InputError::Io { path, .. }
            | InputError::TooLarge { path, .. }
            | InputError::Empty { path }
            | InputError::Truncated { path, .. }
            | InputError::Version { path, .. }
            | InputError::NotWasm { path, .. }
            | InputError::Text { path, .. }
            | InputError::NothingFound { path } => path,
            InputError::StdinTwice => super::STDIN,
        }
    }

    /// The byte at which the input stops making sense, where that is known.
    pub(crate) fn offset(&self) -> Option<u64> {
        match self {
            InputError::Truncated { offset, .. } => Some(*offset),
            InputError::Version { .. } => Some(4),
            InputError::NotWasm { .. } => Some(0),
            _ => None,
        }
    }

    /// What the user can do about it, for the `help:` line.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            InputError::NotFound { .. } => None,
            InputError::Io { source, .. } if source.kind() == io::ErrorKind::IsADirectory => {
                Some("name one file in this folder")
            }
            InputError::Io { .. } => None,
            InputError::TooLarge { .. } => Some("raise the limit with `--max-size 4GiB`"),
            InputError::Empty { .. } => Some("did the step that writes it fail?"),
            InputError::Truncated { .. } => Some("the file was cut off; build or copy it again"),
            InputError::Version { version, .. } if version[2] == 1 => {
                Some("a component from before the standard; rebuild it with current tools")
            }
            InputError::Version { .. } => {
                Some("gusset reads core modules of version 1 and components")
            }
            InputError::NotWasm { help, .. } => *help,
            InputError::Text { .. } => None,
            InputError::NothingFound { .. } => {
                Some("`.wat` files and hidden files count only when named directly")
            }
            InputError::StdinTwice => Some("write `-` once, or save the input to a file"),
        }
    }

    /// How the run ends because of this.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            InputError::NothingFound { .. } => Exit::Nothing,
            _ => Exit::Failed,
        }
    }
}

fn show_found(size: Option<u64>) -> String {
    size.map_or_else(|| "the stream".to_owned(), show_size)
}
