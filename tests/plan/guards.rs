//! Middleware on a plan: it is fused with what it guards, and a rule that cannot be kept is
//! said.

use super::components::{binaries, edge, kind, planned, problems, provider};
use gusset::plan::{DecisionKind, ProblemCode};

const AUTH: &str = "import acme:shop/orders@0.1.0; export acme:shop/orders@0.1.0;";
const USER: &str = "import acme:shop/orders@0.1.0; import wasi:keyvalue/store@0.2.0-draft;";
const ORDERS: &str = "import wasi:keyvalue/store@0.2.0-draft; export acme:shop/orders@0.1.0;";
const NAME: &str = "acme:shop/orders@0.1.0";

fn rule(more: &str) -> String {
    format!("[[middleware]]\ncomponent = \"auth\"\non = \"acme:shop/orders\"\n{more}\n")
}

#[test]
fn a_middleware_is_fused_with_what_it_guards_and_callers_reach_it_first() {
    let components = [("a", USER), ("b", USER), ("orders", ORDERS), ("auth", AUTH)];
    let plan = planned("wasmcloud-2.7", &components, &rule("order = [\"first\"]"));
    assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
    assert_eq!(binaries(&plan), ["a", "b", "orders+auth"]);
    for user in ["a", "b"] {
        let edge = edge(&plan, user, NAME);
        assert_eq!(edge.decision.kind(), DecisionKind::Workload);
        assert_eq!(provider(&edge.decision), Some("auth"));
        assert_eq!(edge.via, ["auth"]);
    }
    assert_eq!(kind(&plan, "auth", NAME), DecisionKind::Static);
    assert_eq!(
        provider(&edge(&plan, "auth", NAME).decision),
        Some("orders")
    );
    let exports = &plan.group_of("orders").unwrap().exports;
    assert_eq!(
        exports.len(),
        1,
        "the unguarded export is hidden: {exports:?}"
    );
    assert_eq!(exports[0].instance, "auth");
    assert_eq!(exports[0].consumers, ["a", "b"]);
}

#[test]
fn a_middleware_for_one_consumer_is_fused_with_that() {
    let components = [("a", USER), ("b", USER), ("orders", ORDERS), ("auth", AUTH)];
    let plan = planned(
        "wasmcloud-2.7",
        &components,
        &rule("where = { consumer = \"a\" }"),
    );
    assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
    assert_eq!(binaries(&plan), ["a+auth", "b", "orders"]);
    assert_eq!(kind(&plan, "a", NAME), DecisionKind::Static);
    assert_eq!(kind(&plan, "auth", NAME), DecisionKind::Workload);
    assert_eq!(provider(&edge(&plan, "b", NAME).decision), Some("orders"));
}

#[test]
fn a_middleware_that_is_to_run_on_its_own_is_order_violated() {
    let components = [("a", USER), ("orders", ORDERS), ("auth", AUTH)];
    for key in ["isolate", "scale-separately"] {
        let rules = format!(
            "[workload]\n{key} = [\"auth\"]\n{}",
            rule("order = [\"first\"]")
        );
        let plan = planned("wasmcloud-2.7", &components, &rules);
        let codes: Vec<ProblemCode> = plan.problems.iter().map(|p| p.code).collect();
        assert!(
            codes.contains(&ProblemCode::OrderViolated),
            "{key}: {codes:?}"
        );
        assert!(!plan.holds());
    }
}

#[test]
fn what_the_host_calls_and_what_it_provides_is_guarded_too() {
    let gate = "import wasi:http/incoming-handler@0.2.0; export wasi:http/incoming-handler@0.2.0;";
    let cache = "import wasi:keyvalue/store@0.2.0-draft; export wasi:keyvalue/store@0.2.0-draft;";
    let web = "import wasi:keyvalue/store@0.2.0-draft; export wasi:http/incoming-handler@0.2.0;";
    let rules = "[[middleware]]\ncomponent = \"gate\"\non = \"wasi:http/incoming-handler\"\n\
                 [[middleware]]\ncomponent = \"cache\"\non = \"wasi:keyvalue/store\"\n";
    let components = [("web", web), ("gate", gate), ("cache", cache)];
    let plan = planned("wasmcloud-2.7", &components, rules);
    assert!(plan.problems.is_empty(), "{:?}", problems(&plan));
    assert_eq!(plan.groups.len(), 1);
    let group = &plan.groups[0];
    let [export] = group.exports.as_slice() else {
        panic!("{:?}", group.exports);
    };
    assert_eq!(
        (export.instance.as_str(), export.called_by_host),
        ("gate", true)
    );
    assert_eq!(export.required_config, ["host"]);
    assert_eq!(
        provider(&edge(&plan, "web", "wasi:keyvalue/store@0.2.0-draft").decision),
        Some("cache")
    );
    assert_eq!(
        kind(&plan, "cache", "wasi:keyvalue/store@0.2.0-draft"),
        DecisionKind::Host
    );
}

#[test]
fn a_rule_that_matches_nothing_and_rules_that_contradict_each_other_are_problems() {
    let components = [
        ("a", USER),
        ("orders", ORDERS),
        ("auth", AUTH),
        ("log", AUTH),
    ];
    let miss = "[[middleware]]\ncomponent = \"auth\"\non = \"acme:shop/order\"\n";
    let plan = planned("wasmcloud-2.7", &components, miss);
    let codes: Vec<ProblemCode> = plan.problems.iter().map(|p| p.code).collect();
    assert!(
        codes.contains(&ProblemCode::UnknownName),
        "{:?}",
        problems(&plan)
    );
    let both = "[[middleware]]\ncomponent = \"auth\"\non = \"acme:shop/orders\"\norder = [\"first\"]\n\
                [[middleware]]\ncomponent = \"log\"\non = \"acme:shop/orders\"\norder = [\"first\"]\n";
    let plan = planned("wasmcloud-2.7", &components, both);
    let found = problems(&plan);
    assert!(
        found
            .iter()
            .any(|p| p.contains("ordering rules contradict")),
        "{found:?}"
    );
}

#[test]
fn several_binaries_that_the_host_could_call_are_a_problem_where_it_calls_one() {
    let web = "import wasi:keyvalue/store@0.2.0-draft; export wasi:http/incoming-handler@0.2.0;";
    for (profile, several) in [("wasmcloud-2.7", true), ("spin-4.1", false)] {
        let plan = planned(profile, &[("a", web), ("b", web)], "");
        let codes: Vec<ProblemCode> = plan.problems.iter().map(|p| p.code).collect();
        assert_eq!(
            codes.contains(&ProblemCode::AmbiguousExport),
            several,
            "{profile}"
        );
    }
}
