//! Files of the host, seen in part.

use crate::fixtures::fixture;
use crate::run::{Done, Host};
use crate::surroundings::virtualized;
use gusset::virt::{Spec, View, apply};
use std::error::Error;
use std::path::Path;

type Outcome = Result<(), Box<dyn Error>>;

fn view(read_only: bool, folders: &[(&str, &str)]) -> Spec {
    let folders = folders.iter();
    let folders: Vec<_> = folders
        .map(|(guest, host)| (guest.to_string(), host.to_string()))
        .collect();
    Spec {
        files: View {
            read_only,
            folders: (!folders.is_empty()).then_some(folders),
        },
        ..Spec::default()
    }
}

fn host(lines: &[&str], folders: &[(&Path, &str, bool)]) -> Host {
    let args: Vec<&str> = std::iter::once("files")
        .chain(lines.iter().copied())
        .collect();
    let mut host = Host::with_args(&args);
    host.folders = folders
        .iter()
        .map(|(path, name, write)| (path.to_path_buf(), name.to_string(), *write))
        .collect();
    host
}

/// `d` with files and links, `secret` beside it.
fn tree(around: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(around.join("d/app/deep"))?;
    for (name, text) in [
        ("secret", "never to be seen"),
        ("d/outside", "never to be seen"),
        ("d/app/a.txt", "alpha"),
        ("d/app/deep/b.txt", "beta"),
    ] {
        std::fs::write(around.join(name), text)?;
    }
    for (link, to) in [
        ("d/app/up", "../outside"),
        ("d/app/absolute", "/etc/passwd"),
        ("d/app/inside", "deep/b.txt"),
        ("d/linked", "app"),
    ] {
        std::os::unix::fs::symlink(to, around.join(link))?;
    }
    Ok(())
}

const CHANGES: &[&str] = &[
    "read /d/app/a.txt",
    "tail /d/app/a.txt -3",
    "list /d/app",
    "write /d/app/a.txt no",
    "append /d/app/a.txt no",
    "new /d/app/new no",
    "cut /d/app/a.txt 1",
    "mkdir /d/new",
    "rmdir /d/app/deep",
    "rm /d/app/a.txt",
    "mv /d/app/a.txt /d/b.txt",
    "ln /d/app/a.txt /d/b.txt",
    "copy /d/app/a.txt /d/b.txt",
    "patch /d/app/a.txt 0 no",
    "read /d/app/a.txt",
    "list /d",
    "read /d/app/deep/../a.txt",
    "read /d/../secret",
];

fn lines(done: &Done) -> Vec<&str> {
    done.stdout.lines().collect()
}

/// What can be written, seen read-only, is as what the host gives for reading only.
#[test]
fn nothing_can_be_changed() -> Outcome {
    let around = tempfile::tempdir()?;
    tree(around.path())?;
    let d = around.path().join("d");
    let bytes = fixture("std-tools.wasm");
    let applied = virtualized(&bytes, &view(true, &[]));
    let virt = host(CHANGES, &[(&d, "/d", true)]).run(&applied.bytes)?;
    let plain = host(CHANGES, &[(&d, "/d", false)]).run(&bytes)?;
    assert_eq!(lines(&plain), lines(&virt));
    assert_eq!(std::fs::read(d.join("app/a.txt"))?, b"alpha");
    assert!(!d.join("new").exists() && !d.join("b.txt").exists());
    // Seen through two views it is the same.
    let twice = virtualized(&applied.bytes, &view(true, &[]));
    let again = host(CHANGES, &[(&d, "/d", true)]).run(&twice.bytes)?;
    assert_eq!(lines(&virt), lines(&again));
    Ok(())
}

/// Ways out of a folder, each of which must fail as on a host that gives that folder alone.
const ESCAPES: &[&str] = &[
    "read /a.txt",
    "read /deep/b.txt",
    "read /inside",
    "list /",
    "write /made yes",
    "read /made",
    "rm /made",
    "read /../secret",
    "read /../outside",
    "read /..",
    "list /..",
    "read /deep/../../outside",
    "read /up",
    "read /absolute",
    "read /etc/passwd",
    "read /d/outside",
    "read a.txt",
    "read ../outside",
    "read /a.txt/",
    "read /a.txt/../a.txt",
    "read ",
    "read /",
    "read /a\\0b",
    "read /\\xff\\xfe",
    "read /x*300",
    "read /x*5000",
    "mv /a.txt /../outside",
    "ln /a.txt /../stolen",
    "mkdir /../made",
];

#[test]
fn a_folder_inside_of_one_is_the_root() -> Outcome {
    let around = tempfile::tempdir()?;
    tree(around.path())?;
    let d = around.path().join("d");
    let app = d.join("app");
    let bytes = fixture("std-tools.wasm");
    let applied = virtualized(&bytes, &view(false, &[("/", "/d/app")]));
    let plain = host(ESCAPES, &[(&app, "/", true)]).run(&bytes)?;
    // The folder of the host may be called otherwise, and others may be there.
    for (name, path) in [
        ("/d", "/d/app"),
        ("/", "/app"),
        (".", "app"),
        ("/d/", "/d/app"),
    ] {
        let applied = virtualized(&bytes, &view(false, &[("/", path)]));
        let folders = [
            (around.path(), "/elsewhere", true),
            (d.as_path(), name, true),
        ];
        let virt = host(ESCAPES, &folders).run(&applied.bytes)?;
        assert_eq!(lines(&plain), lines(&virt), "{name}");
        assert!(!virt.stdout.contains("never to be seen"), "{}", virt.stdout);
    }
    // What is not there is not given: a folder without a name, and one behind a link.
    for (path, folder) in [("/d/app", "/other"), ("/d/ap", "/d"), ("/d/linked", "/d")] {
        let applied = virtualized(&bytes, &view(false, &[("/", path)]));
        let virt = host(&["read /a.txt"], &[(&d, folder, true)]).run(&applied.bytes)?;
        assert!(!virt.stdout.contains("alpha"), "{path}: {}", virt.stdout);
    }
    drop(applied);
    Ok(())
}

#[test]
fn several_folders_and_only_to_read() -> Outcome {
    let around = tempfile::tempdir()?;
    tree(around.path())?;
    let d = around.path().join("d");
    let spec = view(
        true,
        &[
            ("/x", "/d/app/deep"),
            ("/y/z", "/d/app"),
            ("/no", "/d/missing"),
        ],
    );
    let applied = virtualized(&fixture("std-tools.wasm"), &spec);
    let script = [
        "read /x/b.txt",
        "read /y/z/a.txt",
        "read /d/outside",
        "read /x/../a.txt",
        "read /no/a",
        "write /x/b.txt no",
        "write /y/z/new no",
        "mkdir /y/z/new",
    ];
    let done = host(&script, &[(&d, "/d", true)]).run(&applied.bytes)?;
    let lines = lines(&done);
    assert_eq!(lines[0], "read /x/b.txt: \"beta\"");
    assert_eq!(lines[1], "read /y/z/a.txt: \"alpha\"");
    assert_eq!(lines.len(), script.len());
    for line in &lines[2..] {
        assert!(line.contains("error"), "{line}");
    }
    assert_eq!(std::fs::read(d.join("app/deep/b.txt"))?, b"beta");
    Ok(())
}

#[test]
fn views_that_cannot_be() {
    let bytes = fixture("std-tools.wasm");
    let error = |spec: &Spec| match apply("tool", &bytes, spec) {
        Ok(_) => panic!("this must be refused"),
        Err(error) => error.to_string(),
    };
    for path in ["d", "/d/../e", "/a//b", "/.", "/a\0"] {
        assert!(error(&view(false, &[(path, "/d")])).contains("no folder of a component"));
    }
    for path in ["", "/d/..", "d//e", "./d"] {
        assert!(error(&view(false, &[("/", path)])).contains("no folder of the host"));
    }
    assert!(error(&view(false, &[("/", "/d"), ("/", "/e")])).contains("given twice"));
    let mut both = view(true, &[]);
    both.deny = crate::surroundings::deny("wasi:filesystem/*").deny;
    assert!(error(&both).contains("cannot be refused and given values"));
}
