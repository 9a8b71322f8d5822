//! `gusset profile`

mod derive;

use super::compose::read_all;
use super::exit::Exit;
use super::input::{self, Source};
use super::output::Target;
use super::{complain, profiles, written};
use crate::compose::PackageError;
use crate::plan::{FIT_SCHEMA, FitReport, Part, fit};
use crate::report::{plan, profile};
use crate::workload::Profile;
use crate::workload::profile::BUILTIN_PROFILES;
use std::path::{Path, PathBuf};

/// Host profiles: what a version of a host provides, calls and links.
#[derive(Debug, clap::Args)]
pub(super) struct ProfileCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the built-in profiles.
    List,
    /// Print what a profile says.
    Show(Show),
    /// Does a binary fit the host? What is there, what needs a declaration, what is missing.
    #[command(
        after_help = "Exit codes: 0 every import has somebody, 1 some have nobody, \
                            2 something could not be read."
    )]
    Check(Check),
    /// Write a profile that provides what the imports of a WIT world name, and calls its
    /// exports.
    Derive(derive::Derive),
}

#[derive(Debug, clap::Args)]
struct Show {
    /// A built-in profile, or the path of a file.
    name: String,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ShowFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ShowFormat {
    /// For people.
    #[default]
    Text,
    /// The file itself.
    Toml,
}

#[derive(Debug, clap::Args)]
struct Check {
    /// Components.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// A built-in profile, or the path of a file.
    #[arg(long, value_name = "PROFILE")]
    profile: String,

    /// List what the host has for everybody, too.
    #[arg(long)]
    all: bool,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: CheckFormat,

    /// Refuse larger inputs without reading them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: `gusset.fit/1`.
    Json,
}

impl ProfileCommand {
    pub(super) fn run(&self) -> Exit {
        let done = match &self.command {
            Command::List => list(),
            Command::Show(show) => show.run(),
            Command::Check(check) => check.run(),
            Command::Derive(derive) => derive.run(),
        };
        done.unwrap_or_else(|exit| exit)
    }
}

fn list() -> Result<Exit, Exit> {
    let names = BUILTIN_PROFILES.iter();
    let profiles = names.map(|(name, _)| profiles::find(name, Path::new("")));
    let profiles: Result<Vec<Profile>, Exit> = profiles.collect();
    let text = profile::list(&profiles?);
    Ok(written(Target::from_option(None).write_text(&text)))
}

impl Show {
    fn run(&self) -> Result<Exit, Exit> {
        let found = profiles::find(&self.name, Path::new(""))?;
        let text = match self.format {
            ShowFormat::Text => profile::show(&found),
            ShowFormat::Toml => found.source.text().to_string(),
        };
        Ok(written(Target::from_option(None).write_text(&text)))
    }
}

impl Check {
    fn run(&self) -> Result<Exit, Exit> {
        let profile = profiles::find(&self.profile, Path::new(""))?;
        let files = self.files.iter();
        let sources = files.map(|path| (input::show_path(path), Source::named(path)));
        let named = read_all(sources, self.max_size)?;
        let parts = parts(
            named
                .iter()
                .map(|one| (&*one.name, &*one.shown, &*one.bytes)),
        )?;
        let mut report = FitReport {
            schema: FIT_SCHEMA.to_string(),
            profile: profile.name.value.clone(),
            files: Vec::new(),
        };
        for part in &parts {
            report.files.push(fit(&profile, &part.name, part));
        }
        let text = match self.format {
            CheckFormat::Text => plan::fit_text(&report, self.all),
            CheckFormat::Json => json(report.to_json())?,
        };
        let exit = written(Target::from_option(None).write_text(&text));
        Ok(match report.files.iter().all(|file| file.fits()) {
            true => exit,
            false => exit.worst(Exit::Refused),
        })
    }
}

/// A text in JSON, or the complaint that there is none.
pub(super) fn json(written: serde_json::Result<String>) -> Result<String, Exit> {
    written.map_err(|error| {
        complain(None, &format!("cannot write JSON: {error}"), None);
        Exit::Failed
    })
}

/// Components with their calls: name, path for messages and bytes. Complains about each that
/// is none.
pub(super) fn parts<'a>(
    named: impl Iterator<Item = (&'a str, &'a str, &'a [u8])>,
) -> Result<Vec<Part<'a>>, Exit> {
    let mut parts = Vec::new();
    let mut failed = false;
    for (name, shown, bytes) in named {
        match Part::parse(name, bytes) {
            Ok(part) => parts.push(part),
            Err(error) => {
                let help = match &error {
                    PackageError::Parse(error) => Some(error.help()),
                    _ => None,
                };
                complain(Some(shown), &error.to_string(), help);
                failed = true;
            }
        }
    }
    match failed {
        true => Err(Exit::Failed),
        false => Ok(parts),
    }
}
