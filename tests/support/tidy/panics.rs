//! Shipped code does not panic on purpose.

use super::{Check, Example, Offence, Repo};

/// Panics that are right: a file, what stands there, and why it cannot happen. An entry that
/// matches nothing is an offence itself.
const ALLOWED: &[(&str, &str, &str)] = &[];

const ADVICE: &str = "return an error, a note, or a type in which it cannot happen";

pub(super) const PANICS: Check = Check {
    name: "shipped code does not panic",
    run: |repo| panics(repo, ALLOWED),
    bad: &[Example {
        files: &[
            (
                "src/graph/a.rs",
                "fn a() {\n    b().unwrap();\n    c\n        .expect(\"d\");\n    panic!();\n}",
            ),
            (
                "src/cli/a.rs",
                "fn a() { Option::unwrap(b); todo!(); unimplemented!() }",
            ),
            ("adapters/env/src/lib.rs", "fn a() { b.unwrap() }"),
        ],
        says: &[
            "adapters/env/src/lib.rs:1: `unwrap`",
            "src/cli/a.rs:1: `todo!`",
            "src/cli/a.rs:1: `unimplemented!`",
            "src/cli/a.rs:1: `unwrap`",
            "src/graph/a.rs:2: `unwrap`",
            "src/graph/a.rs:4: `expect`",
            "src/graph/a.rs:5: `panic!`",
        ],
    }],
    good: &[
        &[(
            "src/a.rs",
            "fn a() { b.unwrap_or(c); d.unwrap_or_default(); panic::catch() } // .unwrap()",
        )],
        &[(
            "src/a.rs",
            "#[expect(dead_code)] fn unwrap() {} #[cfg(test)] mod tests { fn a() { b.unwrap() } }",
        )],
        &[
            ("src/a.rs", "#[cfg(test)] mod tests;"),
            ("src/a/tests.rs", "fn a() { panic!() }"),
        ],
        &[("tests/a.rs", "fn a() { b.unwrap() }")],
    ],
};

/// The panic that starts at a token, as it is called in messages.
fn panic_at(before: &str, name: &str, after: &str) -> Option<String> {
    match (before, name, after) {
        ("." | "::", "unwrap" | "expect", "(") => Some(name.to_owned()),
        (_, "panic" | "todo" | "unimplemented", "!") => Some(format!("{name}!")),
        _ => None,
    }
}

fn panics(repo: &Repo, allowed: &[(&str, &str, &str)]) -> Vec<Offence> {
    let mut found = Vec::new();
    let mut used = vec![false; allowed.len()];
    for code in repo.code() {
        let text = |at: usize| code.shipped.get(at).map_or("", |token| token.text.as_str());
        for (at, token) in code.shipped.iter().enumerate() {
            let before = at.checked_sub(1).map_or("", text);
            let Some(name) = panic_at(before, &token.text, text(at + 1)) else {
                continue;
            };
            let right = |(file, what, _): &&(&str, &str, &str)| *file == code.file && *what == name;
            match allowed.iter().position(|entry| right(&entry)) {
                Some(entry) => used[entry] = true,
                None => {
                    let message = format!("`{name}` in shipped code; {ADVICE}");
                    found.push(Offence::new(&code.file, token.line, message));
                }
            }
        }
    }
    for ((file, what, _), used) in allowed.iter().zip(used) {
        if !used {
            let message = format!("`{what}` is allowed here but not used; drop it from ALLOWED");
            found.push(Offence::new(file, 1, message));
        }
    }
    found
}

#[test]
fn an_allowed_panic_passes_and_a_stale_allowance_does_not() {
    let repo = Repo::made_up(&[("src/a.rs", "fn a() { b.expect(c); d.unwrap(); }")]);
    let allowed = [
        ("src/a.rs", "expect", "never empty"),
        ("src/b.rs", "unwrap", "gone"),
    ];
    let found = panics(&repo, &allowed);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2);
    assert!(found[0].starts_with("src/a.rs:1: `unwrap`"));
    assert!(found[1].starts_with("src/b.rs:1: `unwrap` is allowed here but not used"));
}
