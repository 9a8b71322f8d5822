//! A comparison for a pull request.

use super::text::fate;
use super::words::Words;
use super::{Comparison, sections};
use crate::lock::ComponentDiff;
use crate::report::plain::{clean, count};

/// A heading, a sentence, and a table for each component that differs.
pub fn markdown(comparison: &Comparison) -> String {
    let mut out = "### What the components need\n\n".to_string();
    let all = &comparison.diff.components;
    let differing: Vec<&ComponentDiff> = all.iter().filter(|c| c.differs()).collect();
    let versions = format!("{} → {}", code(&comparison.old), code(&comparison.new));
    out.push_str(&match (differing.len(), all.len()) {
        (_, 0) => format!("{versions}: no components\n"),
        (0, _) => format!("{versions}: no difference\n"),
        (n, total) => format!("{versions}: {} of {total} differ\n", count(n, "component")),
    });
    for component in &differing {
        out.push_str(&block(component));
    }
    let rebuilt = all.iter().filter(|c| !c.differs());
    let rebuilt: Vec<String> = rebuilt
        .filter(|c| c.old_digest != c.new_digest)
        .map(|c| code(&c.name))
        .collect();
    if !rebuilt.is_empty() {
        let names = rebuilt.join(", ");
        out.push_str(&format!("\nOther code that needs the same: {names}\n"));
    }
    out
}

fn block(component: &ComponentDiff) -> String {
    let name = code(&component.name);
    let mut out = format!("\n#### {name} ({})\n", fate(component));
    if sections(component).iter().all(|(_, c)| c.is_empty()) {
        return out;
    }
    out.push_str("\n| | kind | what | where |\n|---|---|---|---|\n");
    for (section, changes) in sections(component) {
        for change in changes {
            let words = Words::of(section, change);
            let strong = match section {
                "new" | "weaker" => format!("**{section}**"),
                other => other.to_string(),
            };
            let text = code(&words.text);
            let remark = escape(&words.remark);
            out.push_str(&format!(
                "| {strong} | {} | {text} | {remark} |\n",
                words.kind
            ));
        }
    }
    out
}

/// Text as code of a table's cell: no character of it is markup.
fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    // A fence longer than any run of backticks inside.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// Text as text: no character of it is markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | '/' | '-' | ':' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{code, escape};

    #[test]
    fn names_are_no_markup() {
        assert_eq!(code("A_B"), "`A_B`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`x"), "`` `x ``");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code(""), "`  `");
        assert_eq!(escape("in <b>*x*"), "in \\<b\\>\\*x\\*");
    }
}
