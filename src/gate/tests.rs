//! What no small binary shows: keys that only may arrive, patterns, several instances.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test that finds nothing should fail.

use super::*;
use crate::base::SourceFile;
use crate::lock::{Facts, InstanceFact, KeyFact, NeedFact, PatternFact};
use crate::needs::{Grade, Verdict};
use crate::workload::{Require, Workload};
use std::sync::Arc;

fn need(instance: &str, kind: &str, verdict: Verdict) -> NeedFact {
    NeedFact {
        instance: instance.to_string(),
        kind: kind.to_string(),
        verdict,
        enumerates: false,
        keys: Vec::new(),
        patterns: Vec::new(),
        blockers: Vec::new(),
        enumerations: Vec::new(),
    }
}

fn key(name: &str, grade: Grade) -> KeyFact {
    KeyFact {
        name: name.to_string(),
        grade,
        runtime: false,
        sites: 1,
        trail: Vec::new(),
    }
}

fn pattern(pattern: &str) -> PatternFact {
    PatternFact {
        pattern: pattern.to_string(),
        sites: 1,
        trail: Vec::new(),
    }
}

fn facts(needs: Vec<NeedFact>) -> Facts {
    let instance = |id: &str, name: &str| InstanceFact {
        id: id.to_string(),
        name: Some(name.to_string()),
    };
    Facts {
        sha256: String::new(),
        digest: String::new(),
        kind: "component".to_string(),
        imports: Vec::new(),
        exports: Vec::new(),
        instances: vec![instance("root", "all"), instance("root/1", "orders")],
        needs,
        gaps: Vec::new(),
        notes: Vec::new(),
        proposals: Vec::new(),
    }
}

/// Rule, subject, confidence and instances of everything found.
fn found(manifest: &str, facts: &Facts, require: Option<Require>) -> Vec<String> {
    let source = Arc::new(SourceFile::new("gusset.toml", manifest));
    let workload = Workload::parse(&source).unwrap();
    let report = check(&Inputs {
        workload: &workload,
        policy: None,
        lock: None,
        components: vec![Checked::new(
            &workload,
            &workload.components[0],
            "a.wasm",
            facts,
        )],
        whole: true,
        unread: Vec::new(),
        levels: Levels::default(),
        require,
        fail_on: Severity::Error,
        values: None,
        profile: None,
        plan: None,
        today: "2026-01-01".parse().unwrap(),
    });
    let line = |f: &Finding| {
        let (rule, subject) = (f.rule().name, f.subject());
        format!(
            "{rule} {subject} {} {}",
            f.confidence.as_str(),
            f.who.join(" ")
        )
    };
    report.findings.iter().map(line).collect()
}

const COMPONENT: &str = "[components.a]\npath = \"a.wasm\"\n";

#[test]
fn a_key_that_may_arrive_is_possible_and_a_proof_anywhere_makes_it_certain() {
    let mut first = need("root", "env", Verdict::Complete);
    first.keys = vec![key("A", Grade::Candidate), key("B", Grade::Candidate)];
    let mut second = need("root/1", "env", Verdict::Complete);
    second.keys = vec![key("B", Grade::Exact)];
    let facts = facts(vec![first, second]);
    assert_eq!(
        found(COMPONENT, &facts, None),
        [
            "undeclared-key env:A possible ",
            "undeclared-key env:B certain all (root) orders (root/1)",
        ]
    );
}

#[test]
fn a_pattern_is_declared_by_one_that_covers_it() {
    let mut bounded = need("root/1", "config", Verdict::Bounded);
    bounded.patterns = vec![pattern("price_*")];
    let facts = facts(vec![bounded]);
    let declared = |list: &str| format!("{COMPONENT}needs.config = {list}\n");
    for (list, says) in [
        (r#"["price_*"]"#, &[][..]),
        (r#"["p*"]"#, &[]),
        (
            r#"["price_eur*"]"#,
            &["undeclared-key config:price_* certain orders (root/1)"],
        ),
        // What is declared exactly may be one of those that are read: not stale.
        (r#"["price_eur", "p*"]"#, &[]),
        (
            r#"["prize", "p*"]"#,
            &["stale-declaration config:prize certain "],
        ),
    ] {
        assert_eq!(found(&declared(list), &facts, None), says, "{list}");
    }
    let manifest = declared(r#"["p*"]"#);
    assert_eq!(found(&manifest, &facts, Some(Require::Bounded)), [""; 0]);
    assert_eq!(
        found(&manifest, &facts, Some(Require::Complete)),
        ["unknown-key config certain orders (root/1)"]
    );
}

#[test]
fn hosts_are_compared_without_case_and_port() {
    let mut hosts = need("root", "http-host", Verdict::Bounded);
    hosts.keys = vec![
        key("API.example.com:8443", Grade::Exact),
        key("example.com", Grade::Exact),
        key("example.org", Grade::Candidate),
    ];
    hosts.patterns = vec![pattern("*.com"), pattern("*.net")];
    let manifest = format!(
        "{COMPONENT}needs.http-host = [\"*\"]\n\
         [[policy.deny]]\nhost = \"*.example.com\"\n[[policy.deny]]\nhost = \"example.org\"\n"
    );
    let found = found(&manifest, &facts(vec![hosts]), None);
    assert_eq!(
        found,
        [
            "denied-host http-host:*.com possible ",
            "denied-host http-host:API.example.com:8443 certain ",
            "denied-host http-host:example.org possible ",
        ]
    );
}
