//! Files and standard streams from memory: a program that knows nothing of it does the same
//! as on a host that has them.

use crate::fixtures::fixture;
use crate::run::{Done, End, Host, assert_no_import};
use gusset::virt::{Files, Io, Spec, Standard, Tree, apply};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

type Outcome = Result<(), Box<dyn Error>>;

fn virtualized(io: Io) -> Result<Vec<u8>, Box<dyn Error>> {
    let spec = Spec {
        io,
        ..Spec::default()
    };
    Ok(apply("tools", &fixture("std-tools.wasm"), &spec)?.bytes)
}

/// A folder of this machine and the same as a tree.
fn both(folder: &Path) -> Result<Tree, Box<dyn Error>> {
    std::fs::create_dir_all(folder.join("deep/er"))?;
    let big: Vec<u8> = (0..300_000_u32).map(|i| (i * 7 % 251) as u8).collect();
    let files: [(&str, &[u8]); 5] = [
        ("a.txt", b"alpha"),
        ("empty", b""),
        ("big.bin", &big),
        ("deep/b.txt", "grüße".as_bytes()),
        ("deep/er/c.txt", b"see"),
    ];
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes)?;
    }
    let links = [
        ("link", "deep/b.txt"),
        ("up", "deep/../a.txt"),
        ("out", "../secret"),
        ("absolute", "/etc/passwd"),
        ("round", "about"),
        ("about", "round"),
        ("folder", "deep"),
        ("nowhere", "missing"),
    ];
    for (name, target) in links {
        std::os::unix::fs::symlink(target, folder.join(name))?;
    }
    tree(folder)
}

fn tree(at: &Path) -> Result<Tree, Box<dyn Error>> {
    let ty = std::fs::symlink_metadata(at)?.file_type();
    if ty.is_symlink() {
        let target = std::fs::read_link(at)?;
        return Ok(Tree::Link(target.to_string_lossy().into_owned()));
    }
    if ty.is_file() {
        return Ok(Tree::File(std::fs::read(at)?));
    }
    let mut entries = BTreeMap::new();
    for entry in std::fs::read_dir(at)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.insert(name, tree(&entry.path())?);
    }
    Ok(Tree::Folder(entries))
}

/// Everything that reads, the ways out included.
const READS: &[&str] = &[
    "read /d/a.txt",
    "sum /d/big.bin",
    "tail /d/big.bin 299990",
    "tail /d/big.bin -7",
    "tail /d/big.bin 400000",
    "read /d/empty",
    "read /d/deep/er/../b.txt",
    "read /d/./deep//er/c.txt",
    "read /d/deep",
    "read /d/a.txt/",
    "read /d/a.txt/b",
    "read /d/deep/",
    "read /d/missing",
    "read /d/missing/more",
    "stat /d/a.txt",
    "stat /d/deep",
    "stat /d/deep/",
    "stat /d",
    "stat /d/",
    "stat /d/.",
    "lstat /d/link",
    "stat /d/link",
    "list /d",
    "list /d/deep",
    "list /d/a.txt",
    "list /d/folder",
    "list /d/folder/",
    "read /d/link",
    "read /d/up",
    "read /d/folder/b.txt",
    "read /d/link/",
    "link /d/link",
    "link /d/a.txt",
    "link /d/nowhere",
    "real /d/deep/../a.txt",
    "read /d/out",
    "read /d/absolute",
    "read /d/round",
    "lstat /d/round",
    "read /d/nowhere",
    "read /d/..",
    "list /d/..",
    "read /d/../secret",
    "read /d/deep/../../secret",
    "read /d/folder/../../secret",
    "read /d/deep/../..",
    "stat /d/../d/a.txt",
    "read /etc/passwd",
    "read secret",
    "read ../secret",
    "read /",
    "list /",
    "read ",
    "read /d/a\\0b",
    "read /d/a.txt\\0",
    "read /d/\\xff\\xfe",
    "read /d/x*255",
    "read /d/x*256",
    "read /d/x*300/y",
    "read /d/x*5000",
    "read /d/a.txt/../a.txt",
    "read /d/missing/../a.txt",
    "read //d//a.txt",
];

/// Wishes to change something.
const WRITES: &[&str] = &[
    "write /d/a.txt no",
    "write /d/new no",
    "append /d/a.txt no",
    "new /d/new no",
    "new /d/a.txt no",
    "cut /d/a.txt 1",
    "mkdir /d/folder2",
    "mkdir /d/deep",
    "rmdir /d/deep",
    "rmall /d/deep",
    "rm /d/a.txt",
    "rm /d/missing",
    "mv /d/a.txt /d/b.txt",
    "ln /d/a.txt /d/b.txt",
    "copy /d/a.txt /d/b.txt",
    "write /d/../secret no",
    "read /d/a.txt",
    "list /d",
];

fn host(lines: &[&str]) -> Host {
    let args: Vec<&str> = std::iter::once("files")
        .chain(lines.iter().copied())
        .collect();
    Host::with_args(&args)
}

#[track_caller]
fn assert_same(plain: &Done, virt: &Done) {
    let pairs = plain.stdout.lines().zip(virt.stdout.lines());
    let different: Vec<_> = pairs.filter(|(a, b)| a != b).collect();
    assert!(different.is_empty(), "(host, virtual): {different:#?}");
    assert_eq!(plain, virt);
}

fn mounted(path: &str, tree: Tree) -> Result<Io, Box<dyn Error>> {
    let mut files = Files::new();
    files.mount(path, tree)?;
    Ok(Io {
        files: Some(files),
        ..Io::default()
    })
}

#[test]
fn a_mount_is_read_as_the_folder_is() -> Outcome {
    let around = tempfile::tempdir()?;
    std::fs::write(around.path().join("secret"), "never to be seen")?;
    let folder = around.path().join("d");
    let tree = both(&folder)?;
    let bytes = virtualized(mounted("/d", tree)?)?;
    assert_no_import(&bytes, "wasi:filesystem/")?;
    for lines in [READS, WRITES] {
        let virt = host(lines).run(&bytes)?;
        let mut host = host(lines);
        host.folders = vec![(folder.clone(), "/d".to_owned(), false)];
        let plain = host.run(&fixture("std-tools.wasm"))?;
        assert!(!plain.stdout.contains("never to be seen"));
        assert_same(&plain, &virt);
    }
    Ok(())
}

/// Everything that writes.
const CHANGES: &[&str] = &[
    "list /t",
    "write /t/a one",
    "read /t/a",
    "append /t/a two",
    "read /t/a",
    "patch /t/a 2 XY",
    "patch /t/a 10 far",
    "cut /t/a 4",
    "read /t/a",
    "cut /t/a 8",
    "read /t/a",
    "fill /t/big 1000000",
    "tail /t/big -5",
    "new /t/a no",
    "new /t/b yes",
    "mkdir /t/d",
    "mkdir /t/d",
    "mkdir /t/d/",
    "mkdirs /t/x/y/z",
    "write /t/x/y/z/f deep",
    "list /t/x/y/z",
    "rmdir /t/x",
    "rmdir /t/a",
    "rm /t/x",
    "rm /t/missing",
    "rm /t/a/",
    "write /t/d no",
    "write /t/d/ no",
    "write /t/new/ no",
    "read /t/d",
    "mv /t/a /t/moved",
    "read /t/a",
    "read /t/moved",
    "mv /t/moved /t/d",
    "mv /t/d /t/moved",
    "mv /t/d /t/x",
    "mv /t/x /t/x/inside",
    "mv /t/x /t/d",
    "list /t",
    "list /t/d",
    "read /t/d/y/z/f",
    "mv /t/b /t/moved",
    "read /t/moved",
    "mv /t/moved /t/moved",
    "mv /t/missing /t/other",
    "mv /t/moved /t/../out",
    "ln /t/moved /t/hard",
    "append /t/hard more",
    "read /t/moved",
    "ln /t/d /t/hard2",
    "ln /t/moved /t/hard",
    "copy /t/moved /t/copy",
    "read /t/copy",
    "two /t/shared abc",
    "gone /t/copy",
    "read /t/copy",
    "write /t/../out no",
    "mkdir /t/..",
    "mkdir /t/.",
    "rmdir /t/.",
    "rmdir /t",
    "rmall /t/d",
    "list /t",
    "write /t/\\xff no",
    "write /t/grün ok",
    "list /t",
    "write /t/x*255 ok",
    "write /t/x*256 no",
    "new /t/a\\sb spaced",
    "read /t/a\\sb",
];

#[test]
fn files_in_memory_are_written_as_those_of_the_host_are() -> Outcome {
    let mut files = Files::new();
    files.writable("/t")?;
    let io = Io {
        files: Some(files),
        ..Io::default()
    };
    let bytes = virtualized(io)?;
    assert_no_import(&bytes, "wasi:filesystem/")?;
    let virt = host(CHANGES).run(&bytes)?;
    let folder = tempfile::tempdir()?;
    let mut plain = host(CHANGES);
    plain.folders = vec![(folder.path().to_owned(), "/t".to_owned(), true)];
    assert_same(&plain.run(&fixture("std-tools.wasm"))?, &virt);
    Ok(())
}

#[test]
fn input_is_fixed_and_output_goes_nowhere() -> Outcome {
    let io = Io {
        stdin: Standard::Bytes(b"one\ntwo".to_vec()),
        ..Io::default()
    };
    let bytes = virtualized(io)?;
    assert_no_import(&bytes, "wasi:cli/stdin")?;
    for tool in ["cat", "lines"] {
        let virt = Host::with_args(&[tool]).run(&bytes)?;
        let mut host = Host::with_args(&[tool]);
        host.stdin = b"one\ntwo".to_vec();
        assert_same(&host.run(&fixture("std-tools.wasm"))?, &virt);
    }
    let io = Io {
        stdout: Standard::EMPTY,
        ..Io::default()
    };
    let bytes = virtualized(io)?;
    assert_no_import(&bytes, "wasi:cli/stdout")?;
    let done = Host::with_args(&["speak", "word", "3"]).run(&bytes)?;
    let expected = Done {
        stdout: String::new(),
        stderr: "wordwordword".to_owned(),
        end: End::Returned(Ok(())),
    };
    assert_eq!(done, expected);
    Ok(())
}

#[test]
fn denied_streams_answer_an_error() -> Outcome {
    let io = Io {
        stdin: Standard::Denied,
        stdout: Standard::Denied,
        stderr: Standard::EMPTY,
        files: None,
    };
    let bytes = virtualized(io)?;
    assert_no_import(&bytes, "wasi:cli/std")?;
    let done = Host::with_args(&["speak", "word", "3"]).run(&bytes)?;
    assert_eq!(done.end, End::Exit(1), "{done:?}");
    assert_eq!(done.stdout, "");
    Ok(())
}

#[test]
fn sockets_and_clocks_go_on_through_the_wrappers() -> Outcome {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let served = std::thread::spawn(move || crate::echo(&listener, 4));
    let io = Io {
        stdin: Standard::EMPTY,
        files: Some(Files::new()),
        ..Io::default()
    };
    let bytes = virtualized(io)?;
    let mut host = Host::with_args(&["sockets", &address, "hello"]);
    host.network = true;
    let plain = host.run(&fixture("std-tools.wasm"))?;
    assert!(
        plain.stdout.ends_with("answer Ok(\"olleh\")\n"),
        "{}",
        plain.stdout
    );
    assert_same(&plain, &host.run(&bytes)?);
    assert!(served.join().is_ok_and(|result| result.is_ok()));
    let done = Host::with_args(&["time"]).run(&bytes)?;
    assert!(done.stdout.contains("slept true"), "{done:?}");
    Ok(())
}

#[test]
fn a_store_in_memory_keeps_what_it_is_given() -> Outcome {
    let spec = Spec {
        keyvalue: true,
        ..Spec::default()
    };
    let bytes = apply("buckets", &fixture("buckets.wasm"), &spec)?.bytes;
    assert_no_import(&bytes, "wasi:keyvalue/")?;
    let done = Host::with_args(&[]).run(&bytes)?;
    let expected = r#"absent None false
present zwölf true
shared zwölf None
keys KeyResponse { keys: ["", "a"], cursor: None }
from KeyResponse { keys: ["a"], cursor: None }
past KeyResponse { keys: [], cursor: None }
deleted None
count 40
count 42 42
large Err(Error::Other("the sum is too large"))
no number Err(Error::Other("the value is not a number"))
many [Some(("y", [50])), None, Some(("x", [49]))]
none []
left []
big Some(true)
"#;
    assert_eq!(done.stdout, expected, "{done:?}");
    Ok(())
}
