//! WASI 0.3: a program that shows its surroundings, with adapters for each.

use crate::fixtures::fixture;
use crate::run::{Done, End, Host, assert_no_import};
use crate::surroundings::{deny, virtualized};
use gusset::base::Glob;
use gusset::virt::{Clock, Names, Spec, View};
use std::error::Error;

type Outcome = Result<(), Box<dyn Error>>;

fn run(spec: &Spec, host: &Host) -> Result<Done, Box<dyn Error>> {
    Ok(host.run(&virtualized(&fixture("tools-p3.wasm"), spec).bytes)?)
}

fn plain(host: &Host) -> Result<Done, Box<dyn Error>> {
    Ok(host.run(&fixture("tools-p3.wasm"))?)
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    pairs.iter().map(owned).collect()
}

#[test]
fn environment_and_arguments() -> Outcome {
    let set = [("A", "1"), ("ü", "ö"), ("EMPTY", "")];
    let spec = Spec {
        env: Some(Names::fixed(pairs(&set))),
        args: Some(["tool", "show", "ü"].map(str::to_owned).to_vec()),
        cwd: Some(Some("/somewhere".to_owned())),
        ..Spec::default()
    };
    let bytes = virtualized(&fixture("tools-p3.wasm"), &spec).bytes;
    assert_no_import(&bytes, "wasi:cli/environment@0.3")?;
    let mut host = Host::with_args(&["show"]);
    host.env = pairs(&[("OTHER", "of the host")]);
    let virt = host.run(&bytes)?;
    let mut host = Host::with_args(&["show", "ü"]);
    host.env = pairs(&set);
    let plain = plain(&host)?.stdout;
    let folder = plain.lines().last().unwrap_or_default();
    let expected = plain.replace(folder, "cwd Some(\"/somewhere\")");
    assert_eq!(virt.stdout, expected);
    Ok(())
}

#[test]
fn variables_of_the_host_pass() -> Outcome {
    let spec = Spec {
        env: Some(Names {
            allow: vec![Glob::new("A*")],
            rename: pairs(&[("NEW", "OLD")]),
            ..Names::default()
        }),
        ..Spec::default()
    };
    let mut host = Host::with_args(&["show"]);
    host.env = pairs(&[("AB", "1"), ("OLD", "2"), ("B", "3")]);
    let done = run(&spec, &host)?;
    assert!(
        done.stdout
            .contains("env \"AB\" = \"1\"\nenv \"NEW\" = \"2\"\ncwd"),
        "{done:?}"
    );
    Ok(())
}

#[test]
fn numbers_follow_from_the_seed() -> Outcome {
    let spec = |seed| Spec {
        random: Some(seed),
        ..Spec::default()
    };
    let bytes = virtualized(&fixture("tools-p3.wasm"), &spec(1)).bytes;
    assert_no_import(&bytes, "wasi:random/")?;
    let host = Host::with_args(&["random"]);
    let one = host.run(&bytes)?;
    assert_eq!(one.end, End::Returned(Ok(())));
    assert!(one.stdout.contains("bytes 11 ") && one.stdout.ends_with("seed true\n"));
    assert_eq!(one, host.run(&bytes)?);
    assert_ne!(one.stdout, run(&spec(2), &host)?.stdout);
    Ok(())
}

#[test]
fn clocks_stand_still_or_are_ahead() -> Outcome {
    let host = Host::with_args(&["time"]);
    let system = |done: &Done| -> Option<i128> {
        let mut words = done.stdout.lines().next()?.split(' ').skip(1);
        let seconds: i128 = words.next()?.parse().ok()?;
        Some(seconds * 1_000_000_000 + words.next()?.parse::<i128>().ok()?)
    };
    // At 0.3 a date may lie before 1970.
    for at in [0, 1_700_000_000_123_456_789, -1_500_000_000] {
        let spec = Spec {
            wall_clock: Some(Clock::Frozen(at)),
            ..Spec::default()
        };
        let done = run(&spec, &host)?;
        assert_eq!(system(&done), Some(at), "{}", done.stdout);
        assert!(done.stdout.ends_with("waited true\n"), "{}", done.stdout);
    }
    let hour = 3_600_000_000_000i128;
    for offset in [hour, -hour, 999_999_999] {
        let before = system(&plain(&host)?).ok_or("a date")?;
        let spec = Spec {
            wall_clock: Some(Clock::Offset(offset)),
            monotonic_clock: Some(Clock::Offset(hour)),
            ..Spec::default()
        };
        let done = run(&spec, &host)?;
        let ahead = system(&done).ok_or("a date")? - before - offset;
        assert!((0..600_000_000_000).contains(&ahead), "{offset}: {ahead}");
        assert!(done.stdout.ends_with("waited true\n"), "{}", done.stdout);
    }
    let spec = Spec {
        monotonic_clock: Some(Clock::Frozen(7)),
        ..Spec::default()
    };
    assert!(run(&spec, &host)?.stdout.ends_with("waited false\n"));
    Ok(())
}

/// One call that waits does not keep others from going on.
#[test]
fn two_wait_at_once() -> Outcome {
    let host = Host::with_args(&["waits"]);
    let expected = "first [1] true\nsecond [2]\n";
    assert_eq!(plain(&host)?.stdout, expected);
    let spec = Spec {
        monotonic_clock: Some(Clock::Offset(5)),
        ..Spec::default()
    };
    assert_eq!(run(&spec, &host)?.stdout, expected);
    Ok(())
}

#[test]
fn sockets_are_refused() -> Outcome {
    let spec = deny("wasi:sockets/*");
    let bytes = virtualized(&fixture("tools-p3.wasm"), &spec).bytes;
    assert_no_import(&bytes, "wasi:sockets/")?;
    let mut host = Host::with_args(&["sockets", "80"]);
    host.network = true;
    let done = host.run(&bytes)?;
    assert_eq!(done.end, End::Returned(Ok(())), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "lookup Err(ErrorCode::AccessDenied)\nsocket ErrorCode::AccessDenied\n"
    );
    Ok(())
}

#[test]
fn sockets_to_what_is_listed() -> Outcome {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port().to_string();
    let mut host = Host::with_args(&["sockets", &port]);
    host.network = true;
    let expected = plain(&host)?;
    assert!(
        expected.stdout.ends_with("connect Ok(())\n"),
        "{}",
        expected.stdout
    );
    let spec = |lookup: &str, peer: &str| -> Result<Spec, Box<dyn Error>> {
        Ok(Spec {
            lookups: Some(vec![Glob::new(lookup)]),
            peers: Some(vec![peer.parse()?]),
            ..Spec::default()
        })
    };
    let done = run(&spec("localhost", &format!("127.0.0.1:{port}"))?, &host)?;
    assert_eq!(done, expected);
    let done = run(&spec("other", "127.0.0.1:1")?, &host)?;
    assert_eq!(
        done.stdout,
        "lookup Err(ErrorCode::AccessDenied)\nconnect Err(ErrorCode::AccessDenied)\n"
    );
    Ok(())
}

#[test]
fn files_can_only_be_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("a.txt"), "alpha")?;
    let spec = Spec {
        files: View {
            read_only: true,
            folders: None,
        },
        ..Spec::default()
    };
    let args = ["files", "a.txt", "missing", "../a.txt", "/a.txt"];
    let mut host = Host::with_args(&args);
    host.folders = vec![(folder.path().to_owned(), "/d".to_owned(), true)];
    let virt = run(&spec, &host)?;
    assert!(
        virt.stdout.contains("read a.txt: Ok(\"alpha\")"),
        "{}",
        virt.stdout
    );
    host.folders = vec![(folder.path().to_owned(), "/d".to_owned(), false)];
    assert_eq!(plain(&host)?.stdout, virt.stdout);
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}
