//! `gusset profile derive`

use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::cli::input::show_path;
use crate::cli::output::Target;
use crate::cli::written;
use crate::report::profile;
use std::path::PathBuf;
use wit_parser::{Resolve, WorldItem};

/// What to derive a profile from.
#[derive(Debug, clap::Args)]
pub(super) struct Derive {
    /// A WIT file, a folder with a package, or a component that is one.
    #[arg(long, value_name = "PATH")]
    wit: PathBuf,

    /// The world; the only one of the package without.
    #[arg(long, value_name = "WORLD")]
    world: Option<String>,

    /// The name of the profile; that of the world without.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Derive {
    pub(super) fn run(&self) -> Result<Exit, Exit> {
        let shown = show_path(&self.wit);
        let failed = |what: String, help: Option<&str>| {
            complain(Some(&shown), &what, help);
            Exit::Failed
        };
        let mut resolve = Resolve::default();
        let pushed = resolve.push_path(&self.wit);
        let (package, _) = pushed.map_err(|error| failed(format!("{error:#}"), None))?;
        let world = resolve
            .select_world(&[package], self.world.as_deref())
            .map_err(|error| failed(format!("{error:#}"), Some("name one with `--world`")))?;
        let world = &resolve.worlds[world];
        let names = |items: &indexmap::IndexMap<wit_parser::WorldKey, WorldItem>| {
            let items = items.iter();
            // A type is no more than a name for what an interface has.
            let items = items.filter(|(_, item)| !matches!(item, WorldItem::Type { .. }));
            let names = items.map(|(key, _)| resolve.name_world_key(key));
            names.collect::<Vec<String>>()
        };
        let id = match world.package {
            Some(package) => {
                let package = &resolve.packages[package].name;
                format!("{}:{}/{}", package.namespace, package.name, world.name)
            }
            None => world.name.clone(),
        };
        let summary = format!("provides the imports of the world `{id}`, and calls its exports");
        let text = profile::derived(
            self.name.as_deref().unwrap_or(&world.name),
            &summary,
            &names(&world.imports),
            &names(&world.exports),
        );
        Ok(written(
            Target::from_option(self.output.as_deref()).write_text(&text),
        ))
    }
}
