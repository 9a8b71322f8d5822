//! Environment, arguments, configuration, chance and time: programs that nobody prepared, with
//! adapters on a host that gives something else.

use crate::fixtures::fixture;
use crate::run::{Done, End, Host, assert_no_import, imports};
use gusset::base::Glob;
use gusset::virt::{Applied, Clock, Names, Spec, apply};
use gusset::workload::InterfacePattern;

fn tools() -> Vec<u8> {
    fixture("std-tools.wasm")
}

pub(crate) fn virtualized(bytes: &[u8], spec: &Spec) -> Applied {
    match apply("tool", bytes, spec) {
        Ok(applied) => applied,
        Err(error) => panic!("{error}"),
    }
}

fn run(bytes: &[u8], host: &Host) -> Done {
    host.run(bytes).expect("wasmtime takes the result")
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    pairs.iter().map(owned).collect()
}

fn globs(texts: &[&str]) -> Vec<Glob> {
    texts.iter().map(|text| Glob::new(text)).collect()
}

fn env(set: &[(&str, &str)]) -> Spec {
    Spec {
        env: Some(Names {
            set: pairs(set),
            ..Names::default()
        }),
        ..Spec::default()
    }
}

pub(crate) fn deny(pattern: &str) -> Spec {
    Spec {
        deny: vec![InterfacePattern::parse(pattern).expect("a pattern")],
        ..Spec::default()
    }
}

#[test]
fn fixed_variables_are_those_of_a_host_that_has_them() {
    let long = "ä\n=".repeat(250_000);
    let set = [("A", "1"), ("B_ü", "2 ü"), ("EMPTY", ""), ("LONG", &long)];
    let applied = virtualized(&tools(), &env(&set));
    let mut host = Host::with_args(&["show"]);
    host.env = pairs(&[("OTHER", "of the host"), ("A", "of the host")]);
    let virtual_run = run(&applied.bytes, &host);
    host.env = pairs(&set);
    assert_eq!(virtual_run, run(&tools(), &host));
    assert_eq!(virtual_run.end, End::Returned(Ok(())));
}

#[test]
fn ten_thousand_variables() {
    let set: Vec<(String, String)> = (0..10_000)
        .map(|i| (format!("NAME_{i}"), format!("value {i}")))
        .collect();
    let spec = Spec {
        env: Some(Names {
            set: set.clone(),
            ..Names::default()
        }),
        ..Spec::default()
    };
    let applied = virtualized(&tools(), &spec);
    let mut host = Host::with_args(&["show"]);
    let virtual_run = run(&applied.bytes, &host);
    host.env = set;
    assert_eq!(virtual_run, run(&tools(), &host));
}

#[test]
fn variables_of_the_host_pass_by_pattern_prefix_and_name() {
    let spec = Spec {
        env: Some(Names {
            set: pairs(&[("FIXED", "here"), ("SHADOW", "here")]),
            allow: globs(&["A*Z", "B", "SHADOW", "**"]),
            deny: globs(&["*SECRET*"]),
            prefix: "APP_".to_string(),
            rename: pairs(&[("NEW", "OLD"), ("ALSO", "OLD")]),
        }),
        ..Spec::default()
    };
    let mut host = Host::with_args(&["show"]);
    host.env = pairs(&[
        ("APP_AZ", "1"),
        ("APP_MY_SECRET_KEY", "2"),
        ("APP_SHADOW", "3"),
        ("APP_", "4"),
        ("OLD", "5"),
        ("APP_NEW", "6"),
        ("PLAIN", "7"),
        ("AP", "8"),
        ("APP_Bü", "9"),
    ]);
    let done = run(&virtualized(&tools(), &spec).bytes, &host);
    // The standard library leaves out a variable without a name.
    let shown: Vec<&str> = done
        .stdout
        .lines()
        .filter(|l| l.starts_with("env"))
        .collect();
    assert_eq!(
        shown,
        [
            "env \"ALSO\" = \"5\"",
            "env \"AZ\" = \"1\"",
            "env \"Bü\" = \"9\"",
            "env \"FIXED\" = \"here\"",
            "env \"NEW\" = \"5\"",
            "env \"SHADOW\" = \"here\"",
        ]
    );
}

#[test]
fn patterns_mean_in_an_adapter_what_they_mean_elsewhere() {
    let names = [
        "A", "AB", "ABC", "AXBXC", "B", "AAB", "ABAB", "X*Y", "XY", "ä", "AbC",
    ];
    let patterns = [
        "A", "A*", "*B", "A*B", "A*B*C", "*A*B", "*", "X\\*Y", "*ä*", "A**C", "*BC*",
    ];
    for pattern in patterns {
        let spec = Spec {
            env: Some(Names {
                allow: globs(&[pattern]),
                ..Names::default()
            }),
            ..Spec::default()
        };
        let mut host = Host::with_args(&["show"]);
        host.env = names
            .iter()
            .map(|name| (name.to_string(), String::new()))
            .collect();
        let done = run(&virtualized(&tools(), &spec).bytes, &host);
        let glob = Glob::new(pattern);
        for name in names {
            let line = format!("env {name:?} = \"\"\n");
            assert_eq!(
                done.stdout.contains(&line),
                glob.matches(name),
                "{pattern} {name}"
            );
        }
    }
}

#[test]
fn arguments_are_given_and_the_rest_is_handed_on() {
    let mut spec = env(&[("A", "1")]);
    let before = virtualized(&tools(), &spec);
    let host = Host::with_args(&["show", "of the host"]);
    let done = run(&before.bytes, &host);
    assert!(
        done.stdout.contains("arg 2 \"of the host\""),
        "{}",
        done.stdout
    );
    spec.args = Some(vec!["tool".into(), "show".into(), "ü".into()]);
    let applied = virtualized(&tools(), &spec);
    assert_no_import(&applied.bytes, "wasi:cli/environment").expect("nothing is left");
    let done = run(&applied.bytes, &host);
    assert_eq!(
        done.stdout,
        "arg 0 \"tool\"\narg 1 \"show\"\narg 2 \"ü\"\nenv \"A\" = \"1\"\ncwd /\n"
    );
}

#[test]
fn random_numbers_follow_from_the_seed() {
    let seeded = |seed| Spec {
        random: Some(seed),
        ..Spec::default()
    };
    let host = Host::with_args(&["random"]);
    let first = virtualized(&tools(), &seeded(1));
    assert_no_import(&first.bytes, "wasi:random/").expect("nothing is left");
    let one = run(&first.bytes, &host);
    assert_eq!(one.end, End::Returned(Ok(())));
    assert_eq!(one, run(&first.bytes, &host));
    let other = run(&virtualized(&tools(), &seeded(2)).bytes, &host);
    assert_ne!(one.stdout, other.stdout);
}

#[test]
fn clocks_stand_still_or_are_ahead() {
    let at = 1_700_000_000_123_456_789i128;
    let mut spec = Spec {
        wall_clock: Some(Clock::Frozen(at)),
        ..Spec::default()
    };
    let host = Host::with_args(&["time"]);
    let done = run(&virtualized(&tools(), &spec).bytes, &host);
    assert!(
        done.stdout.contains(&format!("system Ok({at})")),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("slept true"), "{}", done.stdout);
    spec.monotonic_clock = Some(Clock::Frozen(5));
    let done = run(&virtualized(&tools(), &spec).bytes, &host);
    assert!(
        done.stdout.contains("slept false\nmonotonic 0"),
        "{}",
        done.stdout
    );
    let system = |done: &Done| -> i128 {
        let rest = done.stdout.strip_prefix("system Ok(").expect("a date");
        let end = rest.find(')').expect("a date");
        rest[..end].parse().expect("a number")
    };
    let hour = 3_600_000_000_000i128;
    for offset in [hour, -hour, 1, -1_500_000_000, 999_999_999] {
        spec.wall_clock = Some(Clock::Offset(offset));
        spec.monotonic_clock = Some(Clock::Offset(hour));
        let before = system(&run(&tools(), &host));
        let done = run(&virtualized(&tools(), &spec).bytes, &host);
        let ahead = system(&done) - before - offset;
        assert!((0..600_000_000_000).contains(&ahead), "{offset}: {ahead}");
        assert!(done.stdout.contains("slept true"), "{}", done.stdout);
    }
    // No date before 1970 in 0.2.
    spec.wall_clock = Some(Clock::Offset(-100 * 365 * 24 * hour));
    let done = run(&virtualized(&tools(), &spec).bytes, &host);
    assert_eq!(system(&done), 0);
}

#[test]
fn sockets_are_refused_with_errors() {
    let applied = virtualized(&tools(), &deny("wasi:sockets/*"));
    assert_no_import(&applied.bytes, "wasi:sockets/").expect("nothing is left");
    let mut host = Host::with_args(&["sockets", "localhost:80"]);
    host.network = true;
    let done = run(&applied.bytes, &host);
    assert_eq!(done.end, End::Returned(Ok(())), "{}", done.stderr);
    assert_eq!(
        done.stdout,
        "lookup PermissionDenied\nconnect Err(PermissionDenied)\n\
         listen Err(PermissionDenied)\nudp Err(PermissionDenied)\n"
    );
}

/// Connections to addresses that are listed are made as without an adapter, all others refused.
#[test]
fn addresses_that_are_allowed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let port = address.port();
    let good = [
        format!("127.0.0.1:{port}"),
        "127.0.0.0/8:*".to_string(),
        format!("0.0.0.0/0:{port}"),
        "126.0.0.0/7:*".to_string(),
    ];
    let bad = [
        format!("127.0.0.2:{port}"),
        format!("127.0.0.1:{}", port ^ 1),
        "128.0.0.0/1:*".to_string(),
        format!("[::1]:{port}"),
        "[::/0]:*".to_string(),
        "127.0.0.2/31:*".to_string(),
    ];
    // Each run connects twice.
    let times = 2 * (1 + good.len());
    let served = std::thread::spawn(move || crate::echo(&listener, times));
    let mut host = Host::with_args(&["sockets", &address.to_string(), "hello"]);
    host.network = true;
    let allow = |peers: &[&str]| Spec {
        peers: Some(
            peers
                .iter()
                .map(|peer| peer.parse().expect("a peer"))
                .collect(),
        ),
        ..Spec::default()
    };
    let plain = run(&tools(), &host);
    let line = |done: &Done, word: &str| -> String {
        let mut lines = done.stdout.lines();
        let line = lines.find(|line| line.starts_with(word));
        line.unwrap_or_default().to_string()
    };
    for peer in &good {
        let done = run(
            &virtualized(&tools(), &allow(&["10.0.0.1:80", peer])).bytes,
            &host,
        );
        for word in ["lookup", "connect", "answer"] {
            assert_eq!(line(&done, word), line(&plain, word), "{peer}");
        }
        assert_eq!(line(&done, "listen"), "listen Err(PermissionDenied)");
        assert_eq!(line(&done, "udp"), "udp Err(PermissionDenied)");
    }
    for peer in &bad {
        let done = run(&virtualized(&tools(), &allow(&[peer])).bytes, &host);
        assert_eq!(
            line(&done, "connect"),
            "connect Err(PermissionDenied)",
            "{peer}"
        );
        assert_eq!(done.end, End::Returned(Ok(())), "{}", done.stderr);
    }
    assert!(served.join().is_ok_and(|result| result.is_ok()));
}

#[test]
fn names_that_may_be_looked_up() {
    let mut host = Host::with_args(&["sockets", "localhost:80"]);
    host.network = true;
    let plain = run(&tools(), &host);
    for (name, found) in [("local*", true), ("example.com", false)] {
        let spec = Spec {
            lookups: Some(globs(&[name])),
            ..Spec::default()
        };
        let done = run(&virtualized(&tools(), &spec).bytes, &host);
        let first = |done: &Done| done.stdout.lines().next().map(str::to_owned);
        match found {
            true => assert_eq!(first(&done), first(&plain)),
            false => assert_eq!(first(&done).as_deref(), Some("lookup PermissionDenied")),
        }
    }
}

#[test]
fn files_are_refused() {
    let applied = virtualized(&tools(), &deny("wasi:filesystem/*"));
    assert_no_import(&applied.bytes, "wasi:filesystem/").expect("nothing is left");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a"), "x").expect("a file");
    let mut host = Host::with_args(&["files", "read /d/a"]);
    host.folders = vec![(folder.path().to_owned(), "/d".to_owned(), true)];
    let done = run(&applied.bytes, &host);
    assert!(done.stdout.contains("error"), "{}", done.stdout);
}

/// Adapters, and with them the results, stay small.
#[test]
fn sizes() {
    let bytes = tools();
    let added = |spec: &Spec| {
        let applied = virtualized(&bytes, spec);
        let adapters: usize = applied.adapters.iter().map(|a| a.bytes.len()).sum();
        (adapters, applied.bytes.len() - bytes.len())
    };
    let three = env(&[
        ("A", "1"),
        ("LOG_LEVEL", "debug"),
        ("DATABASE_URL", "postgres://db"),
    ]);
    let (adapter, _) = added(&three);
    assert!(adapter <= 1_536, "environment: {adapter} bytes");
    let (adapter, _) = added(&deny("wasi:sockets/*"));
    assert!(adapter <= 8_192, "sockets: {adapter} bytes");
    let all = Spec {
        random: Some(7),
        wall_clock: Some(Clock::Frozen(0)),
        monotonic_clock: Some(Clock::Offset(1)),
        ..three
    };
    let (_, more) = added(&all);
    assert!(
        more <= 16_384,
        "environment, random and clocks: {more} bytes more"
    );
}

#[test]
fn one_after_the_other_is_both_at_once() {
    let bytes = tools();
    let mut both = deny("wasi:sockets/*");
    both.env = env(&[("A", "1")]).env;
    let first = virtualized(&bytes, &env(&[("A", "1")]));
    let second = virtualized(&first.bytes, &deny("wasi:sockets/*"));
    let once = virtualized(&bytes, &both);
    let sorted = |bytes: &[u8]| {
        let mut names = imports(bytes).expect("a component");
        names.sort();
        names
    };
    assert_eq!(sorted(&second.bytes), sorted(&once.bytes));
    for args in [&["show", "x"][..], &["sockets", "localhost:80"]] {
        let host = Host::with_args(args);
        assert_eq!(run(&second.bytes, &host), run(&once.bytes, &host));
    }
}

#[test]
fn what_has_no_effect_is_said() {
    let bytes = tools();
    let error = |spec: &Spec| match apply("tool", &bytes, spec) {
        Ok(_) => panic!("this must be refused"),
        Err(error) => error.to_string(),
    };
    assert!(error(&env(&[("A", "1"), ("A", "2")])).contains("given twice"));
    assert!(error(&env(&[("A=B", "1")])).contains("no name for an environment variable"));
    let mut spec = Spec {
        config: Some(Default::default()),
        ..Spec::default()
    };
    assert!(error(&spec).contains("would have no effect"));
    spec.config = None;
    spec.cwd = Some(Some("/".to_string()));
    assert!(error(&spec).contains("`initial-cwd`"));
    let applied = virtualized(&bytes, &deny("wasi:keyvalue/*"));
    assert_eq!(applied.bytes, bytes);
    assert_eq!(
        applied.notes,
        ["`wasi:keyvalue/*` is not imported, so there is nothing to refuse"]
    );
}
