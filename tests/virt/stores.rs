//! Configuration and secrets, synchronous and asynchronous, on a host that writes down what it
//! is asked for.

use crate::fixtures::fixture;
use crate::host::{Host, Running, in_tokio};
use crate::surroundings::{deny, virtualized};
use gusset::base::Glob;
use gusset::virt::{Config, Env, Scope, Spec};
use std::collections::BTreeMap;
use wasmtime::Result;
use wasmtime::component::Val;

const ORDERS: &str = "acme:shop/orders@0.1.0";
const TICKER: &str = "acme:feed/ticker@0.1.0";

fn shop_host() -> Host {
    Host {
        env: BTreeMap::from([("AUDIT_ACTOR", "tester"), ("ORDER_PREFIX", "T-")]),
        config: BTreeMap::from([("price_gusset", "300"), ("currency", "CHF")]),
        secrets: BTreeMap::from([("receipt-signing-key", "a key for tests")]),
        ..Host::default()
    }
}

/// Calls a function with any values; the first result, in the text format of values.
async fn call(running: &mut Running, interface: &str, name: &str, args: &[Val]) -> Result<String> {
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
        config: Some(Config {
            set: pairs(set),
            allow: allow.iter().map(|text| Glob::new(text)).collect(),
            ..Config::default()
        }),
        ..Spec::default()
    }
}

fn order() -> [Val; 2] {
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
        secrets: Some(Scope {
            allow: vec![Glob::new(allow)],
            ..Scope::default()
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
                secrets: Some(Scope {
                    allow: vec![Glob::new(allow)],
                    ..Scope::default()
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

#[test]
fn the_03_environment() -> Result<()> {
    let spec = Spec {
        env: Some(Env {
            set: pairs(&[("GREETING", "griaß di")]),
            ..Env::default()
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
