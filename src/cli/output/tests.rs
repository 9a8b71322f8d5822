//! Output files against a real file system.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]

use std::fs;
use std::path::Path;

use super::{OutputError, Target, binary_may_go};

fn to(path: &Path) -> Target {
    Target::from_option(Some(path))
}

/// The names in a folder, to see that no temporary file stays behind.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_option_names_the_target() {
    assert_eq!(
        Target::from_option(None),
        Target::Stdout { explicit: false }
    );
    assert_eq!(to(Path::new("-")), Target::Stdout { explicit: true });
    assert_eq!(to(Path::new("./-")), Target::File("./-".into()));
}

#[test]
fn bytes_reach_a_terminal_only_on_request() {
    assert!(matches!(
        binary_may_go(false, true),
        Err(OutputError::Terminal)
    ));
    assert!(binary_may_go(true, true).is_ok());
    assert!(binary_may_go(false, false).is_ok());
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wasm");
    to(&path).write_binary(b"a longer first version").unwrap();
    to(&path).write_binary(b"second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"second");
    assert_eq!(names(folder.path()), ["out.wasm"]);
}

#[test]
fn text_in_a_file_has_no_colour() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.txt");
    to(&path).write_text("\x1b[1mbold\x1b[0m é\n").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "bold é\n");
}

#[test]
fn a_missing_folder_is_named_as_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let error = to(&folder.path().join("no/out"))
        .write_text("x")
        .unwrap_err();
    assert_eq!(error.help(), Some("the folder must exist"));
    assert!(!error.to_string().contains(".gusset-"), "{error}");
}

#[test]
fn a_folder_is_no_output_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = to(folder.path()).write_text("x").unwrap_err();
    assert_eq!(error.help(), Some("name a file in this folder"));
}

#[test]
fn a_read_only_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    fs::write(&path, "kept").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let error = to(&path).write_text("x").unwrap_err();
    assert!(matches!(error, OutputError::ReadOnly { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"kept");
}

#[cfg(unix)]
mod unix {
    use super::{names, to};
    use std::fs;
    use std::io::Read as _;
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    use std::path::Path;
    use std::process::Command;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_is_as_public_as_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        fs::write(&theirs, "").unwrap();
        to(&ours).write_text("x").unwrap();
        assert_eq!(mode(&ours), mode(&theirs));
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
        to(&path).write_text("x").unwrap();
        assert_eq!(mode(&path), 0o751);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, file) = (folder.path().join("link"), folder.path().join("file"));
        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        to(&link).write_text("new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_device_stays_a_device() {
        to(Path::new("/dev/null")).write_binary(b"gone").unwrap();
        let kind = fs::metadata("/dev/null").unwrap().file_type();
        assert!(kind.is_char_device());
    }

    #[test]
    fn a_pipe_is_written_to_and_may_close_early() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || {
                let mut start = [0; 4];
                let mut file = fs::File::open(pipe).unwrap();
                file.read_exact(&mut start).unwrap();
                start
            })
        };
        // Far more than a pipe holds, so that the writer is still busy when it closes.
        to(&pipe).write_binary(&[7; 1 << 20]).unwrap();
        assert_eq!(reader.join().unwrap(), [7; 4]);
        assert_eq!(names(folder.path()), ["pipe"]);
    }
}
