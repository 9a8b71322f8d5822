//! The guests' own cargo: the pinned compiler, its wasm targets, and an environment that
//! gives the same bytes on every machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Context, Result, root};

/// The targets that guests are built for.
const TARGETS: [&str; 3] = ["wasm32-unknown-unknown", "wasm32-wasip1", "wasm32-wasip2"];

/// Variables of the outer cargo that the inner one still needs: where crates come from.
const KEPT: [&str; 5] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
];

/// The pinned compiler, found on this machine.
pub(crate) struct Toolchain {
    cargo: PathBuf,
    sysroot: PathBuf,
    commit: String,
}

impl Toolchain {
    /// The compiler of this test run, or why it cannot rebuild the fixtures.
    pub(crate) fn find() -> Result<std::result::Result<Self, String>> {
        let pinned = pinned_version()?;
        let verbose = output(Command::new("rustc").arg("-vV").current_dir(root()))?;
        let field = |name: &str| {
            let line = verbose.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        let release = field("release:");
        if release != pinned {
            return Ok(Err(format!(
                "rustc is {release}, the fixtures are built with {pinned}: use rustup, so that \
                 rust-toolchain.toml decides"
            )));
        }
        let sysroot = output(
            Command::new("rustc")
                .args(["--print", "sysroot"])
                .current_dir(root()),
        )?;
        let toolchain = Self {
            cargo: std::env::var_os("CARGO").map_or_else(|| "cargo".into(), Into::into),
            sysroot: PathBuf::from(sysroot.trim()),
            commit: field("commit-hash:"),
        };
        toolchain.ensure_targets(&pinned)?;
        Ok(Ok(toolchain))
    }

    /// Installs the wasm targets that are missing. rustup does so by itself unless it was
    /// told not to (`RUSTUP_AUTO_INSTALL=0`).
    fn ensure_targets(&self, pinned: &str) -> Result<()> {
        let rustlib = self.sysroot.join("lib/rustlib");
        let missing = TARGETS.map(|target| (target, rustlib.join(target).join("lib").is_dir()));
        let missing: Vec<_> = missing.iter().filter(|(_, found)| !found).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let targets = missing.iter().map(|(target, _)| *target);
        output(
            Command::new("rustup")
                .args(["target", "add", "--toolchain", pinned])
                .args(targets),
        )
        .map(drop)
        .context(|| "the wasm targets are missing and cannot be installed".to_owned())
    }

    /// Builds all guests for all targets and returns the folder that has one folder for each
    /// target. Cargo decides what is still fresh.
    pub(crate) fn build_guests(&self) -> Result<PathBuf> {
        let target_dir = fixtures_target_dir()?;
        for group in super::recipes::BUILDS {
            let mut cargo = self.cargo("fixtures/guests");
            cargo
                .args(["build", "--locked", "--quiet"])
                .args(["--profile", group.profile, "--target", group.target])
                .arg("--target-dir")
                .arg(&target_dir)
                .args(group.packages.iter().flat_map(|package| ["-p", package]));
            output(&mut cargo).context(|| format!("cannot build guests for {}", group.target))?;
        }
        Ok(target_dir)
    }

    /// Builds a guest that ships inside the tool, with some of its features.
    pub(crate) fn build_adapter(&self, package: &str, features: &str) -> Result<Vec<u8>> {
        let target_dir = fixtures_target_dir()?;
        let mut cargo = self.cargo("");
        cargo
            .args(["build", "--locked", "--quiet", "-p", package])
            .args(["--features", features, "--profile", "adapter"])
            .args(["--target", TARGETS[0], "--target-dir"])
            .arg(&target_dir);
        output(&mut cargo).context(|| format!("cannot build {package}"))?;
        let file = format!("{}/adapter/{}.wasm", TARGETS[0], package.replace('-', "_"));
        super::read(&target_dir.join(file))
    }

    /// Cargo in a workspace, without what the outer cargo set and with flags that take this
    /// machine's folders out of the result.
    fn cargo(&self, workspace: &str) -> Command {
        let mut cargo = Command::new(&self.cargo);
        cargo.current_dir(root().join(workspace));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            let kept = KEPT.iter().any(|prefix| name.starts_with(prefix));
            if (name.starts_with("CARGO") && !kept)
                || (name.starts_with("RUST") && !name.starts_with("RUSTUP_"))
            {
                cargo.env_remove(name);
            }
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", self.rustflags());
        cargo
    }

    fn rustflags(&self) -> String {
        let remaps = [
            (root(), "/gusset".to_owned()),
            (cargo_home(), "/cargo".to_owned()),
            (
                self.sysroot.join("lib/rustlib/src/rust"),
                format!("/rustc/{}", self.commit),
            ),
        ];
        let flags = remaps.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
        flags.join("\u{1f}")
    }
}

/// Folders of this machine that must not show up in a fixture.
pub(crate) fn local_folders() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut folders = vec![root(), cargo_home()];
    folders.extend(home.filter(|home| home.components().count() > 1));
    folders
}

/// `target/fixtures` beside the folder that cargo gave this test.
pub(crate) fn fixtures_target_dir() -> Result<PathBuf> {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = tmp.parent().ok_or("CARGO_TARGET_TMPDIR has no parent")?;
    Ok(target.join("fixtures"))
}

fn cargo_home() -> PathBuf {
    std::env::var_os("CARGO_HOME").map_or_else(
        || {
            let home = std::env::var_os("HOME").unwrap_or_default();
            PathBuf::from(home).join(".cargo")
        },
        PathBuf::from,
    )
}

/// The `channel` of `rust-toolchain.toml`.
fn pinned_version() -> Result<String> {
    let path = root().join("rust-toolchain.toml");
    let text = String::from_utf8(super::read(&path)?)?;
    let channel = text.lines().find_map(|line| line.strip_prefix("channel"));
    channel
        .and_then(|rest| rest.split('"').nth(1))
        .map(str::to_owned)
        .ok_or_else(|| format!("no channel in {}", path.display()).into())
}

/// Runs a command and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().context(|| format!("cannot run {name}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&done.stderr);
    Err(format!("{name} failed ({}):\n{stderr}", done.status).into())
}
