//! Order held against finished plans, and links between other names.

use super::components::{Shop, edge, planned};
use gusset::base::SourceFile;
use gusset::compose::{Package, Plan, encode, prove};
use gusset::plan::{
    Decision, DecisionKind, LinkPlan, ProblemCode, ReasonCode, Target, draft, links,
    order_violations,
};
use gusset::workload::{Middleware, Workload};
use proptest::prelude::*;
use std::sync::Arc;

const WEB: &str = "import acme:shop/orders@0.1.0; import wasi:keyvalue/store@0.2.0-draft; \
                   export wasi:http/incoming-handler@0.2.0;";
const ORDERS: &str = "import wasi:keyvalue/store@0.2.0-draft; export acme:shop/orders@0.1.0;";
const AUTH: &str = "import acme:shop/orders@0.1.0; export acme:shop/orders@0.1.0;";
const RULE: &str =
    "[[middleware]]\ncomponent = \"auth\"\non = \"acme:shop/orders\"\norder = [\"first\"]\n";
const ORDERS_NAME: &str = "acme:shop/orders@0.1.0";

fn rules(text: &str) -> Vec<Middleware> {
    let text = format!("{text}\n[components.auth]\npath = \"a\"\n[components.log]\npath = \"l\"\n");
    let source = Arc::new(SourceFile::new("gusset.toml", text));
    Workload::parse(&source).unwrap().middleware
}

fn said(plan: &LinkPlan, text: &str) -> Vec<String> {
    let found = order_violations(plan, &rules(text));
    assert!(found.iter().all(|p| p.code == ProblemCode::OrderViolated));
    found.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn a_runtime_edge_that_bypasses_a_middleware_is_order_violated() {
    for (profile, how) in [
        ("wrpc-wasmtime", "linked over a network"),
        ("wasmcloud-2.7", "linked at run time"),
    ] {
        let parts = [("web", WEB), ("orders", ORDERS), ("auth", AUTH)];
        let mut plan = planned(profile, &parts, RULE);
        assert!(plan.holds(), "{profile}: {:?}", plan.problems);
        assert_eq!(said(&plan, RULE), [""; 0], "{profile}");
        // Somebody edits the plan, or a planner forgets the rule.
        let around = Target {
            provider: "orders".to_string(),
            export: ORDERS_NAME.to_string(),
        };
        let edge = plan
            .edges
            .iter_mut()
            .find(|edge| edge.consumer == "web" && edge.import == ORDERS_NAME);
        let edge = edge.unwrap();
        edge.decision = match &edge.decision {
            Decision::Rpc(_) => Decision::Rpc(around),
            Decision::Workload(_) => Decision::Workload(around),
            other => panic!("{profile}: {other:?}"),
        };
        let expected = format!("`auth` does not stand on web → orders ({ORDERS_NAME}, {how})");
        assert_eq!(said(&plan, RULE), [expected], "{profile}");
    }
}

#[test]
fn what_the_host_serves_past_a_middleware_is_order_violated() {
    let store = "import wasi:keyvalue/store@0.2.0-draft;";
    let auth = "import wasi:keyvalue/store@0.2.0-draft; export wasi:keyvalue/store@0.2.0-draft;";
    let rule = "[[middleware]]\ncomponent = \"auth\"\non = \"wasi:keyvalue/store\"\n";
    let mut plan = planned("wasmcloud-2.7", &[("web", store), ("auth", auth)], rule);
    assert!(plan.holds(), "{:?}", plan.problems);
    assert_eq!(said(&plan, rule), [""; 0]);
    let host = edge(&plan, "auth", "wasi:keyvalue/store@0.2.0-draft")
        .decision
        .clone();
    assert_eq!(host.kind(), DecisionKind::Host);
    let edge = plan
        .edges
        .iter_mut()
        .find(|edge| edge.consumer == "web")
        .unwrap();
    edge.decision = host;
    let expected = "`auth` does not stand on web → import \
                    (wasi:keyvalue/store@0.2.0-draft, served by the host)";
    assert_eq!(said(&plan, rule), [expected]);
}

#[test]
fn the_order_of_two_is_held_against_the_plan() {
    let rule = |log: &str| {
        format!(
            "{RULE}[[middleware]]\ncomponent = \"log\"\non = \"acme:shop/orders\"\norder = [{log}]\n"
        )
    };
    let parts = [
        ("web", WEB),
        ("orders", ORDERS),
        ("auth", AUTH),
        ("log", AUTH),
    ];
    let plan = planned("wrpc-wasmtime", &parts, &rule(""));
    assert!(plan.holds(), "{:?}", plan.problems);
    assert_eq!(said(&plan, &rule("\"after:auth\"")), [""; 0]);
    let other = "[[middleware]]\ncomponent = \"auth\"\non = \"acme:shop/orders\"\n\
                 [[middleware]]\ncomponent = \"log\"\non = \"acme:shop/orders\"\norder = [\"first\"]\n";
    let found = said(&plan, other);
    assert!(
        found[0].starts_with("`log` is not `first` on web → orders"),
        "{found:?}"
    );
}

#[test]
fn a_link_between_two_names_is_planned_and_built() {
    let rule = "[[link]]\nconsumer = \"a\"\nimport = \"acme:shop/asks\"\nprovider = \"b\"\n\
                export = \"acme:shop/answers\"\n";
    let parts = [
        (
            "a",
            "import acme:shop/asks@0.1.0; import wasi:keyvalue/store@0.2.0-draft; \
               export acme:shop/stock@0.1.0;",
        ),
        (
            "b",
            "export acme:shop/answers@0.1.0; import wasi:keyvalue/store@0.2.0-draft;",
        ),
    ];
    for profile in [
        "wasmtime-48",
        "wasmcloud-2.7",
        "wrpc-wasmtime",
        "wasmcloud-1",
    ] {
        let shop = Shop::new(profile, &parts, rule);
        let plan = shop.plan();
        let edge = edge(&plan, "a", "acme:shop/asks@0.1.0");
        assert_eq!(
            edge.decision.kind(),
            DecisionKind::Static,
            "{profile}: {}",
            edge.reason.text
        );
        if profile != "wasmtime-48" {
            assert_eq!(edge.reason.code, ReasonCode::CannotCross, "{profile}");
            let other = "`acme:shop/answers@0.1.0` is another";
            assert!(edge.reason.text.contains(other), "{}", edge.reason.text);
        }
        let group = plan.group_of("a").unwrap();
        let packages: Vec<(String, Package<'_>)> = shop
            .files
            .iter()
            .map(|(name, bytes)| (name.clone(), Package::parse(name, bytes).unwrap()))
            .collect();
        let links = links(&plan, group, &packages);
        let composed = Plan::resolve(draft(packages, &links)).unwrap();
        prove(&encode(composed.wiring()).unwrap(), composed.wiring()).unwrap();
    }
}

#[test]
fn a_link_between_two_names_says_why_it_cannot_be() {
    let parts = [
        ("a", "import acme:shop/asks@0.1.0;"),
        (
            "b",
            "export acme:shop/orders@0.1.0; export acme:shop/stock@0.1.0;",
        ),
    ];
    for (export, why) in [
        (
            "acme:shop/nothing",
            "`b` does not export `acme:shop/nothing`",
        ),
        (
            "acme:shop/*",
            "means `acme:shop/orders@0.1.0` and `acme:shop/stock@0.1.0` of `b`",
        ),
        ("acme:shop/orders", "have different functions: `ask` and"),
        (
            "acme:shop/stock",
            "exports `acme:shop/stock@0.1.0` with another type",
        ),
    ] {
        let rule = format!(
            "[[link]]\nconsumer = \"a\"\nimport = \"acme:shop/asks\"\nprovider = \"b\"\nexport = \"{export}\"\n"
        );
        let plan = planned("wasmtime-48", &parts, &rule);
        let edge = edge(&plan, "a", "acme:shop/asks@0.1.0");
        assert_eq!(edge.decision, Decision::Unsatisfied, "{export}");
        assert!(
            edge.reason.text.contains(why),
            "{export}: {}",
            edge.reason.text
        );
    }
}

/// `isolate` and a borrowed handle: the rule and the type that is in its way are named.
#[test]
fn isolating_what_is_borrowed_across_is_explained() {
    let parts = [
        (
            "a",
            "import acme:shop/carts@0.1.0; import wasi:keyvalue/store@0.2.0-draft;",
        ),
        ("b", "export acme:shop/carts@0.1.0;"),
    ];
    let plan = planned("wrpc-wasmtime", &parts, "[workload]\nisolate = [\"b\"]\n");
    assert!(!plan.holds());
    assert_eq!(
        edge(&plan, "a", "acme:shop/carts@0.1.0").decision,
        Decision::Unsatisfied
    );
    let [problem] = plan.problems.as_slice() else {
        panic!("{:?}", plan.problems)
    };
    assert_eq!(problem.code, ProblemCode::Contradiction);
    assert!(
        problem
            .message
            .contains("`[method]cart.add` takes a borrowed handle"),
        "{}",
        problem.message
    );
    assert_eq!(problem.places.len(), 1);
    assert_eq!(problem.places[0].text, "`b` in `isolate`");
    assert!(problem.help.is_some());
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const LINKS: [&str; 4] = [
    "acme:shop/orders@0.1.0",
    "acme:shop/stock@0.1.0",
    "acme:shop/feed@0.1.0",
    "acme:audit/log@0.1.0",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The order in which components stand in a workload decides nothing.
    #[test]
    fn decisions_do_not_depend_on_the_order_of_components(
        imports in prop::collection::vec(prop::collection::btree_set(0usize..4, 0..4), 4),
        hosts in prop::collection::vec(any::<bool>(), 4),
        order in Just((0usize..4).collect::<Vec<_>>()).prop_shuffle(),
        profile in prop::sample::select(vec!["wasmcloud-2.7", "wrpc-wasmtime", "wasmtime-48"]),
    ) {
        let worlds: Vec<String> = (0..4)
            .map(|own| {
                let mut text = format!("export {};", LINKS[own]);
                for import in imports[own].iter().filter(|import| **import > own) {
                    text.push_str(&format!(" import {};", LINKS[*import]));
                }
                if hosts[own] {
                    text.push_str(" import wasi:keyvalue/store@0.2.0-draft;");
                }
                text
            })
            .collect();
        let of = |order: &[usize]| {
            let parts: Vec<(&str, &str)> =
                order.iter().map(|at| (NAMES[*at], worlds[*at].as_str())).collect();
            planned(profile, &parts, "")
        };
        let (one, other) = (of(&[0, 1, 2, 3]), of(&order));
        prop_assert_eq!(one.to_json().unwrap(), of(&[0, 1, 2, 3]).to_json().unwrap());
        prop_assert_eq!(one.edges.len(), other.edges.len());
        for edge in &one.edges {
            let same = other.edges.iter().find(|e| {
                e.consumer == edge.consumer && e.import == edge.import
            });
            prop_assert_eq!(Some(edge), same);
        }
    }
}
