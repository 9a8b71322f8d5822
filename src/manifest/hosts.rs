//! Lists of hosts that a program may call, as manifests write them.

/// A host with what may stand around it: `https://*.example.com:8443/`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host<'t> {
    /// Nothing for any.
    scheme: Option<&'t str>,
    /// `*`, `*.suffix` or a name.
    name: &'t str,
    /// Nothing where none is said; `*` for any.
    port: Option<&'t str>,
}

impl<'t> Host<'t> {
    fn of(text: &'t str) -> Host<'t> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme).filter(|s| *s != "*"), rest),
            None => (None, text),
        };
        let rest = rest.trim_end_matches('/');
        let (name, port) = match rest.rsplit_once(':') {
            Some((name, port)) if is_port(port) => (name, Some(port)),
            _ => (rest, None),
        };
        Host { scheme, name, port }
    }
}

fn is_port(text: &str) -> bool {
    text == "*" || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether an entry of a list of allowed hosts allows the calls that another entry is about.
/// Where a side does not say a scheme or a port, that of the other is meant: an entry that
/// narrows what the analysis could not know is an answer to it.
pub(super) fn allows(entry: &str, wanted: &str) -> bool {
    let (entry, wanted) = (entry.to_lowercase(), wanted.to_lowercase());
    let (entry, wanted) = (Host::of(&entry), Host::of(&wanted));
    let name = match entry.name {
        "*" => true,
        name if name == wanted.name => true,
        name => name.strip_prefix('*').is_some_and(|suffix| {
            suffix.starts_with('.')
                && wanted.name.len() > suffix.len()
                && wanted.name.ends_with(suffix)
        }),
    };
    let scheme = entry.scheme.is_none() || wanted.scheme.is_none() || entry.scheme == wanted.scheme;
    let free = |port: Option<&str>| port.is_none_or(|port| port == "*");
    let port = free(entry.port) || free(wanted.port) || entry.port == wanted.port;
    name && scheme && port
}

/// A host name as a list of a host may have it: labels of letters, digits and hyphens, with
/// `*.` before them, and a port behind. Anything else is `None`.
pub(super) fn entry(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let host = Host::of(&lower);
    let bare = host.name.strip_prefix("*.").unwrap_or(host.name);
    let label = |label: &str| {
        let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(good)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let port = host.port.is_none_or(|port| port.len() <= 5 && port != "*");
    let plain = host.scheme.is_none() && !lower.contains("://") && !lower.ends_with('/');
    (plain && port && bare.split('.').all(label)).then_some(lower)
}

#[cfg(test)]
mod tests {
    use super::{allows, entry};

    #[test]
    fn wider_entries_allow_narrower_ones() {
        for (wide, narrow) in [
            ("*", "example.com"),
            ("example.com", "example.com"),
            ("Example.com", "example.com"),
            ("*.example.com", "api.example.com"),
            ("https://example.com", "example.com"),
            ("https://example.com/", "*://example.com:*"),
            ("*://*:*", "a.b:80"),
            ("example.com:443", "example.com"),
            ("example.com", "example.com:8443"),
        ] {
            assert!(allows(wide, narrow), "{wide} {narrow}");
        }
        for (other, wanted) in [
            ("example.com", "api.example.com"),
            ("*.example.com", "example.com"),
            ("*.example.com", "badexample.com"),
            ("example.com:80", "example.com:81"),
            ("http://example.com", "https://example.com"),
            ("", "example.com"),
            ("*example.com", "api.example.com"),
        ] {
            assert!(!allows(other, wanted), "{other} {wanted}");
        }
    }

    #[test]
    fn only_hosts_become_entries() {
        for good in [
            "example.com",
            "localhost:8080",
            "10.0.0.1:5432",
            "*.example.com",
        ] {
            assert_eq!(entry(good).as_deref(), Some(good));
        }
        assert_eq!(entry("API.example.com").as_deref(), Some("api.example.com"));
        for bad in [
            "",
            "a b",
            "https://a",
            "api-*.b",
            "a/b",
            "-a.b",
            "a..b",
            "a:b",
            "*",
            "é.de",
        ] {
            assert_eq!(entry(bad), None, "{bad}");
        }
    }
}
