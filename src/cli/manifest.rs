//! `gusset manifest`

mod binaries;
mod inputs;

use super::analysis::AnalysisArgs;
use super::check::{DayArgs, FailOn, Format, LevelArgs, print};
use super::exit::Exit;
use super::files::read_text;
use super::input::show_path;
use super::output::{Target as Output, say};
use super::project::{Project, ProjectArgs};
use super::{complain, complain_at, profiles, warn, written};
use crate::base::SourceFile;
use crate::gate;
use crate::manifest::{Manifest, Model, ModelError, ReadError, Source, Target, agrees};
use crate::workload::{ManifestTarget, Policy, Problem, Profile, Workload};
use binaries::Binaries;
use inputs::{settings, single};
use std::path::{Path, PathBuf};

/// Write manifests from binaries, or check and update one that is there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Targets: wasmcloud, wash, spin, wadm, wasmtime, dotenv, configmap, markdown, \
                        oci. Without `--target`, every `[[manifest]]` of the workload is written."
)]
pub(super) struct ManifestCommand {
    /// Binaries or folders, instead of the components of a workload.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    project: ProjectArgs,

    /// The binaries of this link plan instead of the components, as `gusset plan --format json`
    /// writes it.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// The folder that has the binaries of the plan, as `gusset compose --plan` writes it; they
    /// must be those of the plan.
    #[arg(long, value_name = "DIR", requires = "plan")]
    binaries: Option<PathBuf>,

    /// The kind of manifest.
    #[arg(short, long, value_name = "TARGET")]
    target: Vec<Target>,

    /// The host profile: the name of a built-in one, or a file.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

    /// The name of the workload, where no file gives it one.
    #[arg(long, value_name = "NAME", requires = "files")]
    name: Option<String>,

    /// The component that runs beside the others, where several could.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["out_dir", "check", "update"])]
    output: Option<PathBuf>,

    /// Write every manifest into this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["check", "update"])]
    out_dir: Option<PathBuf>,

    /// Compare this manifest with the binaries, and say no when it says something else.
    #[arg(long, value_name = "FILE", conflicts_with = "update")]
    check: Option<PathBuf>,

    /// Bring this manifest up to date; what a person wrote stays.
    #[arg(long, value_name = "FILE")]
    update: Option<PathBuf>,

    #[command(flatten)]
    levels: LevelArgs,

    #[command(flatten)]
    day: DayArgs,

    /// From which level on findings make the gate say no.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "LEVEL",
        requires = "check"
    )]
    fail_on: FailOn,

    /// How to print findings.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        requires = "check"
    )]
    format: Format,

    /// Exit with 0 when the gate says no.
    #[arg(long, requires = "check")]
    exit_zero: bool,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

impl ManifestCommand {
    pub(super) fn run(&self) -> Exit {
        self.manifest().unwrap_or_else(|exit| exit)
    }

    fn manifest(&self) -> Result<Exit, Exit> {
        let project = match self.files.is_empty() {
            true => Some(self.project.open()?),
            false => None,
        };
        // Asked before the analysis, which takes time.
        let wanted = self.wanted(project.as_ref().map(|p| &p.workload))?;
        let binaries = Binaries::of(self, project, &wanted)?;
        if let (Some(project), None) = (&binaries.project, &self.plan) {
            remind(&project.workload);
        }
        if let Some(file) = self.check.as_ref().or(self.update.as_ref()) {
            let (target, table) = single(&wanted, file)?;
            let manifest = self.write(&binaries, target, table)?;
            let source = read_text(file)?;
            return match self.check.is_some() {
                true => self.compare(&manifest, &source, &binaries),
                false => update(&manifest, &source, file),
            };
        }
        let mut exit = Exit::Clean;
        let several = wanted.len() > 1;
        for (target, table) in &wanted {
            let manifest = self.write(&binaries, *target, table.as_ref())?;
            for warning in &manifest.warnings {
                warn(&format!("{target}: {warning}"));
            }
            exit = exit.worst(self.put(&binaries, &manifest, table.as_ref(), several)?);
        }
        Ok(exit)
    }

    /// The kinds to write, each with its table of the workload if it has one.
    fn wanted(
        &self,
        workload: Option<&Workload>,
    ) -> Result<Vec<(Target, Option<ManifestTarget>)>, Exit> {
        let tables = workload
            .into_iter()
            .flat_map(|w| w.manifests.iter().map(move |m| (w, m)));
        let mut known = Vec::new();
        for (workload, table) in tables {
            let target: Target = table.target.value.parse().map_err(|error| {
                let all = Target::ALL.map(Target::as_str).join(", ");
                let problem = Problem::new(table.target.span, format!("{error}"));
                complain_at(
                    &workload.source,
                    &problem.help(format!("known ones: {all}")),
                );
                Exit::Failed
            })?;
            known.push((target, table));
        }
        if self.target.is_empty() {
            if known.is_empty() {
                let help = "say which one with `--target`, or declare it as `[[manifest]]`";
                complain(None, "no manifest is asked for", Some(help));
                return Err(Exit::Failed);
            }
            return Ok(known
                .into_iter()
                .map(|(target, table)| (target, Some(table.clone())))
                .collect());
        }
        let wanted = self.target.iter().map(|target| {
            let mut tables = known.iter().filter(|(known, _)| known == target);
            (*target, tables.next().map(|(_, table)| (*table).clone()))
        });
        Ok(wanted.collect())
    }

    fn write(
        &self,
        binaries: &Binaries,
        target: Target,
        table: Option<&ManifestTarget>,
    ) -> Result<Manifest, Exit> {
        let workload = binaries.project.as_ref().map(|project| &project.workload);
        let sources = binaries.found.iter().map(|binary| Source {
            name: &binary.name,
            path: &binary.path,
            facts: &binary.facts,
            declared: binary.declared_in(workload),
            annotations: &binary.annotations,
        });
        let sources: Vec<Source<'_>> = sources.collect();
        let mut settings = settings(table);
        if self.service.is_some() {
            settings.service = self.service.clone();
        }
        let refused = |error: ModelError| {
            complain(
                Some(target.as_str()),
                &error.to_string(),
                Some(error.help()),
            );
            Exit::Failed
        };
        let mut model = Model::new(&sources, workload, settings).map_err(refused)?;
        if binaries.name.is_some() {
            model.name = binaries.name.clone();
        }
        let profile = self.profile(binaries, target, table)?;
        if let Some(plan) = &binaries.plan {
            model.of_plan(plan);
            agrees(plan, &model, target, &profile).map_err(|error| {
                let name = target.as_str();
                complain(Some(name), &error.to_string(), Some(error.help()));
                Exit::Failed
            })?;
        }
        Manifest::new(target, &model, &profile).map_err(refused)
    }

    /// The profile: that of the command line, of the table, of the workload or of the plan when
    /// these are for the same host, or the built-in one of the target.
    fn profile(
        &self,
        binaries: &Binaries,
        target: Target,
        table: Option<&ManifestTarget>,
    ) -> Result<Profile, Exit> {
        let project = binaries.project.as_ref();
        let of_table = table.and_then(|table| table.profile.as_ref());
        let of_workload = project.and_then(|p| p.workload.profile.as_ref());
        let of_workload = of_workload.filter(|name| target.is_for(&name.value));
        let here = Path::new("");
        if let Some(name) = &self.profile {
            return profiles::find(name, here);
        }
        if let (Some(project), Some(name)) = (project, of_table.or(of_workload)) {
            return profiles::find(&name.value, &project.path(""));
        }
        // A plan is for a host, and says which.
        let of_plan = binaries.plan.as_ref().map(|plan| plan.profile.as_str());
        let of_plan = of_plan.filter(|name| target.is_for(name));
        let of_plan = of_plan.filter(|name| Profile::builtin(name).is_some());
        profiles::find(of_plan.unwrap_or(target.profile()), here)
    }

    /// Puts a manifest where it belongs.
    fn put(
        &self,
        binaries: &Binaries,
        manifest: &Manifest,
        table: Option<&ManifestTarget>,
        several: bool,
    ) -> Result<Exit, Exit> {
        let project = binaries.project.as_ref();
        let out = table.and_then(|table| table.out.as_ref());
        let path = match (&self.out_dir, &self.output, out) {
            (Some(folder), _, _) => {
                std::fs::create_dir_all(folder).map_err(|error| {
                    complain(Some(&show_path(folder)), &error.to_string(), None);
                    Exit::Failed
                })?;
                Some(folder.join(manifest.target.file_name(&self.title(binaries))))
            }
            (None, Some(_), _) if several => {
                let help = "`--out-dir` takes a folder for all of them";
                complain(
                    None,
                    "several manifests do not fit into one file",
                    Some(help),
                );
                return Err(Exit::Failed);
            }
            (None, Some(path), _) => Some(path.clone()),
            // A target that was asked for by name is shown, not written somewhere.
            (None, None, Some(out)) if self.target.is_empty() => {
                project.map(|p| p.path(&out.value))
            }
            (None, None, _) => None,
        };
        let output = Output::from_option(path.as_deref());
        let exit = written(output.write_text(manifest.text()));
        if let (Output::File(path), Exit::Clean) = (&output, exit) {
            let fills = manifest.to_fill_in();
            let left = match fills.len() {
                0 => String::new(),
                1 => ", 1 value to fill in".to_string(),
                n => format!(", {n} values to fill in"),
            };
            say(&format!("{}: {}{left}\n", show_path(path), manifest.target));
        }
        Ok(exit)
    }

    fn title(&self, binaries: &Binaries) -> String {
        let workload = binaries
            .project
            .as_ref()
            .and_then(|p| p.workload.name.as_ref());
        let only = match binaries.found.as_slice() {
            [only] => Some(only.name.clone()),
            _ => None,
        };
        let name = workload
            .map(|name| name.value.clone())
            .or(binaries.name.clone())
            .or(only);
        let name = name.unwrap_or_else(|| "workload".to_string());
        name.replace(['/', '\\'], "-")
    }

    fn compare(
        &self,
        manifest: &Manifest,
        source: &SourceFile,
        binaries: &Binaries,
    ) -> Result<Exit, Exit> {
        let project = binaries.project.as_ref();
        let file = project.map(Project::policy).transpose()?.flatten();
        let own = project.and_then(|p| p.workload.policy.as_ref());
        let policies = own.into_iter().chain(&file);
        let policies: Vec<&Policy> = policies.collect();
        let levels = self.levels.over(policies.iter().copied(), false)?;
        let comparison = manifest
            .compare(source)
            .map_err(|error| unreadable(source, &error))?;
        let report = gate::check_manifest(&gate::ManifestInputs {
            target: manifest.target,
            comparison: &comparison,
            components: binaries.found.len(),
            policies,
            levels,
            fail_on: self.fail_on.severity(),
            today: self.day.today()?,
        });
        let exit = written(Output::from_option(None).write_text(&print(&report, self.format)?));
        let refused = if report.refuses() {
            Exit::Refused
        } else {
            Exit::Clean
        };
        Ok(exit.worst(refused).exit_zero(self.exit_zero))
    }
}

/// What a workload says of its deployment, and only a plan can take into account.
fn remind(workload: &Workload) {
    let fused = !workload.middleware.is_empty();
    let what = match (fused, !workload.virt.is_empty()) {
        (true, true) => "`[[middleware]]` and `[virt]`",
        (true, false) => "`[[middleware]]`",
        (false, true) => "`[virt]`",
        (false, false) => return,
    };
    warn(&format!(
        "{what} of the workload: the manifest is about the components as they are; to deploy what \
         is made of them, make a plan and give it with `--plan`"
    ));
}

fn update(manifest: &Manifest, source: &SourceFile, file: &Path) -> Result<Exit, Exit> {
    let text = manifest
        .update(source)
        .map_err(|error| unreadable(source, &error))?;
    if text == source.text() {
        say(&format!("{}: up to date\n", show_path(file)));
        return Ok(Exit::Clean);
    }
    let exit = written(Output::File(file.to_owned()).write_text(&text));
    if exit == Exit::Clean {
        say(&format!("{}: updated\n", show_path(file)));
    }
    Ok(exit)
}

fn unreadable(source: &SourceFile, error: &ReadError) -> Exit {
    let help = match error {
        ReadError::Edit(_) => Some("change it by hand; `--check` says what is missing"),
        ReadError::Target(_) => Some("`-o FILE` writes it"),
        ReadError::Select(_) => Some("is it a manifest of another kind? `--target` says which"),
        _ => None,
    };
    match error {
        ReadError::Syntax { message, span } => {
            complain_at(source, &Problem::new(*span, message.clone()));
        }
        error => complain(Some(source.name()), &error.to_string(), help),
    }
    Exit::Failed
}
