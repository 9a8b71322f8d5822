//! The documents that wac-parser is tested with: whatever `wac` composes of them can be read,
//! written again with a proof, and taken apart and composed to the same graph.

use super::super::proof::{graph, rebuilt};
use gusset::binary::{Binary, Root};
use gusset::compose::{SplitError, encode, is_composition, prove, read, split};
use gusset::graph::Program;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use wac_graph::EncodeOptions;
use wac_graph::types::BorrowedPackageKey;
use wac_parser::Document;

fn documents(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).expect("documents");
    let files = files.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|e| e == "wac"))
        .collect();
    files.sort();
    files
}

/// What `wac` makes of a document: its packages stand in a folder beside it.
fn composed(path: &Path) -> Result<Vec<u8>, String> {
    let text = std::fs::read_to_string(path).expect("text");
    let document = Document::parse(&text).map_err(|error| error.to_string())?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for namespace in std::fs::read_dir(path.with_extension(""))
        .into_iter()
        .flatten()
    {
        let namespace = namespace.unwrap().path();
        for package in std::fs::read_dir(&namespace).into_iter().flatten() {
            let package = package.unwrap().path();
            let part = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
            let bytes = match package.extension().and_then(|e| e.to_str()) {
                Some("wat") => wat::parse_file(&package).map_err(|error| error.to_string())?,
                _ => wit_package(&package)?,
            };
            files.push((format!("{}:{}", part(&namespace), part(&package)), bytes));
        }
    }
    let mut packages = IndexMap::new();
    for (name, bytes) in &files {
        let key = BorrowedPackageKey::from_name_and_version(name, None);
        packages.insert(key, bytes.clone());
    }
    let resolved = document
        .resolve(packages)
        .map_err(|error| error.to_string())?;
    resolved
        .encode(EncodeOptions::default())
        .map_err(|error| error.to_string())
}

/// A package of WIT, as a binary.
fn wit_package(path: &Path) -> Result<Vec<u8>, String> {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_path(path).map_err(|error| error.to_string())?;
    wit_component::encode(&resolve, package).map_err(|error| error.to_string())
}

/// Compositions that are not taken apart, for limits that `docs/compose.md` names: an import that
/// is exported again, a function of an instance on its own, an instance as a whole.
const WHOLE_ONLY: [&str; 6] = [
    "instantiation.wac",
    "resources.wac",
    "spread-semver.wac",
    "let-statements.wac",
    "no-imports.wac",
    "targets-world.wac",
];

#[test]
fn what_wac_composes_is_read_and_taken_apart() {
    let tests = super::tests_of("wac-parser");
    let (mut valid, mut whole, mut unsplit) = (0, 0, Vec::new());
    for folder in ["encoding", "resolution", "parser"] {
        for path in documents(&tests.join(folder)) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = match composed(&path) {
                Ok(bytes) => bytes,
                // Documents that are parsed only name packages that are not there.
                Err(_) if folder == "parser" => continue,
                Err(error) => panic!("{name}: {error}"),
            };
            let binary = Binary::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            valid += 1;
            let Root::Component(root) = binary.root else {
                panic!("{name} is a component");
            };
            if !is_composition(binary.component(root)) {
                continue;
            }
            let wiring = read(&Program::link(&binary));
            let wiring = wiring.unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = encode(&wiring).unwrap_or_else(|error| panic!("{name}: {error}"));
            prove(&again, &wiring).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(graph(&bytes), graph(&again), "{name}");
            match split(&wiring) {
                Ok(_) => assert_eq!(graph(&bytes), graph(&rebuilt(&bytes)), "{name}"),
                Err(SplitError::Parts { .. }) => unsplit.push(name),
                Err(error) => panic!("{name}: {error}"),
            }
            whole += 1;
        }
    }
    assert_eq!((valid, whole), (21, 8));
    assert_eq!(unsplit, WHOLE_ONLY);
}
