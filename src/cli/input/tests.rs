//! Inputs against a real file system.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::read::read_stream;
use super::{InputError, Loaded, Origin, Source, collect, show_path};
use crate::cli::exit::Exit;

const MAX_SIZE: u64 = 1 << 30;
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A folder with these files in it.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn read(path: &Path) -> Result<Loaded, InputError> {
    Source::named(path).read(MAX_SIZE)
}

/// Reads the only file of a made-up folder.
fn read_one(name: &str, bytes: &[u8]) -> Result<Loaded, InputError> {
    read(&folder(&[(name, bytes)]).path().join(name))
}

/// What was collected, relative to `base`; errors as their message.
fn shown(base: &Path, found: &[Result<Source, InputError>]) -> Vec<String> {
    let base = format!("{}/", show_path(base));
    let line = |one: &Result<Source, InputError>| match one {
        Ok(source) => source.shown().to_owned(),
        Err(error) => format!("{}: {error}", error.path()),
    };
    found
        .iter()
        .map(|one| line(one).replace(&base, ""))
        .collect()
}

#[test]
fn a_binary_is_taken_whatever_its_name() {
    for name in ["a.wasm", "a.wat", "plain"] {
        let loaded = read_one(name, MODULE).unwrap();
        assert_eq!(loaded.bytes, MODULE);
        assert!(!loaded.from_text);
    }
}

#[test]
fn text_is_converted_whatever_its_name() {
    for (name, text) in [
        ("a.wat", "(module)"),
        ("plain", "\u{feff};; a mark and a comment\r\n(module)"),
    ] {
        let loaded = read_one(name, text.as_bytes()).unwrap();
        assert_eq!(loaded.bytes, MODULE);
        assert!(loaded.from_text);
    }
}

#[test]
fn an_error_in_text_has_file_line_column_and_snippet() {
    let error = read_one("bad.wat", b"(module\n  (funk))").unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, InputError::Text { .. }));
    assert!(message.contains("bad.wat:2:4"), "{message}");
    assert!(message.contains("  (funk))"), "{message}");
}

#[test]
fn deeply_nested_text_is_an_error_and_no_crash() {
    let text = "(".repeat(1 << 20);
    assert!(matches!(
        read_one("deep.wat", text.as_bytes()),
        Err(InputError::Text { .. })
    ));
}

#[test]
fn a_sparse_file_over_the_limit_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.wasm");
    File::create(&path).unwrap().set_len(2 << 30).unwrap();
    let error = read(&path).unwrap_err();
    assert_eq!(error.to_string(), "2 GiB is over the limit of 1 GiB");
    assert!(error.help().unwrap().contains("--max-size"));
}

#[test]
fn a_large_file_with_a_wrong_header_is_refused_by_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros.wasm");
    File::create(&path).unwrap().set_len(1 << 30).unwrap();
    let error = read(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not WebAssembly: it looks like nothing but zero bytes"
    );
}

#[test]
fn the_limit_itself_is_allowed() {
    let folder = folder(&[("a.wasm", MODULE)]);
    let source = Source::named(&folder.path().join("a.wasm"));
    assert!(source.read(8).is_ok());
    assert!(matches!(
        source.read(7),
        Err(InputError::TooLarge {
            size: Some(8),
            limit: 7,
            ..
        })
    ));
}

#[test]
fn a_picture_is_called_a_picture() {
    let error = read_one("logo.wasm", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not WebAssembly: it looks like a PNG image"
    );
    assert_eq!((error.offset(), error.exit()), (Some(0), Exit::Failed));
}

#[test]
fn an_empty_file_is_called_empty() {
    for name in ["a.wasm", "a.wat"] {
        assert!(matches!(read_one(name, b""), Err(InputError::Empty { .. })));
    }
}

#[test]
fn a_cut_off_header_says_where_it_ends() {
    let error = read_one("a.wasm", b"\0asm\x01").unwrap_err();
    assert!(matches!(error, InputError::Truncated { .. }));
    assert_eq!(error.offset(), Some(5));
}

#[test]
fn another_version_is_shown() {
    let old = read_one("a.wasm", b"\0asm\x0a\0\x01\0").unwrap_err();
    assert!(old.to_string().contains("0a 00 01 00"), "{old}");
    assert!(old.help().unwrap().contains("rebuild"));
}

#[test]
fn a_missing_file_is_not_found() {
    let error = read(Path::new("no/such/file.wasm")).unwrap_err();
    assert!(matches!(error, InputError::NotFound { .. }));
    assert_eq!(error.path(), "no/such/file.wasm");
}

#[test]
fn a_path_below_a_file_is_an_error() {
    let folder = folder(&[("a.wasm", MODULE)]);
    let error = read(&folder.path().join("a.wasm/b.wasm")).unwrap_err();
    assert_eq!(error.exit(), Exit::Failed);
}

#[test]
fn folders_are_walked_in_order_and_without_what_is_hidden() {
    let base = folder(&[
        ("z.wasm", MODULE),
        ("b/inner.wasm", MODULE),
        ("b.wasm", MODULE),
        ("a.wat", b"(module)"),
        ("notes.txt", b"-"),
        (".hidden.wasm", MODULE),
        (".git/x.wasm", MODULE),
        ("deep/er/UPPER.WASM", MODULE),
    ]);
    let (b, git) = (base.path().join("b.wasm"), base.path().join(".git"));
    let found = collect(&[&b, &base.path().to_owned(), &git, &b]);
    assert_eq!(
        shown(base.path(), &found),
        [
            "b.wasm",
            "b/inner.wasm",
            "b.wasm",
            "deep/er/UPPER.WASM",
            "z.wasm",
            ".git/x.wasm",
            "b.wasm"
        ]
    );
}

#[test]
fn a_folder_without_wasm_is_nothing_to_check() {
    let base = folder(&[("empty/a.wat", b"(module)"), ("b.wasm", MODULE)]);
    let paths = ["empty", "b.wasm"].map(|name| base.path().join(name));
    let found = collect(&paths);
    assert_eq!(
        shown(base.path(), &found),
        ["empty: no `.wasm` file in this folder", "b.wasm"]
    );
    assert_eq!(found[0].as_ref().unwrap_err().exit(), Exit::Nothing);
}

#[test]
fn standard_input_is_taken_once() {
    let found = collect(&["-", "./-", "-"]);
    assert_eq!(found[0].as_ref().unwrap().origin, Origin::Stdin);
    assert_ne!(found[1].as_ref().unwrap().origin, Origin::Stdin);
    assert!(matches!(found[2], Err(InputError::StdinTwice)));
}

#[test]
fn a_stream_is_cut_off_at_the_limit() {
    let mut endless = MODULE.chain(std::io::repeat(0));
    let error = read_stream(&mut endless, "<stdin>", false, 1 << 16).unwrap_err();
    assert_eq!(error.to_string(), "the stream is over the limit of 64 KiB");
    let mut zeros = std::io::repeat(0);
    let error = read_stream(&mut zeros, "<stdin>", false, MAX_SIZE).unwrap_err();
    assert!(matches!(error, InputError::NotWasm { .. }));
}

#[test]
fn a_path_cannot_speak_to_the_terminal() {
    assert_eq!(
        show_path(Path::new("a\x1b[2Jb\n.wasm")),
        "a\\u{1b}[2Jb\\n.wasm"
    );
    assert_eq!(show_path(&PathBuf::from("ü b.wasm")), "ü b.wasm");
}

#[cfg(unix)]
mod unix {
    use super::{MODULE, folder, read, shown};
    use crate::cli::exit::Exit;
    use crate::cli::input::{InputError, Source, collect};
    use std::ffi::OsStr;
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;
    use std::process::Command;

    fn pipe(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn a_pipe_is_read_with_a_cap() {
        let base = folder(&[]);
        let path = base.path().join("pipe");
        pipe(&path);
        let write = |bytes: Vec<u8>| {
            let path = path.clone();
            std::thread::spawn(move || {
                let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
                file.write_all(&bytes).is_ok()
            })
        };
        let writer = write(MODULE.to_vec());
        assert_eq!(read(&path).unwrap().bytes, MODULE);
        assert!(writer.join().unwrap());

        let writer = write([MODULE, &[0; 1 << 20]].concat());
        let error = Source::named(&path).read(1 << 10).unwrap_err();
        assert!(matches!(error, InputError::TooLarge { size: None, .. }));
        assert!(!writer.join().unwrap(), "the rest was read, too");
    }

    #[test]
    fn an_endless_device_is_refused() {
        let error = read(Path::new("/dev/zero")).unwrap_err();
        assert!(matches!(error, InputError::NotWasm { .. }), "{error}");
    }

    #[test]
    fn links_are_followed_and_loops_are_not() {
        let base = folder(&[("real/a.wasm", MODULE), ("walked/b.wasm", MODULE)]);
        let walked = base.path().join("walked");
        symlink("../real", walked.join("linked")).unwrap();
        symlink("../walked", base.path().join("real/back")).unwrap();
        symlink(".", walked.join("self")).unwrap();
        symlink("nowhere", walked.join("dangling")).unwrap();
        pipe(&walked.join("pipe.wasm"));
        assert_eq!(
            shown(base.path(), &collect(&[&walked])),
            ["walked/b.wasm", "walked/linked/a.wasm"]
        );
    }

    #[test]
    fn a_file_is_found_under_its_own_path_even_if_hidden_folders_are_linked() {
        let base = folder(&[("v2/a.wasm", MODULE), (".store/b.wasm", MODULE)]);
        symlink("v2", base.path().join("latest")).unwrap();
        symlink(".store", base.path().join("kept")).unwrap();
        symlink("v2/a.wasm", base.path().join("c.wasm")).unwrap();
        assert_eq!(
            shown(base.path(), &collect(&[base.path()])),
            ["c.wasm", "kept/b.wasm", "v2/a.wasm"]
        );
        let named = base.path().join("latest");
        assert_eq!(shown(base.path(), &collect(&[named])), ["latest/a.wasm"]);
    }

    #[test]
    fn a_dangling_link_to_wasm_is_reported() {
        let base = folder(&[("a.wasm", MODULE)]);
        symlink("nowhere", base.path().join("b.wasm")).unwrap();
        let found = collect(&[base.path()]);
        assert_eq!(
            shown(base.path(), &found),
            ["a.wasm", "b.wasm: no such file or folder"]
        );
        assert_eq!(found[1].as_ref().unwrap_err().exit(), Exit::Failed);
    }

    #[test]
    fn what_may_not_be_read_is_reported() {
        let base = folder(&[("closed/a.wasm", MODULE), ("b.wasm", MODULE)]);
        let (closed, file) = (base.path().join("closed"), base.path().join("b.wasm"));
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&closed, 0);
        set(&file, 0);
        // The superuser reads everything; there is nothing to see then.
        if fs::read(&file).is_err() {
            let found = collect(&[base.path()]);
            assert!(matches!(found[1], Err(InputError::Io { .. })), "{found:?}");
            assert!(matches!(read(&file), Err(InputError::Io { .. })));
        }
        set(&closed, 0o755);
    }

    #[test]
    fn a_name_that_is_no_text_is_shown_lossily_and_read() {
        let base = folder(&[]);
        let path = base.path().join(OsStr::from_bytes(b"\xff.wasm"));
        fs::write(&path, MODULE).unwrap();
        let found = collect(&[base.path()]);
        assert_eq!(shown(base.path(), &found), ["\u{fffd}.wasm"]);
        assert!(found[0].as_ref().unwrap().read(8).is_ok());
    }
}
