//! `gusset compose --plan`: the binaries of a link plan.

use super::compose::Named;
use super::exit::Exit;
use super::files::read_text;
use super::output::{Target, say};
use super::project::Project;
use super::{complain, written};
use crate::base::Sha256;
use crate::binary::Root;
use crate::binary::world::{ItemType, World, WorldError, WorldItem};
use crate::compose::{Package, Plan, build_with};
use crate::graph::Program;
use crate::plan::{self, Group, LinkPlan, SCHEMA};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

/// Reads a plan; says what is wrong with it.
pub(super) fn read_plan(path: &Path) -> Result<LinkPlan, Exit> {
    let text = read_text(path)?;
    let fail = |message: &str| {
        let help = "`gusset plan --format json` writes one";
        complain(Some(text.name()), message, Some(help));
        Exit::Failed
    };
    let plan =
        LinkPlan::of_json(text.text()).map_err(|error| fail(&format!("no link plan: {error}")))?;
    if plan.schema != SCHEMA {
        return Err(fail(&format!("this is `{}`, not `{SCHEMA}`", plan.schema)));
    }
    Ok(plan)
}

/// Holds the rules of a workload against a plan, which somebody may have edited.
pub(super) fn in_order(plan: &LinkPlan, project: &Project) -> Result<(), Exit> {
    let workload = &project.workload;
    let broken = plan::order_violations(plan, &workload.middleware);
    for problem in &broken {
        super::plan::complain_problem(problem, Some(&workload.source));
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(Exit::Failed),
    }
}

/// A binary of a plan.
pub(super) struct Fused<'p, 'n> {
    /// What the plan says of it.
    pub(super) group: &'p Group,
    /// Its bytes, proven to be what the plan says.
    pub(super) bytes: Cow<'n, [u8]>,
}

impl Fused<'_, '_> {
    /// The name of its file.
    pub(super) fn file(&self) -> String {
        format!("{}.wasm", self.group.name)
    }
}

/// Every binary of a plan. Says what is in the way.
pub(super) fn binaries<'p, 'n>(
    plan: &'p LinkPlan,
    named: &'n [Named],
) -> Result<Vec<Fused<'p, 'n>>, Exit> {
    let refuse = |message: String, help: &str| {
        complain(None, &message, Some(help));
        Exit::Failed
    };
    if !plan.holds() {
        let help = "`gusset plan` says what is missing";
        return Err(refuse("this plan does not hold".to_string(), help));
    }
    for component in &plan.components {
        let one = named.iter().find(|one| one.name == component.name);
        let same = one.map(|one| Sha256::of(&one.bytes).to_string() == component.sha256);
        let what = match same {
            Some(true) => continue,
            Some(false) => "is not the one that the plan was made from",
            None => "is not among the components",
        };
        let help = "make the plan again with `gusset plan --format json`";
        return Err(refuse(format!("`{}` {what}", component.name), help));
    }
    let mut names = BTreeSet::new();
    let mut done = Vec::new();
    for group in &plan.groups {
        let bytes = binary(plan, group, named).map_err(|message| {
            refuse(
                format!("`{}`: {message}", group.name),
                "nothing was written",
            )
        })?;
        let fused = Fused { group, bytes };
        let file = fused.file();
        if file.contains(['/', '\\']) || !names.insert(file.to_lowercase()) {
            let help = "names of components become names of files here";
            return Err(refuse(
                format!("`{file}` is no name for a file of its own"),
                help,
            ));
        }
        done.push(fused);
    }
    Ok(done)
}

/// Builds every binary of a plan into a folder.
pub(super) fn build(plan: &LinkPlan, named: &[Named], folder: &Path) -> Result<Exit, Exit> {
    let done = binaries(plan, named)?;
    if let Err(error) = std::fs::create_dir_all(folder) {
        let help = "name a folder that can be written";
        complain(None, &format!("{}: {error}", folder.display()), Some(help));
        return Err(Exit::Failed);
    }
    let mut exit = Exit::Clean;
    for fused in done {
        let path = folder.join(fused.file());
        let bytes = &fused.bytes;
        exit = exit.worst(written(Target::File(path.clone()).write_binary(bytes)));
        let inside = fused.group.instances.iter().map(|i| i.name.as_str());
        let inside: Vec<&str> = inside.collect();
        let size = bytes.len();
        say(&format!(
            "{}: {}, {size} bytes\n",
            path.display(),
            inside.join(" + ")
        ));
    }
    Ok(exit)
}

/// The bytes of one binary, proven to be what the plan says.
fn binary<'n>(plan: &LinkPlan, group: &Group, named: &'n [Named]) -> Result<Cow<'n, [u8]>, String> {
    let find = |component: &str| {
        let one = named.iter().find(|one| one.name == component);
        one.ok_or_else(|| format!("no component is called `{component}`"))
    };
    if let [only] = group.instances.as_slice() {
        return Ok(Cow::Borrowed(&find(&only.component)?.bytes));
    }
    let mut files = Vec::with_capacity(group.instances.len());
    for instance in &group.instances {
        files.push(find(&instance.component)?);
    }
    let parts = files.iter().map(|one| (&*one.name, &*one.bytes));
    let mut packages = Vec::with_capacity(files.len());
    for (instance, package) in group.instances.iter().zip(Package::parse_all(parts)) {
        let package = package.map_err(|error| error.to_string())?;
        packages.push((instance.name.clone(), package));
    }
    let links = plan::links(plan, group, &packages);
    let composed = Plan::resolve(plan::draft(packages, &links)).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("; ")
    })?;
    let (bytes, world) = build_with(&composed, world).map_err(|error| error.to_string())?;
    same_world(group, &world.map_err(|error| error.to_string())?)?;
    Ok(Cow::Owned(bytes))
}

/// The world of a component.
fn world(program: &Program<'_, '_>) -> Result<World, WorldError> {
    match program.binary.root {
        Root::Component(root) => program.binary.component(root).world(),
        // The proof has seen that it is none.
        Root::Module(_) => Ok(World::default()),
    }
}

/// The world of a binary is exactly that of its group; types stand beside what uses them.
fn same_world(group: &Group, made: &World) -> Result<(), String> {
    let names = |items: &indexmap::IndexMap<String, WorldItem>| {
        let items = items.iter();
        let items = items.filter(|(_, item)| !matches!(item.ty, ItemType::Type(_)));
        items.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>()
    };
    let planned: BTreeSet<String> = group.imports.iter().map(|i| i.name.clone()).collect();
    let differ = |what: &str, planned: &BTreeSet<String>, found: &BTreeSet<String>| {
        let odd: Vec<&str> = planned
            .symmetric_difference(found)
            .map(String::as_str)
            .collect();
        match odd.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "its {what} are not those of the plan: {}",
                odd.join(", ")
            )),
        }
    };
    differ("imports", &planned, &names(&made.imports))?;
    let planned: BTreeSet<String> = group.exports.iter().map(|e| e.name.clone()).collect();
    differ("exports", &planned, &names(&made.exports))
}
