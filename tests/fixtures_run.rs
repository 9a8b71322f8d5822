//! Runs the fixtures under wasmtime: what the analysis is tested on must be real programs,
//! and they must ask for the names that `fixtures/README.md` says.

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/host.rs"]
mod host;

use std::collections::BTreeMap;

use fixtures::fixture;
use host::{Host, Running, in_tokio};
use wasmtime::Result;
use wasmtime::component::{ComponentType, FutureReader, Lift, ResourceAny, StreamReader};

const ORDERS: &str = "acme:shop/orders@0.1.0";
/// The version that rustc's linker and the preview 1 adapter export.
const RUN: &str = "wasi:cli/run@0.2.6";
const TICKER: &str = "acme:feed/ticker@0.1.0";

#[derive(ComponentType, Lift, Debug, PartialEq)]
#[component(record)]
struct Price {
    cents: u32,
    currency: String,
}

#[derive(ComponentType, Lift, Debug, PartialEq)]
#[component(record)]
struct Receipt {
    id: u64,
    total: Price,
    reference: String,
}

#[derive(ComponentType, Lift, Debug, PartialEq)]
#[component(variant)]
enum OrderError {
    #[component(name = "rejected")]
    Rejected(String),
    #[component(name = "unavailable")]
    Unavailable(String),
}

#[derive(ComponentType, Lift, Debug, PartialEq)]
#[component(variant)]
enum FeedError {
    #[component(name = "unknown-topic")]
    UnknownTopic(String),
    #[component(name = "denied")]
    Denied,
}

type Ticks = (
    StreamReader<u8>,
    FutureReader<std::result::Result<(), FeedError>>,
);

/// A host that knows what the shop wants.
fn shop_host() -> Host {
    Host {
        env: BTreeMap::from([("AUDIT_ACTOR", "tester"), ("ORDER_PREFIX", "T-")]),
        config: BTreeMap::from([("price_gusset", "300"), ("currency", "CHF")]),
        secrets: BTreeMap::from([("receipt-signing-key", "a key for tests")]),
        ..Host::default()
    }
}

async fn place(shop: &mut Running, sku: &str, quantity: u32) -> Result<Price> {
    type Placed = (std::result::Result<Receipt, OrderError>,);
    let order = (sku.to_owned(), quantity);
    let (placed,): Placed = shop.call(ORDERS, "place", order).await?;
    let receipt = placed.map_err(|error| wasmtime::format_err!("{error:?}"))?;
    assert!(receipt.reference.starts_with("T-"), "{receipt:?}");
    Ok(receipt.total)
}

async fn run_command(name: &str, interface: &str, host: Host) -> Result<Running> {
    let mut running = host.start(&fixture(name)).await?;
    let (done,): (std::result::Result<(), ()>,) = running.call(interface, "run", ()).await?;
    assert_eq!(done, Ok(()), "{name} failed: {}", running.stderr());
    Ok(running)
}

#[test]
fn commands_read_their_environment() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("note.txt"), "seven b")?;
    for name in [
        "std-env.wasm",
        "std-env-stripped.wasm",
        "std-env-p1-component.wasm",
    ] {
        let host = Host {
            env: BTreeMap::from([("DATABASE_URL", "db:1"), ("REGION", "mars")]),
            args: vec!["/data/note.txt".to_owned()],
            data: Some(folder.path().to_owned()),
            ..Host::default()
        };
        let running = in_tokio(run_command(name, RUN, host))?;
        let expected = "url=db:1 level=info region=mars\nfile=7 bytes\nclock=true\n";
        assert_eq!(running.stdout(), expected, "{name}");
    }
    Ok(())
}

#[test]
fn c_reads_its_environment() -> Result<()> {
    let host = Host {
        env: BTreeMap::from([("SERVICE_ENDPOINT", "here"), ("WORKERS", "4")]),
        ..Host::default()
    };
    let running = in_tokio(run_command("c-getenv-component.wasm", RUN, host))?;
    let expected = "endpoint=here\nCACHE_SIZE=1\nWORKERS=4\nQUEUE_DEPTH=1\nNOT_A_VARIABLE\n";
    assert_eq!(running.stdout(), expected);
    Ok(())
}

#[test]
fn the_03_command_writes_a_stream() -> Result<()> {
    let host = Host {
        env: BTreeMap::from([("GREETING", "servus")]),
        ..Host::default()
    };
    let running = in_tokio(run_command("hello-p3.wasm", "wasi:cli/run@0.3.2", host))?;
    assert_eq!(running.stdout(), "servus from 0.3\n");
    Ok(())
}

/// The same calls for both files: stripping must not change what the shop does.
async fn sell(name: &str) -> Result<()> {
    let mut shop = shop_host().start(&fixture(name)).await?;
    let price = |cents, currency: &str| Price {
        cents,
        currency: currency.to_owned(),
    };
    // A few pieces: `retail`, from the host's configuration.
    assert_eq!(place(&mut shop, "gusset", 2).await?, price(600, "CHF"));
    // Many: `wholesale`, the same component with the configuration of `settings`.
    assert_eq!(place(&mut shop, "gusset", 100).await?, price(25_000, "EUR"));

    let config = ["max-quantity", "wholesale-from", "price_gusset", "currency"];
    assert_eq!(shop.names("config"), config);
    assert_eq!(shop.names("secret"), ["receipt-signing-key"]);
    assert_eq!(shop.names("reveal"), ["receipt-signing-key"]);
    let log = "[shop] tester: place\n[shop] order accepted\n";
    assert_eq!(shop.stderr(), log.repeat(2));
    Ok(())
}

#[test]
fn the_shop_sells_from_two_price_lists() -> Result<()> {
    in_tokio(sell("shop.wasm"))?;
    in_tokio(sell("shop-stripped.wasm"))
}

#[test]
fn a_cart_passes_through_the_middleware() -> Result<()> {
    type Added = (std::result::Result<Price, OrderError>,);
    type Paid = (std::result::Result<Receipt, OrderError>,);
    in_tokio(async {
        let mut shop = shop_host().start(&fixture("shop.wasm")).await?;
        let customer = ("somebody".to_owned(),);
        let (cart,): (ResourceAny,) = shop.call(ORDERS, "[constructor]cart", customer).await?;
        let item = (cart, "gusset".to_owned(), 3_u32);
        let (added,): Added = shop.call(ORDERS, "[method]cart.add", item).await?;
        assert_eq!(added.map(|price| price.cents), Ok(900));
        let (paid,): Paid = shop.call(ORDERS, "[static]cart.checkout", (cart,)).await?;
        assert_eq!(paid.map(|receipt| receipt.total.cents), Ok(900));
        Ok(())
    })
}

#[test]
fn labels_keep_two_stores_apart() -> Result<()> {
    let host = Host {
        secrets: BTreeMap::from([("database-password", "12345"), ("api-token", "678")]),
        ..Host::default()
    };
    in_tokio(async {
        let mut labels = host.start(&fixture("labels.wasm")).await?;
        let key = ("k".to_owned(),);
        let (copied,): (std::result::Result<bool, String>,) =
            labels.call("fixture:labels/sync", "copy", key).await?;
        assert_eq!(copied, Ok(true));
        let keys = ["primary/sessions/k", "replica/sessions-copy/k"];
        assert_eq!(labels.names("bucket-key"), keys);
        let (length,): (u64,) = labels.call("fixture:labels/sync", "login", ()).await?;
        assert_eq!(length, 8);
        assert_eq!(labels.names("reveal"), ["database-password", "api-token"]);
        Ok(())
    })
}

#[test]
fn the_feed_streams() -> Result<()> {
    type Subscribed = (std::result::Result<Ticks, FeedError>,);
    let host = Host {
        secrets: BTreeMap::from([("feed-token", "t")]),
        ..Host::default()
    };
    in_tokio(async {
        let mut feed = host.start(&fixture("feed.wasm")).await?;
        let wanted = ("bolts".to_owned(), 3_u32);
        let (ticks,): Subscribed = feed.call(TICKER, "subscribe", wanted).await?;
        let (stream, mut done) = ticks.map_err(|error| wasmtime::format_err!("{error:?}"))?;
        done.close(&mut feed.store)?;
        let (bytes,): (u64,) = feed.call(TICKER, "drain", (stream,)).await?;
        assert_eq!(bytes, 3 * "bolts 0\n".len() as u64);
        assert_eq!(feed.names("topic"), ["feed.subscriptions"]);
        assert_eq!(feed.names("secret"), ["feed-token"]);
        Ok(())
    })
}

#[test]
fn hand_written_components_run() -> Result<()> {
    let host = || Host {
        config: BTreeMap::from([("greeting", "hi"), ("step", "one"), ("primary-db", "p")]),
        ..Host::default()
    };
    in_tokio(async {
        let shared = fixture("shared-everything.wasm");
        let mut linked = host().start(&shared).await?;
        let (missing,): (u32,) = linked.call("", "run", ()).await?;
        assert_eq!((missing, linked.names("config")), (0, vec!["primary-db"]));
        let mut linked = Host::default().start(&shared).await?;
        let (missing,): (u32,) = linked.call("", "run", ()).await?;
        let both = vec!["primary-db", "secondary-db"];
        assert_eq!((missing, linked.names("config")), (1, both));

        let mut nested = host().start(&fixture("nested.wasm")).await?;
        let (left,): (u32,) = nested.call("", "left", ()).await?;
        let (right,): (u32,) = nested.call("", "right", ()).await?;
        assert_eq!((left, right), (3, 5));
        assert_eq!(nested.names("config"), ["step"]);

        let mut never = host().start(&fixture("never-called.wasm")).await?;
        let (run,): (u32,) = never.call("", "run", ()).await?;
        assert_eq!(run, 7);
        assert_eq!(never.names("config"), ["greeting"]);

        let mut unused = host().start(&fixture("unused.wasm")).await?;
        let (greeting,): (String,) = unused.call("", "greet", ()).await?;
        assert_eq!(greeting, "hi");
        assert_eq!(unused.names("bucket"), [""; 0]);
        Ok(())
    })
}
