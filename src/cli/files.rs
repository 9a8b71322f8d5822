//! Text files that people or the tool wrote.

use super::exit::Exit;
use super::input::show_path;
use super::{complain, complain_at};
use crate::base::SourceFile;
use crate::workload::TomlErrors;
use std::fs;
use std::io;
use std::path::Path;

/// Text files are written by people: one that is larger was named by mistake.
const MAX_TEXT: u64 = 64 << 20;

/// Reads a text file; says what is wrong with it.
pub(super) fn read_text(path: &Path) -> Result<SourceFile, Exit> {
    match try_read_text(path) {
        Ok(file) => Ok(file),
        Err(error) => {
            complain(Some(&show_path(path)), &describe(&error), None);
            Err(Exit::Failed)
        }
    }
}

/// Reads a text file; one that does not exist is `None`. Says what is wrong with it.
pub(super) fn read_text_if_there(path: &Path) -> Result<Option<SourceFile>, Exit> {
    match try_read_text(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            complain(Some(&show_path(path)), &describe(&error), None);
            Err(Exit::Failed)
        }
    }
}

fn try_read_text(path: &Path) -> io::Result<SourceFile> {
    let metadata = fs::metadata(path)?;
    if metadata.is_file() && metadata.len() > MAX_TEXT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = fs::read_to_string(path)?;
    Ok(SourceFile::new(show_path(path), text))
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_string(),
        io::ErrorKind::InvalidData => "this is no text: it is not UTF-8".to_string(),
        _ => format!("cannot be read: {error}"),
    }
}

/// Says what is wrong with a TOML file.
pub(super) fn complain_toml(errors: &TomlErrors) -> Exit {
    for problem in &errors.problems {
        complain_at(&errors.source, problem);
    }
    Exit::Failed
}
