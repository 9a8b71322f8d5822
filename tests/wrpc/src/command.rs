//! Workloads on disk, and the `gusset` command.

use crate::plan::Plan;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with a `gusset.toml`.
pub struct Workload {
    folder: TempDir,
}

/// A prebuilt fixture of the main package.
pub fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/bin").join(name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The command: that of `GUSSET`, or the one that the main package built last.
fn gusset() -> Result<Command> {
    let built = root().join("target/debug/gusset");
    let path = std::env::var_os("GUSSET").map_or(built, PathBuf::from);
    let path = path.canonicalize();
    let path =
        path.context("there is no `gusset`: run `cargo build`, or set GUSSET to its path")?;
    Ok(Command::new(path))
}

impl Workload {
    /// Components by name and file, a profile, and the rules of a `gusset.toml`.
    pub fn new(components: &[(&str, PathBuf)], profile: &str, rules: &str) -> Result<Workload> {
        let folder = TempDir::new()?;
        let mut text = format!("[workload]\nprofile = \"{profile}\"\n{rules}\n");
        for (name, file) in components {
            let kind = file.extension().and_then(|e| e.to_str()).unwrap_or("wasm");
            let inside = format!("{name}.{kind}");
            std::fs::copy(file, folder.path().join(&inside))
                .with_context(|| format!("{} cannot be copied", file.display()))?;
            text.push_str(&format!("[components.{name}]\npath = \"{inside}\"\n"));
        }
        std::fs::write(folder.path().join("gusset.toml"), text)?;
        Ok(Workload { folder })
    }

    /// Puts a file beside `gusset.toml`.
    pub fn add(&self, name: &str, text: &str) -> Result<()> {
        Ok(std::fs::write(self.folder.path().join(name), text)?)
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = gusset()?;
        command.current_dir(self.folder.path()).args(arguments);
        let output = command.output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("gusset {} failed: {said}", arguments.join(" "));
        }
        Ok(())
    }

    /// The plan.
    pub fn plan(&self) -> Result<Plan> {
        self.run(&["plan", "--format", "json", "-o", "plan.json"])?;
        Plan::read(&self.folder.path().join("plan.json"))
    }

    /// Builds the binaries of the plan; the folder that they are in.
    pub fn compose(&self) -> Result<PathBuf> {
        self.run(&["compose", "--plan", "plan.json", "--out-dir", "out"])?;
        Ok(self.folder.path().join("out"))
    }
}
