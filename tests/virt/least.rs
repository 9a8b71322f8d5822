//! Least privilege: what the analysis proved passes, and nothing else; the program does not
//! notice.

use crate::fixtures::fixture;
use crate::host;
use crate::run::{Host, imports};
use crate::surroundings::virtualized;
use gusset::binary::Binary;
use gusset::catalogue::Catalogue;
use gusset::lock::Facts;
use gusset::virt::{IfOpen, Names, Narrowed, Spec, VirtError, narrow};
use std::collections::BTreeMap;
use std::error::Error;

type Outcome = Result<(), Box<dyn Error>>;

fn facts(bytes: &[u8]) -> Result<Facts, Box<dyn Error>> {
    Ok(Facts::of(&Binary::parse(bytes)?, &Catalogue::builtin()?))
}

fn least(bytes: &[u8], spec: &Spec, if_open: IfOpen) -> Result<Narrowed, Box<dyn Error>> {
    Ok(narrow("tool", bytes, spec, &facts(bytes)?, if_open)?)
}

fn patterns(names: &Option<Names>) -> Vec<&str> {
    let names = names.iter().flat_map(|names| &names.allow);
    names.map(|glob| glob.as_str()).collect()
}

#[test]
fn proven_variables_pass() -> Outcome {
    let bytes = fixture("std-env.wasm");
    let narrowed = least(&bytes, &Spec::default(), IfOpen::Refuse)?;
    let passes = patterns(&narrowed.spec.env);
    for key in ["DATABASE_URL", "LOG_LEVEL", "REGION"] {
        assert!(passes.contains(&key), "{passes:?}");
    }
    let applied = virtualized(&bytes, &narrowed.spec);
    let mut host = Host::with_args(&[]);
    let pairs = [
        ("DATABASE_URL", "db"),
        ("OTHER", "never seen"),
        ("REGION", "eu-2"),
    ];
    host.env = pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    let done = host.run(&applied.bytes)?;
    assert_eq!(done, host.run(&bytes)?);
    assert!(done.stdout.contains("url=db level=info region=eu-2"));
    Ok(())
}

#[test]
fn what_is_given_stays() -> Outcome {
    let bytes = fixture("std-env.wasm");
    let spec = Spec {
        env: Some(Names::fixed(vec![("LOG_LEVEL".into(), "trace".into())])),
        ..Spec::default()
    };
    let narrowed = least(&bytes, &spec, IfOpen::Refuse)?;
    assert!(!patterns(&narrowed.spec.env).contains(&"LOG_LEVEL"));
    let mut host = Host::with_args(&[]);
    host.env = vec![
        ("LOG_LEVEL".into(), "of the host".into()),
        ("REGION".into(), "eu-2".into()),
    ];
    let done = host.run(&virtualized(&bytes, &narrowed.spec).bytes)?;
    assert!(
        done.stdout.contains("url=none level=trace region=eu-2"),
        "{}",
        done.stdout
    );
    Ok(())
}

#[test]
fn a_program_that_goes_through_all_names_is_refused() -> Outcome {
    let bytes = fixture("std-env.wasm");
    let mut facts = facts(&bytes)?;
    for need in facts.needs.iter_mut().filter(|need| need.kind == "env") {
        need.enumerates = true;
    }
    let narrow = |if_open| narrow("tool", &bytes, &Spec::default(), &facts, if_open);
    let Err(error @ VirtError::Open(_)) = narrow(IfOpen::Refuse) else {
        return Err("it must be refused".into());
    };
    let error = error.to_string();
    assert!(
        error.contains("env: the program goes through all names"),
        "{error}"
    );
    assert_eq!(narrow(IfOpen::Leave)?.spec.env, None);
    let restricted = narrow(IfOpen::Restrict)?;
    assert!(patterns(&restricted.spec.env).contains(&"REGION"));
    Ok(())
}

/// A composed application: names of all kinds pass, what is never called is refused, and the
/// host is asked for the same.
#[test]
fn a_composition_asks_for_the_same() -> Outcome {
    let bytes = fixture("shop.wasm");
    // Prices are asked for by a key from outside.
    assert!(least(&bytes, &Spec::default(), IfOpen::Refuse).is_err());
    let narrowed = least(&bytes, &Spec::default(), IfOpen::Leave)?;
    let secrets = patterns(&narrowed.spec.secrets);
    assert_eq!(secrets, ["receipt-signing-key"], "{:?}", narrowed.notes);
    assert_eq!(narrowed.spec.config, None);
    let applied = virtualized(&bytes, &narrowed.spec);
    host::in_tokio(async {
        let mut runs = Vec::new();
        for bytes in [&bytes, &applied.bytes] {
            let shop = crate::stores::shop_host();
            let mut shop = shop.start(bytes).await?;
            let order = crate::stores::order();
            let placed = crate::stores::call(&mut shop, crate::stores::ORDERS, "place", &order);
            let placed = placed.await?;
            let asked: BTreeMap<_, _> = ["config", "secret", "reveal"]
                .into_iter()
                .map(|kind| (kind, shop.names(kind).join(" ")))
                .collect();
            runs.push((placed, asked, shop.stdout(), shop.stderr()));
        }
        assert_eq!(runs[0], runs[1]);
        Ok::<_, wasmtime::Error>(())
    })?;
    Ok(())
}

#[test]
fn imports_that_are_never_called_are_gone() -> Outcome {
    let bytes = fixture("unused.wasm");
    let narrowed = least(&bytes, &Spec::default(), IfOpen::Refuse)?;
    let applied = virtualized(&bytes, &narrowed.spec);
    let before = imports(&bytes)?;
    let after = imports(&applied.bytes)?;
    assert!(
        before
            .iter()
            .any(|name| name.starts_with("wasi:keyvalue/store"))
    );
    assert!(
        !after.iter().any(|name| name.starts_with("wasi:keyvalue/")),
        "{after:?}"
    );
    assert!(after.iter().all(|name| before.contains(name)));
    let host = host::Host {
        config: BTreeMap::from([("greeting", "servus"), ("other", "x")]),
        ..host::Host::default()
    };
    host::in_tokio(async {
        let mut unused = host.start(&applied.bytes).await?;
        let (greeting,): (String,) = unused.call("", "greet", ()).await?;
        assert_eq!(greeting, "servus");
        Ok::<_, wasmtime::Error>(())
    })?;
    Ok(())
}
