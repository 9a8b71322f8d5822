//! Sinks of small components made from WIT, of every built-in row, and of the fixtures.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]

mod build;
mod fixtures;
mod rows;
mod rules;

use super::{Role, Sinks};
use crate::binary::Binary;
use crate::catalogue::Catalogue;
use crate::graph::Program;

/// The sinks of a binary.
fn sinks(bytes: &[u8], catalogue: &Catalogue) -> Sinks {
    let binary = Binary::parse(bytes).unwrap();
    Sinks::find(&Program::link(&binary), catalogue)
}

/// The function, kind and meaning of each use, one line each.
fn lines(sinks: &Sinks) -> Vec<String> {
    let lines = sinks.uses.iter().map(|sink| {
        let (host, kind) = (&sink.host, &sink.kind);
        let label = host
            .label
            .as_ref()
            .map_or(String::new(), |l| format!("{l}="));
        let what = match &sink.role {
            Role::Key(key) => format!("{kind} {}", key.parameter),
            Role::Prefix(key) => format!("{kind} {}*", key.parameter),
            Role::Enumerates => format!("all {kind}"),
            Role::Audit { action, .. } => format!("{action} {kind}"),
            Role::Egress => format!("egress {kind}"),
            Role::Mount => format!("mount {kind}"),
        };
        format!("{label}{}#{} {what}", host.interface, host.function)
    });
    lines.collect()
}

#[test]
fn a_core_module_has_no_types_for_an_interface() {
    let module = wat::parse_str(
        r#"(module
            (import "wasi:config/store@0.2.0-rc.1" "get" (func (param i32 i32 i32)))
            (import "cm32p2|wasi:keyvalue/store@0.2" "open" (func (param i32 i32 i32)))
            (import "wasi_snapshot_preview1" "path_open" (func (param i64)))
            (import "wasi_snapshot_preview1" "environ_get" (func))
            (import "env" "get" (func)))"#,
    );
    let sinks = sinks(&module.unwrap(), &Catalogue::builtin().unwrap());
    assert_eq!(lines(&sinks), Vec::<String>::new());
    let mismatches: Vec<_> = sinks.mismatches.iter().map(|m| m.to_string()).collect();
    assert_eq!(mismatches.len(), 4, "{mismatches:#?}");
    assert!(mismatches[0].ends_with("known only once it is a component"));
    assert!(mismatches[2].ends_with("other parameters than described"));
}

#[test]
fn exports_that_the_host_calls_with_names_are_found() {
    let component = wat::parse_str(
        r#"(component
            (core module $m (func (export "h")))
            (core instance $i (instantiate $m))
            (func $h (canon lift (core func $i "h")))
            (instance $e (export "handle-message" (func $h)) (export "other" (func $h)))
            (export "wasmcloud:messaging/handler@0.2.0" (instance $e)))"#,
    );
    let sinks = sinks(&component.unwrap(), &Catalogue::builtin().unwrap());
    let triggers: Vec<_> = sinks
        .triggers
        .iter()
        .map(|t| (&*t.function, t.kind.as_str()))
        .collect();
    assert_eq!(triggers, [("handle-message", "topic")]);
}

#[test]
fn a_secret_without_a_label_is_said() {
    let component = wat::parse_str(
        r#"(component
            (import "wasmcloud:secrets/secret@2.1.0" (instance $s (export "get" (func (result u32)))))
            (core func $get (canon lower (func $s "get")))
            (core module $m (import "a" "b" (func (result i32))))
            (core instance (instantiate $m (with "a" (instance (export "b" (func $get)))))))"#,
    );
    let sinks = sinks(&component.unwrap(), &Catalogue::builtin().unwrap());
    assert!(sinks.labels.is_empty());
    assert!(
        sinks.mismatches[0]
            .to_string()
            .ends_with("without a label to name it")
    );
}

#[test]
fn pointers_of_a_64_bit_memory_are_wide() {
    let component = wat::parse_str(
        r#"(component
            (import "wasi:blobstore/blobstore@0.2.0-draft" (instance $s
                (type $o (record (field "container" string) (field "object" string)))
                (export "object-id" (type $id (eq $o)))
                (export "copy-object" (func (param "src" $id) (param "dest" $id)))))
            (core module $mem (memory (export "m") i64 1))
            (core instance $mem (instantiate $mem))
            (core func $f (canon lower (func $s "copy-object") (memory $mem "m")))
            (core module $m (import "a" "b" (func (param i64 i64 i64 i64 i64 i64 i64 i64))))
            (core instance (instantiate $m (with "a" (instance (export "b" (func $f)))))))"#,
    );
    let sinks = sinks(&component.unwrap(), &Catalogue::builtin().unwrap());
    assert!(sinks.mismatches.is_empty());
    let places = sinks.uses.iter().filter_map(|sink| match &sink.role {
        Role::Key(key) => Some((key.parameter.as_str(), key.place.at)),
        _ => None,
    });
    let at = crate::flow::place::At::Param;
    let expected = [
        ("src.container", at(0)),
        ("dest.container", at(4)),
        ("src.object", at(2)),
        ("dest.object", at(6)),
    ];
    assert_eq!(places.collect::<Vec<_>>(), expected);
}
