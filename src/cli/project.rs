//! `gusset.toml` and the files around it.

use super::analysis::{Analyser, AnalysisArgs, KeptArgs};
use super::exit::Exit;
use super::files::{complain_toml, read_text, read_text_if_there};
use super::input::{Source, show_path};
use super::{complain, files};
use crate::base::{SourceFile, Spanned};
use crate::lock::LockFile;
use crate::workload::{Component, Policy, TomlErrors, Workload};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the workload file.
pub(super) const WORKLOAD: &str = "gusset.toml";
/// The name of the lock, beside the workload file.
const LOCK: &str = "gusset.lock";
/// The name of the policy, beside the workload file.
#[allow(dead_code)] // For the gate.
const POLICY: &str = "policy.toml";

/// Which workload is meant.
#[derive(Debug, clap::Args)]
pub(super) struct ProjectArgs {
    /// The workload.
    #[arg(short, long, visible_alias = "manifest", value_name = "FILE", default_value = WORKLOAD)]
    workload: PathBuf,
}

/// A workload and where it is.
pub(super) struct Project {
    /// What it says.
    pub(super) workload: Workload,
    folder: PathBuf,
}

impl ProjectArgs {
    /// Reads the workload. Says what is wrong with it; without one there is nothing to do.
    pub(super) fn open(&self) -> Result<Project, Exit> {
        self.open_if_there()?.ok_or_else(|| {
            let help = "`gusset init` writes one from the binaries at hand";
            complain(Some(&show_path(&self.workload)), "no such file", Some(help));
            Exit::Nothing
        })
    }

    /// The same; without one, nothing.
    pub(super) fn open_if_there(&self) -> Result<Option<Project>, Exit> {
        let Some(file) = read_text_if_there(&self.workload)? else {
            return Ok(None);
        };
        let workload = Workload::parse(&Arc::new(file)).map_err(|e| complain_toml(&e))?;
        let folder = self.workload.parent().map(Path::to_owned);
        Ok(Some(Project {
            workload,
            folder: folder.unwrap_or_default(),
        }))
    }
}

impl Project {
    /// The workload in a file.
    pub(super) fn at(path: &Path) -> Result<Project, Exit> {
        let source = Arc::new(read_text(path)?);
        let workload = Workload::parse(&source).map_err(|errors| complain_toml(&errors))?;
        Ok(Project {
            workload,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        })
    }

    /// A workload that no file says; its paths are seen from where the tool runs.
    pub(super) fn of_text(name: &str, text: String) -> Result<Project, TomlErrors> {
        let source = Arc::new(SourceFile::new(name, text));
        Ok(Project {
            workload: Workload::parse(&source)?,
            folder: PathBuf::new(),
        })
    }

    /// A path that the workload names, seen from where the tool runs.
    pub(super) fn path(&self, written: &str) -> PathBuf {
        self.folder.join(written)
    }

    /// The binary of a component.
    pub(super) fn binary(&self, component: &Component) -> Source {
        Source::named(&self.path(&component.path.value))
    }

    /// Where the lock is.
    pub(super) fn lock_path(&self) -> PathBuf {
        self.path(LOCK)
    }

    /// The lock, if there is one. Says what is wrong with it.
    #[allow(dead_code)] // For the gate.
    pub(super) fn lock(&self) -> Result<Option<LockFile>, Exit> {
        let file = read_text_if_there(&self.lock_path())?;
        let lock = file.map(|file| LockFile::parse(&Arc::new(file)));
        lock.transpose().map_err(|errors| complain_toml(&errors))
    }

    /// The policy beside the workload: the file that the workload names, or `policy.toml` if
    /// there is one. Says what is wrong with it.
    #[allow(dead_code)] // For the gate.
    pub(super) fn policy(&self) -> Result<Option<Policy>, Exit> {
        let file = match &self.workload.policy_file {
            Some(named) => Some(read_text(&self.path(&named.value))?),
            None => read_text_if_there(&self.path(POLICY))?,
        };
        let policy = file.map(|file| Policy::parse(&Arc::new(file)));
        policy.transpose().map_err(|errors| complain_toml(&errors))
    }

    /// The files that add to the catalogue.
    fn catalogue(&self) -> Result<Vec<SourceFile>, Exit> {
        let read = |named: &Spanned<String>| files::read_text(&self.path(&named.value));
        self.workload.catalogue.iter().map(read).collect()
    }

    /// An analyser for the components without options: nothing is kept.
    pub(super) fn plain_analyser(&self, max_size: u64) -> Result<Analyser, Exit> {
        KeptArgs::default().analyser(&self.catalogue()?, max_size)
    }

    /// An analyser for the components, with the catalogue that the workload names.
    pub(super) fn analyser(&self, options: &AnalysisArgs) -> Result<Analyser, Exit> {
        options.analyser(&self.catalogue()?)
    }
}
