//! Patterns with `*`.

use std::fmt;

/// A pattern over names: `*` stands for any characters, also none and also `/`; `\*` and
/// `\\` for the character itself; everything else for itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Glob {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Any,
    Char(char),
}

impl Glob {
    /// The pattern that a text says. Every text says one.
    pub fn new(text: &str) -> Glob {
        let mut parts = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let part = match (c, chars.peek()) {
                ('\\', Some('*' | '\\')) => Part::Char(chars.next().unwrap_or(c)),
                ('*', _) => Part::Any,
                _ => Part::Char(c),
            };
            // `**` says no more than `*`.
            if part != Part::Any || parts.last() != Some(&Part::Any) {
                parts.push(part);
            }
        }
        Glob {
            text: text.to_string(),
            parts,
        }
    }

    /// The pattern that matches `name` and nothing else.
    pub fn literal(name: &str) -> Glob {
        Glob {
            text: Glob::escape(name),
            parts: name.chars().map(Part::Char).collect(),
        }
    }

    /// The pattern in which every `*` stands for any characters and nothing is an escape.
    pub fn from_plain(text: &str) -> Glob {
        Glob::new(&text.replace('\\', "\\\\"))
    }

    /// How a name is written as a pattern: the same, unless it has `*` or a backslash that
    /// would be read as an escape.
    pub fn escape(name: &str) -> String {
        let mut out = String::with_capacity(name.len());
        let mut chars = name.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '*' || (c == '\\' && matches!(chars.peek(), Some('*' | '\\'))) {
                out.push('\\');
            }
            out.push(c);
        }
        out
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The one name that it matches, when it has no `*`.
    pub fn as_literal(&self) -> Option<String> {
        let chars = self.parts.iter().map(|part| match part {
            Part::Char(c) => Some(*c),
            Part::Any => None,
        });
        chars.collect()
    }

    /// The text between the `*`: one piece more than there are of them.
    pub fn pieces(&self) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for part in &self.parts {
            match (part, pieces.last_mut()) {
                (Part::Char(c), Some(piece)) => piece.push(*c),
                _ => pieces.push(String::new()),
            }
        }
        pieces
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<Part> = name.chars().map(Part::Char).collect();
        included(&name, &self.parts)
    }

    /// Whether every name that `other` matches is one that this pattern matches.
    pub fn covers(&self, other: &Glob) -> bool {
        included(&other.parts, &self.parts)
    }
}

/// Whether some name is in the languages of both.
fn overlap(a: &[Part], b: &[Part]) -> bool {
    // `reach[j]`: some name is in the languages of the parts of `a` so far and of `b[..j]`.
    let mut reach = vec![false; b.len() + 1];
    reach[0] = true;
    let skip_stars = |reach: &mut Vec<bool>| {
        for (j, part) in b.iter().enumerate() {
            reach[j + 1] |= reach[j] && *part == Part::Any;
        }
    };
    skip_stars(&mut reach);
    for part in a {
        let mut next = vec![false; b.len() + 1];
        for (j, here) in reach.iter().enumerate() {
            if !here {
                continue;
            }
            match (part, b.get(j)) {
                // It takes nothing, or this and any further parts of `b`.
                (Part::Any, _) => next[j..].fill(true),
                (Part::Char(_), Some(Part::Any)) => next[j] = true,
                (Part::Char(_), Some(other)) => next[j + 1] |= part == other,
                (Part::Char(_), None) => {}
            }
        }
        skip_stars(&mut next);
        reach = next;
    }
    reach.last() == Some(&true)
}

/// Whether the language of `inner` is within that of `outer`. The `*` of `inner` may stand for
/// characters that occur nowhere in `outer`, so only a `*` of `outer` can take it; with that
/// rule, inclusion is matching `inner` as if its `*` were a character.
fn included(inner: &[Part], outer: &[Part]) -> bool {
    let (mut i, mut o) = (0, 0);
    // Where to continue when the last `*` of `outer` has to take one part more.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (inner.get(i), outer.get(o)) {
            (_, Some(Part::Any)) => {
                retry = Some((i, o + 1));
                o += 1;
            }
            (Some(Part::Char(a)), Some(Part::Char(b))) if a == b => {
                i += 1;
                o += 1;
            }
            (None, None) => return true,
            _ => match retry {
                Some((taken, after)) if taken < inner.len() => {
                    retry = Some((taken + 1, after));
                    i = taken + 1;
                    o = after;
                }
                _ => return false,
            },
        }
    }
}

impl Glob {
    /// Whether some name matches both patterns.
    pub fn overlaps(&self, other: &Glob) -> bool {
        overlap(&self.parts, &other.parts)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_match_anything() {
        let glob = |pattern: &str, name: &str| Glob::new(pattern).matches(name);
        assert!(glob("APP_*", "APP_"));
        assert!(glob("APP_*", "APP_URL"));
        assert!(!glob("APP_*", "MY_APP_URL"));
        assert!(glob("*_URL", "A_URL_URL"));
        assert!(glob("a*b*c", "a/bb/xbc"));
        assert!(!glob("a*b*c", "a/bb/xb"));
        assert!(glob("*", ""));
        assert!(!glob("", "x"));
        assert!(glob("", ""));
        assert!(!glob("app", "APP"));
    }

    #[test]
    fn stars_can_be_escaped() {
        assert!(Glob::new(r"a\*").matches("a*"));
        assert!(!Glob::new(r"a\*").matches("ab"));
        assert!(Glob::new(r"a\b").matches(r"a\b"));
        assert!(Glob::new(r"a\\*").matches(r"a\b"));
        assert_eq!(Glob::new(r"a\*").as_literal().as_deref(), Some("a*"));
        assert_eq!(Glob::new("a*").as_literal(), None);
    }

    #[test]
    fn a_pattern_covers_narrower_ones() {
        let covers = |outer: &str, inner: &str| Glob::new(outer).covers(&Glob::new(inner));
        assert!(covers("APP_*", "APP_DB_*"));
        assert!(!covers("APP_DB_*", "APP_*"));
        assert!(covers("*", "*a*"));
        assert!(!covers("APP_*X", "APP_*"));
        assert!(!covers("a", "*"));
        assert!(!covers(r"\*", "*"));
        assert!(covers("*", r"\*"));
        assert!(covers("a**", "a*"));
        assert!(covers("a*", "a**"));
    }

    #[test]
    fn patterns_overlap_when_a_name_matches_both() {
        let overlaps = |a: &str, b: &str| Glob::new(a).overlaps(&Glob::new(b));
        for (a, b) in [
            ("a*", "*b"),
            ("*", ""),
            ("a*c", "ab*"),
            ("abc", "a*"),
            ("*a*", "*b*"),
        ] {
            assert!(overlaps(a, b) && overlaps(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("a*", "b*"),
            ("a", ""),
            ("ab", "a"),
            ("a*c", "a*d"),
            (r"\*", "a"),
        ] {
            assert!(!overlaps(a, b) && !overlaps(b, a), "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn overlapping_agrees_with_matching(
            a in r"[ab*]{0,5}", b in r"[ab*]{0,5}", name in "[ab]{0,6}",
        ) {
            let (a, b) = (Glob::new(&a), Glob::new(&b));
            if a.matches(&name) && b.matches(&name) {
                prop_assert!(a.overlaps(&b));
            }
            prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
            if a.covers(&b) {
                prop_assert!(a.overlaps(&b));
            }
        }

        #[test]
        fn inclusion_agrees_with_matching(
            outer in r"[ab*]{0,6}", inner in r"[ab*]{0,6}", fill in prop::collection::vec("[abz]{0,3}", 6),
        ) {
            let (outer, inner) = (Glob::new(&outer), Glob::new(&inner));
            let mut fill = fill.iter();
            let name: String = inner.as_str().chars().map(|c| match c {
                '*' => fill.next().cloned().unwrap_or_default(),
                c => c.to_string(),
            }).collect();
            prop_assert!(inner.matches(&name));
            if outer.covers(&inner) {
                prop_assert!(outer.matches(&name));
            } else {
                // `z` is in neither pattern: it is a witness.
                let name = inner.as_str().replace('*', "z");
                prop_assert!(!outer.matches(&name));
            }
        }

        #[test]
        fn escaped_names_match_themselves(name in r"[a\\*]{0,6}") {
            prop_assert_eq!(Glob::new(&Glob::escape(&name)).as_literal(), Some(name.clone()));
            prop_assert!(Glob::literal(&name).matches(&name));
        }

        #[test]
        fn in_plain_patterns_every_star_is_one(pattern in r"[a\\*]{0,6}") {
            let glob = Glob::from_plain(&pattern);
            prop_assert!(glob.matches(&pattern.replace('*', "b*")));
            prop_assert_eq!(glob.as_literal().is_some(), !pattern.contains('*'));
        }
    }
}
