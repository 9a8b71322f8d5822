//! JavaScript and Python guests, built from source with the tools of their languages: what
//! is found in them, what is not, and where it stands.
//!
//! The guests are built by `fixtures/script/build.py`, which needs the network; this happens
//! with `GUSSET_HEAVY=1`. Without it, guests that are there already are tested, and what is
//! not is skipped and said.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot do its job must fail, and say what it leaves out"
)]

use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::graph::Program;
use gusset::needs::{BlockReason, Grade, Needs, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// What is to be found in a guest.
struct Truth {
    guest: &'static str,
    /// Keys and patterns with where they stand, all of them: what is not listed must not be
    /// found.
    keys: &'static [(&'static str, &'static str)],
    /// Kinds that the program goes through.
    enumerates: &'static [&'static str],
    /// Lookups that it computes a name for.
    computed: &'static [(&'static str, &'static str)],
}

const TRUTHS: &[Truth] = &[
    Truth {
        guest: "js-literals",
        keys: &[
            ("env:APP_TOKEN", "literals.js:18"),
            ("env:DATABASE_FALLBACK", "literals.js:17"),
            ("env:DATABASE_URL", "literals.js:17"),
            ("config:greeting", "literals.js:18"),
            ("bucket:orders", "literals.js:14"),
            ("bucket-key:user:last", "literals.js:15"),
            ("secret:api-token", "literals.js:16"),
        ],
        enumerates: &[],
        computed: &[],
    },
    Truth {
        guest: "js-helpers",
        keys: &[
            ("env:HOST", "helpers.js:25"),
            ("env:REGION", "helpers.js:25"),
            ("env:CACHE_URL", "helpers.js:7"),
            ("env:QUEUE_URL", "helpers.js:7"),
            ("env:LICENSE", "helpers.js:7"),
            ("env:FROM_SPREAD", "helpers.js:7"),
            ("env:SVC_PORT", "helpers.js:7"),
            ("env:SVC_USER", "helpers.js:7"),
            ("env:DB_PASSWORD", "helpers.js:7"),
            ("env:LOG_LEVEL", "helpers.js:32"),
            ("env:OTEL_*", "helpers.js:33"),
            ("env:FOUND", "helpers.js:35"),
            ("config:feature-dark", "helpers.js:29"),
            ("config:feature-beta", "helpers.js:29"),
        ],
        enumerates: &["env"],
        computed: &[],
    },
    Truth {
        guest: "js-computed",
        keys: &[
            ("env:KNOWN", "computed.js:9"),
            ("env:SHARD_*", "computed.js:11"),
            ("bucket:jobs", "computed.js:12"),
            ("bucket-key:job:*", "computed.js:13"),
        ],
        enumerates: &["config"],
        computed: &[("env", "computed.js:10"), ("config", "computed.js:14")],
    },
    Truth {
        guest: "js-hidden",
        keys: &[],
        enumerates: &[],
        computed: &[("env", "hidden.js:8")],
    },
    Truth {
        guest: "python-literals",
        keys: &[
            ("env:DATABASE_URL", "literals.py:17"),
            ("env:LOG_LEVEL", "literals.py:18"),
            ("env:APP_TOKEN", "literals.py:19"),
            ("env:MODE", "literals.py:20"),
            ("env:DEBUG", "literals.py:21"),
            ("config:greeting", "literals.py:22"),
            ("bucket:orders", "literals.py:23"),
            ("bucket-key:user:last", "literals.py:24"),
            ("secret:api-token", "literals.py:25"),
        ],
        enumerates: &[],
        computed: &[],
    },
    Truth {
        guest: "python-helpers",
        keys: &[
            ("env:CACHE_URL", "helpers.py:18"),
            ("env:QUEUE_URL", "helpers.py:18"),
            ("env:LICENSE", "helpers.py:22"),
            ("env:REGION", "helpers.py:22"),
            ("env:SVC_USER", "settings.py:7"),
            ("env:SVC_PORT", "settings.py:7"),
            ("env:DB_PASSWORD", "settings.py:7"),
            ("env:HOST", "settings.py:7"),
            ("env:FOUND", "helpers.py:26"),
            ("env:OTEL_*", "helpers.py:28"),
            ("config:feature-dark", "helpers.py:20"),
            ("config:feature-beta", "helpers.py:20"),
        ],
        enumerates: &["env"],
        computed: &[],
    },
    Truth {
        guest: "python-computed",
        keys: &[
            ("env:KNOWN", "computed.py:10"),
            ("env:SHARD_*", "computed.py:12"),
            ("bucket:jobs", "computed.py:13"),
            ("bucket-key:job:*", "computed.py:14"),
        ],
        enumerates: &["config"],
        computed: &[("env", "computed.py:11"), ("config", "computed.py:15")],
    },
    Truth {
        guest: "python-hidden",
        keys: &[],
        enumerates: &[],
        computed: &[("env", "hidden.py:12")],
    },
];

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("GUSSET_SCRIPT_GUESTS") {
        Some(folder) => PathBuf::from(folder),
        None => root.join("target").join("script-guests"),
    }
}

/// One guest is built at a time: they share their tools.
static BUILDING: Mutex<()> = Mutex::new(());

/// Builds what is wanted, and reads a guest; `None` if it is not there.
fn guest(name: &str) -> Option<Vec<u8>> {
    let folder = folder();
    if std::env::var_os("GUSSET_HEAVY").is_some_and(|v| v == "1") {
        let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script/build.py");
        let done = Command::new("python3")
            .arg(script)
            .arg(&folder)
            .arg(name)
            .status();
        assert!(done.unwrap().success(), "{name} was not built");
    }
    let file = folder.join(format!("{name}.wasm"));
    match std::fs::read(&file) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            eprintln!("skipped: {name} is not built; GUSSET_HEAVY=1 builds it");
            None
        }
    }
}

struct Found {
    keys: BTreeMap<String, BTreeSet<String>>,
    enumerates: BTreeSet<String>,
    computed: BTreeSet<(String, String)>,
    notes: Vec<String>,
}

fn analyse(bytes: &[u8]) -> Found {
    let binary = Binary::parse(bytes).unwrap();
    let program = Program::link(&binary);
    let reach = program.reach();
    let needs = Needs::of(&program, &reach, &Catalogue::builtin().unwrap());
    let mut found = Found {
        keys: BTreeMap::new(),
        enumerates: BTreeSet::new(),
        computed: BTreeSet::new(),
        notes: needs.notes.clone(),
    };
    for (kind, need) in needs.instances.values().flatten() {
        let kind = kind.as_str();
        if need.reached {
            assert_eq!(need.verdict(), Verdict::Open, "{kind}: nothing is proven");
            let why = need.blockers.iter().map(|b| b.reason);
            assert!(
                why.into_iter().any(|r| r == BlockReason::Interpreted),
                "{kind}"
            );
        }
        for (name, key) in &need.keys {
            assert_eq!(key.grade, Grade::Candidate, "{kind}:{name}");
            let places = key.places.iter().map(ToString::to_string);
            found
                .keys
                .insert(format!("{kind}:{name}"), places.collect());
        }
        for (pattern, places) in &need.pattern_places {
            let places = places.iter().map(ToString::to_string);
            found
                .keys
                .insert(format!("{kind}:{pattern}"), places.collect());
        }
        if need.enumerates {
            found.enumerates.insert(kind.to_string());
        }
        for blocker in &need.blockers {
            if let (BlockReason::Computed, Some(place)) = (blocker.reason, &blocker.place) {
                found.computed.insert((kind.to_string(), place.to_string()));
            }
        }
    }
    found
}

fn check(truth: &Truth) {
    let Some(bytes) = guest(truth.guest) else {
        return;
    };
    let found = analyse(&bytes);
    let expected: BTreeMap<String, BTreeSet<String>> = truth
        .keys
        .iter()
        .map(|(key, place)| (key.to_string(), BTreeSet::from([place.to_string()])))
        .collect();
    let name = truth.guest;
    assert_eq!(found.keys, expected, "{name}");
    let enumerates = truth.enumerates.iter().map(ToString::to_string);
    assert_eq!(found.enumerates, enumerates.collect(), "{name}");
    let computed = truth
        .computed
        .iter()
        .map(|(k, p)| (k.to_string(), p.to_string()));
    assert_eq!(found.computed, computed.collect(), "{name}");
    let engine = match name.starts_with("js-") {
        true => "StarlingMonkey interprets a program in JavaScript",
        false => "CPython 3.14.0 interprets a program in Python",
    };
    assert!(
        found.notes.iter().any(|n| n.starts_with(engine)),
        "{name}: {:?}",
        found.notes
    );
}

macro_rules! guests {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            let truth = TRUTHS.iter().find(|t| t.guest == $name).unwrap();
            check(truth);
        })*

        #[test]
        fn every_truth_is_tested() {
            let tested = [$($name),*];
            assert!(TRUTHS.iter().all(|t| tested.contains(&t.guest)));
        }
    };
}

guests! {
    javascript_literals = "js-literals",
    javascript_helpers = "js-helpers",
    javascript_computed = "js-computed",
    javascript_hidden = "js-hidden",
    python_literals = "python-literals",
    python_helpers = "python-helpers",
    python_computed = "python-computed",
    python_hidden = "python-hidden",
}
