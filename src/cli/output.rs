//! Where results go: standard output or a file, whole or not at all.
//!
//! - A **file** is written beside its place and then renamed, so that nobody ever sees half
//!   of it, and an input may be its own output. What is no ordinary file (`/dev/null`, a
//!   pipe) is written to directly. A link is followed, and stays a link.
//! - **Standard output** takes text always, and bytes unless it is a terminal; `-o -` says
//!   that the terminal is meant.
//! - A reader that has gone away (`gusset … | head`) is no error, and does not change the
//!   exit code: a gate that says no must not turn into a yes because of a pager.

mod color;
mod file;
#[cfg(test)]
mod tests;

pub(crate) use color::ColorWhen;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where one result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Standard output.
    Stdout {
        /// Whether the user wrote `-o -`, and so means it even if it is a terminal.
        explicit: bool,
    },
    /// A file.
    File(PathBuf),
}

/// Why a result could not be written. `Display` gives the whole message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// A binary would land on a terminal.
    #[error("standard output is a terminal, and the result is binary")]
    Terminal,
    /// The operating system says no.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The path as the user typed it, or `<stdout>`.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// A description would replace what it describes.
    #[error("will not write {path}: it is an input of this run")]
    OwnInput {
        /// The path as the user typed it.
        path: String,
    },
    /// The file that is already there is marked as read-only. A rename would not mind; its
    /// owner might.
    #[error("cannot write {path}: the file that is there is read-only")]
    ReadOnly {
        /// The path as the user typed it.
        path: String,
    },
}

impl OutputError {
    /// What the user can do about it, for the `help:` line.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            OutputError::Terminal => {
                Some("write it to a file with `-o FILE`, or insist with `-o -`")
            }
            OutputError::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some("the folder must exist"),
                io::ErrorKind::IsADirectory => Some("name a file in this folder"),
                _ => None,
            },
            OutputError::OwnInput { .. } => Some("name another file after `-o`"),
            OutputError::ReadOnly { .. } => Some("remove it first if it may go"),
        }
    }
}

impl Target {
    /// The target that `-o` names: nothing and `-` are standard output.
    pub(crate) fn from_option(option: Option<&Path>) -> Target {
        match option {
            None => Target::Stdout { explicit: false },
            Some(path) if path.as_os_str() == "-" => Target::Stdout { explicit: true },
            Some(path) => Target::File(path.to_owned()),
        }
    }

    /// The same for a description of inputs, which must not take the place of one of them.
    pub(crate) fn of_report(
        option: Option<&Path>,
        inputs: &[PathBuf],
    ) -> Result<Target, OutputError> {
        let target = Target::from_option(option);
        let Target::File(path) = &target else {
            return Ok(target);
        };
        // A file that is not there yet is no input.
        let Ok(real) = path.canonicalize() else {
            return Ok(target);
        };
        let wasm = real.extension().is_some_and(|e| e == "wasm");
        let taken = inputs.iter().any(|input| match input.canonicalize() {
            Ok(input) if input.is_dir() => wasm && real.starts_with(&input),
            Ok(input) => input == real,
            Err(_) => false,
        });
        match taken {
            true => Err(OutputError::OwnInput {
                path: super::input::show_path(path),
            }),
            false => Ok(target),
        }
    }

    /// Writes text. Colour codes reach a terminal that can show them and nothing else.
    pub(crate) fn write_text(&self, text: &str) -> Result<(), OutputError> {
        match self {
            Target::Stdout { .. } => {
                finish_stdout(write_all(&mut anstream::stdout(), text.as_bytes()))
            }
            Target::File(path) => {
                let plain = anstream::adapter::strip_str(text).to_string();
                file::replace(path, plain.as_bytes())
            }
        }
    }

    /// Writes bytes as they are; a terminal takes them only when it was asked for.
    pub(crate) fn write_binary(&self, bytes: &[u8]) -> Result<(), OutputError> {
        match self {
            Target::Stdout { explicit } => {
                let stdout = io::stdout();
                binary_may_go(*explicit, stdout.is_terminal())?;
                finish_stdout(write_all(&mut stdout.lock(), bytes))
            }
            Target::File(path) => file::replace(path, bytes),
        }
    }
}

/// Says something to the user on standard error. If even that fails, there is nobody left
/// to tell.
pub(crate) fn say(message: &str) {
    let mut stderr = anstream::stderr();
    let _ = write_all(&mut stderr, message.as_bytes());
}

fn binary_may_go(explicit: bool, terminal: bool) -> Result<(), OutputError> {
    if terminal && !explicit {
        return Err(OutputError::Terminal);
    }
    Ok(())
}

fn finish_stdout(result: io::Result<()>) -> Result<(), OutputError> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(OutputError::Io {
            path: "<stdout>".to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn write_all(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}
