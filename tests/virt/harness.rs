//! The programs that are virtualized, run plainly: what a virtualized run is compared with
//! must itself be right.

use crate::fixtures::fixture;
use crate::run::{Done, End, Host, assert_no_import, imports};
use wasmtime::Result;

fn tools(host: &Host) -> Result<Done> {
    host.run(&fixture("std-tools.wasm"))
}

#[test]
fn arguments_and_environment_are_shown() -> Result<()> {
    let mut host = Host::with_args(&["show", "b c"]);
    host.env = vec![("B".into(), "2 ü".into()), ("A".into(), String::new())];
    let done = tools(&host)?;
    assert_eq!(done.end, End::Returned(Ok(())));
    assert_eq!(
        done.stdout,
        "arg 0 \"tool\"\narg 1 \"show\"\narg 2 \"b c\"\n\
         env \"A\" = \"\"\nenv \"B\" = \"2 ü\"\ncwd /\n"
    );
    Ok(())
}

#[test]
fn files_are_read_and_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("a.txt"), "alpha")?;
    let mut host = Host::with_args(&[
        "files",
        "read /d/a.txt",
        "write /d/b.txt beta\\n",
        "append /d/b.txt more",
        "tail /d/b.txt -3",
        "list /d",
        "read /d/../a.txt",
        "read /d/nothing",
    ]);
    let writable = (folder.path().to_owned(), "/d".to_owned(), true);
    host.folders = vec![writable];
    let done = tools(&host)?;
    assert_eq!(
        done.stdout,
        "read /d/a.txt: \"alpha\"\nwrite /d/b.txt beta\\n: done\nappend /d/b.txt more: done\n\
         tail /d/b.txt -3: \"ore\"\nlist /d: [(\"a.txt\", \"file\"), (\"b.txt\", \"file\")]\n\
         read /d/../a.txt: error PermissionDenied\nread /d/nothing: error NotFound\n",
        "{}",
        done.stderr
    );
    assert_eq!(std::fs::read(folder.path().join("b.txt"))?, b"beta\nmore");
    Ok(())
}

#[test]
fn input_is_copied_and_exits_and_traps_are_told() -> Result<()> {
    let mut host = Host::with_args(&["cat"]);
    host.stdin = b"one\ntwo".to_vec();
    let done = tools(&host)?;
    assert_eq!(done.stdout, "one\ntwo");
    assert_eq!(done.stderr, "read Ok(7)\nwrote Ok(())\n");
    // WASI 0.2.6 has one code for every failure.
    assert_eq!(tools(&Host::with_args(&["exit"]))?.end, End::Exit(1));
    Ok(())
}

#[test]
fn sockets_reach_this_machine_only_when_allowed() -> Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let served = std::thread::spawn(move || crate::echo(&listener, 2));
    let mut host = Host::with_args(&["sockets", &address, "hello"]);
    let refused = tools(&host)?;
    assert!(
        refused.stdout.contains("connect Err("),
        "{}",
        refused.stdout
    );
    host.network = true;
    let done = tools(&host)?;
    assert!(done.stdout.contains("connect Ok(())"), "{}", done.stdout);
    assert!(
        done.stdout.ends_with("answer Ok(\"olleh\")\n"),
        "{}",
        done.stdout
    );
    assert!(served.join().is_ok_and(|result| result.is_ok()));
    Ok(())
}

#[test]
fn the_tools_import_what_is_virtualized() -> Result<()> {
    let imports = imports(&fixture("std-tools.wasm"))?;
    for package in [
        "cli/environment",
        "filesystem/types",
        "sockets/tcp",
        "random/",
        "clocks/",
    ] {
        let wanted = format!("wasi:{package}");
        assert!(
            imports.iter().any(|name| name.starts_with(&wanted)),
            "{wanted}: {imports:?}"
        );
    }
    let stores = crate::run::imports(&fixture("buckets.wasm"))?;
    let stores = stores
        .iter()
        .filter(|name| name.starts_with("wasi:keyvalue/"));
    assert_eq!(stores.count(), 3);
    assert_no_import(&fixture("std-tools.wasm"), "wasi:http/")
}
