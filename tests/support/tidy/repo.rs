//! The files of the repository, or of a made-up one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::code::Code;

/// Folders that are no part of the source, wherever they are.
const IGNORED: [&str; 3] = ["target", ".git", "node_modules"];

/// The files by their path; `None` for what is no text.
#[derive(Debug, Default)]
pub(crate) struct Repo {
    files: BTreeMap<String, Option<String>>,
    code: Vec<Code>,
}

impl Repo {
    /// Reads everything below a folder.
    pub(crate) fn read(root: &Path) -> io::Result<Repo> {
        let mut files = BTreeMap::new();
        read_folder(root, "", &mut files)?;
        Ok(Repo::new(files))
    }

    /// A made-up tree.
    pub(crate) fn made_up(files: &[(&str, &str)]) -> Repo {
        let text = |(path, text): &(&str, &str)| ((*path).to_owned(), Some((*text).to_owned()));
        Repo::new(files.iter().map(text).collect())
    }

    fn new(files: BTreeMap<String, Option<String>>) -> Repo {
        let mut code = Vec::new();
        for (path, text) in &files {
            if let (Some(text), Some(root)) = (text, source_root(path)) {
                code.push(Code::new(path, root, text));
            }
        }
        forget_test_files(&mut code);
        Repo { files, code }
    }

    /// The Rust files that are built into the tool or its adapters.
    pub(crate) fn code(&self) -> &[Code] {
        &self.code
    }

    /// Every text file.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter();
        files.filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// Every path.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is such a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// The source folder of the crate that a Rust file belongs to.
fn source_root(path: &str) -> Option<&str> {
    if !path.ends_with(".rs") {
        return None;
    }
    if path.starts_with("src/") {
        return Some("src/");
    }
    let at = path.strip_prefix("adapters/")?.find("/src/")?;
    path.get(.."adapters/".len() + at + "/src/".len())
}

/// Files of modules that are declared under `#[cfg(test)]` are test code from end to end.
fn forget_test_files(code: &mut [Code]) {
    let mut folders = Vec::new();
    for file in code.iter() {
        let base = file.file.strip_suffix(".rs").unwrap_or_default();
        let (folder, name) = base.rsplit_once('/').unwrap_or(("", base));
        let folder = match name {
            "mod" | "lib" | "main" => folder,
            _ => base,
        };
        folders.extend(
            file.test_modules
                .iter()
                .map(|name| format!("{folder}/{name}")),
        );
    }
    for file in code {
        let is_test = folders.iter().any(|module| {
            let rest = file.file.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
        if is_test {
            file.shipped.clear();
        }
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Option<String>>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        let path = format!("{prefix}{name}");
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if kind.is_file() {
            let text = String::from_utf8(fs::read(entry.path())?).ok();
            files.insert(path, text.filter(|text| !text.contains('\0')));
        }
    }
    Ok(())
}

#[test]
fn files_of_test_modules_are_not_shipped() {
    let repo = Repo::made_up(&[
        ("src/a.rs", "#[cfg(test)] mod tests; mod kept; fn x() {}"),
        ("src/a/tests.rs", "fn x() {}"),
        ("src/a/tests/more.rs", "fn x() {}"),
        ("src/a/kept.rs", "fn x() {}"),
        ("src/b/mod.rs", "#[cfg(test)] mod check;"),
        ("src/b/check.rs", "fn x() {}"),
        ("adapters/env/src/lib.rs", "fn x() {}"),
        ("fixtures/guests/a/src/lib.rs", "fn x() {}"),
    ]);
    let shipped = repo.code().iter().filter(|code| code.shipped.len() > 4);
    let shipped: Vec<_> = shipped.map(|code| code.file.as_str()).collect();
    assert_eq!(
        shipped,
        ["adapters/env/src/lib.rs", "src/a.rs", "src/a/kept.rs"]
    );
}
