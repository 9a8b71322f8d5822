//! Analyses on disk.
//!
//! An entry is a file with one line of header and a value as JSON. The header names what the
//! value is (the facts of the gate, the needs as `inspect` shows them), what it is of (the
//! SHA-256 of the binary), what it was made by (the executable and the catalogue) and the
//! SHA-256 of the JSON. An entry of which any of that is not as expected is
//! left unread, and written again. That guards against accidents, not against an attacker: who
//! can write the folder can write a header.

use crate::base::{Sha256, SourceFile};
use crate::cli::input::show_path;
use crate::cli::output::Target;
use crate::cli::warn;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Changes when entries are written in another way.
const FORMAT: &str = "gusset-cache-1";

/// What an entry has: the name is part of that of its file.
pub(super) trait Kept: Sized {
    /// The name.
    const NAME: &'static str;

    /// The value as JSON.
    fn to_json(&self) -> serde_json::Result<String>;

    /// The value that JSON says.
    fn of_json(json: &[u8]) -> serde_json::Result<Self>;
}

/// A folder with analyses.
pub(super) struct Cache {
    folder: PathBuf,
    /// What analyses here are made by: format, version, executable and catalogue.
    maker: Sha256,
    failed: AtomicBool,
}

impl Cache {
    /// The analyses in a folder, made by this executable with `catalogue` added to the
    /// built-in one. `None`, and a warning, when the folder or the executable cannot be used.
    pub(super) fn open(folder: &Path, catalogue: &[SourceFile]) -> Option<Cache> {
        let unusable = |what: &Path, error: std::io::Error| {
            let message = format!("no cache: {}: {error}", show_path(what));
            warn(&message);
        };
        if let Err(error) = fs::create_dir_all(folder) {
            unusable(folder, error);
            return None;
        }
        // Two builds of one version may analyse differently.
        let executable = std::env::current_exe().and_then(fs::read);
        let executable = executable.map_err(|error| unusable(folder, error)).ok()?;
        Some(Cache::made_by(folder, &executable, catalogue))
    }

    pub(super) fn made_by(folder: &Path, executable: &[u8], catalogue: &[SourceFile]) -> Cache {
        let mut pieces = vec![
            Sha256::of(FORMAT.as_bytes()),
            Sha256::of(env!("CARGO_PKG_VERSION").as_bytes()),
            Sha256::of(executable),
        ];
        let names_and_texts = catalogue.iter().flat_map(|file| [file.name(), file.text()]);
        pieces.extend(names_and_texts.map(|text| Sha256::of(text.as_bytes())));
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        Cache {
            folder: folder.to_owned(),
            maker: Sha256::of_pieces(pieces.iter().map(String::as_bytes)),
            failed: AtomicBool::new(false),
        }
    }

    /// Where what is known about a file is.
    pub(super) fn path<T: Kept>(&self, sha256: Sha256) -> PathBuf {
        let maker = self.maker.to_string();
        let maker = maker.get(..16).unwrap_or(&maker);
        self.folder.join(format!("{sha256}-{maker}.{}", T::NAME))
    }

    /// What is known about a file, if it is here and whole.
    pub(super) fn get<T: Kept>(&self, sha256: Sha256) -> Option<T> {
        let entry = fs::read(self.path::<T>(sha256)).ok()?;
        let end = entry.iter().position(|byte| *byte == b'\n')?;
        let (header, json) = entry.split_at_checked(end + 1)?;
        if header != self.header::<T>(sha256, json).as_bytes() {
            return None;
        }
        T::of_json(json).ok()
    }

    /// Keeps what is known about a file. A run without a cache is as good, only slower: what
    /// goes wrong is a warning, once.
    pub(super) fn put<T: Kept>(&self, sha256: Sha256, value: &T) {
        let Ok(json) = value.to_json() else {
            return;
        };
        let header = self.header::<T>(sha256, json.as_bytes());
        let target = Target::File(self.path::<T>(sha256));
        if let Err(error) = target.write_binary(&[header.as_bytes(), json.as_bytes()].concat())
            && !self.failed.swap(true, Ordering::Relaxed)
        {
            warn(&format!("not cached: {error}"));
        }
    }

    fn header<T: Kept>(&self, sha256: Sha256, json: &[u8]) -> String {
        let (maker, json) = (self.maker, Sha256::of(json));
        format!("{FORMAT} {} of={sha256} by={maker} json={json}\n", T::NAME)
    }
}
