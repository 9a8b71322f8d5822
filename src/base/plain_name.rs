//! Names that are good for files, keys and commands.

/// A text with the characters that a name may have: letters, digits, `-` and `_`. May be
/// empty.
pub fn plain(text: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let plain: String = text
        .chars()
        .map(|c| if good(c) { c } else { '-' })
        .collect();
    plain.trim_matches('-').to_string()
}

/// The first of `base`, `base` with `sign` and 2, 3, … that is not taken.
pub fn free(base: &str, sign: &str, mut taken: impl FnMut(&str) -> bool) -> String {
    let mut name = base.to_string();
    let mut number = 2usize;
    while taken(&name) {
        name = format!("{base}{sign}{number}");
        number += 1;
    }
    name
}
