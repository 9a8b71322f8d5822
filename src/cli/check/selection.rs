//! Which components are checked, what is known about them, and why.

use super::order::Meaning;
use crate::binary::Binary;
use crate::cli::analysis::{Analysed, Analyser};
use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::cli::input::show_path;
use crate::cli::load::LoadError;
use crate::cli::project::Project;
use crate::gate::{self, Checked, Demand, Evidence, Report, Subject, Unordered};
use crate::lock::Facts;
use crate::workload::Component;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Components of a workload.
pub(super) struct Selection<'p> {
    components: Vec<&'p Component>,
    /// Whether these are all.
    pub(super) whole: bool,
}

/// Components with what is known about them.
pub(super) struct Selected<'p> {
    found: Vec<Found<'p>>,
    /// Names of those that could not be read.
    pub(super) unread: Vec<String>,
}

/// A component, what is known about its binary, and required orders that it does not have.
struct Found<'p> {
    component: &'p Component,
    analysed: Analysed,
    unordered: Vec<Unordered>,
}

/// Whether a component of the workload has one of these binaries.
pub(super) fn any_declared(project: &Project, files: &[PathBuf]) -> bool {
    let mut paths = project.workload.components.iter().map(|c| &c.path.value);
    paths.any(|path| {
        let path = project.path(path);
        files.iter().any(|file| same_file(&path, file))
    })
}

impl<'p> Selection<'p> {
    /// All components, or those whose binaries are named.
    pub(super) fn of(project: &'p Project, files: &[PathBuf]) -> Result<Selection<'p>, Exit> {
        let workload = &project.workload;
        if workload.components.is_empty() {
            let help = "declare one as `[components.NAME]`, or run `gusset init`";
            complain(
                Some(workload.source.name()),
                "no component is declared",
                Some(help),
            );
            return Err(Exit::Nothing);
        }
        if files.is_empty() {
            return Ok(Selection {
                components: workload.components.iter().collect(),
                whole: true,
            });
        }
        let mut chosen = BTreeSet::new();
        for file in files {
            let same =
                |component: &Component| same_file(&project.path(&component.path.value), file);
            let found = workload.components.iter().enumerate();
            let found: Vec<usize> = found.filter(|(_, c)| same(c)).map(|(i, _)| i).collect();
            if found.is_empty() {
                let message = format!("no component of {} has this binary", workload.source.name());
                let help = "declare it as `[components.NAME]` with this `path`";
                complain(Some(&show_path(file)), &message, Some(help));
                return Err(Exit::Failed);
            }
            chosen.extend(found);
        }
        Ok(Selection {
            whole: chosen.len() == workload.components.len(),
            components: chosen
                .into_iter()
                .filter_map(|index| workload.components.get(index))
                .collect(),
        })
    }

    /// Analyses them; says what could not be read.
    pub(super) fn analyse(&self, project: &Project, analyser: &Analyser) -> Selected<'p> {
        let sources = self.components.iter().map(|c| Ok(project.binary(c)));
        self.selected(project, analyser.all(sources.collect()))
    }

    /// Reads them, and analyses nothing.
    pub(super) fn read(&self, project: &Project, max_size: u64) -> Selected<'p> {
        let read = |component: &&Component| {
            let source = project.binary(component);
            let loaded = source.read(max_size)?;
            let binary = Binary::parse(&loaded.bytes);
            let binary =
                binary.map_err(|e| LoadError::parse(source.shown(), e, loaded.from_text))?;
            Ok(Analysed {
                shown: source.shown().to_string(),
                facts: Arc::new(Facts::without_analysis(&binary)),
            })
        };
        self.selected(project, self.components.iter().map(read).collect())
    }

    fn selected(&self, project: &Project, all: Vec<Result<Analysed, LoadError>>) -> Selected<'p> {
        let mut selected = Selected {
            found: Vec::new(),
            unread: Vec::new(),
        };
        for (component, found) in self.components.iter().zip(all) {
            match found {
                Ok(analysed) => selected.found.push(Found {
                    component,
                    analysed,
                    unordered: Vec::new(),
                }),
                Err(error) => {
                    let place = project.workload.source.place(component.path.span);
                    let message = format!(
                        "`{}` cannot be checked: {}: {error}",
                        component.name,
                        error.path()
                    );
                    let help = error.help();
                    let help = help.unwrap_or("build it first, or correct `path`".to_string());
                    complain(Some(&place), &message, Some(&help));
                    selected.unread.push(component.name.value.clone());
                }
            }
        }
        selected
    }
}

impl Selected<'_> {
    /// As the gate takes them.
    pub(super) fn checked<'s>(&'s self, project: &'s Project) -> Vec<Checked<'s>> {
        let checked = |found: &'s Found<'_>| {
            let (shown, facts) = (&found.analysed.shown, &found.analysed.facts);
            let mut checked = Checked::new(&project.workload, found.component, shown, facts);
            checked.unordered = found.unordered.clone();
            checked
        };
        self.found.iter().map(checked).collect()
    }

    /// Holds the orders that are required of all, and those that each component declares,
    /// against the binaries.
    pub(super) fn order(
        &mut self,
        meaning: &mut Meaning<'_>,
        of_all: &[Demand],
        analyser: &Analyser,
    ) -> Result<(), Exit> {
        for found in &mut self.found {
            let mut demands = of_all.to_vec();
            demands.extend(meaning.declared(&found.component.require_order)?);
            if demands.is_empty() {
                continue;
            }
            let look = |binary: &Binary<'_>| gate::unordered(binary, &demands);
            let unordered = analyser.again(&found.analysed, &look);
            found.unordered = unordered.ok_or_else(|| {
                let message = "this file is another one than a moment ago";
                complain(Some(&found.analysed.shown), message, Some("run it again"));
                Exit::Failed
            })?;
        }
        Ok(())
    }

    /// Finds the ways for what a report says: once for each file, however many components
    /// have it.
    pub(super) fn explain(&self, report: &mut Report, analyser: &Analyser) {
        let mut wanted: BTreeMap<&str, BTreeSet<Subject>> = BTreeMap::new();
        for Found {
            component,
            analysed,
            ..
        } in &self.found
        {
            let subjects = report.subjects_of(&component.name.value);
            if !subjects.is_empty() {
                let of_file = wanted.entry(&analysed.facts.sha256).or_default();
                of_file.extend(subjects);
            }
        }
        let mut known: BTreeMap<&str, Evidence> = BTreeMap::new();
        for Found {
            component,
            analysed,
            ..
        } in &self.found
        {
            let sha256 = analysed.facts.sha256.as_str();
            let Some(subjects) = wanted.get(sha256) else {
                continue;
            };
            let evidence = known.entry(sha256).or_insert_with(|| {
                let find = |binary: &crate::binary::Binary<'_>| {
                    gate::evidence(binary, analyser.catalogue(), subjects)
                };
                // It could be read before; if it no longer can, facts have ways enough.
                analyser.again(analysed, &find).unwrap_or_default()
            });
            report.explain(&component.name.value, evidence);
        }
    }
}

/// Whether two paths lead to one file.
fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
