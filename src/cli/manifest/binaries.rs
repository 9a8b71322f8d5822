//! The binaries that a manifest is about: those of a workload, of the command line, or of a
//! link plan.

use super::ManifestCommand;
use super::inputs::customs;
use crate::binary::{self, Metadata};
use crate::cli::analysis::{Analysed, Analyser};
use crate::cli::compose::{Named, of_arguments, of_plan};
use crate::cli::exit::Exit;
use crate::cli::input::{self, Loaded, Source, show_path};
use crate::cli::load::LoadError;
use crate::cli::project::Project;
use crate::cli::{complain, fused, lock, names};
use crate::lock::Facts;
use crate::manifest::Target;
use crate::plan::LinkPlan;
use crate::workload::{Component, ManifestTarget, Workload};
use std::path::Path;
use std::sync::Arc;

/// The binaries that a manifest is about.
pub(super) struct Binaries {
    /// The workload, when they are its components or made of them.
    pub(super) project: Option<Project>,
    /// What the command line calls the workload.
    pub(super) name: Option<String>,
    /// The plan, when they are its binaries.
    pub(super) plan: Option<LinkPlan>,
    /// The binaries, in order.
    pub(super) found: Vec<Binary>,
}

/// One binary with what is known about it.
pub(super) struct Binary {
    pub(super) name: String,
    /// Where it is, as manifests that name a file say it.
    pub(super) path: String,
    pub(super) facts: Arc<Facts>,
    pub(super) annotations: Vec<(String, String)>,
    /// The component that it is as a whole; none for one that is made of several.
    component: Option<String>,
}

impl Binary {
    /// What is declared about it. What a component says of its image is true of a binary that
    /// is this component alone.
    pub(super) fn declared_in<'w>(&self, workload: Option<&'w Workload>) -> Option<&'w Component> {
        workload?.component(self.component.as_ref()?)
    }
}

type Wanted = [(Target, Option<ManifestTarget>)];

impl Binaries {
    /// The binaries that a command line means. Says what is wrong with them.
    pub(super) fn of(
        command: &ManifestCommand,
        project: Option<Project>,
        wanted: &Wanted,
    ) -> Result<Binaries, Exit> {
        let analyser = match &project {
            Some(project) => project.analyser(&command.analysis)?,
            None => command.analysis.analyser(&[])?,
        };
        let annotated = wanted.iter().any(|(target, _)| *target == Target::Oci);
        let (plan, found) = match &command.plan {
            Some(file) => {
                let plan = fused::read_plan(file)?;
                let named = parts(command, &plan, project.as_ref())?;
                let found = planned(command, &plan, &named, &analyser, annotated)?;
                (Some(plan), found)
            }
            None => (
                None,
                single(command, project.as_ref(), &analyser, annotated)?,
            ),
        };
        Ok(Binaries {
            project,
            name: command.name.clone(),
            plan,
            found,
        })
    }
}

/// The components that a plan is made of.
fn parts(
    command: &ManifestCommand,
    plan: &LinkPlan,
    project: Option<&Project>,
) -> Result<Vec<Named>, Exit> {
    let max_size = command.analysis.max_size();
    match project {
        Some(project) => of_plan(plan, project, max_size),
        None => {
            let files = command.files.iter();
            let files: Vec<String> = files.map(|p| p.to_string_lossy().into_owned()).collect();
            of_arguments(&files, max_size)
        }
    }
}

/// The binaries of a plan, built and analysed.
fn planned(
    command: &ManifestCommand,
    plan: &LinkPlan,
    named: &[Named],
    analyser: &Analyser,
    annotated: bool,
) -> Result<Vec<Binary>, Exit> {
    let mut found = Vec::new();
    for fused in fused::binaries(plan, named)? {
        let path = match &command.binaries {
            Some(folder) => same_file(&folder.join(fused.file()), &fused.bytes, command)?,
            None => fused.file(),
        };
        let annotations = match annotated {
            true => binary::Binary::parse(&fused.bytes).map(|b| annotations(&b)),
            false => Ok(Vec::new()),
        };
        let loaded = Loaded {
            bytes: fused.bytes.into_owned(),
            from_text: false,
        };
        let analysed = lock::whole(vec![analyser.loaded(&path, &loaded)])?;
        let component = match fused.group.instances.as_slice() {
            [only] => Some(only.component.clone()),
            _ => None,
        };
        found.extend(analysed.into_iter().map(|analysed| Binary {
            name: fused.group.name.clone(),
            path: path.clone(),
            facts: analysed.facts,
            annotations: annotations.clone().unwrap_or_default(),
            component: component.clone(),
        }));
    }
    Ok(found)
}

/// The path of a file that must have certain bytes.
fn same_file(path: &Path, bytes: &[u8], command: &ManifestCommand) -> Result<String, Exit> {
    let shown = show_path(path);
    let help = "`gusset compose --plan` writes the binaries of a plan";
    let refuse = |message: &str| {
        complain(Some(&shown), message, Some(help));
        Exit::Failed
    };
    let loaded = Source::named(path).read(command.analysis.max_size());
    let loaded = loaded.map_err(|error| refuse(&error.to_string()))?;
    match loaded.bytes == bytes {
        true => Ok(shown.clone()),
        false => Err(refuse("this is not the binary of the plan")),
    }
}

/// Components of a workload, or binaries of the command line.
fn single(
    command: &ManifestCommand,
    project: Option<&Project>,
    analyser: &Analyser,
    annotated: bool,
) -> Result<Vec<Binary>, Exit> {
    let (sources, names, paths): (Vec<_>, Vec<String>, Vec<String>) = match project {
        Some(project) => {
            let components = &project.workload.components;
            if components.is_empty() {
                let help = "declare one as `[components.NAME]`, or name binaries";
                let file = project.workload.source.name();
                complain(Some(file), "no component is declared", Some(help));
                return Err(Exit::Nothing);
            }
            (
                components.iter().map(|c| Ok(project.binary(c))).collect(),
                components.iter().map(|c| c.name.value.clone()).collect(),
                components.iter().map(|c| c.path.value.clone()).collect(),
            )
        }
        None => {
            let sources = input::collect(&command.files);
            let shown = sources.iter().flatten().map(|s| s.shown().to_string());
            let paths: Vec<String> = shown.collect();
            let names = names::of(paths.iter().map(String::as_str));
            (sources, names, paths)
        }
    };
    let found: Vec<Result<Analysed, LoadError>> = analyser.all(sources);
    let found = lock::whole(found)?;
    if found.is_empty() {
        return Err(Exit::Nothing);
    }
    let found = found.into_iter().zip(names).zip(paths);
    let found = found.map(|((analysed, name), path)| {
        let annotations = match annotated {
            true => analyser.again(&analysed, &|binary: &binary::Binary<'_>| {
                annotations(binary)
            }),
            false => None,
        };
        Binary {
            component: Some(name.clone()),
            name,
            path,
            facts: analysed.facts,
            annotations: annotations.unwrap_or_default(),
        }
    });
    Ok(found.collect())
}

fn annotations(binary: &binary::Binary<'_>) -> Vec<(String, String)> {
    Metadata::read(customs(binary)).annotations
}
