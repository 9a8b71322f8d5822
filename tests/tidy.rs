//! The house rules of `docs/architecture.md`, as tests: which layer sees which, what belongs
//! where, and what must not be there at all. The checks are in `tests/support/tidy/`.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read the tree must fail"
)]

use std::path::Path;

#[path = "support/tidy/mod.rs"]
mod support;

use support::{CHECKS, Check, Files, Offence, Repo};

fn run(check: &Check, repo: &Repo) -> Vec<Offence> {
    let mut found = (check.run)(repo);
    found.sort();
    // Two names of one layer in one `use` are one mistake.
    found.dedup();
    found
}

fn made_up(check: &Check, files: Files) -> Vec<String> {
    let found = run(check, &Repo::made_up(files));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_tree_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repo = Repo::read(root).unwrap();
    assert!(repo.code().len() > 3, "looked at nothing");
    let mut report = String::new();
    for check in CHECKS {
        let found = run(check, &repo);
        if !found.is_empty() {
            report.push_str(&format!("\n{}:\n", check.name));
        }
        for offence in found {
            report.push_str(&format!("  {offence}\n"));
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// A check that cannot fail is a defect: each must refuse what is made up for it, at the
/// right place and nothing else.
#[test]
fn every_check_finds_what_it_is_there_for() {
    for check in CHECKS {
        for example in check.bad {
            let found = made_up(check, example.files);
            let right = found.len() == example.says.len()
                && found
                    .iter()
                    .zip(example.says)
                    .all(|(found, part)| found.contains(part));
            assert!(
                right,
                "{}\nfound {found:#?}\nnot {:#?}",
                check.name, example.says
            );
        }
        for files in check.good {
            let found = made_up(check, files);
            assert!(found.is_empty(), "{}\nfound {found:#?}", check.name);
        }
        // Its bad example would be 500 lines long; it has a test of its own.
        let elsewhere = check.name == "no file is over 500 lines";
        assert!(
            elsewhere || !check.bad.is_empty(),
            "{}: no bad example",
            check.name
        );
    }
}

#[test]
fn checks_are_named_apart() {
    for (index, check) in CHECKS.iter().enumerate() {
        let twice = CHECKS
            .iter()
            .skip(index + 1)
            .any(|other| other.name == check.name);
        assert!(!twice, "two checks are called {:?}", check.name);
    }
}
