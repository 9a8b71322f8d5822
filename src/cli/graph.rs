//! `gusset graph`

use super::exit::Exit;
use super::input::{self, Source};
use super::load;
use super::output::Target;
use super::written;
use crate::report::inspect::{self, FileFacts};
use crate::report::picture;
use std::path::PathBuf;

/// The picture: instances as boxes, links as arrows.
#[derive(Debug, clap::Args)]
pub(super) struct Graph {
    /// A component or core module, or `-` for standard input.
    file: PathBuf,

    /// What to draw.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// Write here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Refuse larger inputs without reading them: a number and KiB, MiB or GiB.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A drawing for documents and reviews.
    #[default]
    Svg,
    /// Text for Graphviz.
    Dot,
    /// Text for Mermaid, as Markdown viewers draw it.
    Mermaid,
    /// A page of its own to pan, zoom, search and click.
    Html,
}

impl Graph {
    pub(super) fn run(&self) -> Exit {
        let inputs = std::slice::from_ref(&self.file);
        let target = match Target::of_report(self.output.as_deref(), inputs) {
            Ok(target) => target,
            Err(error) => return written(Err(error)),
        };
        let source = Source::named(&self.file);
        let drawn = load::one(source, self.max_size, &|path, binary| {
            inspect::picture(&FileFacts::new(path, binary))
        });
        match drawn {
            Ok(picture) => {
                let text = picture::render(&picture, self.format.into());
                written(target.write_text(&text))
            }
            Err(error) => error.complain(),
        }
    }
}

impl From<Format> for picture::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Svg => picture::Format::Svg,
            Format::Dot => picture::Format::Dot,
            Format::Mermaid => picture::Format::Mermaid,
            Format::Html => picture::Format::Html,
        }
    }
}
