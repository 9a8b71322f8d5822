//! `gusset splice`

use super::compose::{Named, ResultArgs, packages, read_all};
use super::exit::Exit;
use super::input::Source;
use super::project::Project;
use super::{complain, names};
use crate::base::{ByteRange, Spanned};
use crate::binary::Binary;
use crate::compose::{Draft, read};
use crate::graph::Program;
use crate::workload::{Component, Instancing, InterfacePattern, Middleware, Order};
use std::path::PathBuf;

/// Put middleware into a composed binary: on every edge of an interface, outermost first.
#[derive(Debug, clap::Args)]
pub(super) struct Splice {
    /// A composed component.
    file: PathBuf,

    /// A middleware: a component that imports and exports the interface. Several stand in
    /// the order given.
    #[arg(
        long = "with",
        value_name = "FILE",
        required_unless_present = "rules",
        requires = "on"
    )]
    with: Vec<PathBuf>,

    /// The interface; globs are allowed.
    #[arg(long, value_name = "INTERFACE", value_parser = InterfacePattern::parse)]
    on: Option<InterfacePattern>,

    /// A TOML file whose `[components]` and `[[middleware]]` are what is put in, instead of
    /// `--with` and `--on`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["with", "on"])]
    rules: Option<PathBuf>,

    /// Only edges of this consumer; `export` is the outside.
    #[arg(long, value_name = "NAME", requires = "with")]
    consumer: Option<String>,

    /// Only edges to this provider; `import` is the outside.
    #[arg(long, value_name = "NAME", requires = "with")]
    provider: Option<String>,

    /// An instance for each edge, instead of one for all edges to a provider.
    #[arg(long, requires = "with")]
    per_edge: bool,

    #[command(flatten)]
    result: ResultArgs,
}

impl Splice {
    pub(super) fn run(&self) -> Exit {
        self.splice().unwrap_or_else(|exit| exit)
    }

    fn splice(&self) -> Result<Exit, Exit> {
        let project = self.rules.as_deref().map(Project::at).transpose()?;
        let parts: Vec<(String, Source)> = match &project {
            Some(project) => {
                let components = project.workload.components.iter();
                let source = |c: &Component| (c.name.value.clone(), project.binary(c));
                components.map(source).collect()
            }
            None => {
                let sources: Vec<Source> = self.with.iter().map(|p| Source::named(p)).collect();
                let made = names::of(sources.iter().map(Source::shown));
                made.into_iter().zip(sources).collect()
            }
        };
        let base = ("base".to_string(), Source::named(&self.file));
        let sources = std::iter::once(base).chain(parts);
        let mut named = read_all(sources, self.result.max_size)?;
        let base: Named = named.remove(0);
        let binary = Binary::parse(&base.bytes).map_err(|error| {
            complain(Some(&base.shown), &error.to_string(), Some(error.help()));
            Exit::Failed
        })?;
        let wiring = read(&Program::link(&binary)).map_err(|error| {
            let help = "a single component becomes a composition with `gusset compose`";
            complain(Some(&base.shown), &error.to_string(), Some(help));
            Exit::Failed
        })?;
        let made = self.made_rules(&named);
        let workload = project.as_ref().map(|project| &project.workload);
        let middleware = workload.map_or(made.as_slice(), |w| w.middleware.as_slice());
        if let (Some(workload), true) = (workload, middleware.is_empty()) {
            let help = "it needs `[components]` and `[[middleware]]`";
            complain(
                Some(workload.source.name()),
                "no middleware is here",
                Some(help),
            );
            return Err(Exit::Failed);
        }
        let draft = Draft {
            base: Some(wiring),
            parts: packages(&named)?,
            links: workload.map_or(&[], |w| w.links.as_slice()),
            middleware,
        };
        let source = workload.map(|w| &*w.source);
        self.result.finish(draft, source, &named)
    }

    /// The rules that the command line says.
    fn made_rules(&self, named: &[Named]) -> Vec<Middleware> {
        let Some(on) = &self.on else {
            return Vec::new();
        };
        let nowhere = ByteRange::new(0, 0);
        let side = |name: &Option<String>| {
            let name = name.as_ref();
            name.map(|name| Spanned::new(crate::base::Glob::new(name), nowhere))
        };
        let rule = |(position, one): (usize, &Named)| {
            let after = named[..position].iter().map(|other| {
                let before = Order::After(other.name.clone());
                Spanned::new(before, nowhere)
            });
            Middleware {
                span: nowhere,
                component: Spanned::new(one.name.clone(), nowhere),
                on: Spanned::new(on.clone(), nowhere),
                consumer: side(&self.consumer),
                provider: side(&self.provider),
                order: after.collect(),
                unique: false,
                requires: Vec::new(),
                conflicts: Vec::new(),
                instance: match self.per_edge {
                    true => Instancing::PerEdge,
                    false => Instancing::Shared,
                },
                optional: false,
            }
        };
        named.iter().enumerate().map(rule).collect()
    }
}
