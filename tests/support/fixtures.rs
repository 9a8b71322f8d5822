//! The prebuilt files in `fixtures/bin`, by name. Include with
//! `#[path = "support/fixtures.rs"] mod fixtures;`.

#![allow(dead_code, reason = "each test uses the part it needs")]

use std::path::PathBuf;

/// Where `name` is, for tests that hand a path to the binary.
pub(crate) fn fixture_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "bin", name]
        .iter()
        .collect()
}

/// The bytes of `name`, for example `shop.wasm`. `fixtures/README.md` says what is in each.
#[allow(clippy::panic, reason = "a test without its fixture cannot go on")]
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = fixture_path(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "cannot read {}: {error}\nhelp: `BLESS=1 cargo test --test fixtures` builds it",
            path.display()
        )
    })
}
