//! `--require-order`, and the orders that components of the workload declare.

use crate::base::{Sha256, Spanned, toml_key, toml_string};
use crate::binary::Binary;
use crate::cli::exit::Exit;
use crate::cli::files::complain_toml;
use crate::cli::input::Source;
use crate::cli::project::Project;
use crate::cli::{complain, names};
use crate::compose::{Required, RequiredStep, Who};
use crate::gate::{Demand, Levels};
use crate::workload::{OrderPart, OrderText};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rule that orders are about.
const RULE: &str = "order-violated";

/// One `--require-order`.
#[derive(Clone, Debug)]
pub(super) enum OrderArg {
    /// `INTERFACE: PART, PART…`
    Text(OrderText),
    /// A workload whose `[[middleware]]` must hold.
    Rules(PathBuf),
}

impl OrderArg {
    /// Reads the argument: a file ends in `.toml`, everything else is an order.
    pub(super) fn parse(text: &str) -> Result<OrderArg, String> {
        match text.ends_with(".toml") {
            true => Ok(OrderArg::Rules(PathBuf::from(text))),
            false => OrderText::parse(text).map(OrderArg::Text),
        }
    }
}

/// What names of components mean: those of a workload are their binaries.
pub(super) struct Meaning<'p> {
    project: Option<&'p Project>,
    max_size: u64,
    digests: BTreeMap<PathBuf, Sha256>,
}

impl<'p> Meaning<'p> {
    pub(super) fn new(project: Option<&'p Project>, max_size: u64) -> Meaning<'p> {
        Meaning {
            project,
            max_size,
            digests: BTreeMap::new(),
        }
    }

    /// The demands of the command line.
    pub(super) fn of_arguments(&mut self, orders: &[OrderArg]) -> Result<Vec<Demand>, Exit> {
        let mut demands = Vec::with_capacity(orders.len());
        for order in orders {
            demands.push(match order {
                OrderArg::Text(text) => Demand::Order {
                    required: self.required(text, Path::new(""))?,
                    at: None,
                },
                OrderArg::Rules(path) => self.rules(path)?,
            });
        }
        Ok(demands)
    }

    /// The demands that a component declares.
    pub(super) fn declared(&mut self, orders: &[Spanned<OrderText>]) -> Result<Vec<Demand>, Exit> {
        let folder = self.project.map(|project| project.path(""));
        let folder = folder.unwrap_or_default();
        let mut demands = Vec::with_capacity(orders.len());
        for order in orders {
            demands.push(Demand::Order {
                required: self.required(&order.value, &folder)?,
                at: Some(order.span),
            });
        }
        Ok(demands)
    }

    fn required(&mut self, text: &OrderText, folder: &Path) -> Result<Required, Exit> {
        let mut steps = Vec::with_capacity(text.parts.len());
        for part in &text.parts {
            steps.push(match part {
                OrderPart::Others => RequiredStep::Others,
                OrderPart::Name(name) => RequiredStep::Part(name.clone(), self.name(name)?),
                OrderPart::Digest(digits) => {
                    let who = Who::DigestPrefix(digits.clone());
                    RequiredStep::Part(format!("sha256:{digits}"), who)
                }
                OrderPart::Path(path) => RequiredStep::Part(path.clone(), Who::Path(path.clone())),
                OrderPart::Exports(pattern) => {
                    let who = Who::Exports(pattern.clone());
                    RequiredStep::Part(format!("exports:{pattern}"), who)
                }
                OrderPart::File(file) => {
                    let digest = self.digest(&folder.join(file))?;
                    RequiredStep::Part(file.clone(), Who::Digest(digest))
                }
            });
        }
        Ok(Required {
            on: text.on.clone(),
            steps,
        })
    }

    /// A component of the workload is its binary; any other name is that of an instance.
    fn name(&mut self, name: &str) -> Result<Who, Exit> {
        let project = self.project;
        let component = project.and_then(|project| {
            let component = project.workload.component(name)?;
            Some(project.path(&component.path.value))
        });
        match component {
            Some(path) => self.digest(&path).map(Who::Digest),
            None => Ok(Who::Name(name.to_string())),
        }
    }

    /// The rules of another workload, its components by their binaries.
    fn rules(&mut self, path: &Path) -> Result<Demand, Exit> {
        let project = Project::at(path)?;
        let workload = &project.workload;
        if workload.middleware.is_empty() {
            let help = "it needs `[[middleware]]`, or say the order as `INTERFACE: PART, PART…`";
            complain(
                Some(workload.source.name()),
                "no rule of order is here",
                Some(help),
            );
            return Err(Exit::Failed);
        }
        let mut components = BTreeMap::new();
        for component in &workload.components {
            let name = &component.name.value;
            let named = workload.middleware.iter().any(|rule| rule.names(name));
            if named {
                let digest = self.digest(&project.path(&component.path.value))?;
                components.insert(name.clone(), Who::Digest(digest));
            }
        }
        Ok(Demand::Rules {
            rules: workload.middleware.clone(),
            components,
        })
    }

    /// The digest of a binary, without what a strip would take out.
    fn digest(&mut self, path: &Path) -> Result<Sha256, Exit> {
        if let Some(digest) = self.digests.get(path) {
            return Ok(*digest);
        }
        let source = Source::named(path);
        let failed = |message: String, help: Option<&str>| {
            complain(Some(source.shown()), &message, help);
            Exit::Failed
        };
        let loaded = source.read(self.max_size);
        let loaded = loaded.map_err(|error| {
            let help = "a middleware is known by its binary; `sha256:DIGEST` does without";
            failed(error.to_string(), Some(error.help().unwrap_or(help)))
        })?;
        let binary = Binary::parse(&loaded.bytes);
        let binary = binary.map_err(|error| failed(error.to_string(), Some(error.help())))?;
        let digest = binary.digest();
        self.digests.insert(path.to_owned(), digest);
        Ok(digest)
    }
}

/// A workload of nothing but some binaries, for which only order counts.
pub(super) fn only_order(files: &[PathBuf]) -> Result<Project, Exit> {
    let paths: Vec<String> = files
        .iter()
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    let mut text = String::new();
    for (name, path) in names::of(paths.iter().map(String::as_str))
        .iter()
        .zip(&paths)
    {
        let (name, path) = (toml_key(name), toml_string(path));
        text.push_str(&format!("[components.{name}]\npath = {path}\n"));
    }
    Project::of_text("the command line", text).map_err(|errors| complain_toml(&errors))
}

/// Levels at which every rule but that of order is silent.
pub(super) fn silence(levels: &mut Levels) {
    for rule in crate::gate::rules().iter().filter(|rule| rule.name != RULE) {
        // A name out of the list of rules is one.
        let _ = levels.set(rule.name, crate::gate::Level::Allow);
    }
}
