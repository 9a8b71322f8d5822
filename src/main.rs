//! The `gusset` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gusset::cli::run()
}
