//! `gusset plan`

use super::compose::{Named, of_arguments, of_workload};
use super::exit::Exit;
use super::input;
use super::output::Target;
use super::profile::{json, parts};
use super::project::{Project, ProjectArgs};
use super::{complain, profiles, routes, written};
use crate::base::{ByteRange, SourceFile};
use crate::plan::{Input, LinkPlan, PlanProblem, Rules, plan};
use crate::report::picture;
use crate::report::plan as report;
use crate::workload::Profile;
use std::path::{Path, PathBuf};

/// The link plan for a host: every import fused, linked at run time, served or missing, with
/// the reason and what can fail.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the plan holds, 1 an import has nobody or a rule cannot \
                        be kept, 2 something could not be read, 3 there is nothing to plan."
)]
pub(super) struct PlanCommand {
    /// Components, instead of those of a workload: `PATH`, or `NAME=PATH`.
    #[arg(value_name = "FILE")]
    files: Vec<String>,

    #[command(flatten)]
    project: ProjectArgs,

    /// A built-in profile, or the path of a file; that of the workload without.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

    /// List what the host has for everybody, and every alternative.
    #[arg(long)]
    all: bool,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Exit with 0 when the plan does not hold.
    #[arg(long)]
    exit_zero: bool,

    /// Refuse larger inputs without reading them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: `gusset.plan/1`.
    Json,
    /// A drawing.
    Svg,
    /// Text for Graphviz.
    Dot,
    /// Text for Mermaid.
    Mermaid,
    /// A page of its own.
    Html,
}

impl PlanCommand {
    pub(super) fn run(&self) -> Exit {
        self.plan().unwrap_or_else(|exit| exit)
    }

    fn plan(&self) -> Result<Exit, Exit> {
        if !self.files.is_empty() {
            let named = of_arguments(&self.files, self.max_size)?;
            return self.finish(named, None);
        }
        let project = self.project.open()?;
        let named = of_workload(&project, self.max_size)?;
        self.finish(named, Some(&project))
    }

    fn finish(&self, named: Vec<Named>, project: Option<&Project>) -> Result<Exit, Exit> {
        let Some(profile) = profile(self.profile.as_deref(), project)? else {
            let help = "name one with `--profile`, or in `[workload]`; `gusset profile list` \
                        lists them";
            let message = "a plan is for a host, and no profile says which";
            complain(None, message, Some(help));
            return Err(Exit::Failed);
        };
        let planned = of(&profile, named, project)?;
        let exit = self.write(&planned)?;
        let source = project.map(|project| &*project.workload.source);
        for problem in &planned.problems {
            complain_problem(problem, source);
        }
        Ok(match planned.holds() {
            true => exit,
            false => exit.worst(Exit::Refused),
        }
        .exit_zero(self.exit_zero))
    }

    fn write(&self, plan: &LinkPlan) -> Result<Exit, Exit> {
        let drawn = |format| picture::render(&report::picture(plan), format);
        let text = match self.format {
            Format::Text => report::text(plan, self.all),
            Format::Json => json(plan.to_json())?,
            Format::Svg => drawn(picture::Format::Svg),
            Format::Dot => drawn(picture::Format::Dot),
            Format::Mermaid => drawn(picture::Format::Mermaid),
            Format::Html => drawn(picture::Format::Html),
        };
        let target = Target::from_option(self.output.as_deref());
        Ok(written(target.write_text(&text)))
    }
}

/// The profile of an argument, or that of a workload.
pub(super) fn profile(
    argument: Option<&str>,
    project: Option<&Project>,
) -> Result<Option<Profile>, Exit> {
    let of_workload = project.and_then(|project| project.workload.profile.as_ref());
    let found = match (argument, project, of_workload) {
        (Some(name), _, _) => Some(profiles::find(name, Path::new(""))),
        (None, Some(project), Some(name)) => Some(profiles::find(&name.value, &project.path(""))),
        _ => None,
    };
    found.transpose()
}

/// The plan of components for a host, with the rules of a workload and the router that its
/// routes ask for.
pub(super) fn of(
    profile: &Profile,
    mut named: Vec<Named>,
    project: Option<&Project>,
) -> Result<LinkPlan, Exit> {
    let routed = project.map(|project| routes::add(project, Some(profile), &mut named));
    let routed = routed.transpose()?;
    let rules = project.zip(routed.as_ref()).map(|(project, routed)| Rules {
        links: &routed.links,
        router: routed.router.as_deref(),
        ..Rules::of(&project.workload)
    });
    let all = named.iter();
    let all = all.map(|one| (&*one.name, &*one.shown, &*one.bytes));
    Ok(plan(&Input {
        profile,
        parts: parts(all)?,
        rules: rules.unwrap_or_default(),
    }))
}

/// Says what is wrong with a plan, with the places of the workload that it is about.
pub(super) fn complain_problem(problem: &PlanProblem, source: Option<&SourceFile>) {
    let mut message = problem.message.clone();
    let mut at = None;
    let span = |start, end| ByteRange::new(start, end);
    match (source, problem.places.as_slice()) {
        (Some(source), [place]) if place.end > place.start => {
            at = Some(source.place(span(place.start, place.end)));
        }
        (Some(source), places) => {
            for place in places {
                let where_ = source.place(span(place.start, place.end));
                message.push_str(&format!("\n  {}   {where_}", place.text));
            }
        }
        _ => {}
    }
    complain(at.as_deref(), &message, problem.help.as_deref());
}
