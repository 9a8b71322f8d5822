//! What is in the cache is not analysed again, and what is damaged is.

#![allow(clippy::unwrap_used)]

use super::*;
use std::fs;
use std::path::Path;

fn analyser(cache: Option<Cache>) -> Analyser {
    Analyser::new(Catalogue::builtin().unwrap(), cache, 1 << 20)
}

fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn runs(analyser: &Analyser) -> usize {
    analyser.analysed.load(Ordering::Relaxed)
}

#[test]
fn equal_files_are_analysed_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for index in 0..12 {
        let text = format!("(component (import \"f{}\" (func)))", index % 3);
        let path = folder.path().join(format!("{index}.wasm"));
        fs::write(&path, binary(&text)).unwrap();
        sources.push(Ok(Source::named(&path)));
    }
    let analyser = analyser(None);
    let found = analyser.all(sources);
    let names: Vec<String> = found
        .iter()
        .map(|found| found.as_ref().unwrap().facts.imports[0].name.clone())
        .collect();
    let expected: Vec<String> = (0..12).map(|index| format!("f{}", index % 3)).collect();
    assert_eq!(names, expected, "the order of the inputs");
    assert_eq!(runs(&analyser), 3);
}

#[test]
fn what_is_no_wasm_is_an_error_each_time() {
    let analyser = analyser(None);
    for _ in 0..2 {
        assert!(analyser.facts(b"\0asm\x0d\0\x01\0\xff").is_err());
    }
}

fn facts(folder: &Path, executable: &[u8], catalogue: &[SourceFile]) -> (Arc<Facts>, usize) {
    let analyser = analyser(Some(Cache::made_by(folder, executable, catalogue)));
    let facts = analyser.facts(&binary("(component (import \"f\" (func)))"));
    (facts.unwrap(), runs(&analyser))
}

#[test]
fn a_second_run_takes_what_the_first_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (first, runs) = facts(folder.path(), b"gusset", &[]);
    assert_eq!(runs, 1);
    let (second, runs) = facts(folder.path(), b"gusset", &[]);
    assert_eq!((second, runs), (first, 0));
}

#[test]
fn what_inspect_shows_is_kept_beside_the_facts() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/bin/logger.wasm"
    ))
    .unwrap();
    let binary = Binary::parse(&bytes).unwrap();
    let cache = || Some(Cache::made_by(folder.path(), b"gusset", &[]));
    let inspected =
        |analyser: &Analyser| serde_json::to_string(&analyser.inspect("a.wasm", &binary)).unwrap();
    let direct = FileFacts::with_needs("a.wasm", &binary, &Catalogue::builtin().unwrap());
    let direct = serde_json::to_string(&direct).unwrap();
    let first = analyser(cache());
    assert_eq!(inspected(&first), direct);
    assert_eq!(inspected(&first), direct);
    assert_eq!(runs(&first), 1);
    let second = analyser(cache());
    assert_eq!(inspected(&second), direct);
    assert_eq!(runs(&second), 0);
    second.facts(&bytes).unwrap();
    assert_eq!(runs(&second), 1, "the facts of the gate are another entry");
}

#[test]
fn another_gusset_or_catalogue_takes_nothing_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = |text: &str| [SourceFile::new("a.toml", text)];
    assert_eq!(facts(folder.path(), b"gusset", &[]).1, 1);
    assert_eq!(facts(folder.path(), b"another", &[]).1, 1);
    assert_eq!(facts(folder.path(), b"gusset", &catalogue("a")).1, 1);
    assert_eq!(facts(folder.path(), b"gusset", &catalogue("b")).1, 1);
    assert_eq!(facts(folder.path(), b"gusset", &catalogue("b")).1, 0);
}

#[test]
fn a_damaged_or_foreign_entry_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (good, _) = facts(folder.path(), b"gusset", &[]);
    let entry = fs::read_dir(folder.path()).unwrap().next().unwrap();
    let path = entry.unwrap().path();
    let whole = fs::read(&path).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let (header, json) = text.split_once('\n').unwrap();
    let mut bad: Vec<Vec<u8>> = Vec::new();
    // Cut anywhere, or with one bit turned over.
    for at in (0..whole.len()).step_by(7) {
        bad.push(whole[..at].to_vec());
        let mut turned = whole.clone();
        turned[at] ^= 1;
        bad.push(turned);
    }
    // The facts about another file, whole, under the name of this one.
    let other = binary("(component (import \"g\" (func)))");
    let other_folder = tempfile::tempdir().unwrap();
    let cache = Cache::made_by(other_folder.path(), b"gusset", &[]);
    analyser(Some(cache)).facts(&other).unwrap();
    let foreign = fs::read_dir(other_folder.path()).unwrap().next().unwrap();
    let foreign = fs::read_to_string(foreign.unwrap().path()).unwrap();
    bad.push(foreign.clone().into_bytes());
    // Their JSON under this header, and this JSON with a field more, checksums recomputed.
    let reheaded = |json: &str| {
        let sum = Sha256::of(json.as_bytes());
        let (before, _) = header.rsplit_once('=').unwrap();
        format!("{before}={sum}\n{json}").into_bytes()
    };
    let (_, foreign_json) = foreign.split_once('\n').unwrap();
    bad.push(reheaded(foreign_json));
    bad.push(reheaded(&json.replacen('{', "{\"more\":1,", 1)));
    bad.push(reheaded("null"));
    assert_eq!(reheaded(json), whole, "the helper makes whole entries");
    for bytes in bad {
        fs::write(&path, &bytes).unwrap();
        let (found, runs) = facts(folder.path(), b"gusset", &[]);
        assert_eq!(runs, 1, "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(found, good);
        assert_eq!(fs::read(&path).unwrap(), whole, "it was not repaired");
    }
}

#[test]
fn a_folder_that_cannot_be_used_costs_nothing_but_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Cache::open(&file, &[]).is_none());
    let gone = Cache::made_by(&folder.path().join("gone"), b"gusset", &[]);
    let analyser = analyser(Some(gone));
    assert!(analyser.facts(&binary("(component)")).is_ok());
}
