//! The command line, case by case: every `tests/cli/**/*.case` says what to run, and the
//! files beside it say what must come out. `tests/cli/README.md` describes the format.
//!
//! `BLESS=1 cargo test --test cli` takes the present output as the expected one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

#[path = "support/cli/mod.rs"]
mod support;

use support::files::{cases, strays};
use support::run::Runner;
use support::selftest;

/// What one case may take.
const TIMEOUT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let runner = Runner {
        program: env!("CARGO_BIN_EXE_gusset").into(),
        root: root.clone(),
        bless: std::env::var_os("BLESS").is_some_and(|value| value == "1"),
        timeout: TIMEOUT,
    };
    let mut trials = Vec::new();
    for (name, check) in selftest::checks() {
        let name = format!("harness: {name}");
        trials.push(Trial::test(name, move || check().map_err(Failed::from)));
    }
    match suite(&runner, &root.join("tests/cli")) {
        Ok(suite) => trials.extend(suite),
        Err(error) => trials.push(Trial::test("tests/cli", move || Err(error.into()))),
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn suite(runner: &Runner, folder: &Path) -> Result<Vec<Trial>, std::io::Error> {
    let mut trials = Vec::new();
    for path in cases(folder)? {
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .with_extension("");
        let runner = runner.clone();
        let name = name.to_string_lossy().replace('\\', "/");
        trials.push(Trial::test(name, move || {
            runner.play(&path).map_err(Failed::from)
        }));
    }
    let (folder, bless) = (folder.to_owned(), runner.bless);
    trials.push(Trial::test("no file is left over", move || {
        let strays = strays(&folder, bless).map_err(|error| error.to_string())?;
        if strays.is_empty() {
            Ok(())
        } else {
            Err(strays.join("\n").into())
        }
    }));
    Ok(trials)
}
