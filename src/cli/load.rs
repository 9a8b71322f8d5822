//! Inputs → facts, several at a time.

use super::complain;
use super::exit::Exit;
use super::input::{self, InputError, Source};
use super::progress::Progress;
use crate::binary::{Binary, ParseError};
use crate::report::inspect::{Failure, FileFacts, FileFailure};
use rayon::prelude::*;
use std::path::PathBuf;

/// The files that a command looks at, and how large they may be.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// Files, folders (every `.wasm` below), or `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Refuse larger inputs without reading them: a number and KiB, MiB or GiB.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

/// Why nothing can be said about an input.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    /// It could not be read, or is something else.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It is no valid WebAssembly.
    #[error("{error}")]
    Parse {
        /// The path as given.
        path: String,
        /// What is wrong.
        error: ParseError,
        /// Whether the bytes were converted from the text format.
        from_text: bool,
    },
}

impl LoadError {
    /// What is wrong with an input that was read.
    pub(super) fn parse(shown: &str, error: ParseError, from_text: bool) -> LoadError {
        LoadError::Parse {
            path: match shown {
                "-" => "<stdin>".to_string(),
                shown => shown.to_string(),
            },
            error,
            from_text,
        }
    }

    /// The path as given.
    pub(super) fn path(&self) -> &str {
        match self {
            LoadError::Input(error) => error.path(),
            LoadError::Parse { path, .. } => path,
        }
    }

    /// What to do about it.
    pub(super) fn help(&self) -> Option<String> {
        match self {
            LoadError::Input(error) => error.help().map(|help| help.to_string()),
            LoadError::Parse {
                from_text: true, ..
            } => Some("offsets are those of the binary that the text stands for".to_string()),
            LoadError::Parse { error, .. } => Some(error.help().to_string()),
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            LoadError::Input(error) => error.offset(),
            LoadError::Parse {
                from_text: true, ..
            } => None,
            LoadError::Parse { error, .. } => Some(error.offset()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            LoadError::Input(error) => error.exit(),
            LoadError::Parse { .. } => Exit::Failed,
        }
    }

    /// Says it on standard error.
    pub(super) fn complain(&self) -> Exit {
        let help = self.help();
        complain(Some(self.path()), &self.to_string(), help.as_deref());
        self.exit()
    }

    /// The error as a machine reads it.
    pub(super) fn failure(&self) -> FileFailure {
        FileFailure {
            path: self.path().to_string(),
            error: Failure {
                message: self.to_string(),
                offset: self.offset(),
                help: self.help(),
            },
        }
    }
}

/// Facts about one input.
pub(super) type Loaded = Result<FileFacts, LoadError>;

impl Files {
    /// The largest input that is read, in bytes.
    pub(super) fn max_size(&self) -> u64 {
        self.max_size
    }

    /// Files and folders as they stand on the command line.
    pub(super) fn named(&self) -> &[PathBuf] {
        &self.files
    }

    /// Runs `job` on every input, in parallel; results are in the order of the inputs.
    pub(super) fn each<T: Send>(
        &self,
        job: impl Fn(&str, &Binary<'_>) -> T + Sync,
    ) -> Vec<Result<T, LoadError>> {
        let sources = input::collect(&self.files);
        let progress = Progress::over(sources.len());
        sources
            .into_par_iter()
            .map(|source| {
                let done = one(source?, self.max_size, &job);
                progress.step();
                done
            })
            .collect()
    }
}

/// Reads and parses one input.
pub(super) fn one<T>(
    source: Source,
    max_size: u64,
    job: &impl Fn(&str, &Binary<'_>) -> T,
) -> Result<T, LoadError> {
    let loaded = source.read(max_size)?;
    match Binary::parse(&loaded.bytes) {
        Ok(binary) => Ok(job(source.shown(), &binary)),
        Err(error) => Err(LoadError::parse(source.shown(), error, loaded.from_text)),
    }
}
