//! The text of a case.

use super::split::split;

/// Every directive, and what it says; the readme lists the same ones.
pub(crate) const DIRECTIVES: [(&str, &str); 7] = [
    ("RUN", "a step"),
    ("EXIT", "the exit code of the step above"),
    ("STDIN", "the file that the step above reads"),
    ("STDOUT", "the file that keeps the output of the step above"),
    ("ENV", "a variable of the step above, or of all"),
    ("DIR", "the folder of the step above, or of all"),
    ("COPY", "a file of the repository that is put into {tmp}"),
];

/// The programs a step may run; all but the first are played by the harness.
pub(crate) const PROGRAMS: [&str; 3] = ["gusset", "cat", "ls"];

/// One case, as written.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// The steps, at least one.
    pub(crate) steps: Vec<Step>,
    /// Settings above the first step.
    pub(crate) common: Settings,
    /// Files of the repository and their names in the temporary folder.
    pub(crate) copies: Vec<(String, String)>,
    /// The text of `{case}`, header included so that its lines keep their numbers; `None`
    /// if there is nothing but a header.
    pub(crate) body: Option<String>,
    /// Further files: name and text.
    pub(crate) files: Vec<(String, String)>,
}

/// One `RUN` line and what belongs to it.
#[derive(Debug)]
pub(crate) struct Step {
    /// The line in the case file, for messages.
    pub(crate) line: usize,
    /// Program and arguments, with placeholders.
    pub(crate) words: Vec<String>,
    /// The expected exit code, 0 if nothing is said.
    pub(crate) exit: Option<i32>,
    /// A file to read from.
    pub(crate) stdin: Option<String>,
    /// A file that keeps the output.
    pub(crate) stdout: Option<String>,
    /// Settings of this step alone.
    pub(crate) own: Settings,
}

/// What may be set for one step or for all.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Variables.
    pub(crate) env: Vec<(String, String)>,
    /// The working folder.
    pub(crate) dir: Option<String>,
}

impl Case {
    /// Reads a case; the error names the line.
    pub(crate) fn parse(text: &str) -> Result<Case, String> {
        let mut case = Case::default();
        let (own, files) = sections(text)?;
        case.files = files;
        let mut in_header = true;
        for (index, line) in own.lines().enumerate() {
            let number = index + 1;
            let at = |message: String| format!("line {number}: {message}");
            in_header &= line.starts_with(";;") || line.trim().is_empty();
            let Some((key, value)) = directive(line) else {
                continue;
            };
            if !in_header {
                return Err(at(format!("{key} below the header is never looked at")));
            }
            case.add(number, key, value).map_err(at)?;
        }
        if !in_header {
            case.body = Some(own);
        }
        case.check()?;
        Ok(case)
    }

    fn add(&mut self, line: usize, key: &str, value: &str) -> Result<(), String> {
        let last = self.steps.last_mut();
        match (key, last) {
            ("RUN", _) => {
                let words = split(value)?;
                if !words
                    .first()
                    .is_some_and(|word| PROGRAMS.contains(&word.as_str()))
                {
                    return Err(format!("a step runs one of {}", PROGRAMS.join(", ")));
                }
                self.steps.push(Step {
                    line,
                    words,
                    exit: None,
                    stdin: None,
                    stdout: None,
                    own: Settings::default(),
                });
                Ok(())
            }
            ("COPY", None) => match split(value)?.as_slice() {
                [from, to] => {
                    self.copies.push((from.clone(), inside(to)?));
                    Ok(())
                }
                _ => Err("COPY takes a file and its name in {tmp}".into()),
            },
            ("COPY", Some(_)) => Err("COPY stands above the first RUN".into()),
            ("ENV", last) => {
                let settings = last.map_or(&mut self.common, |step| &mut step.own);
                let (name, value) = value.split_once('=').ok_or("ENV takes NAME=value")?;
                settings.env.push((name.to_owned(), value.to_owned()));
                Ok(())
            }
            ("DIR", last) => {
                let settings = last.map_or(&mut self.common, |step| &mut step.own);
                set(&mut settings.dir, value.to_owned())
            }
            ("EXIT", Some(step)) => {
                let code = value.parse().map_err(|_| "EXIT takes a number")?;
                set(&mut step.exit, code)
            }
            ("STDIN", Some(step)) => set(&mut step.stdin, value.to_owned()),
            ("STDOUT", Some(step)) => set(&mut step.stdout, value.to_owned()),
            ("EXIT" | "STDIN" | "STDOUT", None) => Err(format!("{key} stands below a RUN")),
            _ => Err(format!(
                "no directive is called {key}; there are {}",
                DIRECTIVES.map(|(name, _)| name).join(", ")
            )),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() {
            return Err("there is no `;; RUN: gusset …` line".into());
        }
        let used = self.steps.iter().any(|step| {
            let mut texts = step.words.iter().chain(&step.stdin);
            texts.any(|text| text.contains("{case}"))
        });
        match (&self.body, used) {
            (Some(_), false) => Err("no step uses the text below the header as {case}".into()),
            (None, true) => Err("{case} is used, but there is no text below the header".into()),
            _ => Ok(()),
        }
    }
}

/// `;; KEY: value`, with a key in capitals. Anything else behind `;;` is prose.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix(";;")?.trim_start().split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_uppercase());
    is_key.then_some((key, value.trim()))
}

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("said twice".into()),
    }
}

/// Takes the files off the end of a case: each begins with a line `-- name --`.
fn sections(text: &str) -> Result<(String, Vec<(String, String)>), String> {
    let mut own = String::new();
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line
            .trim_end()
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        if let Some(name) = name {
            if files.iter().any(|(other, _)| other == name) {
                return Err(format!("there are two files called {name}"));
            }
            files.push((inside(name)?, String::new()));
        } else {
            let text = files.last_mut().map_or(&mut own, |(_, text)| text);
            text.push_str(line);
        }
    }
    Ok((own, files))
}

/// A name that stays in the temporary folder.
fn inside(name: &str) -> Result<String, String> {
    let leaves = name
        .split('/')
        .any(|part| part.is_empty() || part.starts_with('.') && part.trim_matches('.').is_empty());
    if leaves || name.contains(['\\', ':']) {
        return Err(format!("`{name}` must be a plain path below {{tmp}}"));
    }
    Ok(name.to_owned())
}
