//! Arbitrary bytes through the analysis.

#![no_main]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{Detail, FileFacts, text};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::builtin().expect("the built-in catalogue reads"));

fuzz_target!(|bytes: &[u8]| {
    let Ok(binary) = Binary::parse(bytes) else {
        return;
    };
    let facts = FileFacts::with_needs("input.wasm", &binary, &CATALOGUE);
    let _ = text(&facts, Detail::All);
});
