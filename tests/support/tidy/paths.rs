//! The paths that a source file uses: `a::b::c`, and every leaf of `use a::{b, c::d}`.

use super::lex::Token;

/// A path as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// Its segments; `*` for a glob.
    pub(crate) segments: Vec<String>,
    /// The line of its first segment, or of its leaf in a group.
    pub(crate) line: usize,
    /// The inline modules around it.
    pub(crate) inline: Vec<String>,
}

/// Every path of at least two segments, and every single name that `use` brings in.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut scan = Scan {
        tokens,
        found: Vec::new(),
        inline: Vec::new(),
    };
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => {
                depth += 1;
                if at >= 2 && scan.text(at - 2) == "mod" {
                    scan.inline.push((tokens[at - 1].text.clone(), depth));
                }
            }
            "}" => {
                scan.inline.retain(|(_, opened)| *opened < depth);
                depth = depth.saturating_sub(1);
            }
            "use" => {
                at = scan.tree(at + 1, &[]);
                continue;
            }
            _ if token.is_ident() && scan.starts_path(at) => {
                at = scan.tree(at, &[]);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    scan.found
}

struct Scan<'a> {
    tokens: &'a [Token],
    found: Vec<Path>,
    inline: Vec<(String, usize)>,
}

impl Scan<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    fn starts_path(&self, at: usize) -> bool {
        self.text(at + 1) == "::" && (at == 0 || self.text(at - 1) != ".")
    }

    /// Reads a path or a use tree behind `prefix`; gives the first token behind it.
    fn tree(&mut self, mut at: usize, prefix: &[String]) -> usize {
        let mut segments = prefix.to_vec();
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        if self.text(at) == "::" {
            at += 1;
        }
        loop {
            match self.text(at) {
                "{" => return self.group(at + 1, &segments),
                "*" => {
                    segments.push("*".to_owned());
                    at += 1;
                    break;
                }
                text if self.tokens.get(at).is_some_and(Token::is_ident) => {
                    segments.push(text.trim_start_matches("r#").to_owned());
                    at += 1;
                }
                _ => break,
            }
            if self.text(at) != "::" {
                break;
            }
            at += 1;
        }
        if !segments.is_empty() {
            self.found.push(Path {
                segments,
                line,
                inline: self.inline.iter().map(|(name, _)| name.clone()).collect(),
            });
        }
        at
    }

    /// Reads the members of a group up to its closing brace.
    fn group(&mut self, mut at: usize, prefix: &[String]) -> usize {
        while at < self.tokens.len() && self.text(at) != "}" {
            at = match self.text(at) {
                "," => at + 1,
                "as" => at + 2,
                _ => self.tree(at, prefix).max(at + 1),
            };
        }
        at + 1
    }
}

/// Where a path leads, seen from the crate root: the segments from there on. `None` for
/// paths to other crates and to names in scope.
pub(crate) fn from_root(path: &Path, module: &[String]) -> Option<Vec<String>> {
    let (first, rest) = path.segments.split_first()?;
    let mut place = match first.as_str() {
        "crate" | "gusset" => Vec::new(),
        "self" | "super" => [module, &path.inline].concat(),
        _ => return None,
    };
    if first == "super" {
        place.pop();
    }
    for segment in rest {
        match segment.as_str() {
            "super" => drop(place.pop()),
            "self" => {}
            name => place.push(name.to_owned()),
        }
    }
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::super::lex::lex;
    use super::{from_root, paths};

    fn found(source: &str) -> Vec<String> {
        let paths = paths(&lex(source));
        paths.iter().map(|path| path.segments.join("::")).collect()
    }

    fn resolved(source: &str, module: &[&str]) -> Vec<String> {
        let module: Vec<String> = module.iter().map(|name| (*name).to_owned()).collect();
        let paths = paths(&lex(source));
        let roots = paths.iter().filter_map(|path| from_root(path, &module));
        roots.map(|root| root.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_code_and_in_use_trees() {
        assert_eq!(
            found("use a::{self, b as c, d::{e, f::*}}; use g; use ::h as i; use {j, k::l};"),
            [
                "a::self",
                "a::b",
                "a::d::e",
                "a::d::f::*",
                "g",
                "h",
                "j",
                "k::l"
            ]
        );
        assert_eq!(
            found("fn a(b: c::D<e::F>) { g.h::<i::J>(); K::<l::M>::n(::o::p); $crate::q!(r::s) }"),
            [
                "c::D", "e::F", "i::J", "K", "l::M", "o::p", "crate::q", "r::s"
            ]
        );
        assert_eq!(found("// a::b\n/* c::d */ \"e::f\""), [""; 0]);
    }

    #[test]
    fn relative_paths_are_resolved() {
        assert_eq!(
            resolved(
                "use super::super::flow::X; use super::y; use self::z; use other::a;",
                &["needs", "x"]
            ),
            ["flow::X", "needs::y", "needs::x::z"]
        );
        assert_eq!(
            resolved(
                "use super::{super::flow, z}; mod tests { use super::*; mod b { use super::super::a; } } use super::c;",
                &["needs", "x"]
            ),
            ["flow", "needs::z", "needs::x::*", "needs::x::a", "needs::c"]
        );
        assert_eq!(
            resolved("use crate::{flow::X, needs};", &["a"]),
            ["flow::X", "needs"]
        );
    }
}
