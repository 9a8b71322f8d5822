//! The C program, with the clang and the libc that come inside zig: one download, the same
//! everywhere (`pip install ziglang==0.17.0`).

use std::process::Command;

use super::toolchain::{fixtures_target_dir, output};
use super::{Context, Result, read, root};

/// Another version brings another libc and so other bytes.
const ZIG_VERSION: &str = "0.17.0";

/// What came of an attempt to compile.
pub(crate) enum Outcome {
    /// The module.
    Built(Vec<u8>),
    /// Nothing: why the compiler cannot be used.
    NoCompiler(String),
}

/// Compiles the program in `fixtures/c` whose name is the stem of `name`.
pub(crate) fn build(name: &str) -> Result<Outcome> {
    let Some(mut zig) = zig() else {
        return Ok(Outcome::NoCompiler(format!(
            "zig {ZIG_VERSION} is not here: `pip install ziglang=={ZIG_VERSION}` brings it"
        )));
    };
    let source = std::path::Path::new(name).with_extension("c");
    let folder = fixtures_target_dir()?.join("c");
    std::fs::create_dir_all(&folder).context(|| format!("cannot create {}", folder.display()))?;
    let module = folder.join(name);
    zig.args([
        "cc",
        "-target",
        "wasm32-wasi",
        "-Os",
        "-g0",
        "-Wl,--strip-debug",
        "-o",
    ])
    .arg(&module)
    .arg(source)
    .current_dir(root().join("fixtures/c"));
    output(&mut zig)?;
    read(&module).map(Outcome::Built)
}

/// `zig` itself or the one in the Python package, when the version is right.
fn zig() -> Option<Command> {
    let direct = || Command::new("zig");
    let in_python = || {
        let mut python = Command::new("python3");
        python.args(["-m", "ziglang"]);
        python
    };
    let makers: [&dyn Fn() -> Command; 2] = [&direct, &in_python];
    let fits = |make: &&&dyn Fn() -> Command| {
        output(make().arg("version")).is_ok_and(|version| version.trim() == ZIG_VERSION)
    };
    makers.iter().find(fits).map(|make| make())
}
