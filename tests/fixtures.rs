//! Rebuilds everything in `fixtures/bin` from source and compares. `BLESS=1` writes the files
//! instead. See `fixtures/README.md`.

#![allow(clippy::print_stderr, reason = "a skipped comparison says why")]

#[path = "support/fixture_build/mod.rs"]
mod fixture_build;
#[path = "support/fixtures.rs"]
mod fixtures;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use fixture_build::recipes::{ADAPTERS, RECIPES};
use fixture_build::toolchain::{Toolchain, local_folders};
use fixture_build::{Result, build_adapters, build_all, root};
use fixtures::{fixture, fixture_path};

const HELP: &str = "help: `BLESS=1 cargo test --test fixtures` writes the files anew";

/// More than this in the repository would be felt by everybody who clones it.
const TOTAL_LIMIT: usize = 6 << 20;

/// Rebuilds once, before any test looks at a file: with `BLESS` the files change.
fn rebuilt() -> std::result::Result<(), String> {
    static DONE: OnceLock<std::result::Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| rebuild().map_err(|error| error.to_string()))
        .clone()
}

fn rebuild() -> Result<()> {
    let toolchain = match Toolchain::find()? {
        Ok(toolchain) => toolchain,
        Err(reason) => {
            eprintln!("skipped: {reason}");
            return Ok(());
        }
    };
    let bless = std::env::var_os("BLESS").is_some_and(|value| value != "0");
    let (built, skipped) = build_all(&toolchain)?;
    for (name, reason) in skipped {
        eprintln!("skipped: {name}: {reason}");
    }
    let adapters = build_adapters(&toolchain)?;
    let built = built.iter().map(|file| (fixture_path(file.0), file));
    let adapters = adapters.iter().map(|file| (adapter_path(file.0), file));
    let mut different = Vec::new();
    for (path, (name, bytes)) in built.chain(adapters) {
        if std::fs::read(&path).ok().as_deref() == Some(bytes.as_slice()) {
            continue;
        }
        if bless {
            std::fs::write(&path, bytes)?;
        } else {
            different.push(*name);
        }
    }
    if different.is_empty() {
        return Ok(());
    }
    Err(format!("these files are not what their sources give: {different:?}\n{HELP}").into())
}

#[test]
fn sources_and_files_match() -> std::result::Result<(), String> {
    rebuilt()
}

fn adapter_path(name: &str) -> PathBuf {
    root().join("adapters/bin").join(name)
}

/// What ships inside the tool stays small, and knows nothing of the machine it was built on.
#[test]
fn adapters_are_small() -> Result<()> {
    rebuilt()?;
    for (name, ..) in ADAPTERS {
        let bytes = std::fs::read(adapter_path(name))?;
        let limit = if name.contains("files") {
            40 << 10
        } else {
            18 << 10
        };
        assert!(bytes.len() <= limit, "{name} has {} bytes", bytes.len());
        let needle = b"/cargo/registry";
        let found = bytes.windows(needle.len()).any(|part| part == needle);
        assert!(!found, "{name} has paths of sources");
    }
    let found = std::fs::read_dir(root().join("adapters/bin"))?.count();
    assert_eq!(found, ADAPTERS.len(), "adapters/bin and ADAPTERS");
    Ok(())
}

#[test]
fn every_file_has_a_recipe() -> Result<()> {
    rebuilt()?;
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("fixtures/bin"))? {
        found.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    let recipes = RECIPES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, recipes, "left: fixtures/bin, right: RECIPES");
    Ok(())
}

#[test]
fn the_readme_names_every_file() -> Result<()> {
    let readme = std::fs::read_to_string(root().join("fixtures/README.md"))?;
    let missing = |(name, _): &&(&str, _)| !readme.contains(&format!("`{name}`"));
    let missing: Vec<_> = RECIPES
        .iter()
        .filter(missing)
        .map(|(name, _)| name)
        .collect();
    assert!(missing.is_empty(), "not in fixtures/README.md: {missing:?}");
    Ok(())
}

#[test]
fn no_file_names_a_folder_of_the_machine() -> Result<()> {
    rebuilt()?;
    for (name, _) in RECIPES {
        let bytes = fixture(name);
        for folder in local_folders() {
            let needle = format!("{}/", folder.display());
            let found = bytes
                .windows(needle.len())
                .any(|part| part == needle.as_bytes());
            assert!(!found, "{name} contains the local path {needle}\n{HELP}");
        }
    }
    Ok(())
}

#[test]
fn stripped_files_have_no_custom_section_left() -> Result<()> {
    rebuilt()?;
    for name in ["shop-stripped.wasm", "std-env-stripped.wasm"] {
        let bytes = fixture(name);
        wasmparser::validate(&bytes)?;
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            if let wasmparser::Payload::CustomSection(section) = payload? {
                return Err(format!("{name} still has `{}`", section.name()).into());
            }
        }
    }
    Ok(())
}

#[test]
fn together_they_stay_small() -> Result<()> {
    rebuilt()?;
    let total: usize = RECIPES.iter().map(|(name, _)| fixture(name).len()).sum();
    assert!(
        total <= TOTAL_LIMIT,
        "fixtures/bin holds {total} bytes, limit {TOTAL_LIMIT}"
    );
    Ok(())
}
