//! Words that several kinds of manifest say.

/// A line of comment. What could end the line or reorder it is shown as an escape: names come
/// from binaries.
pub(super) fn comment(text: &str) -> String {
    let mut out = String::from("#");
    if !text.is_empty() {
        out.push(' ');
    }
    out.push_str(&visible(text));
    out
}

/// A text in which every character can be seen and none moves another.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = matches!(c, ' '..='~') || c.is_alphanumeric() || matches!(c, '→' | '…' | '–');
        match plain {
            true => out.push(c),
            false => out.extend(c.escape_unicode()),
        }
    }
    out
}

/// How a place is marked at which a person writes something.
pub(super) fn fill_in(what: &str) -> String {
    format!("fill in: {what}")
}

/// `a`, `b` and `c`, in backticks.
pub(super) fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("`{n}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
