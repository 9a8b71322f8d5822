//! Readers of YAML 1.1 and 1.2 agree on every scalar that is written.

use gusset::manifest::tree::Value;
use gusset::manifest::yaml::{read, scalar};
use proptest::prelude::*;
use regex::Regex;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a reader of YAML 1.1 takes a plain scalar for, if not for a text
/// (yaml.org/type: bool, float, int, merge, null, timestamp, value).
fn is_other_in_1_1(text: &str) -> bool {
    let patterns = [
        "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        r"[-+]?([0-9][0-9_]*)?\.[0-9.]*([eE][-+][0-9]+)?",
        r"[-+]?([0-9][0-9_]*)(\.[0-9]*)?[eE][-+]?[0-9]+",
        r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*",
        r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
        "[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+",
        "~|null|Null|NULL||<<|=",
        "[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?([Tt]|[ \t]+).*",
        "[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?",
    ];
    patterns
        .iter()
        .any(|p| Regex::new(&format!("^(?:{p})$")).unwrap().is_match(text))
}

/// A text as the reader of YAML 1.2 gets it, as key and as value, in block and in flow style.
fn agrees(text: &str) {
    let written = scalar(text);
    assert!(!written.contains('\n'), "{written:?}");
    let block = format!(
        "{written}: {written}\nlist:\n  - {written}\nflow: [{written}, {{k: {written}}}]\n"
    );
    // A key that is called like another one of the document is an error of its own.
    if matches!(text, "list" | "flow") {
        return;
    }
    let found = read(&block).unwrap_or_else(|e| panic!("{e}: {block}"));
    let found = &found[0];
    assert_eq!(
        found.get(text).and_then(|f| f.text()),
        Some(text),
        "{block}"
    );
    let item = |of: &str| found.get(of).unwrap().items()[0].text().map(str::to_string);
    assert_eq!(item("list").as_deref(), Some(text), "{block}");
    assert_eq!(item("flow").as_deref(), Some(text), "{block}");
    if !written.starts_with('"') {
        assert!(!is_other_in_1_1(&written), "{written}");
        assert!(!text.is_empty() && text.is_ascii(), "{written}");
    } else {
        // What both versions read in double quotes: printable characters and escapes that are
        // in both tables.
        let inner = written
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap();
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            assert!(
                c == ' ' || (!c.is_control() && !c.is_whitespace()),
                "{written:?}"
            );
            if c == '\\' {
                let escape = chars.next();
                assert!(
                    matches!(escape, Some('"' | '\\' | 'n' | 't' | 'r' | 'U')),
                    "{written}"
                );
            }
        }
    }
}

/// Texts that some reader takes for something else when they stand plain.
const ODD: &[&str] = &[
    "no",
    "NO",
    "on",
    "off",
    "y",
    "n",
    "true",
    "False",
    "null",
    "~",
    "",
    " ",
    "12:30",
    "1e3",
    "1_000",
    "0x1f",
    "0o17",
    "017",
    "0b1",
    ".5",
    ".inf",
    "NaN",
    "2026-11-21",
    "2026-11-21T12:30:00Z",
    "=",
    "<<",
    "-",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a",
    "|",
    ">",
    "'a'",
    "\"a\"",
    "[a]",
    "{a}",
    "a,b",
    "two\nlines",
    "tab\t",
    "cr\r\n",
    "ключ",
    "日本",
    "é",
    "\u{202e}x",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{1f600}",
    "\u{0}",
    "\u{7f}",
    "a\\b",
    "a/b",
    "v1.2.3",
    "sha256-x",
    "a ",
    "nan",
    "Inf",
    "1.0.0",
    "---",
    "...",
    "?",
    "? a",
    ":",
    "a:",
    "yes/no",
    "e1",
    "infinity",
];

#[test]
fn texts_that_look_like_something_else() {
    for text in ODD {
        agrees(text);
    }
}

/// PyYAML reads YAML 1.1. It is no dependency: where it is not installed, the rules of 1.1 above
/// are all that is checked.
#[test]
#[allow(clippy::print_stderr, reason = "a skipped check says why")]
fn a_reader_of_yaml_1_1_reads_the_same() {
    const READ: &str = "import json, sys, yaml\n\
                        text, wanted = json.load(sys.stdin)\n\
                        assert yaml.safe_load(text) == wanted, yaml.safe_load(text)\n";
    let python = |program: &str, input: &str| -> std::io::Result<std::process::Output> {
        let mut child = Command::new("python3")
            .args(["-c", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.as_mut();
        stdin.map_or(Ok(()), |stdin| stdin.write_all(input.as_bytes()))?;
        child.wait_with_output()
    };
    if !python("import yaml", "").is_ok_and(|found| found.status.success()) {
        eprintln!("skipped: no python3 with PyYAML");
        return;
    }
    let mut text = String::new();
    let mut wanted = Vec::new();
    // Characters that PyYAML reads in no form are left out.
    for odd in ODD.iter().filter(|odd| !odd.contains('\u{0}')) {
        let written = scalar(odd);
        text.push_str(&format!(
            "- {written}\n- {{{written}: {written}}}\n- [{written}]\n"
        ));
        wanted.extend([json!(odd), json!({ *odd: odd }), json!([odd])]);
    }
    let input = json!([text, wanted]).to_string();
    let read = python(READ, &input).unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
}

proptest! {
    #[test]
    fn every_text(text in any::<String>()) {
        agrees(&text);
    }

    #[test]
    fn short_texts(text in "[-+.0-9eExXobyYnNtTfFu~:_ #']{0,8}") {
        agrees(&text);
    }

    #[test]
    fn garbage_never_panics(text in "[-a:{}\\[\\],#&*!|>'\"%@` \n\t]{0,60}") {
        let _ = read(&text);
    }
}

#[test]
fn what_hides_values_is_refused() {
    for (text, says) in [
        ("a: &x 1\nb: *x\n", "aliases"),
        ("a: 1\na: 2\n", "twice"),
        ("? [a]\n: 1\n", "a key must be a text"),
        ("a: [", "not YAML"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.message.contains(says), "{text:?}: {error}");
    }
    let found = read("a:\nb: ~\nc: \"\"\n").unwrap();
    assert_eq!(found[0].get("a").unwrap().value, Value::Null);
    assert_eq!(found[0].get("b").unwrap().value, Value::Null);
    assert_eq!(found[0].get("c").unwrap().text(), Some(""));
}
