//! The `.wasm` files below a folder.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// Every `.wasm` file below `folder`, or what stood in the way of seeing it; sorted by path.
///
/// The real folders come first and the linked ones after them, each folder once, however
/// many links lead to it. So a link to a folder above it ends nowhere, and a file is found
/// under its own path rather than under that of a link that sorts before it.
pub(super) fn wasm_files(folder: &Path) -> Vec<(PathBuf, io::Result<()>)> {
    let mut found = Vec::new();
    let mut visited = BTreeSet::new();
    let mut pending = VecDeque::from([folder.to_owned()]);
    while let Some(folder) = pending.pop_front() {
        if !visited.insert(real(&folder)) {
            continue;
        }
        let entries = WalkDir::new(&folder)
            .into_iter()
            .filter_entry(|entry| is_wanted(entry, &mut visited));
        for entry in entries {
            match entry {
                Ok(entry) if entry.depth() > 0 && entry.path_is_symlink() => {
                    match fs::metadata(entry.path()) {
                        Ok(metadata) if metadata.is_dir() => pending.push_back(entry.into_path()),
                        Ok(metadata) if metadata.is_file() && is_wasm(entry.path()) => {
                            found.push((entry.into_path(), Ok(())));
                        }
                        Ok(_) => {}
                        // A link to nowhere matters only if a module should be there.
                        Err(_) if !is_wasm(entry.path()) => {}
                        Err(error) => found.push((entry.into_path(), Err(error))),
                    }
                }
                Ok(entry) if entry.file_type().is_file() && is_wasm(entry.path()) => {
                    found.push((entry.into_path(), Ok(())));
                }
                Ok(_) => {}
                // A gate must not pass over a folder that it could not see.
                Err(error) => {
                    let path = error.path().unwrap_or(&folder).to_owned();
                    found.push((path, Err(error.into())));
                }
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// Whether to look at an entry: not if it is hidden, or a folder that was visited already.
/// The folder that the walk starts from was judged before, and may itself be a link.
fn is_wanted(entry: &DirEntry, visited: &mut BTreeSet<PathBuf>) -> bool {
    if entry.depth() == 0 {
        return true;
    }
    if entry.file_name().as_encoded_bytes().starts_with(b".") {
        return false;
    }
    !entry.file_type().is_dir() || visited.insert(real(entry.path()))
}

/// The folder's only true path, if it can be found out.
fn real(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

fn is_wasm(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("wasm"))
}
