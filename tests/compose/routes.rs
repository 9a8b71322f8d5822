//! The router: requests to several handlers, in WASI 0.2 and 0.3, served by wasmtime.

use super::fixtures::fixture;
use super::http_host::{Answer, ask, ask3};
use super::parts::*;
use gusset::compose::Package;
use gusset::virt::{RouterError, router};
use gusset::workload::Ask;
use std::sync::Arc;

/// Three components that say who they are: one greets, one refuses whom it does not know, and
/// in 0.3 one shouts.
struct Shop {
    generation: &'static str,
    parts: Vec<(&'static str, Vec<u8>)>,
}

const P2: &str = "wasi:http/incoming-handler";
const P3: &str = "wasi:http/handler";

fn shop(on: &'static str) -> Shop {
    let (hello, other) = match on {
        P2 => ("http-hello.wasm", "http-auth.wasm"),
        _ => ("http3-hello.wasm", "http3-shout.wasm"),
    };
    let hello = fixture(hello);
    let toml = format!("[[middleware]]\ncomponent = \"other\"\non = \"{on}\"\n");
    let other = fixture(other);
    let other = compose(&toml, &[("hello", &hello), ("other", &other)]).unwrap();
    Shop {
        generation: on,
        parts: vec![("plain", hello), ("other", other)],
    }
}

impl Shop {
    /// The composition of routes, with middleware.
    fn build(&self, routes: &[(&str, &str, &str)], rules: &str, more: &[&str]) -> Vec<u8> {
        let routes: Vec<(Ask, &str)> = routes
            .iter()
            .map(|(host, path, to)| (of(host, path), *to))
            .collect();
        let world = |name: &str| {
            let (_, bytes) = self.parts.iter().find(|(n, _)| *n == name)?;
            Some(Package::parse(name, bytes).unwrap().world)
        };
        let made = router(&routes, &world).unwrap();
        let again = router(&routes, &world).unwrap();
        assert!(made == again, "the same routes give the same bytes");
        let mut toml = rules.to_string();
        for target in &made.targets {
            toml.push_str(&format!(
                "[[link]]\nconsumer = \"router\"\nimport = \"{}\"\nprovider = \"{}\"\n\
                 export = \"{}\"\n",
                target.import, target.component, target.export
            ));
        }
        let more: Vec<(&str, Vec<u8>)> = more
            .iter()
            .map(|name| (*name, fixture(&format!("{name}.wasm"))))
            .collect();
        let own = self.parts.iter().map(|(n, b)| (*n, b.as_slice()));
        let more = more.iter().map(|(n, b)| (*n, b.as_slice()));
        let parts: Vec<(&str, &[u8])> = own
            .chain(more)
            .chain([("router", made.bytes.as_slice())])
            .collect();
        compose(&toml, &parts).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn ask(&self, bytes: &[u8], path: &str) -> Answer {
        match self.generation {
            P2 => ask(bytes, path, false).0,
            _ => ask3(bytes, path, false),
        }
    }

    /// Who answers.
    fn who(&self, bytes: &[u8], path: &str) -> &'static str {
        let answer = self.ask(bytes, path);
        let plain = format!("hello {path}\n");
        match (answer.status, answer.body) {
            (404, body) if body.is_empty() => "nobody",
            (401, _) => "other",
            (200, body) if body == plain => "plain",
            (200, body) if body == plain.to_uppercase() => "other",
            (status, body) => panic!("{path}: {status} {body}"),
        }
    }
}

fn of(host: &str, path: &str) -> Ask {
    Ask {
        host: (!host.is_empty()).then(|| host.to_string()),
        path: path.strip_suffix('/').unwrap_or(path).to_string(),
    }
}

/// The host of every request is `shop.example`.
fn requests_go_where_routes_say(on: &'static str) {
    let shop = shop(on);
    let bytes = shop.build(
        &[
            ("", "/a", "plain"),
            ("", "/a/b", "other"),
            ("", "/c/", "other"),
            ("", "/caf%C3%A9", "plain"),
        ],
        "",
        &[],
    );
    for (path, who) in [
        ("/a", "plain"),
        ("/a/", "plain"),
        ("/a/x", "plain"),
        ("/a?x=/a/b", "plain"),
        // The longest path wins, and only whole segments count.
        ("/a/b", "other"),
        ("/a/b/c", "other"),
        ("/a/b?x", "other"),
        ("/a/bc", "plain"),
        ("/ab", "nobody"),
        ("/a%2Fb", "nobody"),
        // A slash at the end of a route says nothing.
        ("/c", "other"),
        ("/c/d", "other"),
        // Nothing is decoded and nothing resolved; letters count as they are.
        ("/%63", "nobody"),
        ("/A", "nobody"),
        ("/x/../a", "nobody"),
        ("//a", "nobody"),
        ("/caf%C3%A9/1", "plain"),
        ("/", "nobody"),
        ("/?a", "nobody"),
    ] {
        assert_eq!(shop.who(&bytes, path), who, "{on} {path}");
    }
}

fn hosts_come_first(on: &'static str) {
    let shop = shop(on);
    let bytes = shop.build(
        &[
            ("", "/", "plain"),
            ("", "/long/path", "plain"),
            ("shop.example", "/long", "other"),
            ("other.example", "/", "other"),
            ("shop.example.org", "/", "other"),
            ("shop", "/", "other"),
        ],
        "",
        &[],
    );
    for (path, who) in [
        ("/long/path", "other"),
        ("/long", "other"),
        ("/longer", "plain"),
        ("/", "plain"),
    ] {
        assert_eq!(shop.who(&bytes, path), who, "{on} {path}");
    }
}

#[test]
fn requests_of_wasi_0_2_go_where_routes_say() {
    requests_go_where_routes_say(P2);
}

#[test]
fn requests_of_wasi_0_3_go_where_routes_say() {
    requests_go_where_routes_say(P3);
}

#[test]
fn a_host_that_a_request_names_comes_first() {
    hosts_come_first(P2);
    hosts_come_first(P3);
}

/// A rule means every way to a handler; in front of the router it stands in front of all.
#[test]
fn middleware_stands_in_front_of_the_router_once() {
    let shop = shop(P2);
    let rule = "[[middleware]]\ncomponent = \"http-log\"\non = \"wasi:http/incoming-handler\"\n";
    let routes = [("", "/a", "plain"), ("", "/b", "other")];
    let more = ["http-log", "logger"];
    let bytes = shop.build(&routes, rule, &more);
    for path in ["/a", "/b", "/c"] {
        let (_, log) = ask(&bytes, path, false);
        assert_eq!(log.matches("seen").count(), 1, "{path}: {log}");
    }
    // A rule about one target stands behind the router.
    let rule = format!("{rule}where = {{ provider = \"plain\" }}\n");
    let bytes = shop.build(&routes, &rule, &more);
    for (path, seen) in [("/a", 1), ("/b", 0), ("/c", 0)] {
        let (_, log) = ask(&bytes, path, false);
        assert_eq!(log.matches("seen").count(), seen, "{path}: {log}");
    }
}

#[test]
fn one_router_serves_many_requests_side_by_side() {
    let shop = shop(P3);
    let bytes = shop.build(&[("", "/a", "plain"), ("", "/b", "other")], "", &[]);
    let paths: Vec<String> = (0..300)
        .map(|n| format!("{}/{n}", ["/a", "/b", "/c"][n % 3]))
        .collect();
    let answers = super::http_host::ask3_all(&bytes, &paths);
    for (path, answer) in paths.iter().zip(answers) {
        let (status, body) = match &path[..2] {
            "/a" => (200, format!("hello {path}\n")),
            "/b" => (200, format!("HELLO {}\n", path.to_uppercase())),
            _ => (404, String::new()),
        };
        assert_eq!(answer, Answer { status, body }, "{path}");
    }
}

#[test]
fn handlers_of_two_generations_do_not_share_a_router() {
    let world = |name: &str| {
        let bytes = fixture(&format!("{name}.wasm"));
        let package = Package::parse(name, &bytes).unwrap();
        Some(Arc::clone(&package.world))
    };
    let routes = [(of("", "/a"), "http-hello"), (of("", "/b"), "http3-hello")];
    assert!(matches!(
        router(&routes, &world),
        Err(RouterError::Mixed(..))
    ));
    let routes = [(of("", "/a"), "pricing")];
    assert_eq!(
        router(&routes, &world),
        Err(RouterError::NoHandler("pricing".to_string()))
    );
}
