//! What the files say, and what is said about files that are wrong.

#![allow(clippy::unwrap_used)] // A test that cannot parse its input should fail.

use super::*;
use crate::base::SourceFile;
use std::sync::Arc;

const EXAMPLE: &str = include_str!("../../tests/workload/full.toml");

fn source(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile::new("gusset.toml", text))
}

/// Everything said about a text.
fn said(text: &str) -> String {
    match Workload::parse(&source(text)) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn everything_of_the_example_is_read() {
    let file = source(EXAMPLE);
    let workload = Workload::parse(&file).unwrap();
    assert_eq!(workload.name.as_ref().unwrap().value, "shop");
    let api = workload.component("api").unwrap();
    assert_eq!(file.slice(api.span), "[components.api]");
    let env = api.declared("env").unwrap();
    assert_eq!(file.slice(env.span), "[\"DATABASE_URL\", \"APP_*\"]");
    assert_eq!(file.slice(env.keys[1].span), "\"APP_*\"");
    assert!(env.keys[1].matches("APP_URL"));
    let names: Vec<&str> = workload
        .components
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["auth", "api", "store", "tracing"],
        "the order of the file"
    );
    let link = &workload.links[0];
    assert_eq!(link.kind.as_ref().unwrap().value, LinkKind::Runtime);
    let auth = &workload.middleware[0];
    assert!(auth.provider.as_ref().unwrap().matches("api"));
    assert_eq!(auth.order[0].value, Order::First);
    assert_eq!(auth.instance, Instancing::PerEdge);
    let policy = workload.policy.as_ref().unwrap();
    assert_eq!(policy.levels[0].1.value, Level::Warn);
    assert_eq!(
        policy.allow[0].expires.as_ref().unwrap().to_string(),
        "2027-01-31"
    );
}

#[test]
fn an_unknown_key_is_an_error_with_the_nearest_known_one() {
    assert_eq!(
        said("[components.api]\npth = \"a.wasm\"\n"),
        "gusset.toml:1:1: `[components.api]` has no `path`\n\
         gusset.toml:2:1: unknown key `pth` in `[components.api]`\n  help: did you mean `path`?"
    );
}
