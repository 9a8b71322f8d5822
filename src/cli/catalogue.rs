//! The catalogue that a command works with: the built-in one, and files of the user.

use super::exit::Exit;
use super::{complain, files};
use crate::catalogue::Catalogue;
use std::path::PathBuf;

/// Catalogue files given on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Catalogues {
    /// A file that adds to the catalogue of interfaces; may be given several times.
    #[arg(long, value_name = "FILE")]
    catalogue: Vec<PathBuf>,
}

const HELP: &str = "docs/catalogue.md describes the format; `override = true` replaces a row \
                    that stands already";

impl Catalogues {
    /// The built-in catalogue with all files added, in their order. Says what is wrong with
    /// one of them.
    pub(super) fn load(&self) -> Result<Catalogue, Exit> {
        let mut catalogue = Catalogue::builtin().map_err(|error| {
            complain(None, &error.to_string(), None);
            Exit::Failed
        })?;
        for file in &self.catalogue {
            let text = files::read_text(file)?;
            let extended = catalogue.extend(text.name(), text.text());
            extended.map_err(|error| {
                complain(None, &error.to_string(), Some(HELP));
                Exit::Failed
            })?;
        }
        Ok(catalogue)
    }
}
