//! One workload, both ways: fused into one binary, and as two that talk over TCP.

use anyhow::{Context as _, Result};
use gusset_wrpc::{Binary, Links, Plan, Running, Server, Workload, fixture};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

const STOCK: &str = "acme:depot/stock@0.1.0";
const DESK: &str = "acme:depot/desk@0.1.0";
const APART: &str = "scale-separately = [\"stock\"]";
/// Longer than any call takes on a busy machine; a run that ends well never waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

fn depot(rules: &str) -> Result<Workload> {
    let components = [
        ("desk", fixture("desk.wasm")),
        ("stock", fixture("stock.wasm")),
    ];
    Workload::new(&components, "wrpc-wasmtime", rules)
}

fn desk(plan: &Plan, folder: &Path) -> Result<Binary> {
    let group = plan.group_of("desk").context("no binary has the desk")?;
    Binary::read(&group, folder)
}

/// What the depot says to one customer after the other.
async fn conversation(desk: &mut Running) -> Result<Vec<String>> {
    let mut said = Vec::new();
    for name in ["anvil", "bucket", "chisel", "door"] {
        let (text,): (String,) = desk.call(DESK, "describe", (name,)).await?;
        said.push(text);
    }
    let (names,): (Vec<String>,) = desk.call(DESK, "names", ()).await?;
    said.push(names.join(" "));
    for (name, count) in [("anvil", 2u32), ("anvil", 2), ("door", 1)] {
        let (text,): (String,) = desk.call(DESK, "order", (name, count)).await?;
        said.push(text);
    }
    for name in ["anvil", "door"] {
        let (text,): (Result<String, String>,) = desk.call(DESK, "ask", (name,)).await?;
        said.push(text.unwrap_or_else(|error| format!("error: {error}")));
    }
    Ok(said)
}

const ANSWERS: [&str; 10] = [
    "anvil: 3 on a1",
    "bucket: 120 on b1, b2, b3",
    "chisel: sold out",
    "no door here",
    "anvil bucket chisel",
    "2 taken, 1 left",
    "there are only 1",
    "no door here",
    "1 of anvil",
    "0 of door",
];

#[tokio::test]
async fn fused_and_over_tcp_the_answers_are_the_same() -> Result<()> {
    let workload = depot("")?;
    let plan = workload.plan()?;
    let edge = plan.edge("desk", STOCK).context("no edge")?;
    assert_eq!(edge.decision(), "static");
    assert_eq!(plan.groups().count(), 1);
    let folder = workload.compose()?;
    let mut fused = desk(&plan, &folder)?
        .start(Links::default(), PATIENCE)
        .await?;
    let fused = conversation(&mut fused).await?;

    let workload = depot(APART)?;
    let plan = workload.plan()?;
    let edge = plan.edge("desk", STOCK).context("no edge")?;
    assert_eq!(edge.decision(), "rpc");
    assert_eq!(
        plan.groups().map(|group| group.instances()).sum::<usize>(),
        2
    );
    assert_eq!(plan.groups().count(), 2);
    let folder = workload.compose()?;
    let (servers, links) = Server::all(&plan, &folder, PATIENCE).await?;
    assert!(
        servers
            .iter()
            .all(|server| server.address.ip().is_loopback())
    );
    let mut apart = desk(&plan, &folder)?.start(links, PATIENCE).await?;
    let apart = conversation(&mut apart).await?;

    assert_eq!(fused, ANSWERS);
    assert_eq!(apart, ANSWERS);
    Ok(())
}

/// The three ways in which a call can fail on the way.
#[derive(Clone, Copy, Debug)]
enum Failure {
    NoLink,
    NotRunning,
    NoAnswer,
}

/// Links that fail in one of the ways, and what keeps them failing.
async fn broken(failure: Failure) -> Result<(Links, Option<TcpListener>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let to = |address: SocketAddr| Links::from_iter([(STOCK.to_string(), address)]);
    Ok(match failure {
        Failure::NoLink => (Links::default(), None),
        // The port was free a moment ago, and nobody listens there.
        Failure::NotRunning => (to(address), None),
        // The connection is made and stays silent.
        Failure::NoAnswer => (to(address), Some(listener)),
    })
}

fn patience(failure: Failure) -> Duration {
    match failure {
        Failure::NoAnswer => Duration::from_millis(300),
        _ => PATIENCE,
    }
}

/// What the text of the error must say.
fn names(failure: Failure) -> &'static str {
    match failure {
        Failure::NoLink => "no link is configured",
        Failure::NotRunning => "refused",
        Failure::NoAnswer => "timed out",
    }
}

/// Which function of the stock the desk calls in which of its own.
const USES: [(&str, &str); 4] = [
    ("find", "describe"),
    ("all", "names"),
    ("take", "order"),
    ("count", "ask"),
];

#[tokio::test]
async fn a_function_that_the_plan_says_traps_does_in_three_ways() -> Result<()> {
    let workload = depot(APART)?;
    let plan = workload.plan()?;
    let edge = plan.edge("desk", STOCK).context("no edge")?;
    let mut traps = edge.at_risk("traps");
    traps.sort_unstable();
    assert_eq!(traps, ["all", "find", "take"]);
    let folder = workload.compose()?;
    let binary = desk(&plan, &folder)?;
    for failure in [Failure::NoLink, Failure::NotRunning, Failure::NoAnswer] {
        for function in &traps {
            let (_, by) = USES.iter().find(|(f, _)| f == function).context("unused")?;
            let (links, _silent) = broken(failure).await?;
            let mut desk = binary.start(links, patience(failure)).await?;
            let error = match *by {
                "names" => desk.call::<_, (Vec<String>,)>(DESK, by, ()).await.err(),
                "order" => {
                    let params = ("anvil", 1u32);
                    desk.call::<_, (String,)>(DESK, by, params).await.err()
                }
                _ => desk.call::<_, (String,)>(DESK, by, ("anvil",)).await.err(),
            };
            let error = error.with_context(|| format!("{failure:?}: `{by}` came back"))?;
            let text = format!("{error:#}");
            assert!(
                text.contains(names(failure)),
                "{failure:?} {function}: {text}"
            );
            // The instance is gone, whatever is asked next.
            let next = desk.call::<_, (Result<String, String>,)>(DESK, "ask", ("anvil",));
            let text = format!("{:#}", next.await.err().context("it lives on")?);
            assert!(text.contains("cannot enter component instance"), "{text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_function_with_a_transport_error_returns_it_in_three_ways() -> Result<()> {
    let workload = depot(APART)?;
    let plan = workload.plan()?;
    let edge = plan.edge("desk", STOCK).context("no edge")?;
    assert_eq!(edge.at_risk("transport-error"), ["count"]);
    let folder = workload.compose()?;
    let binary = desk(&plan, &folder)?;
    for failure in [Failure::NoLink, Failure::NotRunning, Failure::NoAnswer] {
        let (links, _silent) = broken(failure).await?;
        let mut desk = binary.start(links, patience(failure)).await?;
        // Twice: the instance goes on.
        for _ in 0..2 {
            let (answer,): (Result<String, String>,) = desk.call(DESK, "ask", ("anvil",)).await?;
            let text = answer
                .err()
                .with_context(|| format!("{failure:?}: no error"))?;
            assert!(text.contains(names(failure)), "{failure:?}: {text}");
        }
    }
    Ok(())
}

/// The same failures cannot happen in one binary: there is nothing on the way.
#[tokio::test]
async fn fused_there_is_no_risk_and_no_import() -> Result<()> {
    let workload = depot("")?;
    let plan = workload.plan()?;
    let edge = plan.edge("desk", STOCK).context("no edge")?;
    assert!(edge.at_risk("traps").is_empty());
    let (_, why) = edge.reason();
    assert!(
        why.contains("the transport error of `count` never occurs"),
        "{why}"
    );
    let group = plan.group_of("desk").context("no group")?;
    assert!(group.remote().is_empty() && group.served().is_empty());
    Ok(())
}
