//! `gusset init`

use super::analysis::{Analysed, AnalysisArgs};
use super::exit::Exit;
use super::files::complain_toml;
use super::input::{self, show_path};
use super::output::{Target, say};
use super::project::WORKLOAD;
use super::{complain, names, warn, written};
use crate::base::{Date, SourceFile};
use crate::gate::{self, Checked, Inputs, Levels, Report, Severity};
use crate::report::init::{self, Found};
use crate::workload::Workload;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Write a commented `gusset.toml` from the binaries at hand.
#[derive(Debug, clap::Args)]
pub(super) struct InitCommand {
    /// Binaries or folders (every `.wasm` below); the folder that it runs in without. Equal
    /// files are one component.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write here; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = WORKLOAD)]
    output: PathBuf,

    /// Replace the file that is there.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

impl InitCommand {
    pub(super) fn run(&self) -> Exit {
        self.write().unwrap_or_else(|exit| exit)
    }

    fn write(&self) -> Result<Exit, Exit> {
        let target = Target::from_option(Some(&self.output));
        let shown = show_path(&self.output);
        // Looked at first: an analysis takes time. A broken link is a file that is there.
        if matches!(target, Target::File(_))
            && !self.force
            && self.output.symlink_metadata().is_ok()
        {
            complain(
                Some(&shown),
                "is there already",
                Some("`--force` replaces it"),
            );
            return Err(Exit::Failed);
        }
        let files = match self.files.is_empty() {
            true => vec![PathBuf::from(".")],
            false => self.files.clone(),
        };
        let (found, exit) = self.distinct(&files)?;
        let names = names::of(found.iter().map(|analysed| analysed.shown.as_str()));
        let folder = match &target {
            Target::File(path) => path.parent().unwrap_or(Path::new("")),
            Target::Stdout { .. } => Path::new(""),
        };
        let paths: Vec<String> = found
            .iter()
            .map(|analysed| seen_from(folder, &analysed.shown))
            .collect();
        let components = names.iter().zip(&paths).zip(&found);
        let components: Vec<Found<'_>> = components
            .map(|((name, path), analysed)| Found {
                name,
                path,
                facts: &analysed.facts,
            })
            .collect();
        let catalogue = self.analysis.catalogue().iter();
        let catalogue = catalogue.map(|path| seen_from(folder, &show_path(path)));
        let mut text = init::workload(&components, &catalogue.collect::<Vec<_>>());
        let report = check(&shown, &text, &found)?;
        text.push_str(&init::allowances(&report));
        let left = check(&shown, &text, &found)?.findings.len();
        if left > 0 {
            let s = if left == 1 { "" } else { "s" };
            warn(&format!(
                "the gate has {left} finding{s} left: `gusset check` shows them"
            ));
        }
        let exit = exit.worst(written(target.write_text(&text)));
        if matches!(target, Target::File(_)) && exit == Exit::Clean {
            let s = if components.len() == 1 { "" } else { "s" };
            say(&format!(
                "{shown}: {} component{s}\n  help: read it, then `gusset check` and `gusset lock`\n",
                components.len()
            ));
        }
        Ok(exit)
    }

    /// What is known about every binary, each once: of equal files, the one with the shortest
    /// path. One that cannot be read is complained about, and the others are declared.
    fn distinct(&self, files: &[PathBuf]) -> Result<(Vec<Analysed>, Exit), Exit> {
        let results = self.analysis.analyser(&[])?.all(input::collect(files));
        let mut exit = Exit::Clean;
        let mut found: BTreeMap<String, Analysed> = BTreeMap::new();
        let mut equal = 0;
        for result in results {
            let analysed = match result {
                Ok(analysed) => analysed,
                Err(error) => {
                    exit = exit.worst(error.complain());
                    continue;
                }
            };
            let length = |analysed: &Analysed| (analysed.shown.len(), analysed.shown.clone());
            let sha256 = analysed.facts.sha256.clone();
            match found.get(&sha256) {
                Some(known) if length(known) <= length(&analysed) => equal += 1,
                Some(_) => {
                    equal += 1;
                    found.insert(sha256, analysed);
                }
                None => {
                    found.insert(sha256, analysed);
                }
            }
        }
        if equal > 0 {
            let s = if equal == 1 { "" } else { "s" };
            say(&format!("{equal} file{s} left out that another equals\n"));
        }
        let mut found: Vec<Analysed> = found.into_values().collect();
        found.sort_by(|a, b| a.shown.cmp(&b.shown));
        match found.is_empty() {
            true => Err(exit.worst(Exit::Nothing)),
            false => Ok((found, exit)),
        }
    }
}

/// What the gate says to a text about the binaries it was made from.
fn check(shown: &str, text: &str, found: &[Analysed]) -> Result<Report, Exit> {
    let source = Arc::new(SourceFile::new(shown, text));
    let workload = Workload::parse(&source).map_err(|errors| complain_toml(&errors))?;
    let checked = workload.components.iter().zip(found);
    let checked = checked.map(|(component, analysed)| {
        Checked::new(
            &workload,
            component,
            analysed.shown.clone(),
            &analysed.facts,
        )
    });
    let inputs = Inputs {
        workload: &workload,
        policy: None,
        lock: None,
        components: checked.collect(),
        whole: true,
        unread: Vec::new(),
        levels: Levels::default(),
        require: None,
        fail_on: Severity::Warning,
        values: None,
        profile: None,
        plan: None,
        // No allowance here expires.
        today: Date::from_unix_days(0).ok_or(Exit::Failed)?,
    };
    Ok(gate::check(&inputs))
}

/// A path seen from the folder of the file that names it.
fn seen_from(folder: &Path, path: &str) -> String {
    let path = Path::new(path);
    let normal = |path: &Path| {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts.collect::<PathBuf>()
    };
    let (folder, path) = (normal(folder), normal(path));
    let up = folder.components().any(|part| part == Component::ParentDir);
    if path.is_absolute() || folder.as_os_str().is_empty() {
        return show_path(&path);
    }
    if folder.is_absolute() || up {
        // Where the folder is cannot be said with the words that the user gave.
        let absolute = std::path::absolute(&path).unwrap_or(path);
        return show_path(&absolute);
    }
    let shared = folder.components().zip(path.components());
    let shared = shared.take_while(|(a, b)| a == b).count();
    let ups = folder.components().skip(shared).map(|_| "..");
    let rest: PathBuf = path.components().skip(shared).collect();
    show_path(&ups.collect::<PathBuf>().join(rest))
}

#[cfg(test)]
mod tests {
    use super::seen_from;
    use std::path::Path;

    #[test]
    fn paths_are_seen_from_the_folder_of_the_file() {
        let seen = |folder: &str, path: &str| seen_from(Path::new(folder), path);
        assert_eq!(seen("", "./app.wasm"), "app.wasm");
        assert_eq!(seen("", "a/app.wasm"), "a/app.wasm");
        assert_eq!(seen(".", "app.wasm"), "app.wasm");
        assert_eq!(seen("deploy", "app.wasm"), "../app.wasm");
        assert_eq!(seen("a/b", "a/c/app.wasm"), "../c/app.wasm");
        assert_eq!(seen("a", "./a/app.wasm"), "app.wasm");
        assert_eq!(seen("a", "/x/app.wasm"), "/x/app.wasm");
        assert!(seen("../a", "app.wasm").starts_with('/'));
    }
}
