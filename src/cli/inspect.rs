//! `gusset inspect`

use super::analysis::KeptArgs;
use super::exit::Exit;
use super::load::{Files, Loaded};
use super::output::Target;
use super::{complain, written};
use crate::report::inspect::{self, Detail, FileEntry, Inspection};
use std::path::PathBuf;

/// What a binary is: world, instances inside, who provides what, and what is never called.
#[derive(Debug, clap::Args)]
pub(super) struct Inspect {
    #[command(flatten)]
    files: Files,

    /// List every function, instance, module and section.
    #[arg(long)]
    all: bool,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    kept: KeptArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: a page for one file, a table for many.
    #[default]
    Text,
    /// For machines: `gusset.inspect/1`.
    Json,
    /// The world as WIT, with the documentation that the binary embeds.
    Wit,
}

impl Inspect {
    pub(super) fn run(&self) -> Exit {
        if let Err(error) = Target::of_report(self.output.as_deref(), self.files.named()) {
            return written(Err(error));
        }
        match self.format {
            Format::Text => self.text(),
            Format::Json => self.json(),
            Format::Wit => self.wit(),
        }
    }

    fn facts(&self) -> Result<Vec<Loaded>, Exit> {
        let analyser = self.kept.analyser(&[], self.files.max_size())?;
        Ok(self
            .files
            .each(|path, binary| analyser.inspect(path, binary)))
    }

    fn write(&self, text: &str) -> Exit {
        written(Target::from_option(self.output.as_deref()).write_text(text))
    }

    fn text(&self) -> Exit {
        let loaded = match self.facts() {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        let many = loaded.len() > 1;
        let mut exit = Exit::Clean;
        let mut facts = Vec::new();
        for result in loaded {
            match result {
                Ok(found) => facts.push(found),
                Err(error) => exit = exit.worst(error.complain()),
            }
        }
        let detail = if self.all { Detail::All } else { Detail::Short };
        let text = match (many && !self.all, facts.as_slice()) {
            (_, []) => return exit,
            (true, facts) => inspect::table(facts),
            (false, facts) => {
                let pages: Vec<String> = facts.iter().map(|f| inspect::text(f, detail)).collect();
                pages.join("\n")
            }
        };
        exit.worst(self.write(&text))
    }

    fn json(&self) -> Exit {
        let mut exit = Exit::Clean;
        let mut files = Vec::new();
        let loaded = match self.facts() {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        for result in loaded {
            files.push(match result {
                Ok(facts) => FileEntry::Facts(Box::new(facts)),
                Err(error) => {
                    exit = exit.worst(error.complain());
                    FileEntry::Failed(error.failure())
                }
            });
        }
        let inspection = Inspection {
            schema: inspect::SCHEMA,
            files,
        };
        match serde_json::to_string_pretty(&inspection) {
            Ok(json) => exit.worst(self.write(&format!("{json}\n"))),
            Err(error) => {
                complain(None, &format!("cannot write JSON: {error}"), None);
                Exit::Failed
            }
        }
    }

    fn wit(&self) -> Exit {
        let mut exit = Exit::Clean;
        let mut worlds = Vec::new();
        let loaded = self
            .files
            .each(|path, binary| (path.to_string(), binary.wit()));
        let many = loaded.len() > 1;
        for result in loaded {
            match result {
                Ok((path, Ok(wit))) => worlds.push(match many {
                    true => format!("// {path}\n\n{wit}"),
                    false => wit,
                }),
                Ok((path, Err(error))) => {
                    let help = "`gusset inspect` without `--format wit` lists imports and exports";
                    complain(Some(&path), &error.to_string(), Some(help));
                    exit = Exit::Failed;
                }
                Err(error) => exit = exit.worst(error.complain()),
            }
        }
        if worlds.is_empty() {
            return exit;
        }
        exit.worst(self.write(&worlds.join("\n")))
    }
}
