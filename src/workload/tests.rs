//! What the files say, and what is said about files that are wrong.

#![allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.

use super::*;
use crate::base::SourceFile;
use std::sync::Arc;

const EXAMPLE: &str = include_str!("../../tests/workload/full.toml");

fn source(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile::new("gusset.toml", text))
}

/// Everything said about a text.
fn said(text: &str) -> String {
    match Workload::parse(&source(text)) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn everything_of_the_example_is_read() {
    let file = source(EXAMPLE);
    let workload = Workload::parse(&file).unwrap();
    assert_eq!(workload.name.as_ref().unwrap().value, "shop");
    let api = workload.component("api").unwrap();
    assert_eq!(file.slice(api.span), "[components.api]");
    let env = api.declared("env").unwrap();
    assert_eq!(file.slice(env.span), "[\"DATABASE_URL\", \"APP_*\"]");
    assert_eq!(file.slice(env.keys[1].span), "\"APP_*\"");
    assert!(env.keys[1].matches("APP_URL"));
    let names: Vec<&str> = workload
        .components
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["auth", "api", "store", "tracing"],
        "the order of the file"
    );
    let link = &workload.links[0];
    assert_eq!(link.kind.as_ref().unwrap().value, LinkKind::Runtime);
    let auth = &workload.middleware[0];
    assert!(auth.provider.as_ref().unwrap().matches("api"));
    assert_eq!(auth.order[0].value, Order::First);
    assert_eq!(auth.instance, Instancing::PerEdge);
    let policy = workload.policy.as_ref().unwrap();
    assert_eq!(policy.levels[0].1.value, Level::Warn);
    assert_eq!(
        policy.allow[0].expires.as_ref().unwrap().to_string(),
        "2027-01-31"
    );
}

#[test]
fn an_unknown_key_is_an_error_with_the_nearest_known_one() {
    assert_eq!(
        said("[components.api]\npth = \"a.wasm\"\n"),
        "gusset.toml:1:1: `[components.api]` has no `path`\n\
         gusset.toml:2:1: unknown key `pth` in `[components.api]`\n  help: did you mean `path`?"
    );
}

/// One text for each kind of mistake, and all that is said about it.
#[test]
fn every_mistake_has_its_place_and_its_words() {
    let component = "[components.api]\npath = \"a.wasm\"\n";
    let after = |rest: &str| format!("{component}{rest}");
    for (text, expected) in [
        // Not TOML at all.
        (
            "[workload\nname = 1".to_string(),
            "gusset.toml:1:10: not TOML: unclosed table, expected `]`",
        ),
        // A key twice, a table twice.
        (
            after("path = \"b.wasm\"\n"),
            "gusset.toml:3:1: the key `path` stands here twice",
        ),
        (
            after("[components.api]\n"),
            "gusset.toml:3:13: the key `api` stands here twice",
        ),
        // Wrong types.
        (
            "components = 1".to_string(),
            "gusset.toml:1:14: `components` must be a table, not a number",
        ),
        (
            "[components.api]\npath = true".to_string(),
            "gusset.toml:2:8: `components.api.path` must be a string, not a boolean",
        ),
        (
            after("imports = \"wasi:http/types\""),
            "gusset.toml:3:11: `components.api.imports` must be an array of strings, not a string\n  \
             help: put it in brackets: `[\"…\"]`",
        ),
        (
            after("[components.api.needs]\nenv = [1979-05-27]"),
            "gusset.toml:4:8: `components.api.needs.env` must be a string, not a date",
        ),
        (
            after("[link]"),
            "gusset.toml:3:1: `link` must be an array of tables, not a table",
        ),
        (
            after("[[middleware]]\ncomponent = \"api\"\non = \"a:b/c\"\nunique = 1"),
            "gusset.toml:6:10: `middleware.unique` must be `true` or `false`, not a number",
        ),
        // Values out of their range.
        (
            "[workload]\nname = \"\"".to_string(),
            "gusset.toml:2:8: `workload.name` must not be empty",
        ),
        (
            "[policy.levels]\nenumerates = \"dney\"".to_string(),
            "gusset.toml:2:14: `policy.levels.enumerates` is `dney`, must be `allow` or `warn` or \
             `deny`\n  help: did you mean `deny`?",
        ),
        (
            after("imports = [\"wasi:http/types@latest\"]"),
            "gusset.toml:3:12: `latest` is not a version: expected `1`, `0.2` or `0.2.6`",
        ),
        (
            after("[components.api.needs]\nENV = []"),
            "gusset.toml:4:1: `ENV` is no kind of resource: expected lower-case words joined by \
             `-`\n  help: `gusset inspect` shows the kinds that a binary needs",
        ),
        (
            after("[components.api.needs]\nenv = [\"A\", \"A\"]"),
            "gusset.toml:4:13: `A` stands here twice\n  gusset.toml:4:8: first here",
        ),
        (
            "[components.import]\npath = \"a\"".to_string(),
            "gusset.toml:1:13: `import` is no name for a component: expected letters, digits, \
             `-`, `_` and `.`",
        ),
        (
            after("[[middleware]]\ncomponent = \"api\"\non = \"a:b/c\"\norder = [\"before\"]"),
            "gusset.toml:6:10: `before` is no order: expected `first`, `last`, `before:NAME` or \
             `after:NAME`",
        ),
        (
            after("[[route]]\nto = \"api\"\npath = \"x\""),
            "gusset.toml:5:8: no request has the path `x`: it does not begin with `/`",
        ),
        (
            after("[virt.api]\nenv = { \"A=B\" = \"1\" }"),
            "gusset.toml:4:9: `A=B` is no name for an environment variable",
        ),
        (
            after("[virt.api]\nstdin = \"x\"\nignore-stdin = true"),
            "gusset.toml:5:1: `stdin` and `ignore-stdin` contradict",
        ),
        (
            after("[virt.api]\nshift-date = \"1 hour\""),
            "gusset.toml:4:14: `virt.api.shift-date`: expected a whole number and one of ns, us, \
             ms, s, min, h, d",
        ),
        (
            after("[virt.api]\ndeny = [\"a:b/c@x\"]"),
            "gusset.toml:4:9: `x` is not a version: expected `1`, `0.2` or `0.2.6`",
        ),
        // Something is missing.
        (
            "[components.api]".to_string(),
            "gusset.toml:1:1: `[components.api]` has no `path`",
        ),
        (
            "[[policy.allow]]\nrule = \"enumerates\"".to_string(),
            "gusset.toml:1:1: this allowance has no `reason`\n  help: add `reason = \"…\"`: whoever \
             reads this later wants to know why",
        ),
        (
            "[[policy.deny]]".to_string(),
            "gusset.toml:1:1: `[[deny]]` says exactly one of `interface` and `host`",
        ),
        // Names of components.
        (
            after("[[route]]\nto = \"apj\""),
            "gusset.toml:4:6: no component is called `apj`\n  help: did you mean `api`?",
        ),
        (
            after(
                "[[middleware]]\ncomponent = \"api\"\non = \"a:b/c\"\norder = [\"after:tracing\"]",
            ),
            "gusset.toml:6:10: no component is called `tracing`\n  help: components are declared as \
             `[components.NAME]`",
        ),
    ] {
        assert_eq!(said(&text), expected, "{text}");
    }
}

#[test]
fn an_unknown_key_that_is_like_no_other_lists_those_there_are() {
    assert_eq!(
        said("[[manifest]]\ntarget = \"spin\"\nencoding = \"utf-8\""),
        "gusset.toml:3:1: unknown key `encoding` in `[[manifest]]`\n  \
         help: known keys: `config-maps`, `images`, `out`, `profile`, `secret`, `service`, `target`, `values`"
    );
}

#[test]
fn all_mistakes_are_said_in_one_run_in_the_order_of_the_file() {
    let text = "[workload]\nnam = \"a\"\n[components.api]\npath = 1\n[[link]]\nfor = \"x\"\n";
    let said = said(text);
    let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        lines,
        [
            "gusset.toml:2:1: unknown key `nam` in `[workload]`",
            "gusset.toml:4:8: `components.api.path` must be a string, not a number",
            "gusset.toml:5:1: `[[link]]` has no `consumer`",
            "gusset.toml:5:1: `[[link]]` has no `import`",
            "gusset.toml:5:1: `[[link]]` has no `provider`",
            "gusset.toml:6:1: unknown key `for` in `[[link]]`",
        ]
    );
}

#[test]
fn expiry_is_a_date_with_or_without_quotes() {
    let policy = |expires: &str| {
        let text = format!("[[allow]]\nrule = \"r\"\nreason = \"x\"\nexpires = {expires}\n");
        Policy::parse(&source(&text))
    };
    for good in ["2027-01-31", "\"2027-01-31\""] {
        let policy = policy(good).unwrap();
        let expires = policy.allow[0].expires.as_ref().unwrap();
        assert_eq!(expires.value.to_string(), "2027-01-31");
    }
    for bad in [
        "\"soon\"",
        "2027-01-31T00:00:00",
        "12:30:00",
        "\"2027-02-30\"",
        "2027",
    ] {
        assert!(policy(bad).is_err(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "[\\[\\]a-z=\"{}.\n, 0-9é]{0,60}") {
        let _ = said(&text);
        let text = format!("[components.a]\npath = \"a\"\n{text}");
        let said = said(&text);
        proptest::prop_assert!(said.is_empty() || said.starts_with("gusset.toml:"));
    }
}
