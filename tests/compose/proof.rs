//! The proof notices what a wrong encoder would do; taking apart and composing again keeps
//! the graph.

use super::parts::*;
use gusset::base::SourceFile;
use gusset::binary::Binary;
use gusset::compose::{Draft, Package, Plan, Source, Wiring, build, encode, prove, split};
use gusset::workload::Workload;
use std::sync::Arc;

fn example() -> Vec<u8> {
    let api = bytes(&provider(9, H));
    let (a, b) = (bytes(&consumer(3, H, "a")), bytes(&consumer(4, H, "b")));
    let (auth, log) = (bytes(&middleware(1)), bytes(&middleware(2)));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\norder = [\"first\"]\n\
                [[middleware]]\ncomponent = \"log\"\non = \"t:t/h\"\n";
    let parts: [(&str, &[u8]); 5] = [
        ("api", &api),
        ("a", &a),
        ("b", &b),
        ("auth", &auth),
        ("log", &log),
    ];
    compose(toml, &parts).unwrap()
}

#[test]
fn a_wrong_encoder_is_caught() {
    let bytes = example();
    with_wiring(&bytes, |right| {
        prove(&encode(&right).unwrap(), &right).expect("the right one is proven");
        let sources: Vec<Source> = (0..right.nodes.len())
            .map(|node| Source::Export {
                node,
                name: H.to_string(),
            })
            .collect();
        let mut caught = 0;
        // Every argument, connected to every other instance that could be.
        for node in 0..right.nodes.len() {
            for source in &sources {
                let exports = &right.package_of(source.nodes()[0]).world.exports;
                if source.nodes() == [node] || !exports.contains_key(H) {
                    continue;
                }
                let mut wrong: Wiring<'_> = right.clone();
                let Some(arg) = wrong.nodes[node].args.get_mut(H) else {
                    continue;
                };
                if arg == source {
                    continue;
                }
                *arg = source.clone();
                let Ok(written) = encode(&wrong) else {
                    continue;
                };
                assert!(prove(&written, &right).is_err(), "{node} from {source:?}");
                caught += 1;
            }
        }
        assert!(caught >= 4, "only {caught} mistakes could be made");
        // A middleware skipped: what it would be given, given past it.
        let mut skipped = 0;
        for node in 0..right.nodes.len() {
            let (Some(own), true) = (
                right.nodes[node].args.get(H).cloned(),
                right.package_of(node).world.exports.contains_key(H),
            ) else {
                continue;
            };
            for consumer in 0..right.nodes.len() {
                let mut wrong = right.clone();
                let Some(arg) = wrong.nodes[consumer].args.get_mut(H) else {
                    continue;
                };
                if arg.nodes() != [node] {
                    continue;
                }
                *arg = own.clone();
                let written = encode(&wrong).expect("a shorter path can be written");
                assert!(prove(&written, &right).is_err(), "{consumer} past {node}");
                skipped += 1;
            }
        }
        assert!(skipped >= 2, "only {skipped} could be skipped");
        // Two exports swapped.
        let mut wrong = right.clone();
        let (a, b) = (right.exports["a"].clone(), right.exports["b"].clone());
        wrong.exports["a"] = b;
        wrong.exports["b"] = a;
        assert!(prove(&encode(&wrong).unwrap(), &right).is_err());
        // An export of the whole from another node, under the same name.
        let mut wrong = right.clone();
        let b = wrong.exports["b"].source.clone();
        wrong.exports["a"].source = match b {
            Source::Export { node, .. } => Source::Export {
                node,
                name: "b".to_string(),
            },
            other => other,
        };
        assert!(prove(&encode(&wrong).unwrap(), &right).is_err());
        // An instance of another component, and one export less.
        let mut wrong = right.clone();
        let auth = right
            .nodes
            .iter()
            .position(|node| node.name == "auth")
            .unwrap();
        let log = right
            .nodes
            .iter()
            .position(|node| node.name == "log")
            .unwrap();
        wrong.nodes[auth].package = right.nodes[log].package;
        assert!(prove(&encode(&wrong).unwrap(), &right).is_err());
        let mut wrong = right.clone();
        wrong.exports.shift_remove("a");
        assert!(prove(&encode(&wrong).unwrap(), &right).is_err());
    });
}

/// Bytes of a composition outside of the components in it.
fn own_bytes(bytes: &[u8]) -> Vec<usize> {
    const COMPONENT: u8 = 4;
    let mut own = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let (start, id) = (at, bytes[at]);
        at += 1;
        let (mut size, mut shift) = (0usize, 0);
        loop {
            let byte = bytes[at];
            at += 1;
            size |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let end = at + size;
        own.extend(start..if id == COMPONENT { at } else { end });
        at = end;
    }
    own
}

#[test]
fn every_changed_byte_is_caught() {
    // With an import that stays open, so that its type is among the bytes.
    let api = bytes(&passes(9, "t:t/store@0.1.0", H));
    let (a, auth) = (bytes(&consumer(3, H, "a")), bytes(&middleware(1)));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let parts: [(&str, &[u8]); 3] = [("api", &api), ("a", &a), ("auth", &auth)];
    let written = stripped(&compose(toml, &parts).unwrap());
    with_wiring(&written, |wiring| {
        prove(&written, &wiring).expect("what is there is proven");
        let own = own_bytes(&written);
        let mut same = 0;
        assert!(own.len() > 100, "{}", own.len());
        for place in own {
            for bit in [0x01, 0x02, 0x04, 0x10, 0x80] {
                let mut wrong = written.clone();
                wrong[place] ^= bit;
                if prove(&wrong, &wiring).is_err() {
                    continue;
                }
                // Some bytes have two forms of one meaning.
                let (again, plain) = (with_wiring(&wrong, |w| encode(&w)), encode(&wiring));
                assert_eq!(again, plain, "byte {place} with {bit:#x} changed");
                same += 1;
            }
        }
        assert!(same < 40, "{same} changes have no meaning");
    });
}

/// What is composed from the parts of a composition.
pub(super) fn rebuilt(bytes: &[u8]) -> Vec<u8> {
    with_wiring(bytes, |wiring| {
        let parts = split(&wiring).expect("can be taken apart");
        let source = Arc::new(SourceFile::new("gusset.toml", parts.workload.clone()));
        let workload = Workload::parse(&source).unwrap_or_else(|e| panic!("{e}"));
        let packages = workload.components.iter().map(|component| {
            let file = parts
                .components
                .iter()
                .find(|(f, _)| *f == component.path.value);
            let (_, bytes) = file.expect("every path has its file");
            let name = component.name.value.clone();
            (
                name.clone(),
                Package::parse(&name, bytes).expect("a component"),
            )
        });
        let plan = Plan::resolve(Draft {
            base: None,
            parts: packages.collect(),
            links: &workload.links,
            middleware: &[],
        });
        let plan = plan.unwrap_or_else(|errors| panic!("{errors:?}\n{}", parts.workload));
        build(&plan).unwrap()
    })
}

/// Nodes by name with what they are given, for comparison.
pub(super) fn graph(bytes: &[u8]) -> Vec<String> {
    with_wiring(bytes, |wiring| {
        let name = |source: &Source| match source {
            Source::Export { node, name } => {
                format!("{} of {}", name, wiring.package_of(*node).sha256)
            }
            other => format!("{other:?}"),
        };
        let mut lines: Vec<String> = Vec::new();
        for node in 0..wiring.nodes.len() {
            let mut args: Vec<String> = wiring.nodes[node]
                .args
                .iter()
                .filter(|(_, source)| !matches!(source, Source::Member(..)))
                .map(|(import, source)| format!("{import} = {}", name(source)))
                .collect();
            args.sort();
            lines.push(format!(
                "{} {}",
                wiring.package_of(node).sha256,
                args.join(", ")
            ));
        }
        for (export, item) in &wiring.exports {
            lines.push(format!("export {export} = {}", name(&item.source)));
        }
        for import in wiring.world.imports.keys() {
            lines.push(format!("import {import}"));
        }
        lines.sort();
        lines
    })
}

#[test]
fn composing_what_was_taken_apart_gives_the_same_graph() {
    let bytes = example();
    let again = rebuilt(&bytes);
    assert_eq!(graph(&bytes), graph(&again));
    assert_eq!((run(&again, "a"), run(&again, "b")), (3129, 4129));
}

#[test]
fn fixtures_are_the_same_after_taking_apart_and_composing() {
    let mut seen = 0;
    let mut files: Vec<_> = std::fs::read_dir("fixtures/bin")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
        .collect();
    files.sort();
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let composed = Binary::parse(&bytes).is_ok_and(|binary| {
            gusset::compose::read(&gusset::graph::Program::link(&binary)).is_ok()
        });
        if composed {
            assert_eq!(graph(&bytes), graph(&rebuilt(&bytes)), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 2, "{seen} compositions");
}
