//! Valid modules and components from a generator through the analysis: deeper than bytes that
//! nobody arranged get.

#![no_main]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::report::inspect::{Detail, FileFacts, text};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use wasm_smith::{Component, Config, Module};

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::builtin().expect("the built-in catalogue reads"));

/// An environment, so that there is something to look for.
static IMPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
    wat::parse_str(text).expect("a valid module")
});

fn generate(entropy: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if entropy.ratio(1, 4)? {
        return Ok(Component::new(Config::default(), entropy)?.to_bytes());
    }
    let config = Config {
        available_imports: Some(IMPORTS.clone()),
        min_funcs: 2,
        min_exports: 1,
        ..Config::default()
    };
    Ok(Module::new(config, entropy)?.to_bytes())
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(bytes) = generate(&mut Unstructured::new(bytes)) else {
        return;
    };
    let Ok(binary) = Binary::parse(&bytes) else {
        return;
    };
    let facts = FileFacts::with_needs("generated.wasm", &binary, &CATALOGUE);
    let _ = text(&facts, Detail::All);
});
