//! Output files: written beside their place, then renamed.

use std::fs::{self, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{OutputError, write_all};
use crate::cli::input::show_path;

/// Replaces the contents of `path` in one step, or changes nothing. A reader sees the old
/// file or the new one. (A crash of the whole machine is not guarded against: nothing is
/// forced to the disk.)
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let fail = |source| OutputError::Io {
        path: show_path(path),
        source,
    };
    let present = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(fail(error)),
    };
    match present {
        Some(metadata) if metadata.is_dir() => Err(fail(io::ErrorKind::IsADirectory.into())),
        Some(metadata) if !metadata.is_file() => pour(path, bytes).map_err(fail),
        Some(metadata) if metadata.permissions().readonly() => Err(OutputError::ReadOnly {
            path: show_path(path),
        }),
        present => swap(path, present.as_ref(), bytes).map_err(fail),
    }
}

/// Writes into what is no ordinary file; a rename would put a file in the place of a device.
/// A reader who has gone away is no error.
fn pour(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut stream = OpenOptions::new().write(true).open(path)?;
    match write_all(&mut stream, bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn swap(path: &Path, present: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    let place = place_of(path);
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Asked first for the sake of the message; the error below would name the temporary file.
    fs::metadata(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gusset-");
    if let Some(permissions) = ordinary_permissions() {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder).map_err(without_path)?;
    file.as_file_mut().write_all(bytes)?;
    if let Some(metadata) = present {
        fs::set_permissions(file.path(), metadata.permissions())?;
    }
    file.persist(&place).map_err(|error| error.error)?;
    Ok(())
}

/// The file itself, if `path` is a link to it, so that the link survives.
fn place_of(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// What a newly created file may be: the process's mask takes its share. Temporary files are
/// private by default, which is wrong for a result.
#[cfg(unix)]
fn ordinary_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn ordinary_permissions() -> Option<Permissions> {
    None
}

/// The name of the temporary file would only confuse: it exists for an instant.
fn without_path(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}
