//! `gusset split`

use super::compose::{Named, read_all};
use super::exit::Exit;
use super::input::{self, Source, show_path};
use super::output::{Target, say};
use super::{complain, written};
use crate::binary::Binary;
use crate::compose::{read, split};
use crate::graph::Program;
use std::path::PathBuf;

/// Take a composed binary apart: its components, and the `gusset.toml` that composes them
/// again.
#[derive(Debug, clap::Args)]
pub(super) struct Split {
    /// A composed component.
    file: PathBuf,

    /// The folder to write to; it is made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    out_dir: PathBuf,

    /// Refuse larger inputs without reading them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

impl Split {
    pub(super) fn run(&self) -> Exit {
        self.split().unwrap_or_else(|exit| exit)
    }

    fn split(&self) -> Result<Exit, Exit> {
        let source = std::iter::once((String::new(), Source::named(&self.file)));
        let mut read_ones = read_all(source, self.max_size)?;
        let one: Named = read_ones.remove(0);
        let failed = |message: String, help: Option<&str>| {
            complain(Some(&one.shown), &message, help);
            Exit::Failed
        };
        let binary = Binary::parse(&one.bytes)
            .map_err(|error| failed(error.to_string(), Some(error.help())))?;
        let wiring = read(&Program::link(&binary)).map_err(|e| failed(e.to_string(), None))?;
        let parts = split(&wiring).map_err(|e| failed(e.to_string(), None))?;
        if self.out_dir.join(super::project::WORKLOAD).exists() {
            let help = "name an empty folder, or remove the file first";
            let message = "there is a `gusset.toml` already";
            complain(Some(&show_path(&self.out_dir)), message, Some(help));
            return Err(Exit::Failed);
        }
        std::fs::create_dir_all(&self.out_dir).map_err(|error| {
            complain(Some(&show_path(&self.out_dir)), &error.to_string(), None);
            Exit::Failed
        })?;
        for (file, bytes) in &parts.components {
            let target = Target::File(self.out_dir.join(file));
            match written(target.write_binary(bytes)) {
                Exit::Clean => {}
                exit => return Err(exit),
            }
        }
        let target = Target::File(self.out_dir.join(super::project::WORKLOAD));
        let exit = written(target.write_text(&parts.workload));
        if exit == Exit::Clean {
            let (instances, files) = (wiring.nodes.len(), parts.components.len());
            let folder = show_path(&self.out_dir);
            say(&format!(
                "{folder}: {instances} instances of {files} components, and gusset.toml\n"
            ));
        }
        Ok(exit)
    }
}
