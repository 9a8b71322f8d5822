//! Manifests that are text alone: a file is what the binaries say, line by line, or it is not.

use super::Target;
use crate::base::{ByteRange, SourceFile};

/// What stands for something that a person fills in.
const FILL_IN: &str = "FILL-IN";

/// The first place at which a file says something else: its span, and what is expected there.
/// Nothing in the file is a person's, but for what stands where something is to be filled in.
pub(super) fn compare(
    target: Target,
    expected: &str,
    source: &SourceFile,
) -> Option<(ByteRange, String)> {
    let mut start = 0u64;
    let mut wanted = expected.lines();
    for line in source.text().split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let span = ByteRange::new(start, start + text.len() as u64);
        start += line.len() as u64;
        match wanted.next() {
            Some(want) if same(target, want, text) => {}
            Some(want) => return Some((span, format!("the binaries say `{want}` here"))),
            None => return Some((span, "the binaries say nothing more".to_string())),
        }
    }
    let end = ByteRange::new(start, start);
    let want = wanted.next()?;
    Some((end, format!("the binaries go on with `{want}`")))
}

/// Whether a line is the expected one. Where a command line has something to fill in, anything
/// may stand that is there.
fn same(target: Target, want: &str, found: &str) -> bool {
    if target != Target::Wasmtime {
        return want == found;
    }
    let Some((before, after)) = want.split_once(FILL_IN) else {
        return want == found;
    };
    // A value with a space is quoted with what stands before it.
    let quoted = |text: &str| text.trim_end().ends_with('\\') == after.trim_end().ends_with('\\');
    let before = before.trim_end_matches('\'');
    let unquoted = found.replacen('\'', "", 1);
    (found.starts_with(before) || unquoted.starts_with(before)) && quoted(found)
}

/// A copy of a file in which every line that is not expected is dots: it may have anything in it.
pub(super) fn mask(expected: &str, source: &SourceFile) -> SourceFile {
    let known: std::collections::BTreeSet<&str> = expected.lines().collect();
    let mut text = String::with_capacity(source.text().len());
    for line in source.text().split_inclusive('\n') {
        match known.contains(line.trim_end_matches(['\n', '\r'])) {
            true => text.push_str(line),
            false => text.extend(line.bytes().map(|b| match b {
                b'\n' | b'\r' => char::from(b),
                _ => '.',
            })),
        }
    }
    SourceFile::new(source.name(), text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A failed step fails the test.
mod tests {
    use super::{compare, mask};
    use crate::base::SourceFile;
    use crate::manifest::Target;

    fn first(target: Target, expected: &str, text: &str) -> Option<String> {
        let source = SourceFile::new("f", text);
        let (span, says) = compare(target, expected, &source)?;
        Some(format!("{}: {says}", source.slice(span)))
    }

    #[test]
    fn the_first_line_that_differs() {
        let page = "# a\n\nb\n";
        assert_eq!(first(Target::Markdown, page, page), None);
        assert_eq!(first(Target::Markdown, page, "# a\r\n\r\nb\r\n"), None);
        let says = |text| first(Target::Markdown, page, text).unwrap();
        assert_eq!(says("# a\n\nc\n"), "c: the binaries say `b` here");
        assert_eq!(says("# a\n\n"), ": the binaries go on with `b`");
        assert_eq!(
            says("# a\n\nb\nmore\n"),
            "more: the binaries say nothing more"
        );
    }

    #[test]
    fn what_was_filled_in_is_no_difference() {
        let line = "wasmtime serve \\\n    -S config-var=a=FILL-IN \\\n    a.wasm\n";
        for value in ["1", "", "b c"] {
            let text = line.replace("FILL-IN", value);
            assert_eq!(first(Target::Wasmtime, line, &text), None, "{text}");
        }
        let quoted = line.replace("config-var=a=FILL-IN", "'config-var=a=b c'");
        assert_eq!(first(Target::Wasmtime, line, &quoted), None);
        let other = line.replace("config-var=a=FILL-IN", "config-var=b=1");
        assert!(first(Target::Wasmtime, line, &other).is_some());
        assert!(first(Target::Markdown, line, &line.replace("FILL-IN", "1")).is_some());
    }

    #[test]
    fn what_is_not_expected_is_not_shown() {
        let source = SourceFile::new("f", "a\n-S config-var=t=hunter2 é\nb\n");
        let shown = mask("a\nb\n", &source);
        assert_eq!(shown.text().len(), source.text().len());
        assert!(shown.text().starts_with("a\n..") && shown.text().ends_with("\nb\n"));
        assert!(!shown.text().contains("hunter2"));
    }
}
