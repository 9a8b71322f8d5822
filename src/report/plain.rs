//! Untrusted text made harmless and measured, and numbers with units.

use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// Makes every character visible that could move the cursor, hide or reorder text. Names
/// come from binaries that nobody vouches for.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_clean(&mut out, c));
    out
}

/// Appends one character, made visible where it is not.
pub(super) fn push_clean(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_treacherous(c) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Characters that are invisible, change the direction of others, or may not stand in XML.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
        // Noncharacters: the last two of every plane, and a block of 32.
        || (u32::from(c) & 0xfffe) == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// Width in terminal cells.
pub(super) fn cells(text: &str) -> usize {
    text.width()
}

/// `text` padded on the right to `width` cells.
pub(super) fn pad(text: &str, width: usize) -> String {
    let mut out = text.to_string();
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(cells(text))));
    out
}

/// Bytes with a decimal unit: `812 B`, `4.3 KB`, `412 KB`, `2.5 MB`.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KB", "MB"] {
        if value < 999.5 {
            return match unit != "B" && value < 9.95 {
                true => format!("{value:.1} {unit}"),
                false => format!("{value:.0} {unit}"),
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1} GB")
}

/// `1 function`, `2 functions`.
pub(super) fn count(n: usize, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        _ => format!("{n} {one}s"),
    }
}

/// First and last four digits of a hash: `3fa1…c09e`. A leading `sha256:` is left out.
pub(super) fn hash(hex: &str) -> String {
    let hex = hex.strip_prefix("sha256:").unwrap_or(hex);
    match (hex.get(..4), hex.get(hex.len().saturating_sub(4)..)) {
        (Some(first), Some(last)) if hex.len() > 8 => format!("{first}…{last}"),
        _ => hex.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits() {
        let shown = [
            0, 812, 999, 1_000, 4_321, 9_960, 412_345, 999_600, 2_500_000,
        ];
        assert_eq!(
            shown.map(size).join(", "),
            "0 B, 812 B, 999 B, 1.0 KB, 4.3 KB, 10 KB, 412 KB, 1.0 MB, 2.5 MB"
        );
        assert_eq!(size(3_210_000_000), "3.2 GB");
    }

    #[test]
    fn hashes_are_shortened() {
        assert_eq!(hash("sha256:0123456789abcdef"), "0123…cdef");
        assert_eq!(hash("0123456789abcdef"), "0123…cdef");
        assert_eq!(hash(""), "");
    }

    #[test]
    fn names_cannot_play_tricks_on_a_terminal() {
        assert_eq!(
            clean("a\u{1b}[31mb\nc\u{202e}d"),
            "a\\u{1b}[31mb\\nc\\u{202e}d"
        );
        assert_eq!(clean("größe-日本"), "größe-日本");
        assert_eq!(cells("日本"), 4);
        assert_eq!(pad("日", 4), "日  ");
    }
}
