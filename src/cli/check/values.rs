//! `--values`: a file with values, of which only the names are kept.

use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::cli::files::read_text;
use crate::workload::Values;
use std::path::Path;

/// Reads a file; says where it is wrong, never what stands there.
pub(super) fn read(path: &Path) -> Result<Values, Exit> {
    let source = read_text(path)?;
    let is_toml = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    let values = match is_toml {
        true => Values::toml(&source),
        false => Values::dotenv(&source),
    };
    values.map_err(|error| {
        let place = format!("{}:{}:{}", source.name(), error.at.line, error.at.column);
        let help = match is_toml {
            true => "tables are kinds: `[env]`, `[config]`, `[secret]`",
            false => "lines are `NAME=value`; a file with another form ends in `.toml`",
        };
        complain(Some(&place), &error.to_string(), Some(help));
        Exit::Failed
    })
}
