//! Real files: nothing is left unresolved, and what it was resolved to.

use crate::fixtures::fixture;
use crate::programs::{core_imports, folder, linked, notes, unresolved};
use gusset::binary::Binary;
use gusset::report::inspect::FileFacts;

/// Links every file of a folder; all of them must come out without a gap and without notes.
/// Returns how many there were.
fn all_resolved(path: &str) -> usize {
    let Some(files) = folder(path) else {
        eprintln!("skipped: {path} is not here");
        return 0;
    };
    for (name, path) in &files {
        let bytes = std::fs::read(path).unwrap();
        linked(&bytes, |program| {
            let unresolved = unresolved(program);
            assert!(unresolved.is_empty(), "{name}: {unresolved:#?}");
            assert_eq!(notes(program), [""; 0], "{name}");
        });
    }
    files.len()
}

#[test]
fn every_fixture_is_resolved() {
    let count = all_resolved("fixtures/bin");
    assert!(count >= 25, "only {count} fixtures");
}

#[test]
fn every_corpus_file_is_resolved() {
    let count = all_resolved("../shared/corpus/bin");
    eprintln!("{count} corpus files");
}

fn snapshot(name: &str) {
    let text = linked(&fixture(name), core_imports);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = format!("core-imports-{}", name.trim_end_matches(".wasm"));
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn imports_of_labels() {
    snapshot("labels.wasm");
}

#[test]
fn imports_of_shop() {
    snapshot("shop.wasm");
}

#[test]
fn imports_of_orders() {
    snapshot("orders.wasm");
}

#[test]
fn imports_of_shared_everything() {
    snapshot("shared-everything.wasm");
}

#[test]
fn imports_of_c_getenv_with_the_preview_1_adapter() {
    snapshot("c-getenv-component.wasm");
}

#[test]
fn imports_of_feed() {
    snapshot("feed.wasm");
}

/// Every function of a shim module has one exact target.
#[test]
fn shims_are_followed() {
    let mut trampolines = 0;
    for (name, path) in folder("fixtures/bin").unwrap() {
        linked(&std::fs::read(path).unwrap(), |program| {
            let ids = program
                .instances
                .iter()
                .flat_map(|i| i.core.iter().copied());
            for id in ids {
                let instance = program.core_instance(id);
                let module = program.binary.module(instance.module);
                // The name that wit-component gives to the table of its shims.
                if module.export("$imports").is_none() {
                    continue;
                }
                for body in 0..module.bodies.len() {
                    let t = module.scan.trampoline(body).unwrap();
                    let target = program.trampoline_target(id, t);
                    assert!(target.is_some(), "{name} {} {t:?}", instance.path);
                    trampolines += 1;
                }
            }
        });
    }
    assert!(trampolines > 50, "{trampolines}");
}

#[test]
fn linking_twice_gives_the_same() {
    for (name, path) in folder("fixtures/bin").unwrap() {
        let bytes = std::fs::read(path).unwrap();
        let facts = || {
            let binary = Binary::parse(&bytes).unwrap();
            serde_json::to_string(&FileFacts::new(&name, &binary)).unwrap()
        };
        let first = facts();
        assert!((0..3).all(|_| facts() == first), "{name}");
    }
}
