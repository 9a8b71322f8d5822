//! `gusset compose`

use super::exit::Exit;
use super::input::{self, Loaded, Source, show_path};
use super::output::{Target, say};
use super::project::{Project, ProjectArgs};
use super::{complain, fused, names, plan, routes, virt, written};
use crate::base::SourceFile;
use crate::compose::{Draft, Package, PackageError, Plan, PlanError, build, wac};
use crate::plan::LinkPlan;
use crate::report::compose::{PlanView, wac_text};
use crate::report::picture;
use crate::workload::InterfacePattern;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

/// Build a composition: from `gusset.toml`, or from components named here.
#[derive(Debug, clap::Args)]
pub(super) struct Compose {
    /// Components, instead of those of a workload: `PATH`, or `NAME=PATH`.
    #[arg(value_name = "FILE")]
    files: Vec<String>,

    #[command(flatten)]
    project: ProjectArgs,

    /// Build the binaries of a link plan, as `gusset plan --format json` writes it.
    #[arg(long, value_name = "FILE", requires = "out_dir", conflicts_with_all = ["output", "dry_run"])]
    plan: Option<PathBuf>,

    /// The folder for the binaries of the plan.
    #[arg(long, value_name = "DIR", requires = "plan")]
    out_dir: Option<PathBuf>,

    #[command(flatten)]
    result: ResultArgs,
}

/// What becomes of a plan.
#[derive(Debug, clap::Args)]
pub(super) struct ResultArgs {
    /// Write the composed component here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print the plan and write nothing else.
    #[arg(long)]
    dry_run: bool,

    /// Write the composition as WAC, the language of `wac`, instead of composing it.
    #[arg(long, conflicts_with = "dry_run")]
    emit_wac: bool,

    /// How to print the plan.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        requires = "dry_run"
    )]
    format: Format,

    /// Refuse a composition that imports anything else, so that a provider that is missing is an
    /// error; globs are allowed, as in `wasi:*`. May be given several times.
    #[arg(long, value_name = "INTERFACE", value_parser = InterfacePattern::parse)]
    only_import: Vec<InterfacePattern>,

    /// Refuse larger inputs without reading them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    pub(super) max_size: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: `gusset.compose/1`.
    Json,
    /// A drawing for documents and reviews.
    Svg,
    /// Text for Graphviz.
    Dot,
    /// Text for Mermaid, as Markdown viewers draw it.
    Mermaid,
    /// A page of its own to pan, zoom, search and click.
    Html,
}

/// A component that was read: its name, path and bytes.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) shown: String,
    pub(super) bytes: Vec<u8>,
}

impl Compose {
    pub(super) fn run(&self) -> Exit {
        self.compose().unwrap_or_else(|exit| exit)
    }

    fn compose(&self) -> Result<Exit, Exit> {
        if let (Some(plan), Some(folder)) = (&self.plan, &self.out_dir) {
            let plan = fused::read_plan(plan)?;
            let named = match self.files.is_empty() {
                true => of_plan(&plan, &self.project.open()?, self.result.max_size)?,
                false => of_arguments(&self.files, self.result.max_size)?,
            };
            return fused::build(&plan, &named, folder);
        }
        if self.files.is_empty() {
            let project = self.project.open()?;
            let mut named = of_workload(&project, self.result.max_size)?;
            let workload = &project.workload;
            let profile = plan::profile(None, Some(&project))?;
            let routed = routes::add(&project, profile.as_ref(), &mut named)?;
            let parts = packages(&named)?;
            let draft = Draft {
                base: None,
                parts,
                links: &routed.links,
                middleware: &workload.middleware,
            };
            return self.result.finish(draft, Some(&workload.source), &named);
        }
        let named = of_arguments(&self.files, self.result.max_size)?;
        let draft = Draft {
            base: None,
            parts: packages(&named)?,
            links: &[],
            middleware: &[],
        };
        self.result.finish(draft, None, &named)
    }
}

/// The components of a workload that a plan is made of, those that gusset makes included.
pub(super) fn of_plan(
    plan: &LinkPlan,
    project: &Project,
    max_size: u64,
) -> Result<Vec<Named>, Exit> {
    let mut named = of_workload(project, max_size)?;
    if plan.components.iter().any(|one| one.generated) {
        routes::make(&project.workload, &mut named)?;
    }
    fused::in_order(plan, project)?;
    Ok(named)
}

/// The components of a workload, virtualized where it says so.
pub(super) fn of_workload(project: &Project, max_size: u64) -> Result<Vec<Named>, Exit> {
    let components = &project.workload.components;
    if components.is_empty() {
        let help = "declare one as `[components.NAME]`";
        let file = project.workload.source.name();
        complain(Some(file), "no component is declared", Some(help));
        return Err(Exit::Nothing);
    }
    let components = components.iter();
    let sources = components.map(|c| (c.name.value.clone(), project.binary(c)));
    let mut named = read_all(sources, max_size)?;
    for table in &project.workload.virt {
        let mut all = named.iter_mut();
        if let Some(one) = all.find(|one| one.name == table.component.value) {
            virt::of_table(table, one, project, max_size)?;
        }
    }
    Ok(named)
}

/// Components on the command line: `PATH`, or `NAME=PATH`.
pub(super) fn of_arguments(files: &[String], max_size: u64) -> Result<Vec<Named>, Exit> {
    let split: Vec<(Option<&str>, &str)> = files
        .iter()
        .map(|argument| match argument.split_once('=') {
            Some((name, path)) if !Path::new(argument).exists() => (Some(name), path),
            _ => (None, argument.as_str()),
        })
        .collect();
    let made = names::of(split.iter().map(|(_, path)| *path));
    let sources = split.iter().zip(made).map(|((name, path), made)| {
        let name = name.map_or(made, str::to_string);
        (name, Source::named(Path::new(path)))
    });
    let named = read_all(sources, max_size)?;
    for (position, one) in named.iter().enumerate() {
        if named[..position].iter().any(|other| other.name == one.name) {
            let message = format!("two components are called `{}`", one.name);
            complain(Some(&one.shown), &message, Some("name them as NAME=PATH"));
            return Err(Exit::Failed);
        }
    }
    Ok(named)
}

/// Reads every component, or complains about each that cannot be read.
pub(super) fn read_all(
    sources: impl Iterator<Item = (String, Source)>,
    max_size: u64,
) -> Result<Vec<Named>, Exit> {
    let mut named = Vec::new();
    let mut failed = false;
    for (name, source) in sources {
        match source.read(max_size) {
            Ok(Loaded { bytes, .. }) => named.push(Named {
                name,
                shown: source.shown().to_string(),
                bytes,
            }),
            Err(error) => {
                complain(Some(error.path()), &error.to_string(), error.help());
                failed = true;
            }
        }
    }
    if failed { Err(Exit::Failed) } else { Ok(named) }
}

/// The components as packages, or a complaint about each that is none.
pub(super) fn packages(named: &[Named]) -> Result<Vec<(String, Package<'_>)>, Exit> {
    let mut packages = Vec::with_capacity(named.len());
    let mut failed = false;
    let parts = named.iter().map(|one| (&*one.name, &*one.bytes));
    for (one, package) in named.iter().zip(Package::parse_all(parts)) {
        match package {
            Ok(package) => packages.push((one.name.clone(), package)),
            Err(error) => {
                let help = match &error {
                    PackageError::Parse(error) => Some(error.help()),
                    _ => None,
                };
                complain(Some(&one.shown), &error.to_string(), help);
                failed = true;
            }
        }
    }
    if failed {
        Err(Exit::Failed)
    } else {
        Ok(packages)
    }
}

impl ResultArgs {
    /// Plans, writes and proves. `named` has the files of the parts.
    pub(super) fn finish(
        &self,
        draft: Draft<'_, '_>,
        source: Option<&SourceFile>,
        named: &[Named],
    ) -> Result<Exit, Exit> {
        let plan = Plan::resolve(draft).map_err(|errors| {
            for error in &errors {
                complain_plan(error, source);
            }
            Exit::Failed
        })?;
        self.closed(&plan)?;
        let view = PlanView::of(&plan);
        if self.dry_run {
            let draw = |format| picture::render(&view.picture(), format);
            let text = match self.format {
                Format::Text => view.to_text(),
                Format::Json => view.to_json().map_err(|error| {
                    complain(None, &error.to_string(), None);
                    Exit::Failed
                })?,
                Format::Svg => draw(picture::Format::Svg),
                Format::Dot => draw(picture::Format::Dot),
                Format::Mermaid => draw(picture::Format::Mermaid),
                Format::Html => draw(picture::Format::Html),
            };
            return Ok(written(self.target().write_text(&text)));
        }
        for note in &plan.notes {
            say(&format!("note: {note}\n"));
        }
        if self.emit_wac {
            let text = emit_wac(&plan, named)?;
            return Ok(written(self.target().write_text(&text)));
        }
        let bytes = build(&plan).map_err(|error| {
            let help = "this is a defect of gusset, and nothing was written";
            complain(None, &error.to_string(), Some(help));
            Exit::Failed
        })?;
        let exit = written(self.target().write_binary(&bytes));
        if let (Exit::Clean, Some(path)) = (exit, &self.output) {
            let count = plan.wiring().nodes.len();
            let s = if count == 1 { "" } else { "s" };
            let size = bytes.len();
            let path = show_path(path);
            say(&format!(
                "{path}: {count} instance{s}, {size} bytes, order proven\n"
            ));
            let open = open_imports(&plan.imports());
            if !open.is_empty() {
                say(&format!("left to the host: {open}\n"));
            }
        }
        Ok(exit)
    }

    /// Whether nothing is imported but what may be.
    fn closed(&self, plan: &Plan<'_>) -> Result<(), Exit> {
        if self.only_import.is_empty() {
            return Ok(());
        }
        let mut exit = Ok(());
        for (import, users) in plan.imports() {
            let item = plan.wiring().world.imports.get(import);
            let implements = item.and_then(|item| item.attributes.implements.as_deref());
            let named = implements.unwrap_or(import);
            if self.only_import.iter().any(|may| may.matches(named)) {
                continue;
            }
            let users: Vec<String> = users.iter().map(|user| format!("`{user}`")).collect();
            let verb = if users.len() == 1 {
                "imports"
            } else {
                "import"
            };
            let message = format!(
                "{} {verb} `{import}`, and no component provides it",
                users.join(" and ")
            );
            let help = "add a component that exports it, or allow it with `--only-import`";
            complain(None, &message, Some(help));
            exit = Err(Exit::Failed);
        }
        exit
    }

    fn target(&self) -> Target {
        Target::from_option(self.output.as_deref())
    }
}

/// Imports for a line of text: the interfaces of one package together.
fn open_imports(imports: &[(&str, Vec<&str>)]) -> String {
    let mut packages: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for (import, _) in imports {
        let package = import
            .split_once('/')
            .map_or(*import, |(package, _)| package);
        packages.entry(package).or_default().push(import);
    }
    let shown = packages.iter().map(|(package, imports)| match imports[..] {
        [only] => only.to_string(),
        _ => format!("{package} ({} interfaces)", imports.len()),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A plan as WAC, after a line for each package that says where it is.
fn emit_wac(plan: &Plan<'_>, named: &[Named]) -> Result<String, Exit> {
    let wac = wac(plan.wiring()).map_err(|error| {
        let help = "leave `--emit-wac` out to compose it here";
        complain(None, &error.to_string(), Some(help));
        Exit::Failed
    })?;
    let place = |package: usize| {
        let known = plan.part(package)?;
        let file = named.iter().find(|one| one.name == known)?;
        Some(file.shown.clone())
    };
    Ok(wac_text(&wac, place))
}

/// Says why a plan cannot be made, with the places of the workload that say so.
fn complain_plan(error: &PlanError, source: Option<&SourceFile>) {
    let mut message = error.to_string();
    let places = error.places();
    let mut at = None;
    if let Some(source) = source {
        match places.as_slice() {
            [(span, _)] if !span.is_empty() => at = Some(source.place(*span)),
            _ => {
                for (span, text) in &places {
                    message.push_str(&format!("\n  {text}   {}", source.place(*span)));
                }
            }
        }
    } else {
        for (_, text) in places.iter().filter(|(_, text)| !text.is_empty()) {
            message.push_str(&format!("\n  {text}"));
        }
    }
    complain(at.as_deref(), &message, error.help().as_deref());
}
