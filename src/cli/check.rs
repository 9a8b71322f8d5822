//! `gusset check`

mod day;
mod levels;
mod order;
mod selection;
mod values;

use super::analysis::AnalysisArgs;
use super::complain;
use super::exit::Exit;
use super::files::{complain_toml, read_text};
use super::output::{Target, say};
use super::project::{Project, ProjectArgs};
use crate::gate::{self, Inputs, Report, Severity};
use crate::lock::{Entry, LockFile};
use crate::report::check;
use crate::workload::{Policy, Require};
pub(super) use day::DayArgs;
pub(super) use levels::LevelArgs;
use order::{Meaning, OrderArg};
use selection::Selection;
use std::path::PathBuf;

/// The gate: binaries against what is declared, allowed, and was there last time.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the gate says yes, 1 it says no, 2 something could not be \
                        read, 3 there is nothing to check."
)]
pub(super) struct Check {
    /// Binaries of components of the workload; all components without.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    project: ProjectArgs,

    /// The policy, instead of the one that the workload names or `policy.toml` beside it.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    #[command(flatten)]
    levels: LevelArgs,

    /// From which level on findings make the gate say no.
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    fail_on: FailOn,

    /// The weakest verdict that passes.
    #[arg(long, value_enum, value_name = "VERDICT")]
    require: Option<RequireArg>,

    /// Update the lock, and print what to paste for each finding that is left.
    #[arg(long)]
    accept: bool,

    /// A dotenv or TOML file: do all keys of kind env, config and secret have a value in it?
    /// Values are never printed.
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,

    /// An order that each FILE must have: `INTERFACE: PART, PART…`, outermost first, where `*`
    /// stands for any others; or a TOML file whose `[[middleware]]` must hold. A part is a
    /// component of the workload, a path of a binary, `sha256:DIGEST`, a place (`root/1`),
    /// `exports:INTERFACE`, or the name of an instance. Of a FILE that is no component of the
    /// workload nothing else is checked.
    #[arg(long, value_name = "ORDER", value_parser = OrderArg::parse, requires = "files")]
    require_order: Vec<OrderArg>,

    /// The host profile that the workload is for, instead of the one that it names.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

    #[command(flatten)]
    day: DayArgs,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write a summary in Markdown here; with `--format github`, `GITHUB_STEP_SUMMARY` says
    /// where without.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,

    /// Exit with 0 when the gate says no.
    #[arg(long)]
    exit_zero: bool,

    #[command(flatten)]
    analysis: AnalysisArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people: lines of files, reasons, and what to type.
    #[default]
    Text,
    /// For machines: `gusset.check/1`.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// Annotations of lines, as GitHub Actions reads them.
    Github,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FailOn {
    /// Warnings are enough.
    Warn,
    /// Only what is denied.
    #[default]
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RequireArg {
    /// Exact keys only.
    Complete,
    /// Patterns with a literal part are good enough.
    Bounded,
}

impl Check {
    pub(super) fn run(&self) -> Exit {
        self.gate().unwrap_or_else(|exit| exit)
    }

    fn gate(&self) -> Result<Exit, Exit> {
        let declared = match self.require_order.is_empty() {
            true => Some(self.project.open()?),
            false => self.project.open_if_there()?,
        };
        let only_order = !self.require_order.is_empty()
            && !declared
                .as_ref()
                .is_some_and(|project| selection::any_declared(project, &self.files));
        let policy = match &declared {
            Some(project) => self.policy(project)?,
            None => self.policy_file()?,
        };
        let mut meaning = Meaning::new(declared.as_ref(), self.analysis.max_size());
        let asked = meaning.of_arguments(&self.require_order)?;
        let project = match (&declared, only_order) {
            (Some(project), false) => project,
            _ => &order::only_order(&self.files)?,
        };
        let today = self.day.today()?;
        let values = self.values.as_deref().map(values::read).transpose()?;
        let mut lock = match only_order {
            true => None,
            false => project.lock()?,
        };
        let selection = match only_order {
            true => Selection::of(project, &[])?,
            false => Selection::of(project, &self.files)?,
        };
        let analyser = project.analyser(&self.analysis)?;
        let mut selected = match only_order {
            true => selection.read(project, self.analysis.max_size()),
            false => selection.analyse(project, &analyser),
        };
        selected.order(&mut meaning, &asked, &analyser)?;
        let profile = super::plan::profile(self.profile.as_deref(), Some(project))?;
        // Without all components, nobody knows who provides what.
        let readable = selected.unread.is_empty() && !only_order;
        let plan = profile.as_ref().filter(|_| readable).map(|profile| {
            let named = super::compose::of_workload(project, self.analysis.max_size())?;
            super::plan::of(profile, named, Some(project))
        });
        let plan = plan.transpose()?;
        // A component that is declared and cannot be read is never nothing.
        let mut exit = match selected.unread.is_empty() {
            true => Exit::Clean,
            false => Exit::Failed,
        };
        let policies = project.workload.policy.iter().chain(&policy);
        let mut levels = self.levels.over(policies, self.require.is_some())?;
        if only_order {
            order::silence(&mut levels);
        }
        let inputs = Inputs {
            workload: &project.workload,
            policy: policy.as_ref(),
            lock: None,
            components: selected.checked(project),
            whole: selection.whole && selected.unread.is_empty(),
            unread: selected.unread.clone(),
            levels,
            require: self.require(policy.as_ref(), project),
            fail_on: self.fail_on.severity(),
            values: values.as_ref(),
            profile: profile.as_ref(),
            plan: plan.as_ref(),
            today,
        };
        if inputs.components.is_empty() {
            return Err(exit.worst(Exit::Nothing));
        }
        if self.accept {
            lock = Some(accept(project, lock, &inputs)?);
        }
        let inputs = Inputs {
            lock: lock.as_ref(),
            ..inputs
        };
        let mut report = gate::check(&inputs);
        selected.explain(&mut report, &analyser);
        exit = exit.worst(self.write(&report)?);
        if report.refuses() {
            exit = exit.worst(Exit::Refused);
        }
        Ok(exit.exit_zero(self.exit_zero))
    }

    /// The policy of the command line, or that of the workload; every rule that one names
    /// exists.
    fn policy(&self, project: &Project) -> Result<Option<Policy>, Exit> {
        let policy = match &self.policy {
            Some(_) => self.policy_file()?,
            None => project.policy()?,
        };
        for policy in project.workload.policy.iter().chain(&policy) {
            gate::known_rules(policy).map_err(|errors| complain_toml(&errors))?;
        }
        Ok(policy)
    }

    /// The policy of the command line.
    fn policy_file(&self) -> Result<Option<Policy>, Exit> {
        let Some(path) = &self.policy else {
            return Ok(None);
        };
        let source = read_text(path)?.into();
        let policy = Policy::parse(&source).map_err(|e| complain_toml(&e))?;
        gate::known_rules(&policy).map_err(|errors| complain_toml(&errors))?;
        Ok(Some(policy))
    }

    fn require(&self, policy: Option<&Policy>, project: &Project) -> Option<Require> {
        let argument = self.require.map(|require| match require {
            RequireArg::Complete => Require::Complete,
            RequireArg::Bounded => Require::Bounded,
        });
        let policies = policy.into_iter().chain(&project.workload.policy);
        let stated = policies.filter_map(|policy| policy.require.as_ref());
        argument.or(stated.map(|require| require.value).min())
    }

    fn write(&self, report: &Report) -> Result<Exit, Exit> {
        let text = print(report, self.format)?;
        let target = Target::from_option(self.output.as_deref());
        let mut exit = super::written(target.write_text(&text));
        if self.accept {
            let stanzas = check::stanzas(report);
            match self.format {
                // Standard output, also when the report went to a file.
                Format::Text if !stanzas.is_empty() => {
                    let stdout = Target::from_option(None);
                    exit = exit.worst(super::written(stdout.write_text(&stanzas)));
                }
                _ => say(&stanzas),
            }
        }
        let of_workflow = || {
            let file = std::env::var_os("GITHUB_STEP_SUMMARY")?;
            (self.format == Format::Github && !file.is_empty()).then(|| PathBuf::from(file))
        };
        if let Some(path) = self.summary.clone().or_else(of_workflow) {
            exit = exit.worst(summary(
                &path,
                self.summary.is_none(),
                &check::summary(report),
            ));
        }
        Ok(exit)
    }
}

impl FailOn {
    /// From which severity on the gate says no.
    pub(super) fn severity(self) -> Severity {
        match self {
            FailOn::Warn => Severity::Warning,
            FailOn::Deny => Severity::Error,
        }
    }
}

/// A report in a format.
pub(super) fn print(report: &Report, format: Format) -> Result<String, Exit> {
    let base = std::env::current_dir().unwrap_or_default();
    let base = base.to_string_lossy();
    Ok(match format {
        Format::Text => check::text(report),
        Format::Json => whole(serde_json::to_string_pretty(&check::json(report)))?,
        Format::Sarif => whole(serde_json::to_string_pretty(&check::sarif(report, &base)))?,
        Format::Github => check::annotations(report, &base),
    })
}

/// A workflow's own file belongs to all steps of the job: what they wrote stays.
fn summary(path: &std::path::Path, keep: bool, text: &str) -> Exit {
    let before = match keep {
        true => std::fs::read_to_string(path).unwrap_or_default(),
        false => String::new(),
    };
    super::written(Target::File(path.to_owned()).write_text(&format!("{before}{text}")))
}

/// A document with its last line ended.
fn whole(json: serde_json::Result<String>) -> Result<String, Exit> {
    let json = json.map_err(|error| {
        complain(None, &format!("cannot write JSON: {error}"), None);
        Exit::Failed
    })?;
    Ok(format!("{json}\n"))
}

/// Writes what was found into the lock. Entries of components that were not looked at stay,
/// and those of components that are gone do not.
fn accept(
    project: &Project,
    lock: Option<LockFile>,
    inputs: &Inputs<'_>,
) -> Result<LockFile, Exit> {
    let mut accepted = lock.map(|file| file.lock).unwrap_or_default();
    let declared = |name: &String| project.workload.component(name).is_some();
    accepted.components.retain(|name, _| declared(name));
    for component in &inputs.components {
        let entry = Entry::of(&component.declared.path.value, component.facts);
        accepted
            .components
            .insert(component.name().to_string(), entry);
    }
    let path = project.lock_path();
    let text = accepted.to_toml();
    match super::written(Target::File(path.clone()).write_text(&text)) {
        Exit::Clean => {}
        exit => return Err(exit),
    }
    let source = read_text(&path)?.into();
    LockFile::parse(&source).map_err(|errors| complain_toml(&errors))
}
