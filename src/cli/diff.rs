//! `gusset diff`

use super::analysis::{Analyser, AnalysisArgs};
use super::exit::Exit;
use super::files::complain_toml;
use super::input::{Contents, Source};
use super::output::Target;
use super::{complain, names, written};
use crate::base::SourceFile;
use crate::lock::{ComponentDiff, Diff, Entry, Lock, LockFile};
use crate::report::diff::{self, Comparison};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a new version newly needs: two binaries or two locks, or one of each.
#[derive(Debug, clap::Args)]
pub(super) struct DiffCommand {
    /// The earlier version: a binary, a `gusset.lock`, or `-` for standard input.
    old: PathBuf,

    /// The later version.
    new: PathBuf,

    /// The component of a lock that a binary is compared with.
    #[arg(long, value_name = "NAME")]
    component: Option<String>,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Exit with 1 when what is needed, imported or exported differs.
    #[arg(long)]
    exit_code: bool,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: `gusset.diff/1`.
    Json,
    /// For a pull request.
    Markdown,
}

/// One of the two versions.
enum Version {
    Lock(Lock),
    Binary(Entry),
}

impl DiffCommand {
    pub(super) fn run(&self) -> Exit {
        match self.compare() {
            Ok(comparison) => self.print(&comparison),
            Err(exit) => exit,
        }
    }

    fn compare(&self) -> Result<Comparison, Exit> {
        let is_stdin = |path: &Path| path.as_os_str() == "-";
        if is_stdin(&self.old) && is_stdin(&self.new) {
            complain(None, "standard input can be one version only", None);
            return Err(Exit::Failed);
        }
        let analyser = self.analysis.analyser(&[])?;
        let (old, new) = (Source::named(&self.old), Source::named(&self.new));
        // Both are read before either is given up, so that both complaints are heard.
        let versions = rayon::join(
            || self.version(&analyser, &old),
            || self.version(&analyser, &new),
        );
        let (before, after) = (versions.0?, versions.1?);
        let diff = match (before, after) {
            (Version::Lock(old), Version::Lock(new)) => match &self.component {
                None => Diff::between(&old, &new),
                Some(name) => {
                    let (old, new) = (old.components.get(name), new.components.get(name));
                    if old.or(new).is_none() {
                        let message = format!("no component `{name}` in either lock");
                        complain(None, &message, None);
                        return Err(Exit::Failed);
                    }
                    Diff::of(ComponentDiff::between(name, old, new))
                }
            },
            (Version::Binary(old), Version::Binary(new)) => {
                let name = self.name(&new.path);
                Diff::of(ComponentDiff::between(&name, Some(&old), Some(&new)))
            }
            (Version::Lock(lock), Version::Binary(new)) => {
                let (name, old) = self.entry(old.shown(), &lock, &new)?;
                Diff::of(ComponentDiff::between(&name, Some(old), Some(&new)))
            }
            (Version::Binary(old), Version::Lock(lock)) => {
                let (name, new) = self.entry(new.shown(), &lock, &old)?;
                Diff::of(ComponentDiff::between(&name, Some(&old), Some(new)))
            }
        };
        Ok(Comparison {
            old: old.shown().to_string(),
            new: new.shown().to_string(),
            diff,
        })
    }

    fn version(&self, analyser: &Analyser, source: &Source) -> Result<Version, Exit> {
        match source.read_any(self.analysis.max_size()) {
            Ok(Contents::Wasm(loaded)) => {
                let analysed = analyser.loaded(source.shown(), &loaded);
                let analysed = analysed.map_err(|error| error.complain())?;
                Ok(Version::Binary(Entry::of(source.shown(), &analysed.facts)))
            }
            Ok(Contents::Text(text)) => {
                let file = Arc::new(SourceFile::new(source.shown(), text));
                let lock = LockFile::parse(&file).map_err(|errors| complain_toml(&errors))?;
                Ok(Version::Lock(lock.lock))
            }
            Err(error) => Err(super::load::LoadError::from(error).complain()),
        }
    }

    /// The entry of a lock that a binary is compared with: the one that was asked for, the
    /// only one, or the one that the binary's file name points to.
    fn entry<'l>(
        &self,
        shown: &str,
        lock: &'l Lock,
        binary: &Entry,
    ) -> Result<(String, &'l Entry), Exit> {
        let components = &lock.components;
        let named = |name: &String| {
            let entry = components.get(name)?;
            Some((name.clone(), entry))
        };
        let file_name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_string();
        let found = match &self.component {
            Some(name) => named(name),
            None if components.len() == 1 => components.keys().next().and_then(named),
            None => {
                let same_file = |(_, entry): &(&String, &Entry)| {
                    file_name(&entry.path) == file_name(&binary.path)
                };
                let mut same = components.iter().filter(same_file);
                match (same.next(), same.next()) {
                    (Some((name, entry)), None) => Some((name.clone(), entry)),
                    _ => None,
                }
            }
        };
        found.ok_or_else(|| {
            let known: Vec<String> = components.keys().map(|n| format!("`{n}`")).collect();
            let known = match known.is_empty() {
                true => "it has none".to_string(),
                false => format!("it has {}", known.join(", ")),
            };
            let message = match &self.component {
                Some(name) => format!("no component `{name}`: {known}"),
                None => format!("which component is {}? {known}", binary.path),
            };
            complain(Some(shown), &message, Some("say `--component NAME`"));
            Exit::Failed
        })
    }

    fn name(&self, path: &str) -> String {
        let asked = self.component.clone();
        asked.unwrap_or_else(|| names::of([path]).pop().unwrap_or_default())
    }

    fn print(&self, comparison: &Comparison) -> Exit {
        let text = match self.format {
            Format::Text => diff::text(comparison),
            Format::Markdown => diff::markdown(comparison),
            Format::Json => match diff::json(comparison) {
                Ok(json) => json,
                Err(error) => {
                    complain(None, &format!("cannot write JSON: {error}"), None);
                    return Exit::Failed;
                }
            },
        };
        let exit = written(Target::from_option(self.output.as_deref()).write_text(&text));
        match self.exit_code && comparison.diff.differs() {
            true => exit.worst(Exit::Refused),
            false => exit,
        }
    }
}
