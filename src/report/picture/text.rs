//! Untrusted text made harmless, measured and shortened.

use crate::report::plain::push_clean;
use std::fmt::Write as _;

/// The longest text that goes into a tooltip or the page's data, in characters.
const FULL_TEXT: usize = 4_000;

/// Makes every character visible that could hide or reorder text, or that XML forbids, and
/// cuts text of absurd length. Every renderer does this first.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(FULL_TEXT));
    let mut rest = text.chars();
    for c in rest.by_ref().take(FULL_TEXT) {
        push_clean(&mut out, c);
    }
    let left = rest.count();
    if left > 0 {
        let _ = write!(out, "… ({left} more characters)");
    }
    out
}

/// The width of text in terminal-like cells: two for wide East Asian characters and emoji.
pub(super) fn cells(text: &str) -> usize {
    text.chars().map(char_cells).sum()
}

fn char_cells(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
        0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff => 2,
        0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// Shortens cleaned text to a number of cells by leaving out its middle: in
/// `acme:shop/orders@0.1.0` both the package and the version say something.
pub(super) fn shorten(text: &str, max: usize) -> String {
    if cells(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(1);
    let tail_room = room / 2;
    let head = prefix_of(text.chars(), room - tail_room);
    let tail: Vec<char> = prefix_of(text.chars().rev(), tail_room);
    head.into_iter()
        .chain(['…'])
        .chain(tail.into_iter().rev())
        .collect()
}

fn prefix_of(chars: impl Iterator<Item = char>, room: usize) -> Vec<char> {
    let mut used = 0;
    chars
        .take_while(|&c| {
            used += char_cells(c);
            used <= room
        })
        // Marks take no cells; a pile of them must not make the result long.
        .take(room * 4)
        .collect()
}

/// Escapes cleaned text for XML and HTML, in elements and in quoted attributes.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Escapes a JSON text for a `script` element. In JSON these characters occur only inside
/// strings, where an escape means the same.
pub(super) fn json_for_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A coordinate with at most one decimal, written the same way on every machine.
pub(super) fn num(value: f64) -> String {
    // Coordinates are far below the range where a float cannot hold tenths.
    #[allow(clippy::cast_possible_truncation)]
    let tenths = (value * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, part) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    if part == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}
