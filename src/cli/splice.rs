//! `gusset splice`

use super::compose::{Named, ResultArgs, packages, read_all};
use super::exit::Exit;
use super::input::Source;
use super::{complain, names};
use crate::base::{ByteRange, Spanned};
use crate::binary::Binary;
use crate::compose::{Draft, read};
use crate::graph::Program;
use crate::workload::{Instancing, InterfacePattern, Middleware, Order};
use std::path::PathBuf;

/// Put middleware into a composed binary: on every edge of an interface, outermost first.
#[derive(Debug, clap::Args)]
pub(super) struct Splice {
    /// A composed component.
    file: PathBuf,

    /// A middleware: a component that imports and exports the interface. Several stand in
    /// the order given.
    #[arg(long = "with", value_name = "FILE", required = true)]
    with: Vec<PathBuf>,

    /// The interface; globs are allowed.
    #[arg(long, value_name = "INTERFACE", value_parser = InterfacePattern::parse)]
    on: InterfacePattern,

    /// Only edges of this consumer; `export` is the outside.
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,

    /// Only edges to this provider; `import` is the outside.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,

    /// An instance for each edge, instead of one for all edges to a provider.
    #[arg(long)]
    per_edge: bool,

    #[command(flatten)]
    result: ResultArgs,
}

impl Splice {
    pub(super) fn run(&self) -> Exit {
        self.splice().unwrap_or_else(|exit| exit)
    }

    fn splice(&self) -> Result<Exit, Exit> {
        let shown: Vec<String> = self
            .with
            .iter()
            .map(|path| Source::named(path).shown().to_string())
            .collect();
        let made = names::of(shown.iter().map(String::as_str));
        let sources = std::iter::once(("base".to_string(), Source::named(&self.file))).chain(
            made.into_iter()
                .zip(self.with.iter().map(|p| Source::named(p))),
        );
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
        let middleware = self.rules(&named);
        let draft = Draft {
            base: Some(wiring),
            parts: packages(&named)?,
            links: &[],
            middleware: &middleware,
        };
        self.result.finish(draft, None)
    }

    fn rules(&self, named: &[Named]) -> Vec<Middleware> {
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
                on: Spanned::new(self.on.clone(), nowhere),
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
