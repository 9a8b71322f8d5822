//! Comparing output with what is written down.

use std::fs;
use std::io;
use std::path::Path;

/// Compares one stream of one step with its file, or writes the file. No file means that
/// there must be no output.
pub(crate) fn compare(path: &Path, actual: &str, bless: bool) -> Result<(), String> {
    let expected = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    if bless {
        return write(path, actual, expected.as_deref())
            .map_err(|error| format!("{}: {error}", path.display()));
    }
    match expected.as_deref() {
        None if actual.is_empty() => Ok(()),
        Some("") => Err(format!(
            "{}: an empty file; no file means no output, so remove it",
            path.display()
        )),
        Some(expected) if expected == actual => Ok(()),
        expected => Err(format!(
            "{} (-) is not what came out (+); BLESS=1 takes the new output\n{}",
            path.display(),
            difference(expected.unwrap_or_default(), actual)
        )),
    }
}

fn write(path: &Path, actual: &str, expected: Option<&str>) -> io::Result<()> {
    match (actual, expected) {
        ("", None) => Ok(()),
        ("", Some(_)) => fs::remove_file(path),
        (actual, Some(expected)) if actual == expected => Ok(()),
        (actual, _) => fs::write(path, actual),
    }
}

/// The lines that differ, between the common beginning and the common end, with three lines
/// around them.
pub(crate) fn difference(expected: &str, actual: &str) -> String {
    const AROUND: usize = 3;
    let old: Vec<&str> = expected.split_inclusive('\n').collect();
    let new: Vec<&str> = actual.split_inclusive('\n').collect();
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(same)
        .count();
    let mut text = format!("@@ line {} @@\n", head + 1);
    let mut put = |sign: char, lines: &[&str]| {
        for line in lines {
            text.push(sign);
            text.push_str(line.strip_suffix('\n').unwrap_or(line));
            text.push('\n');
            if !line.ends_with('\n') {
                text.push_str("\\ no line break here\n");
            }
        }
    };
    put(' ', &old[head.saturating_sub(AROUND)..head]);
    put('-', &old_rest[..old_rest.len() - tail]);
    put('+', &new_rest[..new_rest.len() - tail]);
    let after = &old_rest[old_rest.len() - tail..];
    put(' ', &after[..after.len().min(AROUND)]);
    text
}
