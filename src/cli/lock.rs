//! `gusset lock`

use super::analysis::{Analysed, AnalysisArgs};
use super::exit::Exit;
use super::input::{self, show_path};
use super::load::LoadError;
use super::output::{Target, say};
use super::project::ProjectArgs;
use super::{complain, names, written};
use crate::lock::{Entry, Lock};
use std::path::PathBuf;

/// Write down what the components need: the facts that a reviewer reads in `gusset.lock`.
#[derive(Debug, clap::Args)]
pub(super) struct LockCommand {
    /// Binaries or folders, instead of the components of a workload; the lock is then printed.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    project: ProjectArgs,

    /// Write here (`-` is standard output) instead of `gusset.lock` beside the workload.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

impl LockCommand {
    pub(super) fn run(&self) -> Exit {
        let result = match self.files.is_empty() {
            true => self.workload(),
            false => self.binaries(),
        };
        result.unwrap_or_else(|exit| exit)
    }

    fn workload(&self) -> Result<Exit, Exit> {
        let project = self.project.open()?;
        let components = &project.workload.components;
        if components.is_empty() {
            let help = "declare one as `[components.NAME]`, or run `gusset init`";
            let file = project.workload.source.name();
            complain(Some(file), "no component is declared", Some(help));
            return Err(Exit::Nothing);
        }
        let sources = components.iter().map(|c| Ok(project.binary(c))).collect();
        let found = project.analyser(&self.analysis)?.all(sources);
        let mut lock = Lock::default();
        for (component, analysed) in components.iter().zip(whole(found)?) {
            let entry = Entry::of(&component.path.value, &analysed.facts);
            lock.components.insert(component.name.value.clone(), entry);
        }
        let path = self.output.clone().unwrap_or_else(|| project.lock_path());
        self.write(&lock, Target::from_option(Some(&path)))
    }

    fn binaries(&self) -> Result<Exit, Exit> {
        let sources = input::collect(&self.files);
        let found = whole(self.analysis.analyser(&[])?.all(sources))?;
        let names = names::of(found.iter().map(|analysed| analysed.shown.as_str()));
        let mut lock = Lock::default();
        for (name, analysed) in names.into_iter().zip(found) {
            let entry = Entry::of(&analysed.shown, &analysed.facts);
            lock.components.insert(name, entry);
        }
        self.write(&lock, Target::from_option(self.output.as_deref()))
    }

    fn write(&self, lock: &Lock, target: Target) -> Result<Exit, Exit> {
        let exit = written(target.write_text(&lock.to_toml()));
        if let (Exit::Clean, Target::File(path)) = (exit, &target) {
            let count = lock.components.len();
            let s = if count == 1 { "" } else { "s" };
            say(&format!("{}: {count} component{s}\n", show_path(path)));
        }
        Ok(exit)
    }
}

/// Everything, or a complaint about each input that failed: half a lock would read as if the
/// rest needed nothing.
pub(super) fn whole(found: Vec<Result<Analysed, LoadError>>) -> Result<Vec<Analysed>, Exit> {
    let mut exit = Exit::Clean;
    let mut whole = Vec::with_capacity(found.len());
    for found in found {
        match found {
            Ok(analysed) => whole.push(analysed),
            Err(error) => exit = exit.worst(error.complain()),
        }
    }
    match exit {
        Exit::Clean => Ok(whole),
        exit => Err(exit),
    }
}
