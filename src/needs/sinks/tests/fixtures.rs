//! The sinks of the fixtures.

use super::{lines, sinks};
use crate::binary::StringEncoding;
use crate::catalogue::{Catalogue, EnvironLayout};
use crate::flow::place::{At, Place, Shape};
use crate::needs::sinks::{CoreTarget, Role, Sinks, SourceLayout};
use std::path::Path;

fn fixture(name: &str) -> Sinks {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(root.join("fixtures/bin").join(name)).unwrap();
    let sinks = sinks(&bytes, &Catalogue::builtin().unwrap());
    let mismatches: Vec<_> = sinks.mismatches.iter().map(|m| m.to_string()).collect();
    assert!(mismatches.is_empty(), "{name}: {mismatches:#?}");
    sinks
}

fn place<'s>(sinks: &'s Sinks, parameter: &str) -> &'s Place {
    let mut places = sinks.uses.iter().filter_map(|sink| match &sink.role {
        Role::Key(key) if key.parameter == parameter => Some(&key.place),
        _ => None,
    });
    places.next().unwrap()
}

const PAIRS: SourceLayout = SourceLayout::Pairs {
    result: 0,
    stride: 16,
    name: 0,
    value: 8,
    encoding: StringEncoding::Utf8,
};

#[test]
fn labels_are_exact_names() {
    let sinks = fixture("labels.wasm");
    let labels: Vec<_> = sinks
        .labels
        .iter()
        .map(|l| (l.kind.as_str(), l.name.as_str(), l.instance.index()))
        .collect();
    let expected = [
        ("secret", "database-password", 0),
        ("secret", "api-token", 0),
    ];
    assert_eq!(labels, expected);
    assert_eq!(
        lines(&sinks),
        [
            "wasmcloud:secrets/reveal@2.1.0#reveal reveal secret",
            "primary=wasi:keyvalue/store@0.2.0-draft#open bucket identifier",
            "primary=wasi:keyvalue/store@0.2.0-draft#[method]bucket.get bucket-key key",
            "replica=wasi:keyvalue/store@0.2.0-draft#open bucket identifier",
            "replica=wasi:keyvalue/store@0.2.0-draft#[method]bucket.set bucket-key key",
        ]
    );
    assert_eq!(place(&sinks, "key").at, At::Param(1));
}

#[test]
fn an_async_call_takes_its_parameters_from_a_block() {
    let sinks = fixture("feed.wasm");
    assert_eq!(
        lines(&sinks),
        [
            "wasmcloud:secrets/store@2.1.0#get secret key",
            "wasmcloud:secrets/reveal@2.1.0#reveal reveal secret",
            "wasmcloud:messaging/consumer@0.3.0#publish topic msg.subject",
            "wasmcloud:messaging/consumer@0.3.0#publish topic msg.reply-to",
        ]
    );
    let block = |offset| At::Block { param: 0, offset };
    assert_eq!(place(&sinks, "key").at, At::Param(0));
    assert_eq!(place(&sinks, "msg.subject").at, block(0));
    // subject: 8 bytes, body: a stream of 4.
    assert_eq!(place(&sinks, "msg.reply-to").at, block(12));
}

#[test]
fn requests_name_host_and_path_in_options() {
    let sinks = fixture("gateway.wasm");
    assert_eq!(
        lines(&sinks),
        [
            "wasi:http/types@0.2.12#[method]outgoing-request.set-authority http-host authority",
            "wasi:http/types@0.2.12#[method]outgoing-request.set-path-with-query http-path \
             path-with-query",
            "wasi:http/outgoing-handler@0.2.12#handle egress http-host",
        ]
    );
    let authority = place(&sinks, "authority");
    assert_eq!(authority.at, At::Param(1));
    assert_eq!(
        authority.shape,
        Shape::Case {
            discriminant: 1,
            size: 1,
            payload: 4,
            inner: Box::new(Shape::Text(StringEncoding::Utf8)),
        }
    );
}

#[test]
fn instances_of_a_composition_have_their_own_calls() {
    let orders = fixture("orders.wasm");
    assert_eq!(
        lines(&orders),
        [
            "wasi:config/store@0.2.0-rc.1#get config key",
            "wasmcloud:secrets/store@1.0.0#get secret key",
            "wasmcloud:secrets/reveal@1.0.0#reveal reveal secret",
        ]
    );
    assert_eq!(orders.sources.len(), 1);
    assert_eq!(orders.sources[0].layout, PAIRS);
    // `wholesale` gets its config from `settings`: only the calls of `orders` and `retail`
    // leave the composition.
    let checkout = lines(&fixture("checkout.wasm"));
    let config = |line: &&String| line.ends_with("config key");
    assert_eq!(checkout.iter().filter(config).count(), 2);
}

#[test]
fn core_modules_call_preview_1_directly() {
    let sinks = fixture("std-env-p1.wasm");
    assert!(lines(&sinks).contains(&"wasi_snapshot_preview1#path_open path #2".to_string()));
    assert_eq!(place(&sinks, "#2").at, At::Param(2));
    let sources: Vec<_> = sinks.sources.iter().map(|s| s.layout).collect();
    let environ = SourceLayout::Environ;
    assert_eq!(
        sources,
        [
            environ(EnvironLayout::Entries),
            environ(EnvironLayout::Sizes)
        ]
    );
    let is_host = |t: CoreTarget| matches!(t, CoreTarget::Host(_));
    assert!(sinks.sources.iter().all(|s| is_host(s.host.target)));
    // With the adapter, the same program calls the interface.
    let adapted = fixture("std-env-p1-component.wasm");
    assert!(adapted.sources.iter().all(|s| s.layout == PAIRS));
    assert_eq!(adapted.sources.len(), 1);
}

#[test]
fn every_fixture_fits_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(root.join("fixtures/bin")).unwrap() {
        fixture(&file.unwrap().file_name().to_string_lossy());
    }
}
