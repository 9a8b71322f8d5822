//! `[[route]]`: which requests a component gets.
//!
//! A path means itself and everything below it, whole segments only. What a route asks is
//! compared with requests byte by byte: nothing is decoded, and nothing resolved. So what no
//! request can have is an error here.

use super::compose::required;
use super::error::Problem;
use super::read::{Problems, Table};
use crate::base::{ByteRange, Spanned};

/// `[[route]]`: which requests a component gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The header of the table.
    pub span: ByteRange,
    /// The host that a request names, without a port; any without.
    pub host: Option<Spanned<String>>,
    /// The path that a request is at or below; any without.
    pub path: Option<Spanned<String>>,
    /// The component.
    pub to: Spanned<String>,
}

/// What a route asks of a request, in one form for what means the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// The host, in small letters; `None` for any.
    pub host: Option<String>,
    /// The path without a slash at its end: empty for any.
    pub path: String,
}

impl Route {
    pub(super) fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<Route> {
        let span = table.span();
        let host = table.get("host").and_then(|host| host.text(problems));
        let path = table.get("path").and_then(|path| path.text(problems));
        for (value, what, wrong) in [
            (&host, "host", bad_host as Check),
            (&path, "path", bad_path),
        ] {
            if let Some(value) = value
                && let Some(why) = wrong(&value.value)
            {
                let text = value.value.escape_debug();
                let message = format!("no request has the {what} `{text}`: {why}");
                problems.push(Problem::new(value.span, message));
            }
        }
        let to = required(&mut table, "to", problems);
        table.finish(problems);
        Some(Route {
            span,
            host,
            path,
            to: to?,
        })
    }

    /// What it asks of a request.
    pub fn ask(&self) -> Ask {
        let path = self.path.as_ref().map_or("/", |path| &path.value);
        Ask {
            host: self.host.as_ref().map(|h| h.value.to_ascii_lowercase()),
            path: path.strip_suffix('/').unwrap_or(path).to_string(),
        }
    }
}

impl Ask {
    /// Whether every request has it.
    pub fn is_any(&self) -> bool {
        self.host.is_none() && self.path.is_empty()
    }
}

impl std::fmt::Display for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.host.as_deref().unwrap_or_default())?;
        f.write_str(match self.path.as_str() {
            "" => "/",
            path => path,
        })
    }
}

type Check = fn(&str) -> Option<&'static str>;

/// Visible ASCII.
fn visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn bad_path(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') {
        return Some("it does not begin with `/`");
    }
    if path.contains(['?', '#']) {
        return Some("what begins with `?` or `#` is no part of a path");
    }
    if path.contains('*') || path.ends_with("/...") {
        return Some("a path means everything below it without a sign for that");
    }
    if !visible(path) {
        return Some("write such characters with `%` and two digits");
    }
    None
}

fn bad_host(host: &str) -> Option<&'static str> {
    if host.is_empty() {
        return Some("it is empty");
    }
    if host.contains(['/', '@', '*', '?', '#']) || !visible(host) {
        return Some("a host is a name or an address, without a scheme, a user or a `*`");
    }
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') && !bracketed {
        return Some("write it without a port, and an address of IPv6 in brackets");
    }
    None
}

/// Routes that ask the same: the first counts, and nobody should have to know that.
pub(super) fn twice(routes: &[Route], problems: &mut Problems) {
    for (position, route) in routes.iter().enumerate() {
        let ask = route.ask();
        let before = routes[..position].iter().find(|other| other.ask() == ask);
        if let Some(before) = before {
            let message = format!("a route for `{ask}` stands there already");
            let also = format!("to `{}`", before.to.value.escape_debug());
            problems.push(Problem::new(route.span, message).also(before.span, also));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_what_means_the_same() {
        let at = ByteRange::new(0, 0);
        let of = |host: Option<&str>, path: Option<&str>| {
            let text = |text: &str| Spanned::new(text.to_string(), at);
            let route = Route {
                span: at,
                host: host.map(text),
                path: path.map(text),
                to: text("a"),
            };
            route.ask()
        };
        assert_eq!(of(None, Some("/a/")), of(None, Some("/a")));
        assert_eq!(
            of(Some("A.Example"), None),
            of(Some("a.example"), Some("/"))
        );
        assert!(of(None, Some("/")).is_any());
        assert!(!of(Some("a"), None).is_any());
        assert_ne!(of(None, Some("/a//")), of(None, Some("/a")));
        assert_eq!(of(Some("a"), Some("/b/")).to_string(), "a/b");
    }

    #[test]
    fn what_no_request_has_is_refused() {
        let paths = [
            "", "a", "/a?b", "/a#b", "/a*", "/a/...", "/ü", "/a b", "/a\n",
        ];
        for path in paths {
            assert!(bad_path(path).is_some(), "{path}");
        }
        for host in ["", "a:80", "http://a", "*.a", "a b", "::1", "u@a"] {
            assert!(bad_host(host).is_some(), "{host}");
        }
        for path in ["/", "/a", "/a/", "/%61/%2F", "/a//b", "/../a"] {
            assert_eq!(bad_path(path), None, "{path}");
        }
        for host in ["a", "A.example", "[::1]", "127.0.0.1"] {
            assert_eq!(bad_host(host), None, "{host}");
        }
    }
}
