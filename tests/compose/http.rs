//! Middleware of `wasi:http`, in WASI 0.2 and 0.3, composed from guests written in Rust and
//! served by wasmtime.

use super::fixtures::fixture;
use super::http_host::{Answer, ask, ask3, ask3_logged};
use super::parts::*;

const ON: &str = "wasi:http/incoming-handler";
const ON3: &str = "wasi:http/handler";

fn rule(component: &str, on: &str, order: &str) -> String {
    format!("[[middleware]]\ncomponent = \"{component}\"\non = \"{on}\"\norder = [{order}]\n")
}

fn chain(order: &str) -> Vec<u8> {
    let toml = rule("http-log", ON, "") + &rule("http-auth", ON, order);
    let names = ["http-hello", "http-log", "http-auth", "logger"];
    composed(&toml, &names)
}

/// Composes fixtures by name.
fn composed(toml: &str, names: &[&str]) -> Vec<u8> {
    compose(toml, &borrowed(&read_all(names))).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn read_all(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let read = |name: &&str| (name.to_string(), fixture(&format!("{name}.wasm")));
    names.iter().map(read).collect()
}

fn borrowed(parts: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    let parts = parts.iter();
    parts.map(|(n, b)| (n.as_str(), b.as_slice())).collect()
}

fn known(path: &str) -> Answer {
    Answer {
        status: 200,
        body: format!("hello {path}\n"),
    }
}

fn refused() -> Answer {
    Answer {
        status: 401,
        body: String::new(),
    }
}

#[test]
fn auth_before_log_hides_refused_requests_from_the_log() {
    let bytes = chain("\"first\"");
    let (answer, log) = ask(&bytes, "/a", true);
    assert_eq!(answer, known("/a"));
    assert!(log.contains("seen /a"), "{log}");
    let (answer, log) = ask(&bytes, "/b", false);
    assert_eq!(answer, refused());
    assert!(!log.contains("seen"), "{log}");
}

#[test]
fn log_before_auth_sees_refused_requests() {
    let bytes = chain("\"last\"");
    let (answer, log) = ask(&bytes, "/b", false);
    assert_eq!(answer, refused());
    assert!(log.contains("seen /b"), "{log}");
    assert_eq!(ask(&bytes, "/a", true).0, known("/a"));
}

#[test]
fn middleware_is_spliced_into_a_finished_binary() {
    let base = composed("", &["http-hello", "logger"]);
    let parts = read_all(&["http-auth"]);
    let toml = rule("http-auth", ON, "");
    let bytes = with_wiring(&base, |w| splice(Some(w), &toml, &borrowed(&parts))).unwrap();
    assert_eq!(ask(&bytes, "/a", true).0, known("/a"));
    assert_eq!(ask(&bytes, "/a", false).0, refused());
}

#[test]
fn asynchronous_handlers_streams_and_futures_cross_middleware() {
    let toml = rule("http3-shout", ON3, "") + &rule("http3-auth", ON3, "\"first\"");
    let bytes = composed(&toml, &["http3-hello", "http3-shout", "http3-auth"]);
    let loud = Answer {
        status: 200,
        body: "HELLO /A\n".to_string(),
    };
    assert_eq!(ask3(&bytes, "/a", true), loud);
    assert_eq!(ask3(&bytes, "/a", false), refused());
    // Twice the same middleware on one path is one component and two instances.
    let toml = rule("http3-auth", ON3, "")
        + &rule("again", ON3, "\"after:http3-auth\"")
        + &rule("http3-shout", ON3, "\"last\"");
    let mut parts = read_all(&["http3-hello", "http3-shout", "http3-auth"]);
    parts.push(("again".to_string(), fixture("http3-auth.wasm")));
    let bytes = compose(&toml, &borrowed(&parts)).unwrap();
    with_wiring(&bytes, |wiring| {
        assert_eq!((wiring.packages.len(), wiring.nodes.len()), (3, 4));
    });
    assert_eq!(ask3(&bytes, "/a", true), loud);
}

#[test]
fn asynchronous_middleware_stands_in_both_orders() {
    let names = ["http3-hello", "http3-log", "http3-auth", "logger"];
    for (order, sees_refused) in [("\"first\"", false), ("\"last\"", true)] {
        let toml = rule("http3-log", ON3, "") + &rule("http3-auth", ON3, order);
        let bytes = composed(&toml, &names);
        let (answer, log) = ask3_logged(&bytes, "/a", true);
        assert_eq!(answer, known("/a"), "{order}");
        assert!(log.contains("seen /a"), "{order}: {log}");
        let (answer, log) = ask3_logged(&bytes, "/b", false);
        assert_eq!(answer, refused(), "{order}");
        assert_eq!(log.contains("seen /b"), sees_refused, "{order}: {log}");
    }
}

/// What a proxy sends as a client, a handler in the same composition answers.
const RENAMED: &str = "[[link]]\nconsumer = \"http3-proxy\"\nimport = \"wasi:http/client\"\n\
                       provider = \"http3-hello\"\nexport = \"wasi:http/handler\"\n\
                       [[link]]\nconsumer = \"export\"\nimport = \"wasi:http/handler@0.3.2\"\n\
                       provider = \"http3-proxy\"\n";

#[test]
fn a_client_is_linked_to_a_handler_when_asked() {
    let bytes = composed(RENAMED, &["http3-proxy", "http3-hello"]);
    with_wiring(&bytes, |wiring| {
        let imports: Vec<&String> = wiring.world.imports.keys().collect();
        assert!(
            !imports.iter().any(|name| name.contains("client")),
            "{imports:?}"
        );
    });
    let answer = Answer {
        status: 200,
        body: "hello /a\n".to_string(),
    };
    assert_eq!(ask3(&bytes, "/a", false), answer);
    // Without being asked, the client stays the host's.
    let link = RENAMED.split("[[link]]").last().unwrap();
    let bytes = composed(&format!("[[link]]{link}"), &["http3-proxy", "http3-hello"]);
    with_wiring(&bytes, |wiring| {
        assert!(wiring.world.imports.contains_key("wasi:http/client@0.3.2"));
    });
}

#[test]
fn middleware_of_the_handler_stands_on_a_renamed_edge_too() {
    let toml = RENAMED.to_string() + &rule("http3-auth", ON3, "");
    let to_hello = toml.clone() + "where = { provider = \"http3-hello\" }\n";
    for toml in [toml, to_hello] {
        let bytes = composed(&toml, &["http3-proxy", "http3-hello", "http3-auth"]);
        assert_eq!(ask3(&bytes, "/a", false), refused());
        assert_eq!(ask3(&bytes, "/a", true).status, 200);
    }
}

#[test]
fn a_renamed_edge_survives_split_and_compose() {
    let bytes = composed(RENAMED, &["http3-proxy", "http3-hello"]);
    let again = super::proof::rebuilt(&bytes);
    assert_eq!(super::proof::graph(&bytes), super::proof::graph(&again));
    assert_eq!(ask3(&again, "/a", false).body, "hello /a\n");
}

#[test]
fn functions_that_cannot_be_told_apart_are_listed() {
    let toml = RENAMED.replace(
        "export = \"wasi:http/handler\"",
        "export = \"wasi:http/nothing\"",
    );
    let parts = read_all(&["http3-proxy", "http3-hello"]);
    let text = refusal(compose(&toml, &borrowed(&parts)));
    assert_eq!(text, "`http3-hello` does not export `wasi:http/nothing`");
    // A handler of WASI 0.2 has two parameters.
    let toml = RENAMED.replace("http3-hello", "http-hello");
    let toml = toml.replace(
        "export = \"wasi:http/handler\"",
        "export = \"wasi:http/incoming-handler\"",
    );
    let parts = read_all(&["http3-proxy", "http-hello"]);
    let text = refusal(compose(&toml, &borrowed(&parts)));
    assert!(
        text.starts_with(
            "`http-hello` cannot give `wasi:http/client@0.3.2` to `http3-proxy`: expected"
        ),
        "{text}"
    );
}

#[test]
fn a_custom_interface_with_a_resource_of_each_middleware() {
    let on = "acme:shop/orders";
    let names = ["orders", "pricing", "logger", "audit", "guard"];
    let wholesale =
        "[[link]]\nconsumer = \"orders\"\nimport = \"wholesale\"\nprovider = \"pricing\"\n";
    for (order, seen) in [("\"first\"", false), ("\"last\"", true)] {
        let toml = rule("audit", on, "") + &rule("guard", on, order) + wholesale;
        let bytes = composed(&toml, &names);
        let (answer, log) = super::http_host::place(&bytes, "forbidden tea");
        assert_eq!(answer, Err("forbidden".to_string()), "{order}");
        assert_eq!(log.contains("place"), seen, "{order}: {log}");
        let (answer, log) = super::http_host::place(&bytes, "tea");
        assert!(answer.is_ok(), "{answer:?}");
        assert!(log.contains("place"), "{log}");
    }
}

#[test]
fn a_resource_passes_through_middleware_in_both_orders() {
    let on = "acme:shop/orders";
    let names = ["orders", "pricing", "logger", "audit", "guard"];
    let wholesale =
        "[[link]]\nconsumer = \"orders\"\nimport = \"wholesale\"\nprovider = \"pricing\"\n";
    for order in ["\"first\"", "\"last\""] {
        let toml = rule("audit", on, "") + &rule("guard", on, order) + wholesale;
        let bytes = composed(&toml, &names);
        let (bought, log) = super::http_host::cart(&bytes, "tea");
        assert_eq!(bought, Ok([900, 900]), "{order}");
        assert!(log.contains("checkout"), "{order}: {log}");
        let (bought, log) = super::http_host::cart(&bytes, "forbidden tea");
        assert_eq!(bought, Err("forbidden".to_string()), "{order}");
        assert!(log.contains("open a cart"), "{order}: {log}");
    }
}
