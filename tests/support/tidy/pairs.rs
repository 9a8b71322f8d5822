//! Things that exist only together: a rule, its page and its tests; a fixture and its use.

use std::collections::BTreeSet;

use super::{Check, Example, Offence, Repo};

/// Where rules are; one file each, apart from these.
const RULES_FOLDER: &str = "src/gate/rules/";
const NO_RULES: [&str; 2] = ["mod", "tests"];

/// Where their pages and cases are.
const PAGES: &str = "docs/rules/";
const CASES: &str = "tests/cli/rules/";

/// Where prebuilt fixtures are.
const FIXTURES_FOLDER: &str = "fixtures/bin/";

pub(super) const RULES: Check = Check {
    name: "a rule has a page and cases",
    run: rules,
    bad: &[
        Example {
            files: &[
                ("src/gate/rules/mod.rs", ""),
                ("src/gate/rules/open_need.rs", ""),
                ("src/gate/rules/stale.rs", ""),
                ("docs/rules/stale.md", ""),
                ("tests/cli/rules/open-need/yes.stdout", ""),
            ],
            says: &[
                "src/gate/rules/open_need.rs:1: no case in tests/cli/rules/open-need/",
                "src/gate/rules/open_need.rs:1: no page docs/rules/open-need.md",
                "src/gate/rules/stale.rs:1: no case in tests/cli/rules/stale/",
            ],
        },
        Example {
            files: &[
                ("docs/rules/gone.md", ""),
                ("tests/cli/rules/lost/yes.case", ""),
            ],
            says: &[
                "docs/rules/gone.md:1: no rule",
                "tests/cli/rules/lost/yes.case:1: no rule",
            ],
        },
    ],
    good: &[&[
        ("src/gate/rules/mod.rs", ""),
        ("src/gate/rules/open_need.rs", ""),
        ("docs/rules/open-need.md", ""),
        ("docs/rules/README.md", ""),
        ("tests/cli/rules/open-need/yes.case", ""),
    ]],
};

fn rules(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    for file in repo.paths() {
        let name = file
            .strip_prefix(RULES_FOLDER)
            .and_then(|name| name.strip_suffix(".rs"));
        let Some(name) = name.filter(|name| !name.contains('/') && !NO_RULES.contains(name)) else {
            continue;
        };
        let rule = name.replace('_', "-");
        let page = format!("{PAGES}{rule}.md");
        if !repo.has(&page) {
            let message = format!("no page {page}; say what the rule finds, why, and what to do");
            found.push(Offence::new(file, 1, message));
        }
        let folder = format!("{CASES}{rule}/");
        let is_case = |path: &str| path.starts_with(&folder) && path.ends_with(".case");
        if !repo.paths().any(is_case) {
            let message = format!("no case in {folder}; show what it finds and what it lets pass");
            found.push(Offence::new(file, 1, message));
        }
        known.insert(rule);
    }
    for file in repo.paths() {
        let page = file
            .strip_prefix(PAGES)
            .and_then(|name| name.strip_suffix(".md"));
        let page = page.filter(|name| *name != "README");
        let case = file.strip_prefix(CASES).filter(|_| file.ends_with(".case"));
        let case = case.and_then(|rest| Some(rest.split_once('/')?.0));
        if let Some(rule) = page.or(case)
            && !known.contains(rule)
        {
            let message =
                format!("no rule is called `{rule}`; remove this, or name it after its rule");
            found.push(Offence::new(file, 1, message));
        }
    }
    found
}

pub(super) const FIXTURES: Check = Check {
    name: "a fixture is there for a reason",
    run: fixtures,
    bad: &[Example {
        files: &[
            ("fixtures/bin/shop.wasm", ""),
            ("fixtures/bin/env.wasm", ""),
            ("fixtures/bin/lone.wasm", ""),
            (
                "tests/a.rs",
                "fixture(\"workshop.wasm\"); fixture(\"std-env.wasm\")",
            ),
            ("docs/a.md", "lone.wasm"),
        ],
        says: &[
            "fixtures/bin/env.wasm:1: no test",
            "fixtures/bin/lone.wasm:1: no test",
            "fixtures/bin/shop.wasm:1: no test",
        ],
    }],
    good: &[&[
        ("fixtures/bin/a.wasm", ""),
        ("fixtures/bin/b.wasm", ""),
        ("fixtures/bin/c.wasm", ""),
        ("tests/a.rs", "fixture(\"a.wasm\")"),
        (
            "tests/cli/b.case",
            ";; RUN: gusset inspect fixtures/bin/b.wasm",
        ),
        ("fixtures/README.md", "| `c.wasm` | why |"),
    ]],
};

fn fixtures(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    let is_use = |file: &str| file.starts_with("tests/") || file.ends_with("README.md");
    let uses: Vec<&str> = repo
        .texts()
        .filter(|(file, _)| is_use(file))
        .map(|(_, text)| text)
        .collect();
    for file in repo.paths() {
        let Some(name) = file.strip_prefix(FIXTURES_FOLDER) else {
            continue;
        };
        if !uses.iter().any(|text| names(text, name)) {
            let message = "no test and no README names this; name it or remove it";
            found.push(Offence::new(file, 1, message));
        }
    }
    found
}

/// Whether a text contains a file name as a whole.
fn names(text: &str, name: &str) -> bool {
    let inner = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
    // A full stop behind the name may end a sentence.
    let after = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_');
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(inner) && !text[at + name.len()..].starts_with(after))
}
