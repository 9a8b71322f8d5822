//! Random acyclic graphs of small components with random rules, held against what they must
//! become: valid, with the imports and exports expected, and in order on every path.

use super::parts::*;
use gusset::binary::Binary;
use gusset::compose::{PlanError, chains};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Layers of services: each has a digit, exports one interface, and imports some of the
/// layers behind it.
#[derive(Clone, Debug)]
struct Graph {
    /// For each service, which of those behind it it imports.
    uses: Vec<Vec<bool>>,
    /// For each middleware: the service before which it stands, and statements.
    rules: Vec<(usize, Vec<(u8, usize)>)>,
    /// Whether the last service is in the composition, or left to the outside.
    closed: bool,
}

fn graphs() -> impl Strategy<Value = Graph> {
    (2usize..6).prop_flat_map(|count| {
        let uses = (0..count).map(move |n| proptest::collection::vec(any::<bool>(), count - n - 1));
        let statement = (0u8..4, 0usize..4);
        let rule = (0..count, proptest::collection::vec(statement, 0..3));
        let rules = proptest::collection::vec(rule, 0..5);
        (uses.collect::<Vec<_>>(), rules, any::<bool>()).prop_map(|(uses, rules, closed)| Graph {
            uses,
            rules,
            closed,
        })
    })
}

fn interface(service: usize) -> String {
    format!("t:t/s{service}@0.1.0")
}

/// A service: `h` calls what it imports, one after the other, and appends its digit.
fn service(graph: &Graph, number: usize) -> String {
    let behind: Vec<usize> = (number + 1..graph.uses.len())
        .filter(|other| graph.uses[number][other - number - 1])
        .collect();
    let mut imports = String::new();
    let mut lowered = String::new();
    let mut core = String::new();
    let mut given = String::new();
    let mut calls = "(local.get 0)".to_string();
    for other in &behind {
        let name = interface(*other);
        imports.push_str(&format!(
            "(import \"{name}\" (instance $in{other} (export \"h\" (func (param \"x\" u64) (result u64)))))"
        ));
        lowered.push_str(&format!(
            "(core func $f{other} (canon lower (func $in{other} \"h\")))"
        ));
        core.push_str(&format!(
            "(import \"\" \"f{other}\" (func $f{other} (param i64) (result i64)))"
        ));
        given.push_str(&format!("(export \"f{other}\" (func $f{other}))"));
        calls = format!("(call $f{other} {calls})");
    }
    format!(
        "(component {imports} {lowered}
          (core module $m {core} (func (export \"h\") (param i64) (result i64)
            (i64.add (i64.mul {calls} (i64.const 3)) (i64.const {number}))))
          (core instance $i (instantiate $m (with \"\" (instance {given}))))
          (func $h (param \"x\" u64) (result u64) (canon lift (core func $i \"h\")))
          (instance $e (export \"h\" (func $h)))
          (export \"{}\" (instance $e)))",
        interface(number)
    )
}

/// What the rules of one service allow: the middleware before it, in an order.
fn allowed(graph: &Graph, service: usize) -> Vec<Vec<usize>> {
    let here: Vec<usize> = (0..graph.rules.len())
        .filter(|m| graph.rules[*m].0 == service)
        .collect();
    let mut orders = vec![Vec::new()];
    for m in here {
        let longer = |order: &Vec<usize>| {
            let order = order.clone();
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, m);
                longer
            })
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders.retain(|order| {
        order.iter().enumerate().all(|(at, m)| {
            graph.rules[*m].1.iter().all(|(kind, other)| {
                let other = order.iter().position(|o| o == other);
                match kind {
                    0 => at == 0,
                    1 => at + 1 == order.len(),
                    2 => other.is_none_or(|other| other == at || at < other),
                    _ => other.is_none_or(|other| other == at || at > other),
                }
            })
        })
    });
    orders
}

fn toml(graph: &Graph, exported: &[usize]) -> String {
    let mut text = String::new();
    for (m, (service, statements)) in graph.rules.iter().enumerate() {
        let statements: Vec<String> = statements
            .iter()
            .filter(|(kind, other)| *kind < 2 || (*other < graph.rules.len() && *other != m))
            .map(|(kind, other)| match kind {
                0 => "\"first\"".to_string(),
                1 => "\"last\"".to_string(),
                2 => format!("\"before:m{other}\""),
                _ => format!("\"after:m{other}\""),
            })
            .collect();
        text.push_str(&format!(
            "[[middleware]]\ncomponent = \"m{m}\"\non = \"t:t/s{service}\"\noptional = true\norder = [{}]\n",
            statements.join(", ")
        ));
    }
    for service in exported {
        text.push_str(&format!(
            "[[link]]\nconsumer = \"export\"\nimport = \"{}\"\nprovider = \"s{service}\"\n",
            interface(*service)
        ));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn graphs_become_what_they_say(graph in graphs()) {
        let count = graph.uses.len();
        let inside = if graph.closed { count } else { count - 1 };
        let mut parts: Vec<(String, Vec<u8>)> = (0..inside)
            .map(|n| (format!("s{n}"), bytes(&service(&graph, n))))
            .collect();
        for (m, (service, _)) in graph.rules.iter().enumerate() {
            let name = interface(*service);
            parts.push((format!("m{m}"), bytes(&passes(m as u8, &name, &name))));
        }
        let borrowed: Vec<(&str, &[u8])> =
            parts.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        // Everything inside is exported, also what is used inside.
        let exported: Vec<usize> = (0..inside).collect();
        let used = |service: usize| {
            (0..service.min(inside)).any(|n| graph.uses[n][service - n - 1])
        };
        // A rule is about the edges to its service: exports, and imports by others.
        let on_path = |service: usize| service < inside || used(service);
        let possible = (0..count)
            .filter(|service| on_path(*service))
            .all(|service| !allowed(&graph, service).is_empty());
        match compose(&toml(&graph, &exported), &borrowed) {
            Ok(bytes) => {
                prop_assert!(possible, "a contradiction was not reported: {graph:?}");
                prop_assert!(Binary::parse(&bytes).is_ok());
                with_wiring(&bytes, |wiring| {
                    let imports: BTreeSet<String> = wiring.world.imports.keys().cloned().collect();
                    let outside = (inside..count).filter(|s| used(*s)).map(interface);
                    prop_assert_eq!(imports, outside.collect::<BTreeSet<_>>());
                    let exports: BTreeSet<String> = wiring.exports.keys().cloned().collect();
                    prop_assert_eq!(exports, (0..inside).map(interface).collect::<BTreeSet<_>>());
                    for service in (0..count).filter(|s| on_path(*s)) {
                        let name = interface(service);
                        let orders = allowed(&graph, service);
                        for chain in chains(&wiring, &|on| on == name).unwrap() {
                            let order: Vec<usize> = chain
                                .between
                                .iter()
                                .map(|node| {
                                    let name = wiring.nodes[*node].name.as_str();
                                    let name = name.split('-').next().unwrap();
                                    name[1..].parse().unwrap()
                                })
                                .collect();
                            prop_assert!(orders.contains(&order), "{:?} {:?}", order, chain);
                        }
                    }
                    Ok(())
                })?;
            }
            Err(errors) => {
                prop_assert!(!possible, "refused, but possible: {errors:?} {graph:?}");
                let contradiction = |e: &PlanError| matches!(e, PlanError::Contradiction(_));
                prop_assert!(errors.iter().all(contradiction), "{errors:?}");
            }
        }
    }
}
