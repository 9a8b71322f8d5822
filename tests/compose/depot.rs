//! The workload of `fixtures/depot`, planned for its host: the binaries of the plan run, what is
//! fused answers through its middleware in order, and each asks for the names that its manifest
//! has.

use super::fixtures::fixture;
use super::host::{Host, in_tokio};
use super::http_host::{Answer, Stores, ask_with};
use gusset::base::SourceFile;
use gusset::compose::{Package, Plan, build};
use gusset::plan::{Input, LinkPlan, Part, Rules, draft, links, plan};
use gusset::workload::{Profile, Workload};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

fn workload() -> (Workload, Vec<(String, Vec<u8>)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/depot");
    let text = std::fs::read_to_string(folder.join("gusset.toml")).unwrap();
    let source = Arc::new(SourceFile::new("gusset.toml", text));
    let workload = Workload::parse(&source).unwrap_or_else(|errors| panic!("{errors}"));
    let files = workload.components.iter().map(|component| {
        let file = component.path.value.rsplit('/').next().unwrap();
        (component.name.value.clone(), fixture(file))
    });
    let files = files.collect();
    (workload, files)
}

/// The binaries of the plan, by name.
fn binaries() -> BTreeMap<String, Vec<u8>> {
    let (workload, files) = workload();
    let profile = Profile::builtin("wasmcloud-2.7").unwrap().unwrap();
    let parts = files
        .iter()
        .map(|(name, bytes)| Part::parse(name, bytes).unwrap());
    let planned: LinkPlan = plan(&Input {
        profile: &profile,
        parts: parts.collect(),
        rules: Rules::of(&workload),
    });
    assert!(planned.holds(), "{:?}", planned.problems);
    let bytes = |component: &str| {
        let file = files.iter().find(|(name, _)| name == component);
        file.unwrap().1.clone()
    };
    let made = planned.groups.iter().map(|group| {
        if let [only] = group.instances.as_slice() {
            return (group.name.clone(), bytes(&only.component));
        }
        let inside: Vec<(String, Vec<u8>)> = group
            .instances
            .iter()
            .map(|instance| (instance.name.clone(), bytes(&instance.component)))
            .collect();
        let packages: Vec<(String, Package<'_>)> = inside
            .iter()
            .map(|(name, bytes)| (name.clone(), Package::parse(name, bytes).unwrap()))
            .collect();
        let links = links(&planned, group, &packages);
        let composed = Plan::resolve(draft(packages, &links)).unwrap();
        (group.name.clone(), build(&composed).unwrap())
    });
    made.collect()
}

#[test]
fn the_binaries_of_the_plan_run() {
    let binaries = binaries();
    let names: Vec<&String> = binaries.keys().collect();
    assert_eq!(names, ["api", "service", "worker"]);
    let stores = || Stores {
        config: BTreeMap::from([
            ("sender", "depot"),
            ("label-signing-key", "12345"),
            ("price_tea", "300"),
            ("currency", "CHF"),
        ]),
        ..Stores::default()
    };
    let (answer, log, stores_seen) = ask_with(&binaries["api"], "/tea", true, stores());
    let body = "depot tea 300 CHF signed=5 noted=true\n".to_string();
    assert_eq!(answer, Answer { status: 200, body });
    assert!(log.contains("seen /tea"), "{log}");
    assert_eq!(
        stores_seen,
        [
            "config sender",
            "config label-signing-key",
            "config price_tea",
            "config currency",
            "wasi:keyvalue/store@0.2.0-draft parcels",
            "archive labels",
        ]
    );
    // Refused before the log sees it, and nothing is asked for.
    let (answer, log, stores_seen) = ask_with(&binaries["api"], "/tea", false, stores());
    assert_eq!(answer.status, 401);
    assert!(!log.contains("seen"), "{log}");
    assert_eq!(stores_seen, [""; 0]);
}

#[test]
fn the_service_runs_as_a_command() {
    let bytes = &binaries()["service"];
    let host = Host {
        env: BTreeMap::from([("DEPOT_NAME", "north")]),
        config: BTreeMap::from([("sweep-interval", "60"), ("sweep-token", "abc")]),
        ..Host::default()
    };
    let (stdout, keys) = in_tokio(async {
        let mut running = host.start(bytes).await?;
        let run = "wasi:cli/run@0.2.6";
        let (done,): (std::result::Result<(), ()>,) = running.call(run, "run", ()).await?;
        assert_eq!(done, Ok(()));
        let keys = running.names("config").join(" ");
        wasmtime::error::Ok((running.stdout(), keys))
    })
    .expect("the service runs");
    assert_eq!(stdout, "north every Some(\"60\") with 3 bytes\n");
    assert_eq!(keys, "sweep-interval sweep-token");
}

#[test]
fn the_worker_takes_a_message() {
    use wasmtime::component::{ComponentType, Lower};
    #[derive(ComponentType, Lower, Clone)]
    #[component(record)]
    struct Message {
        subject: String,
        body: Vec<u8>,
        #[component(name = "reply-to")]
        reply_to: Option<String>,
    }
    let bytes = &binaries()["worker"];
    let host = Host {
        config: BTreeMap::from([("longest-subject", "4")]),
        ..Host::default()
    };
    let message = |subject: &str| Message {
        subject: subject.to_string(),
        body: b"a parcel".to_vec(),
        reply_to: None,
    };
    in_tokio(async {
        let mut running = host.start(bytes).await?;
        let handler = "wasmcloud:messaging/handler@0.2.0";
        type Taken = (std::result::Result<(), String>,);
        let (taken,): Taken = running
            .call(handler, "handle-message", (message("tea"),))
            .await?;
        assert_eq!(taken, Ok(()));
        let (taken,): Taken = running
            .call(handler, "handle-message", (message("coffee"),))
            .await?;
        assert_eq!(taken, Err("too long".to_string()));
        assert_eq!(running.names("config"), ["longest-subject"]);
        let key = "wasi:keyvalue/store@0.2.0-draft/queue/tea";
        assert_eq!(running.names("bucket-key"), [key]);
        wasmtime::error::Ok(())
    })
    .expect("the worker runs");
}
