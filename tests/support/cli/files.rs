//! Which files belong to the suite.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::case::Case;

/// Every file below a folder, sorted.
pub(crate) fn tree(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(tree(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The cases below a folder.
pub(crate) fn cases(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = tree(folder)?;
    files.retain(|file| file.extension().is_some_and(|end| end == "case"));
    Ok(files)
}

/// Where the expected output of a step stands: `name.stdout`, or `name.2.stdout` for the
/// second of several steps.
pub(crate) fn expectation(case: &Path, step: Option<usize>, stream: &str) -> PathBuf {
    match step {
        None => case.with_extension(stream),
        Some(step) => case.with_extension(format!("{step}.{stream}")),
    }
}

/// Every file that belongs to no case, with the reason; `remove` takes stale expectations
/// away instead.
pub(crate) fn strays(folder: &Path, remove: bool) -> io::Result<Vec<String>> {
    let mut known = BTreeSet::new();
    for case in cases(folder)? {
        // A case that cannot be read fails by itself; its expectations are not stale yet.
        let steps = fs::read_to_string(&case).map_or(1, |text| match Case::parse(&text) {
            Ok(case) => case.steps.len(),
            Err(_) => text.matches("RUN:").count().max(1),
        });
        for stream in ["stdout", "stderr"] {
            if steps == 1 {
                known.insert(expectation(&case, None, stream));
            } else {
                known.extend((1..=steps).map(|step| expectation(&case, Some(step), stream)));
            }
        }
    }
    let mut strays = Vec::new();
    for file in tree(folder)? {
        let end = file.extension().and_then(|end| end.to_str());
        let shown = file.display();
        match end {
            Some("case") => {}
            Some("stdout" | "stderr") if known.contains(&file) => {}
            Some("stdout" | "stderr") if remove => fs::remove_file(&file)?,
            Some("stdout" | "stderr") => {
                strays.push(format!("{shown}: no step writes this; BLESS=1 removes it"));
            }
            _ if file == folder.join("README.md") => {}
            _ => strays.push(format!(
                "{shown}: not a part of any case; a case ends in `.case` and brings its files along"
            )),
        }
    }
    Ok(strays)
}
