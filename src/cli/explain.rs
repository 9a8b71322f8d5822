//! `gusset explain`

use super::catalogue::Catalogues;
use super::exit::Exit;
use super::input::{self, Source};
use super::load;
use super::output::Target;
use super::{complain, written};
use crate::report::explain::{self, Detail, Explanation};
use std::path::PathBuf;

/// Why a key is there, from the export to the host call; or why a verdict is open.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// A component or core module, or `-` for standard input.
    file: PathBuf,

    /// A key (`env:DATABASE_URL`), all keys of a kind (`config:*`), or a kind (`env`): its
    /// verdict and what was not resolved.
    need: String,

    /// Show every call of a key and every gap.
    #[arg(long)]
    all: bool,

    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    catalogues: Catalogues,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Refuse larger inputs without reading them: a number and KiB, MiB or GiB.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: `gusset.explain/1`.
    Json,
}

impl Explain {
    pub(super) fn run(&self) -> Exit {
        let inputs = std::slice::from_ref(&self.file);
        let target = match Target::of_report(self.output.as_deref(), inputs) {
            Ok(target) => target,
            Err(error) => return written(Err(error)),
        };
        let catalogue = match self.catalogues.load() {
            Ok(catalogue) => catalogue,
            Err(exit) => return exit,
        };
        let source = Source::named(&self.file);
        let explained = load::one(source, self.max_size, &|path, binary| {
            (
                path.to_string(),
                Explanation::of(path, binary, &catalogue, &self.need),
            )
        });
        match explained {
            Ok((_, Ok(facts))) => self.write(&target, &facts),
            Ok((path, Err(error))) => {
                complain(Some(&path), &error.message, error.help.as_deref());
                Exit::Failed
            }
            Err(error) => error.complain(),
        }
    }

    fn write(&self, target: &Target, facts: &Explanation) -> Exit {
        let detail = if self.all { Detail::All } else { Detail::Short };
        let text = match self.format {
            Format::Text => explain::text(facts, detail),
            Format::Json => match serde_json::to_string_pretty(facts) {
                Ok(json) => format!("{json}\n"),
                Err(error) => {
                    complain(None, &format!("cannot write JSON: {error}"), None);
                    return Exit::Failed;
                }
            },
        };
        written(target.write_text(&text))
    }
}
