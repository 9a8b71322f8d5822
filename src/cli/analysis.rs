//! Binaries → facts: several at a time, no two equal files twice, and nothing that a cache
//! knows already.

mod cache;
#[cfg(test)]
mod tests;

use super::exit::Exit;
use super::input::{self, InputError, Source};
use super::load::LoadError;
use super::{complain, files};
use crate::base::{Sha256, SourceFile};
use crate::binary::{Binary, ParseError};
use crate::catalogue::Catalogue;
use crate::lock::Facts;
use crate::needs::Needs;
use crate::report::inspect::{FileFacts, FileNeeds};
use cache::{Cache, Kept};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How binaries are analysed.
#[derive(Debug, clap::Args)]
pub(super) struct AnalysisArgs {
    #[command(flatten)]
    kept: KeptArgs,

    /// Refuse larger inputs without reading them: a number and KiB, MiB or GiB.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

/// What an analysis goes by, and where it is kept.
#[derive(Debug, Default, clap::Args)]
pub(super) struct KeptArgs {
    /// Keep analyses in this folder, and take them from there. Only for folders that nobody
    /// else can write.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,

    /// A file that adds to the catalogue of interfaces; may be given several times.
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
}

/// What turns inputs into facts.
pub(super) struct Analyser {
    catalogue: Catalogue,
    cache: Option<Cache>,
    max_size: u64,
    known: Known<Result<Arc<Facts>, ParseError>>,
    shown: Known<FileNeeds>,
    analysed: AtomicUsize,
}

/// What is known about each file; found out by whoever comes first.
type Known<T> = Mutex<BTreeMap<Sha256, Arc<OnceLock<T>>>>;

impl Kept for Facts {
    const NAME: &'static str = "facts";

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn of_json(json: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }
}

impl Kept for FileNeeds {
    const NAME: &'static str = "needs";

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn of_json(json: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }
}

/// An input and the facts about it.
#[derive(Clone, Debug)]
pub(super) struct Analysed {
    /// The input, as the user typed it.
    pub(super) shown: String,
    /// What is known.
    pub(super) facts: Arc<Facts>,
}

impl AnalysisArgs {
    /// An analyser with these options; `more` adds to the catalogue before the files that the
    /// options name. Says what is wrong with a catalogue.
    pub(super) fn analyser(&self, more: &[SourceFile]) -> Result<Analyser, Exit> {
        self.kept.analyser(more, self.max_size)
    }

    /// Files that add to the catalogue, as the options name them.
    pub(super) fn catalogue(&self) -> &[PathBuf] {
        &self.kept.catalogue
    }

    /// The largest input that is read, in bytes.
    pub(super) fn max_size(&self) -> u64 {
        self.max_size
    }
}

impl KeptArgs {
    /// An analyser with these options that reads inputs up to a size in bytes.
    pub(super) fn analyser(&self, more: &[SourceFile], max_size: u64) -> Result<Analyser, Exit> {
        let mut texts = more.to_vec();
        for path in &self.catalogue {
            texts.push(files::read_text(path)?);
        }
        let refused = |error: &dyn std::fmt::Display| {
            complain(None, &error.to_string(), None);
            Exit::Failed
        };
        let mut catalogue = Catalogue::builtin().map_err(|e| refused(&e))?;
        for text in &texts {
            let extended = catalogue.extend(text.name(), text.text());
            extended.map_err(|e| refused(&e))?;
        }
        let cache = self.cache.as_deref();
        let cache = cache.and_then(|folder| Cache::open(folder, &texts));
        Ok(Analyser::new(catalogue, cache, max_size))
    }
}

impl Analyser {
    fn new(catalogue: Catalogue, cache: Option<Cache>, max_size: u64) -> Analyser {
        Analyser {
            catalogue,
            cache,
            max_size,
            known: Mutex::default(),
            shown: Mutex::default(),
            analysed: AtomicUsize::new(0),
        }
    }

    /// What `inspect` says about a binary.
    pub(super) fn inspect(&self, path: &str, binary: &Binary<'_>) -> FileFacts {
        let sha256 = Sha256::of(binary.bytes);
        let once = once(&self.shown, sha256);
        FileFacts::with_kept_needs(path, binary, |program, reach| {
            let needs = once.get_or_init(|| {
                let cache = self.cache.as_ref();
                let kept = cache.and_then(|cache| cache.get::<FileNeeds>(sha256));
                if let Some(kept) = kept.filter(|k| k.instances.len() == program.instances.len()) {
                    return kept;
                }
                self.analysed.fetch_add(1, Ordering::Relaxed);
                let needs = FileNeeds::of(program, &Needs::of(program, reach, &self.catalogue));
                if let Some(cache) = cache {
                    cache.put(sha256, &needs);
                }
                needs
            });
            needs.clone()
        })
    }

    /// The catalogue that facts are according to.
    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Looks once more at a file that was analysed; `None` when it is not the same any more.
    pub(super) fn again<T>(
        &self,
        analysed: &Analysed,
        look: &dyn Fn(&Binary<'_>) -> T,
    ) -> Option<T> {
        let loaded = Source::named(Path::new(&analysed.shown))
            .read(self.max_size)
            .ok()?;
        let same = Sha256::of(&loaded.bytes).to_string() == analysed.facts.sha256;
        let binary = Binary::parse(&loaded.bytes).ok().filter(|_| same)?;
        Some(look(&binary))
    }

    /// The facts about many inputs, in their order.
    pub(super) fn all(
        &self,
        sources: Vec<Result<Source, InputError>>,
    ) -> Vec<Result<Analysed, LoadError>> {
        let sources = sources.into_par_iter();
        sources.map(|source| self.one(&source?)).collect()
    }

    /// The facts about one input.
    pub(super) fn one(&self, source: &Source) -> Result<Analysed, LoadError> {
        let loaded = source.read(self.max_size)?;
        self.loaded(source.shown(), &loaded)
    }

    /// The facts about an input that was read.
    pub(super) fn loaded(
        &self,
        shown: &str,
        loaded: &input::Loaded,
    ) -> Result<Analysed, LoadError> {
        match self.facts(&loaded.bytes) {
            Ok(facts) => Ok(Analysed {
                shown: shown.to_string(),
                facts,
            }),
            Err(error) => Err(LoadError::parse(shown, error, loaded.from_text)),
        }
    }

    /// The facts about a binary.
    pub(super) fn facts(&self, bytes: &[u8]) -> Result<Arc<Facts>, ParseError> {
        let sha256 = Sha256::of(bytes);
        let once = once(&self.known, sha256);
        // Two threads with equal bytes meet here: the second waits for the first.
        let facts = once.get_or_init(|| {
            let cache = self.cache.as_ref();
            let kept = cache.and_then(|cache| cache.get::<Facts>(sha256));
            if let Some(facts) = kept.filter(|facts| facts.sha256 == sha256.to_string()) {
                return Ok(Arc::new(facts));
            }
            self.analysed.fetch_add(1, Ordering::Relaxed);
            let facts = Facts::of(&Binary::parse(bytes)?, &self.catalogue);
            if let Some(cache) = cache {
                cache.put(sha256, &facts);
            }
            Ok(Arc::new(facts))
        });
        facts.clone()
    }
}

/// The place for what is known about a file.
fn once<T>(known: &Known<T>, sha256: Sha256) -> Arc<OnceLock<T>> {
    // A thread that panicked left the map as it was.
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(sha256).or_default())
}
