//! Configuration and secrets, synchronous and asynchronous, on a host that writes down what it
//! is asked for.

use crate::fixtures::fixture;
use crate::host::{Host, Running, in_tokio};
use crate::surroundings::{deny, virtualized};
use gusset::base::Glob;
use gusset::virt::{Names, Spec};
use std::collections::BTreeMap;
use wasmtime::Result;
use wasmtime::component::Val;

pub(crate) const ORDERS: &str = "acme:shop/orders@0.1.0";
const TICKER: &str = "acme:feed/ticker@0.1.0";

pub(crate) fn shop_host() -> Host {
    Host {
        env: BTreeMap::from([("AUDIT_ACTOR", "tester"), ("ORDER_PREFIX", "T-")]),
        config: BTreeMap::from([("price_gusset", "300"), ("currency", "CHF")]),
        secrets: BTreeMap::from([("receipt-signing-key", "a key for tests")]),
        ..Host::default()
    }
}

/// Calls a function with any values; the first result, in the text format of values.
pub(crate) async fn call(
    running: &mut Running,
    interface: &str,
    name: &str,
    args: &[Val],
) -> Result<String> {
    let parent = match interface {
        "" => None,
        name => running
            .instance
            .get_export_index(&mut running.store, None, name),
    };
    let index = running
        .instance
        .get_export_index(&mut running.store, parent.as_ref(), name);
    let index = index.ok_or_else(|| wasmtime::format_err!("no `{name}`"))?;
    let function = running.instance.get_func(&mut running.store, index);
    let function = function.ok_or_else(|| wasmtime::format_err!("no `{name}`"))?;
    let mut results = [Val::Bool(false)];
    function
        .call_async(&mut running.store, args, &mut results)
        .await?;
    Ok(format!("{:?}", results[0]))
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    pairs.iter().map(owned).collect()
}

fn config(set: &[(&str, &str)], allow: &[&str]) -> Spec {
    Spec {
        config: Some(Names {
            set: pairs(set),
            allow: allow.iter().map(|text| Glob::new(text)).collect(),
            ..Names::default()
        }),
        ..Spec::default()
    }
}

pub(crate) fn order() -> [Val; 2] {
    [Val::String("gusset".into()), Val::U32(2)]
}

#[test]
fn fixed_configuration() -> Result<()> {
    let long = "ü".repeat(500_000);
    for value in ["", "servus ü", &long] {
        let set = [("greeting", value), ("other", "x"), ("third", "y")];
        let applied = virtualized(&fixture("unused.wasm"), &config(&set, &[]));
        let size: usize = applied.adapters.iter().map(|a| a.bytes.len()).sum();
        assert!(size <= 2_048 + value.len(), "{size} bytes");
        let host = Host {
            config: BTreeMap::from([("greeting", "of the host")]),
            ..Host::default()
        };
        in_tokio(async {
            let mut unused = host.start(&applied.bytes).await?;
            let (greeting,): (String,) = unused.call("", "greet", ()).await?;
            assert_eq!(greeting, value);
            assert_eq!(unused.names("config"), [""; 0]);
            Ok::<_, wasmtime::Error>(())
        })?;
    }
    Ok(())
}

#[test]
fn a_log_is_forgotten() -> Result<()> {
    let spec = Spec {
        ignore_log: true,
        ..config(&[("greeting", "servus")], &[])
    };
    let applied = virtualized(&fixture("unused.wasm"), &spec);
    crate::run::assert_no_import(&applied.bytes, "wasi:logging/")?;
    in_tokio(async {
        let mut unused = Host::default().start(&applied.bytes).await?;
        let (greeting,): (String,) = unused.call("", "greet", ()).await?;
        assert_eq!(greeting, "servus");
        Ok(())
    })
}

#[test]
fn some_configuration_passes() -> Result<()> {
    let mut spec = config(&[("currency", "EUR")], &["gusset"]);
    if let Some(config) = &mut spec.config {
        config.prefix = "price_".to_string();
        config.rename = pairs(&[("price_gusset", "price_gusset")]);
    }
    let applied = virtualized(&fixture("shop.wasm"), &spec);
    in_tokio(async {
        let mut shop = shop_host().start(&applied.bytes).await?;
        let placed = call(&mut shop, ORDERS, "place", &order()).await?;
        assert!(
            placed.contains("U32(600)") && placed.contains("EUR"),
            "{placed}"
        );
        // What is not allowed is not asked for.
        assert_eq!(shop.names("config"), ["price_gusset"]);
        Ok(())
    })
}

#[test]
fn secrets_that_are_allowed() -> Result<()> {
    let scope = |allow: &str| Spec {
        secrets: Some(Names {
            allow: vec![Glob::new(allow)],
            ..Names::default()
        }),
        ..Spec::default()
    };
    in_tokio(async {
        let passes = virtualized(&fixture("shop.wasm"), &scope("receipt-*"));
        let mut shop = shop_host().start(&passes.bytes).await?;
        let mut plain = shop_host().start(&fixture("shop.wasm")).await?;
        for _ in 0..3 {
            let placed = call(&mut shop, ORDERS, "place", &order()).await?;
            assert_eq!(placed, call(&mut plain, ORDERS, "place", &order()).await?);
        }
        assert_eq!(shop.names("reveal"), ["receipt-signing-key"]);
        let none = virtualized(&fixture("shop.wasm"), &scope("other"));
        let mut shop = shop_host().start(&none.bytes).await?;
        call(&mut shop, ORDERS, "place", &order()).await?;
        assert_eq!(shop.names("secret"), [""; 0]);
        Ok(())
    })
}

#[test]
fn asynchronous_secrets() -> Result<()> {
    let host = || Host {
        secrets: BTreeMap::from([("feed-token", "t")]),
        ..Host::default()
    };
    let wanted = [Val::String("bolts".into()), Val::U32(3)];
    in_tokio(async {
        for (allow, asked) in [("feed-*", &["feed-token"][..]), ("other", &[])] {
            let spec = Spec {
                secrets: Some(Names {
                    allow: vec![Glob::new(allow)],
                    ..Names::default()
                }),
                ..Spec::default()
            };
            let applied = virtualized(&fixture("feed.wasm"), &spec);
            let mut feed = host().start(&applied.bytes).await?;
            let ticks = call(&mut feed, TICKER, "subscribe", &wanted).await?;
            assert_eq!(feed.names("secret"), asked, "{ticks}");
            assert_eq!(
                ticks.starts_with("Result(Ok("),
                !asked.is_empty(),
                "{ticks}"
            );
        }
        Ok(())
    })
}

/// Two calls that are answered only when both have arrived.
#[test]
fn asynchronous_secrets_are_asked_for_at_once() -> Result<()> {
    let spec = Spec {
        secrets: Some(Names::passing(vec![Glob::new("feed-*")])),
        ..Spec::default()
    };
    let applied = virtualized(&fixture("feed.wasm"), &spec);
    for bytes in [&fixture("feed.wasm"), &applied.bytes] {
        in_tokio(async {
            let host = Host {
                secrets: BTreeMap::from([("feed-token", "t")]),
                together: 2,
                ..Host::default()
            };
            let mut feed = host.start(bytes).await?;
            let parent = feed
                .instance
                .get_export_index(&mut feed.store, None, TICKER);
            let index =
                feed.instance
                    .get_export_index(&mut feed.store, parent.as_ref(), "subscribe");
            let index = index.ok_or_else(|| wasmtime::format_err!("no `subscribe`"))?;
            let function = feed.instance.get_func(&mut feed.store, index);
            let function = function.ok_or_else(|| wasmtime::format_err!("no `subscribe`"))?;
            let both = feed
                .store
                .run_concurrent(async |store| {
                    let one = async |topic: &str| {
                        let mut results = [Val::Bool(false)];
                        let args = [Val::String(topic.into()), Val::U32(1)];
                        function.call_concurrent(store, &args, &mut results).await?;
                        Ok::<_, wasmtime::Error>(format!("{:?}", results[0]))
                    };
                    join(one("bolts"), one("nuts")).await
                })
                .await?;
            for ticks in [both.0?, both.1?] {
                assert!(ticks.starts_with("Result(Ok("), "{ticks}");
            }
            Ok::<_, wasmtime::Error>(())
        })?;
    }
    Ok(())
}

/// Both results, when both are there.
async fn join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (Box::pin(a), Box::pin(b));
    let (mut left, mut right) = (None, None);
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        if left.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(context)
        {
            left = Some(value);
        }
        if right.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(context)
        {
            right = Some(value);
        }
        match (left.take(), right.take()) {
            (Some(left), Some(right)) => Poll::Ready((left, right)),
            (some, other) => {
                (left, right) = (some, other);
                Poll::Pending
            }
        }
    })
    .await
}

#[test]
fn the_03_environment() -> Result<()> {
    let spec = Spec {
        env: Some(Names {
            set: pairs(&[("GREETING", "griaß di")]),
            ..Names::default()
        }),
        ..Spec::default()
    };
    let applied = virtualized(&fixture("hello-p3.wasm"), &spec);
    in_tokio(async {
        let mut hello = Host::default().start(&applied.bytes).await?;
        let (done,): (std::result::Result<(), ()>,) =
            hello.call("wasi:cli/run@0.3.2", "run", ()).await?;
        assert_eq!(done, Ok(()));
        assert_eq!(hello.stdout(), "griaß di from 0.3\n");
        Ok(())
    })
}

/// Secrets that are asked for by name become imports, and the program does the same.
#[test]
fn declared_secrets() -> Result<()> {
    let bytes = fixture("feed.wasm");
    let catalogue = gusset::catalogue::Catalogue::builtin().expect("it is built in");
    let spec = Spec {
        declare: vec!["feed-token".to_owned()],
        ..Spec::default()
    };
    let applied = virtualized(&bytes, &spec);
    let before = crate::run::imports(&bytes)?;
    let mut after = crate::run::imports(&applied.bytes)?;
    after.retain(|name| !before.contains(name));
    assert_eq!(after, ["feed-token"]);
    // The type says it: the analysis finds the name without looking at code.
    let binary = gusset::binary::Binary::parse(&applied.bytes).expect("a component");
    let again = gusset::lock::Facts::of(&binary, &catalogue);
    let import = again
        .imports
        .iter()
        .find(|import| import.name == "feed-token");
    let implements = import.and_then(|import| import.implements.as_deref());
    assert_eq!(implements, Some("wasmcloud:secrets/secret@2.1.0"));
    let store = again
        .imports
        .iter()
        .find(|i| i.name.starts_with("wasmcloud:secrets/store"));
    assert!(store.is_some_and(|store| store.functions.is_empty()));
    in_tokio(async {
        let host = Host {
            secrets: BTreeMap::from([("feed-token", "t")]),
            ..Host::default()
        };
        let mut feed = host.start(&applied.bytes).await?;
        let wanted = [Val::String("bolts".into()), Val::U32(3)];
        for _ in 0..3 {
            let ticks = call(&mut feed, TICKER, "subscribe", &wanted).await?;
            assert!(ticks.starts_with("Result(Ok("), "{ticks}");
        }
        assert_eq!(feed.names("reveal"), ["feed-token"]);
        Ok(())
    })
}

/// The names are those that the analysis proves; `get` has to be of a version that has such
/// imports.
#[test]
fn secrets_to_declare_are_proven() {
    use gusset::virt::{IfOpen, apply, declared};
    let bytes = fixture("orders.wasm");
    let catalogue = gusset::catalogue::Catalogue::builtin().expect("it is built in");
    let binary = gusset::binary::Binary::parse(&bytes).expect("a component");
    let mut facts = gusset::lock::Facts::of(&binary, &catalogue);
    let (declare, _) = declared(&facts, IfOpen::Refuse).expect("all names are proven");
    assert_eq!(declare, ["receipt-signing-key"]);
    let refused = |declare: &[&str], bytes: &[u8]| {
        let spec = Spec {
            declare: declare.iter().map(|name| name.to_string()).collect(),
            ..Spec::default()
        };
        let error = apply("app", bytes, &spec).expect_err("it must be refused");
        error.to_string()
    };
    assert!(refused(&["receipt-signing-key"], &bytes).contains("came with version 2.1"));
    let feed = fixture("feed.wasm");
    for name in ["STRIPE_KEY", "", "a--b", "a b", "1a", "Ab"] {
        assert!(
            refused(&[name], &feed).contains("cannot be the name of an import"),
            "{name}"
        );
    }
    for need in facts.needs.iter_mut().filter(|need| need.kind == "secret") {
        need.enumerates = true;
    }
    assert!(declared(&facts, IfOpen::Refuse).is_err());
    // What is left open cannot become imports.
    assert!(declared(&facts, IfOpen::Leave).is_err());
}

/// A secret with an import of its own stays if its label is a name that passes.
#[test]
fn labelled_secrets() -> Result<()> {
    let bytes = fixture("labels.wasm");
    let scope = |allow: &str| Spec {
        secrets: Some(Names::passing(vec![Glob::new(allow)])),
        ..Spec::default()
    };
    let host = || Host {
        secrets: BTreeMap::from([("database-password", "12345"), ("api-token", "123")]),
        ..Host::default()
    };
    in_tokio(async {
        let all = virtualized(&bytes, &scope("*"));
        let mut labels = host().start(&all.bytes).await?;
        let login = call(&mut labels, "fixture:labels/sync", "login", &[]).await?;
        assert_eq!(login, "U64(8)");
        let some = virtualized(&bytes, &scope("database-*"));
        crate::run::assert_no_import(&some.bytes, "api-token")?;
        let mut labels = host().start(&some.bytes).await?;
        // There is no way to say no but to trap.
        let login = call(&mut labels, "fixture:labels/sync", "login", &[]).await;
        assert!(login.is_err(), "{login:?}");
        assert_eq!(labels.names("secret"), ["database-password"]);
        Ok(())
    })
}

#[test]
fn interfaces_of_anybody_are_refused() -> Result<()> {
    in_tokio(async {
        for (pattern, kind) in [
            ("wasmcloud:secrets/*", "secret"),
            ("wasi:config/*", "config"),
        ] {
            let mut plain = shop_host().start(&fixture("shop.wasm")).await?;
            let _ = call(&mut plain, ORDERS, "place", &order()).await?;
            assert!(!plain.names(kind).is_empty(), "{kind}");
            let applied = virtualized(&fixture("shop.wasm"), &deny(pattern));
            let mut shop = shop_host().start(&applied.bytes).await?;
            // It goes on without, and says so in its own words.
            let _ = call(&mut shop, ORDERS, "place", &order()).await?;
            assert!(shop.names(kind).is_empty(), "{kind}");
        }
        Ok(())
    })
}
