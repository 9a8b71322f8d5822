//! What no file may contain, and how long it may be.

use super::{Check, Example, Offence, Repo};

/// The longest Rust file.
const LINES: usize = 500;

/// First folders of paths that exist on one machine only.
const LOCAL: [&str; 5] = ["root", "work", "tmp", "home", "Users"];

/// Texts where such a path is right: a file, the line, and why.
const LOCAL_ALLOWED: &[(&str, &str, &str)] = &[];

/// Notes to self. In halves, since this file is checked as well.
const UNFINISHED_MARKS: [(&str, &str); 3] = [("TO", "DO"), ("FIX", "ME"), ("XX", "X")];

pub(super) const LENGTH: Check = Check {
    name: "no file is over 500 lines",
    run: |repo| length(repo, LINES),
    bad: &[],
    good: &[],
};

fn length(repo: &Repo, limit: usize) -> Vec<Offence> {
    let mut found = Vec::new();
    for (file, text) in repo.texts() {
        let counts = ["src/", "adapters/", "tests/"]
            .iter()
            .any(|folder| file.starts_with(folder));
        let lines = text.lines().count();
        if counts && file.ends_with(".rs") && lines > limit {
            let message = format!("{lines} lines, {limit} are allowed; split it by concern");
            found.push(Offence::new(file, limit + 1, message));
        }
    }
    found
}

#[test]
fn length_is_counted_in_the_three_folders() {
    let (short, long) = ("x\n".repeat(LINES), "x\n".repeat(LINES + 1));
    let repo = Repo::made_up(&[
        ("src/a.rs", &short),
        ("src/b/c.rs", &long),
        ("adapters/x/src/lib.rs", &long),
        ("tests/d.rs", &long),
        ("tests/d.stdout", &long),
    ]);
    let found: Vec<_> = (LENGTH.run)(&repo)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.contains(&format!(
        "src/b/c.rs:{}: {} lines, {LINES} are allowed; split it by concern",
        LINES + 1,
        LINES + 1
    )));
}

pub(super) const LOCAL_PATHS: Check = Check {
    name: "no path of one machine",
    run: |repo| local_paths(repo, LOCAL_ALLOWED),
    bad: &[Example {
        files: &[
            (
                "docs/a.md",
                concat!("see\n`/wo", "rk/x/y` and file:///ro", "ot/x"),
            ),
            ("tests/a.case", concat!(";; RUN: gusset /t", "mp/x.wasm")),
            (
                ".ci/run",
                concat!("cd '/ho", "me/me/gusset'\nA=/Us", "ers/me/x"),
            ),
        ],
        says: &[
            concat!(".ci/run:1: `/ho", "me/`"),
            concat!(".ci/run:2: `/Us", "ers/`"),
            concat!("docs/a.md:2: `/ro", "ot/`"),
            concat!("docs/a.md:2: `/wo", "rk/`"),
            concat!("tests/a.case:1: `/t", "mp/`"),
        ],
    }],
    good: &[&[(
        "docs/a.md",
        "https://example.com/tmp/x at/work/y {tmp}/work/z ~/tmp/x src/root/a.rs ./home/x /rooted/ /tmp",
    )]],
};

fn local_paths(repo: &Repo, allowed: &[(&str, &str, &str)]) -> Vec<Offence> {
    let mut found = Vec::new();
    for (file, text) in repo.texts() {
        for (index, line) in text.lines().enumerate() {
            if allowed
                .iter()
                .any(|(path, right, _)| *path == file && *right == line.trim())
            {
                continue;
            }
            for name in LOCAL {
                let path = format!("/{name}/");
                let here = line
                    .match_indices(&path)
                    .any(|(at, _)| starts_path(&line[..at]));
                if here {
                    let message = format!(
                        "`{path}` exists on one machine; use a relative path or a placeholder"
                    );
                    found.push(Offence::new(file, index + 1, message));
                }
            }
        }
    }
    found
}

/// Whether a slash behind this text is the beginning of a path, not the middle of one.
fn starts_path(before: &str) -> bool {
    let inner = |char: char| char.is_alphanumeric() || "/.-_~})]*$%@".contains(char);
    !before.ends_with(inner) || before.ends_with("file://")
}

#[test]
fn a_local_path_can_be_allowed_by_its_line() {
    let line = concat!("guest path: /t", "mp/x");
    let repo = Repo::made_up(&[("docs/a.md", line)]);
    assert_eq!(
        local_paths(&repo, &[("docs/a.md", line, "inside the guest")]).len(),
        0
    );
    assert_eq!(
        local_paths(&repo, &[("docs/b.md", line, "another file")]).len(),
        1
    );
}

pub(super) const UNFINISHED: Check = Check {
    name: "nothing is left for later",
    run: unfinished,
    bad: &[Example {
        files: &[
            ("src/a.rs", concat!("fn a() {\n    // TO", "DO: later\n}")),
            ("docs/a.md", concat!("(FIX", "ME)")),
            (".ci/run", concat!("# XX", "X")),
        ],
        says: &[
            concat!(".ci/run:1: `XX", "X`"),
            concat!("docs/a.md:1: `FIX", "ME`"),
            concat!("src/a.rs:2: `TO", "DO`"),
        ],
    }],
    good: &[&[
        ("docs/a.md", "TODOS mastodon METHODOLOGY XXXL todo list"),
        ("Cargo.lock", concat!("\"TO", "DO\"")),
    ]],
};

fn unfinished(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    for (file, text) in repo.texts().filter(|(file, _)| !file.ends_with(".lock")) {
        for (index, line) in text.lines().enumerate() {
            for (a, b) in UNFINISHED_MARKS {
                let mark = [a, b].concat();
                let inner = |char: char| char.is_alphanumeric() || char == '_';
                let here = line.match_indices(&mark).any(|(at, _)| {
                    !line[..at].ends_with(inner) && !line[at + mark.len()..].starts_with(inner)
                });
                if here {
                    let message =
                        format!("`{mark}`: do it, or write it down where work is planned");
                    found.push(Offence::new(file, index + 1, message));
                }
            }
        }
    }
    found
}
