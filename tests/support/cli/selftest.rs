//! The harness against made-up input. A harness that cannot fail proves nothing, so most of
//! this feeds it something wrong and wants a complaint.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::case::{Case, DIRECTIVES, PROGRAMS};
use super::expect::difference;
use super::files::strays;
use super::run::Runner;
use super::split::{fill, split};

/// A check, and its name.
pub(crate) type Check = (&'static str, fn() -> Result<(), String>);

/// All checks.
pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = vec![
        ("words", words),
        ("placeholders", placeholders),
        ("a good case is understood", good_case),
        ("a bad case is refused", bad_cases),
        ("differences are shown", differences),
        ("wrong output fails and is blessed", wrong_output),
        ("left-over files are found", left_over),
        ("the readme says what there is", readme),
    ];
    if cfg!(unix) {
        checks.push(("exit codes, streams and variables", programs));
        checks.push(("an endless step is ended", endless));
    }
    checks
}

fn words() -> Result<(), String> {
    for (line, expected) in [
        ("", &[][..]),
        ("  gusset \t inspect ", &["gusset", "inspect"]),
        (r#"a "b c" 'd "e' f"g h"i"#, &["a", "b c", "d \"e", "fg hi"]),
        (r#""" '' "\"\\" '\' \"#, &["", "", "\"\\", "\\", "\\"]),
        (r#"env:* $HOME "|" a|b"#, &["env:*", "$HOME", "|", "a|b"]),
    ] {
        same(
            split(line),
            Ok(expected.iter().map(|word| (*word).to_owned()).collect()),
            line,
        )?;
    }
    for line in [
        "a | b", "a > b", "a && b", "'open", "\"open", "\"open\\", r#""\x""#,
    ] {
        split(line).err().ok_or(format!("accepted: {line}"))?;
    }
    Ok(())
}

fn placeholders() -> Result<(), String> {
    let values = [("tmp", "T"), ("case", "C")];
    for (text, expected) in [
        ("{tmp}/x{case}", "T/xC"),
        (r#"{"a": {}} { {A} {a"#, r#"{"a": {}} { {A} {a"#),
        ("{{tmp}}", "{T}"),
    ] {
        same(fill(text, &values), Ok(expected.to_owned()), text)?;
    }
    fill("{temp}", &values)
        .err()
        .ok_or("unknown name accepted")?;
    Ok(())
}

fn good_case() -> Result<(), String> {
    let case = Case::parse(
        ";; Prose: with a colon, and DIRECTIVES in it.\n\
         ;; ENV: A=1=2\n;; COPY: a.wasm sub/b.wasm\n\n\
         ;; RUN: gusset inspect {case}\n;; EXIT: 2\n;; ENV: B=\n\
         ;; RUN: ls {tmp}\n;; DIR: {tmp}\n\
         (module)\n-- x/y.toml --\n[a]\n-- z --\n",
    )?;
    same(case.steps.len(), 2, "steps")?;
    same(case.steps[0].exit, Some(2), "exit")?;
    same(case.steps[1].own.dir.as_deref(), Some("{tmp}"), "dir")?;
    same(
        case.common.env,
        vec![("A".to_owned(), "1=2".to_owned())],
        "env",
    )?;
    same(case.copies.len(), 1, "copies")?;
    let body = case.body.ok_or("no body")?;
    same(
        body.lines().position(|line| line == "(module)"),
        Some(9),
        "body line",
    )?;
    let files = [("x/y.toml", "[a]\n"), ("z", "")];
    same(
        case.files,
        files.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec(),
        "files",
    )
}

fn bad_cases() -> Result<(), String> {
    for (text, complaint) in [
        ("", "there is no"),
        (";; just prose\n", "there is no"),
        (";; RUN: rm -rf x\n", "line 1: a step runs one of"),
        (";; RUN: gusset | cat\n", "needs a shell"),
        (";; RUM: gusset\n", "no directive is called RUM"),
        (";; EXIT: 1\n;; RUN: gusset\n", "stands below a RUN"),
        (
            ";; RUN: gusset\n;; EXIT: no\n",
            "line 2: EXIT takes a number",
        ),
        (
            ";; RUN: gusset\n;; EXIT: 1\n;; EXIT: 2\n",
            "line 3: said twice",
        ),
        (";; RUN: gusset\n;; COPY: a b\n", "above the first RUN"),
        (";; COPY: a ../b\n;; RUN: gusset\n", "plain path"),
        (";; RUN: gusset\n;; ENV: A\n", "NAME=value"),
        (";; RUN: gusset {case}\n", "no text below the header"),
        (";; RUN: gusset\n(module)\n", "no step uses the text"),
        (
            ";; RUN: gusset {case}\n(module)\n;; RUN: gusset\n",
            "line 3: RUN below the header",
        ),
        (";; RUN: gusset\n-- /etc/x --\n", "plain path"),
        (";; RUN: gusset\n-- a --\n-- a --\n", "two files called a"),
    ] {
        let error = Case::parse(text)
            .err()
            .ok_or(format!("accepted: {text:?}"))?;
        holds(&error, complaint)?;
    }
    Ok(())
}

fn differences() -> Result<(), String> {
    let old = "1\n2\n3\n4\n5\nold\n6\n7\n8\n9\n";
    let shown = difference(old, &old.replace("old", "new"));
    same(
        shown.as_str(),
        "@@ line 6 @@\n 3\n 4\n 5\n-old\n+new\n 6\n 7\n 8\n",
        "replaced",
    )?;
    holds(&difference("a\n", "a"), "no line break here")?;
    holds(&difference("", "a\na\n"), "+a\n+a\n")?;
    holds(&difference("a\na\n", "a\n"), "-a\n")
}

/// Plays one made-up case, with `program` in the place of gusset.
fn play(folder: &Path, program: &str, text: &str, bless: bool) -> Result<(), String> {
    let path = folder.join("made-up.case");
    put(&path, text)?;
    let runner = Runner {
        program: program.into(),
        root: folder.to_owned(),
        bless,
        timeout: Duration::from_millis(if program == "sleep" { 100 } else { 10_000 }),
    };
    runner.play(&path)
}

fn wrong_output() -> Result<(), String> {
    let folder = folder()?;
    let folder = folder.path();
    let one = ";; RUN: cat {tmp}/a\n-- a --\nhello\n";
    complains(play(folder, "no", one, false), "+hello")?;
    play(folder, "no", one, true)?;
    play(folder, "no", one, false)?;
    same(
        fs::read_to_string(folder.join("made-up.stdout")).ok(),
        Some("hello\n".into()),
        "kept",
    )?;
    complains(
        play(folder, "no", &one.replace("hello", "bye"), false),
        "-hello\n+bye",
    )?;
    // Silence is an expectation, too.
    let silent = ";; RUN: cat {tmp}/a\n-- a --\n";
    complains(play(folder, "no", silent, false), "-hello")?;
    put(&folder.join("made-up.stdout"), "")?;
    complains(play(folder, "no", silent, false), "an empty file")?;
    play(folder, "no", silent, true)?;
    same(
        folder.join("made-up.stdout").exists(),
        false,
        "removed by BLESS",
    )?;
    complains(
        play(folder, "no", ";; RUN: cat {tmp}/b\n", false),
        "exit code 2, not 0",
    )?;
    let binary = ";; RUN: cat b\n";
    fs::write(folder.join("b"), [0xff, 0xfe]).map_err(|error| error.to_string())?;
    complains(play(folder, "no", binary, false), "stdout is no text")?;
    play(
        folder,
        "no",
        &format!("{binary};; STDOUT: {{tmp}}/c\n"),
        false,
    )
}

fn left_over() -> Result<(), String> {
    let folder = folder()?;
    let folder = folder.path();
    put(&folder.join("README.md"), "")?;
    put(
        &folder.join("a.case"),
        ";; RUN: ls {tmp}\n;; RUN: ls {tmp}\n",
    )?;
    put(&folder.join("a.2.stdout"), "x")?;
    let find = |remove| strays(folder, remove).map_err(|error| error.to_string());
    same(find(false)?.len(), 0, "nothing left over")?;
    for stray in ["a.stdout", "a.3.stderr", "b.stdout"] {
        put(&folder.join(stray), "x")?;
        holds(&find(false)?.join("\n"), stray)?;
        same(find(true)?.len(), 0, "removed by BLESS")?;
        same(folder.join(stray).exists(), false, stray)?;
    }
    put(&folder.join("b.cas"), "x")?;
    holds(&find(true)?.join("\n"), "b.cas: not a part of any case")
}

fn programs() -> Result<(), String> {
    let folder = folder()?;
    let folder = folder.path();
    let sh = |script: &str, more: &str| {
        let text = format!(";; ENV: COMMON={{tmp}}\n;; RUN: gusset -c '{script}'\n{more}");
        play(folder, "sh", &text, false)
    };
    sh("exit 3", ";; EXIT: 3\n")?;
    complains(
        sh("echo why >&2; exit 2", ""),
        "exit code 2, not 0\nstderr:\nwhy",
    )?;
    complains(sh("kill -9 $$", ""), "exit code a signal")?;
    complains(sh("echo said >&2", ""), "made-up.stderr (-)")?;
    complains(sh("echo $COMMON $OWN", ";; ENV: OWN=x\n"), "+{tmp} x")?;
    sh(
        "test -z \"$CARGO_MANIFEST_DIR$NO_COLOR$CLICOLOR_FORCE\"",
        "",
    )?;
    sh("test \"$COLUMNS\" = 100 && test -d \"$HOME\"", "")?;
    sh("test -f made-up.case && ! read line", "")?;
    sh(
        "read line && test \"$line\" = in",
        ";; STDIN: {tmp}/i\n-- i --\nin\n",
    )?;
    sh("test \"$PWD\" = \"$COMMON\"", ";; DIR: {tmp}\n")?;
    // More than a pipe holds, on both streams: a harness that reads one after the other hangs.
    let loud = "i=0; while [ $i -lt 2000 ]; do echo $COMMON$COMMON$COMMON; \
                echo $COMMON$COMMON$COMMON >&2; i=$((i+1)); done";
    complains(sh(loud, ""), "{tmp}{tmp}{tmp}")
}

fn endless() -> Result<(), String> {
    let folder = folder()?;
    complains(
        play(folder.path(), "sleep", ";; RUN: gusset 30\n", false),
        "no end after 100ms; killed",
    )
}

/// The readme must list the directives and programs that exist, and its example must be one
/// of the cases that are played.
fn readme() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let read = |name: &str| {
        fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))
    };
    let text = read("README.md")?;
    let row = |line: &str| {
        let name = line.strip_prefix("| `")?.split(['`', ':', ' ']).next()?;
        Some(name.to_owned())
    };
    let listed: Vec<String> = text.lines().filter_map(row).collect();
    let known = DIRECTIVES.iter().map(|(name, _)| *name).chain(PROGRAMS);
    same(
        listed,
        known.map(str::to_owned).collect(),
        "rows of the tables, in order",
    )?;
    for file in [
        "harness/steps.case",
        "harness/steps.1.stdout",
        "harness/steps.2.stdout",
    ] {
        let block = format!("```text\n{}```", read(file)?);
        text.contains(&block)
            .then_some(())
            .ok_or(format!("README.md does not show {file} as it is"))?;
    }
    Ok(())
}

fn folder() -> Result<tempfile::TempDir, String> {
    tempfile::tempdir().map_err(|error| error.to_string())
}

fn put(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| error.to_string())
}

fn same<T: PartialEq + std::fmt::Debug>(is: T, should: T, what: &str) -> Result<(), String> {
    if is == should {
        Ok(())
    } else {
        Err(format!("{what}: {is:?} is not {should:?}"))
    }
}

fn holds(text: &str, part: &str) -> Result<(), String> {
    if text.contains(part) {
        Ok(())
    } else {
        Err(format!("no {part:?} in: {text}"))
    }
}

fn complains(result: Result<(), String>, part: &str) -> Result<(), String> {
    holds(&result.err().ok_or(format!("accepted; no {part:?}"))?, part)
}
