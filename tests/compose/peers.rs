//! The tests of other tools, as their authors publish them beside the crates that are compared
//! with here: read where cargo keeps their sources, so that none of them is copied.

#[path = "peers/documents.rs"]
mod documents;
#[path = "peers/dummy.rs"]
mod dummy;
#[path = "peers/wac_graphs.rs"]
mod wac_graphs;

use std::path::PathBuf;
use std::process::Command;

/// The folder of the tests of a crate, as published.
fn tests_of(krate: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {text}");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == krate);
    let package = package.unwrap_or_else(|| panic!("{krate} is no dependency"));
    let manifest = package["manifest_path"].as_str().expect("a path");
    let tests = PathBuf::from(manifest).with_file_name("tests");
    assert!(tests.is_dir(), "{} is not there", tests.display());
    tests
}
