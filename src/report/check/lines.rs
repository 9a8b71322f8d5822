//! Where a finding stands, and its way, as formats without snippets say it.

use crate::base::Position;
use crate::gate::{Finding, Location, Place, Report, Step};
use crate::report::plain::clean;
use std::collections::BTreeSet;

/// The marked text of a finding: where it begins and ends.
#[derive(Clone, Copy)]
pub(super) struct Marked {
    pub(super) start: Position,
    pub(super) end: Position,
}

/// Where the text of a finding is marked; `None` in a binary.
pub(super) fn marked(report: &Report, finding: &Finding) -> Option<Marked> {
    let Location::Text { span, .. } = finding.location() else {
        return None;
    };
    let source = report.source(finding.location())?;
    Some(Marked {
        start: source.position(span.start),
        end: source.position(span.end),
    })
}

/// `gusset.toml:12:1`, or `api.wasm, root/1, in `get` (+0x1f3c)`.
pub(super) fn place(report: &Report, finding: &Finding) -> String {
    let file = clean(finding.location().file());
    match (finding.location(), marked(report, finding)) {
        (_, Some(at)) => format!("{file}:{}:{}", at.start.line, at.start.column),
        (Location::Binary { place, .. }, _) => format!("{file}, {}", in_binary(place)),
        _ => file,
    }
}

/// `root/1, in `get` (+0x1f3c, src/auth.rs:88)`.
pub(super) fn in_binary(place: &Place) -> String {
    let mut text = clean(&place.instance);
    if let Some(function) = &place.function {
        text.push_str(&format!(", in `{}`", clean(function)));
    }
    let offset = place.offset.map(|o| format!("+{o:#x}"));
    let details: Vec<String> = offset
        .into_iter()
        .chain(place.source.as_deref().map(clean))
        .collect();
    if !details.is_empty() {
        text.push_str(&format!(" ({})", details.join(", ")));
    }
    text
}

/// Steps shown at each end of a long way.
const ENDS: usize = 3;

/// `handle → verify → wasmcloud:secrets/store#get (src/auth.rs:88)`; empty without steps.
pub(super) fn way(steps: &[Step]) -> String {
    let mut names = names(steps);
    if names.len() > 2 * ENDS + 1 {
        let left_out = names.len() - 2 * ENDS;
        names.splice(ENDS..names.len() - ENDS, [format!("({left_out} more)")]);
    }
    let mut text = names.join(" → ");
    // The innermost code of the file is where to begin reading.
    let code = steps.iter().rev().find_map(|s| s.place.as_ref());
    let at = code.and_then(|place| match (&place.source, place.offset) {
        (Some(source), _) => Some(clean(source)),
        (None, Some(offset)) => Some(format!("+{offset:#x}")),
        (None, None) => None,
    });
    if let Some(at) = at {
        text.push_str(&format!("  ({at})"));
    }
    text
}

/// What stands at each step; where the way goes through several instances, also whose code
/// it is.
fn names(steps: &[Step]) -> Vec<String> {
    let instance = |step: &'_ Step| step.place.as_ref().map(|place| place.instance.clone());
    let all: BTreeSet<String> = steps.iter().filter_map(instance).collect();
    let mut before = None;
    let mut names = Vec::new();
    for step in steps {
        let of = instance(step);
        let name = clean(&step.what);
        names.push(match &of {
            Some(of) if all.len() > 1 && before.as_ref() != Some(of) => {
                format!("{name} ({})", clean(of))
            }
            _ => name,
        });
        before = of.or(before);
    }
    names
}

/// A path as tools that know only the repository read it: with slashes, without `.` and
/// inner `..`, relative to `base` where it is below it.
pub(super) fn repository_path(path: &str, base: &str) -> String {
    let (path, base) = (path.replace('\\', "/"), base.replace('\\', "/"));
    let below = path.strip_prefix(base.trim_end_matches('/'));
    let path = match below.and_then(|rest| rest.strip_prefix('/')) {
        Some(relative) if !base.is_empty() => relative.to_string(),
        _ => path,
    };
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::repository_path;

    #[test]
    fn paths_are_those_of_the_repository() {
        for (path, shown) in [
            ("./a/b.wasm", "a/b.wasm"),
            ("fixtures/gate/../bin/a.wasm", "fixtures/bin/a.wasm"),
            ("../other/a.wasm", "../other/a.wasm"),
            ("../../a.wasm", "../../a.wasm"),
            ("/repo/a.wasm", "a.wasm"),
            ("/repository/a.wasm", "/repository/a.wasm"),
            (r"app\a.wasm", "app/a.wasm"),
        ] {
            assert_eq!(repository_path(path, "/repo"), shown);
            assert_eq!(repository_path(path, "/repo/"), shown);
        }
        assert_eq!(repository_path("/repo/a.wasm", ""), "/repo/a.wasm");
    }
}
