//! What a user sees: messages and exit codes of the program.

use crate::fixtures::{fixture, fixture_path};
use serde_json::Value;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn gusset(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gusset"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The command fails with code 2, and says why about the path.
fn refused(path: &Path, why: &str) {
    let shown = path.to_str().unwrap();
    for command in [
        &["inspect"][..],
        &["inspect", "--format", "wit"],
        &["graph"],
    ] {
        let output = gusset(&[command, &[shown]].concat());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{command:?} {message}");
        assert!(output.stdout.is_empty(), "{command:?}");
        assert!(
            message.contains(shown) && message.contains(why),
            "{message}"
        );
    }
    let output = gusset(&["inspect", "--format", "json", shown]);
    assert_eq!(output.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let error = &json["files"][0]["error"];
    assert!(error["message"].as_str().unwrap().contains(why), "{json}");
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_bad_file_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    refused(&folder.join("none.wasm"), "no such file");
    refused(&written(folder, "empty.wasm", b""), "empty");
    refused(&written(folder, "short.wasm", b"\0asm\x0d"), "5 bytes");
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    refused(&written(folder, "picture.wasm", png), "PNG");
    refused(
        &written(folder, "new.wasm", b"\0asm\x0e\0\x01\0"),
        "version",
    );
    refused(
        &written(folder, "layer.wasm", b"\0asm\x0d\0\x02\0"),
        "version",
    );
    let half = &fixture("never-called.wasm")[..400];
    refused(&written(folder, "half.wasm", half), "truncated");
    let huge = b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f";
    refused(&written(folder, "huge.wasm", huge), "offset");
    refused(&written(folder, "bad.wat", b"(module (func $f"), "text");
    // A path through a file cannot be read by anybody, whatever their rights.
    let through = written(folder, "file", b"x").join("a.wasm");
    refused(&through, "cannot be read");
}

#[cfg(unix)]
#[test]
fn a_link_to_itself_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("loop.wasm");
    std::os::unix::fs::symlink(&link, &link).unwrap();
    refused(&link, "cannot be read");
}

#[test]
fn a_sparse_file_of_2_gib_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, header) in [
        ("zeros.wasm", &b""[..]),
        ("component.wasm", b"\0asm\x0d\0\x01\0"),
    ] {
        let path = folder.path().join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(header).unwrap();
        file.set_len(2 << 30).unwrap();
        let start = Instant::now();
        refused(&path, "over the limit of 1 GiB");
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    let small = fixture_path("unused.wasm");
    let output = gusset(&["inspect", "--max-size", "1KiB", small.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--max-size"));
}

#[test]
fn a_folder_without_wasm_is_nothing_to_check() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "readme.txt", b"no wasm here");
    for format in ["text", "json"] {
        let path = folder.path().to_str().unwrap();
        let output = gusset(&["inspect", "--format", format, path]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    }
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let bad = written(folder.path(), "bad.wasm", b"\0asm\x0d\0\x01\0\x07\x05");
    let (one, two) = (fixture_path("unused.wasm"), fixture_path("nested.wasm"));
    let paths = [&one, &bad, &two].map(|p| p.to_str().unwrap());

    let output = gusset(&[&["inspect", "--format", "json"], &paths[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = json["files"].as_array().unwrap();
    let shown: Vec<&str> = files.iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(shown, paths);
    assert_eq!(files[0]["kind"], "component");
    assert_eq!(files[2]["kind"], "component");
    let error = &files[1]["error"];
    assert!(
        error["message"].as_str().unwrap().contains("truncated"),
        "{error}"
    );
    assert!(
        error["offset"].is_u64() && error["help"].is_string(),
        "{error}"
    );

    let output = gusset(&[&["inspect"], &paths[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("unused.wasm") && text.contains("nested.wasm"),
        "{text}"
    );
    assert!(stderr(&output).contains("bad.wasm"));
}
